// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "names.h"
#include "util.h"

/* As systemd-escape(1) has it. */
static void test_escape(void **state)
{
	static const struct {
		const char *name, *escaped;
	} names[] = {
		{"web-1", "web\\x2d1"},
		{"a.b:c_d", "a.b:c_d"},
		{".a.b", "\\x2ea.b"},
		{"a/b", "a-b"},
		{"a b\\c", "a\\x20b\\x5cc"},
		{"\xc3\xbc@", "\\xc3\\xbc\\x40"},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char all[64] = "", one[NAMES_ESCAPED_MAX];

		for (const char *c = names[i].name; *c; c++)
			strcat(all, names_escape(*c, c == names[i].name, one));
		assert_string_equal(all, names[i].escaped);
		names_unescape(all);
		if (!strchr(names[i].name, '/'))
			assert_string_equal(all, names[i].name);
	}
}

/* Every byte there and back. */
static void test_bytes(void **state)
{
	for (int c = 1; c < 256; c++) {
		char one[NAMES_ESCAPED_MAX];

		names_escape(c, true, one);
		names_unescape(one);
		assert_int_equal((unsigned char)one[0], c == '/' ? '-' : c);
		assert_int_equal(one[1], 0);
	}
}

static void test_prefix(void **state)
{
	static const struct {
		const char *unit;
		enum names_prefix prefix;
	} units[] = {
		{"foo.service", NAMES_PREFIX_NEVER},
		{"cpufreq.service", NAMES_PREFIX_NEVER},
		{"cp.service", NAMES_PREFIX_NEVER},
		{"iodine.service", NAMES_PREFIX_NEVER},
		{"dpdk@*.service", NAMES_PREFIX_NEVER},
		{"mem?.service", NAMES_PREFIX_SOMETIMES},
		{"cpu.service", NAMES_PREFIX_SOMETIMES},
		{"bpf-firewall.slice", NAMES_PREFIX_SOMETIMES},
		{"cpu*.service", NAMES_PREFIX_SOMETIMES},
		{"c*", NAMES_PREFIX_SOMETIMES},
		{"cg*.service", NAMES_PREFIX_SOMETIMES},
		{"*.service", NAMES_PREFIX_SOMETIMES},
		{"?o.service", NAMES_PREFIX_SOMETIMES},
		{"cgroup.service", NAMES_PREFIX_ALWAYS},
		{"_foo.service", NAMES_PREFIX_ALWAYS},
		{".foo.service", NAMES_PREFIX_ALWAYS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (names_cgroup_prefix(units[i].unit) != units[i].prefix)
			fail_msg("%s", units[i].unit);
}

static void test_printable(void **state)
{
	static const char *const good[] = {
		"",
		"a b~",
		"\xc2\xa0",
		"\xc3\xbc",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"a\n",
		"\x1b[1m",
		"\x7f",
		"\xc2\x80",
		"\xc2\x9f",
		"\xe2\x80\xa8",
		"\xe2\x80\xa9",
		"\x80",
		"\xff",
		"\xc3",
		"\xc3(",
		"\xc0\xaf",
		"\xe0\x80\xaf",
		"\xf0\x80\x80\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xe2\x82",
		"\x01",
		"\x04",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(names_is_printable(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(names_is_printable(bad[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_printable),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
