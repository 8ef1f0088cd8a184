/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was refused in the last hour, kind by kind, for whoever asks why; also of daemons before
 * this one, and for who asks while there is none.
 *
 * Its size is fixed: where there are more kinds than it has room for, one gives way, which is
 * counted.  It is of the class that has the most, and there of the group that has, so that who
 * makes many kinds soon displaces his own; of these, the one that was quiet longest.
 */
#ifndef OWNERD_RECENT_H
#define OWNERD_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include "kind.h"

#define RECENT_TIME (3600 * 1000000000ULL) /* ns */

struct recent {
	struct owner_recent *kinds; /* OWNER_RECENT_KINDS of them, in the map; NULL: it has none */
	uint64_t displaced; /* kinds of the last hour that gave way, since the daemon began */
};

/* Of map "recent", which keeps what is there.  A negative errno: nothing is known, or noted. */
int recent_open(struct recent *r, int map, bool write);
void recent_done(struct recent *r);

/* Notes a refusal, or one that enforce mode would have made; others are none of its business. */
void recent_note(struct recent *r, const struct owner_report *report);

/*
 * The kinds that concern `of` and were seen since an hour before `now`, the latest first.  Returns
 * how many; pointers into `r`.
 */
typedef bool (*recent_concerns)(const struct owner_report *report, const void *of);

size_t recent_select(const struct recent *r, recent_concerns concerns, const void *of, uint64_t now,
		     const struct owner_recent *ret[OWNER_RECENT_KINDS]);

#endif
