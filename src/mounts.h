/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is mounted, by /proc/self/mountinfo.
 *
 * As in sysfs.h every function takes the tree's root ("" on a host).
 */
#ifndef OWNERD_MOUNTS_H
#define OWNERD_MOUNTS_H

#include <stddef.h>

struct mount {
	unsigned int major,
		minor; /* of the block device; major 0: the file system has a made-up one */
	const char *point, *type, *source, *options; /* the options of the file system itself */
	char *line;                                  /* what they point into */
};

struct mounts {
	struct mount *mounts; /* in the order in which they were mounted */
	size_t n;
};

/* Lines that are not as proc(5) has them are left out, and more than MOUNTS_MAX. */
#define MOUNTS_MAX 100000
int mounts_read(struct mounts *ret, const char *root);
void mounts_done(struct mounts *m);

/* The mount that an absolute path is in: of the longest mount point, the latest.  NULL: none. */
const struct mount *mounts_of(const struct mounts *m, const char *path);

/*
 * Undoes, in place, what the kernel does to spaces and the like in /proc: "\040" is one byte.
 */
void mounts_unescape(char *text);

/* The value of an option, malloc'ed: of "lowerdir=/a,upperdir=/b".  NULL: it is not there. */
char *mounts_option(const struct mount *m, const char *name);

#endif
