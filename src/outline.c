// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>
#include "outline.h"

#define FILE_MAX  (1024 * 1024)
#define DEPTH_MAX 8 /* the schema has 2; enough to let libcyaml name the key */

/* Where the walk over libyaml's events stands. */
struct walk {
	unsigned int documents, depth, entry;
	bool at_key;  /* the next scalar of the top mapping is a key */
	bool in_list; /* the value of the current key is a sequence */
};

void outline_done(struct outline *f)
{
	for (size_t i = 0; i < f->n_places; i++) {
		if (f->places[i].entry == 0)
			free(f->places[i].key);
		free(f->places[i].text);
	}
	free(f->places);
	free(f->text);
	free(f->error);
}

/* The message stays one line, whatever the path or the file holds (C1 controls: U+0080 to 9f). */
static void make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			c[0] = c[1] = '?';
	}
}

int outline_refuse(struct outline *f, int r, unsigned int line, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL, *error = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	if (n < 0) {
		what = NULL;
		return -ENOMEM;
	}
	if (line)
		n = asprintf(&error, "%s:%u: %s", f->path, line, what);
	else
		n = asprintf(&error, "%s: %s", f->path, what);
	if (n < 0) {
		error = NULL;
		return -ENOMEM;
	}
	make_printable(error);
	free(f->error);
	f->error = TAKE_PTR(error);
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
		return outline_refuse(f, -EISDIR, 0, "is a directory; name a file in it");
	return outline_refuse(f, -EINVAL, 0, "is a %s; name a regular file",
			      S_ISFIFO(st->st_mode)   ? "FIFO"
			      : S_ISSOCK(st->st_mode) ? "socket"
						      : "device");
}

