// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "recent.h"

#define SIZE (OWNER_RECENT_KINDS * sizeof(struct owner_recent))

int recent_open(struct recent *r, int map, bool write)
{
	void *at = mmap(NULL, SIZE, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, map, 0);

	*r = (struct recent){.kinds = at == MAP_FAILED ? NULL : at};
	return r->kinds ? 0 : -errno;
}

void recent_done(struct recent *r)
{
	if (r->kinds)
		munmap(r->kinds, SIZE);
	r->kinds = NULL;
}

static bool is_over(const struct owner_recent *k, uint64_t now)
{
	return !k->key || now > k->last.when + RECENT_TIME;
}

/* Its entry, or the one that it takes. */
static struct owner_recent *find(struct recent *r, uint64_t key)
{
	struct owner_recent *oldest = &r->kinds[0];

	for (size_t i = 0; i < OWNER_RECENT_KINDS; i++) {
		struct owner_recent *k = &r->kinds[i];

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
	struct owner_recent *k;

	if (!r->kinds || (report->verdict != VERDICT_DENY && report->verdict != VERDICT_WOULD_DENY))
		return;
	k = find(r, key);
	if (k->key != key || is_over(k, report->when)) {
		r->displaced += k->key != key && !is_over(k, report->when);
		*k = (struct owner_recent){.key = key, .first = report->when};
	}
	k->count++;
	k->last = *report;
}

static int later_first(const void *a, const void *b)
{
	const struct owner_recent *const *x = a, *const *y = b;

	return (*x)->last.when < (*y)->last.when ? 1 : -1;
}

size_t recent_of_group(const struct recent *r, uint32_t group, uint64_t now,
		       const struct owner_recent *ret[OWNER_RECENT_KINDS])
{
	size_t n = 0;

	for (size_t i = 0; r->kinds && i < OWNER_RECENT_KINDS; i++)
		if (r->kinds[i].last.group == group && !is_over(&r->kinds[i], now))
			ret[n++] = &r->kinds[i];
	qsort(ret, n, sizeof(ret[0]), later_first);
	return n;
}
