/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths of cgroups, also of those that are gone, if they were asked for before: who a dead process
 * was stays known as long as his refusal is, and who asks again and again is not looked up again.
 * The latest GONE_MAX are kept, by each process for itself; an id is never used again while the
 * host is up.
 */
#ifndef OWNERD_GONE_H
#define OWNERD_GONE_H

#include <stdint.h>
#include <sys/types.h>

#define GONE_MAX 512

/* As identity_cgroup_path(). */
int gone_cgroup_path(uint64_t id, char **ret);

/* Asks for that of a process, who may be gone before anybody else does. */
void gone_remember(pid_t pid);

#endif
