/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reports of the programs, from both ring buffers.
 */
#ifndef OWNERD_RINGS_H
#define OWNERD_RINGS_H

#include <stddef.h>
#include "owner_abi.h"

/* Violations are read first, so that a flood of changes delays none of them. */
enum { RING_VIOLATIONS, RING_CHANGES, RINGS };

typedef void (*rings_handler)(void *userdata, const struct owner_report *report);

struct rings {
	struct ring_buffer *rings[RINGS];
	int maps[RINGS];
	unsigned int delivered; /* by this rings_consume(), of the ring that is read */
	rings_handler handler;
	void *userdata;
};

/* Calls `handler` for each report, from rings_consume(); the maps' descriptors are borrowed. */
int rings_open(struct rings *r, const int maps[static RINGS], rings_handler handler,
	       void *userdata);

/* Readable while there is something to read. */
int rings_fd(const struct rings *r, size_t i);

enum rings_read { RINGS_EMPTY, RINGS_READ, RINGS_MORE };

/* Reads a part.  RINGS_MORE: there may be more, which is not waited for by a descriptor. */
enum rings_read rings_consume(struct rings *r);

/* Reads all that was there when it was called. */
void rings_catch_up(struct rings *r);

/* Hands a record of a ring buffer to the handler; always 0. */
int rings_deliver(struct rings *r, const void *data, size_t size);

void rings_close(struct rings *r);

#endif
