/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the owner map true?  Each record is compared with the kernel's own state, which the
 * pinned iterators read at the same moment, and with sysfs, so that nothing is missing.
 *
 * Needs no daemon: the iterators are pinned with the rest.
 */
#ifndef OWNERD_VERIFY_H
#define OWNERD_VERIFY_H

#include <stddef.h>

struct verify {
	size_t n_groups, n_devices; /* how many were compared */
	char **differences;         /* one line each */
	size_t n_differences;
};

/*
 * Compares what is pinned in `dir`.  A record may be about to change with the kernel's state, so a
 * difference counts only if it is there each time in half a second.  0, also with differences;
 * -ENOENT: nothing is pinned; -EACCES, -EPERM: not root; -EOPNOTSUPP: this kernel cannot.
 */
int verify_pinned(struct verify *ret, const char *dir);
void verify_done(struct verify *v);

#endif
