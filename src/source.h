/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where ownerctl's answers come from: the daemon's socket, or, when nobody answers
 * there, the maps that the daemon left pinned.
 *
 * Every function that can fail returns a negative errno with one line for people in
 * *ret_error (malloc'ed).  -ENXIO: no such group or device; -EINVAL: not a name of
 * one; -ENOTCONN: nothing answers; anything else: an answer that is none.
 */
#ifndef OWNERD_SOURCE_H
#define OWNERD_SOURCE_H

#include <json-c/json.h>
#include <stdbool.h>

struct source;

/* NULL: no condition. */
struct source_filter {
	const char *owner, *device, *driver;
};

/* `pinned`: go on with the pinned maps when the daemon is down. */
int source_open(struct source **ret, const char *socket, bool pinned, char **ret_error);
void source_free(struct source *s);

/* Which of the two it is; the second in one line, with what is still enforced. */
bool source_is_live(const struct source *s);
const char *source_notice(const struct source *s);

/* Each Group that matches every condition, as it comes. */
typedef void (*source_each)(void *userdata, struct json_object *group);

int source_each_group(struct source *s, const struct source_filter *filter, source_each each,
		      void *userdata, char **ret_error);

/* An array of them. */
int source_groups(struct source *s, const struct source_filter *filter, struct json_object **ret,
		  char **ret_error);

/*
 * {group: Group, opens: []Open} of a group by number or of the group of a device.
 * From the pinned maps there is no `opens`: it is not known then.
 */
int source_group(struct source *s, const char *name, struct json_object **ret, char **ret_error);

/*
 * GetStatus() with `running`: true; from the pinned maps `running`: false, `pinned`,
 * `mode`, `programs` (names of the pinned links) and `counters`.
 */
int source_status(struct source *s, struct json_object **ret, char **ret_error);

/* Policy: the one in force; from the pinned maps without its path. */
int source_policy(struct source *s, struct json_object **ret, char **ret_error);

/*
 * Any method of the daemon, which must be there; takes `parameters` over.  -EBADF: PolicyInvalid,
 * -EBUSY: PolicyRefused, with their message in *ret_error.
 */
int source_call(struct source *s, const char *method, struct json_object *parameters,
		struct json_object **ret, char **ret_error);

/* Array of Check.  Only the daemon can prove. */
int source_prove(struct source *s, struct json_object **ret, char **ret_error);

/* Subscribes; then {event: Event, lost: int}, one a call, without limit of time. */
int source_watch(struct source *s, char **ret_error);
int source_watch_next(struct source *s, struct json_object **ret, char **ret_error);

/*
 * A device as the daemon takes it: "3b:00.0" becomes "0000:3b:00.0"; of another bus,
 * "BUS/NAME".  malloc'ed.
 */
int source_device_name(const char *text, char **ret, char **ret_error);

static inline void source_freep(struct source **s)
{
	source_free(*s);
}

#define _cleanup_source_ _cleanup_(source_freep)

#endif
