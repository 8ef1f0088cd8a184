// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "gone.h"
#include "identity.h"
#include "util.h"

static struct {
	uint64_t id;
	char *path;
} kept[GONE_MAX];

static size_t oldest;

static char **find(uint64_t id)
{
	for (size_t i = 0; i < GONE_MAX; i++)
		if (kept[i].path && kept[i].id == id)
			return &kept[i].path;
	return NULL;
}

/* A cgroup cannot be renamed. */
static void keep(uint64_t id, const char *path)
{
	char *copy = find(id) ? NULL : strdup(path);

	if (!copy)
		return;
	free(kept[oldest].path);
	kept[oldest].id = id;
	kept[oldest].path = copy;
	oldest = (oldest + 1) % GONE_MAX;
}

int gone_cgroup_path(uint64_t id, char **ret)
{
	int r = identity_cgroup_path(id, ret);
	char **path;

	if (!r)
		keep(id, *ret);
	if (r != -ENOENT)
		return r;
	path = find(id);
	if (!path)
		return r;
	*ret = strdup(*path);
	return *ret ? 0 : -ENOMEM;
}
