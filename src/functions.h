/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the running kernel, by name, in its BTF: all that are wanted are found in one pass,
 * since it has some 150,000 types and a search looks at each.
 */
#ifndef OWNERD_FUNCTIONS_H
#define OWNERD_FUNCTIONS_H

#include <bpf/btf.h>
#include <search.h>

#define FUNCTIONS_MAX 160 /* that can be wanted; more end the program, as a mistake in it */

struct functions {
	const struct btf *btf; /* borrowed */
	struct hsearch_data by_name;
	char names[FUNCTIONS_MAX][64];
	size_t n;
};

int functions_begin(struct functions *f, const struct btf *btf);
void functions_want(struct functions *f, const char *prefix, const char *name);

/* Once, after all are wanted. */
void functions_find(struct functions *f);

/* NULL: the kernel has none of that name, or it was not wanted. */
const struct btf_type *functions_type(struct functions *f, const char *name);

void functions_done(struct functions *f);

#endif
