// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include "mounts.h"
#include "util.h"

static bool is_octal(const char *text)
{
	for (int i = 0; i < 3; i++)
		if (text[i] < '0' || text[i] > '7')
			return false;
	return text[0] < '4';
}

void mounts_unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] != '\\' || !is_octal(text + 1)) {
			*to++ = *text++;
			continue;
		}
		*to++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
		text += 4;
	}
	*to = '\0';
}

/* The next field of a line, which it ends with a NUL; NULL: there is none. */
static char *next_field(char **line)
{
	char *field = strsep(line, " ");

	return field && *field ? field : NULL;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool parse_line(struct mount *m, char *line)
{
	char *fields[5], *rest = line, *field, *type, *source;
	int end = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = next_field(&rest);
		if (!fields[i])
			return false;
	}
	do {
		field = next_field(&rest);
	} while (field && strcmp(field, "-") != 0);
	type = field ? next_field(&rest) : NULL;
	source = type ? strsep(&rest, " ") : NULL; /* may be empty */
	if (!source || sscanf(fields[2], "%u:%u%n", &m->major, &m->minor, &end) != 2 ||
	    fields[2][end])
		return false;
	m->line = line;
	m->point = fields[4];
	m->type = type;
	m->source = source;
	m->options = rest ?: "";
	mounts_unescape(fields[4]);
	mounts_unescape(source);
	return m->point[0] == '/';
}

static int add_line(struct mounts *m, size_t *room, const char *text)
{
	_cleanup_free_ char *line = strdup(text);
	struct mount mount = {};

	if (!line)
		return -ENOMEM;
	line[strcspn(line, "\n")] = '\0';
	if (!parse_line(&mount, line))
		return 0;
	if (m->n == *room) {
		size_t more = *room ? 2 * *room : 64;
		struct mount *mounts = reallocarray(m->mounts, more, sizeof(*mounts));

		if (!mounts)
			return -ENOMEM;
		m->mounts = mounts;
		*room = more;
	}
	m->mounts[m->n++] = mount;
	TAKE_PTR(line);
	return 0;
}

int mounts_read(struct mounts *ret, const char *root)
{
	_cleanup_(mounts_done) struct mounts m = {};
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	char path[PATH_MAX];
	size_t size = 0, room = 0;
	int err = 0;

	if (snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (!err && m.n < MOUNTS_MAX && getline(&line, &size, file) > 0)
		err = add_line(&m, &room, line);
	if (err)
		return err;
	*ret = m;
	m = (struct mounts){};
	return 0;
}

void mounts_done(struct mounts *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->mounts[i].line);
	free(m->mounts);
	*m = (struct mounts){};
}

static bool is_below(const char *path, const char *point)
{
	size_t len = strlen(point);

	if (len == 1)
		return true;
	return strncmp(path, point, len) == 0 && (path[len] == '/' || !path[len]);
}

const struct mount *mounts_of(const struct mounts *m, const char *path)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < m->n; i++)
		if (is_below(path, m->mounts[i].point) &&
		    (!best || strlen(m->mounts[i].point) >= strlen(best->point)))
			best = &m->mounts[i];
	return best;
}

/* Overlay escapes a comma in a value by a backslash. */
static size_t value_length(const char *value)
{
	size_t n = 0;

	while (value[n] && value[n] != ',')
		n += value[n] == '\\' && value[n + 1] ? 2 : 1;
	return n;
}

char *mounts_option(const struct mount *m, const char *name)
{
	size_t len = strlen(name);
	const char *option = m->options;

	while (*option) {
		size_t n = value_length(option);

		if (n > len && option[len] == '=' && strncmp(option, name, len) == 0) {
			char *value = strndup(option + len + 1, n - len - 1);

			if (value)
				mounts_unescape(value);
			return value;
		}
		option += n + (option[n] == ',');
	}
	return NULL;
}
