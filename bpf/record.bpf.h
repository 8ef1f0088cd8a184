/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner map: records of groups and devices, kept equal to the kernel's own.
 *
 * From 5.19 on struct iommu_group says who owns it, under group->mutex; what says so
 * before is in arbiter.bpf.h.  A record is never computed from a difference: each program
 * that sees ownership change copies the kernel's words, and looks again after its own
 * write (group_mirror), so the last writer always leaves the truth behind, in whatever
 * order programs run.
 */
#ifndef OWNER_RECORD_BPF_H
#define OWNER_RECORD_BPF_H

#include "arbiter.bpf.h"

#define EPERM     1
#define EINTR     4
#define E2BIG     7
#define ENOMEM    12
#define EACCES    13
#define EFAULT    14
#define EBUSY     16
#define EINVAL    22
#define ENOSPC    28
#define EOVERFLOW 75

/* The record of a group, made if there is none; NULL when the map is full. */
static __always_inline struct owner_group *group_record(struct iommu_group *group)
{
	__u32 id = BPF_CORE_READ(group, id);
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct owner_group empty = {};

	if (!rec) {
		empty.since = bpf_ktime_get_boot_ns();
		bpf_map_update_elem(&groups, &id, &empty, BPF_NOEXIST);
		rec = bpf_map_lookup_elem(&groups, &id);
	}
	if (rec)
		rec->address = (__u64)group;
	else
		count(COUNT_groups_full);
	return rec;
}

/* The kernel's own words, read the way iommu_group_dma_owner_claimed() means them. */
static __noinline __u64 kernel_words(struct iommu_group *group)
{
	__u32 cnt = BPF_CORE_READ(group, owner_cnt);

	if (!cnt)
		return OWNER_STATE(OWNER_NONE, 0);
	return OWNER_STATE(BPF_CORE_READ(group, owner) ? OWNER_USER : OWNER_KERNEL, cnt);
}

static __always_inline __u64 kernel_state(struct iommu_group *group)
{
	return kernel_keeps_owner ? kernel_words(group) : arbiter_state((__u64)group);
}

/*
 * Copies the kernel's words into the record.  Two copies may race; each looks again
 * after a full barrier and writes anew if the kernel has moved on, so the one whose
 * store lands last has seen that it is right.
 */
static __always_inline void group_mirror(struct iommu_group *group, struct owner_group *rec)
{
	__u64 state, old;

	for (int i = 0; i < MIRROR_TRIES; i++) {
		state = kernel_state(group);
		old = *(volatile __u64 *)&rec->state;
		*(volatile __u64 *)&rec->state = state;
		if (OWNER_STATE_KIND(old) != OWNER_STATE_KIND(state)) {
			rec->since = bpf_ktime_get_boot_ns();
			rec->flags &= ~GROUP_SEEDED;
		}
		__sync_fetch_and_add(&rec->changes, 1);
		if (kernel_state(group) == state)
			return;
	}
	count(COUNT_mirrors_unsettled);
}

static __always_inline struct owner_device *device_record(struct device *dev)
{
	__u64 key = (__u64)dev;

	return bpf_map_lookup_elem(&devices, &key);
}

/* The driver that the host would bind to it, which user space has looked up; or none. */
static __always_inline void device_suppose(struct owner_device *d, struct device *dev)
{
	struct pci_dev *pci = (void *)dev - bpf_core_field_offset(struct pci_dev, dev);
	struct owner_model model = {.id = d->pci_id, .class = d->pci_class};
	struct owner_host_driver *found;

	if (!judge_is_pci(d))
		return;
	model.subsystem = (__u32)BPF_CORE_READ(pci, subsystem_vendor) << 16 |
			  BPF_CORE_READ(pci, subsystem_device);
	found = bpf_map_lookup_elem(&host_drivers, &model);
	d->supposed = found != NULL;
	if (found)
		__builtin_memcpy(d->host_driver, found->name, sizeof(d->host_driver));
	else
		__builtin_memset(d->host_driver, 0, sizeof(d->host_driver));
}

