// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <linux/magic.h>
#include <cmocka.h>
#include "identity.h"
#include "util.h"

static void test_unit(void **state)
{
	static const struct {
		const char *path, *unit; /* NULL: none */
	} cases[] = {
		{"/system.slice/foo.service", "foo.service"},
		{"/system.slice/foo.service/", "foo.service"},
		{"/system.slice/foo.service/payload/x", "foo.service"},
		{"/user.slice/user-0.slice/user@0.service/app.slice/app.scope", "app.scope"},
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator",
		 "machine-qemu\\x2d1\\x2dvm.scope"},
		{"/system.slice/docker-0123.scope", "docker-0123.scope"},
		{"/a.service/b.slice", "a.service"},
		{"/system.slice/_cpu.service", "cpu.service"},
		{"/system.slice/__x.service", "_x.service"},
		{"foo.service", "foo.service"},
		{"/", NULL},
		{"", NULL},
		{"/system.slice", NULL},
		{"/.service", NULL},
		{"/.scope/", NULL},
		{"/_.service", NULL},
		{"/foo.services/foo.service.d/fooservice", NULL},
		{"/foo.service (deleted)", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *unit = NULL;
		int r = identity_unit(cases[i].path, &unit);

		assert_int_equal(r, cases[i].unit ? 0 : -ENOENT);
		if (cases[i].unit)
			assert_string_equal(unit, cases[i].unit);
		else
			assert_null(unit);
	}
}

/* What the kernel says of a child: the whole line, so that the test parses it its own way. */
static unsigned long long start_of(pid_t pid, const char *comm)
{
	char path[32], expected[64], line[4096];
	const char *escaped = strchr(comm, '\n'); /* or not, depending on the kernel */
	_cleanup_fclose_ FILE *file = NULL;
	unsigned long long ticks = 0;
	char *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	line[fread(line, 1, sizeof(line) - 1, file)] = '\0';
	snprintf(expected, sizeof(expected), "%d (%s) ", pid, comm);
	if (escaped)
		p = strrchr(line, ')') + 1;
	else
		p = line + strlen(expected);
	assert_true(escaped || !memcmp(line, expected, strlen(expected)));
	p = strtok(p, " ");
	for (int field = 3; field < 22; field++)
		p = strtok(NULL, " ");
	ticks = strtoull(p, NULL, 10);
	assert_true(ticks > 0);
	return ticks;
}

static pid_t start_child(const char *comm)
{
	_cleanup_close_ int reader = -1;
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, comm);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	reader = ready[0];
	close(ready[1]);
	assert_int_equal(read(reader, &c, 1), 1);
	return pid;
}

static void stop_child(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_alive(void **state)
{
	static const char *const comms[] = {"plain", "a b",  "x) S 1 2 3", ") R 1 (",
					    "((((",  "))))", "\n) Z 0\n",  ""};
	const uint64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);

	for (size_t i = 0; i < ARRAY_SIZE(comms); i++) {
		pid_t pid = start_child(comms[i]);
		uint64_t ticks;

		ticks = start_of(pid, comms[i]);
		assert_true(identity_alive(pid, ticks * tick));
		assert_true(identity_alive(pid, ticks * tick + tick - 1));
		assert_false(identity_alive(pid, ticks * tick - 1));
		assert_false(identity_alive(pid, (ticks + 1) * tick));
		assert_false(identity_alive(pid, 0));
		assert_true(identity_alive(pid, ticks * tick));
		assert_true(identity_alive(pid, ticks * tick)); /* now it is known */
		stop_child(pid);
		assert_false(identity_alive(pid, ticks * tick));
	}
}

/* Not yet waited for: the pid cannot have been given to another. */
static void test_task(void **state)
{
	struct owner_task self, none;

	assert_int_equal(identity_task(getpid(), &self), 0);
	assert_int_equal(self.tgid, getpid());
	assert_int_equal(self.uid, geteuid());
	assert_string_equal(self.comm, "test_identity");
	assert_true(identity_alive(getpid(), self.start));
	assert_true(identity_task(0, &none) < 0);
}

