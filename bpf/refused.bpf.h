/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel refuses before or after any security module is asked: the caller sees an errno,
 * and nothing says why.
 *
 * Each program of an open hangs where the refusal is decided, which for most files of the host is
 * never, or for no other files than devices' nodes; attached while a user may have a group.
 */
#ifndef OWNER_REFUSED_BPF_H
#define OWNER_REFUSED_BPF_H

#include "report.bpf.h"
#include "resolve.bpf.h"
#include "space.bpf.h"

/* By whom and why, in one: five arguments are all that a function has. */
#define REFUSED_BY(by, reason) ((by) << 8 | (reason))

static __always_inline void report_refused(__u32 group, __u32 act, __u32 why, int error,
					   __u32 counter)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &group);
	struct owner_report r;

	report_init(&r, group, act);
	r.error = error;
	r.verdict = VERDICT_DENY;
	r.by = why >> 8;
	r.reason = why;
	r.owner = rec ? OWNER_STATE_KIND(rec->state) : OWNER_NONE;
	report_holder(&r);
	report_violation(&r, counter);
}

/* Of any node of the host: reported if it is VFIO's. */
static __always_inline void node_refused(__u32 dev, __u8 reason, int error)
{
	__u32 *group = bpf_map_lookup_elem(&minors, &dev);

	if (group)
		report_refused(*group, ACT_OPEN, REFUSED_BY(BY_KERNEL, reason), error,
			       COUNT_nodes_denied);
}

/* fs/char_dev.c: the open itself, when all permissions are there.  A group's node opens once. */
SEC("fexit/chrdev_open")
int BPF_PROG(node_opened, struct inode *inode, struct file *file, int ret)
{
	if (ret == -EBUSY)
		node_refused(BPF_CORE_READ(inode, i_rdev), REASON_IN_USE, ret);
	return 0;
}

/* include/linux/device_cgroup.h */
#define DEVCG_ACC_READ  2
#define DEVCG_ACC_WRITE 4
#define DEVCG_DEV_CHAR  2

/* security/device_cgroup.c: the device programs of the cgroup, or its list in cgroup v1. */
SEC("fexit/devcgroup_check_permission")
int BPF_PROG(cgroup_judged, short type, __u32 major, __u32 minor, short access, int ret)
{
	if (ret && type == DEVCG_DEV_CHAR && access & (DEVCG_ACC_READ | DEVCG_ACC_WRITE))
		node_refused(OWNER_DEV(major, minor), REASON_CGROUP, ret);
	return 0;
}

#define ERESTARTSYS 512 /* include/linux/errno.h: from here on callers see none of them */

#define CAP_DAC_OVERRIDE 1
#define CAP_IPC_LOCK     14

/*
 * kernel/capability.c: what fs/namei.c, generic_permission(), asks at last, when neither mode nor
 * ACL let the caller; "no" is its EACCES.  Others ask the same, for other capabilities.
 */
SEC("fexit/capable_wrt_inode_uidgid")
int BPF_PROG(mode_judged)
{
	int cap = plain(ctx, capable_arguments - 1);
	bool capable = plain(ctx, capable_arguments) & 0xff;
	struct inode *inode;

	if (capable || cap != CAP_DAC_OVERRIDE)
		return 0;
	inode = (struct inode *)plain(ctx, capable_arguments - 2);
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFCHR)
		node_refused(BPF_CORE_READ(inode, i_rdev), REASON_MODE, -EACCES);
	return 0;
}

/* include/uapi/asm-generic/resource.h */
#define RLIMIT_MEMLOCK 8
#define RLIM_INFINITY  (~0UL)

#define PAGE_SHIFT 12

/*
 * Whether so many bytes are more than the current task may lock: mm/util.c, __account_locked_vm(),
 * of VFIO; drivers/iommu/iommufd/pages.c, incr_user_locked_vm(), which counts by user.
 */
static __always_inline bool is_beyond_lock(__u64 bytes, bool by_user)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	const struct cred *cred = BPF_CORE_READ(task, cred);
	__u64 locked = by_user ? BPF_CORE_READ(cred, user, locked_vm.counter)
			       : BPF_CORE_READ(task, mm, locked_vm);
	__u64 limit = BPF_CORE_READ(task, signal, rlim[RLIMIT_MEMLOCK].rlim_cur), capable = 0;

	kernel_read(&capable, sizeof(capable), &cred->cap_effective);
	if (capable & 1 << CAP_IPC_LOCK && !BPF_CORE_READ(cred, user_ns, level))
		return false;
	return limit != RLIM_INFINITY && (bytes > limit || locked << PAGE_SHIFT > limit - bytes);
}

/* Of a claim. */
__noinline int report_answer(__u32 group, __u32 why, int error)
{
	report_refused(group, ACT_CLAIM, why, error, COUNT_spaces_denied);
	return 0;
}

/* Tells it of the group in one slot of the space; 1: there is none behind it. */
__noinline int slot_refused(__u64 space, __u32 slot, __u32 act, __u32 why, int error)
{
	__u64 group = space_group(space, slot);

	if (group == SPACE_END)
		return 1;
	if (group != SPACE_NO_GROUP && slot < OWNER_SPACE_SLOTS)
		report_refused(group, act, why, error,
			       why >> 8 == BY_LSM ? COUNT_lsm_denied : COUNT_spaces_denied);
	return 0;
}

/* What was refused to who maps in a space concerns each group that it serves. */
static __always_inline void space_refused(__u64 space, __u32 act, __u32 why, int error)
{
	for (__u32 slot = 0; slot <= OWNER_SPACE_SLOTS; slot++)
		if (slot_refused(space, slot, act, why, error))
			break;
}

#endif
