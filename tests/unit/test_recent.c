// SPDX-License-Identifier: GPL-2.0-only
/* What the last hour refused: by kind, within a room that does not grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "recent.h"
#include "util.h"

#define SECOND 1000000000ULL

static struct owner_recent room[OWNER_RECENT_KINDS];
static struct recent r;
static const struct owner_recent *kinds[OWNER_RECENT_KINDS];

static int begin(void **state)
{
	memset(room, 0, sizeof(room));
	r = (struct recent){.kinds = room};
	return 0;
}

static void note(uint32_t group, uint32_t uid, uint8_t verdict, uint64_t when)
{
	const struct owner_report report = {.group = group,
					    .when = when,
					    .act = ACT_OPEN,
					    .verdict = verdict,
					    .task = {.uid = uid, .tgid = when}};

	recent_note(&r, &report);
}

static bool is_of(const struct owner_report *report, const void *group)
{
	return report->group == *(const uint32_t *)group;
}

/* In kinds. */
static size_t kinds_of(uint32_t group, uint64_t now)
{
	return recent_select(&r, is_of, &group, now, kinds);
}

static void test_kinds(void **state)
{
	note(1, 7, VERDICT_DENY, 10);
	note(1, 7, VERDICT_DENY, 20);
	note(1, 8, VERDICT_WOULD_DENY, 30);
	note(1, 9, VERDICT_ALLOW, 40);
	note(1, 9, VERDICT_WARN, 40);
	note(2, 7, VERDICT_DENY, 50);
	assert_int_equal(kinds_of(1, 60), 2);
	assert_int_equal(kinds[0]->last.task.uid, 8);
	assert_int_equal(kinds[1]->count, 2);
	assert_int_equal(kinds[1]->first, 10);
	assert_int_equal(kinds[1]->last.when, 20);
	assert_int_equal(kinds_of(0, 60), 0);
	assert_int_equal(kinds_of(2, 60), 1);
}

static void test_an_hour(void **state)
{
	note(1, 7, VERDICT_DENY, SECOND);
	assert_int_equal(kinds_of(1, SECOND + RECENT_TIME), 1);
	assert_int_equal(kinds_of(1, SECOND + RECENT_TIME + 1), 0);
	note(1, 7, VERDICT_DENY, 2 * SECOND + RECENT_TIME);
	assert_int_equal(kinds_of(1, 2 * SECOND + RECENT_TIME), 1);
	assert_int_equal(kinds[0]->count, 1);
	assert_int_equal(kinds[0]->first, 2 * SECOND + RECENT_TIME);
	assert_int_equal(r.displaced, 0);
}

static void test_full(void **state)
{
	for (uint32_t uid = 0; uid < OWNER_RECENT_KINDS; uid++)
		note(1, uid, VERDICT_DENY, SECOND + uid);
	note(1, 0, VERDICT_DENY, 2 * SECOND);
	note(1, OWNER_RECENT_KINDS, VERDICT_DENY, 3 * SECOND);
	assert_int_equal(r.displaced, 1);
	assert_int_equal(kinds_of(1, 4 * SECOND), OWNER_RECENT_KINDS);
	assert_int_equal(kinds[0]->last.task.uid, OWNER_RECENT_KINDS);
	assert_int_equal(kinds[1]->last.task.uid, 0);
	for (size_t i = 0; i < OWNER_RECENT_KINDS; i++)
		assert_int_not_equal(kinds[i]->last.task.uid, 1); /* it was quiet longest */
	note(1, 3, VERDICT_DENY, 2 * RECENT_TIME);
	note(1, 10000, VERDICT_DENY, 2 * RECENT_TIME); /* in the place of one that is over */
	assert_int_equal(r.displaced, 1);
}

static void note_mode(uint32_t group, uint32_t uid, uint64_t when)
{
	const struct owner_report report = {.group = group,
					    .when = when,
					    .act = ACT_OPEN,
					    .verdict = VERDICT_DENY,
					    .by = BY_KERNEL,
					    .reason = REASON_MODE,
					    .task = {.uid = uid}};

	recent_note(&r, &report);
}

/* Who has endless names displaces his own, in whichever group. */
static void test_endless(void **state)
{
	note(1, 7, VERDICT_DENY, 10);
	note_mode(2, 7, 20);
	for (uint32_t uid = 0; uid < 100000; uid++)
		note_mode(1, uid, SECOND + uid);
	assert_int_equal(kinds_of(2, SECOND), 1);
	assert_int_equal(kinds_of(1, SECOND), OWNER_RECENT_KINDS - 1);
	assert_int_equal(kinds[OWNER_RECENT_KINDS - 2]->last.when, 10);
	for (uint32_t group = 0; group < 100000; group++)
		note_mode(group, 0, 2 * SECOND + group);
	assert_true(kinds_of(1, 2 * SECOND) > 0);
	assert_int_equal(kinds[kinds_of(1, 2 * SECOND) - 1]->last.when, 10);
}

/* Without its map it remembers nothing. */
static void test_none(void **state)
{
	r.kinds = NULL;
	note(1, 7, VERDICT_DENY, 10);
	assert_int_equal(kinds_of(1, 10), 0);
	assert_true(recent_open(&r, -1, true) < 0);
	recent_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_kinds, begin),
		cmocka_unit_test_setup(test_an_hour, begin),
		cmocka_unit_test_setup(test_full, begin),
		cmocka_unit_test_setup(test_endless, begin),
		cmocka_unit_test_setup(test_none, begin),
	};

	return cmocka_run_group_tests_name("recent", tests, NULL, NULL);
}
