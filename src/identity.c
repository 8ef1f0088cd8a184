// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "identity.h"
#include "util.h"

/* The kind of file handle by which kernfs finds a node: fs/kernfs/mount.c, since 5.5. */
#define FILEID_KERNFS 0xfe

/* Undoes mountinfo's "\ooo" for blanks and backslashes, in place. */
static void unescape_mount(char *text)
{
	char *to = text;

	while (*text) {
		unsigned int c;

		if (*text == '\\' && sscanf(text, "\\%3o", &c) == 1 &&
		    strspn(text + 1, "01234567") >= 3) {
			*to++ = c;
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* The mount point of one line of mountinfo, if it shows the whole of a cgroup2 hierarchy. */
static int parse_mount(const char *line, char **ret)
{
	_cleanup_free_ char *root = NULL, *point = NULL;
	const char *type = strstr(line, " - ");

	if (!type || strncmp(type, " - cgroup2 ", strlen(" - cgroup2 ")))
		return -ENOENT;
	if (sscanf(line, "%*u %*u %*s %ms %ms", &root, &point) != 2)
		return -ENOENT;
	if (strcmp(root, "/"))
		return -ENOENT;
	unescape_mount(point);
	*ret = TAKE_PTR(point);
	return 0;
}

/* O_PATH would not do: open_by_handle_at() wants a real descriptor of the mount. */
static int open_hierarchy(int *ret_fd)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) >= 0) {
		_cleanup_free_ char *point = NULL;
		_cleanup_close_ int fd = -1;
		struct statfs fs;

		if (parse_mount(line, &point))
			continue;
		fd = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* another file system may be mounted over it */
		if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
	return -ENOENT;
}

static int open_cgroup(int hierarchy, uint64_t id, int *ret_fd)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} h = {
		.handle.handle_bytes = sizeof(id),
		.handle.handle_type = FILEID_KERNFS,
	};
	int fd;

	memcpy(h.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(hierarchy, &h.handle, O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ESTALE ? -ENOENT : -errno;
	*ret_fd = fd;
	return 0;
}

static int path_of_fd(int fd, char path[static PATH_MAX])
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX);
	if (n < 0)
		return -errno;
	if (n == PATH_MAX)
		return -ENAMETOOLONG;
	path[n] = '\0';
	return 0;
}

/*
 * Whether path leads to the cgroup `id`, which is its inode number.  A cgroup removed
 * meanwhile reads "... (deleted)", which another may truly be called; one outside our
 * cgroup namespace reads like one within.
 */
static int check_path(const char *path, uint64_t id)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	return st.st_ino == id ? 0 : -ENOENT;
}

int identity_cgroup_path(uint64_t id, char **ret)
{
	_cleanup_close_ int hierarchy = -1, cgroup = -1;
	char top[PATH_MAX], path[PATH_MAX];
	const char *below;
	char *copy;
	int r;

	r = open_hierarchy(&hierarchy);
	if (!r)
		r = open_cgroup(hierarchy, id, &cgroup);
	if (!r)
		r = path_of_fd(hierarchy, top);
	if (!r)
		r = path_of_fd(cgroup, path);
	if (!r)
		r = check_path(path, id);
	if (r)
		return r;
	below = path + strlen(top);
	if (strncmp(path, top, strlen(top)) || (*below && *below != '/'))
		return -ENOENT;
	copy = strdup(*below ? below : "/");
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static bool has_suffix(const char *text, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && !memcmp(text + len - n, suffix, n);
}

int identity_unit(const char *cgroup_path, char **ret)
{
	const char *unit = NULL;
	size_t unit_len = 0;
	char *copy;

	for (const char *p = cgroup_path; *p;) {
		size_t len;

		p += strspn(p, "/");
		/* systemd puts "_" before a name that could be taken for a cgroup's file */
		p += *p == '_';
		len = strcspn(p, "/");
		if (has_suffix(p, len, ".service") || has_suffix(p, len, ".scope")) {
			unit = p;
			unit_len = len;
		}
		p += len;
	}
	if (!unit)
		return -ENOENT;
	copy = strndup(unit, unit_len);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

/* /proc/PID/stat's field 22.  Field 2 holds anything, ") " too; after its ")" there is none. */
static int read_start_ticks(pid_t pid, unsigned long long *ret)
{
	_cleanup_close_ int fd = -1;
	char path[32], stat[4096];
	const char *p;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	if (n < 0)
		return -errno;
	stat[n] = '\0';
	p = strrchr(stat, ')');
	if (!p)
		return -EINVAL;
	for (int field = 2; field < 22; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return -EINVAL;
	}
	return sscanf(p, " %llu ", ret) == 1 ? 0 : -EINVAL;
}

static bool has_started(pid_t pid, uint64_t start)
{
	unsigned long long ticks = 0;

	if (pid <= 0 || read_start_ticks(pid, &ticks))
		return false;
	return ticks == start / (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
}

/*
 * Processes that were found alive, with a descriptor of each, which tells when one has exited: to
 * ask it costs a tenth of reading /proc.  Taken before /proc is read, so what does not say so is
 * that process; a zombie has exited, and is looked up.
 */
#define KNOWN_MAX 64

static struct known {
	pid_t pid; /* 0: the place is free */
	int fd;
	uint64_t start;
} known[KNOWN_MAX];

static bool is_known_alive(const struct known *k, pid_t pid, uint64_t start)
{
	struct pollfd exited = {.fd = k->fd, .events = POLLIN};

	return k->pid == pid && k->start == start && poll(&exited, 1, 0) == 0;
}

bool identity_alive(pid_t pid, uint64_t start)
{
	struct known *k = &known[(unsigned int)pid % KNOWN_MAX];
	_cleanup_close_ int fd = -1;

	if (pid > 0 && is_known_alive(k, pid, start))
		return true;
	fd = pid > 0 ? pidfd_open(pid, 0) : -1;
	if (!has_started(pid, start))
		return false;
	if (k->pid)
		close(k->fd);
	*k = (struct known){.pid = fd < 0 ? 0 : pid, .start = start};
	k->fd = TAKE_FD(fd);
	return true;
}

/* The id of its cgroup in the v2 hierarchy: the inode number of its directory; 0: not known. */
static uint64_t cgroup_id(pid_t pid)
{
	char path[64], line[PATH_MAX + 64];
	_cleanup_close_ int hierarchy = -1;
	_cleanup_fclose_ FILE *file = NULL;
	uint64_t id = 0;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = fopen(path, "re");
	if (!file || open_hierarchy(&hierarchy) < 0)
		return 0;
	while (!id && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		if (fstatat(hierarchy, line[4] ? line + 4 : ".", &st, 0) == 0)
			id = st.st_ino;
	}
	return id;
}

int identity_task(pid_t pid, struct owner_task *ret)
{
	struct owner_task task = {.tgid = pid, .pid = pid};
	_cleanup_fclose_ FILE *file = NULL;
	unsigned long long ticks;
	char path[64];
	struct stat st;
	int err = read_start_ticks(pid, &ticks);

	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file || fstat(fileno(file), &st) < 0)
		return -errno;
	if (fgets(task.comm, sizeof(task.comm), file))
		task.comm[strcspn(task.comm, "\n")] = '\0';
	task.start = ticks * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
	task.uid = st.st_uid;
	task.cgroup = cgroup_id(pid);
	*ret = task;
	return 0;
}
