/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users come and go: who holds a group, and the reports of claims and releases.
 */
#ifndef OWNER_HOLDER_BPF_H
#define OWNER_HOLDER_BPF_H

#include "pending.bpf.h"
#include "record.bpf.h"
#include "space.bpf.h"

static __always_inline void claim_succeeded(struct owner_report *r, bool more, __u64 space)
{
	struct pending *p = pending_of_thread();
	struct owner_holder h = {.since = r->when, .task = r->task, .space = space};
	__u32 id = r->group;

	if (p && p->group == id) {
		h.file = p->file;
		if (!space)
			h.space = space_of_argument(p->arg);
		if (!kernel_keeps_owner) /* else VFIO may still refuse it: claim_answer() */
			pending_done();
	}
	/* A claim more by the same owner, of another device of the group: who held it holds it. */
	if (bpf_map_update_elem(&holders, &id, &h, more ? BPF_NOEXIST : BPF_ANY) && !more)
		count(COUNT_holders_full);
	space_add(h.space, id);
	r->holder = h.task;
	report_change(r);
}

/*
 * Since 6.6 the kernel itself keeps devices, of which the firmware wants memory mapped as it is,
 * from users, and says so by EINVAL.
 */
static __always_inline bool kernel_keeps_direct(void)
{
	return bpf_core_field_exists(((struct dev_iommu *)0)->require_direct);
}

/* Before, Intel's driver does, by EPERM: intel_iommu_attach_device(). */
static __always_inline bool driver_keeps_direct(void)
{
	return config.keeps_direct && !kernel_keeps_direct();
}

/* Who owns the group; nobody's is attached to a domain that blocks, which the driver refused. */
static __always_inline __u8 permission_reason(__u32 owner)
{
	switch (owner) {
	case OWNER_USER:
		return REASON_USER_OWNED;
	case OWNER_KERNEL:
		return REASON_KERNEL_OWNED;
	default:
		return driver_keeps_direct() ? REASON_FIRMWARE : REASON_ERRNO;
	}
}

/* -EBUSY: it is not in its default domain; -EINVAL: since 6.6, by __iommu_device_set_domain(). */
static __always_inline __u8 refusal_reason(const struct owner_report *r, int error)
{
	switch (error) {
	case -EPERM:
		return permission_reason(r->owner);
	case -EBUSY:
		return REASON_OTHER_DOMAIN;
	case -EINVAL:
		return kernel_keeps_direct() ? REASON_FIRMWARE : REASON_ERRNO;
	default:
		return REASON_ERRNO;
	}
}

static __always_inline void claim_refused(struct owner_report *r, int error)
{
	pending_done();
	r->error = error;
	r->verdict = VERDICT_DENY;
	r->by = BY_KERNEL;
	r->reason = refusal_reason(r, error);
	report_holder(r);
	report_violation(r, COUNT_kernel_denied);
}

static __always_inline bool same_task(const struct owner_task *a, const struct owner_task *b)
{
	return a->tgid == b->tgid && a->start == b->start;
}

/* The current task has got the file of the group's claim: `holder` of the report was it before. */
__noinline int report_receipt(__u32 group)
{
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &group);
	struct owner_report r;

	if (!h)
		return 0;
	report_init(&r, group, ACT_RECEIVE);
	if (same_task(&r.task, &h->task))
		return 0;
	r.owner = OWNER_USER;
	r.holder = h->task;
	h->task = r.task;
	report_change(&r);
	return 0;
}

static __always_inline void holder_follow(__u64 file, __u32 group)
{
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &group);

	if (h && h->file == file)
		report_receipt(group);
}

/*
 * A claim has come back from the kernel, in the claiming task.  `space`: that it was made for; 0, a
 * container, which the argument of the call tells.
 */
__noinline int report_claim(__u32 id, int error, __u64 space)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_report r;

	if (!rec)
		return 0;
	report_init(&r, id, ACT_CLAIM);
	r.owner = error ? OWNER_STATE_KIND(rec->state) : OWNER_USER;
	if (error)
		claim_refused(&r, error);
	else
		claim_succeeded(&r, OWNER_STATE_COUNT(rec->state) > 1, space);
	return 0;
}

/* From 5.19 on: the end of a call that claims the group. */
static __always_inline void claim_ended(struct iommu_group *group, int error, __u64 space)
{
	struct owner_group *rec = group_record(group);

	if (!rec)
		return;
	group_mirror(group, rec);
	report_claim(BPF_CORE_READ(group, id), error, space);
}

/*
 * The group has no user any more.  A release is nobody's act: it runs in whichever task drops the
 * last reference.  `once`: several may see it, and he who takes the holder's entry away reports it.
 */
__noinline int report_release(__u32 id, int once)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &id);
	struct owner_report r;

	report_init(&r, id, ACT_RELEASE);
	report_no_task(&r);
	if (rec)
		r.owner = OWNER_STATE_KIND(rec->state);
	if (h)
		r.holder = h->task;
	if (once && bpf_map_delete_elem(&holders, &id))
		return 0;
	report_change(&r);
	return 0;
}

static __always_inline void holder_left(__u32 id, int once)
{
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &id);

	if (h)
		space_drop(h->space);
	report_release(id, once);
}

/* From 5.19 on: a claim is given back; others by the same owner may stand. */
static __always_inline void claim_released(struct iommu_group *group)
{
	struct owner_group *rec = group_record(group);

	if (!rec)
		return;
	group_mirror(group, rec);
	if (OWNER_STATE_KIND(rec->state) != OWNER_USER)
		holder_left(BPF_CORE_READ(group, id), 0);
}

/* Before 5.19: something happened after which the group may have no user any more. */
static __always_inline void group_left(struct owner_group *rec, __u32 id)
{
	group_mirror((struct iommu_group *)rec->address, rec);
	if (OWNER_STATE_KIND(rec->state) != OWNER_USER)
		holder_left(id, 1);
}

#endif
