/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs could not record or report, by their counters.
 */
#ifndef OWNERD_LOSSES_H
#define OWNERD_LOSSES_H

#include "loader.h"

/* 0 for a counter that cannot be read. */
uint64_t losses_counter(struct loader *l, enum owner_counter which);

/* What full maps and rings and unreadable fields have cost, in records and reports. */
uint64_t losses_count(struct loader *l);

#endif
