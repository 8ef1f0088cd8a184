/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many bytes users have mapped, by the IOMMU domain that a group is attached to.
 *
 * VFIO and iommufd map by iommu_map(), and unmap by iommu_unmap() and iommu_unmap_fast(); each call
 * says how much it was.  An iommu_map() that fails takes back what it did by iommu_unmap(), which
 * for that time is not counted, as the map was not.  Only domains of users are counted; attached
 * while a policy has a limit, a group is a user's, or a device waits for one.
 */
#ifndef OWNER_LIMIT_BPF_H
#define OWNER_LIMIT_BPF_H

#include "record.bpf.h"

/* include/linux/iommu.h: IOMMU_DOMAIN_UNMANAGED, in all kernels. */
#define DOMAIN_UNMANAGED 1

static __always_inline bool is_users_domain(struct iommu_domain *domain)
{
	return domain->type == DOMAIN_UNMANAGED;
}

/*
 * Where the current thread notes that it is inside iommu_map().  Two threads may have one place:
 * what an earlier one undoes is then counted as unmapped, should it fail just then.
 */
static __always_inline struct mapping *mapping_of(__u64 thread)
{
	__u32 slot = thread & (MAPPINGS_MAX - 1);

	return bpf_map_lookup_elem(&mappings, &slot);
}

/* The domain's record, made if there is none; NULL, and counted: there is no room. */
static __always_inline struct owner_domain *domain_record(struct iommu_domain *domain)
{
	__u64 key = (__u64)domain;
	struct owner_domain *rec = bpf_map_lookup_elem(&domains, &key), none = {};

	if (rec)
		return rec;
	bpf_map_update_elem(&domains, &key, &none, BPF_NOEXIST);
	rec = bpf_map_lookup_elem(&domains, &key);
	if (!rec) {
		config.domains_lost = 1;
		count(COUNT_domains_full);
	}
	return rec;
}

static __always_inline void mapping_begins(struct iommu_domain *domain)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct mapping *m = mapping_of(thread);

	if (m)
		*m = (struct mapping){.thread = thread, .domain = (__u64)domain};
}

static __always_inline void mapping_ends(struct iommu_domain *domain, __u64 bytes, int error)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct mapping *m = mapping_of(thread);
	struct owner_domain *rec;

	if (m && m->thread == thread)
		m->thread = 0;
	rec = error ? NULL : domain_record(domain);
	if (!rec)
		return;
	__sync_fetch_and_add(&rec->held, bytes);
	__sync_fetch_and_add(&rec->mapped, bytes);
	__sync_fetch_and_add(&rec->maps, 1);
}

static __always_inline void mapping_gone(struct iommu_domain *domain, __u64 bytes)
{
	struct owner_domain *rec = domain_record(domain);

	if (rec)
		__sync_fetch_and_add(&rec->held, -bytes);
}

/* Whether the current thread takes back what it has not mapped. */
static __always_inline bool is_undone(struct iommu_domain *domain)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct mapping *m = mapping_of(thread);

	return m && m->thread == thread && m->domain == (__u64)domain;
}

static __always_inline __u32 domain_type(__u64 domain)
{
	return BPF_CORE_READ((struct iommu_domain *)domain, type);
}

/* What the group's user has mapped at least; POLICY_NO_LIMIT: it could not be counted. */
static __always_inline __u64 group_mapped(__u64 group, __u32 id)
{
	__u64 domain = (__u64)BPF_CORE_READ((struct iommu_group *)group, domain);
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &id);
	struct owner_domain *rec = bpf_map_lookup_elem(&domains, &domain);

	if (h && !rec && config.counted_from && domain_type(domain) == DOMAIN_UNMANAGED)
		rec = domain_record((struct iommu_domain *)domain); /* nothing was mapped yet */
	if (h) {
		h->domain = domain;
		h->partial = h->seeded || h->since < config.counted_from;
	}
	if (!rec)
		return config.domains_lost ? POLICY_NO_LIMIT : 0;
	return rec->held > 0 ? rec->held : 0;
}

/*
 * What iommu_map() returned, which stands behind its arguments, as many as it has.  In assembly
 * because the compiler would choose an offset, which the verifier does not follow.
 */
static __always_inline int map_error(const void *ctx)
{
	__u64 ret;

	if (map_arguments == 5)
		asm volatile("%0 = *(u64 *)(%1 + 40)" : "=r"(ret) : "r"(ctx));
	else
		asm volatile("%0 = *(u64 *)(%1 + 48)" : "=r"(ret) : "r"(ctx));
	return ret;
}

/* drivers/iommu/iommu.c: what users map and unmap. */
SEC("fentry/iommu_map")
int BPF_PROG(map_begins, struct iommu_domain *domain)
{
	if (is_users_domain(domain))
		mapping_begins(domain);
	return 0;
}

SEC("fexit/iommu_map")
int BPF_PROG(map_ends, struct iommu_domain *domain, unsigned long iova, __u64 paddr,
	     unsigned long size)
{
	if (is_users_domain(domain))
		mapping_ends(domain, size, map_error(ctx));
	return 0;
}

SEC("fexit/iommu_unmap")
int BPF_PROG(unmapped, struct iommu_domain *domain, unsigned long iova, unsigned long size,
	     unsigned long ret)
{
	if (is_users_domain(domain) && !is_undone(domain))
		mapping_gone(domain, ret);
	return 0;
}

/* By this, no map is taken back. */
SEC("fexit/iommu_unmap_fast")
int BPF_PROG(unmapped_fast, struct iommu_domain *domain, unsigned long iova, unsigned long size,
	     const void *gather, unsigned long ret)
{
	if (is_users_domain(domain))
		mapping_gone(domain, ret);
	return 0;
}

SEC("fentry/iommu_domain_free")
int BPF_PROG(domain_freed, struct iommu_domain *domain)
{
	__u64 key = (__u64)domain;

	bpf_map_delete_elem(&domains, &key);
	return 0;
}

#endif
