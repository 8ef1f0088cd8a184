// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <string.h>
#include "cmdline.h"
#include "util.h"

static const char key[] = "ownerd.mode=";

const char *cmdline_word(enum cmdline_mode mode)
{
	switch (mode) {
	case CMDLINE_OFF:
		return "ownerd.mode=off";
	case CMDLINE_OBSERVE:
		return "ownerd.mode=observe";
	default:
		return "ownerd.mode=";
	}
}

/* "ownerd.mode=off" with its quotes, if it has any, taken off. */
static enum cmdline_mode parse_word(const char *word)
{
	const size_t len = sizeof(key) - 1;
	char value[16];
	size_t n = 0;

	word += *word == '"';
	if (strncmp(word, key, len) != 0)
		return CMDLINE_NONE;
	for (word += len; *word && n < sizeof(value) - 1; word++)
		if (*word != '"')
			value[n++] = *word;
	value[n] = '\0';
	if (strcmp(value, "off") == 0)
		return CMDLINE_OFF;
	return strcmp(value, "observe") == 0 ? CMDLINE_OBSERVE : CMDLINE_UNKNOWN;
}

enum cmdline_mode cmdline_mode(const char *root)
{
	enum cmdline_mode mode = CMDLINE_NONE;
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	char path[PATH_MAX], *rest, *word;
	size_t size = 0;

	if (snprintf(path, sizeof(path), "%s/proc/cmdline", root) >= (int)sizeof(path))
		return CMDLINE_NONE;
	file = fopen(path, "re");
	if (!file || getdelim(&line, &size, '\0', file) < 0)
		return CMDLINE_NONE;
	rest = line;
	while ((word = strsep(&rest, " \t\n"))) {
		enum cmdline_mode one = parse_word(word);

		if (one > mode)
			mode = one;
	}
	return mode;
}
