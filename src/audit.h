/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where ownership changes and violations are written: one readable line each on
 * standard error and, when configured, one JSON object a line in a file: an Event of
 * io.ownerd.varlink with "schema": AUDIT_SCHEMA before it.
 */
#ifndef OWNERD_AUDIT_H
#define OWNERD_AUDIT_H

#include <json-c/json.h>
#include <stdint.h>
#include "owner_abi.h"

#define AUDIT_SCHEMA 1

struct audit {
	char *path; /* NULL: no file */
	int fd;
	uint64_t failed; /* records that could not be written to the file */
};

/* Opens a regular file for appending, mode 0640.  `path` is copied; NULL: lines only. */
int audit_open(struct audit *a, const char *path);

/* Opens the file anew, after a log rotation has moved it away.  The old one stays on failure. */
int audit_reopen(struct audit *a);

/* `event` is describe_event() of `report`; no reference is kept. */
void audit_write(struct audit *a, const struct owner_report *report, struct json_object *event);

void audit_done(struct audit *a);

#endif
