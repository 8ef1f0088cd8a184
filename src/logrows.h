/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of the audit log as lines: columns for people, fields for scripts.  A log is a stream,
 * and may be followed: a line is printed when its record is there, and a column is as wide as what
 * it has had so far.
 */
#ifndef OWNERD_LOGROWS_H
#define OWNERD_LOGROWS_H

#include "logrecord.h"

#define LOGROWS_COLUMNS 8

struct logrows {
	bool raw, headings; /* headings: they are still to be printed */
	bool color;
	size_t screen; /* columns of the terminal; 0: it is none */
	size_t widths[LOGROWS_COLUMNS];
	int64_t second; /* since the epoch, of what `time` says */
	char time[64];  /* empty: nothing yet */
	char who[64];   /* of the line that is printed */
};

void logrows_init(struct logrows *rows, bool raw, bool headings);
void logrows_print(struct logrows *rows, const struct logrecord *r);

#endif
