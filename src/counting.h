/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users map: since when it is counted, and how much it is.
 */
#ifndef OWNERD_COUNTING_H
#define OWNERD_COUNTING_H

#include "loader.h"
#include "opens.h"
#include "registry.h"

/* Before the programs for these demands (enum feature_demand) are attached. */
void counting_prepare(struct loader *l, unsigned int demands);

/* When programs have been attached or taken off, or skipped by the kernel. */
void counting_begin(struct loader *l);

/*
 * registry_read(), with the bytes as they are now.  Which domain a user's group is attached to is
 * no act that a program sees: a reader of the group's file notes it (group_read).  `opens` is
 * refreshed, for the mappings.
 */
int counting_read(struct loader *l, struct opens *opens, struct registry *ret);

#endif
