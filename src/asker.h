/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who asks, as --as says it: "pid=1234", or facts separated by commas,
 * "unit=foo.service,uid=64055".
 *
 *   pid        that process: its cgroup, user, groups and program now
 *   cgroup     the whole path
 *   unit, container, pod, vm
 *              a path that such a one has: /system.slice/foo.service
 *   uid, gid   a number or a name; a further gid is a supplementary group
 *   exe        the path of a program
 *
 * What is not said is root in the cgroup "/", of a program that no rule names.
 */
#ifndef OWNERD_ASKER_H
#define OWNERD_ASKER_H

#include "containers.h"
#include "decide.h"

#define ASKER_GIDS_MAX 65536 /* NGROUPS_MAX */

struct asker {
	struct decide_subject subject; /* its gids are those below */
	uint32_t *gids;
	uint32_t said; /* enum MATCH_*: about what something is said */
	const struct containers *known;
};

/* `known`: whose names may be said; NULL: none.  -EINVAL, -ESRCH: one line for people is in
 * *ret_error (malloc'ed). */
int asker_parse(struct asker *ret, const char *text, const struct containers *known,
		char **ret_error);
void asker_done(struct asker *a);

#endif
