/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership where the kernel has none: before 5.19.
 *
 * There struct iommu_group does not say who owns it, VFIO lets a user claim a group in
 * which host drivers are bound, and a host driver that binds beside a user is a kernel
 * BUG (vfio_iommu_group_notifier()).  ownerd decides instead, from the kernel's lists:
 *
 *   user    vfio_group.container_users, or a claim that is under way (map "claims")
 *   kernel  drivers that do DMA are bound to devices of the group
 *
 * A bind and a claim may run on two CPUs at once.  Each says first what it is about to
 * do, and then looks for the other:
 *
 *   bind    really_probe() sets dev->driver; then: a claim under way? a user?
 *   claim   an entry in "claims"; then: a driver, bound or probing, on any device?
 *
 * The entry goes when the call is back from the kernel, and container_users speaks.
 * So both may be refused, and never do both pass.
 *
 * VFIO is a module, and before 5.11 modules have no BTF: its structures are read by the
 * offsets of 5.10.  None is trusted: a structure must point back to what led to it.
 * One that does not is counted (layouts_unknown), and no claim passes.
 */
#ifndef OWNER_ARBITER_BPF_H
#define OWNER_ARBITER_BPF_H

#include "resolve.bpf.h"

#define WALK_GROUPS_MAX 64
#define NOTIFIERS_MAX   8

#define EEXIST 17

/* drivers/vfio/vfio.c of 5.10, x86-64 without lock debugging. */
#define VFIO_GROUP_MINOR           4
#define VFIO_GROUP_CONTAINER_USERS 8
#define VFIO_GROUP_IOMMU_GROUP     16
#define VFIO_GROUP_CONTAINER       24
#define VFIO_GROUP_NB              88
#define VFIO_GROUP_CONTAINER_NEXT  128
#define VFIO_CONTAINER_GROUP_LIST  8

static __always_inline __u64 read_pointer(__u64 address)
{
	__u64 value = 0;

	kernel_read(&value, sizeof(value), (void *)address);
	return value;
}

static __always_inline __u32 read_int(__u64 address)
{
	__u32 value = 0;

	kernel_read(&value, sizeof(value), (void *)address);
	return value;
}

/*
 * How many users VFIO counts for the group; WALK_UNREADABLE.  VFIO's structure is found
 * by the notifier that it registers with the group; for a moment there may be two, of
 * which one goes again (vfio_create_group()).
 */
__noinline int group_users(__u64 group)
{
	struct notifier_block *nb;
	bool found;
	int users = 0;

	if (kernel_keeps_owner) /* which has no such notifiers */
		return WALK_UNREADABLE;
	nb = BPF_CORE_READ((struct iommu_group *)group, notifier.head);
	found = !nb;

	for (int i = 0; i < NOTIFIERS_MAX && nb; i++) {
		__u64 vfio_group = (__u64)nb - VFIO_GROUP_NB;

		if (read_pointer(vfio_group + VFIO_GROUP_IOMMU_GROUP) == group) {
			users += read_int(vfio_group + VFIO_GROUP_CONTAINER_USERS);
			found = true;
		}
		nb = BPF_CORE_READ(nb, next);
	}
	return found ? users : WALK_UNREADABLE;
}

/* The claim is looked for first: when it is gone, container_users says what came of it. */
static __always_inline bool group_has_user(__u64 group, __u32 id)
{
	int users;

	if (bpf_map_lookup_elem(&claims, &id))
		return true;
	users = group_users(group);
	if (users == WALK_UNREADABLE)
		count(COUNT_layouts_unknown);
	return users > 0;
}

/* 1 if a driver that does DMA is bound to the device, or also if it is probing it; else 0. */
__noinline int device_has_dma_driver(__u64 address, int probing)
{
	struct device *dev = (struct device *)address;
	struct device_driver *driver = probing ? BPF_CORE_READ(dev, driver) : device_driver(dev);

	return driver && !driver_is_managed(address, (__u64)driver);
}

/* One pass; WALK_UNREADABLE.  No branch: the verifier would follow every sum there can be. */
__noinline int group_count_drivers_once(__u64 group, int probing)
{
	__u64 head = group_members(group), pos = member_next(head);
	int n = 0;

	FOR_EACH_MEMBER (pos, head)
		n += device_has_dma_driver(member_device(pos), probing);
	return walked_all(pos, head) ? n : WALK_UNREADABLE;
}

