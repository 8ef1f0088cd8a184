// SPDX-License-Identifier: GPL-2.0-only
/* What a process may lock: by the files of /proc that tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "memlock.h"
#include "tree_fixture.h"

#define STATUS(capabilities)                                                                       \
	"Name:\tVmLck: 7 kB\nVmLck:\t      60 kB\nVmPin:\t       4 kB\nCapEff:\t" capabilities "\n"
#define NONE STATUS("0000000000000000")
#define LOCK STATUS("0000000000004000")
#define LIMITS(soft)                                                                               \
	"Limit                     Soft Limit           Hard Limit           Units     \n"         \
	"Max processes             1                    1                    processes \n"         \
	"Max locked memory         " soft "                131072               bytes     \n"

static bool read_process(const char *status, const char *limits, const char *user,
			 struct memlock *m)
{
	bool limited;

	assert_int_equal(new_root(NULL), 0);
	if (status)
		make("/proc/12/status", status);
	if (limits)
		make("/proc/12/limits", limits);
	if (user)
		make_link("/proc/12/ns/user", user);
	limited = memlock_read(m, root, 12);
	remove_root(NULL);
	return limited;
}

static void test_limited(void **state)
{
	struct memlock m;

	assert_true(read_process(NONE, LIMITS("65536"), "/proc/self/ns/user", &m));
	assert_int_equal(m.limit, 65536);
	assert_int_equal(m.locked, 64 * 1024);
}

/* A capability counts in the namespace that the command runs in, and in no other. */
static void test_capable(void **state)
{
	struct memlock m;

	assert_false(read_process(LOCK, LIMITS("65536"), "/proc/self/ns/user", &m));
	assert_true(read_process(LOCK, LIMITS("65536"), "/proc/self/ns/net", &m));
	assert_true(read_process(LOCK, LIMITS("65536"), NULL, &m));
}

static void test_not_known(void **state)
{
	struct memlock m;

	assert_false(read_process(NONE, LIMITS("unlimited"), NULL, &m));
	assert_false(read_process(NONE, NULL, NULL, &m));
	assert_false(read_process(NULL, LIMITS("65536"), NULL, &m));
	assert_false(read_process("VmLck:\t60 kB\nVmPin:\tx kB\n", LIMITS("65536"), NULL, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limited),
		cmocka_unit_test(test_capable),
		cmocka_unit_test(test_not_known),
	};

	return cmocka_run_group_tests_name("memlock", tests, NULL, NULL);
}
