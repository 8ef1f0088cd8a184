/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's numbers at this moment, for metrics.h. */
#ifndef OWNERD_COLLECT_H
#define OWNERD_COLLECT_H

#include "manager.h"
#include "metrics.h"

/* As text, malloc'ed; NULL: no memory. */
char *collect_text(struct manager *m);

/*
 * Writes them to the configured file, if there is one.  That it cannot is counted, and said when it
 * begins.
 */
void collect_write(struct manager *m);

/* Takes the file of this configuration away: what is there is true while the daemon runs. */
void collect_remove(const struct config *config);

#endif
