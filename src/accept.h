/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What outlives the daemon and a reboot, so that no policy comes back by itself that was reverted,
 * or was not confirmed:
 *
 *   /var/lib/ownerd/policy.rejected  the contents of such policies (rules.content, 16 hex digits a
 *                                    line, the latest 16).  One that waits for its confirmation is
 *                                    there from before it takes effect until it is confirmed.
 *   /var/lib/ownerd/policy.accepted  the tables and the mode of the last policy that took effect
 *                                    and did not have to wait any more: what is loaded in place
 *                                    of a rejected one.
 *
 * Both are replaced by a rename, and are root's alone.
 */
#ifndef OWNERD_ACCEPT_H
#define OWNERD_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>
#include "policy.h"

#define ACCEPT_DIR "/var/lib/ownerd"

bool accept_is_rejected(uint64_t content);
int accept_reject(uint64_t content);
int accept_forget(uint64_t content); /* that it was rejected */

int accept_save(const struct policy *p, bool enforce);

/* -ENOENT: there is none; -ESTALE: another version's; -EUCLEAN: not as it was saved. */
int accept_load(struct policy *ret, bool *ret_enforce);

#endif
