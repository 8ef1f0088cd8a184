/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdicts: may this bind, open or claim happen?
 *
 * Each returns 0 or the negative errno that its hook returns, and reports what it
 * refuses.  Where the kernel arbitrates ownership itself (from 5.19 on), ownerd adds
 * policy and leaves the kernel's own refusals to the kernel; observers report those.
 * Before, ownerd refuses what the kernel has refused since.
 */
#ifndef OWNER_VERDICT_BPF_H
#define OWNER_VERDICT_BPF_H

#include "holder.bpf.h"
#include "policy.bpf.h"
#include "space.bpf.h"

/*
 * What a hook returns.  By a branch: what the compiler would compute instead has no bounds that the
 * verifier, which checks them since 6.12, could know.
 */
static __always_inline int eperm_if(bool refused)
{
	int ret = -EPERM;

	asm volatile("" : "+r"(ret));
	return refused ? ret : 0;
}

static __always_inline __u32 denied_counter(__u32 act)
{
	switch (act) {
	case ACT_BIND:
		return COUNT_binds_denied;
	case ACT_OPEN:
		return COUNT_opens_denied;
	case ACT_RECEIVE:
		return COUNT_receives_denied;
	case ACT_MAP:
		return COUNT_maps_denied;
	case ACT_SYSFS:
		return COUNT_writes_denied;
	default:
		return COUNT_claims_denied;
	}
}

/* Who owned the group when it was decided so. */
static __always_inline __u8 owner_then(__u8 reason, __u32 group)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &group);

	if (reason == REASON_USER_OWNED)
		return OWNER_USER;
	if (reason == REASON_KERNEL_OWNED)
		return OWNER_KERNEL;
	return rec ? OWNER_STATE_KIND(rec->state) : OWNER_NONE;
}

/* An act of ACT_SYSFS has the file in its upper bits: five arguments are all that a function has.
 */
#define REFUSE_FILE_SHIFT 8

/*
 * Reports a refusal; 1 where it is enforced, and 0 where the report says what would have
 * happened.  What a policy has decided is enforced in enforce mode; ownership that the kernel
 * does not keep, in every mode (config.guard).
 */
static __always_inline int refuse_act(__u32 group, __u32 act, __u64 decision, __u64 dev)
{
	bool by_policy = DECISION_GENERATION(decision);
	bool enforced = by_policy ? policy_enforces() : config.guard;
	struct device *device = (struct device *)dev;
	struct owner_report r;

	report_init(&r, group, act);
	r.file = act >> REFUSE_FILE_SHIFT;
	if (dev)
		device_fill(&r.device, device, group, BPF_CORE_READ(device, driver));
	r.by = BY_OWNERD;
	r.reason = DECISION_REASON(decision);
	r.generation = DECISION_GENERATION(decision);
	r.rule = DECISION_RULE(decision);
	r.error = act == ACT_BIND ? -EBUSY : -EPERM;
	r.verdict = enforced ? VERDICT_DENY : VERDICT_WOULD_DENY;
	r.owner = owner_then(r.reason, group);
	report_holder(&r);
	report_violation(&r, enforced ? denied_counter(r.act) : COUNT_would_deny);
	if (by_policy)
		policy_note(decision, enforced, r.when);
	return enforced;
}

/* Global, so that the report is not on the stack while it is judged: together they are too large.
 */
__noinline int refuse(__u32 group, __u32 act, __u64 decision)
{
	return refuse_act(group, act, decision, 0);
}

/* The same of a device; by itself, since to describe a device needs more of the stack. */
__noinline int refuse_device(__u32 group, __u32 act, __u64 decision, __u64 dev)
{
	return refuse_act(group, act, decision, dev);
}

#define OWNERSHIP(reason) DECISION(0, POLICY_NO_RULE, reason)

/* A driver is about to probe a device of a group. */
static __always_inline int verdict_bind(struct device *dev, struct iommu_group *group)
{
	__u32 id = BPF_CORE_READ(group, id);
	__u64 decision;

	if (!bpf_map_lookup_elem(&groups, &id))
		return 0;
	count_seen(COUNT_binds_judged);
	if (OWNER_STATE_KIND(kernel_state(group)) == OWNER_USER &&
	    !driver_is_managed((__u64)dev, (__u64)BPF_CORE_READ(dev, driver))) {
		device_refused(dev);
		decision = OWNERSHIP(REASON_USER_OWNED);
	} else {
		decision = policy_judge((__u64)group, POLICY_BIND, (__u64)dev);
	}
	return decision && refuse_device(id, ACT_BIND, decision, (__u64)dev) ? -EBUSY : 0;
}

/* What opens, claims and receipts have in common: may the current task have the group? */
static __always_inline int verdict_subject(__u32 id, __u8 act)
{
	struct owner_group *rec;
	__u64 decision;

	if (id == OWNER_CANARY_GROUP) {
		count(COUNT_canaries);
		return -EPERM;
	}
	rec = policy_generation() ? bpf_map_lookup_elem(&groups, &id) : NULL;
	if (!rec)
		return 0;
	decision = policy_judge(rec->address, POLICY_CLAIM, 0);
	return decision && refuse(id, act, decision) ? -EPERM : 0;
}

