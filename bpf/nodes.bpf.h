/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFIO's nodes: device number -> group, matched when the node is made.
 */
#ifndef OWNER_NODES_BPF_H
#define OWNER_NODES_BPF_H

#include "maps.bpf.h"
#include "report.bpf.h"

/*
 * The group's number from the name of VFIO's device for it: "7", or "noiommu-7" where
 * there is no IOMMU (vfio_create_group() and its like).
 */
static __always_inline bool group_of_name(const char *name, __u32 *ret_group)
{
	__u32 group = 0;
	int i = name[0] == 'n' ? sizeof("noiommu-") - 1 : 0;

	if (!name[i])
		return false;
	for (int digits = 0; digits < 10 && name[i]; digits++, i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		group = group * 10 + (name[i] - '0');
	}
	*ret_group = group;
	return true;
}

static __always_inline bool is_vfio_group(struct device *dev)
{
	char name[8] = {};

	return bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dev, class, name)) ==
		       sizeof("vfio") &&
	       *(__u32 *)name == *(__u32 *)"vfio";
}

/*
 * VFIO makes a group's node, whose minor is not the group's number.  At the entry, before
 * anyone can open it: the only moment at which a minor can be matched with its group in
 * time.
 */
static __always_inline void node_add(struct device *dev)
{
	__u32 devt = BPF_CORE_READ(dev, devt);
	char name[24] = {};
	__u32 group;

	if (!is_vfio_group(dev))
		return;
	config.vfio_major = OWNER_DEV_MAJOR(devt);
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dev, kobj.name));
	if (!group_of_name(name, &group))
		count(COUNT_reads_failed);
	else if (bpf_map_update_elem(&minors, &devt, &group, BPF_ANY))
		count(COUNT_minors_full);
}

/* The number may be another driver's next, which has nothing to do with the group. */
static __always_inline void node_remove(struct device *dev)
{
	__u32 devt = BPF_CORE_READ(dev, devt);

	if (is_vfio_group(dev))
		bpf_map_delete_elem(&minors, &devt);
}

#endif
