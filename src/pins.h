/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stays when the daemon goes: links and maps pinned in bpffs, so that the
 * programs enforce without it.  A new start pins its own beside the old and puts them
 * in the old one's place: the new programs are live before the old go.
 */
#ifndef OWNERD_PINS_H
#define OWNERD_PINS_H

#include <stdbool.h>
#include "loader.h"

/* Whether bpffs is mounted where the pins go. */
bool pins_possible(void);

/* Finishes what a start left that was killed between the two steps of a replacement. */
void pins_mend(void);

/*
 * Ends leftovers of such a start; `heir` inherits them, and tells what happens from now on.
 * -ETIMEDOUT as pins_replace().
 */
int pins_clear(struct loader *heir);

/*
 * Pins `l` as REGISTRY_PIN_DIR, removes what was pinned there before, waits until those
 * programs no longer run, and inherits them.  -ETIMEDOUT: they still do, a process holds them.
 */
int pins_replace(struct loader *l);

/*
 * Removes everything pinned and waits until those programs no longer run.  -ENOENT:
 * nothing was pinned; -ETIMEDOUT: they still run, a process holds them.
 */
int pins_remove(void);

#endif
