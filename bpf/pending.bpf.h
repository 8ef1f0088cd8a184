/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notes from an LSM program to the fexit of the same call (struct pending): each thread has one,
 * which is written in place, since to take an entry out of its map and to put it there again costs
 * as much as all else about a refusal.
 */
#ifndef OWNER_PENDING_BPF_H
#define OWNER_PENDING_BPF_H

#include "report.bpf.h"

/* The current thread's; of a call that is over it has no file, and a group that there is not. */
static __always_inline struct pending *pending_of_thread(void)
{
	__u64 key = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&pendings, &key);
}

/*
 * Without it, a refusal of ownerd's would be taken for another module's, which the report of the
 * refusal itself belies.
 */
static __always_inline void pending_note(struct file *file, __u32 group, bool denied, __u64 arg)
{
	struct pending p = {.file = (__u64)file, .arg = arg, .group = group, .denied = denied};
	struct pending *old = pending_of_thread();
	__u64 key = bpf_get_current_pid_tgid();

	if (old)
		*old = p;
	else
		bpf_map_update_elem(&pendings, &key, &p, BPF_ANY);
}

/* The call is over; programs that run beside these may still need the note. */
static __always_inline void pending_done(struct pending *p)
{
	if (!p || !tells())
		return;
	p->file = 0;
	p->group = OWNER_NO_GROUP;
	p->denied = false;
}

/* Whether ownerd has refused this call itself, of this file; `take`: its note has served. */
static __always_inline bool is_own_refusal(struct file *file, bool take)
{
	struct pending *p = pending_of_thread();

	if (!p || !p->denied || p->file != (__u64)file)
		return false;
	if (take)
		pending_done(p);
	return true;
}

#endif
