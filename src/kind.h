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

#endif
