// SPDX-License-Identifier: GPL-2.0-only
/* What the daemon writes of itself: a record for each kind, as the schema has it, and each once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "log.h"
#include "notes.h"
#include "util.h"

static struct owner_config programs; /* the configuration of programs that nobody has loaded */

struct owner_config *loader_config(struct loader *l)
{
	return &programs;
}

struct registry_maps loader_maps(const struct loader *l)
{
	struct registry_maps maps;

	memset(&maps, 0xff, sizeof(maps));
	return maps;
}

static char path[] = "/tmp/test_notes.XXXXXX";
static struct manager m;

static int begin(void **state)
{
	int fd = mkstemp(path);

	log_set_level(-1);
	if (fd < 0)
		return -1;
	close(fd);
	m.suppress.tell = notes_suppression;
	m.suppress.userdata = &m;
	return audit_open(&m.audit, path, FSYNC_NEVER);
}

static int end(void **state)
{
	audit_done(&m.audit);
	return unlink(path);
}

/* How many lines of the log have the text. */
static int count(const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char line[16384];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	return n;
}

static void test_records(void **state)
{
	struct owner_report denial = {.group = 7,
				      .act = ACT_OPEN,
				      .verdict = VERDICT_DENY,
				      .by = BY_OWNERD,
				      .reason = REASON_RESERVED,
				      .error = -EPERM,
				      .task = {.tgid = 71, .start = 1, .comm = "a\n\"b"}};

	notes_policy(&m, LOG_INFO, "before the start nothing is written");
	assert_int_equal(count(""), 0);
	programs.generation = programs.fallback = 1;
	notes_start(&m, "observe mode, 0 groups, 0 devices");
	assert_int_equal(count("\"act\":\"start\""), 1);
	assert_int_equal(count("\"act\":\"policy\""), 1);
	assert_int_equal(count("\"act\":\"mode\""), 1);
	notes_policy(&m, LOG_INFO, NULL);
	assert_int_equal(count(""), 3);
	programs.enforce = 1;
	notes_policy(&m, LOG_INFO, NULL);
	assert_int_equal(count("\"act\":\"mode\""), 2);
	assert_int_equal(count("the mode is enforce"), 1);
	programs.generation = 2;
	programs.confirm_by = OWNER_NEVER - 1;
	notes_policy_as(&m, LOG_INFO, "policy %d, of a test", 2);
	assert_int_equal(count("policy 2, of a test"), 1);
	assert_int_equal(count("\"confirmed\":false"), 1);
	programs.confirm_by = 0;
	notes_policy(&m, LOG_INFO, NULL);
	assert_int_equal(count("\"act\":\"policy\""), 3);
	notes_losses(&m, 3, 9);
	assert_int_equal(count("\"lost\":3,\"total\":9"), 1);
	for (int i = 0; i < 100; i++)
		suppress_check(&m.suppress, &denial, 1 + i);
	assert_int_equal(count("\"state\":\"begins\""), 1);
	notes_stop(&m, "stopped");
	assert_int_equal(count("\"state\":\"ended\",\"count\":90"), 1);
	assert_int_equal(count("\"act\":\"stop\""), 1);
}

static void test_schema(void **state)
{
	_cleanup_free_ char *command = NULL;

	assert_true(asprintf(&command, "tests/validate share/audit.schema.json %s >&2", path) > 0);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests_name("notes", tests, begin, end);
}
