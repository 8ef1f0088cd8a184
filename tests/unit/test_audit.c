// SPDX-License-Identifier: GPL-2.0-only
/* The log file: its chain over restarts and rotations, gaps, full disks, and names that would
 * forge. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "audit.h"
#include "describe.h"
#include "journal.h"
#include "log.h"
#include "util.h"

static char dir[] = "/tmp/test_audit.XXXXXX";
static char path[64], moved[64];

/* In place of the journal: the number in the file that the last entry has, 0 for none. */
static uint64_t told_seq;
static char told_act[16];

void journal_write(int level, struct json_object *record, const struct chain *chain)
{
	told_seq = chain ? chain->seq : 0;
	snprintf(told_act, sizeof(told_act), "%s",
		 json_object_get_string(json_object_object_get(record, "act")));
}

/* In place of the disk: which file's data it was to have, how often, and what it says to that. */
static int synced_fd, syncs, sync_error;

int fdatasync(int fd)
{
	synced_fd = fd;
	syncs++;
	errno = sync_error;
	return sync_error ? -1 : 0;
}

static int make_dir(void **state)
{
	log_set_level(-1);
	signal(SIGXFSZ, SIG_IGN);
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	return 0;
}

static int remove_dir(void **state)
{
	unlink(path);
	unlink(moved);
	return rmdir(dir);
}

static int remove_files(void **state)
{
	unlink(path);
	unlink(moved);
	return 0;
}

static void write_at(struct audit *a, int level, const char *comm)
{
	struct owner_report r = {.group = 7,
				 .act = ACT_OPEN,
				 .verdict = VERDICT_DENY,
				 .by = BY_OWNERD,
				 .reason = REASON_RESERVED,
				 .error = -EPERM,
				 .task = {.tgid = 71, .start = 1}};
	struct json_object *event;

	strncpy(r.task.comm, comm, sizeof(r.task.comm) - 1);
	event = describe_event(&r, NULL);
	audit_write(a, level, r.when, event);
	json_object_put(event);
}

static void write_event(struct audit *a, const char *comm)
{
	write_at(a, LOG_WARNING, comm);
}

static char *read_all(const char *file, size_t *ret_size)
{
	_cleanup_fclose_ FILE *f = fopen(file, "re");
	char *text = calloc(1, 1024 * 1024);

	assert_non_null(f);
	*ret_size = fread(text, 1, 1024 * 1024 - 1, f);
	return text;
}

/* Every line of the file is whole and follows the one before; returns how many there are. */
static size_t check_chain(const char *file, char prev[static CHAIN_HEX + 1], uint64_t *seq)
{
	size_t size, n = 0;
	_cleanup_free_ char *text = read_all(file, &size);

	for (char *line = text, *end; *line; line = end + 1, n++) {
		struct chain_line l;

		end = strchr(line, '\n');
		assert_non_null(end);
		assert_int_equal(chain_parse(line, end - line, &l), 0);
		assert_true(chain_is_whole(line, end - line));
		assert_int_equal(l.seq, *seq + 1);
		if (*prev)
			assert_memory_equal(l.prev, prev, CHAIN_HEX);
		*seq = l.seq;
		memcpy(prev, l.hash, CHAIN_HEX);
	}
	return n;
}

static void check_schema(const char *file)
{
	_cleanup_free_ char *command = NULL;

	assert_true(asprintf(&command, "tests/validate share/audit.schema.json %s >&2", file) > 0);
	assert_int_equal(system(command), 0);
}

static bool has(const char *file, const char *what)
{
	size_t size;
	_cleanup_free_ char *text = read_all(file, &size);

	return strstr(text, what) != NULL;
}

static void test_restart_and_rotation(void **state)
{
	char prev[CHAIN_HEX + 1] = "";
	struct audit a, b;
	uint64_t seq = 0;

	assert_int_equal(audit_open(&a, path, FSYNC_ALWAYS), 0);
	write_event(&a, "one");
	write_event(&a, "two");
	audit_sync(&a);
	assert_false(a.dirty);
	audit_done(&a);
	assert_int_equal(check_chain(path, prev, &seq), 2);
	assert_int_equal(audit_open(&a, path, FSYNC_VIOLATIONS), 0);
	write_event(&a, "three");
	assert_true(a.dirty);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(audit_open(&b, path, FSYNC_NEVER), 0);
	audit_follow(&b, &a);
	audit_done(&a);
	write_event(&b, "four");
	assert_false(b.dirty);
	audit_done(&b);
	seq = 0;
	prev[0] = '\0';
	assert_int_equal(check_chain(moved, prev, &seq), 4); /* with the gap of the restart */
	assert_int_equal(check_chain(path, prev, &seq), 1);
	assert_true(has(moved, "\"act\":\"gap\""));
	assert_true(has(moved, "ended without a word"));
	check_schema(path);
	check_schema(moved);
}

