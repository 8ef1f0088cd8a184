// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "jsonfile.h"
#include "util.h"

#define DEPTH_MAX 32

static int read_all(int fd, size_t max, char **ret, size_t *ret_n)
{
	_cleanup_free_ char *text = NULL;
	size_t n = 0, room = 0;
	ssize_t got = 1;

	while (got > 0) {
		if (n == room) {
			char *more = realloc(text, room = 2 * room + 4096);

			if (!more)
				return -ENOMEM;
			text = more;
		}
		got = read(fd, text + n, room - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			return -errno;
		else
			n += got;
		if (n > max)
			return -EFBIG;
	}
	*ret = TAKE_PTR(text);
	*ret_n = n;
	return 0;
}

/* One value, and blanks behind it. */
static struct json_object *parse(const char *text, size_t n)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *o;
	size_t end;

	if (!tokener)
		return NULL;
	o = json_tokener_parse_ex(tokener, text, n);
	end = json_tokener_get_parse_end(tokener);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		end = 0;
	json_tokener_free(tokener);
	while (end && end < n && strchr(" \t\r\n", text[end]))
		end++;
	if (end == n)
		return o;
	json_object_put(o);
	return NULL;
}

int jsonfile_read(int fd, size_t max, struct json_object **ret)
{
	_cleanup_free_ char *text = NULL;
	struct json_object *o;
	size_t n = 0;
	int err = read_all(fd, max < INT_MAX ? max : INT_MAX, &text, &n);

	if (err)
		return err;
	o = parse(text, n);
	if (!o)
		return -EBADMSG;
	*ret = o;
	return 0;
}

static struct json_object *get(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object))
		return NULL;
	json_object_object_get_ex(o, key, &value);
	return json_object_is_type(value, type) ? value : NULL;
}

const char *jsonfile_string(struct json_object *o, const char *key)
{
	struct json_object *value = get(o, key, json_type_string);

	if (!value ||
	    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		return NULL;
	return json_object_get_string(value);
}

struct json_object *jsonfile_object(struct json_object *o, const char *key)
{
	return get(o, key, json_type_object);
}

struct json_object *jsonfile_array(struct json_object *o, const char *key)
{
	return get(o, key, json_type_array);
}

size_t jsonfile_length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}
