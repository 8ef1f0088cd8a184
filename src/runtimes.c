// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include "hash.h"
#include "jsonfile.h"
#include "runtimes.h"
#include "util.h"

#define STORAGE     "/var/lib/containers/storage"
#define STORAGE_RUN "/run/containers/storage"
#define DOCKER      "/var/lib/docker"

#define MASK_ABOVE (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)
#define MASK_STATE                                                                                 \
	(IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_ONLYDIR)

/* Where the runtimes keep their state, below the root. */
struct places {
	char storage[PATH_MAX], docker[PATH_MAX];
};

struct json_file {
	struct json_object *json;
};

static void json_file_done(struct json_file *f)
{
	json_object_put(f->json);
}

/* Files. */

/* Root's alone to write, as far as the file itself goes; of who is not root, his own too. */
static bool is_trusted(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_uid == 0 || st->st_uid == geteuid()) &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* -ENOENT: it is gone meanwhile, which is no fault. */
static int read_json(const char *path, struct json_object **ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!is_trusted(&st))
		return -EPERM;
	return jsonfile_read(fd, RUNTIMES_FILE_MAX, ret);
}

/* Where things are. */

/* "graphroot = "/path"", wherever it stands: the key has that meaning in one section only. */
static bool read_graphroot(const char *path, char *ret)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char line[PATH_MAX + 64];

	while (f && fgets(line, sizeof(line), f)) {
		const char *key = line + strspn(line, " \t");
		char value[PATH_MAX];

		/* 4095: PATH_MAX without the NUL */
		if (sscanf(key, "graphroot = \"%4095[^\"]\"", value) != 1 || *value != '/')
			continue;
		strcpy(ret, value);
		return true;
	}
	return false;
}
_Static_assert(PATH_MAX == 4096, "as sscanf has it");

static void find_places(struct places *p, const char *root)
{
	static const char *const settings[] = {"/etc/containers/storage.conf",
					       "/usr/share/containers/storage.conf"};
	_cleanup_(json_file_done) struct json_file docker = {};
	char path[PATH_MAX], found[PATH_MAX] = STORAGE;
	const char *data_root = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		snprintf(path, sizeof(path), "%s%s", root, settings[i]);
		if (read_graphroot(path, found))
			break;
	}
	snprintf(p->storage, sizeof(p->storage), "%s%s", root, found);
	snprintf(path, sizeof(path), "%s/etc/docker/daemon.json", root);
	if (read_json(path, &docker.json) == 0)
		data_root = jsonfile_string(docker.json, "data-root");
	snprintf(p->docker, sizeof(p->docker), "%s%s", root,
		 data_root && *data_root == '/' ? data_root : DOCKER);
}

/* What a runtime's files say. */

static int add_storage(struct containers *to, struct json_object *list)
{
	int err = json_object_is_type(list, json_type_array) ? 0 : -EBADMSG;

	for (size_t i = 0; !err && i < jsonfile_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		struct json_object *names = jsonfile_array(one, "names");
		const char *id = jsonfile_string(one, "id");

		for (size_t k = 0; !err && id && k < jsonfile_length(names); k++) {
			struct json_object *name = json_object_array_get_idx(names, k);

			if (json_object_is_type(name, json_type_string))
				err = containers_add(to, id, json_object_get_string(name));
		}
	}
	return err;
}

static int add_docker(struct containers *to, struct json_object *one)
{
	const char *id = jsonfile_string(one, "ID"), *name = jsonfile_string(one, "Name");

	if (!id || !name)
		return -EBADMSG;
	return containers_add(to, id, name + (*name == '/'));
}

static const struct {
	bool docker, run;
	const char *pattern; /* below its place */
	int (*add)(struct containers *to, struct json_object *json);
} kinds[] = {
	{false, false, "*-containers/containers.json", add_storage},
	{false, false, "*-containers/volatile-containers.json", add_storage},
	{false, true, "*-containers/volatile-containers.json", add_storage},
	{true, false, "containers/*/config.v2.json", add_docker},
};

