/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many mappings an address space of iommufd has: its areas, one for each IOMMU_IOAS_MAP or
 * IOMMU_IOAS_COPY, or for each piece of memory that a copy is made of.
 *
 * drivers/iommu/iommufd keeps areas in the tree of an IO page table (struct io_pagetable, one in
 * each IOAS).  A new one is in the tree before it is filled, and one that goes is emptied before it
 * leaves the tree; so each is counted up by the one and down by the other, whatever domains there
 * are.  A table's count begins with an area that is alone in the tree: then nothing was missed.
 * Failures are open: what cannot be counted is not known, and refuses nothing.
 */
#ifndef OWNER_TABLE_BPF_H
#define OWNER_TABLE_BPF_H

#include "limit.bpf.h"

static __always_inline bool is_alone(struct io_pagetable *table, struct iopt_area *area)
{
	return BPF_CORE_READ(table, area_itree.rb_root.rb_node) == &area->node.rb &&
	       !BPF_CORE_READ(area, node.rb.rb_left) && !BPF_CORE_READ(area, node.rb.rb_right);
}

static __always_inline __s64 *table_write(__u64 table, __s64 *there)
{
	__s64 one = 1;

	if (!there) {
		if (bpf_map_update_elem(&tables, &table, &one, BPF_NOEXIST))
			count(COUNT_tables_full);
		return bpf_map_lookup_elem(&tables, &table);
	}
	*there = one;
	return there;
}

/* Who was filled meanwhile is in the tree by now, and who comes later finds the count. */
static __always_inline void table_begin(struct io_pagetable *table, struct iopt_area *area,
					__s64 *there)
{
	there = table_write((__u64)table, there);
	if (there && !is_alone(table, area))
		*there = OWNER_AREAS_UNKNOWN;
}

static __always_inline void table_count(struct iopt_area *area, __s64 areas)
{
	struct io_pagetable *table = BPF_CORE_READ(area, iopt);
	__u64 key = (__u64)table;
	__s64 *there = bpf_map_lookup_elem(&tables, &key);

	if (there && *there >= 0)
		__sync_fetch_and_add(there, areas);
	else if (areas > 0 && config.counts_areas && is_alone(table, area))
		table_begin(table, area, there);
}

/* drivers/iommu/iommufd/pages.c: the last that can fail of a map. */
SEC("fexit/iopt_area_fill_domains")
int BPF_PROG(area_filled, struct iopt_area *area, void *pages, int ret)
{
	if (!ret)
		table_count(area, 1);
	return 0;
}

SEC("fentry/iopt_area_unfill_domains")
int BPF_PROG(area_emptied, struct iopt_area *area)
{
	table_count(area, -1);
	return 0;
}

/*
 * drivers/iommu/iommufd/io_pagetable.c: areas are cut in two, for VFIO_IOMMU_UNMAP_DMA of a part.
 * Whether they were, nothing says; the count begins anew.
 */
SEC("fexit/iopt_cut_iova")
int BPF_PROG(areas_cut, struct io_pagetable *table)
{
	__u64 key = (__u64)table;
	__s64 *there = bpf_map_lookup_elem(&tables, &key);

	if (there)
		*there = OWNER_AREAS_UNKNOWN;
	return 0;
}

SEC("fentry/iopt_destroy_table")
int BPF_PROG(table_gone, struct io_pagetable *table)
{
	__u64 key = (__u64)table;

	bpf_map_delete_elem(&tables, &key);
	return 0;
}

SEC("fexit/iopt_table_add_domain")
int BPF_PROG(table_attached, struct io_pagetable *table, struct iommu_domain *domain, int ret)
{
	struct owner_domain *rec = ret ? NULL : domain_record(domain);

	if (rec)
		rec->table = (__u64)table;
	return 0;
}

#endif
