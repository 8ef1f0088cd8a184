/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the audit log is: as --file says, as the daemon that runs says, or as its configuration
 * does.
 */
#ifndef OWNERD_LOGPATH_H
#define OWNERD_LOGPATH_H

#include "cli.h"

#define CONFIG_PATH "/etc/ownerd/ownerd.yaml"

/*
 * *ret_path is malloc'ed.  *ret_last: the daemon's Log, what it wrote last, if it runs and writes
 * that file; else NULL.  An exit status, after saying what is wrong.
 */
int logpath_find(const struct cli *cli, char **ret_path, struct json_object **ret_last);

#endif
