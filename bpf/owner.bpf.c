// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerd's programs: who owns each IOMMU group, and who may.
 *
 * Refusing hooks (BPF LSM; or fmod_ret on security_* where `bpf` is not an active
 * LSM).  A failure to look up or read anything in them is open: the act goes on, the
 * kernel's own checks still stand, and the failure is counted (reads_failed, *_full).
 *
 *   bind           kernfs_init_security  the link "driver" of a device: -EBUSY before
 *                                        probe (the caller sees what its kernel makes
 *                                        of it: ENOMEM, ENODEV or EINVAL)
 *   open           file_open             a node of VFIO's, of a group or a device: -EPERM
 *   claim          file_ioctl            VFIO_GROUP_SET_CONTAINER, and the claims by
 *                                        iommufd; DMA maps by either: -EPERM
 *   claim_compat   file_ioctl_compat     the same from 32-bit callers
 *   receive        file_receive          a descriptor handed over, of a node of VFIO's or
 *                                        made of a device: -EPERM
 *
 * And, attached only while a policy speaks of sysfs:
 *
 *   written        file_permission       a file of a device or driver in sysfs: -EPERM
 *   mapped         mmap_file             a resource of a device: -EPERM
 *
 * There a device that no record names passes, and what is written to unbind and new_id by no
 * write(2) cannot be read and is closed (writes_unreadable).
 *
 * Before 5.19 claim and claim_compat also refuse VFIO_SET_IOMMU and VFIO_IOMMU_MAP_DMA on a
 * container with a group in which host drivers are bound; and what they cannot read or
 * note is closed: the claim is refused (arbiter.bpf.h).
 *
 * Policy is closed too: where there is any and the list of the group's devices cannot be
 * read, or there is no memory to judge in, what the policy could refuse is refused in enforce
 * mode (walks_cut, thoughts_full).
 *
 * So is a map in a container whose groups cannot be told, where policy speaks of maps
 * (spaces_unknown), and one by a limit that cannot be counted (domains_full).
 *
 * By fmod_ret on a preemptible kernel a refusing program is skipped, and so open, when
 * it is preempted by another run of itself; the daemon does not enforce so unasked.
 *
 * Observers; they refuse nothing, a failure in them costs a record or a report.  The
 * same skip makes the daemon learn every group anew.
 *
 *   bound, unbound                       a device's driver
 *   kernel_gained, kernel_lost           a DMA driver's ownership, or its refusal
 *   user_claimed, user_released          a user's ownership, or its refusal
 *   device_claimed, device_released      the same by iommufd
 *   device_joined, device_left           a group's members
 *   device_opened                        file -> group, for what VFIO makes of a device
 *   node_added, node_removed             device number -> group, for VFIO's nodes
 *   node_created, node_destroyed         the same before 5.19
 *   ioctl_ended, ioctl_ended_compat,     before 5.19: a user's ownership, and its end
 *   group_detached, file_closed
 *   group_read                           someone reads a group's sysfs file: its record
 *                                        is brought up to date (seeding, reconciling)
 *   map_begins, map_ends, unmapped,      while a user may have a group: bytes that users have
 *   unmapped_fast, domain_freed          mapped, by domain
 *   area_filled, area_emptied,           while a device is at VFIO: how many mappings an address
 *   areas_cut, table_gone,               space of iommufd has, and which domains it fills
 *   table_attached
 *   dma_page, dma_phys, dma_link,        while a user may have a group: memory that the kernel
 *   dma_sg, dma_list, dma_resource,      maps for a device of it
 *   dma_block
 *   node_opened, cgroup_judged,          while a user may have a group: opens of VFIO's nodes
 *   mode_judged                          that the kernel refuses
 *   container_answered,                  while a device is at VFIO: maps and claims that VFIO or
 *   iommufd_answered, group_answered,    iommufd itself refuses
 *   device_answered
 *   open_judged, ioctl_judged,           while a user may have a group: the sum of all security
 *   ioctl_judged_compat, receive_judged  modules' verdicts, and so another one's refusal
 *   inode_audited                        the same of SELinux, where it refuses before an open
 *   open_files                           iterator: which process has which group open
 *   check_groups, check_devices          iterators: each record beside the kernel's state
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "read.bpf.h"
#include "owner_abi.h"
#include "maps.bpf.h"
#include "report.bpf.h"
#include "resolve.bpf.h"
#include "record.bpf.h"
#include "verdict.bpf.h"
#include "device.bpf.h"
#include "holder.bpf.h"
#include "nodes.bpf.h"
#include "sysfs.bpf.h"
#include "iterators.bpf.h"
#include "limit.bpf.h"
#include "table.bpf.h"
#include "dma.bpf.h"
#include "ioctl.bpf.h"
#include "judged.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * Each of the refusing programs runs on every open, ioctl, node or message of the host.  What is
 * not ownerd's ends in the program itself, which so needs neither a stack nor a saved register; the
 * rest is a function of its own.  None asks what was decided before: where another program has
 * refused, those behind it are not called (invoke_bpf_mod_ret(), arch/x86/net/bpf_jit_comp.c).
 */
