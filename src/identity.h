/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who a task is: its cgroup's path and what that says.  A wrong guess is worse than
 * none: what does not match is unknown.
 */
#ifndef OWNERD_IDENTITY_H
#define OWNERD_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "owner_abi.h"

/*
 * The path of a cgroup by its id in the v2 hierarchy ("/system.slice/foo.service"),
 * found by open_by_handle_at(2) on the mounted hierarchy.  *ret is malloc'ed.
 * -ENOENT: it is gone or outside our cgroup namespace, or cgroup v2 is not mounted;
 * -EPERM: CAP_DAC_READ_SEARCH is missing.
 */
int identity_cgroup_path(uint64_t id, char **ret);

/*
 * The last "*.service" or "*.scope" component, without the "_" by which systemd escapes
 * one ("_cpu.service"); malloc'ed, or -ENOENT.  Pure.
 */
int identity_unit(const char *cgroup_path, char **ret);

/*
 * Whether pid still is the process that started `start` ns after boot
 * (/proc/PID/stat, field 22, in clock ticks: compared to the tick).  A zombie still is;
 * where /proc cannot be read: false.
 */
bool identity_alive(pid_t pid, uint64_t start);

/*
 * A process as /proc has it now, as the programs would have it but for `start`, which is cut to the
 * tick; cgroup 0: it is not known.  Negative: there is none.
 */
int identity_task(pid_t pid, struct owner_task *ret);

#endif
