/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that the kernel maps for DMA by a device that is not its own: one of a user's group, or of
 * a group that policy keeps for users ("guarded").
 *
 * By then it has happened, and nothing can refuse it here: it is told, once for each device and
 * caller, and counted from then on.  Attached while there is a group that this can be true of.
 */
#ifndef OWNER_DMA_BPF_H
#define OWNER_DMA_BPF_H

#include "record.bpf.h"

/* include/linux/scatterlist.h */
#define SG_CHAIN   1UL
#define SG_MASK    3UL
#define SG_ENTRIES 256 /* as many are added up */

/* Where the list goes on: an entry may be no more than a link to another list. */
__noinline __u64 sg_next(__u64 sg)
{
	__u64 link = (__u64)BPF_CORE_READ((struct scatterlist *)sg, page_link);

	return link & SG_CHAIN ? link & ~SG_MASK : sg;
}

__noinline __u32 sg_length(__u64 sg)
{
	return BPF_CORE_READ((struct scatterlist *)sg, length);
}

/* How many bytes a list has, or its first SG_ENTRIES entries. */
__noinline __u64 sg_bytes(__u64 sg, int entries)
{
	__u64 bytes = 0;

	for (int i = 0; i < SG_ENTRIES && i < entries; i++) {
		sg = sg_next(sg);
		bytes += sg_length(sg);
		sg += bpf_core_type_size(struct scatterlist);
	}
	return bytes;
}

/* Why it is nothing that the kernel should map for; false: it may. */
static __always_inline bool dma_guard(__u32 group, struct owner_guard *ret)
{
	struct owner_group *rec = bpf_map_lookup_elem(&groups, &group);
	struct owner_guard *guard;

	if (!rec)
		return false;
	if (OWNER_STATE_KIND(rec->state) == OWNER_USER) {
		*ret = (struct owner_guard){.rule = POLICY_NO_RULE, .reason = REASON_USER_OWNED};
		return true;
	}
	guard = bpf_map_lookup_elem(&guarded, &group);
	if (guard)
		*ret = *guard;
	return guard;
}

/* Global, so that the report is not on the stack of what calls it. */
__noinline int dma_report(__u64 address, __u32 group, __s32 stack)
{
	struct device *dev = (struct device *)address;
	struct owner_guard guard;
	struct owner_report r;

	if (!dma_guard(group, &guard))
		return 0;
	report_init(&r, group, ACT_DMA);
	device_fill(&r.device, dev, group, device_driver(dev));
	r.verdict = VERDICT_WARN;
	r.reason = guard.reason;
	r.generation = guard.generation;
	r.rule = guard.rule;
	r.owner = guard.reason == REASON_USER_OWNED ? OWNER_USER : OWNER_KERNEL;
	r.stack = stack;
	report_holder(&r);
	report_violation(&r, COUNT_kernel_maps);
	return 0;
}

static __always_inline void dma_count(struct owner_kernel_maps *maps, __u64 bytes)
{
	__sync_fetch_and_add(&maps->count, 1);
	__sync_fetch_and_add(&maps->bytes, bytes);
	maps->last = bpf_ktime_get_boot_ns();
}

/* The first by this caller for this device is told. */
static __always_inline void dma_note(struct owner_kernel_map *key, __u64 bytes)
{
	struct owner_kernel_maps *maps = bpf_map_lookup_elem(&kernel_maps, key), none = {};
	int err;

	if (maps) {
		dma_count(maps, bytes);
		count_seen(COUNT_kernel_maps);
		return;
	}
	none.first = bpf_ktime_get_boot_ns();
	err = bpf_map_update_elem(&kernel_maps, key, &none, BPF_NOEXIST);
	maps = bpf_map_lookup_elem(&kernel_maps, key);
	if (maps)
		dma_count(maps, bytes);
	else
		count(COUNT_kernel_maps_full);
	if (err)
		count_seen(COUNT_kernel_maps);
	else
		dma_report(key->device, key->group, key->stack);
}

/*
 * Whether it may be such a device: every map of every driver asks.  The kernel's own word tells of
 * a user's group; before 5.19 there is none.
 */