static __noinline int bind_verdict(struct kernfs_node *dir, struct kernfs_node *node)
{
	struct device *dev = driver_link_device(dir, node);
	struct iommu_group *group;

	if (!dev)
		return 0;
	group = BPF_CORE_READ(dev, iommu_group);
	return group ? verdict_bind(dev, group) : 0;
}

SEC("lsm/kernfs_init_security")
int BPF_PROG(bind, struct kernfs_node *dir, struct kernfs_node *node)
{
	return is_link(node) ? bind_verdict(dir, node) : 0;
}

static __noinline int open_verdict(struct file *file)
{
	__u32 group;

	count_seen(COUNT_opens_judged);
	if (!policy_generation() && !is_canary(file))
		return 0;
	return node_group(file, &group) ? verdict_open(file, group) : 0;
}

SEC("lsm/file_open")
int BPF_PROG(open, struct file *file)
{
	return is_vfio_node(file) ? open_verdict(file) : 0;
}

SEC("lsm/file_ioctl")
int claim(const unsigned long long *ctx)
{
	return ioctl_verdict(ctx);
}

SEC("lsm/file_ioctl_compat")
int claim_compat(const unsigned long long *ctx)
{
	return ioctl_verdict(ctx);
}

SEC("lsm/file_receive")
int BPF_PROG(receive, struct file *file)
{
	__u32 group;

	if (!file_group(file, &group) && !device_file_group(file, &group))
		return 0;
	return verdict_receive(file, group);
}

/* Not a function: these calls are as deep as a program's may be (MAX_CALL_FRAMES). */
static __always_inline int sysfs_verdict(struct file *file, __u32 kinds)
{
	__u64 node = sysfs_node(file);

	return eperm_if(node && verdict_sysfs(node, kinds));
}

SEC("lsm/file_permission")
int BPF_PROG(written, struct file *file, int mask)
{
	return mask & MAY_WRITE && is_sysfs(file) ? sysfs_verdict(file, ~FILE_BIND) : 0;
}

/* Memory that is of no file is mapped, too. */
SEC("lsm/mmap_file")
int BPF_PROG(mapped, struct file *file)
{
	return file && is_sysfs(file) ? sysfs_verdict(file, FILE_RESOURCE) : 0;
}

/* Before 5.19 nothing but the drivers themselves says what the kernel owns. */
static __always_inline void mirror_without_kernel(struct device *dev)
{
	struct iommu_group *group = BPF_CORE_READ(dev, iommu_group);
	struct owner_group *rec;

	if (kernel_keeps_owner || !group)
		return;
	rec = group_record(group);
	if (rec)
		group_mirror(group, rec);
}

/* drivers/base/dd.c: the bind is complete, at its exit for everyone who looks. */
SEC("fexit/driver_bound")
int BPF_PROG(bound, struct device *dev)
{
	struct owner_device *d = device_record(dev);
	__u64 address = plain(ctx, 0);

	if (!d)
		return 0;
	device_mirror_driver(address);
	d->refused = 0;
	mirror_without_kernel(dev);
	report_device(address, ACT_BIND);
	return 0;
}

