// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "feature.h"
#include "hash.h"
#include "policy.h"
#include "util.h"

static int compare_selects(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct policy_select_key));
}

static int compare_drivers(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct policy_driver));
}

static size_t count_matchers(const struct rule *r)
{
	return r->claim_deny.n + r->claim_allow.n + r->maps_deny.n + r->maps_allow.n;
}

/* Room for everything that the rules have; what is merged later leaves some of it unused. */
static int make_room(struct policy *p, const struct rules *rules, size_t n_protected)
{
	size_t selects = n_protected, matchers = 0, drivers = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *r = &rules->rules[i];

		selects += r->n_selects;
		matchers += count_matchers(r);
		drivers += r->bind_deny.n + r->bind_allow.n;
	}
	if (rules->n > POLICY_RULES_MAX || matchers > POLICY_MATCHERS_MAX ||
	    selects > POLICY_SELECTS_MAX || drivers > POLICY_DRIVERS_MAX)
		return -E2BIG;
	p->selects = calloc(selects + 1, sizeof(*p->selects));
	p->rules = calloc(rules->n + 1, sizeof(*p->rules));
	p->matchers = calloc(matchers + 1, sizeof(*p->matchers));
	p->drivers = calloc(drivers + 1, sizeof(*p->drivers));
	return p->selects && p->rules && p->matchers && p->drivers ? 0 : -ENOMEM;
}

static struct policy_list add_matchers(struct policy *p, const struct rules_subjects *s)
{
	struct policy_list list = {.first = p->head.matchers, .n = s->n, .given = s->given};

	if (s->n)
		memcpy(&p->matchers[p->head.matchers], s->matchers, s->n * sizeof(*s->matchers));
	p->head.matchers += s->n;
	return list;
}

/* RULE_* of one list of drivers: that it is given, and that it has "*". */
static uint32_t add_drivers(struct policy *p, const struct rules_drivers *d, uint16_t rule,
			    bool allows, uint32_t given, uint32_t all)
{
	uint32_t flags = d->given ? given : 0;

	for (size_t i = 0; i < d->n; i++) {
		struct policy_driver *driver = &p->drivers[p->head.drivers];

		if (strcmp(d->names[i], "*") == 0) {
			flags |= all;
			continue;
		}
		driver->rule = rule;
		driver->allows = allows;
		strncpy(driver->name, d->names[i], sizeof(driver->name) - 1);
		p->head.drivers++;
	}
	return flags;
}

static void add_selects(struct policy *p, const struct rule *r, uint16_t rule)
{
	for (size_t i = 0; i < r->n_selects; i++) {
		struct policy_select_entry *s = &p->selects[p->head.selects++];

		s->key = r->selects[i];
		for (uint32_t act = 0; act < POLICY_ACTS; act++)
			s->firsts.rule[act] = r->acts & 1U << act ? rule : POLICY_NO_RULE;
		p->head.kinds |= 1U << s->key.kind;
	}
}

static uint64_t hash_subjects(uint64_t hash, const struct rules_subjects *s)
{
	hash = hash_bytes(hash, &s->given, sizeof(s->given));
	hash = hash_bytes(hash, &s->n, sizeof(s->n));
	for (size_t i = 0; i < s->n; i++) {
		struct policy_matcher m = s->matchers[i];

		/* what the path stood for when it was read is not what the rule says */
		m.exe_inode = 0;
		m.exe_device = 0;
		hash = hash_bytes(hash, &m, sizeof(m));
	}
	return hash;
}

static uint64_t hash_drivers(uint64_t hash, const struct rules_drivers *d)
{
	hash = hash_bytes(hash, &d->given, sizeof(d->given));
	hash = hash_bytes(hash, &d->n, sizeof(d->n));
	for (size_t i = 0; i < d->n; i++)
		hash = hash_bytes(hash, d->names[i], strlen(d->names[i]) + 1);
	return hash;
}

/* Of what the rule says, but for its name and place. */
static uint32_t digest(const struct rule *r)
{
	uint64_t hash = hash_bytes(HASH_START, r->selects, r->n_selects * sizeof(*r->selects));

	hash = hash_subjects(hash, &r->claim_deny);
	hash = hash_subjects(hash, &r->claim_allow);
	hash = hash_subjects(hash, &r->maps_deny);
	hash = hash_subjects(hash, &r->maps_allow);
	hash = hash_drivers(hash, &r->bind_deny);
	hash = hash_drivers(hash, &r->bind_allow);
	hash = hash_bytes(hash, &r->limit, sizeof(r->limit));
	hash = hash_bytes(hash, &r->acts, sizeof(r->acts));
	hash = hash_bytes(hash, &r->files_owned, sizeof(r->files_owned));
	hash = hash_bytes(hash, &r->files, sizeof(r->files));
	hash = hash_bytes(hash, &r->reason, sizeof(r->reason));
	return hash ^ hash >> 32;
}

