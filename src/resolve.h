/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the names in a policy stand for now: containers that runtimes call so, and programs' files.
 * A policy's tables have the names themselves (MATCH_NAMED, MATCH_PROGRAM), so this can be done to
 * one that was read back from the maps or from the disk as well.
 */
#ifndef OWNERD_RESOLVE_H
#define OWNERD_RESOLVE_H

#include "containers.h"
#include "policy.h"

/*
 * A name that no runtime knows is nobody's.  One that several containers have is all of theirs in a
 * list that denies, and nobody's in one that allows.  A program that is not there is nobody's; one
 * that cannot be looked at stays what it was.
 *
 * -E2BIG: a list, or all together, would be too long; on failure the policy is as it was.
 */
int resolve_policy(struct policy *p, const struct containers *known);

/* Whether there is anything in it to be found out. */
bool resolve_is_needed(const struct policy *p);

/* Warns, in the rules that the policy was compiled of, of names that do not do what is meant. */
int resolve_warn(struct rules *rules, const struct policy *p, const struct containers *known);

#endif