static __always_inline void driver_gone(struct device *dev, __u64 address)
{
	struct owner_device *d = device_record(dev);

	if (!d || !d->driver[0])
		return;
	mirror_without_kernel(dev);
	report_device(address, ACT_UNBIND);
	device_mirror_driver(address);
}

/*
 * drivers/base/dd.c, 5.16: also the end of every failed probe, of which nothing is
 * recorded.  At its exit, when dev->driver is NULL for everyone who looks.
 */
SEC("fexit/device_unbind_cleanup")
int BPF_PROG(unbound, struct device *dev)
{
	driver_gone(dev, plain(ctx, 0));
	return 0;
}

/* drivers/base/dd.c, before 5.16: later the compiler leaves nothing of it to hang on. */
SEC("fexit/__device_release_driver")
int BPF_PROG(driver_released, struct device *dev)
{
	driver_gone(dev, plain(ctx, 0));
	return 0;
}

/* drivers/iommu/iommu.c, 5.19: from dma_configure of a driver that is not managed. */
SEC("fexit/iommu_device_use_default_domain")
int BPF_PROG(kernel_gained, struct device *dev, int ret)
{
	struct iommu_group *group = BPF_CORE_READ(dev, iommu_group);
	struct owner_group *rec = group ? group_record(group) : NULL;

	if (!rec)
		return 0;
	group_mirror(group, rec);
	if (ret != -EBUSY)
		return 0;
	device_refused(dev);
	report_bind_refused(plain(ctx, 0), ret);
	return 0;
}

SEC("fexit/iommu_device_unuse_default_domain")
int BPF_PROG(kernel_lost, struct device *dev)
{
	struct iommu_group *group = BPF_CORE_READ(dev, iommu_group);
	struct owner_group *rec = group ? group_record(group) : NULL;

	if (rec)
		group_mirror(group, rec);
	return 0;
}

/* drivers/iommu/iommu.c, 5.19: VFIO_GROUP_SET_CONTAINER. */
SEC("fexit/iommu_group_claim_dma_owner")
int BPF_PROG(user_claimed, struct iommu_group *group, void *owner, int ret)
{
	claim_ended(group, ret, 0);
	return 0;
}

/* drivers/iommu/iommu.c, 5.19: the last reference is dropped. */
SEC("fexit/iommu_group_release_dma_owner")
int BPF_PROG(user_released, struct iommu_group *group)
{
	claim_released(group);
	return 0;
}

/* drivers/iommu/iommu.c, 6.2: iommufd, by VFIO_DEVICE_BIND_IOMMUFD or VFIO_GROUP_GET_DEVICE_FD. */
SEC("fexit/iommu_device_claim_dma_owner")
int BPF_PROG(device_claimed, struct device *dev, void *owner, int ret)
{
	struct iommu_group *group = BPF_CORE_READ(dev, iommu_group);

	if (group)
		claim_ended(group, ret, (__u64)owner);
	return 0;
}

SEC("fexit/iommu_device_release_dma_owner")
int BPF_PROG(device_released, struct device *dev)
{
	struct iommu_group *group = BPF_CORE_READ(dev, iommu_group);

	if (group)
		claim_released(group);
	return 0;
}

SEC("fexit/__x64_sys_ioctl")
int BPF_PROG(ioctl_ended, const struct pt_regs *regs, long ret)
{
	ioctl_end(BPF_CORE_READ(regs, di), BPF_CORE_READ(regs, si), BPF_CORE_READ(regs, dx), ret);
	return 0;
}

SEC("fexit/__ia32_compat_sys_ioctl")
int BPF_PROG(ioctl_ended_compat, const struct pt_regs *regs, long ret)
{
	ioctl_end(BPF_CORE_READ(regs, bx), BPF_CORE_READ(regs, cx), BPF_CORE_READ(regs, dx), ret);
	return 0;
}

