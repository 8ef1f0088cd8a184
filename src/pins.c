// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include "pins.h"
#include "util.h"

#define PIN_DIR_NEW REGISTRY_PIN_DIR "-new"
#define PIN_DIR_OLD REGISTRY_PIN_DIR "-old"

#define END_WAIT_SEC 10

bool pins_possible(void)
{
	struct statfs st;

	return statfs("/sys/fs/bpf", &st) == 0 && st.f_type == BPF_FS_MAGIC;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int remove_tree(const char *dir)
{
	if (access(dir, F_OK) < 0)
		return -errno;
	return nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 ? -errno : 0;
}

struct programs {
	uint32_t ids[128];
	size_t n;
};

/* Adds the programs of the links pinned in `dir`. */
static void list_programs(const char *dir, struct programs *p)
{
	char path[512];
	struct dirent *entry;
	DIR *links;

	snprintf(path, sizeof(path), "%s/links", dir);
	links = opendir(path);
	while (links && (entry = readdir(links)) && p->n < ARRAY_SIZE(p->ids)) {
		struct bpf_link_info info = {};
		__u32 len = sizeof(info);
		_cleanup_close_ int fd = -1;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/links/%s", dir, entry->d_name);
		fd = bpf_obj_get(path);
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0)
			p->ids[p->n++] = info.prog_id;
	}
	if (links)
		closedir(links);
}

static bool is_loaded(uint32_t id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * The kernel takes a program out of its trampoline some grace periods after its last
 * link is gone, about 0.1 s each: an act may be refused until then.
 */
static int wait_for_end(const struct programs *p)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	int tries = END_WAIT_SEC * 50;

	for (size_t i = 0; i < p->n; i++)
		while (is_loaded(p->ids[i])) {
			if (!tries--)
				return -ETIMEDOUT;
			nanosleep(&pause, NULL);
		}
	return 0;
}

/*
 * Removes everything that is or was pinned, leftovers of a start that was killed half
 * way too.  *p: the programs that thereby end.  -ENOENT: there was nothing.
 */
static int remove_all(const char *const *dirs, struct programs *p)
{
	int status = -ENOENT;

	for (; *dirs; dirs++) {
		int err;

		list_programs(*dirs, p);
		err = remove_tree(*dirs);
		if (status == -ENOENT || (err && err != -ENOENT))
			status = err;
	}
	return status;
}

/* In one step where the kernel can exchange two directories (bpffs, since 5.18), else in two. */
static int put_in_place(void)
{
	if (renameat2(AT_FDCWD, PIN_DIR_NEW, AT_FDCWD, REGISTRY_PIN_DIR, RENAME_EXCHANGE) == 0)
		return 0;
	if (rename(REGISTRY_PIN_DIR, PIN_DIR_OLD) < 0 && errno != ENOENT)
		return -errno;
	return rename(PIN_DIR_NEW, REGISTRY_PIN_DIR) < 0 ? -errno : 0;
}

int pins_replace(struct loader *l)
{
	static const char *const others[] = {PIN_DIR_NEW, PIN_DIR_OLD, NULL};
	struct programs before = {};
	int err;

	remove_all(others, &before);
	err = loader_pin(l, PIN_DIR_NEW);
	if (!err)
		err = put_in_place();
	remove_all(others, &before);
	return err ?: wait_for_end(&before);
}

int pins_remove(void)
{
	static const char *const all[] = {REGISTRY_PIN_DIR, PIN_DIR_NEW, PIN_DIR_OLD, NULL};
	struct programs before = {};
	int err = remove_all(all, &before);

	return err ?: wait_for_end(&before);
}
