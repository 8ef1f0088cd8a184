// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include "log.h"

static int log_level = LOG_INFO;
static const char *log_name = "ownerd";

void log_set_level(int level)
{
	log_level = level;
}

bool log_wants(int level)
{
	return level <= log_level;
}

void log_set_name(const char *name)
{
	log_name = name;
}

/* systemd sets JOURNAL_STREAM to the journal's "DEV:INODE": only that stream reads "<N>". */
bool log_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, inode;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == inode;
}

/* How many bytes at `c` are one control character: C0, DEL, or C1 as UTF-8 has it. */
static size_t control_length(const unsigned char *c)
{
	if (*c < ' ' || *c == 0x7f)
		return 1;
	return c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0 ? 2 : 0;
}

void log_replace_controls(char *line)
{
	for (char *c = line; *c; c++) {
		size_t n = control_length((unsigned char *)c);

		memset(c, '?', n);
		c += n ? n - 1 : 0;
	}
}

void log_message(int level, const char *fmt, ...)
{
	char line[2048];
	size_t used = 0;
	va_list ap;

	if (level > log_level)
		return;
	if (log_is_journal())
		used = snprintf(line, sizeof(line), "<%d>", level);
	else
		used = snprintf(line, sizeof(line), "%.64s: ", log_name);
	va_start(ap, fmt);
	vsnprintf(line + used, sizeof(line) - used - 1, fmt, ap);
	va_end(ap);
	log_replace_controls(line);
	strcat(line, "\n");
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return; /* there is nowhere left to say it */
}
