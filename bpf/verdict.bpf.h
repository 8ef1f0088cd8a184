/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdicts: may this bind, open or claim happen?
 *
 * Each returns 0 or the negative errno that its hook returns, and reports what it
 * refuses.  Where the kernel arbitrates ownership itself (from 5.19 on), ownerd adds
 * policy and leaves the kernel's own refusals to the kernel; observers report those.
 */
#ifndef OWNER_VERDICT_BPF_H
#define OWNER_VERDICT_BPF_H

#include "record.bpf.h"

#define EPERM 1
#define EBUSY 16

/*
 * Carries out a refusal, as the mode has it: returns the errno, or 0 in observe
 * mode, where the report says what would have happened.
 */
static __always_inline int refuse(struct owner_report *r, int error, __u8 reason, __u32 counter)
{
	r->by = BY_OWNERD;
	r->reason = reason;
	r->error = error;
	r->verdict = config.enforce ? VERDICT_DENY : VERDICT_WOULD_DENY;
	report_holder(r);
	report_violation(r);
	count(config.enforce ? counter : COUNT_would_deny);
	return config.enforce ? error : 0;
}

/*
 * Leaves a note for the fexit of this call.  Without it, a refusal of ownerd's would
 * be taken for another module's, which the report of the refusal itself belies.
 */
static __always_inline void pending_note(struct file *file, bool denied)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct pending p = {.file = (__u64)file, .denied = denied};

	bpf_map_update_elem(&pendings, &key, &p, BPF_ANY);
}

/* A driver is about to probe a device of a group. */
static __always_inline int verdict_bind(struct device *dev, struct iommu_group *group)
{
	__u32 id = BPF_CORE_READ(group, id);
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_report r;

	if (!rec)
		return 0;
	count(COUNT_binds_judged);
	report_init(&r, id, ACT_BIND);
	r.owner = group_owner(group, rec);
	device_fill(&r.device, dev, id, BPF_CORE_READ(dev, driver));
	if (r.device.managed)
		return 0;
	if (r.owner == OWNER_USER)
		return refuse(&r, -EBUSY, REASON_USER_OWNED, COUNT_binds_denied);
	if (rec->dedicated)
		return refuse(&r, -EBUSY, REASON_DEDICATED, COUNT_binds_denied);
	return 0;
}

/* What opens and claims have in common: the group must not be reserved. */
static __always_inline int verdict_reserved(struct file *file, __u32 id, __u8 act, __u32 counter)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_report r;
	int error;

	if (!rec || !rec->reserved)
		return 0;
	if (rec->flags & GROUP_CANARY) {
		count(COUNT_canaries);
		return -EPERM;
	}
	report_init(&r, id, act);
	r.owner = OWNER_STATE_KIND(rec->state);
	error = refuse(&r, -EPERM, REASON_RESERVED, counter);
	if (error)
		pending_note(file, true);
	return error;
}

/* An open is refused by policy alone, never because the group is not viable. */
static __always_inline int verdict_open(struct file *file, __u32 group)
{
	count(COUNT_opens_judged);
	return verdict_reserved(file, group, ACT_OPEN, COUNT_opens_denied);
}

/* VFIO_GROUP_SET_CONTAINER.  The file is noted, since the kernel's claim does not know it. */
static __always_inline int verdict_claim(struct file *file, __u32 group)
{
	int error;

	count(COUNT_claims_judged);
	error = verdict_reserved(file, group, ACT_CLAIM, COUNT_claims_denied);
	if (!error)
		pending_note(file, false);
	return error;
}

#endif
