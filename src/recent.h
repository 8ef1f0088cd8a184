/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was refused in the last hour, kind by kind, for whoever asks why.
 *
 * Its size is fixed: where there are more kinds than it has room for, the one that was quiet
 * longest gives way, which is counted.
 */
#ifndef OWNERD_RECENT_H
#define OWNERD_RECENT_H

#include <stddef.h>
#include "kind.h"

#define RECENT_KINDS 256
#define RECENT_TIME  (3600 * 1000000000ULL) /* ns */

struct recent_kind {
	uint64_t key;             /* kind_of(); 0: the entry is free */
	uint64_t first;           /* when: CLOCK_BOOTTIME, ns */
	uint64_t count;           /* since then */
	struct owner_report last; /* of them */
};

struct recent {
	struct recent_kind kinds[RECENT_KINDS];
	uint64_t displaced; /* kinds of the last hour, ever, that gave way */
};

/* Notes a refusal, or one that enforce mode would have made; others are none of its business. */
void recent_note(struct recent *r, const struct owner_report *report);

/*
 * The kinds of a group that were seen since an hour before `now`, the latest first.  Returns how
 * many; pointers into `r`.
 */
size_t recent_of_group(const struct recent *r, uint32_t group, uint64_t now,
		       const struct recent_kind *ret[RECENT_KINDS]);

#endif
