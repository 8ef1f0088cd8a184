/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs in a cgroup, by its path alone: the container, pod or virtual machine that a runtime
 * has named in it, and the unit.  Pure.  What no runtime's pattern fits whole is unknown: a wrong
 * name is worse than none.
 *
 * Patterns: the cgroup drivers of Docker, containerd, CRI-O, Podman, nerdctl and Kata;
 * Kubernetes' kubelet (systemd and cgroupfs drivers); libvirt, Proxmox, LXC, systemd-nspawn.
 */
#ifndef OWNERD_SUBJECT_H
#define OWNERD_SUBJECT_H

#include <stdbool.h>

/* Strings are malloc'ed; NULL: unknown, or none. */
struct subject {
	const char *runtime; /* "docker", "cri-containerd", "libvirt", ...; not to be freed */
	char *container;     /* its id of 64 hex digits, or its name where names are the ids */
	char *pod;           /* a Kubernetes UID, or the id of a Podman pod */
	char *vm;            /* its name; on Proxmox its number */
	char *unit;          /* the last systemd unit on the path */
	/* Within a user's own part of the tree (user@UID.service), who may name things as he likes.
	 */
	bool of_user;
};

/* -ENOMEM, with *ret empty.  The innermost container or machine counts. */
int subject_of_path(struct subject *ret, const char *cgroup_path);

void subject_done(struct subject *s);

#endif
