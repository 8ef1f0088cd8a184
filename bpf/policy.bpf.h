/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What policy says of a group: what it says of any device that is in it now.
 *
 * The group's list is walked at the act, so there is no answer to keep up to date, neither
 * when a device comes or goes nor when the policy changes.
 */
#ifndef OWNER_POLICY_BPF_H
#define OWNER_POLICY_BPF_H

#include "arbiter.bpf.h"

/* POLICY_* of one device. */
__noinline int device_policy(__u64 address)
{
	struct owner_device_name name = {};

	device_name(&name, (struct device *)address);
	return name_policy(&name);
}

/* One pass; WALK_UNREADABLE. */
__noinline int group_policy_once(__u64 group)
{
	struct list_head *head = group_members(group), *pos = BPF_CORE_READ(head, next);
	int policy = 0;

	FOR_EACH_MEMBER (pos, head)
		policy |= device_policy((__u64)member_device(pos));
	return pos == head ? policy : WALK_UNREADABLE;
}

/* REASON_NONE; `reason` if one of the group's devices has this policy; or closed,
 * REASON_UNREADABLE. */
static __always_inline __u8 policy_against(__u64 group, int which, __u8 reason)
{
	int policy = WALK_UNREADABLE;

	if (!config.policies)
		return REASON_NONE;
	for (int i = 0; i < WALK_TRIES && policy == WALK_UNREADABLE; i++)
		policy = group_policy_once(group);
	if (policy == WALK_UNREADABLE) {
		count(COUNT_walks_cut);
		return REASON_UNREADABLE;
	}
	return policy & which ? reason : REASON_NONE;
}

#endif
