/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the names in the policy stand for is followed: a container comes, goes, comes again with
 * another id; a program is replaced.  Then the policy in force goes on as one that has the same
 * rules, mode, time limit and way back.
 *
 * Runtimes' files are watched, a registration has them read at once, and all is looked at once more
 * every ten seconds; programs only then.
 */
#ifndef OWNERD_FOLLOW_H
#define OWNERD_FOLLOW_H

#include "manager.h"

/* Reads what is there, and watches it. */
void follow_start(struct manager *m);
void follow_stop(struct manager *m);

/* Resolves the names of a policy that is to be applied; errors as resolve_policy(). */
int follow_resolve(struct manager *m, struct policy *p);

/* Finds out anew what is known of containers, and has the policy in force follow. */
void follow_check(struct manager *m);

/* Says which names in the policy in force do not do what is meant. */
void follow_warn(struct manager *m);

#endif
