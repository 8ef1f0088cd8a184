/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that a refusal left without a driver, when what was in the way has gone.
 */
#ifndef OWNERD_REPROBE_H
#define OWNERD_REPROBE_H

#include "config.h"
#include "registry.h"

/*
 * After a report: if it is of a release that leaves the group to nobody, has the kernel look for
 * the drivers again (auto; by a process of its own, since a probe may take seconds), or says how
 * to (ask).
 */
void reprobe_check(const struct owner_report *report, const struct registry_maps *maps,
		   enum config_reprobe when);

#endif
