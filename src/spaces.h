/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containers that were there before ownerd: which groups they serve is guessed from who has both
 * open, and where that leaves a doubt their maps pass.
 */
#ifndef OWNERD_SPACES_H
#define OWNERD_SPACES_H

#include "loader.h"

/* Once, when the programs have just been attached. */
int spaces_note_old(struct loader *l);

/* The container of the task that has a group's file, if it has just one; else 0. */
uint64_t spaces_find(const struct owner_open *opens, size_t n, const struct owner_task *task);

/* The space serves the group, in the map "spaces"; a space of 0 is none. */
int spaces_add(int map, uint64_t space, uint32_t group);

#endif
