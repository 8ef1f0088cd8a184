// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include "text.h"

int text_refuse(int error, char **ret_error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(ret_error, fmt, ap) < 0)
		*ret_error = NULL;
	va_end(ap);
	return error;
}
