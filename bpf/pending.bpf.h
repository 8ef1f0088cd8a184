/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notes from an LSM program to the fexit of the same call: of a claim ("pendings"), and that ownerd
 * has refused it ("own_refusals").  Apart, since entries go when there are too many: whoever has
 * many processes refused, to each of which one is left, displaces no claim that is under way.
 */
#ifndef OWNER_PENDING_BPF_H
#define OWNER_PENDING_BPF_H

#include "report.bpf.h"

static __always_inline struct pending *pending_of_thread(void)
{
	__u64 key = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&pendings, &key);
}

static __always_inline void pending_note(struct file *file, __u32 group, __u64 arg)
{
	__u64 key = bpf_get_current_pid_tgid();
	struct pending p = {.file = (__u64)file, .arg = arg, .group = group};

	bpf_map_update_elem(&pendings, &key, &p, BPF_ANY);
}

/* The call is over; programs that run beside these may still need the note. */
static __always_inline void pending_done(void)
{
	__u64 key = bpf_get_current_pid_tgid();

	if (tells())
		bpf_map_delete_elem(&pendings, &key);
}

/* The file of which ownerd has refused the current thread something in this call; or NULL, or 0. */
static __always_inline __u64 *refusal_of_thread(void)
{
	__u64 key = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&own_refusals, &key);
}

/*
 * Without it, a refusal of ownerd's would be taken for another module's, which the report of the
 * refusal itself belies.  In place, where a thread was refused before: to take an entry out of the
 * map and to put it there again costs as much as the rest of the report.  A function of its own:
 * with what it needs the stack of who judges would be too large for 5.10.
 */
static __noinline void refusal_note(struct file *file)
{
	__u64 key = bpf_get_current_pid_tgid(), address = (__u64)file, *old = refusal_of_thread();

	if (old)
		*old = address;
	else
		bpf_map_update_elem(&own_refusals, &key, &address, BPF_ANY);
}

/* Programs that run beside these may still need the note. */
static __always_inline void refusal_done(__u64 *refused)
{
	if (tells())
		*refused = 0;
}

/* Whether ownerd has refused this call itself, of this file; `take`: its note has served. */
static __always_inline bool is_own_refusal(struct file *file, bool take)
{
	__u64 *refused = refusal_of_thread();

	if (!refused || *refused != (__u64)file)
		return false;
	if (take)
		refusal_done(refused);
	return true;
}

#endif
