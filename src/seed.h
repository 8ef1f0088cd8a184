/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was there before ownerd, with the observers attached: VFIO's nodes, every group,
 * and who holds it.  An observer that has already recorded something newer is never
 * overwritten.
 */
#ifndef OWNERD_SEED_H
#define OWNERD_SEED_H

#include "config.h"
#include "loader.h"

/* Room for what the host has, what its SR-IOV functions may become, and hot-plug. */
struct loader_sizes seed_sizes(const struct config *config);

/*
 * After loader_attach().  -EAGAIN as seed_groups(), with everything else done.
 * *ret_corrected: how many recorded holders were not those that hold.
 */
int seed_state(struct loader *l, size_t *ret_corrected);

/* Before 5.19: a claim whose thread is gone is under way no more, though its end was not seen. */
void seed_drop_claims(struct loader *l);

/*
 * Has the BPF side learn every group of the host, again if it knows it: members, their
 * drivers, the owner.  -EAGAIN: a group kept changing, or the kernel kept skipping the
 * program.
 */
int seed_groups(struct loader *l);

#endif