/* Rotated while nobody ran: the chain goes on from PATH.1. */
static void test_rotated_while_down(void **state)
{
	char prev[CHAIN_HEX + 1] = "";
	struct audit a;
	uint64_t seq = 0;

	assert_int_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	write_event(&a, "one");
	audit_done(&a);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	write_event(&a, "two");
	audit_done(&a);
	assert_int_equal(check_chain(moved, prev, &seq), 1);
	assert_int_equal(check_chain(path, prev, &seq), 2);
}

/* A file that was moved away is written on until there can be a new one. */
static void test_reopen(void **state)
{
	char prev[CHAIN_HEX + 1] = "";
	struct audit a;
	uint64_t seq = 0;

	assert_int_equal(audit_open(&a, path, FSYNC_ALWAYS), 0);
	write_event(&a, "one");
	audit_reopen(&a);
	write_event(&a, "two");
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	audit_reopen(&a);
	write_event(&a, "three");
	assert_int_equal(rmdir(path), 0);
	audit_reopen(&a);
	write_event(&a, "four");
	audit_done(&a);
	assert_int_equal(check_chain(moved, prev, &seq), 3);
	assert_int_equal(check_chain(path, prev, &seq), 1);
}

/* What a crash left unfinished is taken away, and that is told. */
static void test_unfinished(void **state)
{
	char prev[CHAIN_HEX + 1] = "";
	struct audit a;
	uint64_t seq = 0;
	FILE *f;

	assert_int_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	write_event(&a, "one");
	audit_done(&a);
	f = fopen(path, "ae");
	fputs("{\"schema\":2,\"se", f);
	fclose(f);
	assert_int_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	write_event(&a, "two");
	audit_done(&a);
	assert_int_equal(check_chain(path, prev, &seq), 3);
	assert_true(has(path, "\"cut\":15"));
	check_schema(path);
}

static void limit(rlim_t size)
{
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = size;
	setrlimit(RLIMIT_FSIZE, &r);
}

/* As on a full disk: no piece of a record stays, each is counted, and the gap is told. */
static void test_full(void **state)
{
	char prev[CHAIN_HEX + 1] = "";
	struct audit a;
	uint64_t seq = 0;

	assert_int_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	write_event(&a, "one");
	limit(1500);
	for (int i = 0; i < 5; i++)
		write_event(&a, "lost");
	assert_true(a.failed >= 4);
	audit_catch_up(&a);
	limit(RLIM_INFINITY);
	audit_catch_up(&a);
	assert_true(has(path, "\"cause\":\"unwritable\""));
	assert_int_equal(a.gap.from, 0);
	write_event(&a, "after");
	audit_done(&a);
	assert_true(check_chain(path, prev, &seq) + a.failed <= 8);
	check_schema(path);
}

/* The file takes the gap and not the record after it: that has no number of another's. */
static void test_room_for_the_gap(void **state)
{
	struct json_object *large = describe_note("loss", "warn");
	char message[4096] = "";
	struct audit a;

	memset(message, 'x', sizeof(message) - 1);
	json_object_object_add(large, "message", json_object_new_string(message));
	assert_int_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	write_event(&a, "one");
	assert_int_equal(told_seq, 1);
	limit(1);
	write_event(&a, "lost");
	assert_int_equal(told_seq, 0);
	limit(4096);
	audit_write(&a, LOG_WARNING, boottime_ns(), large);
	limit(RLIM_INFINITY);
	assert_int_equal(a.chain.seq, 2);
	assert_true(has(path, "\"act\":\"gap\""));
	assert_string_equal(told_act, "loss");
	assert_int_equal(told_seq, 0);
	audit_write(&a, LOG_WARNING, boottime_ns(), large);
	assert_int_equal(told_seq, 4);
	audit_done(&a);
	json_object_put(large);
}

