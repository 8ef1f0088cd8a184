// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>
#include "outline.h"

#define CHUNK_SIZE ((size_t)64 * 1024)

static const struct mark whole_file = {};

/* Memory that goes all at once, so that nothing in it ever moves. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	max_align_t data[];
};

/* A list or mapping that is open. */
struct level {
	struct place *place, *last; /* the last of what is in it */
	const char *key;            /* in a mapping: whose value is next; NULL: a key is next */
	struct mark key_at;
};

/* Where the walk over libyaml's events stands. */
struct walk {
	unsigned int documents, depth;
	struct level levels[OUTLINE_DEPTH_MAX];
};

void outline_done(struct outline *f)
{
	while (f->chunks) {
		struct chunk *next = f->chunks->next;

		free(f->chunks);
		f->chunks = next;
	}
	free(f->text);
	free(f->error);
}

/* Messages. */

/* C1 controls: U+0080 to 9f. */
void outline_make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			c[0] = c[1] = '?';
	}
}

/* The message stays one line, whatever the path or the file holds. */
static _printf_(3, 0) char *make_message(const struct outline *f, struct mark at, const char *fmt,
					 va_list ap)
{
	_cleanup_free_ char *what = NULL;
	char *message;
	int n;

	if (vasprintf(&what, fmt, ap) < 0) {
		what = NULL;
		return NULL;
	}
	if (at.line)
		n = asprintf(&message, "%s:%u:%u: %s", f->path, at.line, at.column, what);
	else
		n = asprintf(&message, "%s: %s", f->path, what);
	if (n < 0)
		return NULL;
	outline_make_printable(message);
	return message;
}

char *outline_message(const struct outline *f, struct mark at, const char *fmt, ...)
{
	va_list ap;
	char *message;

	va_start(ap, fmt);
	message = make_message(f, at, fmt, ap);
	va_end(ap);
	return message;
}

int outline_refuse(struct outline *f, int r, struct mark at, const char *fmt, ...)
{
	va_list ap;
	char *error;

	va_start(ap, fmt);
	error = make_message(f, at, fmt, ap);
	va_end(ap);
	if (!error)
		return -ENOMEM;
	free(f->error);
	f->error = error;
	return r;
}