/* The kind is looked at before the open proper: opening some devices does something. */
static int open_regular(struct outline *f, int *ret_fd)
{
	_cleanup_close_ int path_fd = open(f->path, O_PATH | O_CLOEXEC), fd = -1;
	char link[32];
	struct stat st;
	int r;

	if (path_fd < 0 || fstat(path_fd, &st) < 0)
		return outline_refuse(f, -errno, 0,
				      "cannot be opened: %m; create it or name another file");
	r = check_kind(f, &st);
	if (r)
		return r;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return outline_refuse(f, -errno, 0, "cannot be opened: %m; make it readable");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static unsigned int line_at(const struct outline *f, size_t offset)
{
	unsigned int line = 1;

	for (size_t i = 0; i < offset && i < f->size; i++)
		line += f->text[i] == '\n';
	return line;
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
		return outline_refuse(f, -EINVAL, line_at(f, nul - f->text),
				      "a NUL byte; the file must be UTF-8 text");
	if (tag)
		return outline_refuse(f, -EINVAL, line_at(f, tag - f->text),
				      "a YAML directive (%%TAG); remove it");
	return 0;
}

static int read_text(struct outline *f)
{
	_cleanup_close_ int fd = -1;
	int r = open_regular(f, &fd);

	if (r)
		return r;
	f->text = malloc(FILE_MAX + 2);
	if (!f->text)
		return -ENOMEM;
	while (f->size <= FILE_MAX) {
		ssize_t n = read(fd, f->text + f->size, FILE_MAX + 1 - f->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return outline_refuse(f, -errno, 0, "cannot be read: %m");
		if (n == 0)
			break;
		f->size += n;
	}
	if (f->size > FILE_MAX)
		return outline_refuse(f, -EFBIG, 0, "is larger than 1 MiB; shorten it");
	f->text[f->size] = '\0';
	return check_text(f);
}

/* Walking: libyaml's events. */

/* Takes key over (entry 0) or borrows it; text is copied. */
static int add_place(struct outline *f, char *key, const char *text, unsigned int entry,
		     unsigned int line)
{
	struct place place = {.key = key, .entry = entry, .line = line};

	if (f->n_places == f->room) {
		size_t room = f->room * 2 + 16;
		struct place *p = reallocarray(f->places, room, sizeof(*p));

		if (!p)
			return -ENOMEM;
		f->places = p;
		f->room = room;
	}
	if (text) {
		place.text = strdup(text);
		if (!place.text)
			return -ENOMEM;
	}
	f->places[f->n_places++] = place;
	return 0;
}

static int add_key(struct outline *f, const char *text, unsigned int line)
{
	_cleanup_free_ char *key = strdup(text);
	int r;

	if (!key)
		return -ENOMEM;
	r = add_place(f, key, NULL, 0, line);
	if (!r)
		TAKE_PTR(key);
	return r;
}

static int walk_scalar(struct outline *f, struct walk *w, const yaml_event_t *e, unsigned int line)
{
	const char *text = (const char *)e->data.scalar.value;
	struct place *last = f->n_places ? &f->places[f->n_places - 1] : NULL;

	if (strlen(text) != e->data.scalar.length)
		return outline_refuse(f, -EINVAL, line, "a NUL character (\\0); remove it");
	if (w->depth == 0) /* "---" alone is an empty document */
		return *text ? outline_refuse(f, -EINVAL, line,
					      "no keys; write them as \"mode: observe\"")
			     : 0;
	if (w->depth == 1 && w->at_key) {
		w->at_key = false;
		return add_key(f, text, line);
	}
	if (w->depth == 1) {
		w->at_key = true;
		last->text = strdup(text);
		return last->text ? 0 : -ENOMEM;
	}
	if (w->depth == 2 && w->in_list)
		return add_place(f, last->key, text, ++w->entry, line);
	return 0;
}

static int walk_open(struct outline *f, struct walk *w, bool list, unsigned int line)
{
	int r = 0;

	if (w->depth == 0 && list)
		return outline_refuse(f, -EINVAL, line, "a list; write keys, as \"mode: observe\"");
	if (w->depth == 1 && w->at_key)
		return outline_refuse(f, -EINVAL, line, "a list or mapping as a key; write a word");
	if (w->depth == DEPTH_MAX)
		return outline_refuse(f, -EINVAL, line, "nested too deeply; no key needs that");
	if (w->depth == 2 && w->in_list)
		r = add_place(f, f->places[f->n_places - 1].key, NULL, ++w->entry, line);
	w->depth++;
	w->at_key = w->depth == 1;
	if (w->depth == 2) {
		w->in_list = list;
		w->entry = 0;
	}
	return r;
}

static int walk_event(struct outline *f, struct walk *w, const yaml_event_t *e)
{
	unsigned int line = e->start_mark.line + 1;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++w->documents > 1)
			return outline_refuse(f, -EINVAL, line,
					      "a second document; only one is read");
		return 0;
	case YAML_ALIAS_EVENT:
		return outline_refuse(f, -EINVAL, line, "an alias (*name); write the value out");
	case YAML_SCALAR_EVENT:
		return walk_scalar(f, w, e, line);
	case YAML_SEQUENCE_START_EVENT:
		return walk_open(f, w, true, line);
	case YAML_MAPPING_START_EVENT:
		return walk_open(f, w, false, line);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		w->at_key = --w->depth == 1;
		return 0;
	default:
		return 0;
	}
}

static int refuse_syntax(struct outline *f, const yaml_parser_t *parser)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		return outline_refuse(f, -EINVAL, line_at(f, parser->problem_offset),
				      "%s; the file must be UTF-8 text", parser->problem);
	if (parser->context && parser->context_mark.line < parser->problem_mark.line)
		return outline_refuse(
			f, -EINVAL, parser->problem_mark.line + 1,
			"not YAML: %s from line %zu on: %s; check indentation, quotes and brackets",
			parser->context, parser->context_mark.line + 1, parser->problem);
	return outline_refuse(f, -EINVAL, parser->problem_mark.line + 1,
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

const struct place *outline_find(const struct outline *f, const char *key, unsigned int entry,
				 unsigned int nth)
{
	for (size_t i = 0; i < f->n_places; i++)
		if (f->places[i].entry == entry && !strcmp(f->places[i].key, key) && nth-- == 0)
			return &f->places[i];
	return NULL;
}

int outline_read(struct outline *f)
{
	int r = read_text(f);

	return r ? r : walk_events(f);
}
