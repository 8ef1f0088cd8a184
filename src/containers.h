/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which containers are called what: those that a runtime's own state names, those that were
 * registered as they started, and, bounded, those that are gone.  Pure.
 *
 * Only what a runtime has itself written down makes a name an id.  What a registration calls its
 * container is told to people and decides nothing: whoever may start a pod chooses that.
 */
#ifndef OWNERD_CONTAINERS_H
#define OWNERD_CONTAINERS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTAINER_ID_LEN     64 /* hexadecimal digits, in lower case */
#define CONTAINER_NAME_MAX   255
#define CONTAINERS_MAX       16384 /* that runtimes name; further ones are not known */
#define CONTAINERS_OTHER_MAX 1024  /* registered or gone; the oldest are forgotten */
#define CONTAINERS_SAME_MAX  8     /* that a name is looked up to */

enum container_state {
	CONTAINER_GONE,
	CONTAINER_REGISTERED, /* and no runtime's state names it */
	CONTAINER_NAMED,      /* a runtime's state does */
};

struct container {
	char id[CONTAINER_ID_LEN + 1];
	char name[CONTAINER_NAME_MAX + 1]; /* "": not known */
	enum container_state state;
	uint64_t age; /* higher is younger */
};

/* By id, and then by name: renamed, a container has its old name too, which is gone.  Zero: none.
 */
struct containers {
	struct container *list;
	size_t n, room;
	uint64_t clock;
	bool cut; /* more than CONTAINERS_MAX are named */
};

void containers_done(struct containers *c);

/* 64 hexadecimal digits in lower case; a name as runtimes allow it. */
bool containers_is_id(const char *text);
bool containers_is_name(const char *text);

/* Notes one that a runtime's state names; what is no id or no name is left out.  -ENOMEM. */
int containers_add(struct containers *c, const char *id, const char *name);

/* Sorted: before anything is looked up. */
void containers_sort(struct containers *c);

/* What runtimes name now; what they no longer name is gone. */
int containers_update(struct containers *c, const struct containers *named);

/* `name`: NULL, not known.  -EINVAL: no id, no name; -ENOMEM. */
int containers_register(struct containers *c, const char *id, const char *name);
void containers_unregister(struct containers *c, const char *id);

/* How many containers runtimes call so now; the ids of at most CONTAINERS_SAME_MAX of them. */
size_t containers_find(const struct containers *c, const char *name,
		       const char *ids[static CONTAINERS_SAME_MAX]);

/* What it is, or was, called; NULL: not known. */
const char *containers_name(const struct containers *c, const char *id);

/* Adds "container_name" to each object that has a "container", at any depth. */
void containers_add_names(const struct containers *c, struct json_object *o);

#endif
