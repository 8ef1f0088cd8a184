// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include "ancestry.h"
#include "util.h"

#define DEVICES "/sys/devices"

int ancestry_init(struct ancestry *a, const char *root)
{
	*a = (struct ancestry){};
	if (*root && !realpath(root, a->root))
		return -errno;
	if (strcmp(a->root, "/") == 0)
		a->root[0] = '\0';
	a->devices = calloc(ANCESTRY_MAX, sizeof(*a->devices));
	a->reasons = calloc(ANCESTRY_MAX, sizeof(*a->reasons));
	a->paths = calloc(ANCESTRY_MAX, sizeof(*a->paths));
	a->files = calloc(ANCESTRY_MAX, sizeof(*a->files));
	if (a->devices && a->reasons && a->paths && a->files)
		return 0;
	ancestry_done(a);
	return -ENOMEM;
}

void ancestry_done(struct ancestry *a)
{
	for (size_t i = 0; i < a->n_paths; i++)
		free(a->paths[i].path);
	for (size_t i = 0; i < a->n_files; i++)
		free(a->files[i]);
	free(a->devices);
	free(a->reasons);
	free(a->paths);
	free(a->files);
	*a = (struct ancestry){};
}

/* As the owner map has a name: too long a one is cut. */
static void add_device(struct ancestry *a, const char *bus, const char *name, const char *reason)
{
	struct owner_device_name d = {};

	a->reached++;
	strncpy(d.bus, bus, sizeof(d.bus) - 1);
	strncpy(d.name, name, sizeof(d.name) - 1);
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(&a->devices[i], &d, sizeof(d)) == 0)
			return;
	if (a->n == ANCESTRY_MAX) {
		a->cut = true;
		return;
	}
	a->devices[a->n] = d;
	a->reasons[a->n++] = reason;
}

/* The part of a path that is a disk's only if the disk is somewhere on the network. */
static bool is_on_network(const char *path)
{
	const char *session = strstr(path, "/session");

	if (strstr(path, "/nvme-fabrics/") || strstr(path, "/virtual/block/nbd") ||
	    strstr(path, DEVICES "/rbd/"))
		return true;
	return session && session[8] >= '0' && session[8] <= '9' && strstr(session, "/target");
}

/* A place to be followed, given by any path to it. */
static int add_path(struct ancestry *a, const char *path, const char *reason)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	size_t len = strlen(a->root);

	if (!real)
		return errno == ENOMEM ? -ENOMEM : -ENOENT;
	if (strncmp(real, a->root, len) != 0 || strncmp(real + len, DEVICES "/", 13) != 0)
		return -ENOENT;
	for (size_t i = 0; i < a->n_paths; i++)
		if (strcmp(a->paths[i].path, real) == 0)
			return 0;
	if (a->n_paths == ANCESTRY_MAX) {
		a->cut = true;
		return 0;
	}
	a->network |= is_on_network(real + len);
	a->paths[a->n_paths++] = (struct ancestry_path){TAKE_PTR(real), reason};
	return 0;
}

/* What a link in a directory names, as the last two parts of its target: "bus", "pci". */
static bool read_subsystem(const char *dir, char kind[static 16], char name[static NAME_MAX + 1])
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last, *before;
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/subsystem", dir) >= (int)sizeof(path))
		return false;
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	last = strrchr(target, '/');
	before = last ? memrchr(target, '/', last - target) : NULL;
	if (!before || last - before > 15 || strlen(last) > NAME_MAX)
		return false;
	memcpy(kind, before + 1, last - before - 1);
	kind[last - before - 1] = '\0';
	strcpy(name, last + 1);
	return true;
}

typedef bool (*wanted)(const char *name);

static bool is_any(const char *name)
{
	return name[0] != '.';
}

static bool is_lower(const char *name)
{
	return strncmp(name, "lower_", 6) == 0;
}

static bool is_controller(const char *name)
{
	size_t n = strncmp(name, "nvme", 4) == 0 ? strspn(name + 4, "0123456789") : 0;

	return n && !name[4 + n];
}

/* Adds the links of a directory that are wanted. */
static int add_links(struct ancestry *a, const char *dir, wanted is_wanted, const char *reason)
{
	DIR *entries = opendir(dir);
	struct dirent *entry;
	int err = 0;

	while (err != -ENOMEM && entries && (entry = readdir(entries))) {
		char path[PATH_MAX];

		if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
			continue;
		if (is_wanted(entry->d_name) &&
		    snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
			err = add_path(a, path, reason);
	}
	if (entries)
		closedir(entries);
	return err == -ENOMEM ? err : 0;
}

/* A file below a directory, by its name. */
static int add_below(struct ancestry *a, const char *dir, const char *name, const char *reason)
{
	char path[PATH_MAX];
	int err = -ENOENT;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path))
		err = add_path(a, path, reason);
	return err == -ENOMEM ? err : 0;
}

static FILE *open_below(const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return NULL;
	return fopen(path, "re");
}

/* A loop device has its file in loop/backing_file. */
static int add_backing_file(struct ancestry *a, const char *dir)
{
	_cleanup_fclose_ FILE *file = open_below(dir, "loop/backing_file");
	char name[PATH_MAX], *copy;

	if (!file || !fgets(name, sizeof(name), file))
		return 0;
	if (a->n_files == ANCESTRY_MAX) {
		a->cut = true;
		return 0;
	}
	name[strcspn(name, "\n")] = '\0';
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	a->files[a->n_files++] = copy;
	return 0;
}

/* A directory that what is followed is, or lies in. */
static int look_at(struct ancestry *a, const char *dir, const char *reason)
{
	char kind[16], name[NAME_MAX + 1], slaves[PATH_MAX];
	int err = 0;

	if (read_subsystem(dir, kind, name)) {
		if (strcmp(kind, "bus") == 0)
			add_device(a, name, strrchr(dir, '/') + 1, reason);
		else if (strcmp(name, "net") == 0)
			err = add_links(a, dir, is_lower, reason);
		else if (strcmp(name, "nvme-subsystem") == 0)
			err = add_links(a, dir, is_controller, reason);
		else if (strcmp(name, "block") == 0)
			err = add_backing_file(a, dir);
	}
	if (!err && snprintf(slaves, sizeof(slaves), "%s/slaves", dir) < (int)sizeof(slaves))
		err = add_links(a, slaves, is_any, reason);
	return err ?: add_below(a, dir, "physfn", reason);
}

static int follow(struct ancestry *a, const struct ancestry_path *from)
{
	const size_t top = strlen(a->root) + strlen(DEVICES);
	char dir[PATH_MAX];
	int err = 0;

	if (strlen(from->path) >= sizeof(dir))
		return 0;
	strcpy(dir, from->path);
	while (!err && strlen(dir) > top) {
		err = look_at(a, dir, from->reason);
		*strrchr(dir, '/') = '\0';
	}
	return err;
}

int ancestry_follow(struct ancestry *a, const char *path, const char *reason)
{
	char full[PATH_MAX];
	int err = -ENOENT;

	if (snprintf(full, sizeof(full), "%s%s", a->root, path) < (int)sizeof(full))
		err = add_path(a, full, reason);
	while (!err && a->n_followed < a->n_paths) {
		const struct ancestry_path from = a->paths[a->n_followed++];

		err = follow(a, &from);
	}
	return err;
}
