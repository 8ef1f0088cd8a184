/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another security module refuses: a refusal in the sum of all modules' verdicts that ownerd
 * did not make, whether the other was asked before it or after.  While programs of another ABI
 * still run, nobody can tell theirs from another module's: they report it.
 *
 * A file of sysfs is told by its open, where modules refuse; of a driver's file that is before
 * anybody says which device it is about, so the driver is told, and no group (OWNER_NO_GROUP).
 */
#ifndef OWNER_JUDGED_BPF_H
#define OWNER_JUDGED_BPF_H

#include "ioctl.bpf.h"
#include "sysfs.bpf.h"

static __always_inline bool tells_of_others(void)
{
	return !config.overlap && tells();
}

static __always_inline void refused_by_other(struct owner_report *r, int error)
{
	r->error = error;
	r->verdict = VERDICT_DENY;
	r->by = BY_LSM;
	r->reason = REASON_OTHER_LSM;
	report_violation(r, COUNT_lsm_denied);
}

/* Global functions: a report is more than the stack of a program that calls others has room for. */
__noinline int group_judged(__u32 group, __u32 act, int error)
{
	report_refused(group, act, REFUSED_BY(BY_LSM, REASON_OTHER_LSM), error, COUNT_lsm_denied);
	return 0;
}

/* Groups are of devices on few buses; of other buses' drivers nobody asks. */
static __always_inline bool is_bus_of_groups(const char *bus)
{
	return NAME_IS(bus, "pci") || NAME_IS(bus, "platform") || NAME_IS(bus, "amba") ||
	       NAME_IS(bus, "fsl-mc");
}

__noinline int driver_file_judged(__u64 address, __u32 file, int error)
{
	struct device_driver *driver = (struct device_driver *)address;
	struct owner_report r;

	report_init(&r, OWNER_NO_GROUP, ACT_SYSFS);
	r.file = file;
	r.device.group = OWNER_NO_GROUP;
	bpf_probe_read_kernel_str(r.device.id.bus, sizeof(r.device.id.bus),
				  BPF_CORE_READ(driver, bus, name));
	bpf_probe_read_kernel_str(r.device.driver, sizeof(r.device.driver),
				  BPF_CORE_READ(driver, name));
	if (is_bus_of_groups(r.device.id.bus))
		refused_by_other(&r, error);
	return 0;
}

__noinline int device_file_judged(__u64 address, __u32 file, int error)
{
	struct device *dev = (struct device *)address;
	struct iommu_group *group = dev ? BPF_CORE_READ(dev, iommu_group) : NULL;
	struct owner_group *rec;
	struct owner_report r;
	__u32 id;

	if (!group)
		return 0;
	id = BPF_CORE_READ(group, id);
	rec = bpf_map_lookup_elem(&groups, &id);
	report_init(&r, id, ACT_SYSFS);
	r.file = file;
	r.owner = rec ? OWNER_STATE_KIND(rec->state) : OWNER_NONE;
	device_fill(&r.device, dev, id, device_driver(dev));
	report_holder(&r);
	refused_by_other(&r, error);
	return 0;
}

static __always_inline int sysfs_judged(__u64 node, int error)
{
	struct sysfs_owner owner;
	__u32 file = node ? sysfs_file(node) : 0;

	if (!file || !tells_of_others())
		return 0;
	owner = sysfs_owner(node);
	if (owner.device)
		return device_file_judged(owner.device, file, error);
	return owner.driver ? driver_file_judged(owner.driver, file, error) : 0;
}

static __noinline int judged(struct file *file, __u32 act, int error)
{
	__u32 group;

	if (is_own_refusal(file, true) || !tells_of_others() ||
	    (!file_group(file, &group) && !device_file_find(file, &group)) ||
	    group == OWNER_NO_GROUP)
		return 0;
	return group_judged(group, act, error);
}

#define O_ACCMODE 3 /* include/uapi/asm-generic/fcntl.h; 0: it is only read */

static __noinline int open_refused(struct file *file, int error)
{
	if (!is_sysfs(file))
		return judged(file, ACT_OPEN, error);
	return BPF_CORE_READ(file, f_flags) & O_ACCMODE ? sysfs_judged(sysfs_node(file), error) : 0;
}

SEC("fexit/security_file_open")
int BPF_PROG(open_judged, struct file *file, int ret)
{
	return ret ? open_refused(file, ret) : 0;
}

SEC("fexit/security_file_receive")
int BPF_PROG(receive_judged, struct file *file, int ret)
{
	return ret ? judged(file, ACT_RECEIVE, ret) : 0;
}

static __always_inline int ioctl_refused(struct file *file, unsigned int cmd, int error)
{
	if (is_map(cmd) || cmd == VFIO_SET_IOMMU)
		return space_judged(file, is_map(cmd) ? ACT_MAP : ACT_CLAIM, error);
	return is_claim(cmd) ? judged(file, ACT_CLAIM, error) : 0;
}

SEC("fexit/security_file_ioctl")
int BPF_PROG(ioctl_judged, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return ret ? ioctl_refused(file, cmd, ret) : 0;
}

SEC("fexit/security_file_ioctl_compat")
int BPF_PROG(ioctl_judged_compat, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return ret ? ioctl_refused(file, cmd, ret) : 0;
}

/* security/selinux/include/classmap.h: of what may be done to a file. */
#define SELINUX_WRITES (1U << 2 | 1U << 9) /* write, append */

static __noinline int inode_refused(struct inode *inode, __u32 denied, int error)
{
	__u32 dev = BPF_CORE_READ(inode, i_rdev), *group;

	if (BPF_CORE_READ(inode, i_sb, s_magic) == SYSFS_MAGIC)
		return denied & SELINUX_WRITES
			       ? sysfs_judged((__u64)BPF_CORE_READ(inode, i_private), error)
			       : 0;
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFCHR)
		return 0;
	group = bpf_map_lookup_elem(&minors, &dev);
	if (!group || *group == OWNER_NO_GROUP || !tells_of_others())
		return 0;
	return group_judged(*group, ACT_OPEN, error);
}

/*
 * security/selinux/hooks.c: SELinux refuses an open before it is one, by inode_permission(), which
 * is asked of every directory on the way; what it refuses it notes here, unless its policy says not
 * to.
 */
SEC("fentry/audit_inode_permission")
int BPF_PROG(inode_audited, struct inode *inode, __u32 permissions, __u32 audited, __u32 denied,
	     int result)
{
	return result ? inode_refused(inode, denied, result) : 0;
}

#endif
