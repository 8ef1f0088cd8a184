// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include "functions.h"

int functions_begin(struct functions *f, const struct btf *btf)
{
	*f = (struct functions){.btf = btf};
	return hcreate_r(2 * FUNCTIONS_MAX, &f->by_name) ? 0 : -ENOMEM;
}

void functions_want(struct functions *f, const char *prefix, const char *name)
{
	ENTRY e = {}, *entered;

	assert(f->n < FUNCTIONS_MAX);
	e.key = f->names[f->n++];
	snprintf(e.key, sizeof(f->names[0]), "%s%s", prefix, name);
	hsearch_r(e, ENTER, &entered, &f->by_name);
}

void functions_find(struct functions *f)
{
	const __u32 n = btf__type_cnt(f->btf);

	for (__u32 id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(f->btf, id);
		ENTRY e = {}, *wanted;

		if (!btf_is_func(t))
			continue;
		e.key = (char *)btf__name_by_offset(f->btf, t->name_off);
		if (hsearch_r(e, FIND, &wanted, &f->by_name))
			wanted->data = (void *)t;
	}
}

const struct btf_type *functions_type(struct functions *f, const char *name)
{
	ENTRY e = {.key = (char *)name}, *found;

	return hsearch_r(e, FIND, &found, &f->by_name) ? found->data : NULL;
}

void functions_done(struct functions *f)
{
	hdestroy_r(&f->by_name);
}
