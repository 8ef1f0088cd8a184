/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who acts: the current task's cgroup, user, groups and executable, as the kernel has them at
 * this moment, and how they are fitted to the matchers of a rule.
 */
#ifndef OWNER_SUBJECT_BPF_H
#define OWNER_SUBJECT_BPF_H

#include "thought.bpf.h"

#define GROUPS_STEPS 17 /* of a binary search in NGROUPS_MAX */
#define GLOB_STEPS   16 /* by one function */
#define LIST_PART    64 /* matchers, the same */

/* fs/kernfs: "parent", since 6.15 "__parent", which is read under RCU, as programs run. */
__noinline __u64 node_parent(__u64 node)
{
	if (bpf_core_field_exists(struct kernfs_node, parent))
		return (__u64)BPF_CORE_READ((struct kernfs_node *)node, parent);
	return (__u64)BPF_CORE_READ((struct kernfs_node___rcu *)node, __parent);
}

/* The components of the task's path in the v2 hierarchy, which never changes while it lives. */
__noinline int path_walk_up(__u32 place)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 node = (__u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), parent;
	struct thought *t = thought(place);

	for (int i = 0; i < THOUGHT_DEPTH; i++) {
		parent = node_parent(node);
		if (!parent) {
			t->depth = i;
			return 0;
		}
		t->nodes[i] = node;
		node = parent;
	}
	t->unreadable = 1;
	return 0;
}

/* Adds "/NAME" to the path.  Global, as what is called in a loop is: it is verified once. */
__noinline int path_add(__u32 place, __u64 node)
{
	struct thought *t = thought(place);
	__u32 at = t->length;
	long n;

	if (at >= POLICY_PATH_MAX - 2) {
		t->unreadable = 1;
		return 0;
	}
	t->subject.path[JUDGE_PATH(at)] = '/';
	at++;
	n = bpf_probe_read_kernel_str(t->subject.path + JUDGE_PATH(at), sizeof(t->slack),
				      BPF_CORE_READ((struct kernfs_node *)node, name));
	if (n <= 1) {
		t->unreadable = 1;
		return 0;
	}
	if (!t->scoped && !judge_is_parent(t->subject.path, at, n - 1)) {
		t->scoped = 1;
		t->subject.scope = at - 1;
	}
	t->length = at + n - 1;
	return 0;
}

/* Writes the path. */
__noinline int path_read(__u32 place)
{
	struct thought *t = thought(place);
	__u32 depth;

	path_walk_up(place);
	depth = t->depth;
	for (__u32 i = 0; i < THOUGHT_DEPTH; i++) {
		if (i >= depth)
			break;
		path_add(place, t->nodes[(depth - 1 - i) & (THOUGHT_DEPTH - 1)]);
	}
	if (!depth)
		__builtin_memcpy(t->subject.path, "/", sizeof("/"));
	if (!depth || !t->scoped)
		t->subject.scope = depth ? t->length : 1;
	if (t->length >= POLICY_PATH_MAX)
		t->unreadable = 1;
	if (t->unreadable)
		count(COUNT_paths_unreadable);
	return 0;
}

/*
 * The rest of the subject, of a task that may have no memory of its own.  Global, so that what it
 * needs of the stack is not there when others judge.
 */
__noinline int subject_read(__u32 place)
{
	struct thought *t = thought(place);
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct inode *exe = BPF_CORE_READ(task, mm, exe_file, f_inode);

	t->subject.uid = BPF_CORE_READ(task, cred, uid.val);
	t->subject.gid = BPF_CORE_READ(task, cred, egid.val);
	t->subject.exe_inode = exe ? BPF_CORE_READ(exe, i_ino) : 0;
	t->subject.exe_device = exe ? BPF_CORE_READ(exe, i_sb, s_dev) : 0;
	return path_read(place);
}

