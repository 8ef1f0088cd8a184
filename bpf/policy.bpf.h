/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What policy says of an act on a group, at the moment of the act.
 *
 * The group's list of devices is walked, so there is nothing to keep up to date when a device
 * comes or goes.  The generation is read once; if it is another when the judgement is made, the
 * policy has changed meanwhile, and its tables may be going: it is judged anew.
 *
 * Closed: what cannot be read is refused in enforce mode, where there is a policy.
 */
#ifndef OWNER_POLICY_BPF_H
#define OWNER_POLICY_BPF_H

#include "limit.bpf.h"
#include "subject.bpf.h"

#define JUDGE_TRIES 3

/*
 * What was decided, in one word, since a global function returns no more: 0, it is allowed; or
 * generation, rule and enum owner_reason.
 */
#define DECISION(generation, rule, reason)                                                         \
	((__u64)(generation) << 32 | (__u32)(rule) << 16 | (reason))
#define DECISION_GENERATION(d) ((__u32)((d) >> 32))
#define DECISION_RULE(d)       ((__u16)((d) >> 16))
#define DECISION_REASON(d)     ((__u8)(d))

/* An unconfirmed policy ends here, daemon or not. */
static __always_inline bool policy_expired(void)
{
	__u64 confirm_by = config.confirm_by;

	return confirm_by && bpf_ktime_get_boot_ns() >= confirm_by;
}

/* The generation in force. */
static __always_inline __u32 policy_generation(void)
{
	return policy_expired() ? config.fallback : config.generation;
}

/* Whether what it decides is enforced. */
static __always_inline bool policy_enforces(void)
{
	return policy_expired() ? config.fallback_enforce : config.enforce;
}

/* Lowers the thought's first rule by those that select the device. */
__noinline int device_first_rule(__u32 place, __u64 address)
{
	struct device *dev = (struct device *)address;
	struct policy_generation *g;
	struct device_driver *driver = NULL;
	struct thought *t = thought(place);
	__u32 generation = t->key.generation;

	g = bpf_map_lookup_elem(&generations, &generation);
	if (!g)
		return 0;
	if (t->act == POLICY_BIND)
		driver = BPF_CORE_READ(dev, driver);
	device_fill(&t->device, dev, BPF_CORE_READ(dev, iommu_group, id), driver);
	judge_device(place, &t->key, &t->device, g->kinds, t->act, &t->first);
	return 0;
}

/* One pass; WALK_UNREADABLE. */
__noinline int group_first_rule_once(__u32 place, __u64 group)
{
	__u64 head = group_members(group), pos = member_next(head);
	struct thought *t = thought(place);

	t->first = POLICY_NO_RULE;
	FOR_EACH_MEMBER (pos, head)
		device_first_rule(place, member_device(pos));
	return walked_all(pos, head) ? 0 : WALK_UNREADABLE;
}

/* The first rule that speaks of the act, in t->first; false: the list cannot be read. */
static __always_inline bool group_first_rule(__u32 place, __u64 group)
{
	int err = WALK_UNREADABLE;

	for (int i = 0; i < WALK_TRIES && err == WALK_UNREADABLE; i++)
		err = group_first_rule_once(place, group);
	if (err == WALK_UNREADABLE)
		count(COUNT_walks_cut);
	return err != WALK_UNREADABLE;
}

/* The rule in t->first; NULL: none speaks of the act. */
static __always_inline struct policy_rule *first_rule(struct thought *t)
{
	struct policy_index key = {.generation = t->key.generation, .index = t->first};

	return t->first == POLICY_NO_RULE ? NULL : bpf_map_lookup_elem(&rules, &key);
}

/* May the current task have the group?  REASON_*. */
static __always_inline __u8 judge_claim(__u32 place, struct thought *t, struct policy_generation *g)
{
	struct policy_rule *rule = first_rule(t);
	enum judgement judged = JUDGED_NOT;

	if (rule) {
		subject_read(place);
		judged = judge_subject(place, &rule->claim_deny, &rule->claim_allow);
	}
	return judge_reason(judged, rule, g->deny_claim);
}

/* May the current task map so many bytes more for the group?  REASON_*. */
static __always_inline __u8 judge_maps(__u32 place, struct thought *t, __u64 group, __u64 bytes)
{
	struct policy_rule *rule = first_rule(t);
	enum judgement judged;
	__u8 reason;

	if (!rule)
		return REASON_NONE;
	subject_read(place);
	judged = judge_subject(place, &rule->maps_deny, &rule->maps_allow);
	reason = judge_reason(judged, rule, false);
	if (reason || rule->limit == POLICY_NO_LIMIT)
		return reason;
	return judge_limit(rule, group_mapped(group, t->device.group), bytes);
}

/*
 * Whether the device may not be without its driver: the host needs it, and no rule selects it
 * by name.
 */
