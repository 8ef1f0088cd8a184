/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs would decide, decided in user space: by the same lines (owner_judge.h), over
 * the same tables.  Pure.
 */
#ifndef OWNERD_DECIDE_H
#define OWNERD_DECIDE_H

#include "policy.h"

/* Who would act.  `gids`: his supplementary groups. */
struct decide_subject {
	struct policy_subject facts; /* without scope, which the path tells */
	const uint32_t *gids;
	size_t n_gids;
};

struct decide_result {
	uint16_t rule;  /* the one that speaks of the act, or POLICY_NO_RULE */
	uint8_t reason; /* enum owner_reason; REASON_NONE: allowed */
};

/* The first rule of a group that speaks of the act, or POLICY_NO_RULE. */
uint16_t decide_rule(const struct policy *p, const struct owner_device *devices, size_t n,
		     enum policy_act act);

/* Open, claim: may the subject have the group of these devices? */
struct decide_result decide_claim(const struct policy *p, const struct owner_device *devices,
				  size_t n, const struct decide_subject *subject);

/* May the subject, as a user of the group, map memory, within the limit that there may be? */
struct decide_result decide_map(const struct policy *p, const struct owner_device *devices,
				size_t n, const struct decide_subject *subject);

/* May devices[i] have its `driver` (which says `managed`)? */
struct decide_result decide_bind(const struct policy *p, const struct owner_device *devices,
				 size_t n, size_t i);

/* May devices[i] have the host's driver, be it bound or not?  What none is known of may. */
struct decide_result decide_host_bind(const struct policy *p, const struct owner_device *devices,
				      size_t n, size_t i);

/*
 * Whether devices[i] keeps its driver, or that which the host would bind, only because the host
 * needs it: no rule that selects it by its own name says otherwise, and *ret does.
 */
bool decide_spared(const struct policy *p, const struct owner_device *devices, size_t n, size_t i,
		   struct decide_result *ret);

#endif