/* Copies the device's driver into its record; 1: the kernel has changed it meanwhile. */
__noinline int device_copy_driver(__u64 address)
{
	struct device *dev = (struct device *)address;
	struct owner_device *d = device_record(dev);
	struct device_driver *driver;

	if (!d)
		return 0;
	driver = device_driver(dev);
	if (driver && !config.driver_ktype)
		config.driver_ktype = (__u64)BPF_CORE_READ(driver, p, kobj.ktype);
	device_set_driver(d, dev, driver);
	if (d->supposed || !d->host_driver[0])
		device_suppose(d, dev);
	full_barrier(&d->group);
	return device_driver(dev) != driver;
}

/*
 * The same, and looks again after the write: bind, unbind and a reader of sysfs may do so at once,
 * and the last must have seen the truth.
 */
static __always_inline void device_mirror_driver(__u64 address)
{
	for (int i = 0; i < MIRROR_TRIES; i++)
		if (!device_copy_driver(address))
			return;
	count(COUNT_mirrors_unsettled);
}

static __always_inline void device_describe(struct owner_device *d, struct device *dev, __u32 group)
{
	if (!config.device_ktype)
		config.device_ktype = (__u64)BPF_CORE_READ(dev, kobj.ktype);
	device_fill(d, dev, group, device_driver(dev));
}

/* Notes that the device is to be looked after when what is in its driver's way has gone. */
static __always_inline void device_refused(struct device *dev)
{
	struct owner_device *d = device_record(dev);

	if (d)
		d->refused = 1;
}

/* 1: the place is free, and the device's now. */
__noinline int id_slot_take(__u64 address, __u32 pci_id, __u32 slot)
{
	struct owner_same_id key = {.pci_id = pci_id, .slot = slot};
	int err = bpf_map_update_elem(&same_ids, &key, &address, BPF_NOEXIST);

	return !err;
}

/* The device in one place of those with the same vendor and device; 0. */
__noinline __u64 id_slot_device(__u32 pci_id, __u32 slot)
{
	struct owner_same_id key = {.pci_id = pci_id, .slot = slot};
	__u64 *address = bpf_map_lookup_elem(&same_ids, &key);

	return address ? *address : 0;
}

/* Enters the device among those with the same vendor and device, in the first place that is free.
 */
__noinline int device_enter_id(__u64 address, __u32 pci_id)
{
	for (__u32 slot = 0; pci_id && slot < SAME_IDS_MAX; slot++)
		if (id_slot_take(address, pci_id, slot))
			return 0;
	if (pci_id)
		count(COUNT_ids_full);
	return 0;
}

__noinline int device_leave_id(__u64 address, __u32 pci_id)
{
	struct owner_same_id key = {.pci_id = pci_id};

	for (__u32 slot = 0; pci_id && slot < SAME_IDS_MAX; slot++)
		if (id_slot_device(pci_id, slot) == address) {
			key.slot = slot;
			return bpf_map_delete_elem(&same_ids, &key);
		}
	return 0;
}

/* Takes away what device_insert() has entered beside the record. */
static __always_inline void device_unname(__u64 address, const struct owner_device *d)
{
	__u64 *named = bpf_map_lookup_elem(&names, &d->id);

	if (named && *named == address)
		bpf_map_delete_elem(&names, &d->id);
	device_leave_id(address, d->pci_id);
}

/* Adds a device to its group, unless it is recorded already.  True if it was new. */
static __always_inline bool device_insert(struct device *dev, struct owner_device *d,
					  struct owner_group *rec)
{
	__u64 key = (__u64)dev;
	int err = bpf_map_update_elem(&devices, &key, d, BPF_NOEXIST);

	if (err) {
		if (err == -E2BIG)
			count(COUNT_devices_full);
		return false;
	}
	__sync_fetch_and_add(&rec->devices, 1);
	bpf_map_update_elem(&names, &d->id, &key, BPF_ANY);
	device_enter_id(key, d->pci_id);
	return true;
}