/* drivers/iommu/iommu.c, before 5.19: VFIO's last release of a group with an IOMMU set. */
SEC("fexit/iommu_detach_group")
int BPF_PROG(group_detached, struct iommu_domain *domain, struct iommu_group *group)
{
	struct owner_group *rec = group_record(group);

	if (rec)
		group_left(rec, BPF_CORE_READ(group, id));
	return 0;
}

static __noinline int file_left(struct file *file)
{
	struct owner_group *rec;
	__u32 id;

	if (!node_group(file, &id))
		return 0;
	rec = bpf_map_lookup_elem(&groups, &id);
	if (rec)
		group_left(rec, id);
	return 0;
}

/* fs/file_table.c, before 5.19: the same for a group without one, after VFIO's own release. */
SEC("fexit/security_file_free")
int BPF_PROG(file_closed, struct file *file)
{
	return file->f_inode && is_vfio_node(file) ? file_left(file) : 0;
}

SEC("tp_btf/add_device_to_group")
int BPF_PROG(device_joined, int gid, struct device *dev)
{
	struct iommu_group *group = BPF_CORE_READ(dev, iommu_group);
	struct owner_group *rec = group_record(group);
	__u64 address = plain(ctx, 1);

	if (!rec)
		return 0;
	device_joins(address);
	group_mirror(group, rec);
	report_device(address, ACT_JOIN);
	return 0;
}

SEC("tp_btf/remove_device_from_group")
int BPF_PROG(device_left, int gid, struct device *dev)
{
	struct device *left = (struct device *)plain(ctx, 1);
	struct owner_device *d = device_record(left);
	struct owner_report r;

	if (!d)
		return 0;
	report_init(&r, gid, ACT_LEAVE);
	report_no_task(&r);
	r.device = *d;
	device_forget(left, d);
	report_change(&r);
	return 0;
}

/* fs/char_dev.c: VFIO's way since 5.17. */
SEC("fentry/cdev_device_add")
int BPF_PROG(node_added, struct cdev *cdev, struct device *dev)
{
	node_add(dev);
	return 0;
}

SEC("fentry/cdev_device_del")
int BPF_PROG(node_removed, struct cdev *cdev, struct device *dev)
{
	node_remove(dev);
	return 0;
}

/* fs/anon_inodes.c, below all its variants: VFIO makes a file of a device. */
SEC("fexit/__anon_inode_getfile")
int BPF_PROG(device_opened, const char *name, const void *fops, void *priv, int flags,
	     const void *context, bool make_inode, struct file *ret)
{
	device_file_add(name, ret);
	return 0;
}

/* Before 5.12 there is nothing below it. */
SEC("fexit/anon_inode_getfile")
int BPF_PROG(device_opened_alone, const char *name, const void *fops, void *priv, int flags,
	     struct file *ret)
{
	device_file_add(name, ret);
	return 0;
}

/* drivers/base/core.c: before, VFIO had one cdev for all numbers, and device_create() a node each.
 */
SEC("fentry/device_add")
int BPF_PROG(node_created, struct device *dev)
{
	node_add(dev);
	return 0;
}

SEC("fentry/device_del")
int BPF_PROG(node_destroyed, struct device *dev)
{
	node_remove(dev);
	return 0;
}

/*
 * drivers/iommu/iommu.c: any read of /sys/kernel/iommu_groups/N/{type,reserved_regions}
 * brings the group's record up to date.  So a group is learnt with the kernel's own
 * words, by the same code that follows it later, and with no moment in between.
 */
SEC("fentry/iommu_group_attr_show")
int BPF_PROG(group_read, struct kobject *kobj)
{
	struct iommu_group *group;
	struct owner_group *rec;
	bool known;
	__u32 id;

	group = (void *)plain(ctx, 0) - bpf_core_field_offset(struct iommu_group, kobj);
	id = BPF_CORE_READ(group, id);
	known = bpf_map_lookup_elem(&groups, &id);
	rec = group_record(group);
	if (!rec)
		return 0;
	group_walk((__u64)group);
	group_mirror(group, rec);
	space_learn(group, id);
	group_mapped((__u64)group, id); /* notes the domain */
	if (!known)
		rec->flags |= GROUP_SEEDED;
	return 0;
}