/* A backslash in a configured path would be glob(3)'s; there is none in a path that works. */
static int glob_files(const struct places *p, const char *root, size_t i, glob_t *ret)
{
	char pattern[PATH_MAX + 64];

	if (kinds[i].run)
		snprintf(pattern, sizeof(pattern), "%s" STORAGE_RUN "/%s", root, kinds[i].pattern);
	else
		snprintf(pattern, sizeof(pattern), "%s/%s",
			 kinds[i].docker ? p->docker : p->storage, kinds[i].pattern);
	return glob(pattern, GLOB_NOSORT, NULL, ret) == GLOB_NOSPACE ? -ENOMEM : 0;
}

static int read_one(struct containers *to, size_t kind, const char *path, size_t *unread)
{
	_cleanup_(json_file_done) struct json_file f = {};
	int err = read_json(path, &f.json) ?: kinds[kind].add(to, f.json);

	if (err && err != -ENOENT && err != -ENOMEM)
		(*unread)++;
	return err == -ENOMEM ? err : 0;
}

int runtimes_read(struct containers *ret, const char *root, size_t *ret_unread)
{
	_cleanup_(containers_done) struct containers c = {};
	struct places places = {};
	size_t unread = 0;
	int err = 0;

	find_places(&places, root);
	for (size_t i = 0; !err && i < ARRAY_SIZE(kinds); i++) {
		glob_t files = {};

		err = glob_files(&places, root, i, &files);
		for (size_t k = 0; !err && k < files.gl_pathc; k++)
			err = read_one(&c, i, files.gl_pathv[k], &unread);
		globfree(&files);
	}
	if (err)
		return err;
	containers_sort(&c);
	*ret = c;
	c = (struct containers){};
	*ret_unread = unread;
	return 0;
}

/* Changes. */

uint64_t runtimes_fingerprint(const char *root)
{
	uint64_t h = HASH_START;
	struct places places = {};

	find_places(&places, root);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		glob_t files = {};

		glob_files(&places, root, i, &files);
		for (size_t k = 0; k < files.gl_pathc; k++) {
			struct stat st = {};

			lstat(files.gl_pathv[k], &st);
			h = hash_bytes(h, files.gl_pathv[k], strlen(files.gl_pathv[k]) + 1);
			h = hash_bytes(h, &st.st_ino, sizeof(st.st_ino));
			h = hash_bytes(h, &st.st_size, sizeof(st.st_size));
			h = hash_bytes(h, &st.st_mtim, sizeof(st.st_mtim));
		}
		globfree(&files);
	}
	return h;
}

/* A directory, and those above it, in which it may come. */
static void watch_path(int fd, const char *path)
{
	char above[PATH_MAX];

	for (const char *c = strchr(path + 1, '/'); c; c = strchr(c + 1, '/')) {
		snprintf(above, sizeof(above), "%.*s", (int)(c - path), path);
		if (inotify_add_watch(fd, above, MASK_ABOVE | IN_MASK_ADD) < 0)
			return;
	}
	inotify_add_watch(fd, path, MASK_STATE | IN_MASK_ADD);
}

/* The directories of files that may be there: all that the first "*" stands for. */
static void watch_below(int fd, const char *place, const char *pattern)
{
	char path[PATH_MAX + 64];
	glob_t found = {};

	watch_path(fd, place);
	snprintf(path, sizeof(path), "%s/%s", place, pattern);
	glob(path, GLOB_NOSORT | GLOB_ONLYDIR, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		inotify_add_watch(fd, found.gl_pathv[i], MASK_STATE | IN_MASK_ADD);
	globfree(&found);
}

void runtimes_watch(int fd, const char *root)
{
	char run[PATH_MAX], docker[PATH_MAX + 16];
	struct places places = {};

	find_places(&places, root);
	snprintf(run, sizeof(run), "%s" STORAGE_RUN, root);
	snprintf(docker, sizeof(docker), "%s/containers", places.docker);
	if (access(places.storage, F_OK) == 0) {
		watch_below(fd, places.storage, "*-containers");
		watch_below(fd, run, "*-containers");
	}
	if (access(places.docker, F_OK) == 0)
		watch_below(fd, docker, "*");
}
