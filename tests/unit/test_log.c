// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "log.h"

static int out[2];   /* a pipe: what was logged */
static int real_err; /* standard error while it is replaced */

static void begin(void)
{
	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	real_err = dup(STDERR_FILENO);
	assert_true(real_err >= 0);
	dup2(out[1], STDERR_FILENO);
}

/* What was written since begin(), and standard error is back. */
static size_t end(char *buf, size_t size)
{
	ssize_t n;

	dup2(real_err, STDERR_FILENO);
	close(real_err);
	close(out[1]);
	n = read(out[0], buf, size - 1);
	close(out[0]);
	assert_true(n >= 0);
	buf[n] = '\0';
	return n;
}

/* Whatever is in a message, exactly one line comes out, and it begins with our prefix. */
static void test_one_line(void **state)
{
	static const struct {
		const char *message, *line;
	} cases[] = {
		{"plain", "ownerd: plain\n"},
		{"", "ownerd: \n"},
		{"a\nownerd: forged", "ownerd: a?ownerd: forged\n"},
		{"a\r\n<0>forged", "ownerd: a?\?<0>forged\n"},
		{"\033[2J\033]0;title\a", "ownerd: ?[2J?]0;title?\n"},
		{"tab\there\177", "ownerd: tab?here?\n"},
		{"%s%n%d", "ownerd: %s%n%d\n"},
		{"gr\303\266\303\237e", "ownerd: gr\303\266\303\237e\n"},
		{"c1 \302\23331m", "ownerd: c1 ?\?31m\n"},
	};
	char buf[4096];

	unsetenv("JOURNAL_STREAM");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		log_info("%s", cases[i].message);
		end(buf, sizeof(buf));
		assert_string_equal(buf, cases[i].line);
	}
}

/* The journal takes "<N>" at the start of a line as the level: only ours may stand there. */
static void test_journal_prefix(void **state)
{
	char buf[4096], stream[64];
	struct stat st;

	begin();
	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_warning("<0>group %d\n<0>forged", 14);
	setenv("JOURNAL_STREAM", "8:1", 1); /* another stream than standard error */
	log_warning("plain");
	end(buf, sizeof(buf));
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(buf, "<4><0>group 14?<0>forged\nownerd: plain\n");
}

static void test_levels(void **state)
{
	static const struct {
		int limit;
		const char *shown;
	} cases[] = {
		{LOG_ERR, "ownerd: e\n"},
		{LOG_WARNING, "ownerd: e\nownerd: w\n"},
		{LOG_INFO, "ownerd: e\nownerd: w\nownerd: i\n"},
		{LOG_DEBUG, "ownerd: e\nownerd: w\nownerd: i\nownerd: d\n"},
	};
	char buf[4096];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		log_set_level(cases[i].limit);
		begin();
		log_error("e");
		log_warning("w");
		log_info("i");
		log_debug("d");
		end(buf, sizeof(buf));
		assert_string_equal(buf, cases[i].shown);
	}
	log_set_level(LOG_INFO);
}

/* A message that is too long is cut, but stays a line. */
static void test_long(void **state)
{
	char text[8192], buf[16384];
	size_t n;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin();
	log_info("%s", text);
	n = end(buf, sizeof(buf));
	assert_true(n > 1024 && n < sizeof(text));
	assert_ptr_equal(strchr(buf, '\n'), buf + n - 1);
}

static void test_name(void **state)
{
	char buf[4096];

	log_set_name("ownerctl");
	begin();
	log_error("x");
	end(buf, sizeof(buf));
	log_set_name("ownerd");
	assert_string_equal(buf, "ownerctl: x\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_line), cmocka_unit_test(test_journal_prefix),
		cmocka_unit_test(test_levels),   cmocka_unit_test(test_long),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
