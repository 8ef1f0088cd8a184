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
#include "inherit.h"
#include "log.h"
#include "pins.h"
#include "util.h"

#define PIN_DIR_NEW REGISTRY_PIN_DIR "-new"
#define PIN_DIR_OLD REGISTRY_PIN_DIR "-old"

#define END_WAIT_SEC 10

/* What is there beside REGISTRY_PIN_DIR: what was replaced, or left by a start that was killed. */
static const char *const leftovers[] = {PIN_DIR_NEW, PIN_DIR_OLD, NULL};

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
 * Waits for programs that still run on another CPU, which a program's id says nothing of: what they
 * count and report, they have done so afterwards.  The kernel does this for whoever replaces a map
 * in a map, for this purpose (maybe_wait_bpf_programs()); membarrier() would not with nohz_full=.
 */
static int wait_for_runs(void)
{
	const uint32_t first = 0;
	_cleanup_close_ int inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);
	const struct bpf_map_create_opts opts = {.sz = sizeof(opts), .inner_map_fd = inner};
	_cleanup_close_ int outer = -1;

	if (inner >= 0)
		outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, NULL, 4, 4, 1, &opts);
	if (outer < 0 || bpf_map_update_elem(outer, &first, &inner, BPF_ANY) < 0)
		return -errno;
	return 0;
}

/*
 * Ends what is pinned in these directories, leftovers of a start that was killed half way
 * too; `heir` inherits.  -ENOENT: there was nothing; -ETIMEDOUT: a process holds programs.
 */
static int retire(const char *const *dirs, struct loader *heir)
{
	struct programs p = {};
	int status = -ENOENT, ended;
	char links[256];

	for (size_t i = 0; dirs[i]; i++) {
		if (heir)
			inherit_voice(heir, dirs[i]);
		list_programs(dirs[i], &p);
		snprintf(links, sizeof(links), "%s/links", dirs[i]);
		remove_tree(links);
	}
	ended = p.n ? wait_for_end(&p) ?: wait_for_runs() : 0;
	for (size_t i = 0; dirs[i]; i++) {
		int err = heir ? inherit_rest(heir, dirs[i]) : 0;

		if (err)
			log_warning("%s: not all that it counted and reported could be read: %s",
				    dirs[i], err == -ESTALE ? "another version's" : strerror(-err));
		err = remove_tree(dirs[i]);
		if (status == -ENOENT || (err && err != -ENOENT))
			status = err;
	}
	return status ?: ended;
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

/* Between the two steps the old is the one that is whole; before there was an old, the new. */
void pins_mend(void)
{
	if (access(REGISTRY_PIN_DIR, F_OK) == 0)
		return;
	if (rename(PIN_DIR_OLD, REGISTRY_PIN_DIR) < 0)
		rename(PIN_DIR_NEW, REGISTRY_PIN_DIR);
}

int pins_clear(struct loader *heir)
{
	int err = retire(leftovers, heir);

	inherit_silence(heir);
	return err == -ENOENT ? 0 : err;
}

int pins_replace(struct loader *l)
{
	int err;

	retire(leftovers, l);
	err = loader_pin(l, PIN_DIR_NEW) ?: put_in_place();
	if (err) {
		remove_tree(PIN_DIR_NEW);
		return err;
	}
	return pins_clear(l);
}

int pins_remove(void)
{
	static const char *const all[] = {REGISTRY_PIN_DIR, PIN_DIR_NEW, PIN_DIR_OLD, NULL};

	return retire(all, NULL);
}
