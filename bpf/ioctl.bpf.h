/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of VFIO and iommufd that claim or map.
 */
#ifndef OWNER_IOCTL_BPF_H
#define OWNER_IOCTL_BPF_H

#include "verdict.bpf.h"

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

static __noinline int map_verdict(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!kernel_keeps_owner && cmd == VFIO_IOMMU_MAP_DMA && is_container(file) &&
	    verdict_container(file, ACT_MAP))
		return -EPERM;
	return policy_generation() ? verdict_map(file, map_bytes(cmd, arg)) : 0;
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
			return verdict_container(file, ACT_CLAIM);
		if (cmd == VFIO_GROUP_UNSET_CONTAINER && file_group(file, &group))
			pending_note(file, group, false, 0);
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

/*
 * Before 5.19 a claim is what the system call VFIO_GROUP_SET_CONTAINER brought about:
 * VFIO itself has no function that a program could hang on.  In the claiming task.
 */
static __always_inline void ioctl_end(unsigned int cmd, long ret)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct owner_group *rec;
	struct pending *p;
	__u32 id;

	if (cmd != VFIO_GROUP_SET_CONTAINER && cmd != VFIO_GROUP_UNSET_CONTAINER)
		return;
	p = bpf_map_lookup_elem(&pendings, &key);
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
	pending_done(&key);
	if (rec)
		group_left(rec, id);
}

#endif
