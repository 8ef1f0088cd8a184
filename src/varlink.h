/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Varlink's messages: JSON objects, each ended by a NUL byte.  Framing and parsing and
 * nothing else (no socket, no loop), shared by the server, the client and the fuzzer.
 */
#ifndef OWNERD_VARLINK_H
#define OWNERD_VARLINK_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include "util.h"

/* Objects and arrays within each other; what io.ownerd sends is 6 deep at most. */
#define VARLINK_DEPTH_MAX 16

/*
 * Bytes on their way in or out: data[start..end).  All zero is empty and holds no
 * memory, and so does a buffer that was consumed to its end.
 * Its memory stays below four times the bytes that waited in it at once.
 */
struct varlink_buffer {
	char *data;
	size_t size, start, end;
	size_t scanned; /* no NUL in data[start..scanned) */
};

static inline size_t varlink_buffer_length(const struct varlink_buffer *buffer)
{
	return buffer->end - buffer->start;
}

void varlink_buffer_done(struct varlink_buffer *buffer);

/* Room for `more` bytes at data + end; the caller writes there and moves `end`. */
int varlink_buffer_reserve(struct varlink_buffer *buffer, size_t more);

void varlink_buffer_consume(struct varlink_buffer *buffer, size_t n);

/*
 * Appends `message` (or a text that already is JSON) and its NUL.  -ENOBUFS if more than
 * `max` bytes would wait then; on failure nothing is appended.
 */
int varlink_append(struct varlink_buffer *buffer, struct json_object *message, size_t max);
int varlink_append_text(struct varlink_buffer *buffer, const char *text, size_t length, size_t max);

/* Whether a whole message waits. */
bool varlink_complete(struct varlink_buffer *buffer);

/*
 * Takes the next message out of the buffer: 1 and a new reference to an object, or 0
 * when none is complete.  -EMSGSIZE: longer than `max` bytes, its NUL not counted;
 * -EBADMSG: not a JSON object, not UTF-8 or nested too deeply.
 */
int varlink_take(struct varlink_buffer *buffer, size_t max, struct json_object **ret);

/* Both borrow from the message.  -EBADMSG: it is no call, or no reply. */
struct varlink_call {
	const char *method;
	struct json_object *parameters; /* an object or NULL */
	bool more, oneway;
};

struct varlink_reply {
	const char *error; /* NULL: it went well */
	struct json_object *parameters;
	bool continues;
};

int varlink_parse_call(struct varlink_call *ret, struct json_object *message);
int varlink_parse_reply(struct varlink_reply *ret, struct json_object *message);

/* For _cleanup_. */
static inline void varlink_put(struct json_object **object)
{
	json_object_put(*object);
}

#endif