static void test_names_cannot_forge(void **state)
{
	static const char *const names[] = {
		"\"}\n{\"schema\":2", "a\\\",\"seq\":9", "\xff\xfe\x80",
		"\033[2J\r\n",        "\",\"hash\":\"0", "\x7f\xc2\x85\xe2\x80\xa8",
	};
	char prev[CHAIN_HEX + 1] = "";
	struct audit a;
	uint64_t seq = 0;

	assert_int_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		write_event(&a, names[i]);
	audit_done(&a);
	assert_int_equal(check_chain(path, prev, &seq), ARRAY_SIZE(names));
	check_schema(path);
}

/* How often the disk is to have it: of a batch without a violation, with one, and of nothing. */
static void test_fsync(void **state)
{
	static const int want[][3] = {
		[FSYNC_VIOLATIONS] = {0, 1, 0},
		[FSYNC_ALWAYS] = {1, 1, 0},
		[FSYNC_NEVER] = {0, 0, 0},
	};

	for (enum config_fsync f = 0; f < ARRAY_SIZE(want); f++) {
		struct audit a;

		assert_int_equal(audit_open(&a, path, f), 0);
		for (int batch = 0; batch < 3; batch++) {
			syncs = 0;
			for (int i = 0; batch < 2 && i < 5; i++)
				write_at(&a, batch == 1 && i == 2 ? LOG_WARNING : LOG_INFO, "one");
			assert_int_equal(syncs, 0);
			audit_sync(&a);
			assert_int_equal(syncs, want[f][batch]);
			if (syncs)
				assert_int_equal(synced_fd, a.fd);
		}
		write_event(&a, "last");
		audit_done(&a);
		assert_int_equal(syncs, f != FSYNC_NEVER);
		unlink(path);
	}
}

/* What the disk does not take is counted, also of a file that is left. */
static void test_not_synced(void **state)
{
	struct audit a;

	assert_int_equal(audit_open(&a, path, FSYNC_ALWAYS), 0);
	sync_error = EIO;
	write_event(&a, "one");
	audit_sync(&a);
	assert_int_equal(a.sync_failed, 1);
	write_event(&a, "two");
	assert_int_equal(rename(path, moved), 0);
	audit_reopen(&a);
	assert_int_equal(a.sync_failed, 2);
	sync_error = 0;
	write_event(&a, "three");
	audit_sync(&a);
	assert_int_equal(a.sync_failed, 2);
	audit_done(&a);
}

/* Any byte that is another one is seen, and what is no record is none. */
static void test_changed(void **state)
{
	struct chain c = {}, next;
	_cleanup_free_ char *line = NULL;
	struct chain_line l;
	size_t size;

	assert_int_equal(chain_add(&c, "{\"time\":1,\"act\":\"open\"}", &line, &size, &next), 0);
	assert_int_equal(next.seq, 1);
	size--;
	assert_true(chain_is_whole(line, size));
	for (size_t i = 0; i < size; i++) {
		line[i] ^= 1;
		assert_false(chain_is_whole(line, size));
		line[i] ^= 1;
		assert_false(chain_is_whole(line, i));
	}
	assert_int_equal(chain_parse("{\"schema\":1,\"time\":1}", 21, &l), -ENOTSUP);
	assert_int_equal(chain_parse("{\"schema\":3,\"time\":1}", 21, &l), -EBADMSG);
	assert_int_equal(chain_parse("", 0, &l), -EBADMSG);
}

static void test_no_file(void **state)
{
	struct audit a;

	assert_int_equal(audit_open(&a, "/tmp", FSYNC_NEVER), -EISDIR);
	audit_done(&a);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_not_equal(audit_open(&a, path, FSYNC_NEVER), 0);
	audit_done(&a);
	assert_int_equal(audit_open(&a, NULL, FSYNC_ALWAYS), 0);
	write_event(&a, "nowhere");
	audit_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_restart_and_rotation, remove_files),
		cmocka_unit_test_teardown(test_rotated_while_down, remove_files),
		cmocka_unit_test_teardown(test_reopen, remove_files),
		cmocka_unit_test_teardown(test_unfinished, remove_files),
		cmocka_unit_test_teardown(test_full, remove_files),
		cmocka_unit_test_teardown(test_room_for_the_gap, remove_files),
		cmocka_unit_test_teardown(test_names_cannot_forge, remove_files),
		cmocka_unit_test_teardown(test_fsync, remove_files),
		cmocka_unit_test_teardown(test_not_synced, remove_files),
		cmocka_unit_test(test_changed),
		cmocka_unit_test_teardown(test_no_file, remove_files),
	};

	return cmocka_run_group_tests_name("audit", tests, make_dir, remove_dir);
}
