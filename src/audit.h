/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where ownership changes, refusals and the daemon's own doings are written: one readable line
 * each, on standard error or in the journal, and, when configured, one JSON object a line in a
 * file, as audit.schema.json describes it: docs/LOG.md.
 *
 * What the file cannot take is counted, and told by a gap record before the next one that it can.
 * So is the time in which no daemon wrote, by the last record that is there.
 */
#ifndef OWNERD_AUDIT_H
#define OWNERD_AUDIT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include "chain.h"
#include "config.h"

/* Why records are missing, from one time to another. */
struct audit_gap {
	int64_t from;    /* microseconds since the epoch; 0: there is no gap */
	uint64_t missed; /* records that could not be written */
	int error;       /* why, a positive errno */
	bool down;       /* no daemon wrote */
	bool stopped;    /* it had written that it stops */
	bool rebooted;   /* the host was started since */
	uint64_t cut;    /* bytes of an unfinished record at the file's end, taken away */
};

struct audit {
	char *path; /* NULL: no file */
	int fd;
	enum config_fsync fsync;
	bool dirty; /* something is to be on the disk that may not be */
	bool torn;  /* a piece of a record could not be taken back */
	struct chain chain;
	struct audit_gap gap;
	uint64_t failed;      /* records that could not be written to the file */
	uint64_t sync_failed; /* times that the disk did not take it */
};

/*
 * Opens a regular file for appending, mode 0640, and goes on with the chain of its last record; of
 * PATH.1 if it is empty.  `path` is copied; NULL: lines only.
 */
int audit_open(struct audit *a, const char *path, enum config_fsync fsync);

/*
 * Takes what `from` has counted and missed, and, if it wrote the same file, or the one that was
 * moved out of this one's way, its chain.
 */
void audit_follow(struct audit *a, const struct audit *from);

/* Opens the path anew, for the file may have been moved away; if that fails, all is as before. */
void audit_reopen(struct audit *a);

/*
 * `record` is an object with "time" and "message"; `when` is that time by CLOCK_BOOTTIME, ns.
 * Up to LOG_WARNING it is a violation, as `log-fsync: violations` has it.  No reference is kept.
 */
void audit_write(struct audit *a, int level, uint64_t when, struct json_object *record);

/* Has what was written on the disk, as fsync says.  After each batch, not after each record. */
void audit_sync(struct audit *a);

/* Tells of a gap as soon as the file takes it, be there nothing else to write. */
void audit_catch_up(struct audit *a);

void audit_done(struct audit *a);

#endif
