/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices come and get drivers: the reports of it.
 *
 * What makes a report is a global function, since a report and what is called deeper do not fit
 * on one stack.
 */
#ifndef OWNER_DEVICE_BPF_H
#define OWNER_DEVICE_BPF_H

#include "record.bpf.h"

/* Reports a bind or unbind of a recorded device, or that it joined, with the owner as it now is. */
__noinline int report_device(__u64 dev, __u32 act)
{
	struct owner_device *d = bpf_map_lookup_elem(&devices, &dev);
	struct owner_group *rec;
	struct owner_report r;
	__u32 id;

	if (!d)
		return 0;
	id = d->group;
	report_init(&r, id, act);
	if (act == ACT_JOIN)
		report_no_task(&r);
	rec = bpf_map_lookup_elem(&groups, &id);
	r.owner = rec ? OWNER_STATE_KIND(rec->state) : OWNER_NONE;
	r.device = *d;
	report_holder(&r);
	report_change(&r);
	return 0;
}

/* The kernel has refused a bind: its own ownership check. */
__noinline int report_bind_refused(__u64 dev, int error)
{
	struct device *device = (struct device *)dev;
	__u32 id = BPF_CORE_READ(device, iommu_group, id);
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_report r;

	report_init(&r, id, ACT_BIND);
	device_fill(&r.device, device, id, BPF_CORE_READ(device, driver));
	r.owner = rec ? OWNER_STATE_KIND(rec->state) : OWNER_NONE;
	r.error = error;
	r.verdict = VERDICT_DENY;
	r.by = BY_KERNEL;
	r.reason = r.owner == OWNER_USER ? REASON_USER_OWNED : REASON_OTHER_DOMAIN;
	report_holder(&r);
	report_violation(&r, COUNT_kernel_denied);
	return 0;
}

/* Records a device that the kernel has added to its group. */
__noinline int device_joins(__u64 address)
{
	struct device *dev = (struct device *)address;
	__u32 id = BPF_CORE_READ(dev, iommu_group, id);
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_device d;

	if (!rec)
		return 0;
	device_describe(&d, dev, id);
	device_join(dev, &d, rec);
	device_mirror_driver(address);
	return 0;
}

#endif