const char *outline_quote(const char *text, char buf[static OUTLINE_QUOTE_MAX])
{
	size_t n = strnlen(text, OUTLINE_SHOWN_MAX + 1);
	bool cut = n > OUTLINE_SHOWN_MAX;

	if (cut)
		for (n = OUTLINE_SHOWN_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	snprintf(buf, OUTLINE_QUOTE_MAX, "\"%.*s%s\"", (int)n, text, cut ? "..." : "");
	return buf;
}

/* Reading: a regular file of text, of bounded size. */

static int check_kind(struct outline *f, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return 0;
	if (S_ISDIR(st->st_mode))
		return outline_refuse(f, -EISDIR, whole_file, "is a directory; name a file in it");
	return outline_refuse(f, -EINVAL, whole_file, "is a %s; name a regular file",
			      S_ISFIFO(st->st_mode)   ? "FIFO"
			      : S_ISSOCK(st->st_mode) ? "socket"
						      : "device");
}

int outline_check_owner(struct outline *f, const struct stat *st)
{
	if (!f->root_only || geteuid() != 0)
		return 0;
	if (st->st_uid != 0)
		return outline_refuse(f, -EPERM, whole_file,
				      "belongs to uid %u, who could change it at will; "
				      "chown root %s",
				      st->st_uid, f->path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return outline_refuse(f, -EPERM, whole_file,
				      "can be written by others than root; chmod go-w %s", f->path);
	return 0;
}

/* The kind is looked at before the open proper: opening some devices does something. */
static int open_regular(struct outline *f, int *ret_fd)
{
	_cleanup_close_ int path_fd = open(f->path, O_PATH | O_CLOEXEC), fd = -1;
	char link[32];
	struct stat st;
	int r;

	if (path_fd < 0 || fstat(path_fd, &st) < 0)
		return outline_refuse(f, -errno, whole_file,
				      "cannot be opened: %m; create it or name another file");
	r = check_kind(f, &st);
	if (!r)
		r = outline_check_owner(f, &st);
	if (r)
		return r;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return outline_refuse(f, -errno, whole_file,
				      "cannot be opened: %m; make it readable");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* As libyaml counts: a byte order mark is not there. */
static struct mark mark_of(const struct outline *f, size_t offset)
{
	struct mark at = {1, 1};

	for (size_t i = strncmp(f->text, "\xef\xbb\xbf", 3) ? 0 : 3; i < offset && i < f->size;
	     i++) {
		if (f->text[i] == '\n')
			at = (struct mark){at.line + 1, 1};
		else if (((unsigned char)f->text[i] & 0xc0) != 0x80)
			at.column++;
	}
	return at;
}

/*
 * NUL bytes end C strings, and libyaml's time for tag directives is the square of their
 * number (1 MiB of them: ten seconds), so neither gets as far as a parser.
 */
static int check_text(struct outline *f)
{
	const char *nul = memchr(f->text, '\0', f->size);
	const char *tag = strstr(f->text, "%TAG");

	if (nul)
		return outline_refuse(f, -EINVAL, mark_of(f, nul - f->text),
				      "a NUL byte; the file must be UTF-8 text");
	if (tag)
		return outline_refuse(f, -EINVAL, mark_of(f, tag - f->text),
				      "a YAML directive (%%TAG); remove it");
	return 0;
}

static int refuse_size(struct outline *f)
{
	return outline_refuse(f, -EFBIG, whole_file, "is larger%s than %zu MiB; shorten %s",
			      f->before ? ", with the files before it," : "", f->max >> 20,
			      f->before ? "them" : "it");
}

/* Up to one byte more than may be in it. */
static int make_room(struct outline *f, size_t max, size_t *room)
{
	size_t more = *room ? *room * 2 : CHUNK_SIZE;
	char *text;

	if (more > max + 1)
		more = max + 1;
	text = realloc(f->text, more + 1);
	if (!text)
		return -ENOMEM;
	f->text = text;
	*room = more;
	return 0;
}

static int read_text(struct outline *f)
{
	_cleanup_close_ int fd = -1;
	size_t max = f->before < f->max ? f->max - f->before : 0, room = 0;
	ssize_t n = 1;
	int r = open_regular(f, &fd);

	while (!r && n != 0 && f->size <= max) {
		if (f->size == room)
			r = make_room(f, max, &room);
		if (r)
			return r;
		n = read(fd, f->text + f->size, room - f->size);
		if (n > 0)
			f->size += n;
		else if (n < 0 && errno != EINTR)
			r = outline_refuse(f, -errno, whole_file, "cannot be read: %m");
	}
	if (r)
		return r;
	if (f->size > max)
		return refuse_size(f);
	f->text[f->size] = '\0';
	return check_text(f);
}

/* Keeping: places and texts in chunks. */

static void *allocate(struct outline *f, size_t size)
{
	struct chunk *c = f->chunks;
	void *p;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = malloc(sizeof(*c) + room);
		if (!c)
			return NULL;
		c->next = f->chunks;
		c->used = 0;
		c->size = room;
		f->chunks = c;
	}
	p = (char *)c->data + c->used;
	c->used += size;
	return p;
}

static const char *keep(struct outline *f, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = allocate(f, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

/* Adds a value to the list or mapping that is open, and takes its key. */
static int add_place(struct outline *f, struct walk *w, const char *text, struct mark at,
		     struct place **ret)
{
	struct level *in = &w->levels[w->depth - 1];
	struct place *p;

	if (f->n_places == OUTLINE_PLACES_MAX)
		return outline_refuse(f, -EFBIG, at,
				      "more than %u keys and values; divide it among files",
				      OUTLINE_PLACES_MAX);
	p = allocate(f, sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct place){
		.parent = in->place,
		.key = in->key,
		.text = text,
		.at = in->key ? in->key_at : at,
		.value = at,
	};
	if (in->last)
		in->last->next = p;
	else
		in->place->first = p;
	in->last = p;
	in->key = NULL;
	f->n_places++;
	*ret = p;
	return 0;
}

/* Walking: libyaml's events. */

/* What is next is a key. */
static bool at_key(const struct walk *w)
{
	const struct level *in = w->depth ? &w->levels[w->depth - 1] : NULL;

	return in && !in->place->list && !in->key;
}

static int walk_scalar(struct outline *f, struct walk *w, const yaml_event_t *e, struct mark at)
{
	const char *text = (const char *)e->data.scalar.value;
	struct place *p;

	if (strlen(text) != e->data.scalar.length)
		return outline_refuse(f, -EINVAL, at, "a NUL character (\\0); remove it");
	if (w->depth == 0) /* "---" alone is an empty document */
		return *text ? outline_refuse(f, -EINVAL, at, "no keys; write them as \"%s\"",
					      f->example)
			     : 0;
	text = keep(f, text);
	if (!text)
		return -ENOMEM;
	if (at_key(w)) {
		w->levels[w->depth - 1].key = text;
		w->levels[w->depth - 1].key_at = at;
		return 0;
	}
	return add_place(f, w, text, at, &p);
}

static int walk_open(struct outline *f, struct walk *w, bool list, struct mark at)
{
	struct place *p = &f->root;
	int r = 0;

	if (w->depth == 0 && list)
		return outline_refuse(f, -EINVAL, at, "a list; write keys, as \"%s\"", f->example);
	if (at_key(w))
		return outline_refuse(f, -EINVAL, at, "a list or mapping as a key; write a word");
	if (w->depth == OUTLINE_DEPTH_MAX)
		return outline_refuse(f, -EINVAL, at, "nested too deeply; no key needs that");
	if (w->depth)
		r = add_place(f, w, NULL, at, &p);
	else
		p->at = p->value = at;
	if (r)
		return r;
	p->list = list;
	w->levels[w->depth++] = (struct level){.place = p};
	return 0;
}

static int walk_event(struct outline *f, struct walk *w, const yaml_event_t *e)
{
	struct mark at = {e->start_mark.line + 1, e->start_mark.column + 1};

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++w->documents > 1)
			return outline_refuse(f, -EINVAL, at,
					      "a second document; only one is read");
		return 0;
	case YAML_ALIAS_EVENT:
		return outline_refuse(f, -EINVAL, at, "an alias (*name); write the value out");
	case YAML_SCALAR_EVENT:
		return walk_scalar(f, w, e, at);
	case YAML_SEQUENCE_START_EVENT:
		return walk_open(f, w, true, at);
	case YAML_MAPPING_START_EVENT:
		return walk_open(f, w, false, at);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		w->depth--;
		return 0;
	default:
		return 0;
	}
}

static int refuse_syntax(struct outline *f, const yaml_parser_t *parser)
{
	struct mark at = {parser->problem_mark.line + 1, parser->problem_mark.column + 1};

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		return outline_refuse(f, -EINVAL, mark_of(f, parser->problem_offset),
				      "%s; the file must be UTF-8 text", parser->problem);
	if (parser->context && parser->context_mark.line < parser->problem_mark.line)
		return outline_refuse(
			f, -EINVAL, at,
			"not YAML: %s from line %zu on: %s; check indentation, quotes and brackets",
			parser->context, parser->context_mark.line + 1, parser->problem);
	return outline_refuse(f, -EINVAL, at,
			      "not YAML: %s; check indentation, quotes and brackets",
			      parser->problem);
}

static int walk_events(struct outline *f)
{
	_cleanup_(yaml_parser_delete) yaml_parser_t parser;
	struct walk walk = {};
	bool end = false;
	int r = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)f->text, f->size);
	while (!r && !end) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event))
			return refuse_syntax(f, &parser);
		r = walk_event(f, &walk, &event);
		end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return r;
}

int outline_read(struct outline *f)
{
	int r;

	if (!f->max)
		f->max = OUTLINE_SIZE_MAX;
	r = read_text(f);
	return r ? r : walk_events(f);
}

const struct place *outline_find(const struct place *mapping, const char *key)
{
	const struct place *p = mapping->first;

	while (p && (!p->key || strcmp(p->key, key) != 0))
		p = p->next;
	return p;
}

const char *outline_key(const struct place *p)
{
	while (p && !p->key)
		p = p->parent;
	return p ? p->key : "";
}
