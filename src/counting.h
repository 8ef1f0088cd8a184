/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since when the bytes that users map are counted.
 */
#ifndef OWNERD_COUNTING_H
#define OWNERD_COUNTING_H

#include "loader.h"

/* Before the programs for these demands (enum feature_demand) are attached. */
void counting_prepare(struct loader *l, unsigned int demands);

/* When programs have been attached or taken off. */
void counting_begin(struct loader *l);

#endif
