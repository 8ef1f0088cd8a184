// SPDX-License-Identifier: GPL-2.0-only
#include "hash.h"
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

static struct suppress_budget *budget_of_group(struct suppress *s, const struct owner_report *r)
{
	const uint32_t facts[] = {kind_class(r), r->group};

	return &s->groups[hash_bytes(HASH_START, facts, sizeof(facts)) % SUPPRESS_GROUPS];
}

/* Whether one more may be written, of any kind. */
static bool may_write(struct suppress *s, const struct owner_report *r, uint64_t now)
{
	struct suppress_budget *class = &s->classes[kind_class(r)];
	struct suppress_budget *group = budget_of_group(s, r);

	refill(class, SUPPRESS_CLASS_LINES, SUPPRESS_CLASS_NSEC, now);
	refill(group, SUPPRESS_GROUP_LINES, SUPPRESS_GROUP_NSEC, now);
	if (!class->left || !group->left)
		return false;
	class->left--;
	group->left--;
	return true;
}

static bool is_going_on(const struct suppress_kind *k, uint64_t key, uint64_t now)
{
	return k->key == key && !is_ended(k, now);
}

/* Its entry, in which it begins if it is not going on. */
static struct suppress_kind *kind_at(struct suppress *s, uint64_t key, uint64_t now)
{
	struct suppress_kind *k = find(s, key);

	if (is_going_on(k, key, now))
		return k;
	if (k->key)
		end(s, k);
	*k = (struct suppress_kind){.key = key, .begun = now};
	return k;
}

static void count(struct suppress *s, struct suppress_kind *k, const struct owner_report *report)
{
	if (!k->suppressed)
		k->first = *report;
	if (!k->suppressed++)
		s->tell(s->userdata, k, false);
	s->total++;
}

bool suppress_check(struct suppress *s, const struct owner_report *report, uint64_t now)
{
	const uint64_t key = kind_of(report);
	struct suppress_kind *k;
	bool repeats, written;

	if (report->verdict != VERDICT_DENY && report->verdict != VERDICT_WOULD_DENY)
		return false;
	k = find(s, key);
	repeats = is_going_on(k, key, now) && k->n >= SUPPRESS_FIRST;
	written = !repeats && may_write(s, report, now);
	if (!repeats && !written) {
		k = kind_at(s, KEY_OF_CLASS(kind_class(report)), now);
		k->many = true;
	} else {
		k = kind_at(s, key, now);
	}
	k->seen = now;
	k->last = report->when;
	k->n++;
	if (!written)
		count(s, k, report);
	return !written;
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
