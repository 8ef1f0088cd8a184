/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From one policy to another while the daemon runs, and back.
 *
 * A policy that has to be confirmed takes effect together with its end: the programs go back to
 * the one before it by themselves (owner_config.confirm_by), and what is done here is to say so.
 * A daemon that starts while one waits goes back at once.
 *
 * What was reverted, or not confirmed, is not loaded from the configured path again (accept.h), but
 * only by apply_policy(); changed files are another policy.
 */
#ifndef OWNERD_APPLY_H
#define OWNERD_APPLY_H

#include "manager.h"

#define APPLY_WITHIN_MAX (24 * 60 * 60)

/*
 * The rules that --reserve and --dedicate are, and behind them those of the files at `path`.  On
 * failure one malloc'ed line, as rules_load().
 */
int apply_load(const struct config *config, const char *path, struct rules *ret, char **ret_error);

/*
 * The mode that the policy asks for, where neither option nor configuration says one; and never
 * enforce where the kernel command line says otherwise.
 */
void apply_mode(struct config *config, const struct rules *rules);

/*
 * Of what the configuration has named: whether it was rejected; then the last accepted policy is to
 * be applied in its place (m->stand_in), and its mode, which is said.
 */
void apply_admit(struct manager *m, struct config *config, const struct rules *rules);

/* The policy in force is the one to come back to. */
void apply_accept(struct manager *m, const char *path);

/* If the time of an unconfirmed policy is over: does what is left to be done, and says so. */
void apply_settle(struct manager *m);

/*
 * -EINVAL: there is a mistake in the policy; -EBUSY: not now.  *ret_error is one malloc'ed line, or
 * NULL for want of memory.  `within`: seconds, at most APPLY_WITHIN_MAX; 0: no confirmation.
 * *ret_warnings: those of the rules, to be freed by rules_done().
 */
int apply_policy(struct manager *m, const char *path, uint32_t within, struct rules *ret_warnings,
		 char **ret_error);

/* -EBUSY: there is nothing to confirm, or to go back to. */
int apply_confirm(struct manager *m, char **ret_error);
int apply_revert(struct manager *m, char **ret_error);

#endif
