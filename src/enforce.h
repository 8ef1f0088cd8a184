/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From nothing, or from what an earlier ownerd left, to programs that enforce what is
 * configured.  Each function says itself what went wrong and returns an enum manager_exit.
 */
#ifndef OWNERD_ENFORCE_H
#define OWNERD_ENFORCE_H

#include "manager.h"

/* Sets m->loader: adopted from an earlier ownerd's pins, or loaded. */
int enforce_load(struct manager *m);

/*
 * Attaches what was loaded, learns what is there, and enforces; or learns what has become of
 * what was adopted.  On failure what was enforced before still is, as it was.
 */
int enforce_start(struct manager *m, const struct rules *rules);

/* Has it outlive the process; without bpffs, says that it does not. */
void enforce_pin(struct manager *m);

/*
 * Learns everything anew, and corrects what differs: after what no program may have seen.  That is
 * what the kernel skipped, and a call that was under way while programs were hung on its function
 * or taken off: it ends without those at its exit.  Negative errno.
 */
int enforce_relearn(struct manager *m);

/*
 * Finds anew what the host needs (safeguard.h): a route comes, a disk is mounted.  If that is more
 * than before, the policy in force, with what it has counted, protects it from now on; except while
 * the policy waits to be confirmed.  What was protected stays so until the next reload: it may be
 * without its driver only for a moment, and then nothing tells what it is for.
 */
void enforce_protect(struct manager *m);

/* Says what policy and ownership come too late for, and what it spares. */
void enforce_warn(struct manager *m);

/*
 * Another mode and policy from now on; on failure those of m->config stay.  `confirm_by` as
 * generation_apply().
 */
int enforce_change(struct manager *m, const struct config *config, const struct rules *rules,
		   uint64_t confirm_by);

/* The policy in force as `p`, which has the same rules (generation_replace()), and which it takes.
 */
int enforce_replace(struct manager *m, struct policy *p);

/*
 * Attaches the programs that what is there now needs: the policy in force, the one that may take
 * its place again, groups that are a user's or may become one's.  `less`: takes off what nobody
 * needs, too; which is not done at once, since it may be needed again in a moment.
 */
void enforce_settle(struct manager *m, bool less);

/* Loads and unloads everything without attaching it. */
int enforce_check(const struct config *config);

#endif
