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

static __always_inline int ioctl_verdict(struct file *file, unsigned int cmd, unsigned long arg)
{
	__u32 group;

	if ((cmd >> 8 & 0xff) != VFIO_TYPE)
		return 0;
	if (cmd == OWNER_CANARY_IOCTL && arg == config.canary) {
		count(COUNT_canaries);
		return -EPERM;
	}
	if (!kernel_keeps_owner) {
		if (cmd == VFIO_SET_IOMMU && is_container(file))
			return verdict_container(file, ACT_CLAIM);
		if (cmd == VFIO_IOMMU_MAP_DMA && is_container(file) &&
		    verdict_container(file, ACT_MAP))
			return -EPERM;
		if (cmd == VFIO_GROUP_UNSET_CONTAINER && file_group(file, &group))
			pending_note(file, group, false, 0);
	}
	if (is_map(cmd))
		return verdict_map(file, map_bytes(cmd, arg));
	if (!is_claim(cmd) || !file_group(file, &group))
		return 0;
	return verdict_claim(file, group, cmd == VFIO_GROUP_SET_CONTAINER, arg);
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
