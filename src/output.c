// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <wctype.h>
#include "log.h"
#include "output.h"

#define SEC_PER_HOUR 3600
#define SEC_PER_DAY  86400

#define EXIT_NO_MEMORY 3 /* enum cli_exit: no answer */

void *output_must(void *p)
{
	if (!p) {
		log_error("out of memory");
		exit(EXIT_NO_MEMORY);
	}
	return p;
}

static char *format_list(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	return output_must(text);
}

char *output_format(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = format_list(fmt, ap);
	va_end(ap);
	return text;
}

/* How many bytes the UTF-8 character at `s` has, and which it is; 0: it is none. */
static size_t utf8_decode(const char *s, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *b = (const unsigned char *)s;
	size_t n = b[0] < 0x80       ? 1
		   : b[0] >> 5 == 6  ? 2
		   : b[0] >> 4 == 14 ? 3
		   : b[0] >> 3 == 30 ? 4
				     : 0;
	uint32_t c;

	if (!n)
		return 0;
	c = n == 1 ? b[0] : b[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if (b[i] >> 6 != 2)
			return 0;
		c = c << 6 | (b[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

/*
 * What a terminal obeys instead of showing: C0, DEL and C1, of which U+009B begins
 * an escape sequence; and what makes shown text lie: characters without width, line
 * separators, changes of direction, tags.
 */
static bool unsafe(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
		{0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
		{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static bool printable(uint32_t c)
{
	if (unsafe(c))
		return false;
	return c < 0x80 || (MB_CUR_MAX > 1 && iswprint(c));
}

/* How many bytes from here on are ASCII that is shown, which most text is, and none of `but`. */
static size_t plain_length(const char *s, const char *but)
{
	const char *end = s;

	while (*end >= 0x20 && *end < 0x7f && !(*but && strchr(but, *end)))
		end++;
	return end - s;
}

static char *escape(const char *text, const char *also)
{
	_cleanup_free_ char *copy = output_must(malloc(4 * strlen(text) + 1));
	char *out = copy;

	while (*text) {
		uint32_t c;
		size_t n = plain_length(text, also);

		out = mempcpy(out, text, n);
		text += n;
		if (!*text)
			break;
		n = utf8_decode(text, &c);
		if (n && printable(c) && !(n == 1 && strchr(also, *text))) {
			out = mempcpy(out, text, n);
			text += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			out += sprintf(out, "\\x%02x", (unsigned char)*text++);
	}
	*out = '\0';
	return TAKE_PTR(copy);
}

char *output_escape(const char *text)
{
	return escape(text, "");
}

char *output_escape_raw(const char *text, const char *also)
{
	_cleanup_free_ char *all = output_format("\\%s", also);

	return escape(text, all);
}

char *output_shell_word(const char *word)
{
	_cleanup_free_ char *quoted = NULL;
	char *out;

	if (*word && word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789_@%+=:,./-")] == '\0')
		return output_format("%s", word);
	quoted = output_must(malloc(4 * strlen(word) + 3));
	out = stpcpy(quoted, "'");
	for (; *word; word++)
		if (*word == '\'')
			out = stpcpy(out, "'\\''");
		else
			*out++ = *word;
	strcpy(out, "'");
	return TAKE_PTR(quoted);
}

bool output_color(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !(no_color && *no_color) && isatty(STDOUT_FILENO) && term && !text_is(term, "dumb");
}

void output_text(enum output_style style, const char *fmt, ...)
{
	static const char *const codes[] = {
		[STYLE_BOLD] = "\033[1m",  [STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[1;31m",
		[STYLE_WARN] = "\033[33m", [STYLE_DIM] = "\033[2m",
	};
	_cleanup_free_ char *text = NULL, *safe = NULL;
	bool color = style != STYLE_NONE && output_color();
	va_list ap;

	va_start(ap, fmt);
	text = format_list(fmt, ap);
	va_end(ap);
	safe = output_escape(text);
	printf("%s%s%s", color ? codes[style] : "", safe, color ? "\033[0m" : "");
}

void output_line(const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL, *safe = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = format_list(fmt, ap);
	va_end(ap);
	safe = output_escape(text);
	puts(safe);
}

void output_raw(const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *safe = output_escape_raw(fields[i] ? fields[i] : "", "");

		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is freed by its attribute */
		printf("%s%s", i ? "\t" : "", *safe ? safe : "-");
	}
	putchar('\n');
}

/* JSON's own escapes end at U+001F; unsafe characters stand only inside strings. */
char *output_json_escape(const char *json)
{
	_cleanup_free_ char *copy = output_must(malloc(6 * strlen(json) + 1));
	char *out = copy;

	while (*json) {
		size_t n = plain_length(json, "");
		uint32_t c = 0xfffd;

		out = mempcpy(out, json, n);
		json += n;
		if (!*json)
			break;
		n = utf8_decode(json, &c);
		if (n && (*json == '\n' || !unsafe(c)))
			out = mempcpy(out, json, n);
		else if (c > 0xffff)
			out += sprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10),
				       0xdc00 + (c & 0x3ff));
		else
			out += sprintf(out, "\\u%04x", c);
		json += n ? n : 1;
	}
	*out = '\0';
	return TAKE_PTR(copy);
}

static void add_iso(struct json_object *object)
{
	static const char *const keys[] = {"since", "time"};

	for (size_t i = 0; i < array_length(object); i++)
		add_iso(array_get(object, i));
	if (!json_object_is_type(object, json_type_object))
		return;
	json_object_object_foreach(object, key, value)
	{
		(void)key;
		add_iso(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_free_ char *iso = NULL, *name = NULL;

		if (!field_int(object, keys[i]))
			continue;
		iso = output_iso(field_int(object, keys[i]));
		name = output_format("%s_iso", keys[i]);
		field_add(object, name, "%s", iso);
	}
}

static char *json_text(struct json_object *object, int flags)
{
	add_iso(object);
	flags |= JSON_C_TO_STRING_NOSLASHESCAPE;
	return output_json_escape(
		output_must((char *)json_object_to_json_string_ext(object, flags)));
}

static void print_json(struct json_object *object, int flags)
{
	_cleanup_free_ char *text = json_text(object, flags);

	puts(text);
}

#define PRETTY (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED)

void output_json(struct json_object *object)
{
	print_json(object, PRETTY);
}

void output_json_begin(const char *key)
{
	printf("{\n  \"%s\": [", key);
}

/* Text has no line breaks within strings: they are escaped. */
void output_json_item(struct json_object *item, bool first)
{
	_cleanup_free_ char *text = json_text(item, PRETTY);
	char *line = text, *end;

	fputs(first ? "" : ",", stdout);
	while (line) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		printf("\n    %s", line);
		line = end;
	}
}

void output_json_end(void)
{
	puts("\n  ]\n}");
}

void output_json_line(struct json_object *object)
{
	print_json(object, JSON_C_TO_STRING_PLAIN);
}

/* In blocks, of which the compiler makes few instructions. */
bool output_is_plain(const char *s, size_t size)
{
	enum { BLOCK = 64 };
	unsigned char other = 0;
	size_t at = 0;

	for (; at + BLOCK <= size; at += BLOCK)
		for (size_t i = 0; i < BLOCK; i++)
			other |= (unsigned char)(s[at + i] - 0x20) > 0x7e - 0x20;
	for (; at < size; at++)
		other |= (unsigned char)(s[at] - 0x20) > 0x7e - 0x20;
	return !other;
}

void output_json_text(const char *json, size_t size)
{
	_cleanup_free_ char *copy = NULL, *safe = NULL;

	if (output_is_plain(json, size)) {
		fwrite(json, 1, size, stdout);
		putchar('\n');
		return;
	}
	copy = output_must(strndup(json, size));
	safe = output_json_escape(copy);
	puts(safe);
}

int64_t output_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / NSEC_PER_USEC;
}

char *output_ago(int64_t when, int64_t now)
{
	int64_t sec = (now - when) / (int64_t)USEC_PER_SEC;

	if (!when)
		return output_format("-");
	if (sec < -1) /* the clock was set back since then */
		return output_local(when);
	if (sec < 1)
		return output_format("now");
	if (sec < 60)
		return output_format("%ds ago", (int)sec);
	if (sec < SEC_PER_HOUR)
		return output_format("%dmin ago", (int)(sec / 60));
	if (sec < SEC_PER_DAY)
		return output_format("%dh ago", (int)(sec / SEC_PER_HOUR));
	return output_format("%dd ago", (int)(sec / SEC_PER_DAY));
}

char *output_iso(int64_t when)
{
	time_t sec = when / (int64_t)USEC_PER_SEC;
	char text[64];
	struct tm tm;

	if (!when || !gmtime_r(&sec, &tm))
		return output_format("-");
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	return output_format("%s.%06dZ", text, (int)(when % (int64_t)USEC_PER_SEC));
}

char *output_local(int64_t when)
{
	time_t sec = when / (int64_t)USEC_PER_SEC;
	char text[64];
	struct tm tm;

	if (!when || !localtime_r(&sec, &tm))
		return output_format("-");
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	return output_format("%s", text);
}

char *output_task(struct json_object *task)
{
	const char *comm = field_string(task, "comm");

	if (!task || !field_int(task, "pid"))
		return output_format("?");
	return output_format("%s[%" PRId64 "]", comm ? comm : "?", field_int(task, "pid"));
}

char *output_device_name(const char *bus, const char *name)
{
	if (!name)
		return output_format("?");
	if (!bus || !*bus || text_is(bus, "pci"))
		return output_format("%s", name);
	return output_format("%s/%s", bus, name);
}

char *output_device(struct json_object *device)
{
	return output_device_name(field_string(device, "bus"), field_string(device, "name"));
}

static struct json_object *field(struct json_object *object, const char *key, json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value))
		return NULL;
	return json_object_is_type(value, type) ? value : NULL;
}

const char *field_string(struct json_object *object, const char *key)
{
	return json_object_get_string(field(object, key, json_type_string));
}

int64_t field_int(struct json_object *object, const char *key)
{
	return json_object_get_int64(field(object, key, json_type_int));
}

bool field_bool(struct json_object *object, const char *key)
{
	return json_object_get_boolean(field(object, key, json_type_boolean));
}

struct json_object *field_object(struct json_object *object, const char *key)
{
	return field(object, key, json_type_object);
}

struct json_object *field_array(struct json_object *object, const char *key)
{
	return field(object, key, json_type_array);
}

size_t array_length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *array_get(struct json_object *array, size_t i)
{
	return json_object_array_get_idx(array, i);
}

void field_add(struct json_object *object, const char *key, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = format_list(fmt, ap);
	va_end(ap);
	json_object_object_add(object, key, output_must(json_object_new_string(text)));
}

void array_add(struct json_object *array, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = format_list(fmt, ap);
	va_end(ap);
	json_object_array_add(array, output_must(json_object_new_string(text)));
}

char *output_who(struct json_object *task)
{
	const char *unit = field_string(task, "unit"), *vm = field_string(task, "vm");
	const char *container = field_string(task, "container");
	const char *called = field_string(task, "container_name");
	_cleanup_free_ char *name = output_task(task);

	if (vm)
		return output_format("%s of machine %s", name, vm);
	if (called)
		return output_format("%s of container %s", name, called);
	if (container)
		return output_format("%s of container %.12s", name, container);
	return output_format("%s%s%s", name, unit ? " of " : "", unit ? unit : "");
}