static void test_alive_zombie(void **state)
{
	const uint64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
	pid_t pid = start_child("zombie");
	uint64_t ticks = start_of(pid, "zombie");
	siginfo_t info;

	assert_true(identity_alive(pid, ticks * tick));
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(identity_alive(pid, ticks * tick));
	stop_child(pid);
}

static void test_alive_no_pid(void **state)
{
	assert_false(identity_alive(0, 0));
	assert_false(identity_alive(-1, 0));
	assert_false(identity_alive(INT32_MAX, 0));
}

/* The cgroup2 mount of this host; skips without one, and without the right to use it. */
static const char *hierarchy(void)
{
	static const char *const points[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		if (statfs(points[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC &&
		    access(points[i], W_OK) == 0 && geteuid() == 0)
			return points[i];
	skip();
	return NULL;
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void test_cgroup_path(void **state)
{
	static const char *const below[] = {"", "/x.service", "/x.service/a b",
					    "/x.service/c (deleted)", "/x.service/\\040"};
	const char *top = hierarchy();
	char name[64], path[256];
	uint64_t ids[ARRAY_SIZE(below)];
	char *found = NULL;

	snprintf(name, sizeof(name), "/ownerd-test-%d", getpid());
	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		snprintf(path, sizeof(path), "%s%s%s", top, name, below[i]);
		if (i == 0 && mkdir(path, 0755) < 0)
			skip();
		assert_true(i == 0 || mkdir(path, 0755) == 0);
		ids[i] = inode_of(path);
		assert_int_equal(identity_cgroup_path(ids[i], &found), 0);
		assert_string_equal(found, path + strlen(top));
		free(TAKE_PTR(found));
	}
	for (size_t i = ARRAY_SIZE(below); i-- > 0;) {
		snprintf(path, sizeof(path), "%s%s%s", top, name, below[i]);
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(identity_cgroup_path(ids[i], &found), -ENOENT);
		assert_null(found);
	}
}

/* A directory that is still open keeps its node, but is no cgroup any more. */
static void test_cgroup_deleted_open(void **state)
{
	_cleanup_close_ int fd = -1;
	char path[256], *found = NULL;
	uint64_t id;

	snprintf(path, sizeof(path), "%s/ownerd-test-open-%d", hierarchy(), getpid());
	if (mkdir(path, 0755) < 0)
		skip();
	id = inode_of(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(identity_cgroup_path(id, &found), -ENOENT);
	assert_int_equal(mkdir(path, 0755), 0); /* the name again, another cgroup */
	assert_int_equal(identity_cgroup_path(id, &found), -ENOENT);
	assert_int_equal(rmdir(path), 0);
	assert_null(found);
}

static void test_cgroup_ids(void **state)
{
	static const uint64_t wrong[] = {0, 0x7fffffffULL, 1ULL << 32, UINT64_MAX};
	char path[256], *found = NULL;

	assert_int_equal(identity_cgroup_path(inode_of(hierarchy()), &found), 0);
	assert_string_equal(found, "/");
	free(TAKE_PTR(found));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(identity_cgroup_path(wrong[i], &found), -ENOENT);
	/* a file of the hierarchy is no cgroup */
	snprintf(path, sizeof(path), "%s/cgroup.procs", hierarchy());
	assert_true(identity_cgroup_path(inode_of(path), &found) < 0);
	assert_null(found);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit),         cmocka_unit_test(test_alive),
		cmocka_unit_test(test_task),         cmocka_unit_test(test_alive_zombie),
		cmocka_unit_test(test_alive_no_pid), cmocka_unit_test(test_cgroup_path),
		cmocka_unit_test(test_cgroup_ids),   cmocka_unit_test(test_cgroup_deleted_open),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
