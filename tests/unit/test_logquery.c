// SPDX-License-Identifier: GPL-2.0-only
/* Times as people write them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "logquery.h"
#include "util.h"

#define NOW (1700000000LL * (int64_t)USEC_PER_SEC) /* Tuesday, 2023-11-14 22:13:20 UTC */

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* 0: it is none */
	} cases[] = {
		{"now", 1700000000},
		{"@1600000000", 1600000000},
		{"2h", 1700000000 - 7200},
		{"30min", 1700000000 - 1800},
		{"30m", 1700000000 - 1800},
		{"0s", 1700000000},
		{"1w", 1700000000 - 7 * 86400},
		{"today", 1699920000},
		{"yesterday", 1699920000 - 86400},
		{"22:00", 1699999200},
		{"22:00:01", 1699999201},
		{"2023-11-13", 1699833600},
		{"2023-11-13 10:00", 1699869600},
		{"2023-11-13T10:00:05Z", 1699869605},
		{"", 0},
		{"@", 0},
		{"@x", 0},
		{"@99999999999999999999", 0},
		{"2", 0},
		{"-2h", 0},
		{"2 h", 0},
		{"2023-13-01", 0},
		{"25:00", 0},
		{"22:00 tomorrow", 0},
		{"99999999999999999999h", 0},
	};

	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t time = -1;
		int err = logquery_time(cases[i].text, NOW, &time);

		if (cases[i].seconds)
			assert_int_equal(time, cases[i].seconds * (int64_t)USEC_PER_SEC);
		assert_int_equal(err, cases[i].seconds ? 0 : -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_times)};

	return cmocka_run_group_tests_name("logquery", tests, NULL, NULL);
}
