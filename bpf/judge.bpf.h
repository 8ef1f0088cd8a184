/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What owner_judge.h asks for, from the maps.
 */
#ifndef OWNER_JUDGE_BPF_H
#define OWNER_JUDGE_BPF_H

#include "owner_policy.h"

typedef __u32 judge_policy; /* the number of a thought, which has the generation */

static __always_inline const struct policy_firsts *
judge_firsts(judge_policy policy, const struct policy_select_key *key);
static __always_inline bool judge_names(judge_policy policy, __u32 rule, __u32 allows,
					const char *driver);
static __always_inline int judge_list(judge_policy policy, const struct policy_list *list);
static __always_inline bool judge_has_gid(const struct policy_subject *s, __u32 gid);

static __always_inline void judge_copy(char *to, __u32 n, const char *from)
{
	bpf_probe_read_kernel(to, n & 63, from);
}

#include "owner_judge.h"

#endif
