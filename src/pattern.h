/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One entry of a list of subjects, as the matchers that subjects are judged by.
 *
 * What is written in an entry must all hold.  A container, pod, machine or unit has its cgroup
 * by several names, depending on who made it: one matcher each, any of which may hold.  They are
 * the names that subject.h recognises, and no others.
 *
 * Pure but for uid, gid and exe, which are looked up on this host.
 *
 * libvirt keeps letters, digits, and single dashes and dots of a name; a libvirt-lxc container
 * that has others in its name is named by its cgroup only.
 *
 * In vm, "?" stands for a letter, digit or dot: systemd writes "-" as four bytes.
 *
 * The names of Docker's and Podman's containers are not in their cgroups, and a program's file may
 * be replaced: a matcher says what the others stand for, and resolve.c finds out, again and again.
 */
#ifndef OWNERD_PATTERN_H
#define OWNERD_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include "lookup.h"
#include "owner_policy.h"

#define PATTERN_ALTERNATIVES 10
#define PATTERN_CONTAINER    9 /* of a container's id */
#define PATTERN_WARNINGS     4
#define PATTERN_NOTE_MAX     192

/* As it is written; NULL: not given.  At most one of the first five. */
struct pattern_subject {
	char *cgroup;    /* a glob on the whole path: "*" and "?" within a component, "**" for any
			  * number of them */
	char *unit;      /* "foo.service" "dpdk@*.service" "x.scope" "a-b.slice" */
	char *container; /* 64 hex digits, or a name where names are the ids */
	char *pod;       /* a Kubernetes UID, or the id of a Podman pod */
	char *vm;        /* a name, with "*" and "?"; on Proxmox a number */
	char *uid, *gid; /* a number or a name */
	char *exe;       /* an absolute path */
	bool any;
};

struct pattern_note {
	const char *key;
	char text[PATTERN_NOTE_MAX];
};

struct pattern {
	struct policy_matcher alternatives[PATTERN_ALTERNATIVES];
	size_t n;
	struct pattern_note warnings[PATTERN_WARNINGS];
	size_t n_warnings;
	struct pattern_note error; /* its text: what to write instead */
};

/* -EINVAL: ret->error says why; its key is NULL if the entry says nothing. */
int pattern_compile(struct pattern *ret, const struct pattern_subject *s,
		    struct lookup_mount *last_mount);

/* Those of a container, by its id of 64 hexadecimal digits. */
void pattern_container(struct policy_matcher ret[static PATTERN_CONTAINER], const char *id);

#endif
