/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refusals of one kind: the same act, verdict, reason and rule, on the same group and device, by
 * the same cgroup and user.
 */
#ifndef OWNERD_KIND_H
#define OWNERD_KIND_H

#include <stdint.h>
#include "owner_abi.h"

/* Equal for refusals of one kind; never 0. */
uint64_t kind_of(const struct owner_report *r);

/*
 * Of kinds a user who may have many names (user ids, cgroups) can make as many as he likes; of
 * classes not: act, by whom, and why.  Below KIND_CLASSES.
 */
#define KIND_CLASSES ((ACT_DMA + 1) * (BY_LSM + 1) * REASON_MAX)

uint32_t kind_class(const struct owner_report *r);

#endif
