/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libbpf says.  It explains a failure in its warnings, of which the first is the cause.
 */
#ifndef OWNERD_WARNINGS_H
#define OWNERD_WARNINGS_H

/* From now on what it says is logged at the debug level, and the first warning is kept. */
void warnings_begin(void);

/* Puts "WHAT: error: first warning" into *ret_error, which the caller frees.  Returns `err`. */
int warnings_fail(char **ret_error, int err, const char *what);

#endif
