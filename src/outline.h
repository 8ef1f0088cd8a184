/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A YAML file before any schema: its text, and a tree of what stands where.  What no schema
 * can see is refused here: syntax, aliases, directives, a second document, NUL, depth, size,
 * files that are no files, and, if asked to, files that others than root may write.
 */
#ifndef OWNERD_OUTLINE_H
#define OWNERD_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include "util.h"

#define OUTLINE_SHOWN_MAX  64 /* bytes of a key or value in a message */
#define OUTLINE_QUOTE_MAX  (OUTLINE_SHOWN_MAX + sizeof("\"...\""))
#define OUTLINE_DEPTH_MAX  8 /* lists and mappings in one another */
#define OUTLINE_SIZE_MAX   (4 * 1024 * 1024)
#define OUTLINE_PLACES_MAX (512 * 1024)

/* From 1; columns in characters.  Line 0: the file as a whole. */
struct mark {
	unsigned int line, column;
};

/* A value: of a key in a mapping, or an entry of a list; or the document's, at the root. */
struct place {
	const struct place *parent; /* NULL: the root */
	const struct place *first;  /* what a mapping or list holds, as it is written */
	const struct place *next;   /* behind this one in the same mapping or list */
	const char *key;            /* NULL: not in a mapping */
	const char *text;           /* NULL: a mapping or list */
	bool list;
	struct mark at, value; /* where the key is, and its value; the same without a key */
};

/* One file while it is being read: zero but for what the caller gives. */
struct outline {
	const char *path;    /* must outlive it */
	size_t max;          /* bytes, a number of MiB; 0: OUTLINE_SIZE_MAX */
	size_t before;       /* bytes of other files that count too */
	const char *example; /* of a key and its value, for messages: "mode: observe" */
	bool root_only;      /* for root only what root alone may write */

	char *text;
	size_t size;
	struct place root; /* an empty document has nothing in it */
	size_t n_places;
	char *error;          /* the one line for the user */
	struct chunk *chunks; /* places and their texts */
};

/* Reads f->path; on failure f->error says why, or is NULL without memory for it. */
int outline_read(struct outline *f);
void outline_done(struct outline *f);

/* For root, if root_only: that root alone may write it, be it a file or a directory. */
struct stat;
int outline_check_owner(struct outline *f, const struct stat *st);

/* The first place in a mapping with that key; NULL: none. */
const struct place *outline_find(const struct place *mapping, const char *key);

/* The key that a place belongs to: its own, or that of the list it is in; "" at the root. */
const char *outline_key(const struct place *p);

/* Keeps "PATH:LINE:COLUMN: ...", one line, as f->error.  Returns r. */
int outline_refuse(struct outline *f, int r, struct mark at, const char *fmt, ...) _printf_(4, 5);

/* The same line for other uses, malloc'ed; NULL: out of memory. */
char *outline_message(const struct outline *f, struct mark at, const char *fmt, ...) _printf_(3, 4);

/* Text in quotes; a long one is cut, between characters. */
const char *outline_quote(const char *text, char buf[static OUTLINE_QUOTE_MAX]);

/* Puts "?" for each control character. */
void outline_make_printable(char *text);

#endif
