// SPDX-License-Identifier: GPL-2.0-only
#include "kind.h"
#include "suppress.h"
#include "util.h"

/* A kind is over: what was not written of it is told. */
static void end(struct suppress *s, struct suppress_kind *k)
{
	if (k->suppressed)
		s->tell(s->userdata, k, true);
	k->key = 0;
}

/* Its entry, or the one that it takes: a free one, or that of who was quiet longest. */
static struct suppress_kind *find(struct suppress *s, uint64_t key)
{
	struct suppress_kind *oldest = &s->kinds[0];

	for (size_t i = 0; i < SUPPRESS_KINDS; i++) {
		struct suppress_kind *k = &s->kinds[i];

		if (k->key == key)
			return k;
		if (oldest->key && (!k->key || k->seen < oldest->seen))
			oldest = k;
	}
	return oldest;
}

bool suppress_check(struct suppress *s, const struct owner_report *report, uint64_t now)
{
	uint64_t key = kind_of(report);
	struct suppress_kind *k;

	if (report->verdict != VERDICT_DENY && report->verdict != VERDICT_WOULD_DENY)
		return false;
	k = find(s, key);
	if (k->key &&
	    (k->key != key || now - k->seen >= SUPPRESS_QUIET || now - k->begun >= SUPPRESS_TOLD ||
	     (!k->suppressed && now - k->begun >= SUPPRESS_QUIET)))
		end(s, k);
	if (!k->key)
		*k = (struct suppress_kind){.key = key, .begun = now};
	k->seen = now;
	k->last = report->when;
	if (++k->n <= SUPPRESS_FIRST)
		return false;
	if (!k->suppressed)
		k->first = *report;
	if (!k->suppressed++)
		s->tell(s->userdata, k, false);
	s->total++;
	return true;
}

bool suppress_settle(struct suppress *s, uint64_t now, bool all)
{
	bool going_on = false;

	for (size_t i = 0; i < SUPPRESS_KINDS; i++) {
		struct suppress_kind *k = &s->kinds[i];

		if (k->key && (all || now - k->seen >= SUPPRESS_QUIET))
			end(s, k);
		going_on |= k->key && k->suppressed;
	}
	return going_on;
}
