// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "names.h"
#include "util.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void names_unescape(char *text)
{
	char *to = text;

	while (*text) {
		int high = text[0] == '\\' && text[1] == 'x' ? hex_digit(text[2]) : -1;
		int low = high < 0 ? -1 : hex_digit(text[3]);

		if (low >= 0 && (high || low)) {
			*to++ = high << 4 | low;
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *names_escape(char c, bool first, char buf[static NAMES_ESCAPED_MAX])
{
	if (is_alphanumeric(c) || c == ':' || c == '_' || (c == '.' && !first))
		snprintf(buf, NAMES_ESCAPED_MAX, "%c", c);
	else if (c == '/')
		strcpy(buf, "-");
	else
		snprintf(buf, NAMES_ESCAPED_MAX, "\\x%02x", (unsigned char)c);
	return buf;
}

/* cg_needs_escape() of systemd: files of a cgroup begin with these. */
static const char *const controllers[] = {
	"cpu.",
	"cpuacct.",
	"cpuset.",
	"io.",
	"blkio.",
	"memory.",
	"devices.",
	"pids.",
	"bpf-firewall.",
	"bpf-devices.",
	"bpf-foreign.",
	"bpf-socket-bind.",
	"bpf-restrict-network-interfaces.",
};

/* Whether a name that fits the glob's first n bytes, all of them literal, may begin so. */
static bool may_begin(const char *glob, size_t n, const char *with)
{
	size_t m = strlen(with);

	return !strncmp(glob, with, n < m ? n : m) && (n >= m || glob[n]);
}

enum names_prefix names_cgroup_prefix(const char *unit)
{
	size_t n = strcspn(unit, "*?");

	if (*unit == '_' || *unit == '.' || !strncmp(unit, "cgroup.", strlen("cgroup.")))
		return NAMES_PREFIX_ALWAYS;
	if (unit[n] && (n == 0 || may_begin(unit, n, "cgroup.")))
		return NAMES_PREFIX_SOMETIMES;
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (may_begin(unit, n, controllers[i]))
			return NAMES_PREFIX_SOMETIMES;
	return NAMES_PREFIX_NEVER;
}

/* How many bytes the character has that begins here; 0: none is well-formed (RFC 3629). */
static size_t take_character(const unsigned char *text, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = *text < 0x80             ? 1
		   : (*text & 0xe0) == 0xc0 ? 2
		   : (*text & 0xf0) == 0xe0 ? 3
		   : (*text & 0xf8) == 0xf0 ? 4
					    : 0;
	uint32_t c = n == 1 ? *text : *text & (0x7f >> n);

	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (n == 0 || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

bool names_is_printable(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		uint32_t c = 0;
		size_t n = take_character(p, &c);

		/* U+2028 and 2029 end lines */
		if (n == 0 || c < ' ' || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029)
			return false;
		p += n;
	}
	return true;
}
