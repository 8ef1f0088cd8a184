/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A YAML file before any schema: its text, and on which line each key and list entry
 * stands.  What no schema can see is refused here: syntax, aliases, directives, a second
 * document, NUL, depth, size, and files that are no files.
 */
#ifndef OWNERD_OUTLINE_H
#define OWNERD_OUTLINE_H

#include <stddef.h>
#include "util.h"

#define OUTLINE_SHOWN_MAX 64 /* bytes of a key or value in a message */
#define OUTLINE_QUOTE_MAX (OUTLINE_SHOWN_MAX + sizeof("\"...\""))

/* Where a key (entry 0) or an entry of its list (1, 2, ...) stands. */
struct place {
	char *key;  /* owned by the place with entry 0 */
	char *text; /* its value if that is a scalar, else NULL */
	unsigned int entry, line;
};

/* One file while it is being read: zero but for path, which must outlive it. */
struct outline {
	const char *path;
	char *text;
	size_t size;
	struct place *places;
	size_t n_places, room;
	char *error; /* the one line for the user */
};

/* Reads f->path; on failure f->error says why, or is NULL without memory for it. */
int outline_read(struct outline *f);
void outline_done(struct outline *f);

/* The nth place (from 0) of a key or its entry; NULL: not that many. */
const struct place *outline_find(const struct outline *f, const char *key, unsigned int entry,
				 unsigned int nth);

/* Keeps "PATH:LINE: ...", one line, as f->error; line 0: the file as a whole.  Returns r. */
int outline_refuse(struct outline *f, int r, unsigned int line, const char *fmt, ...)
	_printf_(4, 5);

/* Text in quotes; a long one is cut, between characters. */
const char *outline_quote(const char *text, char buf[static OUTLINE_QUOTE_MAX]);

#endif
