/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What names stand for on this host: users, groups, programs.
 */
#ifndef OWNERD_LOOKUP_H
#define OWNERD_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

/* -ENOENT: there is none; else what the name service says. */
int lookup_user(const char *name, uint32_t *ret);
int lookup_group(const char *name, uint32_t *ret);

/* The last mount that was looked for.  Zero at first; to be kept no longer than one load. */
struct lookup_mount {
	uint64_t id;
	uint32_t device;
	bool known;
};

struct lookup_program {
	uint64_t inode;
	uint32_t device; /* super_block.s_dev, major << 20 | minor: of btrfs not stat(2)'s */
	bool script;     /* what runs is its interpreter */
};

/* -ENOENT: nothing is there; -ENOEXEC: no regular file; else what statx(2) says. */
int lookup_program(const char *path, struct lookup_mount *last, struct lookup_program *ret);

#endif
