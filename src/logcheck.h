/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ownerctl log --verify: whether each record of the log is as it was written, and follows the one
 * before.  Whoever may write the file can write all of it anew, and cut off its end; the latter is
 * seen while the daemon runs, which knows what it wrote last.
 */
#ifndef OWNERD_LOGCHECK_H
#define OWNERD_LOGCHECK_H

#include "cli.h"

/* `last`: the daemon's Log, or NULL.  Prints what it finds; an exit status. */
int logcheck_run(const struct cli *cli, const char *path, struct json_object *last);

#endif
