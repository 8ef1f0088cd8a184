// SPDX-License-Identifier: GPL-2.0-only
/* Refusals that repeat: none is neither written nor counted, and the room stays the same. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "suppress.h"
#include "util.h"

static struct suppress s;
static uint64_t begun, ended, counted;

static void tell(void *userdata, const struct suppress_kind *kind, bool is_end)
{
	if (!is_end) {
		begun++;
		return;
	}
	ended++;
	counted += kind->suppressed;
}

static int begin(void **state)
{
	s = (struct suppress){.tell = tell};
	begun = ended = counted = 0;
	return 0;
}

static struct owner_report report(uint32_t group)
{
	return (struct owner_report){.group = group, .act = ACT_OPEN, .verdict = VERDICT_DENY};
}

static void test_flood(void **state)
{
	const struct owner_report r = report(1), other = report(2);
	uint64_t now = 1, written = 0;

	for (int i = 0; i < 100000; i++)
		written += !suppress_check(&s, &r, now += 1000);
	assert_int_equal(written, SUPPRESS_FIRST);
	assert_int_equal(begun, 1);
	assert_int_equal(ended, 0);
	assert_false(suppress_check(&s, &other, now));
	assert_true(suppress_settle(&s, now + SUPPRESS_QUIET - 1, false));
	assert_false(suppress_settle(&s, now + SUPPRESS_QUIET, false));
	assert_int_equal(ended, 1);
	assert_int_equal(counted, 100000 - SUPPRESS_FIRST);
	assert_int_equal(s.total, counted);
	assert_false(suppress_check(&s, &r, now + SUPPRESS_QUIET));
}

/* One that does not end is told once a minute. */
static void test_endless(void **state)
{
	const struct owner_report r = report(1);
	uint64_t written = 0;

	for (uint64_t i = 0; i < 3000; i++) /* five minutes */
		written += !suppress_check(&s, &r, 1 + i * (NSEC_PER_SEC / 10));
	suppress_settle(&s, 0, true);
	assert_int_equal(written + counted, 3000);
	assert_int_equal(ended, 5);
}

static void test_slow_ones_are_written(void **state)
{
	const struct owner_report r = report(1);
	uint64_t now = 1;

	for (uint64_t i = 0; i < 7200; i++, now += NSEC_PER_SEC)
		assert_false(suppress_check(&s, &r, now));
	for (uint64_t i = 0; i < 7200; i++, now += 6ULL * NSEC_PER_SEC)
		assert_false(suppress_check(&s, &r, now));
	for (uint64_t i = 0; i < 7200; i++, now += 6ULL * NSEC_PER_SEC)
		assert_false(suppress_check(&s, &r, now) || suppress_settle(&s, now, false));
	assert_int_equal(begun, 0);
}

static void test_changes_are_written(void **state)
{
	struct owner_report r = report(1);

	r.verdict = VERDICT_ALLOW;
	for (uint64_t i = 0; i < 100; i++)
		assert_false(suppress_check(&s, &r, 1 + i));
}

/* More kinds than there is room for: each one's first is written, and the sum is right. */
static void test_many_kinds(void **state)
{
	uint64_t written = 0, n = 0;

	for (int round = 0; round < 3; round++)
		for (uint32_t group = 0; group < 4 * SUPPRESS_KINDS; group++)
			for (int i = 0; i < 50; i++) {
				const struct owner_report r = report(group);

				written += !suppress_check(&s, &r, ++n);
			}
	suppress_settle(&s, n, true);
	assert_int_equal(written + counted, n);
	assert_int_equal(begun, ended);
	assert_true(written >= 4 * SUPPRESS_KINDS);
}

/* Who has endless names fills neither the log, nor hides what is refused in other groups. */
static void test_endless_kinds(void **state)
{
	const uint64_t n = 100000, step = 100000; /* ten seconds of them */
	uint64_t written = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct owner_report r = report(1);

		r.task.uid = i;
		written += !suppress_check(&s, &r, 1 + i * step);
	}
	assert_in_range(written, SUPPRESS_GROUP_LINES, SUPPRESS_GROUP_LINES + 20);
	assert_int_equal(begun, 1);
	for (uint32_t group = 2; group < 300; group++) {
		const struct owner_report other = report(group);

		assert_false(suppress_check(&s, &other, n * step));
		written++;
	}
	suppress_settle(&s, n * step, true);
	assert_int_equal(written + counted, n + 298);
	assert_int_equal(begun, ended);
}

/* Nor in many groups; in a while as many are written as before. */
static void test_endless_kinds_of_groups(void **state)
{
	uint64_t written = 0, now = 1;
	struct owner_report r = report(1);

	for (uint64_t i = 0; i < 100000; i++, now += 100) { /* ten milliseconds */
		r.group = i % 1000;
		r.task.uid = i;
		written += !suppress_check(&s, &r, now);
	}
	assert_int_equal(written, SUPPRESS_CLASS_LINES);
	r.reason = REASON_RESERVED;
	assert_false(suppress_check(&s, &r, now));
	r.reason = REASON_NONE;
	assert_true(suppress_check(&s, &r, now));
	now += 3600ULL * NSEC_PER_SEC;
	for (uint64_t i = 0; i < 1000; i++) {
		r.group = i;
		assert_false(suppress_check(&s, &r, now));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_flood, begin),
		cmocka_unit_test_setup(test_endless, begin),
		cmocka_unit_test_setup(test_slow_ones_are_written, begin),
		cmocka_unit_test_setup(test_changes_are_written, begin),
		cmocka_unit_test_setup(test_many_kinds, begin),
		cmocka_unit_test_setup(test_endless_kinds, begin),
		cmocka_unit_test_setup(test_endless_kinds_of_groups, begin),
	};

	return cmocka_run_group_tests_name("suppress", tests, NULL, NULL);
}
