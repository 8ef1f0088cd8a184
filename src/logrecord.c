// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "chain.h"
#include "logrecord.h"
#include "output.h"

/* What is known of an object: where each of its members goes, an object's own at that place. */
struct member {
	const char *key;
	size_t length, offset;
	const struct member *inner;
};

/* clang-format off */
#define MEMBER(of, key, name, inner) {key, sizeof(key) - 1, offsetof(struct of, name), inner}
#define TASK(name)           MEMBER(logtask, #name, name, NULL),
#define DEVICE(name)         MEMBER(logdevice, #name, name, NULL)
#define TEXT(name)           MEMBER(logrecord, #name, name, NULL)
#define OBJECT(name, inner)  MEMBER(logrecord, #name, name, inner)
#define END                  {NULL, 0, 0, NULL}
/* clang-format on */

/* In the order in which they are written, in which they are found at once. */
static const struct member of_task[] = {LOGTASK_MEMBERS(TASK) END};
static const struct member of_device[] = {DEVICE(bus), DEVICE(name), END};
static const struct member of_record[] = {
	TEXT(seq),
	TEXT(time),
	TEXT(group),
	TEXT(act),
	TEXT(verdict),
	TEXT(by),
	TEXT(reason),
	MEMBER(logrecord, "errno", errno_name, NULL),
	TEXT(owner),
	TEXT(rule),
	TEXT(groups),
	OBJECT(device, of_device),
	OBJECT(task, of_task),
	OBJECT(holder, of_task),
	TEXT(message),
	END,
};

/* What follows the string whose first character is at `s`; NULL: it does not end. */
static const char *after_string(const char *s, const char *end)
{
	for (const char *quote = s; (quote = memchr(quote, '"', end - quote)); quote++) {
		const char *before = quote;

		while (before > s && before[-1] == '\\')
			before--;
		if ((quote - before) % 2 == 0)
			return quote + 1;
	}
	return NULL;
}

static const char *after_nested(const char *s, const char *end)
{
	int depth = 0;

	while (s && s < end) {
		const char c = *s++;

		if (c == '"')
			s = after_string(s, end);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return s;
	}
	return NULL;
}

static const char *after_value(const char *s, const char *end)
{
	if (s < end && *s == '"')
		return after_string(s + 1, end);
	if (s < end && (*s == '{' || *s == '['))
		return after_nested(s, end);
	while (s < end && *s != ',' && *s != '}')
		s++;
	return s < end ? s : NULL;
}

/* From `next` on, and then from the first one: members come in their order, most of the time. */
static const struct member *find(const struct member *members, const struct member *next,
				 const char *key, size_t size)
{
	const struct member *m = next;

	do {
		if (!m->key)
			m = members;
		else if (m->length == size && memcmp(m->key, key, size) == 0)
			return m;
		else
			m++;
	} while (m != next);
	return NULL;
}

static const char *read_members(void *ret, const struct member *members, const char *s,
				const char *end);

/* What follows the value; `m` is where it goes, or NULL. */
static const char *read_value(void *ret, const struct member *m, const char *s, const char *end)
{
	struct logvalue value = {.at = s};

	if (m && m->inner && s < end && *s == '{')
		return read_members((char *)ret + m->offset, m->inner, s, end);
	s = after_value(s, end);
	if (!s || !m || m->inner)
		return s;
	value.size = s - value.at;
	memcpy((char *)ret + m->offset, &value, sizeof(value));
	return s;
}

/* What follows the object at `s`; NULL: it is none. */
static const char *read_members(void *ret, const struct member *members, const char *s,
				const char *end)
{
	const struct member *next = members;

	for (s++; s < end && *s == '"'; s += *s == ',') {
		const char *key = s + 1;
		const struct member *m;

		s = after_string(key, end);
		if (!s || s == end || *s != ':')
			return NULL;
		m = find(members, next, key, s - 1 - key);
		if (m)
			next = m + 1;
		s = read_value(ret, m, s + 1, end);
		if (!s || s == end)
			return NULL;
	}
	return s < end && *s == '}' ? s + 1 : NULL;
}

/* As ownerd would have written it; NULL: it is no JSON object. */
static struct json_object *rewrite(const char *line, size_t size)
{
	struct json_tokener *tokener = output_must(json_tokener_new());
	struct json_object *o;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tokener, line, size);
	json_tokener_free(tokener);
	if (json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	return NULL;
}

int logrecord_read(struct logrecord *ret, const char *line, size_t size)
{
	struct logrecord r = {};

	if (!chain_is_whole(line, size)) {
		r.rewritten = rewrite(line, size);
		if (!r.rewritten)
			return -EBADMSG;
		line = output_must((char *)json_object_to_json_string_length(
			r.rewritten, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
			&size));
	}
	if (read_members(&r, of_record, line, line + size) != line + size) {
		logrecord_done(&r);
		return -EBADMSG;
	}
	*ret = r;
	return 0;
}

void logrecord_done(struct logrecord *r)
{
	json_object_put(r->rewritten);
	*r = (struct logrecord){};
}

static bool is_string(struct logvalue v)
{
	return v.size >= 2 && *v.at == '"';
}

static bool is_number(struct logvalue v)
{
	return v.size && (*v.at == '-' || (*v.at >= '0' && *v.at <= '9'));
}

int64_t logvalue_int(struct logvalue v)
{
	return is_number(v) ? strtoll(v.at, NULL, 10) : 0; /* what follows it ends it */
}

/* Escapes are seldom: they are left to who knows them all. */
static char *unescaped(struct logvalue v)
{
	_cleanup_free_ char *json = output_format("%.*s", (int)v.size, v.at);
	struct json_object *o = json_tokener_parse(json);
	char *text = o ? output_format("%s", json_object_get_string(o)) : NULL;

	json_object_put(o);
	return text;
}

char *logvalue_text(struct logvalue v)
{
	if (is_number(v))
		return output_must(strndup(v.at, v.size));
	if (!is_string(v))
		return NULL;
	if (memchr(v.at, '\\', v.size))
		return unescaped(v);
	return output_must(strndup(v.at + 1, v.size - 2));
}

bool logvalue_plain(struct logvalue v, const char **ret, size_t *ret_size)
{
	if (is_string(v))
		v = (struct logvalue){v.at + 1, v.size - 2};
	else if (!is_number(v))
		return false;
	if (!v.size || !output_is_plain(v.at, v.size) || memchr(v.at, '\\', v.size))
		return false;
	*ret = v.at;
	*ret_size = v.size;
	return true;
}

bool logvalue_is(struct logvalue v, const char *text)
{
	_cleanup_free_ char *own = NULL;
	size_t size = strlen(text);

	if (is_number(v))
		return v.size == size && memcmp(v.at, text, size) == 0;
	if (!is_string(v))
		return false;
	if (!memchr(v.at, '\\', v.size))
		return v.size == size + 2 && memcmp(v.at + 1, text, size) == 0;
	own = unescaped(v);
	return own && strcmp(own, text) == 0;
}
