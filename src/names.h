/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How names are written in the names of units and cgroups.  Pure.
 */
#ifndef OWNERD_NAMES_H
#define OWNERD_NAMES_H

#include <stdbool.h>

/*
 * systemd.unit(5): "\x2d" is "-".  In place; what could not have come from an escape is left
 * alone.
 */
void names_unescape(char *text);

#define NAMES_ESCAPED_MAX sizeof("\\x2d")

/* One byte of a name, as it is written in a unit's name; `first`: it begins the name. */
const char *names_escape(char c, bool first, char buf[static NAMES_ESCAPED_MAX]);

/*
 * Whether systemd writes "_" before the name of the cgroup of a unit, so that it is not taken
 * for a cgroup's own file.  By a version's controllers: sometimes.
 */
enum names_prefix { NAMES_PREFIX_NEVER, NAMES_PREFIX_SOMETIMES, NAMES_PREFIX_ALWAYS };

/* The same of a glob ("*", "?"): sometimes, if a name that fits it may need it. */
enum names_prefix names_cgroup_prefix(const char *unit);

/* Whether it is UTF-8 without control characters. */
bool names_is_printable(const char *text);

#endif
