/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why not?  What stands between a group and its next owner, and what would mend it.
 *
 * A pure function over the objects of io.ownerd.varlink: no clock, no file, no
 * daemon.  The rules are upstream's (drivers/iommu/iommu.c, 5.19), plus ownerd's policy:
 *   - a user's claim needs that no driver that does DMA is bound in the group, that
 *     no other user holds it, and that the group is not reserved;
 *   - the bind of a driver that does DMA needs that no user holds the group, and that
 *     the group is not dedicated;
 *   - managed drivers (vfio-pci, pci-stub, pcieport) change nothing;
 *   - besides, a claim needs a node: a device bound to a VFIO driver, and nobody
 *     else who has the node open, since it opens once.
 */
#ifndef OWNERD_EXPLAIN_H
#define OWNERD_EXPLAIN_H

#include <json-c/json.h>
#include <stdbool.h>
#include "memlock.h"

struct explain_question {
	struct json_object *group;    /* Group, with titles_add()'s keys if they are known */
	struct json_object *opens;    /* array of Open; NULL: not known */
	struct json_object *refusals; /* array of Refused; NULL: not known */
	const char *mode;             /* ownerd's; NULL: not known, taken for "enforce" */
	bool no_remapping;            /* of interrupts, and VFIO does not allow that */
	bool keeps_direct;            /* the firmware wants memory of it mapped as it is */
	const struct memlock
		*memlock; /* the holder's; NULL: he may lock what he likes, or nobody knows */
};

/*
 * A new reference to
 *   type Explanation (
 *     group: int, owner: string,
 *     claim: Answer,            # can a user (VFIO) claim it now?
 *     bind: Answer,             # can a host driver bind now?
 *     lock: ?Answer,            # can its user lock more memory?  Only where that is limited.
 *     refused: ?Refusal,        # the last refusal
 *     refusals: []Refusal,      # those of the last hour, the latest first, with count and first
 *     warnings: []string
 *   )
 *   type Answer (possible: bool, obstacles: []Obstacle, remedies: []Remedy)
 *   # kind: driver, holder, open, reserved, dedicated, no-node, interrupts; memlock, which
 *   # may leave some room, so that it stands beside a yes
 *   type Obstacle (kind: string, text: string, device: ?Device, task: ?Task)
 *   # commands: to be typed in this order, quoted for a shell
 *   type Remedy (text: string, commands: []string)
 *   # text: who tried what and who refused it; saw: the error as its caller saw it
 *   type Refusal (time: int, act: string, by: string, reason: string, text: string, saw: string,
 *                 count: ?int, first: ?int)
 * Remedies of a possible act are what is still to be done for it, and may be none.
 */
struct json_object *explain_group(const struct explain_question *question);

#endif
