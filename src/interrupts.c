// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "interrupts.h"
#include "util.h"

#define TYPE1   "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
#define IOMMUFD "/sys/module/iommufd/parameters/allow_unsafe_interrupts"

static FILE *open_below(const char *root, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return fopen(path, "re");
}

bool interrupts_are_remapped(const char *root)
{
#ifdef __x86_64__
	_cleanup_fclose_ FILE *f = open_below(root, "/proc/interrupts");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0)
		if (strstr(line, " IR-"))
			return true;
	return !f;
#else
	return true;
#endif
}

static bool is_yes(const char *root, const char *name)
{
	_cleanup_fclose_ FILE *f = open_below(root, name);

	return f && fgetc(f) == 'Y';
}

bool interrupts_unsafe_allowed(const char *root)
{
	return is_yes(root, TYPE1) || is_yes(root, IOMMUFD);
}
