/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A record of the audit log by its members, which stay where they are in the line: to look at a
 * million of them, nothing is copied that nobody asks for.
 */
#ifndef OWNERD_LOGRECORD_H
#define OWNERD_LOGRECORD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As it is written: a string with its quotes and escapes, a number, an array.  NULL: there is none.
 */
struct logvalue {
	const char *at;
	size_t size;
};

/* A task's members that are known, in the order in which they are written. */
/* clang-format off */
#define LOGTASK_MEMBERS(X)                                                                         \
	X(pid) X(uid) X(comm) X(cgroup) X(unit) X(runtime) X(container) X(container_name) X(pod) X(vm)
/* clang-format on */

struct logtask {
#define LOGTASK_VALUE(name) struct logvalue name;
	LOGTASK_MEMBERS(LOGTASK_VALUE)
#undef LOGTASK_VALUE
};

struct logdevice {
	struct logvalue bus, name;
};

/* See share/audit.schema.json. */
struct logrecord {
	struct logvalue seq, time, act, verdict, by, reason, errno_name, rule, group, owner, groups,
		message;
	struct logdevice device;
	struct logtask task, holder;
	struct json_object *rewritten; /* what owns the text, if it is not the line */
};

/*
 * What ownerd wrote, which the line's hash tells, is taken as it is; anything else, whatever its
 * blanks and order, is parsed and written as ownerd would have.  The record points into the line,
 * and is the caller's until logrecord_done().  -EBADMSG: it is no record.
 */
int logrecord_read(struct logrecord *ret, const char *line, size_t size);
void logrecord_done(struct logrecord *r);

/* 0: it is no number. */
int64_t logvalue_int(struct logvalue v);

/* A string's text, or a number's; malloc'ed; NULL: there is none. */
char *logvalue_text(struct logvalue v);

/* Whether its text is all ASCII that is shown as it is: where that is, in the line. */
bool logvalue_plain(struct logvalue v, const char **ret, size_t *ret_size);

/* Whether that is its text. */
bool logvalue_is(struct logvalue v, const char *text);

#endif