/* Whether the current task has the group among its supplementary ones. */
__noinline int task_has_gid(__u32 gid)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct group_info *info = BPF_CORE_READ(task, cred, group_info);
	__u32 low = 0, high = BPF_CORE_READ(info, ngroups), at, found;

	for (int i = 0; i < GROUPS_STEPS && low < high; i++) {
		at = low + (high - low) / 2;
		if (bpf_probe_read_kernel(&found, sizeof(found), &info->gid[at]))
			return 0;
		if (found == gid)
			return 1;
		if (found < gid)
			low = at + 1;
		else
			high = at;
	}
	return 0;
}

static __always_inline bool judge_has_gid(const struct policy_subject *s, __u32 gid)
{
	return gid == s->gid || task_has_gid(gid);
}

static __always_inline struct policy_matcher *matcher(__u32 place, __u32 index)
{
	struct policy_index key = {.generation = thought(place)->key.generation, .index = index};

	return bpf_map_lookup_elem(&matchers, &key);
}

/* Some steps of the thought's glob; 1: its result is there. */
__noinline int glob_some(__u32 place, __u32 index)
{
	struct policy_matcher *m = matcher(place, index);
	struct thought *t = thought(place);

	if (!m)
		return 1;
	for (int i = 0; i < GLOB_STEPS; i++) {
		if (!judge_glob_step(&t->glob, t->subject.path, m->pattern))
			return 1;
		/* All that a step leaves behind is in memory: to the verifier one is as another. */
		asm volatile("" ::: "memory");
	}
	return 0;
}

/* JUDGE_* of one matcher. */
__noinline int matcher_fits(__u32 place, __u32 index)
{
	struct policy_matcher *m = matcher(place, index);
	struct thought *t = thought(place);

	if (!m)
		return JUDGE_UNREADABLE;
	if (!judge_facts(m, &t->subject))
		return JUDGE_NO_MATCH;
	if (!(m->tests & (MATCH_PATH | MATCH_SCOPE)))
		return JUDGE_MATCH;
	if (t->unreadable)
		return JUDGE_UNREADABLE;
	judge_glob_start(&t->glob, judge_start(m, &t->subject));
	for (int i = 0; i < JUDGE_STEPS_MAX / GLOB_STEPS; i++)
		if (glob_some(place, index))
			break;
	if (t->glob.result == JUDGE_UNREADABLE)
		count(COUNT_paths_unreadable);
	return t->glob.result;
}

/* JUDGE_* of at most LIST_PART matchers: one that fits is enough, else one that is unreadable. */
__noinline int list_part(__u32 place, __u32 first, __u32 n)
{
	int result = JUDGE_NO_MATCH, fits;

	for (__u32 i = 0; i < LIST_PART && i < n; i++) {
		fits = matcher_fits(place, first + i);
		if (fits == JUDGE_MATCH)
			return fits;
		result |= fits;
	}
	return result ? JUDGE_UNREADABLE : JUDGE_NO_MATCH;
}

/* The same of a whole list. */
__noinline int list_fits(__u32 place, __u32 first, __u32 n)
{
	int result = JUDGE_NO_MATCH, fits;

	for (__u32 at = 0; at < POLICY_LIST_MAX && at < n; at += LIST_PART) {
		fits = list_part(place, first + at, n - at);
		if (fits == JUDGE_MATCH)
			return fits;
		result |= fits;
	}
	return result ? JUDGE_UNREADABLE : JUDGE_NO_MATCH;
}

static __always_inline int judge_list(judge_policy policy, const struct policy_list *list)
{
	return list_fits(policy, list->first, list->n);
}

static __always_inline bool judge_names(judge_policy policy, __u32 rule, __u32 allows,
					const char *driver)
{
	struct policy_driver key = {
		.generation = thought(policy)->key.generation, .rule = rule, .allows = allows};

	__builtin_memcpy(key.name, driver, sizeof(key.name));
	return bpf_map_lookup_elem(&drivers, &key);
}

static __always_inline const struct policy_firsts *judge_firsts(judge_policy policy,
								const struct policy_select_key *key)
{
	return bpf_map_lookup_elem(&selects, key);
}

#endif