static void add_rule(struct policy *p, const struct rule *r)
{
	uint16_t index = p->head.rules++;
	struct policy_rule *to = &p->rules[index];

	strncpy(to->name, r->name, sizeof(to->name) - 1);
	strncpy(to->place, r->place, sizeof(to->place) - 1);
	to->claim_deny = add_matchers(p, &r->claim_deny);
	to->claim_allow = add_matchers(p, &r->claim_allow);
	to->maps_deny = add_matchers(p, &r->maps_deny);
	to->maps_allow = add_matchers(p, &r->maps_allow);
	to->flags = add_drivers(p, &r->bind_deny, index, false, RULE_DRIVERS_DENY, RULE_DENY_ALL) |
		    add_drivers(p, &r->bind_allow, index, true, RULE_DRIVERS_ALLOW, RULE_ALLOW_ALL);
	to->limit = r->limit;
	to->acts = r->acts;
	to->files_owned = r->files_owned;
	to->files = r->files;
	to->reason = r->reason;
	to->digest = digest(r);
	p->head.acts |= r->acts;
	add_selects(p, r, index);
}

static void add_protected(struct policy *p, const struct owner_device_name *name)
{
	struct policy_select_entry *s = &p->selects[p->head.selects++];

	s->key.kind = SELECT_PROTECTED;
	s->key.name = *name;
	memset(&s->firsts, 0xff, sizeof(s->firsts));
}

/* Entries with the same key become one, which has the first rule for each act. */
static void merge_selects(struct policy *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->head.selects; i++) {
		struct policy_select_entry *s = &p->selects[i];

		if (!n || compare_selects(&p->selects[n - 1], s) != 0) {
			p->selects[n++] = *s;
			continue;
		}
		for (size_t act = 0; act < POLICY_ACTS; act++)
			if (s->firsts.rule[act] < p->selects[n - 1].firsts.rule[act])
				p->selects[n - 1].firsts.rule[act] = s->firsts.rule[act];
	}
	p->head.selects = n;
}

static void merge_drivers(struct policy *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->head.drivers; i++)
		if (!n || compare_drivers(&p->drivers[n - 1], &p->drivers[i]) != 0)
			p->drivers[n++] = p->drivers[i];
	p->head.drivers = n;
}

void policy_sort(struct policy *p)
{
	qsort(p->selects, p->head.selects, sizeof(*p->selects), compare_selects);
	qsort(p->drivers, p->head.drivers, sizeof(*p->drivers), compare_drivers);
}

int policy_compile(struct policy *ret, const struct rules *rules,
		   const struct owner_device_name *protected, size_t n_protected)
{
	_cleanup_(policy_done) struct policy p = {};
	int err = make_room(&p, rules, n_protected);

	if (err)
		return err;
	for (size_t i = 0; i < rules->n; i++)
		add_rule(&p, &rules->rules[i]);
	for (size_t i = 0; i < n_protected; i++)
		add_protected(&p, &protected[i]);
	p.head.deny_bind = rules->deny_bind;
	p.head.deny_claim = rules->deny_claim;
	p.head.mode = rules->mode;
	policy_sort(&p);
	merge_selects(&p);
	merge_drivers(&p);
	p.head.hash = policy_hash(&p);
	*ret = p;
	p = (struct policy){};
	return 0;
}

static void *copy(const void *from, size_t n, size_t size)
{
	void *to = calloc(n + 1, size);

	if (to && n)
		memcpy(to, from, n * size);
	return to;
}

/* All but the keys of protected devices, with room for others. */
static int copy_tables(struct policy *p, const struct policy *from, size_t n_protected)
{
	p->head = from->head;
	p->head.selects = 0;
	p->rules = copy(from->rules, from->head.rules, sizeof(*p->rules));
	p->matchers = copy(from->matchers, from->head.matchers, sizeof(*p->matchers));
	p->drivers = copy(from->drivers, from->head.drivers, sizeof(*p->drivers));
	p->selects = calloc(from->head.selects + n_protected + 1, sizeof(*p->selects));
	if (!p->selects || !p->rules || !p->matchers || !p->drivers)
		return -ENOMEM;
	for (size_t i = 0; i < from->head.selects; i++)
		if (from->selects[i].key.kind != SELECT_PROTECTED)
			p->selects[p->head.selects++] = from->selects[i];
	return 0;
}

