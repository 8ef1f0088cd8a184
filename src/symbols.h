/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of kernel functions, by the kernel's own list of them.
 */
#ifndef OWNERD_SYMBOLS_H
#define OWNERD_SYMBOLS_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A stack of return addresses as text, the innermost first: "e1000_open+0x1f3 [e1000]", or the
 * address where the kernel does not tell (it takes CAP_SYSLOG).  What ownerd's own programs put on
 * it is left out.  `root`: "" or, for tests, a directory with a proc/kallsyms.  A new reference.
 */
struct json_object *symbols_of_stack(const char *root, const uint64_t *addresses, size_t n);

#endif