static __always_inline bool is_canary(struct file *file)
{
	return OWNER_DEV_MINOR(file->f_inode->i_rdev) == OWNER_CANARY_MINOR;
}

/* An open is refused by policy alone, never because the group is not viable. */
static __always_inline int verdict_open(struct file *file, __u32 group)
{
	if (!verdict_subject(group, ACT_OPEN))
		return 0;
	refusal_note(file);
	return -EPERM;
}

/*
 * Before 5.19: a claim of a group in which host drivers are bound.  What cannot be read
 * or noted is closed: the claim is refused.
 */
static __always_inline int verdict_viable(struct file *file, __u32 id)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	__u8 reason = rec ? arbiter_claim(file, rec, id) : REASON_UNREADABLE;

	if (!reason || !refuse(id, ACT_CLAIM, OWNERSHIP(reason)))
		return 0;
	arbiter_claim_end(id);
	return -EPERM;
}

/*
 * The file is noted, since the kernel's claim does not know it.  `viable`: before 5.19 the group's
 * drivers are looked at, which for the other claims the kernel does; and the argument leads to the
 * container.
 */
static __always_inline int verdict_claim(struct file *file, __u32 group, bool viable, __u64 arg)
{
	count_seen(COUNT_claims_judged);
	if (verdict_subject(group, ACT_CLAIM) ||
	    (viable && !kernel_keeps_owner && verdict_viable(file, group))) {
		refusal_note(file);
		return -EPERM;
	}
	pending_note(file, group, viable ? arg : 0);
	return 0;
}

/*
 * A descriptor of the group's, or of a device in it, is handed to the current task.  Who gets the
 * file that the claim was made with is its holder from now on.
 */
static __always_inline int verdict_receive(struct file *file, __u32 group)
{
	if (verdict_subject(group, ACT_RECEIVE)) {
		refusal_note(file);
		return -EPERM;
	}
	holder_follow((__u64)file, group);
	return 0;
}

/*
 * Before 5.19: VFIO_SET_IOMMU and VFIO_IOMMU_MAP_DMA on a container, for which the kernel
 * does not ask whether host drivers are bound in its groups.
 */
static __always_inline int verdict_container(struct file *file, __u8 act)
{
	__u64 group = container_unviable_group((__u64)file->private_data);

	if (group == CONTAINER_VIABLE)
		return 0;
	if (group == CONTAINER_UNREADABLE) {
		count(COUNT_layouts_unknown);
		return config.guard ? -EPERM : 0;
	}
	return refuse(group, act, OWNERSHIP(REASON_KERNEL_OWNED)) ? -EPERM : 0;
}

/* A map of so many bytes for one group: its user must still be allowed to have it, and to map. */
static __always_inline bool map_is_refused(__u32 id, __u64 bytes)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	__u64 decision;

	if (!rec)
		return false;
	decision = policy_judge(rec->address, POLICY_CLAIM, 0);
	if (!decision && policy_speaks(POLICY_MAPS))
		decision = policy_judge(rec->address, POLICY_MAPS, bytes);
	return decision && refuse(id, ACT_MAP, decision);
}

/* Nobody knows which groups a map in this container is for; 1: so it is refused. */
__noinline int map_of_unknown(__u64 space)
{
	struct owner_space key = {.space = space, .slot = OWNER_SPACE_OLD};

	if (!policy_speaks(POLICY_MAPS))
		return 0;
	if (bpf_map_lookup_elem(&spaces, &key)) {
		count(COUNT_spaces_old);
		return 0;
	}
	count(COUNT_spaces_unknown);
	return policy_enforces();
}

/* A map for the group in one slot of its space. */
#define SLOT_SERVES  1 /* there is one */
#define SLOT_REFUSES 2 /* and it may not be */
#define SLOT_ENDS    4 /* there is none behind it */

__noinline int map_in_slot(__u64 space, __u32 slot, __u64 bytes)
{
	__u64 group = space_group(space, slot);

	if (group == SPACE_END)
		return SLOT_ENDS;
	if (group == SPACE_NO_GROUP)
		return 0;
	if (slot == OWNER_SPACE_SLOTS)
		bytes = POLICY_NO_LIMIT;
	return SLOT_SERVES | (map_is_refused(group, bytes) ? SLOT_REFUSES : 0);
}

/* Whether policy refuses a map in this space, for the sake of any of the groups that it serves. */
static __always_inline bool map_in_space(__u64 space, __u64 bytes, bool container)
{
	int found = 0;

	for (__u32 slot = 0; slot <= OWNER_SPACE_SLOTS && !(found & (SLOT_REFUSES | SLOT_ENDS));
	     slot++)
		found |= map_in_slot(space, slot, bytes);
	if (found & SLOT_SERVES)
		return found & SLOT_REFUSES;
	return container && !is_iommufd(space) && map_of_unknown(space);
}

/*
 * Whether policy refuses VFIO_IOMMU_MAP_DMA on a container, or IOMMU_IOAS_MAP and its like on an
 * iommufd; all other files pass.  Their arguments may change before the kernel reads them: who does
 * that maps once more than he may, and nothing after.
 */
static __always_inline bool verdict_map(struct file *file, __u64 bytes)
{
	return is_misc(file) && map_in_space(file_space(file), bytes, is_container(file));
}

#endif
