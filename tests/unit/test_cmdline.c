// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cmdline.h"
#include "tree_fixture.h"

static void test_words(void **state)
{
	static const struct {
		const char *line;
		enum cmdline_mode mode;
	} cases[] = {
		{"root=/dev/sda1 ro quiet\n", CMDLINE_NONE},
		{"\n", CMDLINE_NONE},
		{"", CMDLINE_NONE},
		{"ownerd.mode=off\n", CMDLINE_OFF},
		{"ownerd.mode=off", CMDLINE_OFF},
		{"quiet ownerd.mode=off ro\n", CMDLINE_OFF},
		{"\"ownerd.mode=off\" ro\n", CMDLINE_OFF},
		{"ownerd.mode=\"off\" ro\n", CMDLINE_OFF},
		{"quiet -- ownerd.mode=off\n", CMDLINE_OFF},
		{"ownerd.mode=observe\n", CMDLINE_OBSERVE},
		{"ownerd.mode=observe ownerd.mode=off\n", CMDLINE_OFF},
		{"ownerd.mode=off ownerd.mode=enforce\n", CMDLINE_OFF},
		{"ownerd.mode=enforce\n", CMDLINE_UNKNOWN},
		{"ownerd.mode=\n", CMDLINE_UNKNOWN},
		{"ownerd.mode=offf\n", CMDLINE_UNKNOWN},
		{"ownerd.mode=of\n", CMDLINE_UNKNOWN},
		{"ownerd.mode=observe-and-more-than-fits\n", CMDLINE_UNKNOWN},
		{"xownerd.mode=off ownerd.modes=off ownerd,mode=off\n", CMDLINE_NONE},
		{"ownerd.mode off\n", CMDLINE_NONE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		make("/proc/cmdline", cases[i].line);
		if (cmdline_mode(root) != cases[i].mode)
			fail_msg("%s: %d", cases[i].line, cmdline_mode(root));
	}
}

static void test_no_proc(void **state)
{
	assert_int_equal(cmdline_mode(root), CMDLINE_NONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_root, remove_root)

int main(void)
{
	static const struct CMUnitTest tests[] = {TEST(test_words), TEST(test_no_proc)};

	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
