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
 * Makes the policy the one in force, with its mode, and gives it its number: writes it whole, reads
 * all of it back, and switches.  The one before it stays, as config->fallback.  A policy that is
 * the same as the one in force, or as the one before it, keeps its number, and its counts; one that
 * is empty has number 0 and is written nowhere.  One that waits for its confirmation is over.
 *
 * `confirm_by`: then (CLOCK_BOOTTIME, ns) it ends by itself, unless generation_confirm() comes
 * first; 0: never.  Whoever dies in the middle leaves the one policy or the other.
 *
 * -EUCLEAN: it was read otherwise than it was written.  On failure nothing has changed.
 */
int generation_apply(const struct registry_maps *maps, struct owner_config *config,
		     struct policy *p, bool enforce, uint64_t confirm_by);

/*
 * The policy in force as another that has the same rules, with what they have counted: mode, time
 * limit and the one before stay what they are.  The same one changes nothing.
 */
int generation_replace(const struct registry_maps *maps, struct owner_config *config,
		       struct policy *p);

/* Whether the one in force waits for its confirmation. */
bool generation_waits(const struct owner_config *config);

/* An end that has come is written down: true, if one had. */
bool generation_settle(struct owner_config *config);

void generation_confirm(struct owner_config *config);

/* Back to the one before and its mode, by one store.  Then there is none before it. */
void generation_revert(struct owner_config *config);

/* -ENOENT: there is no generation of that number. */
int generation_read(struct policy *ret, const struct registry_maps *maps, uint32_t number);

/* The number and the mode that are in force now, by the configuration alone. */
uint32_t generation_in_force(const struct owner_config *config);
bool generation_enforces(const struct owner_config *config);

#endif