static __always_inline bool dma_is_suspect(struct device *dev)
{
	struct iommu_group *group = dev ? dev->iommu_group : NULL;

	if (!group)
		return false;
	return !kernel_keeps_owner || config.guarded || group->owner;
}

/* The group that the device is of, if the kernel should map nothing for it. */
static __always_inline bool dma_group(__u64 dev, __u32 *ret)
{
	struct iommu_group *group = BPF_CORE_READ((struct device *)dev, iommu_group);
	struct owner_guard guard;

	if (!group)
		return false;
	*ret = BPF_CORE_READ(group, id);
	return dma_guard(*ret, &guard);
}

/*
 * The caller's stack.  Where another has its place in the map, which its hash tells, it is tried
 * without its innermost entries: those are the trampoline's and this program's.
 */
static __always_inline int dma_stack(void *ctx)
{
	int stack = -1; /* no long: see space_add() */

	for (int skip = 0; skip < 3 && stack < 0; skip++)
		stack = bpf_get_stackid(ctx, &stacks, skip);
	return stack;
}

static __always_inline void dma_mapped(void *ctx, __u64 dev, __u32 group, __u64 bytes)
{
	struct owner_kernel_map key = {.device = dev, .group = group};
	int stack = dma_stack(ctx);

	if (stack < 0)
		count(COUNT_stacks_lost);
	key.stack = stack < 0 ? -1 : stack;
	dma_note(&key, bytes);
}

static __noinline int dma_seen(void *ctx, __u64 bytes)
{
	__u64 device = plain(ctx, 0);
	__u32 group;

	if (dma_group(device, &group))
		dma_mapped(ctx, device, group, bytes);
	return 0;
}

static __noinline int dma_list_seen(void *ctx, int entries)
{
	__u64 device = plain(ctx, 0);
	__u32 group;

	if (dma_group(device, &group))
		dma_mapped(ctx, device, group, sg_bytes(plain(ctx, 1), entries));
	return 0;
}

/* kernel/dma/mapping.c: every driver's maps come here. */
SEC("fentry/dma_map_page_attrs")
int BPF_PROG(dma_page, struct device *dev, struct page *page, unsigned long offset,
	     unsigned long size)
{
	return dma_is_suspect(dev) ? dma_seen(ctx, size) : 0;
}

/* Since 6.18, for dma_map_page_attrs() and dma_map_resource() too. */
SEC("fentry/dma_map_phys")
int BPF_PROG(dma_phys, struct device *dev, __u64 phys, unsigned long size)
{
	return dma_is_suspect(dev) ? dma_seen(ctx, size) : 0;
}

/* drivers/iommu/dma-iommu.c, since 6.16: a piece is mapped to addresses that were reserved before.
 */
SEC("fentry/dma_iova_link")
int BPF_PROG(dma_link, struct device *dev, void *state, __u64 phys, unsigned long offset,
	     unsigned long size)
{
	return dma_is_suspect(dev) ? dma_seen(ctx, size) : 0;
}

SEC("fentry/dma_map_sg_attrs")
int BPF_PROG(dma_sg, struct device *dev, struct scatterlist *list, int entries)
{
	return dma_is_suspect(dev) ? dma_list_seen(ctx, entries) : 0;
}

/* Since 5.15 what dma_map_sg_attrs() and dma_map_sgtable() have in common. */
SEC("fentry/__dma_map_sg_attrs")
int BPF_PROG(dma_list, struct device *dev, struct scatterlist *list, int entries)
{
	return dma_is_suspect(dev) ? dma_list_seen(ctx, entries) : 0;
}

SEC("fentry/dma_map_resource")
int BPF_PROG(dma_resource, struct device *dev, __u64 phys, unsigned long size)
{
	return dma_is_suspect(dev) ? dma_seen(ctx, size) : 0;
}

SEC("fentry/dma_alloc_attrs")
int BPF_PROG(dma_block, struct device *dev, unsigned long size)
{
	return dma_is_suspect(dev) ? dma_seen(ctx, size) : 0;
}

#endif
