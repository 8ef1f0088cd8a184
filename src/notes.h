/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the audit log has of the daemon itself: start and stop, mode and policy, losses, and
 * refusals that repeat.
 */
#ifndef OWNERD_NOTES_H
#define OWNERD_NOTES_H

#include "manager.h"

/* It runs: `message` says how, and the record has every group as it is now. */
void notes_start(struct manager *m, const char *message);

/* It ends: every suppression is told first. */
void notes_stop(struct manager *m, const char *message);

/*
 * Another mode, generation or confirmation than when last called is a record of its own each;
 * `message` says how the policy came to it, NULL: that is not known.  Without a change the message
 * is only logged.
 */
void notes_policy(struct manager *m, int level, const char *message);

/* As before, with the message made by `fmt`. */
_printf_(3, 4) void notes_policy_as(struct manager *m, int level, const char *fmt, ...);

/* `lost` records or reports more than when last looked, `total` in all. */
void notes_losses(struct manager *m, uint64_t lost, uint64_t total);

/* suppress.tell: */
void notes_suppression(void *userdata, const struct suppress_kind *kind, bool ended);

#endif
