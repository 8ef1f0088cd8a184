/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of VFIO and iommufd that claim or map.
 */
#ifndef OWNER_IOCTL_BPF_H
#define OWNER_IOCTL_BPF_H

#include "verdict.bpf.h"
#include "refused.bpf.h"

/* include/uapi/linux/vfio.h: _IO(';', 100 + n). */
#define VFIO_TYPE                  0x3b
#define VFIO_SET_IOMMU             0x3b66
#define VFIO_GROUP_SET_CONTAINER   0x3b68
#define VFIO_GROUP_UNSET_CONTAINER 0x3b69
#define VFIO_GROUP_GET_DEVICE_FD   0x3b6a
#define VFIO_IOMMU_MAP_DMA         0x3b71
#define VFIO_DEVICE_BIND_IOMMUFD   0x3b76

/* include/uapi/linux/iommufd.h, of the same type. */
#define IOMMU_IOAS_COPY     0x3b83
#define IOMMU_IOAS_MAP      0x3b85
#define IOMMU_IOAS_MAP_FILE 0x3b8f

/* By a container; or, with iommufd, of one device, through its group's node or its own. */
static __always_inline bool is_claim(unsigned int cmd)
{
	return cmd == VFIO_GROUP_SET_CONTAINER || cmd == VFIO_GROUP_GET_DEVICE_FD ||
	       cmd == VFIO_DEVICE_BIND_IOMMUFD;
}

static __always_inline bool is_map(unsigned int cmd)
{
	return cmd == VFIO_IOMMU_MAP_DMA || cmd == IOMMU_IOAS_MAP || cmd == IOMMU_IOAS_MAP_FILE ||
	       cmd == IOMMU_IOAS_COPY;
}

#define VFIO_DMA_MAP_FLAG_VADDR (1U << 2) /* maps nothing new */

/* The structures of all maps have their length at the same place, but for the copy's. */
static __always_inline __u64 map_bytes(unsigned int cmd, unsigned long arg)
{
	__u64 bytes = 0;
	__u32 flags = 0;

	if (bpf_probe_read_user(&flags, sizeof(flags), (void *)arg + 4) ||
	    bpf_probe_read_user(&bytes, sizeof(bytes),
				(void *)arg + (cmd == IOMMU_IOAS_COPY ? 16 : 24)))
		return POLICY_NO_LIMIT;
	return cmd == VFIO_IOMMU_MAP_DMA && flags & VFIO_DMA_MAP_FLAG_VADDR ? 0 : bytes;
}

static __always_inline bool map_refused(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!kernel_keeps_owner && cmd == VFIO_IOMMU_MAP_DMA && is_container(file) &&
	    verdict_container(file, ACT_MAP))
		return true;
	return policy_generation() && verdict_map(file, map_bytes(cmd, arg));
}

/* The note is for those who would take it for another's refusal. */
static __noinline int map_verdict(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!map_refused(file, cmd, arg))
		return 0;
	refusal_note(file);
	return -EPERM;
}

/* Before 5.19. */
static __noinline int iommu_verdict(struct file *file)
{
	if (!verdict_container(file, ACT_CLAIM))
		return 0;
	refusal_note(file);
	return -EPERM;
}

static __noinline int claim_verdict(struct file *file, unsigned int cmd, unsigned long arg)
{
	__u32 group;

	if (cmd == OWNER_CANARY_IOCTL && arg == config.canary) {
		count(COUNT_canaries);
		return -EPERM;
	}
	if (!kernel_keeps_owner) {
		if (cmd == VFIO_SET_IOMMU && is_container(file))
			return iommu_verdict(file);
		if (cmd == VFIO_GROUP_UNSET_CONTAINER && file_group(file, &group))
			pending_note(file, group, 0);
	}
	if (!is_claim(cmd) || !file_group(file, &group))
		return 0;
	return verdict_claim(file, group, cmd == VFIO_GROUP_SET_CONTAINER, arg);
}

/* The hook's second argument, from memory each time: to keep it costs every ioctl of the host a
 * copy.
 */
static __always_inline unsigned int ioctl_command(const unsigned long long *ctx)
{
	return ((const volatile unsigned long long *)ctx)[1];
}

/* Of security_file_ioctl(). */
static __always_inline int ioctl_verdict(const unsigned long long *ctx)
{
	unsigned int cmd;

	if ((ioctl_command(ctx) & 0xff00) != VFIO_TYPE << 8)
		return 0;
	cmd = ioctl_command(ctx);
	return is_map(cmd) ? map_verdict((struct file *)ctx[0], cmd, ctx[2])
			   : claim_verdict((struct file *)ctx[0], cmd, ctx[2]);
}

/* A call that was interrupted is no refusal. */
static __always_inline bool is_answer(long ret)
{
	return ret < 0 && ret != -EINTR && ret > -ERESTARTSYS;
}

/* Of what VFIO or iommufd itself refuses, beside the kernel's ownership. */
static __always_inline __u8 claim_reason(int error)
{
	return error == -EPERM && !config.remaps ? REASON_INTERRUPTS : REASON_ERRNO;
}

/* VFIO_SET_IOMMU: its other EPERM is intel_iommu_attach_device()'s. */
static __always_inline __u8 iommu_reason(int error)
{
	return error == -EPERM && config.remaps && driver_keeps_direct() ? REASON_FIRMWARE
									 : claim_reason(error);
}

