// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>
#include "recent.h"

static bool is_over(const struct recent_kind *k, uint64_t now)
{
	return !k->key || now > k->last.when + RECENT_TIME;
}

/* Its entry, or the one that it takes. */
static struct recent_kind *find(struct recent *r, uint64_t key)
{
	struct recent_kind *oldest = &r->kinds[0];

	for (size_t i = 0; i < RECENT_KINDS; i++) {
		struct recent_kind *k = &r->kinds[i];

		if (k->key == key)
			return k;
		if (oldest->key && (!k->key || k->last.when < oldest->last.when))
			oldest = k;
	}
	return oldest;
}

void recent_note(struct recent *r, const struct owner_report *report)
{
	uint64_t key = kind_of(report);
	struct recent_kind *k;

	if (report->verdict != VERDICT_DENY && report->verdict != VERDICT_WOULD_DENY)
		return;
	k = find(r, key);
	if (k->key != key || is_over(k, report->when)) {
		r->displaced += k->key != key && !is_over(k, report->when);
		*k = (struct recent_kind){.key = key, .first = report->when};
	}
	k->count++;
	k->last = *report;
}

static int later_first(const void *a, const void *b)
{
	const struct recent_kind *const *x = a, *const *y = b;

	return (*x)->last.when < (*y)->last.when ? 1 : -1;
}

size_t recent_of_group(const struct recent *r, uint32_t group, uint64_t now,
		       const struct recent_kind *ret[RECENT_KINDS])
{
	size_t n = 0;

	for (size_t i = 0; i < RECENT_KINDS; i++)
		if (r->kinds[i].last.group == group && !is_over(&r->kinds[i], now))
			ret[n++] = &r->kinds[i];
	qsort(ret, n, sizeof(ret[0]), later_first);
	return n;
}
