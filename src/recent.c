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

/* How many kinds there are of each class; and of each group in it, some of which share a place. */
#define PLACES (2 * OWNER_RECENT_KINDS)

struct shares {
	uint16_t classes[KIND_CLASSES], groups[PLACES];
};

static uint16_t *share_of_class(struct shares *s, const struct owner_recent *k)
{
	return &s->classes[kind_class(&k->last)];
}

static uint16_t *share_of_group(struct shares *s, const struct owner_recent *k)
{
	return &s->groups[(kind_class(&k->last) * 31 + k->last.group) % PLACES];
}

/* Whether `a` is to give way rather than `b`. */
static bool gives_way(struct shares *s, const struct owner_recent *a, const struct owner_recent *b)
{
	const int classes = *share_of_class(s, a) - *share_of_class(s, b);
	const int groups = *share_of_group(s, a) - *share_of_group(s, b);

	if (classes)
		return classes > 0;
	return groups ? groups > 0 : a->last.when < b->last.when;
}

static struct owner_recent *choose(struct recent *r)
{
	struct owner_recent *chosen = &r->kinds[0];
	struct shares s = {};

	for (size_t i = 0; i < OWNER_RECENT_KINDS; i++) {
		(*share_of_class(&s, &r->kinds[i]))++;
		(*share_of_group(&s, &r->kinds[i]))++;
	}
	for (size_t i = 1; i < OWNER_RECENT_KINDS; i++)
		if (gives_way(&s, &r->kinds[i], chosen))
			chosen = &r->kinds[i];
	return chosen;
}

/* Its entry, or the one that it takes. */
static struct owner_recent *find(struct recent *r, uint64_t key, uint64_t now)
{
	struct owner_recent *over = NULL;

	for (size_t i = 0; i < OWNER_RECENT_KINDS; i++) {
		struct owner_recent *k = &r->kinds[i];

		if (k->key == key)
			return k;
		if (is_over(k, now))
			over = k;
	}
	return over ?: choose(r);
}

void recent_note(struct recent *r, const struct owner_report *report)
{
	uint64_t key = kind_of(report);
	struct owner_recent *k;

	if (!r->kinds || (report->verdict != VERDICT_DENY && report->verdict != VERDICT_WOULD_DENY))
		return;
	k = find(r, key, report->when);
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

size_t recent_select(const struct recent *r, recent_concerns concerns, const void *of, uint64_t now,
		     const struct owner_recent *ret[OWNER_RECENT_KINDS])
{
	size_t n = 0;

	for (size_t i = 0; r->kinds && i < OWNER_RECENT_KINDS; i++)
		if (!is_over(&r->kinds[i], now) && concerns(&r->kinds[i].last, of))
			ret[n++] = &r->kinds[i];
	qsort(ret, n, sizeof(ret[0]), later_first);
	return n;
}