/*
 * Forgets a device, once.  The record of a group that loses its last one stays, without
 * members, for the next group of that number: what is never deleted cannot be deleted
 * beside a join.
 */
static __always_inline void device_forget(struct device *dev, struct owner_device *d)
{
	__u64 key = (__u64)dev;
	__u32 group = d->group;
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &group);

	device_unname(key, d);
	if (bpf_map_delete_elem(&devices, &key) || !rec)
		return;
	__sync_fetch_and_add(&rec->devices, -1);
	if (rec->devices)
		return;
	bpf_map_delete_elem(&holders, &group);
	bpf_map_delete_elem(&refusals, &group);
}

/* A device that is there has a name. */
static __always_inline void device_count_unread(const struct owner_device *d)
{
	if (!d->id.name[0])
		count(COUNT_reads_failed);
}

/*
 * The kernel has added a device to a group.  This is the authority: a record that a
 * walk made of the same address, a moment ago or long since, gives way.
 */
static __always_inline void device_join(struct device *dev, struct owner_device *d,
					struct owner_group *rec)
{
	struct owner_device *old = device_record(dev);

	if (old)
		device_forget(dev, old);
	if (!rec->devices)
		rec->since = bpf_ktime_get_boot_ns();
	device_insert(dev, d, rec);
	device_count_unread(d);
}

/*
 * Whether the device is in the kernel's list of the group's members now.  Like
 * device_learn() a global function: the verifier looks at it once, and not for each
 * turn of the walk, which would be most of the time that all programs take to load.
 */
__noinline int group_has_device(__u64 group, __u64 dev)
{
	__u64 head = group_members(group), pos = member_next(head);

	FOR_EACH_MEMBER (pos, head)
		if (member_device(pos) == dev)
			return 1;
	return 0;
}

/*
 * Learns a device found in the group's list, which is read without its mutex: the
 * device may leave meanwhile.  A device is taken off the list before device_left()
 * runs, so one that is still there after it was recorded will be forgotten by that
 * program; one that is not is forgotten here.
 */
__noinline int device_learn(__u64 address, __u64 group)
{
	__u32 id = BPF_CORE_READ((struct iommu_group *)group, id);
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &id);
	struct device *dev = (struct device *)address;
	struct owner_device *known;
	struct owner_device d;

	if (!dev || !rec)
		return 0;
	if (!device_record(dev)) {
		device_describe(&d, dev, id);
		if (!device_insert(dev, &d, rec))
			return 0;
	}
	known = device_record(dev);
	if (!known)
		return 0;
	if (!group_has_device(group, address)) {
		device_forget(dev, known);
		return 0;
	}
	device_mirror_driver(address);
	device_count_unread(known);
	return 0;
}

__noinline int device_is_recorded(__u64 address)
{
	return bpf_map_lookup_elem(&devices, &address) != NULL;
}

/* How many devices of the group have a record; WALK_UNREADABLE. */
__noinline int group_count_recorded(__u64 group)
{
	__u64 head = group_members(group), pos = member_next(head);
	int n = 0;

	FOR_EACH_MEMBER (pos, head)
		n += device_is_recorded(member_device(pos));
	return walked_all(pos, head) ? n : WALK_UNREADABLE;
}

/* By a difference, so that a device that joins or leaves meanwhile is counted too. */
static __always_inline void group_recount(struct owner_group *rec)
{
	int before = rec->devices, n = group_count_recorded(rec->address);

	if (n != WALK_UNREADABLE && n != before)
		__sync_fetch_and_add(&rec->devices, n - before);
}

/* Records every device in the kernel's list of the group: how what is already there is learnt. */
__noinline int group_walk(__u64 group)
{
	__u64 head = group_members(group), pos = member_next(head);

	FOR_EACH_MEMBER (pos, head)
		device_learn(member_device(pos), group);
	if (!walked_all(pos, head))
		count(COUNT_walks_cut);
	return 0;
}

#endif
