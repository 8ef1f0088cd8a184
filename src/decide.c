// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>
#include "decide.h"

/* What owner_judge.h asks for, from the tables. */

struct judge_context {
	const struct policy *policy;
	const struct decide_subject *subject;
};

typedef const struct judge_context *judge_policy;

static int judge_list(judge_policy policy, const struct policy_list *list);

static const struct policy_firsts *judge_firsts(judge_policy policy,
						const struct policy_select_key *key)
{
	return policy_find_firsts(policy->policy, key);
}

static bool judge_names(judge_policy policy, uint32_t rule, uint32_t allows, const char *driver)
{
	struct policy_driver key = {
		.generation = policy->policy->number, .rule = rule, .allows = allows};

	memcpy(key.name, driver, sizeof(key.name));
	return policy_has_driver(policy->policy, &key);
}

/* `s` is the facts of a struct decide_subject. */
static bool judge_has_gid(const struct policy_subject *s, uint32_t gid)
{
	const struct decide_subject *subject = (const struct decide_subject *)s;

	for (size_t i = 0; i < subject->n_gids; i++)
		if (subject->gids[i] == gid)
			return true;
	return s->gid == gid;
}
_Static_assert(offsetof(struct decide_subject, facts) == 0, "judge_has_gid() casts");

static void judge_copy(char *to, uint32_t n, const char *from)
{
	memcpy(to, from, n);
}

#include "owner_judge.h"

static int glob_fits(const struct policy_matcher *m, const struct policy_subject *s)
{
	struct judge_glob glob;

	judge_glob_start(&glob, judge_start(m, s));
	for (int i = 0; i < JUDGE_STEPS_MAX; i++)
		if (!judge_glob_step(&glob, s->path, m->pattern))
			break;
	return glob.result;
}

static int matcher_fits(const struct policy_matcher *m, const struct policy_subject *s)
{
	if (!judge_facts(m, s))
		return JUDGE_NO_MATCH;
	return m->tests & (MATCH_PATH | MATCH_SCOPE) ? glob_fits(m, s) : JUDGE_MATCH;
}

static int judge_list(judge_policy policy, const struct policy_list *list)
{
	int result = JUDGE_NO_MATCH;

	for (uint32_t i = 0; i < list->n; i++) {
		int fits = matcher_fits(&policy->policy->matchers[list->first + i],
					&policy->subject->facts);

		if (fits == JUDGE_MATCH)
			return fits;
		result |= fits;
	}
	return result;
}

static uint32_t scope_of(const char *path)
{
	uint32_t at = 0;

	while (path[at] == '/' && path[at + 1]) {
		uint32_t len = strcspn(path + at + 1, "/");

		if (!judge_is_parent(path, at + 1, len))
			return at;
		at += 1 + len;
	}
	return strlen(path);
}

uint16_t decide_rule(const struct policy *p, const struct owner_device *devices, size_t n,
		     enum policy_act act)
{
	const struct judge_context context = {.policy = p};
	struct policy_select_key key = {.generation = p->number};
	uint32_t first = POLICY_NO_RULE;

	for (size_t i = 0; i < n; i++)
		judge_device(&context, &key, &devices[i], p->head.kinds, act, &first);
	return first;
}

/* By the lists of the first rule that speaks of the act, POLICY_CLAIM or POLICY_MAPS. */
static struct decide_result decide_lists(const struct policy *p, const struct owner_device *devices,
					 size_t n, const struct decide_subject *subject,
					 enum policy_act act)
{
	struct decide_subject s = *subject;
	const struct judge_context context = {.policy = p, .subject = &s};
	struct decide_result d = {.rule = decide_rule(p, devices, n, act)};
	const struct policy_rule *rule = d.rule == POLICY_NO_RULE ? NULL : &p->rules[d.rule];
	bool maps = act == POLICY_MAPS;
	enum judgement judged = JUDGED_NOT;

	s.facts.scope = scope_of(s.facts.path);
	if (rule)
		judged = judge_subject(&context, maps ? &rule->maps_deny : &rule->claim_deny,
				       maps ? &rule->maps_allow : &rule->claim_allow);
	d.reason = judge_reason(judged, rule, !maps && p->head.deny_claim);
	return d;
}

struct decide_result decide_claim(const struct policy *p, const struct owner_device *devices,
				  size_t n, const struct decide_subject *subject)
{
	return decide_lists(p, devices, n, subject, POLICY_CLAIM);
}

struct decide_result decide_map(const struct policy *p, const struct owner_device *devices,
				size_t n, const struct decide_subject *subject)
{
	struct decide_result claim = decide_claim(p, devices, n, subject), map;

	if (claim.reason)
		return claim;
	map = decide_lists(p, devices, n, subject, POLICY_MAPS);
	return map.rule == POLICY_NO_RULE ? claim : map;
}

static bool is_protected(judge_policy context, const struct owner_device *d, uint16_t rule)
{
	struct policy_select_key key = {.generation = context->policy->number};

	return judge_protected(context, &key, d) &&
	       !judge_names_device(context, &key, d, POLICY_BIND, rule);
}

/* By its rules alone, whether the host needs the device or not. */
static struct decide_result judge_bind(judge_policy context, const struct owner_device *devices,
				       size_t n, const struct owner_device *dev)
{
	const struct policy *p = context->policy;
	struct decide_result d = {.rule = decide_rule(p, devices, n, POLICY_BIND)};
	const struct policy_rule *rule = d.rule == POLICY_NO_RULE ? NULL : &p->rules[d.rule];
	enum judgement judged = JUDGED_NOT;

	if (rule)
		judged = judge_driver(context, rule, d.rule, dev->managed, dev->driver);
	d.reason = judge_reason(judged, rule, p->head.deny_bind && !dev->managed);
	return d;
}

/* The same, but for what the host needs. */
static struct decide_result judge_unprotected_bind(const struct policy *p,
						   const struct owner_device *devices, size_t n,
						   const struct owner_device *dev)
{
	const struct judge_context context = {.policy = p};
	struct decide_result d = judge_bind(&context, devices, n, dev);

	if (d.reason && is_protected(&context, dev, d.rule))
		d.reason = REASON_NONE;
	return d;
}

struct decide_result decide_bind(const struct policy *p, const struct owner_device *devices,
				 size_t n, size_t i)
{
	return judge_unprotected_bind(p, devices, n, &devices[i]);
}

/* The device as it is when the host's driver is bound to it. */
static struct owner_device with_host_driver(const struct owner_device *d)
{
	struct owner_device dev = *d;

	if (!dev.driver[0] || dev.managed) {
		memcpy(dev.driver, dev.host_driver, sizeof(dev.driver));
		dev.managed = false;
	}
	return dev;
}

struct decide_result decide_host_bind(const struct policy *p, const struct owner_device *devices,
				      size_t n, size_t i)
{
	const struct owner_device dev = with_host_driver(&devices[i]);

	return dev.driver[0] ? judge_unprotected_bind(p, devices, n, &dev)
			     : (struct decide_result){.rule = POLICY_NO_RULE};
}

bool decide_spared(const struct policy *p, const struct owner_device *devices, size_t n, size_t i,
		   struct decide_result *ret)
{
	const struct judge_context context = {.policy = p};
	const struct owner_device dev = with_host_driver(&devices[i]);
	struct decide_result d = judge_bind(&context, devices, n, &dev);

	if (!dev.driver[0] || !d.reason || !is_protected(&context, &dev, d.rule))
		return false;
	*ret = d;
	return true;
}
