// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>
#include "memlock.h"
#include "util.h"

static FILE *open_of(const char *root, int pid, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/proc/%d/%s", root, pid, name);
	return fopen(path, "re");
}

/* In a user namespace of its own it has capabilities that do not count. */
static bool is_in_our_user_namespace(const char *root, int pid)
{
	struct stat ours, its;
	char path[256];

	snprintf(path, sizeof(path), "%s/proc/%d/ns/user", root, pid);
	return stat("/proc/self/ns/user", &ours) == 0 && stat(path, &its) == 0 &&
	       ours.st_ino == its.st_ino;
}

/* proc_pid_status(5).  Type1 counts what it has mapped in VmLck, iommufd in VmPin. */
static bool read_status(struct memlock *m, const char *root, int pid, uint64_t *ret_capabilities)
{
	_cleanup_fclose_ FILE *f = open_of(root, pid, "status");
	uint64_t kilobytes;
	char line[256];
	int found = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "VmLck: %" SCNu64, &kilobytes) == 1 ||
		    sscanf(line, "VmPin: %" SCNu64, &kilobytes) == 1) {
			m->locked += kilobytes * 1024;
			found++;
		}
		if (sscanf(line, "CapEff: %" SCNx64, ret_capabilities) == 1)
			found++;
	}
	return found == 3;
}

/* proc_pid_limits(5): the soft limit; "unlimited" is no number. */
static bool read_limit(struct memlock *m, const char *root, int pid)
{
	_cleanup_fclose_ FILE *f = open_of(root, pid, "limits");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Max locked memory %" SCNu64, &m->limit) == 1)
			return true;
	return false;
}

bool memlock_read(struct memlock *ret, const char *root, int pid)
{
	uint64_t capabilities = 0;

	*ret = (struct memlock){};
	if (!read_status(ret, root, pid, &capabilities) || !read_limit(ret, root, pid))
		return false;
	return !(capabilities & 1ULL << CAP_IPC_LOCK) || !is_in_our_user_namespace(root, pid);
}
