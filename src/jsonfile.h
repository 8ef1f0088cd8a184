/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON that others have written, from a file or a pipe: bounded in size and depth, and nothing in
 * it is believed to be of a type.
 */
#ifndef OWNERD_JSONFILE_H
#define OWNERD_JSONFILE_H

#include <json-c/json.h>
#include <stddef.h>

/* To the end; -EFBIG: more than `max` bytes, -EBADMSG: no JSON, or something behind it. */
int jsonfile_read(int fd, size_t max, struct json_object **ret);

/* NULL: not there, of another type, or with a NUL in it. */
const char *jsonfile_string(struct json_object *o, const char *key);
struct json_object *jsonfile_object(struct json_object *o, const char *key);
struct json_object *jsonfile_array(struct json_object *o, const char *key);

/* The number of elements; 0 of what is no array. */
size_t jsonfile_length(struct json_object *array);

#endif