/* How many devices of the group have a driver that does DMA; WALK_UNREADABLE. */
static __always_inline int group_count_drivers(__u64 group, int probing)
{
	int n = WALK_UNREADABLE;

	for (int i = 0; i < WALK_TRIES && n == WALK_UNREADABLE; i++)
		n = group_count_drivers_once(group, probing);
	if (n == WALK_UNREADABLE)
		count(COUNT_walks_cut);
	return n;
}

__noinline __u64 arbiter_state(__u64 group)
{
	int n;

	if (group_has_user(group, BPF_CORE_READ((struct iommu_group *)group, id)))
		return OWNER_STATE(OWNER_USER, 1);
	n = group_count_drivers(group, false);
	return n > 0 ? OWNER_STATE(OWNER_KERNEL, n) : OWNER_STATE(OWNER_NONE, 0);
}

/* The group of an open file of VFIO's, by VFIO's own word, or 0 if that cannot be read. */
static __always_inline __u64 file_iommu_group(struct file *file, __u32 id)
{
	__u64 vfio_group = (__u64)file->private_data;
	__u64 group = read_pointer(vfio_group + VFIO_GROUP_IOMMU_GROUP);

	if (read_int(vfio_group + VFIO_GROUP_MINOR) != OWNER_DEV_MINOR(file->f_inode->i_rdev) ||
	    (__u32)BPF_CORE_READ((struct iommu_group *)group, id) != id ||
	    group_users(group) == WALK_UNREADABLE)
		return 0;
	return group;
}

/* What a claim by this file would meet: 0, or the reason to refuse it. */
static __always_inline __u8 arbiter_claim(struct file *file, struct owner_group *rec, __u32 id)
{
	struct owner_claim claim = {.pid_tgid = bpf_get_current_pid_tgid()}, *old;
	__u64 group = file_iommu_group(file, id);
	int err;

	if (!group) {
		count(COUNT_layouts_unknown);
		return REASON_UNREADABLE;
	}
	old = bpf_map_lookup_elem(&claims, &id);
	if (old && old->pid_tgid == claim.pid_tgid) /* its end was not seen */
		bpf_map_delete_elem(&claims, &id);
	err = bpf_map_update_elem(&claims, &id, &claim, BPF_NOEXIST);
	if (err) {
		if (err != -EEXIST)
			count(COUNT_claims_full);
		return REASON_USER_OWNED;
	}
	full_barrier(&rec->flags);
	return group_count_drivers(group, true) ? REASON_KERNEL_OWNED : 0;
}

/* The current thread's claim is back from the kernel, or was not let through. */
static __always_inline void arbiter_claim_end(__u32 id)
{
	struct owner_claim *claim = bpf_map_lookup_elem(&claims, &id);

	if (claim && claim->pid_tgid == bpf_get_current_pid_tgid())
		bpf_map_delete_elem(&claims, &id);
}

/*
 * The first group of a container in which a host driver is bound; CONTAINER_VIABLE when
 * there is none, CONTAINER_UNREADABLE.
 */
#define CONTAINER_VIABLE     0x100000000ULL
#define CONTAINER_UNREADABLE 0x200000000ULL

__noinline __u64 container_unviable_group(__u64 container)
{
	__u64 head = container + VFIO_CONTAINER_GROUP_LIST, pos = read_pointer(head);

	for (int i = 0; i < WALK_GROUPS_MAX; i++) {
		__u64 vfio_group = pos - VFIO_GROUP_CONTAINER_NEXT, group;

		if (pos == head)
			return CONTAINER_VIABLE;
		if (read_pointer(vfio_group + VFIO_GROUP_CONTAINER) != container)
			return CONTAINER_UNREADABLE;
		group = read_pointer(vfio_group + VFIO_GROUP_IOMMU_GROUP);
		if (group_count_drivers_once(group, false))
			return BPF_CORE_READ((struct iommu_group *)group, id);
		pos = read_pointer(pos);
	}
	return CONTAINER_UNREADABLE;
}

#endif
