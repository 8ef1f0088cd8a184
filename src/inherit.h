/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that are replaced leave to those that replace them.  Both have the same
 * OWNER_ABI_VERSION and run side by side for a while (owner_config.from).
 */
#ifndef OWNERD_INHERIT_H
#define OWNERD_INHERIT_H

#include "loader.h"

/*
 * Before loader_attach(): the records of groups, holders and refusals that are pinned in
 * `dir`.  The owner that the new programs then find decides whether a record stands.
 * -E2BIG: not all had room.
 */
int inherit_records(struct loader *l, const char *dir);

/*
 * If what is pinned in `dir` tells what happens (owner_config.from), `l` does so from the moment on
 * at which this returns, and it no longer does.
 */
int inherit_voice(struct loader *l, const char *dir);

/* If nobody tells, `l` does from now on. */
void inherit_silence(struct loader *l);

/*
 * When what is pinned in `dir` runs no more: what it has counted, refused and reported, the
 * reports to the handler of `l`.  0 if nothing is there; -ESTALE: it is of another ABI, and ends
 * with it.
 */
int inherit_rest(struct loader *l, const char *dir);

#endif