static __always_inline bool is_protected(__u32 place, struct thought *t)
{
	return judge_protected(place, &t->key, &t->device) &&
	       !judge_names_device(place, &t->key, &t->device, POLICY_BIND, t->first);
}

/*
 * May the driver that dev->driver is now bind to the device?  REASON_*.  Global, so that what it
 * needs of the stack is not there when others judge.
 */
__noinline int judge_bind(__u32 place, __u64 address)
{
	struct device *dev = (struct device *)address;
	enum judgement judged = JUDGED_NOT;
	struct thought *t = thought(place);
	struct policy_generation *g;
	struct policy_rule *rule;
	__u32 generation = t->key.generation;
	__u8 reason;

	g = bpf_map_lookup_elem(&generations, &generation);
	if (!g)
		return REASON_UNREADABLE;
	rule = first_rule(t);
	device_fill(&t->device, dev, t->device.group, BPF_CORE_READ(dev, driver));
	if (rule)
		judged = judge_driver(place, rule, t->first, t->device.managed, t->device.driver);
	reason = judge_reason(judged, rule, g->deny_bind && !t->device.managed);
	return reason && is_protected(place, t) ? REASON_NONE : reason;
}

/* The group's user does as he likes with what is his; not who has his number after him. */
static __always_inline bool is_holders_own(__u64 group, __u32 file)
{
	__u32 id = BPF_CORE_READ((struct iommu_group *)group, id);
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &id);

	return file & (FILE_CONFIG | FILE_RESOURCE) && h &&
	       h->task.tgid == (__u32)BPF_CORE_READ(task, tgid) &&
	       h->task.start == BPF_CORE_READ(task, group_leader, start_boottime);
}

/* May a file of the group's devices be written to?  REASON_*. */
static __always_inline __u8 judge_sysfs(struct thought *t, __u64 group, __u32 file)
{
	struct policy_rule *rule = first_rule(t);
	bool owned = OWNER_STATE_KIND(kernel_state((struct iommu_group *)group)) == OWNER_USER;

	if (!rule || (owned && is_holders_own(group, file)))
		return REASON_NONE;
	return judge_reason(judge_file(rule, file, owned), rule, false);
}

static __always_inline __u8 judge_act(__u32 place, struct thought *t, __u64 group, __u64 object)
{
	__u32 generation = t->key.generation;
	struct policy_generation *g = bpf_map_lookup_elem(&generations, &generation);

	if (!g || !group_first_rule(place, group))
		return REASON_UNREADABLE;
	if (t->act == POLICY_BIND)
		return judge_bind(place, object);
	if (t->act == POLICY_SYSFS)
		return judge_sysfs(t, group, object);
	if (t->act == POLICY_MAPS)
		return judge_maps(place, t, group, object);
	return judge_claim(place, t, g);
}

/* By one generation. */
static __always_inline __u64 policy_judge_once(__u32 generation, __u64 group, __u32 act,
					       __u64 object)
{
	__u32 place = thought_place(), rule;
	struct thought *t = thought(place);
	__u8 reason;

	if (place == THOUGHT_NOWHERE)
		return DECISION(generation, POLICY_NO_RULE, REASON_UNREADABLE);
	thought_begin(t, generation, act);
	reason = judge_act(place, t, group, object);
	rule = t->first;
	thought_end(t);
	return reason ? DECISION(generation, rule, reason) : 0;
}

/*
 * What policy says of an act on the group by the current task: a decision.  `object`: the
 * device that a driver binds to; the file (enum policy_files) that is written to; how many bytes
 * are mapped.
 */
__noinline __u64 policy_judge(__u64 group, __u32 act, __u64 object)
{
	__u32 generation = policy_generation();
	__u64 decision;

	for (int i = 0; i < JUDGE_TRIES; i++) {
		if (!generation)
			return 0;
		decision = policy_judge_once(generation, group, act, object);
		if (policy_generation() == generation)
			return decision;
		generation = policy_generation();
	}
	return DECISION(generation, POLICY_NO_RULE, REASON_UNREADABLE);
}

/* Whether a rule in force speaks of the act. */
static __always_inline bool policy_speaks(__u32 act)
{
	__u32 generation = policy_generation();
	struct policy_generation *g = bpf_map_lookup_elem(&generations, &generation);

	return g && g->acts & 1U << act;
}

/* Notes in the rule what it has refused, or would have. */
static __always_inline void policy_note(__u64 decision, bool refused, __u64 when)
{
	struct policy_index key = {.generation = DECISION_GENERATION(decision),
				   .index = DECISION_RULE(decision)};
	struct policy_rule *rule = bpf_map_lookup_elem(&rules, &key);

	if (!rule)
		return;
	if (refused)
		__sync_fetch_and_add(&rule->denied, 1);
	else
		__sync_fetch_and_add(&rule->would_deny, 1);
	rule->last = when;
	if (!rule->first)
		rule->first = rule->last;
}

#endif
