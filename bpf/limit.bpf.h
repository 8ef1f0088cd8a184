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
	return BPF_CORE_READ(domain, type) == DOMAIN_UNMANAGED;
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
	__u64 key = bpf_get_current_pid_tgid(), value = (__u64)domain;

	if (is_users_domain(domain))
		bpf_map_update_elem(&mappings, &key, &value, BPF_ANY);
}

static __always_inline void mapping_ends(struct iommu_domain *domain, __u64 bytes, int error)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct owner_domain *rec;

	if (!is_users_domain(domain))
		return;
	bpf_map_delete_elem(&mappings, &key);
	rec = error ? NULL : domain_record(domain);
	if (!rec)
		return;
	__sync_fetch_and_add(&rec->held, bytes);
	__sync_fetch_and_add(&rec->mapped, bytes);
	__sync_fetch_and_add(&rec->maps, 1);
}

static __always_inline void mapping_undone(struct iommu_domain *domain, __u64 bytes)
{
	__u64 key = bpf_get_current_pid_tgid(), *inside;
	struct owner_domain *rec;

	if (!is_users_domain(domain))
		return;
	inside = bpf_map_lookup_elem(&mappings, &key);
	if (inside && *inside == (__u64)domain)
		return;
	rec = domain_record(domain);
	if (rec)
		__sync_fetch_and_add(&rec->held, -bytes);
}

/* What the group's user has mapped at least; POLICY_NO_LIMIT: it could not be counted. */
static __always_inline __u64 group_mapped(__u64 group, __u32 id)
{
	__u64 domain = (__u64)BPF_CORE_READ((struct iommu_group *)group, domain);
	struct owner_holder *h = bpf_map_lookup_elem(&holders, &id);
	struct owner_domain *rec = bpf_map_lookup_elem(&domains, &domain);

	if (h && !rec && config.counted_from && is_users_domain((struct iommu_domain *)domain))
		rec = domain_record((struct iommu_domain *)domain); /* nothing was mapped yet */
	if (h) {
		h->domain = domain;
		h->partial = h->seeded || h->since < config.counted_from;
	}
	if (!rec)
		return config.domains_lost ? POLICY_NO_LIMIT : 0;
	return rec->held > 0 ? rec->held : 0;
}

/* drivers/iommu/iommu.c, while a policy has a limit: what users map and unmap. */
SEC("fentry/iommu_map")
int BPF_PROG(map_begins, struct iommu_domain *domain)
{
	mapping_begins(domain);
	return 0;
}

SEC("fexit/iommu_map")
int BPF_PROG(map_ends, struct iommu_domain *domain, unsigned long iova, __u64 paddr,
	     unsigned long size)
{
	mapping_ends(domain, size, plain(ctx, map_arguments));
	return 0;
}

SEC("fexit/iommu_unmap")
int BPF_PROG(unmapped, struct iommu_domain *domain, unsigned long iova, unsigned long size,
	     unsigned long ret)
{
	mapping_undone(domain, ret);
	return 0;
}

SEC("fexit/iommu_unmap_fast")
int BPF_PROG(unmapped_fast, struct iommu_domain *domain, unsigned long iova, unsigned long size,
	     const void *gather, unsigned long ret)
{
	mapping_undone(domain, ret);
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
