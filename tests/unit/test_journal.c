// SPDX-License-Identifier: GPL-2.0-only
/* Entries of the journal: one each, with the record's fields, and none that a name has brought. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cmocka.h>
#include "describe.h"
#include "journal.h"
#include "log.h"
#include "util.h"

static int out[2], real_err; /* what would be the journal's stream */

static void begin(void)
{
	char stream[64];
	struct stat st;

	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	real_err = dup(STDERR_FILENO);
	dup2(out[1], STDERR_FILENO);
	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
}

/* What was written to standard error. */
static size_t end(char *buf, size_t size)
{
	ssize_t n;

	dup2(real_err, STDERR_FILENO);
	close(real_err);
	close(out[1]);
	n = read(out[0], buf, size - 1);
	close(out[0]);
	unsetenv("JOURNAL_STREAM");
	buf[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : n;
}

/* The journal's socket in a /run of our own; -1: that is not allowed here. */
static int listen_as_journal(void)
{
	const struct sockaddr_un address = {AF_UNIX, "/run/systemd/journal/socket"};
	int fd;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("run", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/systemd", 0755) < 0 ||
	    mkdir("/run/systemd/journal", 0755) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

static struct json_object *hostile_denial(void)
{
	struct owner_report r = {.group = 7,
				 .act = ACT_OPEN,
				 .verdict = VERDICT_DENY,
				 .by = BY_OWNERD,
				 .reason = REASON_RESERVED,
				 .error = -EPERM,
				 .task = {.tgid = 71, .start = 1, .comm = "x\nOWNERD_BY=u"},
				 .device = {.id = {"pci", "0000:02:01.0"}, .driver = "e1000"}};

	return describe_event(&r, NULL);
}

static bool has_line(const char *entry, const char *line)
{
	const char *at = strstr(entry, line);

	return at && (at == entry || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void test_entry(void **state)
{
	static const char *const lines[] = {
		"MESSAGE=group 7: open by x?OWNERD_BY=u[71]: refused by ownerd with EPERM: the "
		"group is "
		"reserved for the host (--reserve)",
		"MESSAGE_ID=05959a0613594052a6ba61ed4bcd00cd",
		"PRIORITY=4",
		"SYSLOG_IDENTIFIER=ownerd",
		"ERRNO=1",
		"OWNERD_ERRNO=EPERM",
		"OWNERD_ACT=open",
		"OWNERD_VERDICT=deny",
		"OWNERD_BY=ownerd",
		"OWNERD_REASON=reserved",
		"OWNERD_GROUP=7",
		"OWNERD_DEVICE=0000:02:01.0",
		"OWNERD_DRIVER=e1000",
		"OWNERD_PID=71",
		"OWNERD_UID=0",
		"OWNERD_SEQ=12",
		"OWNERD_HASH=abc",
	};
	const struct chain chain = {12, "abc"};
	struct json_object *record = hostile_denial();
	char entry[8192] = "", text[256];
	int fd = listen_as_journal();
	ssize_t n;

	if (fd < 0) {
		json_object_put(record);
		skip();
	}
	begin();
	journal_write(LOG_WARNING, record, &chain);
	journal_write(LOG_DEBUG, record, &chain); /* is not wanted */
	assert_int_equal(end(text, sizeof(text)), 0);
	n = recv(fd, entry, sizeof(entry) - 1, 0);
	assert_true(n > 0);
	for (ssize_t i = 0; i < n; i++)
		entry[i] = entry[i] ? entry[i] : '0'; /* a length */
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!has_line(entry, lines[i]))
			fail_msg("not in the entry: %s\n%s", lines[i], entry);
	/* The name is a value with its length before it: its second line is no field. */
	assert_true(has_line(entry, "OWNERD_COMM"));
	assert_int_equal(recv(fd, entry, sizeof(entry), 0), -1);
	close(fd);
	json_object_put(record);
}

/* Without a journal that takes entries it is a line, with the level before it. */
static void test_no_journal(void **state)
{
	struct json_object *record = hostile_denial();
	char text[1024];

	begin();
	journal_write(LOG_WARNING, record, NULL);
	end(text, sizeof(text));
	assert_memory_equal(text, "<4>group 7: open by x?OWNERD_BY=u[71]", 37);
	json_object_put(record);
}

/* Each kind has its own id, and an entry in the catalog. */
static void test_catalog(void **state)
{
	static const char *const acts[] = {"start", "stop", "mode",     "policy", "gap",
					   "loss",  "dma",  "suppress", "open"};
	_cleanup_fclose_ FILE *f = fopen("systemd/ownerd.catalog", "re");
	char catalog[16384] = "";

	assert_non_null(f);
	assert_true(fread(catalog, 1, sizeof(catalog) - 1, f) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
		for (uint32_t verdict = VERDICT_ALLOW; verdict <= VERDICT_WARN; verdict++) {
			struct json_object *o = describe_note(acts[i], describe_verdict(verdict));
			struct json_object *open = describe_note("open", describe_verdict(verdict));
			char line[64];

			assert_non_null(journal_id(o));
			assert_int_equal(strcmp(journal_id(o), journal_id(open)) == 0,
					 strcmp(acts[i], "open") == 0);
			snprintf(line, sizeof(line), "\n-- %s\nSubject: ", journal_id(o));
			assert_non_null(strstr(catalog, line));
			json_object_put(open);
			json_object_put(o);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_journal), cmocka_unit_test(test_catalog),
		cmocka_unit_test(test_entry), /* it leaves us in a /run of our own */
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
