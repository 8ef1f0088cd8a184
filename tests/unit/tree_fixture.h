/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tree of /sys and /proc made up for one test.  Whoever includes this has included cmocka.h.
 */
#ifndef TREE_FIXTURE_H
#define TREE_FIXTURE_H

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "util.h"

static char root[32]; /* of the tree */

/* Makes path below root with all its parents: a directory if it ends in a slash. */
static void make(const char *path, const char *text)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = strchr(full + strlen(root) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*p = '/';
	}
	if (text) {
		_cleanup_fclose_ FILE *file = fopen(full, "we");

		assert_non_null(file);
		assert_true(fputs(text, file) >= 0);
	}
}

static inline void make_link(const char *path, const char *target)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	strrchr(full, '/')[1] = '\0';
	make(full + strlen(root), NULL);
	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(symlink(target, full), 0);
}

static int new_root(void **state)
{
	strcpy(root, "/tmp/ownerd-tree-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int remove_root(void **state)
{
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
