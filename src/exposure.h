/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a user's claim leaves exposed: a device without a driver, or held by pci-stub,
 * counts as nobody's and is neutral, but it stays within reach of the peer-to-peer DMA
 * of whoever owns its group.  Upstream allows it; an operator should see it.
 */
#ifndef OWNERD_EXPOSURE_H
#define OWNERD_EXPOSURE_H

#include "owner_abi.h"
#include "registry.h"

/*
 * Calls `handler` with a warning (VERDICT_WARN, REASON_EXPOSED) for each device that
 * the change in `report` has exposed: all such siblings at a claim, the device itself
 * when it joins a user-owned group, or is bound to pci-stub or unbound there.
 */
void exposure_check(const struct owner_report *report, const struct registry_maps *maps,
		    void (*handler)(void *userdata, const struct owner_report *warning),
		    void *userdata);

#endif
