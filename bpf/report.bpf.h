/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters, and reports to user space.
 *
 * Nothing is lost without a count: a record that finds its ring full raises
 * changes_dropped or violations_dropped, and a refusal is kept in "refusals" in any
 * case.
 */
#ifndef OWNER_REPORT_BPF_H
#define OWNER_REPORT_BPF_H

#include "maps.bpf.h"
#include "wake.bpf.h"

static __always_inline void count(enum owner_counter which)
{
	__sync_fetch_and_add(&counters[which], 1);
}

/* While another thread is given a name, the kernel may have it without its NUL for a moment. */
static __always_inline void task_fill_name(struct owner_task *t, struct task_struct *task)
{
#if SINCE_6_2
	kernel_read(t->comm, sizeof(__u64), task->comm);
	kernel_read(t->comm + sizeof(__u64), sizeof(__u64), task->comm + sizeof(__u64));
	t->comm[sizeof(t->comm) - 1] = '\0';
#else
	bpf_probe_read_kernel_str(t->comm, sizeof(t->comm), task->comm);
#endif
}

static __always_inline void task_fill(struct owner_task *t, struct task_struct *task)
{
	t->start = BPF_CORE_READ(task, group_leader, start_boottime);
	t->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	t->tgid = BPF_CORE_READ(task, tgid);
	t->pid = BPF_CORE_READ(task, pid);
	t->uid = BPF_CORE_READ(task, cred, uid.val);
	task_fill_name(t, task);
}

/* The same of the current task; by helpers, where to read is not cheaper. */
static __always_inline void task_fill_current(struct owner_task *t)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
#if SINCE_6_2
	task_fill(t, task);
#else
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	t->start = BPF_CORE_READ(task, group_leader, start_boottime);
	t->cgroup = bpf_get_current_cgroup_id();
	t->tgid = pid_tgid >> 32;
	t->pid = pid_tgid;
	t->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(t->comm, sizeof(t->comm));
#endif
}

/* Starts a report of an act by the current task. */
static __always_inline void report_init(struct owner_report *r, __u32 group, __u8 act)
{
	__builtin_memset(r, 0, sizeof(*r));
	r->when = bpf_ktime_get_boot_ns();
	r->group = group;
	r->act = act;
	r->rule = POLICY_NO_RULE;
	task_fill_current(&r->task);
}

/* A release, a join or a leave is nobody's act: it may run in any task. */
static __always_inline void report_no_task(struct owner_report *r)
{
	__builtin_memset(&r->task, 0, sizeof(r->task));
}

/* The holder is named while a user owns the group. */
static __always_inline void report_holder(struct owner_report *r)
{
	__u32 group = r->group;
	struct owner_holder *h;

	if (r->owner != OWNER_USER)
		return;
	h = bpf_map_lookup_elem(&holders, &group);
	if (h)
		r->holder = h->task;
}

/* Whether these programs are the ones to tell of what happens at this time. */
static __always_inline bool tells_of(__u64 when)
{
	return when >= config.from && when < config.until;
}

static __always_inline bool tells(void)
{
	return (!config.from && config.until == OWNER_NEVER) || tells_of(bpf_ktime_get_boot_ns());
}

/* Counts what every ownerd's programs see. */
static __always_inline void count_seen(__u32 which)
{
	if (tells())
		count(which);
}

static __always_inline void report_change(struct owner_report *r)
{
	__u64 filled = bpf_ringbuf_query(&changes, BPF_RB_AVAIL_DATA);

	if (tells_of(r->when) &&
	    bpf_ringbuf_output(&changes, r, sizeof(*r), wake_flags(filled, r->when, config.polled)))
		count(COUNT_changes_dropped);
}

static __always_inline __u64 kind_add(__u64 kind, __u64 fact)
{
	kind = (kind ^ fact) * 0x9e3779b97f4a7c15; /* 2^64 by the golden ratio */
	return kind ^ kind >> 32;
}

/*
 * Violations are of one kind as src/kind.h has it, whoever the subject is, who may have many names;
 * and but for a device's name of which only the end differs.
 */
static __always_inline __u64 report_kind(const struct owner_report *r)
{
	const __u64 *name = (const __u64 *)r->device.id.name;
	__u64 kind = kind_add(r->group,
			      (__u64)r->act << 32 | r->verdict << 24 | r->by << 16 | r->reason);

	kind = kind_add(kind, (__u64)r->generation << 32 | r->rule);
	kind = kind_add(kind, r->file);
	if (r->group == OWNER_NO_GROUP)
		name = (const __u64 *)r->device.driver;
	kind = kind_add(kind, name[0]);
	return kind_add(kind, name[1]);
}

#define TOLD_AGAIN (60 * 1000000000ULL)

/*
 * Whether the ring has room for the report: its second half is for what it has not been told of
 * in the last minute, so that a flood of some kinds hides no other.
 */
static __always_inline bool has_room(const struct owner_report *r, __u64 filled)
{
	__u64 kind;
	__u32 at;

	if (filled < OWNER_RING_SIZE / 2)
		return true;
	kind = report_kind(r);
	at = kind % TOLD_MAX;
	if (told_kinds[at] == kind && r->when - told_when[at] < TOLD_AGAIN)
		return false;
	told_kinds[at] = kind;
	told_when[at] = r->when;
	return true;
}

/* Counts and reports; what ownerd itself refused, only the program that refused it has seen. */
static __always_inline void report_violation(struct owner_report *r, __u32 counter)
{
	__u64 filled = bpf_ringbuf_query(&violations, BPF_RB_AVAIL_DATA);
	bool refused = r->verdict == VERDICT_DENY;
	__u32 group = r->group;

	if (refused && group != OWNER_NO_GROUP)
		bpf_map_update_elem(&refusals, &group, r, BPF_ANY);
	if (!(refused && r->by == BY_OWNERD) && !tells_of(r->when))
		return;
	count(counter);
	if (!has_room(r, filled) || bpf_ringbuf_output(&violations, r, sizeof(*r),
						       wake_flags(filled, r->when, config.polled)))
		count(COUNT_violations_dropped);
}

#endif
