// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "varlink.h"

#define BUFFER_MIN 512

void varlink_buffer_done(struct varlink_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct varlink_buffer){};
}

/* Moves no more bytes than were consumed, so that a long queue does not make each append dear. */
static void compact(struct varlink_buffer *buffer)
{
	size_t length = varlink_buffer_length(buffer);

	if (buffer->start == 0 || buffer->start < length)
		return;
	memcpy(buffer->data, buffer->data + buffer->start, length);
	buffer->scanned -= buffer->scanned < buffer->start ? buffer->scanned : buffer->start;
	buffer->start = 0;
	buffer->end = length;
}

int varlink_buffer_reserve(struct varlink_buffer *buffer, size_t more)
{
	size_t size = buffer->size ?: BUFFER_MIN;
	char *data;

	if (buffer->size - buffer->end >= more)
		return 0;
	compact(buffer);
	while (size - buffer->end < more)
		size *= 2;
	if (size == buffer->size)
		return 0;
	data = realloc(buffer->data, size);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->size = size;
	return 0;
}

void varlink_buffer_consume(struct varlink_buffer *buffer, size_t n)
{
	buffer->start += n;
	if (buffer->start == buffer->end)
		varlink_buffer_done(buffer);
}

int varlink_append_text(struct varlink_buffer *buffer, const char *text, size_t length, size_t max)
{
	size_t waiting = varlink_buffer_length(buffer);
	int r;

	if (waiting >= max || length >= max - waiting)
		return -ENOBUFS;
	r = varlink_buffer_reserve(buffer, length + 1);
	if (r < 0)
		return r;
	memcpy(buffer->data + buffer->end, text, length);
	buffer->data[buffer->end + length] = '\0';
	buffer->end += length + 1;
	return 0;
}

int varlink_append(struct varlink_buffer *buffer, struct json_object *message, size_t max)
{
	const char *text;
	size_t length;

	text = json_object_to_json_string_length(
		message, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (!text)
		return -ENOMEM;
	return varlink_append_text(buffer, text, length, max);
}

/*
 * Where the first message's NUL is, or NULL.  Bytes are looked at once, so that a
 * message sent byte by byte costs no more than one sent whole.
 */
static const char *find_end(struct varlink_buffer *buffer)
{
	const char *found = NULL;

	if (buffer->scanned < buffer->start)
		buffer->scanned = buffer->start;
	if (buffer->scanned < buffer->end)
		found = memchr(buffer->data + buffer->scanned, 0, buffer->end - buffer->scanned);
	buffer->scanned = found ? (size_t)(found - buffer->data) : buffer->end;
	return found;
}

bool varlink_complete(struct varlink_buffer *buffer)
{
	return find_end(buffer) != NULL;
}

static bool only_space(const char *text, size_t length)
{
	return strspn(text, " \t\r\n") == length;
}

/*
 * `text` has `length` bytes before its NUL.  Not JSON_TOKENER_STRICT: in json-c 0.18 it
 * refuses every byte above 0x7f (json-c issue 892).
 */
static int parse(struct json_object **ret, const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(VARLINK_DEPTH_MAX);
	_cleanup_(varlink_put) struct json_object *object = NULL;
	size_t end;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, length + 1);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (!json_object_is_type(object, json_type_object))
		return -EBADMSG;
	if (end < length && !only_space(text + end, length - end))
		return -EBADMSG;
	*ret = TAKE_PTR(object);
	return 1;
}

int varlink_take(struct varlink_buffer *buffer, size_t max, struct json_object **ret)
{
	const char *end = find_end(buffer), *text;
	int r;

	if (varlink_buffer_length(buffer) == 0)
		return 0;
	text = buffer->data + buffer->start;
	if ((end ? (size_t)(end - text) : varlink_buffer_length(buffer)) > max)
		return -EMSGSIZE;
	if (!end)
		return 0;
	r = parse(ret, text, end - text);
	varlink_buffer_consume(buffer, end - text + 1);
	return r;
}

/* A field that is missing or null is NULL. */
static int get_field(struct json_object *message, const char *key, enum json_type type,
		     struct json_object **ret)
{
	struct json_object *value = json_object_object_get(message, key);

	if (value && !json_object_is_type(value, type))
		return -EBADMSG;
	*ret = value;
	return 0;
}

/* A name with a NUL in it ("\u0000") is none: a comparison would see only its start. */
static int get_name(struct json_object *message, const char *key, const char **ret)
{
	struct json_object *value;
	const char *name = NULL;
	int r = get_field(message, key, json_type_string, &value);

	if (r < 0)
		return r;
	if (value) {
		name = json_object_get_string(value);
		if (strlen(name) != (size_t)json_object_get_string_len(value))
			return -EBADMSG;
	}
	*ret = name;
	return 0;
}

static int get_flag(struct json_object *message, const char *key, bool *ret)
{
	struct json_object *value;
	int r = get_field(message, key, json_type_boolean, &value);

	if (r < 0)
		return r;
	*ret = json_object_get_boolean(value);
	return 0;
}

int varlink_parse_call(struct varlink_call *ret, struct json_object *message)
{
	struct varlink_call call = {};
	int r;

	if ((r = get_name(message, "method", &call.method)) < 0 ||
	    (r = get_field(message, "parameters", json_type_object, &call.parameters)) < 0 ||
	    (r = get_flag(message, "more", &call.more)) < 0 ||
	    (r = get_flag(message, "oneway", &call.oneway)) < 0)
		return r;
	if (!call.method)
		return -EBADMSG;
	*ret = call;
	return 0;
}

int varlink_parse_reply(struct varlink_reply *ret, struct json_object *message)
{
	struct varlink_reply reply = {};
	int r;

	if ((r = get_name(message, "error", &reply.error)) < 0 ||
	    (r = get_field(message, "parameters", json_type_object, &reply.parameters)) < 0 ||
	    (r = get_flag(message, "continues", &reply.continues)) < 0)
		return r;
	if (json_object_object_get_ex(message, "method", NULL))
		return -EBADMSG;
	*ret = reply;
	return 0;
}
