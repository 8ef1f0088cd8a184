/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that ownerctl prints goes through here, and so does every name from the
 * host: no control character, escape sequence or text-direction trick in the name of
 * a task, device or driver reaches a terminal, a table or a script as it is.
 *
 * ownerctl lives for one question.  Without memory it can only say so and end, which
 * output_must() does; nothing here returns NULL for that reason.
 */
#ifndef OWNERD_OUTPUT_H
#define OWNERD_OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "util.h"

enum output_format {
	OUTPUT_TEXT, /* for people */
	OUTPUT_JSON, /* the objects of io.ownerd.varlink, with a few keys added */
	OUTPUT_RAW,  /* for scripts: lines of fields separated by one tab */
};

enum output_style { STYLE_NONE, STYLE_BOLD, STYLE_GOOD, STYLE_BAD, STYLE_WARN, STYLE_DIM };

/* Whether `a` is there and says `b`. */
static inline bool text_is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* Ends the process with a message when `p` is NULL, and returns it otherwise. */
void *output_must(void *p);

/* Like asprintf(3); never NULL. */
char *output_format(const char *fmt, ...) _printf_(1, 2);

/*
 * A copy in which every byte that is unsafe to show, or that this locale cannot show,
 * is written \xNN.  output_escape_raw() does the same to the backslash and to each
 * character of `also`, so that the copy can be read back without doubt.
 */
char *output_escape(const char *text);
char *output_escape_raw(const char *text, const char *also);

/* Whether all of it is ASCII that is shown. */
bool output_is_plain(const char *text, size_t size);

/* A word for the shell: as it is, or quoted, for it may be hostile. */
char *output_shell_word(const char *word);

/* Styled only on a terminal, without NO_COLOR; the text is escaped.  No newline. */
void output_text(enum output_style style, const char *fmt, ...) _printf_(2, 3);

/* One whole line: escaped, so that what is printed into it stays on it. */
void output_line(const char *fmt, ...) _printf_(1, 2);

/* One line of fields; NULL and empty ones are "-". */
void output_raw(const char *const *fields, size_t n);

/*
 * Prints an object, pretty or on one line, with *_iso keys added beside times.  What
 * a terminal could take for a command is written \uNNNN.
 */
void output_json(struct json_object *object);

/* The same of an object with one array, whose items are printed as they come. */
void output_json_begin(const char *key);
void output_json_item(struct json_object *item, bool first);
void output_json_end(void);

void output_json_line(struct json_object *object);
char *output_json_escape(const char *json);

/* Prints JSON text on one line as it is, but for what is escaped above too. */
void output_json_text(const char *json, size_t size);

/* Whether escape sequences for colour may be written to standard output. */
bool output_color(void);

/* Times are microseconds since the epoch; 0 is "-".  "3min ago"; UTC; local to the second. */
char *output_ago(int64_t when, int64_t now);
char *output_iso(int64_t when);
char *output_local(int64_t when);
int64_t output_now(void);

/* A process as people write it: "qemu-system-x86[812]"; "?" for NULL. */
char *output_task(struct json_object *task);

/*
 * "qemu[812] of machine web-1", "... of container gpu-job", "... of container 0123456789ab",
 * "... of foo.service"
 */
char *output_who(struct json_object *task);

/* The name that commands take for a device: "0000:3b:00.0", "platform/NAME". */
char *output_device(struct json_object *device);
char *output_device_name(const char *bus, const char *name); /* either may be NULL */

/* Fields of an object; one that is absent, null or of another type reads as NULL, 0 or false. */
const char *field_string(struct json_object *object, const char *key);
int64_t field_int(struct json_object *object, const char *key);
bool field_bool(struct json_object *object, const char *key);
struct json_object *field_object(struct json_object *object, const char *key);
struct json_object *field_array(struct json_object *object, const char *key);

/* Length and elements of an array; NULL has none. */
size_t array_length(struct json_object *array);
struct json_object *array_get(struct json_object *array, size_t i);

/* Adds a string made by `fmt`; the object or array must be of that type. */
void field_add(struct json_object *object, const char *key, const char *fmt, ...) _printf_(3, 4);
void array_add(struct json_object *array, const char *fmt, ...) _printf_(2, 3);

static inline void json_put(struct json_object **object)
{
	json_object_put(*object);
}

#define _cleanup_json_ _cleanup_(json_put)

#endif
