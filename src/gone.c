// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "gone.h"
#include "identity.h"
#include "util.h"

static struct {
	uint64_t id;
	char *path;
} kept[GONE_MAX];

static size_t oldest;

static char **find(uint64_t id)
{
	for (size_t i = 0; i < GONE_MAX; i++)
		if (kept[i].path && kept[i].id == id)
			return &kept[i].path;
	return NULL;
}

/* A cgroup cannot be renamed. */
static void keep(uint64_t id, const char *path)
{
	char *copy = find(id) ? NULL : strdup(path);

	if (!copy)
		return;
	free(kept[oldest].path);
	kept[oldest].id = id;
	kept[oldest].path = copy;
	oldest = (oldest + 1) % GONE_MAX;
}

/* What is kept stays true: the id of a cgroup is never used again while the host is up. */
int gone_cgroup_path(uint64_t id, char **ret)
{
	char **path = find(id);
	int r;

	if (path) {
		*ret = strdup(*path);
		return *ret ? 0 : -ENOMEM;
	}
	r = identity_cgroup_path(id, ret);
	if (!r)
		keep(id, *ret);
	return r;
}

/* Where the v2 hierarchy is mounted elsewhere, there is nothing of that name. */
static void keep_path(const char *path)
{
	char directory[PATH_MAX];
	struct stat st;

	snprintf(directory, sizeof(directory), "/sys/fs/cgroup%s", path);
	if (stat(directory, &st) == 0)
		keep(st.st_ino, path);
}

void gone_remember(pid_t pid)
{
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	char path[32];
	size_t size = 0;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", strlen("0::/")) == 0)
			keep_path(line + strlen("0::"));
	}
}
