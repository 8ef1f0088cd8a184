/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy on trial: read and compiled as the daemon would, on the groups of a host, and applied
 * nowhere.  What --reserve and --dedicate name is not in it.
 */
#ifndef OWNERD_TRIAL_H
#define OWNERD_TRIAL_H

#include "containers.h"
#include "host.h"
#include "policy.h"

struct cli;

struct trial {
	char *path;
	struct rules rules;
	struct policy policy;
	struct containers known;
};

/*
 * `path`: NULL, what the daemon was told, if it answers, else the default.  An enum cli_exit,
 * having said what is wrong; warnings of the rules are not said.  Names are resolved.
 */
int trial_load(struct trial *ret, const struct cli *cli, const char *path);
void trial_done(struct trial *t);

/* The containers of this host, or of that of --host; none, if they cannot be read. */
struct containers trial_containers(const struct cli *cli);

/* The groups, or what is wrong said: an enum cli_exit. */
int trial_host(struct host *ret, const struct cli *cli);

#endif
