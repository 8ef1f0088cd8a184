/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory to judge in, by the number of its place.
 */
#ifndef OWNER_THOUGHT_BPF_H
#define OWNER_THOUGHT_BPF_H

#include "maps.bpf.h"
#include "report.bpf.h"

#define THOUGHT_TRIES   16
#define THOUGHT_NOWHERE THOUGHTS_MAX

static __always_inline struct thought *thought(__u32 place)
{
	return (struct thought *)thoughts[place % THOUGHTS_MAX];
}

/*
 * Takes the place, if nobody has it: each says first that he wants it, and who then sees no other
 * has it.  Of two at once perhaps none has.
 */
__noinline int thought_take(__u32 place)
{
	struct thought *t = thought(place);

	__sync_fetch_and_add(&t->threads, 1);
	if (*(volatile __u32 *)&t->threads == 1)
		return 1;
	__sync_fetch_and_add(&t->threads, -1);
	return 0;
}

/*
 * A place for this thread, or THOUGHT_NOWHERE, which is counted, and judged closed.  The
 * processor's own is free unless a thread was preempted in it; then the thread's number leads
 * through the others.
 */
__noinline __u32 thought_place(void)
{
	__u32 place = bpf_get_smp_processor_id(), step = bpf_get_current_pid_tgid() | 1;

	for (int i = 0; i < THOUGHT_TRIES; i++, place += step)
		if (thought_take(place))
			return place % THOUGHTS_MAX;
	count(COUNT_thoughts_full);
	return THOUGHT_NOWHERE;
}

static __always_inline void thought_begin(struct thought *t, __u32 generation, __u32 act)
{
	t->key.generation = generation;
	t->act = act;
	t->first = POLICY_NO_RULE;
	t->unreadable = 0;
	t->depth = 0;
	t->length = 0;
	t->scoped = 0;
	t->device.group = 0;
}

static __always_inline void thought_end(struct thought *t)
{
	__sync_fetch_and_add(&t->threads, -1);
}

#endif
