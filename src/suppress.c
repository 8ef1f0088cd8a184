// SPDX-License-Identifier: GPL-2.0-only
#include "kind.h"
#include "suppress.h"
#include "util.h"

/* A hash is hardly ever one of these. */
#define KEY_OF_CLASS(class) (UINT64_MAX - (class))

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

static bool is_ended(const struct suppress_kind *k, uint64_t now)
{
	return now - k->seen >= SUPPRESS_QUIET || now - k->begun >= SUPPRESS_TOLD ||
	       (!k->suppressed && now - k->begun >= SUPPRESS_QUIET);
}

static void refill(struct suppress_budget *b, uint32_t most, uint64_t nsec, uint64_t now)
{
	const uint64_t n = (now - b->since) / nsec;

	if (!b->since || n >= most - b->left)
		*b = (struct suppress_budget){.since = now, .left = most};
	else
		*b = (struct suppress_budget){.since = b->since + n * nsec, .left = b->left + n};
}

/* Whether one more kind may begin. */
static bool may_begin(struct suppress *s, const struct owner_report *r, uint64_t now)
{
	struct suppress_budget *class = &s->classes[kind_class(r)];
	struct suppress_budget *group =
		&s->groups[(kind_class(r) * 31 + r->group) % SUPPRESS_GROUPS];

	refill(class, SUPPRESS_CLASS_KINDS, SUPPRESS_CLASS_NSEC, now);
	refill(group, SUPPRESS_GROUP_KINDS, SUPPRESS_GROUP_NSEC, now);
	if (!class->left || !group->left)
		return false;
	class->left--;
	group->left--;
	return true;
}

/* The kind of the report, which has begun now, if it had not; or, of too many, that of them all. */
static struct suppress_kind *kind_for(struct suppress *s, const struct owner_report *report,
				      uint64_t now)
{
	uint64_t key = kind_of(report);
	struct suppress_kind *k = find(s, key);
	bool many;

	if (k->key == key && !is_ended(k, now))
		return k;
	many = !may_begin(s, report, now);
	if (many) {
		key = KEY_OF_CLASS(kind_class(report));
		k = find(s, key);
		if (k->key == key && !is_ended(k, now))
			return k;
	}
	if (k->key)
		end(s, k);
	*k = (struct suppress_kind){
		.key = key, .begun = now, .n = many ? SUPPRESS_FIRST : 0, .many = many};
	return k;
}

bool suppress_check(struct suppress *s, const struct owner_report *report, uint64_t now)
{
	struct suppress_kind *k;

	if (report->verdict != VERDICT_DENY && report->verdict != VERDICT_WOULD_DENY)
		return false;
	k = kind_for(s, report, now);
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
