/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which groups the kernel should map no memory for, and whether that is worth looking for.
 */
#ifndef OWNERD_GUARD_H
#define OWNERD_GUARD_H

#include "loader.h"
#include "policy.h"

/*
 * Tells the programs which groups are guarded by the policy in force (map "guarded").  FOR_USERS
 * and FOR_MAPS if there is one, or a group that is a user's, or a device that waits for one; else
 * 0.  Before a driver is bound or a user comes: what it maps in its probe is seen.
 */
unsigned int guard_update(struct loader *l, const struct policy *policy);

/* Whether the report may change that. */
bool guard_changes(const struct owner_report *report);

#endif
