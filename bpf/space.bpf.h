/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which groups a user's IO address space serves.
 *
 * A space is what an open /dev/vfio/vfio or /dev/iommu has as private_data.  Of an iommufd the
 * kernel says so itself: iommu_group.owner is that address.  Of a container no structure outside
 * VFIO does; so it is noted when a claim has succeeded, by the descriptor in the claim's argument,
 * which VFIO has read just before.  Who exchanges that descriptor meanwhile has a container whose
 * groups are not known, and in which a policy that speaks of maps allows none.
 */
#ifndef OWNER_SPACE_BPF_H
#define OWNER_SPACE_BPF_H

#include "record.bpf.h"

/* A character device with a number of misc's: a container or an iommufd, among others. */
static __always_inline bool is_misc(struct file *file)
{
	struct inode *inode = file->f_inode;

	return inode && OWNER_DEV_MAJOR(inode->i_rdev) == MISC_MAJOR &&
	       (inode->i_mode & S_IFMT) == S_IFCHR;
}

static __always_inline __u64 file_space(struct file *file)
{
	return (__u64)BPF_CORE_READ(file, private_data); /* a plain number */
}

/*
 * drivers/iommu/iommufd, since 6.2: struct iommufd_ctx begins with the file that it is of.  Where
 * iommufd stands in for VFIO's container, /dev/vfio/vfio is an iommufd too.
 */
static __always_inline bool is_iommufd(__u64 space)
{
	struct file *file = (struct file *)read_pointer(space);

	return file && file_space(file) == space;
}

/* The container that is open as this descriptor of the current task; 0. */
__noinline __u64 space_of_descriptor(__u32 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds) ||
	    bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd) ||
	    BPF_CORE_READ(file, f_inode, i_rdev) != OWNER_DEV(MISC_MAJOR, VFIO_MINOR))
		return 0;
	return file_space(file);
}

/* That whose descriptor the claim's argument holds, in the claiming task; 0. */
static __always_inline __u64 space_of_argument(__u64 arg)
{
	__u32 fd;

	return bpf_probe_read_user(&fd, sizeof(fd), (void *)arg) ? 0 : space_of_descriptor(fd);
}

/*
 * Notes that the space serves the group.  Slots are taken in order, and each by one, so that no
 * claim hides another; they are given back from the end, so that the first that is free is the end.
 */
__noinline int space_add(__u64 space, __u32 group)
{
	struct owner_space key = {.space = space};
	__u32 *there;
	int err; /* no long: before 6.4 the kernel leaves the upper half undefined */

	if (!space)
		return 0;
	for (__u32 i = 0; i <= OWNER_SPACE_SLOTS; i++) {
		key.slot = i;
		err = bpf_map_update_elem(&spaces, &key, &group, BPF_NOEXIST);
		if (!err)
			return 0;
		if (err != -EEXIST)
			break;
		there = bpf_map_lookup_elem(&spaces, &key);
		if (there && *there == group)
			return 0;
	}
	count(COUNT_spaces_full);
	return 0;
}

static __noinline __u64 group_owner(struct iommu_group *group)
{
	return (__u64)BPF_CORE_READ(group, owner);
}

static __always_inline bool space_serves(__u64 space, __u32 group)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &group);
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &group);

	if (!rec || OWNER_STATE_KIND(rec->state) != OWNER_USER)
		return false;
	if (h && h->space == space)
		return true;
	return kernel_keeps_owner && group_owner((struct iommu_group *)rec->address) == space;
}

/* What stands in this slot, if it is still true. */
#define SPACE_NO_GROUP 0x100000000ULL /* nothing true */
#define SPACE_END      0x200000000ULL /* nothing, nor in any slot behind it */

__noinline __u64 space_group(__u64 space, __u32 slot)
{
	struct owner_space key = {.space = space, .slot = slot};
	__u32 *there = bpf_map_lookup_elem(&spaces, &key), group;

	if (!there)
		return SPACE_END;
	group = *there;
	return space_serves(space, group) ? group : SPACE_NO_GROUP;
}

/*
 * Empties a slot of what is not true any more; 0: it is true.  A slot behind it that another thread
 * has taken meanwhile must not be the end's, and a claim that came back meanwhile has found its
 * own.
 */
__noinline int space_empty(__u64 space, __u32 slot)
{
	struct owner_space key = {.space = space, .slot = slot}, next = {.space = space};
	__u32 *there = bpf_map_lookup_elem(&spaces, &key), group;

	if (!there)
		return 1;
	group = *there;
	if (space_serves(space, group))
		return 0;
	bpf_map_delete_elem(&spaces, &key);
	next.slot = slot + 1;
	if (bpf_map_lookup_elem(&spaces, &next))
		bpf_map_update_elem(&spaces, &key, &group, BPF_NOEXIST);
	else if (space_serves(space, group))
		space_add(space, group);
	return 1;
}

/* How many slots are taken.  Global, as what a loop has counted is one value after it, not many. */
__noinline __u32 space_end(__u64 space)
{
	__u32 slot = 0;

	while (slot <= OWNER_SPACE_SLOTS && space_group(space, slot) != SPACE_END)
		slot++;
	return slot;
}

/* A group has left the space: the slots from the end on that are not true any more are free. */
__noinline int space_drop(__u64 space)
{
	__u32 end = space ? space_end(space) : 0;

	for (__u32 i = 0; i <= OWNER_SPACE_SLOTS && i < end; i++)
		if (!space_empty(space, end - 1 - i))
			break;
	return 0;
}

/* A group that is a user's already when it is learnt: an iommufd's, by the kernel's word. */
static __always_inline void space_learn(struct iommu_group *group, __u32 id)
{
	__u64 owner;

	if (!kernel_keeps_owner)
		return;
	owner = group_owner(group);
	if (owner && is_iommufd(owner))
		space_add(owner, id);
}

#endif
