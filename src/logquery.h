/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which records are asked for.  Most lines are told apart by their bytes alone; only what has
 * everything that is asked for is read, and judged by its members.
 */
#ifndef OWNERD_LOGQUERY_H
#define OWNERD_LOGQUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "logrecord.h"

#define LOGQUERY_NEEDLES 8

/* NULL: no condition. */
struct logquery_options {
	const char *since, *until, *group, *device, *subject, *verdict, *rule, *act;
};

struct logquery_fact;

struct logquery {
	struct logquery_options options;
	int64_t since, until; /* microseconds since the epoch; 0: none */
	int64_t group;        /* -1: any */
	int64_t device_group; /* of the device that is asked for, at this point of the log; -1 */
	const struct logquery_fact *fact; /* of the subject; NULL: any */
	const char *value;
	char *needles[LOGQUERY_NEEDLES]; /* what each line that is asked for has */
	size_t n;
};

/* -EINVAL with one line in *ret_error: what is wrong, and what to write instead. */
int logquery_init(struct logquery *q, const struct logquery_options *options, char **ret_error);
void logquery_done(struct logquery *q);

/* Whether every record is asked for. */
bool logquery_is_any(const struct logquery *q);

/* Whether the line may be asked for, by its bytes. */
bool logquery_may_match(const struct logquery *q, const char *line, size_t size);

/*
 * Whether the record is.  In the log's order: what it says of the device's group is kept, by which
 * acts on that group, which name no device, are the device's too.
 */
bool logquery_matches(struct logquery *q, const struct logrecord *r);

/* Whether `wanted`, as commands take it, is this device: "0000:3b:00.0", "3b:00.0". */
bool logquery_is_device(const char *wanted, const char *bus, const char *name);

/*
 * "2026-11-26 18:00", with ":SS", with T for the space, in UTC with Z after it; "18:00";
 * "2026-11-26";
 * "@SECONDS"; "today", "yesterday", "now"; "2h", "30min" ago.  Microseconds; -EINVAL.
 */
int logquery_time(const char *text, int64_t now, int64_t *ret);

#endif