int policy_protect(struct policy *ret, const struct policy *from,
		   const struct owner_device_name *protected, size_t n_protected)
{
	_cleanup_(policy_done) struct policy p = {};

	if (from->head.selects + n_protected > POLICY_SELECTS_MAX)
		return -E2BIG;
	if (copy_tables(&p, from, n_protected) < 0)
		return -ENOMEM;
	policy_number(&p, 0);
	for (size_t i = 0; i < n_protected; i++)
		add_protected(&p, &protected[i]);
	policy_sort(&p);
	merge_selects(&p);
	p.head.hash = policy_hash(&p);
	*ret = p;
	p = (struct policy){};
	return 0;
}

int policy_copy(struct policy *ret, const struct policy *from)
{
	struct policy p = *from;

	p.rules = copy(from->rules, from->head.rules, sizeof(*p.rules));
	p.matchers = copy(from->matchers, from->head.matchers, sizeof(*p.matchers));
	p.drivers = copy(from->drivers, from->head.drivers, sizeof(*p.drivers));
	p.selects = copy(from->selects, from->head.selects, sizeof(*p.selects));
	if (!p.selects || !p.rules || !p.matchers || !p.drivers) {
		policy_done(&p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

void policy_done(struct policy *p)
{
	free(p->selects);
	free(p->rules);
	free(p->matchers);
	free(p->drivers);
	*p = (struct policy){};
}

void policy_number(struct policy *p, uint32_t number)
{
	p->number = number;
	for (size_t i = 0; i < p->head.selects; i++)
		p->selects[i].key.generation = number;
	for (size_t i = 0; i < p->head.drivers; i++)
		p->drivers[i].generation = number;
}

bool policy_is_empty(const struct policy *p)
{
	return !p->head.rules && !p->head.deny_bind && !p->head.deny_claim;
}

unsigned int policy_demands(const struct policy *p)
{
	unsigned int demands = 0;

	for (size_t i = 0; i < p->head.rules; i++) {
		if (p->rules[i].files | p->rules[i].files_owned)
			demands |= FOR_SYSFS;
		if (p->rules[i].limit != POLICY_NO_LIMIT)
			demands |= FOR_MAPS;
	}
	return demands;
}

const struct policy_firsts *policy_find_firsts(const struct policy *p,
					       const struct policy_select_key *key)
{
	const struct policy_select_entry *s =
		bsearch(key, p->selects, p->head.selects, sizeof(*p->selects), compare_selects);

	return s ? &s->firsts : NULL;
}

bool policy_has_driver(const struct policy *p, const struct policy_driver *key)
{
	return bsearch(key, p->drivers, p->head.drivers, sizeof(*p->drivers), compare_drivers);
}

const struct policy_rule *policy_find_rule(const struct policy *p, uint32_t generation,
					   uint16_t rule)
{
	const struct policy *first = p;

	while (p && (p->number != generation || !generation))
		p = p->before;
	if (!p && first && first->since && first->since <= generation && generation < first->number)
		p = first;
	return p && rule < p->head.rules ? &p->rules[rule] : NULL;
}

uint64_t policy_hash(const struct policy *p)
{
	struct policy_generation head = p->head;
	uint64_t hash;

	head.hash = 0;
	head.applied = 0;
	hash = hash_bytes(HASH_START, &head, sizeof(head));
	for (size_t i = 0; i < p->head.selects; i++) {
		struct policy_select_entry s = p->selects[i];

		s.key.generation = 0;
		hash = hash_bytes(hash, &s, sizeof(s));
	}
	for (size_t i = 0; i < p->head.rules; i++)
		hash = hash_bytes(hash, &p->rules[i], offsetof(struct policy_rule, denied));
	for (size_t i = 0; i < p->head.matchers; i++)
		hash = hash_bytes(hash, &p->matchers[i], sizeof(p->matchers[i]));
	for (size_t i = 0; i < p->head.drivers; i++) {
		struct policy_driver d = p->drivers[i];

		d.generation = 0;
		hash = hash_bytes(hash, &d, sizeof(d));
	}
	return hash;
}

uint64_t policy_content(const struct policy *p)
{
	const uint8_t head[] = {p->head.mode, p->head.deny_claim, p->head.deny_bind};
	uint64_t hash = hash_bytes(HASH_START, head, sizeof(head));

	for (size_t i = 0; i < p->head.rules; i++) {
		const struct policy_rule *rule = &p->rules[i];

		hash = hash_bytes(hash, rule->name, sizeof(rule->name));
		hash = hash_bytes(hash, &rule->digest, sizeof(rule->digest));
	}
	return hash;
}
