/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VFIO's nodes, of groups and of devices: device number -> group, matched when the node is made.
 */
#ifndef OWNER_NODES_BPF_H
#define OWNER_NODES_BPF_H

#include "maps.bpf.h"
#include "pending.bpf.h"
#include "report.bpf.h"
#include "resolve.bpf.h"

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

enum node { NODE_OTHER, NODE_GROUP, NODE_DEVICE };

/* The classes "vfio" (group.c) and "vfio-dev" (vfio_main.c, device_cdev.c: since 6.6). */
static __always_inline enum node node_kind(struct device *dev)
{
	char name[16] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dev, class, name));
	if (NAME_IS(name, "vfio"))
		return NODE_GROUP;
	return NAME_IS(name, "vfio-dev") ? NODE_DEVICE : NODE_OTHER;
}

/*
 * VFIO makes a node, whose minor says nothing of the group.  At the entry, before anyone can
 * open it: the only moment at which a minor can be matched with its group in time.
 */
static __always_inline void node_add(struct device *dev)
{
	__u32 devt = BPF_CORE_READ(dev, devt), group;
	enum node kind = node_kind(dev);
	char name[24] = {};

	if (kind == NODE_OTHER)
		return;
	if (kind == NODE_DEVICE) {
		config.device_major = OWNER_DEV_MAJOR(devt);
		group = BPF_CORE_READ(dev, parent, iommu_group, id);
	} else {
		config.vfio_major = OWNER_DEV_MAJOR(devt);
		bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dev, kobj.name));
		if (!group_of_name(name, &group)) {
			count(COUNT_reads_failed);
			return;
		}
	}
	if (bpf_map_update_elem(&minors, &devt, &group, BPF_ANY))
		count(COUNT_minors_full);
}

/* The number may be another driver's next, which has nothing to do with the group. */
static __always_inline void node_remove(struct device *dev)
{
	__u32 devt = BPF_CORE_READ(dev, devt);

	if (node_kind(dev) != NODE_OTHER)
		bpf_map_delete_elem(&minors, &devt);
}

/*
 * What VFIO_GROUP_GET_DEVICE_FD makes: a file without a node, by which alone the device can be
 * driven.  drivers/vfio: anon_inode_getfile("[vfio-device]", ...).
 */
static __always_inline bool is_device_name(const char *name)
{
	char text[16] = {};

	bpf_probe_read_kernel_str(text, sizeof(text), name);
	return NAME_IS(text, "[vfio-device]");
}

/* The group is the one whose ioctl this thread is in. */
static __always_inline void device_file_add(const char *name, struct file *file)
{
	__u64 address = (__u64)file;
	struct pending *p;
	__u32 group;

	if (!is_device_name(name))
		return;
	p = pending_of_thread();
	group = p ? p->group : OWNER_CANARY_GROUP;
	if (bpf_map_update_elem(&device_files, &address, &group, BPF_ANY))
		count(COUNT_files_full);
}

#define ANON_INODE_FS_MAGIC 0x09041934

static __always_inline bool is_device_file(struct file *file)
{
	return BPF_CORE_READ(file, f_inode, i_sb, s_magic) == ANON_INODE_FS_MAGIC &&
	       is_device_name((const char *)BPF_CORE_READ(file, f_path.dentry, d_name.name));
}

/* The group of a file that VFIO has made of a device, if that was seen. */
static __always_inline bool device_file_find(struct file *file, __u32 *ret_group)
{
	__u64 address = (__u64)file;
	__u32 *group;

	if (!is_device_file(file))
		return false;
	group = bpf_map_lookup_elem(&device_files, &address);
	if (!group || *group == OWNER_CANARY_GROUP)
		return false;
	*ret_group = *group;
	return true;
}

/* The same for a verdict, which without it is open. */
static __always_inline bool device_file_group(struct file *file, __u32 *ret_group)
{
	if (device_file_find(file, ret_group))
		return true;
	if (is_device_file(file))
		count(COUNT_files_unknown);
	return false;
}

#endif
