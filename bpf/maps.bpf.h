/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps and the configuration, whose shapes are in owner_abi.h.
 *
 * Sizes marked "host" are set by the loader from what the host has and may get.
 * A full map loses no refusal by policy of a device that is already recorded; what
 * could not be recorded is counted under its *_full counter.
 */
#ifndef OWNER_MAPS_BPF_H
#define OWNER_MAPS_BPF_H

#include "owner_abi.h"
#include "owner_policy.h"
#include "judge.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u32);
	__type(value, struct owner_group);
} groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u32);
	__type(value, struct owner_holder);
} holders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u64);
	__type(value, struct owner_device);
} devices SEC(".maps");

/* What is in "devices", by name, and by what new_id has of it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, struct owner_device_name);
	__type(value, __u64);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, struct owner_same_id);
	__type(value, __u64);
} same_ids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u32);
	__type(value, __u32);
} minors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u32);
	__type(value, struct owner_report);
} refusals SEC(".maps");

/*
 * Files that VFIO has made of devices: key, the struct file's address.  An entry stays when its
 * file goes, and means nothing for a file that is none of VFIO's (is_device_file()); whatever file
 * of VFIO's has the address next has an entry of its own.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u64);
	__type(value, __u32);
} device_files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, struct owner_model);
	__type(value, struct owner_host_driver);
} host_drivers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, struct owner_space);
	__type(value, __u32);
} spaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u64);
	__type(value, struct owner_domain);
} domains SEC(".maps");

/* How many areas an IO page table of iommufd has: key, the struct io_pagetable's address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __s64);
} tables SEC(".maps");

/* Which threads are inside iommu_map() for a user's domain: by the lower bits of their ids. */
#define MAPPINGS_MAX 4096

struct mapping {
	__u64 thread; /* pid_tgid; 0: none is */
	__u64 domain;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAPPINGS_MAX);
	__type(key, __u32);
	__type(value, struct mapping);
} mappings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u32);
	__type(value, struct owner_guard);
} guarded SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct owner_kernel_map);
	__type(value, struct owner_kernel_maps);
} kernel_maps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, OWNER_STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

/* The policy: owner_policy.h. */
#define POLICY_MAP(map, entries, key_type, value_type)                                             \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, (entries)*POLICY_GENERATIONS);                                 \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} map SEC(".maps")

POLICY_MAP(generations, 1, __u32, struct policy_generation);
POLICY_MAP(selects, POLICY_SELECTS_MAX, struct policy_select_key, struct policy_firsts);
POLICY_MAP(rules, POLICY_RULES_MAX, struct policy_index, struct policy_rule);
POLICY_MAP(matchers, POLICY_MATCHERS_MAX, struct policy_index, struct policy_matcher);
POLICY_MAP(drivers, POLICY_DRIVERS_MAX, struct policy_driver, __u8);

/*
 * What a thread that is being judged needs memory for: more than a stack has.  A thread has one of
 * these places from thought_place() to thought_end(), and hands on its number: a pointer no global
 * function takes before 5.12.  Threads that are preempted while they are judged keep theirs.
 */
#define THOUGHTS_MAX  256
#define THOUGHT_DEPTH 32 /* components of a cgroup's path */

struct thought {
	__u32 threads; /* that want the place: it is taken */
	__u32 act;
	__u32 first;      /* the first rule so far */
	__u32 unreadable; /* the path is */
	__u32 depth, length, scoped;
	struct judge_glob glob;
	struct policy_select_key key;
	struct owner_device device;
	__u64 nodes[THOUGHT_DEPTH]; /* struct kernfs_node, from the task's cgroup up */
	struct policy_subject subject;
	char slack[256]; /* a name that begins at the end of subject.path ends here */
};

/* As numbers: what the loader sees of the programs' variables has no such type. */
__u64 thoughts[THOUGHTS_MAX][sizeof(struct thought) / sizeof(__u64)];

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* host */
	__type(key, __u32);
	__type(value, struct owner_claim);
} claims SEC(".maps");

/*
 * What a task is in the middle of, from an LSM program to the fexit of the same
 * call: key pid_tgid.  Least recently used entries go, since a claim may fail before
 * any fexit sees it.
 */
struct pending {
	__u64 file; /* the group file it claims with */
	__u64 arg;  /* of VFIO_GROUP_SET_CONTAINER: where it has the container's descriptor */
	__u32 group;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* host: an LRU map keeps some for each CPU */
	__type(key, __u64);
	__type(value, struct pending);
} pendings SEC(".maps");

/* Key pid_tgid: the struct file of which ownerd has refused the thread something; 0: none. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* host, as pendings */
	__type(key, __u64);
	__type(value, __u64);
} own_refusals SEC(".maps");

/* By address, which takes no look-up. */
__u64 counters[COUNT_MAX] SEC(".data.counters") = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OWNER_RECENT_KINDS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct owner_recent);
} recent SEC(".maps");

/* Violations have a ring of their own, so that no flood of changes hides one. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, OWNER_RING_SIZE);
} changes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, OWNER_RING_SIZE);
} violations SEC(".maps");

/*
 * Kinds of violations (a hash), by their lower bits, that were told while more than half of the
 * ring was waiting to be read; and when that was, CLOCK_BOOTTIME in ns.
 */
#define TOLD_MAX 1024

__u64 told_kinds[TOLD_MAX], told_when[TOLD_MAX];

volatile struct owner_config config = {
	.vfio_major = OWNER_NO_MAJOR,
	.device_major = OWNER_NO_MAJOR,
	.abi = OWNER_ABI_VERSION,
	.guard = 1,
	.until = OWNER_NEVER,
};

/*
 * From 5.19 on: struct iommu_group has an owner, and drivers say that they are managed.  A
 * constant to the verifier, which never follows the other branch; bpf_core_field_exists() would be
 * one too, but the compiler may keep its value on the stack, where older verifiers lose sight of
 * it.  What reads fields of one kind of kernel is in functions of its own (__noinline): the
 * compiler would move the offset of such a field, which cannot be relocated on the other kind, to
 * before the branch.
 */
#define kernel_keeps_owner (SINCE_6_2 || keeps_owner)

/* Set by the loader, of an older kernel. */
const volatile bool keeps_owner;

/* Set by the loader: how many arguments iommu_map() has, 5 or, since 6.3, 6. */
const volatile __u32 map_arguments = 5;

/* How many capable_wrt_inode_uidgid() has: 2, since 5.12 3. */
const volatile __u32 capable_arguments = 3;

#endif
