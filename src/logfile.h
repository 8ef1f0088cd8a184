/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit log, line by line: PATH.N, ..., PATH.1, PATH, and what is appended while it is read.
 */
#ifndef OWNERD_LOGFILE_H
#define OWNERD_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGFILE_LINE_MAX (16 * 1024 * 1024)

/* One line, without its newline, of which it is known whether it had one. */
struct logfile_line {
	const char *file;
	uint64_t number; /* from 1, in its file */
	const char *text;
	size_t size;
	bool unfinished; /* the file's last line, without a newline */
};

/* Negative ends the reading. */
typedef int (*logfile_handler)(void *userdata, const struct logfile_line *line);

struct logfile {
	logfile_handler handler;
	/* What was read so far is all that there is now; before that waits for more.  NULL: none.
	 */
	void (*idle)(void *userdata);
	void *userdata;
};

/*
 * Reads every file there is, oldest first.  `follow`: goes on with PATH, also when it is moved away
 * and made anew, until the handler ends it.  A negative errno, with one line in *ret_error if it is
 * not the handler's; a longer line than LOGFILE_LINE_MAX is given as its first bytes.
 */
int logfile_read(const struct logfile *l, const char *path, bool follow, char **ret_error);

#endif
