/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refusals that repeat and repeat: the first ones of each kind are written, then that they repeat,
 * and when that ends, how many there were.
 *
 * Its size is fixed.  Where there are more kinds at once than it has room for, the one that was
 * quiet longest ends: it is told, and counted anew if it comes again.
 *
 * Of one group, and of one class (kind.h), so many are written; those beyond are counted together,
 * as one kind of which nothing is written, so that who has many names fills no disk.
 */
#ifndef OWNERD_SUPPRESS_H
#define OWNERD_SUPPRESS_H

#include <stdbool.h>
#include <stdint.h>
#include "kind.h"

#define SUPPRESS_KINDS 256
#define SUPPRESS_FIRST 10                   /* of a kind in SUPPRESS_QUIET: these are written */
#define SUPPRESS_QUIET (5 * 1000000000ULL)  /* a kind has ended when it was quiet for so long */
#define SUPPRESS_TOLD  (60 * 1000000000ULL) /* one that does not end is told so often */

/* How many may be written at once, and after how many ns one more: of a class in one group, in all.
 */
#define SUPPRESS_GROUP_LINES 256
#define SUPPRESS_GROUP_NSEC  (1000000000ULL / 2)
#define SUPPRESS_CLASS_LINES 40960
#define SUPPRESS_CLASS_NSEC  (1000000000ULL / 20)

#define SUPPRESS_GROUPS 8192 /* places, which groups may share */

struct suppress_budget {
	uint64_t since; /* when it was `left`: CLOCK_BOOTTIME, ns */
	uint32_t left;
};

struct suppress_kind {
	struct owner_report first; /* that was not written */
	uint64_t key;              /* 0: the entry is free */
	uint64_t begun, seen;      /* the counting; the last one: CLOCK_BOOTTIME, ns */
	uint64_t last;             /* when the last one happened */
	uint64_t n;                /* since `begun` */
	uint64_t suppressed;       /* of them not written */
	bool many;                 /* all of a class that were too many to be written */
};

struct suppress {
	struct suppress_kind kinds[SUPPRESS_KINDS];
	struct suppress_budget classes[KIND_CLASSES], groups[SUPPRESS_GROUPS];
	uint64_t total; /* that were not written, ever */
	/* Suppression of this kind begins (`ended` false), or has ended or is told meanwhile. */
	void (*tell)(void *userdata, const struct suppress_kind *kind, bool ended);
	void *userdata;
};

/* Whether to leave the report out, at `now`.  May tell of any kind. */
bool suppress_check(struct suppress *s, const struct owner_report *report, uint64_t now);

/* Tells of what has ended by `now`; `all`: of everything.  True if something is still going on. */
bool suppress_settle(struct suppress *s, uint64_t now, bool all);

#endif
