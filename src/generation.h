/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy in the maps that the programs judge by: written whole, read back, switched by one
 * store, taken away when nobody can be judging by it any more.
 */
#ifndef OWNERD_GENERATION_H
#define OWNERD_GENERATION_H

#include "policy.h"
#include "registry.h"

/*
 * Makes the policy the one in force, and gives it its number: writes it whole, reads all of it
 * back, and switches.  The one before it stays, as config->fallback.  A policy that is the same as
 * the one in force keeps its number, and its counts; one that is empty has number 0 and is written
 * nowhere. -EUCLEAN: it was read otherwise than it was written.  On failure nothing has changed.
 */
int generation_apply(const struct registry_maps *maps, struct owner_config *config,
		     struct policy *p);

/* -ENOENT: there is no generation of that number. */
int generation_read(struct policy *ret, const struct registry_maps *maps, uint32_t number);

/* The number that is in force now, by the configuration alone. */
uint32_t generation_in_force(const struct owner_config *config);

#endif
