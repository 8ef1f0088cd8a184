// SPDX-License-Identifier: GPL-2.0-only
/* Lines of the audit log, by their members: ownerd's, edited ones, and what has a right hash and is
 * no JSON. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "chain.h"
#include "logrecord.h"
#include "util.h"

static int read_body(struct logrecord *r, const char *body, char **ret_line)
{
	const struct chain start = {};
	struct chain next;
	size_t size;

	assert_int_equal(chain_add(&start, body, ret_line, &size, &next), 0);
	return logrecord_read(r, *ret_line, size - 1);
}

static void assert_text(struct logvalue v, const char *expected)
{
	_cleanup_free_ char *text = logvalue_text(v);

	if (!expected)
		assert_null(text);
	else
		assert_string_equal(text, expected);
}

static void test_members(void **state)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_(logrecord_done) struct logrecord r = {};

	assert_int_equal(
		read_body(&r,
			  "{\"time\":12,\"act\":\"bind\",\"group\":7,\"new\":[{\"act\":\"no\"},\"]"
			  "\"],"
			  "\"task\":{\"pid\":5,\"comm\":\"a\\\"}\\\\\",\"x\":{\"pid\":6}},"
			  "\"holder\":3,\"rule\":\"\",\"message\":\"\\u001b\\n\",\"owner\":null}",
			  &line),
		0);
	assert_null(r.rewritten);
	assert_int_equal(logvalue_int(r.seq), 1);
	assert_int_equal(logvalue_int(r.time), 12);
	assert_int_equal(logvalue_int(r.act), 0);
	assert_text(r.act, "bind");
	assert_text(r.group, "7");
	assert_true(logvalue_is(r.group, "7"));
	assert_false(logvalue_is(r.group, "70"));
	assert_text(r.task.pid, "5");
	assert_text(r.task.comm, "a\"}\\");
	assert_true(logvalue_is(r.task.comm, "a\"}\\"));
	assert_text(r.holder.pid, NULL);
	assert_text(r.rule, "");
	assert_text(r.message, "\x1b\n");
	assert_text(r.owner, NULL);
	assert_null(r.verdict.at);
}

static void test_plain(void **state)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_(logrecord_done) struct logrecord r = {};
	const char *text;
	size_t size;

	assert_int_equal(read_body(&r,
				   "{\"act\":\"bind\",\"by\":\"\\u0041\",\"rule\":\"\xc3\xa9\","
				   "\"owner\":\"\"}",
				   &line),
			 0);
	assert_true(logvalue_plain(r.act, &text, &size));
	assert_int_equal(size, 4);
	assert_memory_equal(text, "bind", 4);
	assert_false(logvalue_plain(r.by, &text, &size));
	assert_false(logvalue_plain(r.rule, &text, &size));
	assert_false(logvalue_plain(r.owner, &text, &size));
	assert_false(logvalue_plain(r.verdict, &text, &size));
}

/* What ownerd did not write is parsed, and then as it would have written it. */
static void test_rewritten(void **state)
{
	static const char line[] = "{ \"act\" : \"claim\",\n\"task\": {\"comm\": \"\\u0062\"}, "
				   "\"act\": \"open\" }";
	_cleanup_(logrecord_done) struct logrecord r = {};

	assert_int_equal(logrecord_read(&r, line, sizeof(line) - 1), 0);
	assert_non_null(r.rewritten);
	assert_text(r.act, "open");
	assert_text(r.task.comm, "b");
}

static void test_no_record(void **state)
{
	static const char *const bodies[] = {
		"{\"act\"}", "{\"act\":}x}", "{\"act\":\"a}",  "{\"task\":{\"pid\":1}",
		"{\"x\":[}", "{\"a\":1}}",   "{\"task\":{1}}",
	};
	static const char *const lines[] = {"", "{", "[]", "1", "{\"act\":\"open\"", "{} {}"};
	struct logrecord r = {};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		_cleanup_free_ char *line = NULL;

		assert_int_equal(read_body(&r, bodies[i], &line), -EBADMSG);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(logrecord_read(&r, lines[i], strlen(lines[i])), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_no_record),
	};

	return cmocka_run_group_tests_name("logrecord", tests, NULL, NULL);
}
