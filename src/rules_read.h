/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One policy file, added to those before: what its words mean.  rules.c's alone.
 */
#ifndef OWNERD_RULES_READ_H
#define OWNERD_RULES_READ_H

#include "lookup.h"
#include "outline.h"
#include "rules.h"

/* A setting that several files may give, if they agree. */
struct rules_setting {
	char *place; /* FILE:LINE:COLUMN; NULL: not given */
	char value[16];
};

/* What is kept from one file to the next.  Zero at first. */
struct rules_reader {
	struct rules rules;
	struct rules_setting mode, claim, bind;
	struct lookup_mount last_mount;
	size_t size; /* of all files */
	size_t n_selects, n_matchers, n_drivers;
	void *names; /* of rules: tsearch(3) */
};

/* Reads f->path.  On failure f->error says why, and *r is good for rules_reader_done() only. */
int rules_read(struct rules_reader *r, struct outline *f);

void rules_reader_done(struct rules_reader *r);

/* Makes room for one more rule, which is zero but for its limit; NULL: out of memory. */
struct rule *rules_add(struct rules *r);

#endif
