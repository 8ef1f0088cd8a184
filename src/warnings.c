// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <string.h>
#include "log.h"
#include "text.h"
#include "warnings.h"

static char first[512];

static int remember(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[512];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_debug("%s", line);
	if (level == LIBBPF_WARN && !first[0])
		strcpy(first, line);
	return 0;
}

void warnings_begin(void)
{
	first[0] = '\0';
	libbpf_set_print(remember);
}

int warnings_fail(char **ret_error, int err, const char *what)
{
	return text_refuse(err, ret_error, "%s: %s%s%s", what, strerror(-err), first[0] ? ": " : "",
			   first);
}
