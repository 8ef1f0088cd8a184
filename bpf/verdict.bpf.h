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

#include "policy.bpf.h"
#include "record.bpf.h"

#define EPERM 1
#define EBUSY 16

/*
 * Carries out a refusal: returns the errno, or 0 where it is not enforced and the report
 * says what would have happened.  Policy is enforced in enforce mode; ownership that the
 * kernel does not keep, in every mode (config.guard).
 */
static __always_inline int refuse(struct owner_report *r, int error, __u8 reason, bool enforced,
				  __u32 counter)
{
	r->by = BY_OWNERD;
	r->reason = reason;
	r->error = error;
	r->verdict = enforced ? VERDICT_DENY : VERDICT_WOULD_DENY;
	report_holder(r);
	report_violation(r, enforced ? counter : COUNT_would_deny);
	return enforced ? error : 0;
}

/*
 * Leaves a note for the fexit of this call.  Without it, a refusal of ownerd's would
 * be taken for another module's, which the report of the refusal itself belies.
 */
static __always_inline void pending_note(struct file *file, __u32 group, bool denied)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct pending p = {.file = (__u64)file, .group = group, .denied = denied};

	bpf_map_update_elem(&pendings, &key, &p, BPF_ANY);
}

/* A driver is about to probe a device of a group. */
static __always_inline int verdict_bind(struct device *dev, struct iommu_group *group)
{
	__u32 id = BPF_CORE_READ(group, id);
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_report r;
	__u8 reason;

	if (!rec)
		return 0;
	count_seen(COUNT_binds_judged);
	report_init(&r, id, ACT_BIND);
	r.owner = OWNER_STATE_KIND(kernel_state(group));
	device_fill(&r.device, dev, id, BPF_CORE_READ(dev, driver));
	if (r.device.managed)
		return 0;
	if (r.owner == OWNER_USER) {
		device_refused(dev);
		return refuse(&r, -EBUSY, REASON_USER_OWNED, config.guard, COUNT_binds_denied);
	}
	reason = policy_against((__u64)group, POLICY_DEDICATE, REASON_DEDICATED);
	return reason ? refuse(&r, -EBUSY, reason, config.enforce, COUNT_binds_denied) : 0;
}

/* What opens and claims have in common: the group must not be reserved. */
static __always_inline int verdict_reserved(struct file *file, __u32 id, __u8 act, __u32 counter)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_report r;
	__u8 reason;
	int error;

	if (!rec)
		return 0;
	if (rec->flags & GROUP_CANARY) {
		count(COUNT_canaries);
		return -EPERM;
	}
	reason = policy_against(rec->address, POLICY_RESERVE, REASON_RESERVED);
	if (!reason)
		return 0;
	report_init(&r, id, act);
	r.owner = OWNER_STATE_KIND(rec->state);
	error = refuse(&r, -EPERM, reason, config.enforce, counter);
	if (error)
		pending_note(file, id, true);
	return error;
}

/* An open is refused by policy alone, never because the group is not viable. */
static __always_inline int verdict_open(struct file *file, __u32 group)
{
	count_seen(COUNT_opens_judged);
	return verdict_reserved(file, group, ACT_OPEN, COUNT_opens_denied);
}

/*
 * Before 5.19: a claim of a group in which host drivers are bound.  What cannot be read
 * or noted is closed: the claim is refused.
 */
static __always_inline int verdict_viable(struct file *file, __u32 id)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_report r;
	__u8 reason;
	int error;

	report_init(&r, id, ACT_CLAIM);
	reason = rec ? arbiter_claim(file, rec, id) : REASON_UNREADABLE;
	if (!reason)
		return 0;
	r.owner = rec ? OWNER_STATE_KIND(rec->state) : OWNER_NONE;
	error = refuse(&r, -EPERM, reason, config.guard, COUNT_claims_denied);
	if (!error)
		return 0;
	arbiter_claim_end(id);
	pending_note(file, id, true);
	return error;
}

/*
 * The file is noted, since the kernel's claim does not know it.  `viable`: before 5.19 the group's
 * drivers are looked at, which for the other claims the kernel does.
 */
static __always_inline int verdict_claim(struct file *file, __u32 group, bool viable)
{
	int error;

	count_seen(COUNT_claims_judged);
	error = verdict_reserved(file, group, ACT_CLAIM, COUNT_claims_denied);
	if (!error && viable && !kernel_keeps_owner)
		error = verdict_viable(file, group);
	if (!error && (viable || kernel_keeps_owner))
		pending_note(file, group, false);
	return error;
}

/*
 * Before 5.19: VFIO_SET_IOMMU and VFIO_IOMMU_MAP_DMA on a container, for which the kernel
 * does not ask whether host drivers are bound in its groups.
 */
static __always_inline int verdict_container(struct file *file, __u8 act, __u32 counter)
{
	__u64 group = container_unviable_group((__u64)file->private_data);
	struct owner_report r;
	struct owner_group *rec;
	__u32 id = group;

	if (group == CONTAINER_VIABLE)
		return 0;
	if (group == CONTAINER_UNREADABLE) {
		count(COUNT_layouts_unknown);
		return config.guard ? -EPERM : 0;
	}
	report_init(&r, id, act);
	rec = bpf_map_lookup_elem(&groups, &id);
	r.owner = rec ? OWNER_STATE_KIND(rec->state) : OWNER_NONE;
	return refuse(&r, -EPERM, REASON_KERNEL_OWNED, config.guard, counter);
}

#endif
