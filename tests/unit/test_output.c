// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reaches a terminal: escapes, times, fields.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "output.h"

struct pair {
	const char *in, *out;
};

static void test_escape_utf8(void **state)
{
	static const struct pair pairs[] = {
		{"", ""},
		{"qemu-system-x86", "qemu-system-x86"},
		{"a\\b \t", "a\\b \\x09"},
		{"\033[31mred", "\\x1b[31mred"},
		{"line\nforged", "line\\x0aforged"},
		{"\x7f", "\\x7f"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xc2\x9b"
		 "31m",
		 "\\xc2\\x9b31m"}, /* C1: CSI */
		{"\xe2\x80\xae"
		 "evil",
		 "\\xe2\\x80\\xaeevil"},             /* right to left */
		{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"}, /* no width */
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
		{"\xff\xfe", "\\xff\\xfe"},
		{"\xc0\x80", "\\xc0\\x80"},                   /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
		{"\xe2\x82", "\\xe2\\x82"},                   /* cut short */
		{"\xf0\x9f", "\\xf0\\x9f"},
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_free_ char *out = output_escape(pairs[i].in);

		assert_string_equal(out, pairs[i].out);
	}
}

static void test_escape_c_locale(void **state)
{
	_cleanup_free_ char *out = NULL;

	setlocale(LC_ALL, "C");
	out = output_escape("gr\xc3\xbc\xc3\x9f");
	assert_string_equal(out, "gr\\xc3\\xbc\\xc3\\x9f");
}

static void test_escape_raw(void **state)
{
	_cleanup_free_ char *plain = output_escape_raw("a\\x09\tb,c", "");
	_cleanup_free_ char *list = output_escape_raw("a,b", ",");

	assert_string_equal(plain, "a\\x5cx09\\x09b,c");
	assert_string_equal(list, "a\\x2cb");
}

/* Every byte value, and every two: the copy has nothing that a terminal obeys. */
static void test_escape_any_bytes(void **state)
{
	setlocale(LC_ALL, "C.UTF-8");
	for (unsigned int i = 1; i < 65536; i++) {
		char in[3] = {i & 0xff, i >> 8, 0};
		_cleanup_free_ char *out = output_escape(in);

		for (const char *c = out; *c; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
		assert_null(strstr(out, "\xc2\x9b"));
	}
}

static void test_json_escape(void **state)
{
	static const struct pair pairs[] = {
		{"{\"a\":\"b\"}\n", "{\"a\":\"b\"}\n"},
		{"\"\x7f\"", "\"\\u007f\""},
		{"\"\xc2\x9b\"", "\"\\u009b\""},
		{"\"\xe2\x80\xae\"", "\"\\u202e\""},
		{"\"\xf3\xa0\x80\x81\"", "\"\\udb40\\udc01\""},
		{"\"\xff\"", "\"\\ufffd\""},
		{"\"gr\xc3\xbc\xc3\x9f\"", "\"gr\xc3\xbc\xc3\x9f\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_free_ char *out = output_json_escape(pairs[i].in);
		_cleanup_json_ struct json_object *value = json_tokener_parse(out);

		assert_string_equal(out, pairs[i].out);
		assert_non_null(value);
	}
}

static void test_shell_word(void **state)
{
	static const struct pair pairs[] = {
		{"0000:02:01.0", "0000:02:01.0"},
		{"", "''"},
		{"a b", "'a b'"},
		{"a'b;reboot", "'a'\\''b;reboot'"},
		{"$(id)`id`", "'$(id)`id`'"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_free_ char *out = output_shell_word(pairs[i].in);

		assert_string_equal(out, pairs[i].out);
	}
}

static void test_ago(void **state)
{
	static const struct {
		int64_t sec;
		const char *out;
	} rows[] = {
		{0, "now"},         {1, "1s ago"},       {59, "59s ago"},
		{60, "1min ago"},   {3599, "59min ago"}, {3600, "1h ago"},
		{86399, "23h ago"}, {86400, "1d ago"},   {86400 * 400, "400d ago"},
	};
	const int64_t now = 1700000000000000;
	_cleanup_free_ char *never = output_ago(0, now), *future = NULL;

	assert_string_equal(never, "-");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *out = output_ago(now - rows[i].sec * 1000000, now);

		assert_string_equal(out, rows[i].out);
	}
	future = output_ago(now + 3600 * 1000000LL, now); /* a clock that was set back */
	assert_null(strstr(future, "ago"));
}

static void test_times(void **state)
{
	_cleanup_free_ char *iso = output_iso(1700000000000042), *none = output_iso(0);
	_cleanup_free_ char *local = NULL;

	assert_string_equal(iso, "2023-11-14T22:13:20.000042Z");
	assert_string_equal(none, "-");
	setenv("TZ", "UTC-1", 1);
	tzset();
	local = output_local(1700000000000042);
	assert_string_equal(local, "2023-11-14 23:13:20");
}

static void test_names(void **state)
{
	_cleanup_json_ struct json_object *o = json_tokener_parse(
		"{\"pid\":7,\"comm\":\"vi\",\"bus\":\"platform\",\"name\":\"dma0\"}");
	_cleanup_json_ struct json_object *pci =
		json_tokener_parse("{\"bus\":\"pci\",\"name\":\"0000:02:01.0\"}");
	_cleanup_free_ char *task = output_task(o), *nobody = output_task(NULL);
	_cleanup_free_ char *device = output_device(o), *function = output_device(pci);
	_cleanup_free_ char *none = output_device(NULL);

	assert_string_equal(task, "vi[7]");
	assert_string_equal(nobody, "?");
	assert_string_equal(device, "platform/dma0");
	assert_string_equal(function, "0000:02:01.0");
	assert_string_equal(none, "?");
}

static void test_fields(void **state)
{
	_cleanup_json_ struct json_object *o = json_tokener_parse(
		"{\"s\":\"x\",\"i\":-5,\"b\":true,\"o\":{},\"a\":[1,2],\"n\":null}");

	assert_string_equal(field_string(o, "s"), "x");
	assert_null(field_string(o, "i"));
	assert_null(field_string(o, "n"));
	assert_null(field_string(o, "absent"));
	assert_null(field_string(NULL, "s"));
	assert_int_equal(field_int(o, "i"), -5);
	assert_int_equal(field_int(o, "s"), 0);
	assert_true(field_bool(o, "b"));
	assert_false(field_bool(o, "i"));
	assert_non_null(field_object(o, "o"));
	assert_null(field_object(o, "a"));
	assert_int_equal(array_length(field_array(o, "a")), 2);
	assert_int_equal(array_length(NULL), 0);
	assert_null(field_array(o, "o"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape_utf8), cmocka_unit_test(test_escape_c_locale),
		cmocka_unit_test(test_escape_raw),  cmocka_unit_test(test_escape_any_bytes),
		cmocka_unit_test(test_json_escape), cmocka_unit_test(test_shell_word),
		cmocka_unit_test(test_ago),         cmocka_unit_test(test_times),
		cmocka_unit_test(test_names),       cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