static __always_inline __u8 map_reason(unsigned int cmd, unsigned long arg, int error)
{
	switch (error) {
	case -EEXIST:
		return REASON_OVERLAP;
	case -ENOSPC:
		return REASON_MAPPINGS;
	case -ENOMEM:
		return is_beyond_lock(map_bytes(cmd, arg), cmd != VFIO_IOMMU_MAP_DMA)
			       ? REASON_MEMLOCK
			       : REASON_ERRNO;
	case -EFAULT:
		return REASON_MEMORY;
	case -EINVAL:
	case -EOVERFLOW:
		return REASON_ARGUMENT;
	default:
		return REASON_ERRNO;
	}
}

static __always_inline void space_answer(__u64 space, unsigned int cmd, unsigned long arg,
					 int error)
{
	if (cmd == VFIO_SET_IOMMU)
		space_refused(space, ACT_CLAIM, REFUSED_BY(BY_KERNEL, iommu_reason(error)), error);
	else if (is_map(cmd))
		space_refused(space, ACT_MAP, REFUSED_BY(BY_KERNEL, map_reason(cmd, arg, error)),
			      error);
}

/*
 * Another security module has refused a map, or VFIO_SET_IOMMU.  Before 5.19 the end of the call
 * takes the note.
 */
static __noinline int space_judged(struct file *file, __u32 act, int error)
{
	if (!is_misc(file) || is_own_refusal(file, kernel_keeps_owner))
		return 0;
	if (!config.overlap && tells())
		space_refused(file_space(file), act, REFUSED_BY(BY_LSM, REASON_OTHER_LSM), error);
	if (!kernel_keeps_owner)
		refusal_note(file);
	return 0;
}

/*
 * drivers/vfio: what a container answers, to callers of either width (compat_ptr_ioctl()).  Of a
 * module, which is there when a device is at VFIO.
 */
SEC("fexit/vfio_fops_unl_ioctl")
int BPF_PROG(container_answered, struct file *file, unsigned int cmd, unsigned long arg, long ret)
{
	if (is_answer(ret))
		space_answer(file_space(file), cmd, arg, ret);
	return 0;
}

/* drivers/iommu/iommufd/main.c: the same of an iommufd. */
SEC("fexit/iommufd_fops_ioctl")
int BPF_PROG(iommufd_answered, struct file *file, unsigned int cmd, unsigned long arg, long ret)
{
	if (is_answer(ret))
		space_answer(file_space(file), cmd, arg, ret);
	return 0;
}

static __always_inline bool is_users(__u32 group)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &group);

	return rec && OWNER_STATE_KIND(rec->state) == OWNER_USER;
}

/*
 * A claim that was refused before the kernel was asked who owns the group, or after it had given
 * it: the note is there.  Of a user's group VFIO_GROUP_GET_DEVICE_FD is no claim.
 */
static __noinline int claim_answer(struct file *file, unsigned int cmd, int error)
{
	struct pending *p = pending_of_thread();

	if (!p || p->file != (__u64)file || (cmd == VFIO_GROUP_GET_DEVICE_FD && is_users(p->group)))
		return 0;
	report_answer(p->group, REFUSED_BY(BY_KERNEL, claim_reason(error)), error);
	pending_done();
	return 0;
}

/* drivers/vfio: what a group's node answers, and a device's. */
SEC("fexit/vfio_group_fops_unl_ioctl")
int BPF_PROG(group_answered, struct file *file, unsigned int cmd, unsigned long arg, long ret)
{
	return is_claim(cmd) && is_answer(ret) ? claim_answer(file, cmd, ret) : 0;
}

SEC("fexit/vfio_device_fops_unl_ioctl")
int BPF_PROG(device_answered, struct file *file, unsigned int cmd, unsigned long arg, long ret)
{
	return is_claim(cmd) && is_answer(ret) ? claim_answer(file, cmd, ret) : 0;
}

/*
 * Before 5.19 the same of a container, by the end of the system call: there the module's functions
 * cannot be hung on.  A security module's refusal ends here too; VFIO itself has no EACCES, and
 * EPERM for no map.
 */
static __noinline int container_end(__u32 fd, unsigned int cmd, unsigned long arg, int error)
{
	__u64 space = space_of_descriptor(fd), *refused = refusal_of_thread();

	if (refused && space && space == file_space((struct file *)*refused))
		refusal_done(refused);
	else if (error != -EACCES && (error != -EPERM || cmd == VFIO_SET_IOMMU))
		space_answer(space, cmd, arg, error);
	return 0;
}

/*
 * Before 5.19 a claim is what the system call VFIO_GROUP_SET_CONTAINER brought about:
 * VFIO itself has no function that a program could hang on.  In the claiming task.
 */
static __always_inline void ioctl_end(__u32 fd, unsigned int cmd, unsigned long arg, long ret)
{
	struct owner_group *rec;
	struct pending *p;
	__u32 id;

	if (is_answer(ret) && (is_map(cmd) || cmd == VFIO_SET_IOMMU))
		container_end(fd, cmd, arg, ret);
	if (cmd != VFIO_GROUP_SET_CONTAINER && cmd != VFIO_GROUP_UNSET_CONTAINER)
		return;
	p = pending_of_thread();
	if (!p)
		return;
	id = p->group;
	rec = bpf_map_lookup_elem(&groups, &id);
	if (cmd == VFIO_GROUP_SET_CONTAINER && !ret && rec) {
		arbiter_claim_end(id);
		group_mirror((struct iommu_group *)rec->address, rec);
		report_claim(id, 0, 0);
		return;
	}
	arbiter_claim_end(id);
	pending_done();
	if (rec)
		group_left(rec, id);
}

#endif
