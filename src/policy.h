/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configured policy in the map that the programs look it up in.
 */
#ifndef OWNERD_POLICY_H
#define OWNERD_POLICY_H

#include "config.h"
#include "loader.h"

/*
 * Makes the map say what `config` says, and nothing else: what is new is added before what
 * is gone is removed, so no device that both the old and the new policy name is ever without
 * it.  Devices that are in no group now are warned of.
 * -E2BIG, with nothing changed: more than OWNER_POLICIES_MAX devices.
 */
int policy_apply(struct loader *l, const struct config *config);

#endif
