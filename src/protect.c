// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "ancestry.h"
#include "mounts.h"
#include "protect.h"
#include "util.h"

#define NESTING_MAX 16    /* a file system in a file of a file system, and so on */
#define ROUTES_MAX  65536 /* lines; the default routes are the first */

#define RTF_UP     0x1
#define RTF_REJECT 0x200

struct finder {
	struct ancestry ancestry;
	struct mounts mounts;
	const char *reason; /* of the mounts that are looked at now */
	size_t nesting, places;
	bool network; /* something is on the network */
};

static FILE *open_file(struct finder *f, const char *path)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", f->ancestry.root, path) >= (int)sizeof(full))
		return NULL;
	return fopen(full, "re");
}

/* What is not there, or was but is no more, is none. */
static int follow(struct finder *f, const char *path, const char *reason)
{
	int err = ancestry_follow(&f->ancestry, path, reason);

	return err == -ENOMEM ? err : 0;
}

typedef int (*for_entry)(struct finder *f, const char *path, const char *name);

/* For each entry of a directory, if it is there; ends with the first error. */
static int each_entry(struct finder *f, const char *path, for_entry call)
{
	char full[PATH_MAX], entry_path[PATH_MAX];
	struct dirent *entry;
	DIR *dir = NULL;
	int err = 0;

	if (snprintf(full, sizeof(full), "%s%s", f->ancestry.root, path) < (int)sizeof(full))
		dir = opendir(full);
	while (!err && dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    snprintf(entry_path, sizeof(entry_path), "%s/%s", path, entry->d_name) <
			    (int)sizeof(entry_path))
			err = call(f, entry_path, entry->d_name);
	if (dir)
		closedir(dir);
	return err;
}

static int follow_entry(struct finder *f, const char *path, const char *name)
{
	return follow(f, path, f->reason);
}

/*
 * Disks.
 */

/* /dev/mapper/NAME is a link to ../dm-0 or, without udev, a node of its own. */
static int add_if_mapped(struct finder *f, const char *path, const char *wanted)
{
	_cleanup_fclose_ FILE *file = NULL;
	char name_file[PATH_MAX], name[256];

	if (snprintf(name_file, sizeof(name_file), "%s/dm/name", path) >= (int)sizeof(name_file))
		return -ENOENT;
	file = open_file(f, name_file);
	if (!file || !fgets(name, sizeof(name), file))
		return -ENOENT;
	name[strcspn(name, "\n")] = '\0';
	return strcmp(name, wanted) ? -ENOENT : ancestry_follow(&f->ancestry, path, f->reason);
}

static int add_mapped(struct finder *f, const char *wanted)
{
	char path[64];
	int err = -ENOENT;

	for (int i = 0; i < 1024 && err == -ENOENT; i++) {
		snprintf(path, sizeof(path), "/sys/class/block/dm-%d", i);
		err = add_if_mapped(f, path, wanted);
	}
	return err;
}

/* All devices of a BTRFS of which one is of this name. */
static int add_if_sibling(struct finder *f, const char *path, const char *fs)
{
	char devices[PATH_MAX], one[PATH_MAX];
	const char *name = strrchr(path, '/');

	snprintf(devices, sizeof(devices), "/sys/fs/btrfs/%s/devices", fs);
	if (snprintf(one, sizeof(one), "%s%s%s", f->ancestry.root, devices, name) >=
		    (int)sizeof(one) ||
	    access(one, F_OK) < 0)
		return 0;
	return each_entry(f, devices, follow_entry);
}

static int add_btrfs(struct finder *f, const char *path)
{
	char full[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	if (snprintf(full, sizeof(full), "%s/sys/fs/btrfs", f->ancestry.root) >= (int)sizeof(full))
		return 0;
	dir = opendir(full);
	while (!err && dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			err = add_if_sibling(f, path, entry->d_name);
	if (dir)
		closedir(dir);
	return err;
}

/* A block device by its node, "/dev/sda2".  -ENOENT: no such disk is known. */
static int add_source(struct finder *f, const char *source)
{
	char full[PATH_MAX], real[PATH_MAX], path[PATH_MAX];
	int err = -ENOENT;

	if (strncmp(source, "/dev/", 5) != 0 ||
	    snprintf(full, sizeof(full), "%s%s", f->ancestry.root, source) >= (int)sizeof(full))
		return -ENOENT;
	if (!realpath(full, real))
		snprintf(real, sizeof(real), "%s", full);
	if (snprintf(path, sizeof(path), "/sys/class/block%s", strrchr(real, '/')) <
	    (int)sizeof(path))
		err = ancestry_follow(&f->ancestry, path, f->reason);
	if (!err)
		return add_btrfs(f, path);
	return err == -ENOENT && strncmp(source, "/dev/mapper/", 12) == 0
		       ? add_mapped(f, source + 12)
		       : err;
}

/* "/dev/sda:/dev/sdb": of file systems that name all their disks. */
static int add_sources(struct finder *f, const char *sources)
{
	_cleanup_free_ char *copy = strdup(sources);
	char *rest = copy, *source;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (source = strsep(&rest, ":")))
		err = add_source(f, source);
	return err;
}

/*
 * File systems.
 */

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

static int add_mount(struct finder *f, const struct mount *m);

/* The file system that a file or directory is in.  -ENOENT: what that is on cannot be told. */
static int add_place(struct finder *f, const char *path)
{
	const struct mount *m = path[0] == '/' ? mounts_of(&f->mounts, path) : NULL;
	int err;

	if (!m || f->nesting == NESTING_MAX || f->places++ >= ANCESTRY_MAX)
		return -ENOENT;
	f->nesting++;
	err = add_mount(f, m);
	f->nesting--;
	return err;
}

/* "/lower2:/lower1": a backslash stands before a colon that is part of a name. */
static int add_places(struct finder *f, char *list)
{
	char *from = list, *to = list, *start = list;
	int err = 0;

	for (bool end = false; !err && !end; from++) {
		if (*from && *from != ':') {
			from += *from == '\\' && from[1];
			*to++ = *from;
			continue;
		}
		end = !*from;
		*to = '\0';
		if (*start)
			err = add_place(f, start);
		start = to = from + 1;
	}
	return err;
}

static int add_overlay(struct finder *f, const struct mount *m)
{
	static const char *const layers[] = {"lowerdir", "lowerdir+", "upperdir", "datadir+"};
	int err = 0, found = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(layers); i++) {
		_cleanup_free_ char *dirs = mounts_option(m, layers[i]);

		found += dirs != NULL;
		err = dirs ? add_places(f, dirs) : 0;
	}
	return err ?: found ? 0 : -ENOENT;
}

/* -ENOENT: what the file system is on cannot be told. */
static int add_mount(struct finder *f, const struct mount *m)
{
	static const char *const memory[] = {"rootfs",   "tmpfs",  "ramfs",
					     "devtmpfs", "autofs", NULL};
	static const char *const network[] = {"nfs",  "nfs4",   "cifs", "smb3",
					      "ceph", "lustre", "afs",  NULL};
	char path[64];

	if (m->major) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", m->major, m->minor);
		return ancestry_follow(&f->ancestry, path, f->reason);
	}
	if (is_one_of(m->type, memory))
		return 0;
	if (is_one_of(m->type, network)) {
		f->network = true;
		return 0;
	}
	if (strcmp(m->type, "overlay") == 0)
		return add_overlay(f, m);
	if (strcmp(m->type, "virtiofs") == 0)
		return each_entry(f, "/sys/bus/virtio/drivers/virtiofs", follow_entry);
	if (strcmp(m->type, "9p") == 0)
		return each_entry(f, "/sys/bus/virtio/drivers/9pnet_virtio", follow_entry);
	return add_sources(f, m->source);
}

/* The files of loop devices, which the ancestry finds and cannot follow. */
static int add_files(struct finder *f)
{
	int err = 0;

	for (size_t i = 0; !err && i < f->ancestry.n_files; i++)
		err = add_place(f, f->ancestry.files[i]);
	for (size_t i = 0; i < f->ancestry.n_files; i++)
		free(f->ancestry.files[i]);
	f->ancestry.n_files = 0;
	return err;
}

/* After what was added for f->reason: what that leads to, or, where nobody can tell, every disk. */
static int settle(struct finder *f, int err)
{
	if (!err)
		err = add_files(f);
	if (err == -ENOENT)
		err = each_entry(f, "/sys/class/block", follow_entry);
	return err;
}

static int find_mounts(struct finder *f)
{
	static const char *const points[] = {"/",    "/boot", "/boot/efi", "/efi",
					     "/usr", "/var",  NULL};
	int err = 0;

	f->reason = PROTECT_DISK;
	for (size_t i = 0; i < f->mounts.n && err != -ENOMEM; i++)
		if (is_one_of(f->mounts.mounts[i].point, points))
			err = settle(f, add_mount(f, &f->mounts.mounts[i]));
	return err;
}

/* "/dev/dm-1 partition 999420 0 -2", "/var/swap\040file file ..." */
static int find_swaps(struct finder *f)
{
	_cleanup_fclose_ FILE *file = open_file(f, "/proc/swaps");
	char line[2 * PATH_MAX];
	int err = 0;

	f->reason = PROTECT_SWAP;
	while (err != -ENOMEM && file && fgets(line, sizeof(line), file)) {
		char *type = line + strcspn(line, " \t\n");

		if (line[0] != '/')
			continue;
		if (*type)
			*type++ = '\0';
		type += strspn(type, " \t");
		mounts_unescape(line);
		err = settle(f, strncmp(type, "file", 4) == 0 ? add_place(f, line)
							      : add_source(f, line));
	}
	return err == -ENOMEM ? err : 0;
}

/*
 * Consoles.
 */

static int add_console(struct finder *f, const char *name)
{
	char path[256];

	/* The terminal of a virtio console does not say which device it is. */
	if (strncmp(name, "hvc", 3) == 0)
		return each_entry(f, "/sys/bus/virtio/drivers/virtio_console", follow_entry);
	if (strchr(name, '/') ||
	    snprintf(path, sizeof(path), "/sys/class/tty/%s", name) >= (int)sizeof(path))
		return 0;
	return follow(f, path, PROTECT_CONSOLE);
}

static int add_boot_vga(struct finder *f, const char *path, const char *name)
{
	_cleanup_fclose_ FILE *file = NULL;
	char boot_vga[PATH_MAX];

	if (snprintf(boot_vga, sizeof(boot_vga), "%s/boot_vga", path) >= (int)sizeof(boot_vga))
		return 0;
	file = open_file(f, boot_vga);
	return file && fgetc(file) == '1' ? follow(f, path, PROTECT_CONSOLE) : 0;
}

static int find_consoles(struct finder *f)
{
	_cleanup_fclose_ FILE *file = open_file(f, "/sys/class/tty/console/active");
	char line[4096], *rest = line, *name;
	int err = 0;

	f->reason = PROTECT_CONSOLE;
	if (file && fgets(line, sizeof(line), file))
		while (!err && (name = strsep(&rest, " \n")))
			err = *name ? add_console(f, name) : 0;
	return err ?: each_entry(f, "/sys/bus/pci/devices", add_boot_vga)
			      ?: follow(f, "/sys/class/graphics/fb0", PROTECT_CONSOLE);
}

/*
 * Interfaces.
 */

static int add_if_up(struct finder *f, const char *path, const char *name)
{
	_cleanup_fclose_ FILE *file = NULL;
	char state_file[PATH_MAX], state[16] = "";

	if (snprintf(state_file, sizeof(state_file), "%s/operstate", path) >=
	    (int)sizeof(state_file))
		return 0;
	file = open_file(f, state_file);
	if (!file || !fgets(state, sizeof(state), file) || strcmp(state, "down\n") == 0)
		return 0;
	return follow(f, path, f->reason);
}

static int add_interface(struct finder *f, const char *name)
{
	const size_t reached = f->ancestry.reached, n_paths = f->ancestry.n_paths;
	char path[64];
	int err;

	if (strchr(name, '/') ||
	    snprintf(path, sizeof(path), "/sys/class/net/%s", name) >= (int)sizeof(path))
		return 0;
	err = follow(f, path, f->reason);
	if (err || strcmp(name, "lo") == 0 || f->ancestry.reached != reached ||
	    f->ancestry.n_paths == n_paths)
		return err;
	return each_entry(f, "/sys/class/net", add_if_up);
}

/* "eth0 00000000 0100A8C0 0003 0 0 100 00000000 0 0 0" */
static bool parse_route4(const char *line, char name[static 64], bool *ret_default)
{
	unsigned int to, flags, mask;

	if (sscanf(line, "%63s %x %*x %x %*d %*d %*d %x", name, &to, &flags, &mask) != 4)
		return false;
	*ret_default = !to && !mask;
	return (flags & (RTF_UP | RTF_REJECT)) == RTF_UP;
}

/* Destination, length, source, length, next hop, metric, references, uses, flags, interface. */
static bool parse_route6(const char *line, char name[static 64], bool *ret_default)
{
	unsigned int length, flags;

	if (sscanf(line, "%*32s %x %*32s %*x %*32s %*x %*x %*x %x %63s", &length, &flags, name) !=
	    3)
		return false;
	*ret_default = !length;
	return (flags & (RTF_UP | RTF_REJECT)) == RTF_UP;
}

typedef bool (*route_parser)(const char *line, char name[static 64], bool *ret_default);

/* The interfaces of default routes, or of all. */
static int add_routes(struct finder *f, const char *path, route_parser parse, bool all)
{
	_cleanup_fclose_ FILE *file = open_file(f, path);
	char line[512], name[64], before[64] = "";
	int err = 0;

	for (size_t i = 0; !err && i < ROUTES_MAX && file && fgets(line, sizeof(line), file); i++) {
		bool is_default;

		if (!parse(line, name, &is_default) || !(all || is_default) ||
		    strcmp(name, before) == 0)
			continue;
		err = add_interface(f, name);
		strcpy(before, name);
	}
	return err;
}

static int find_routes(struct finder *f, const char *reason, bool all)
{
	f->reason = reason;
	return add_routes(f, "/proc/self/net/route", parse_route4, all)
		       ?: add_routes(f, "/proc/self/net/ipv6_route", parse_route6, all);
}

static void finder_done(struct finder *f)
{
	ancestry_done(&f->ancestry);
	mounts_done(&f->mounts);
}

int protect_find(struct protection *ret, const char *root)
{
	_cleanup_(finder_done) struct finder f = {};
	int err = ancestry_init(&f.ancestry, root);

	if (err)
		return err;
	err = mounts_read(&f.mounts, f.ancestry.root);
	if (err == -ENOMEM)
		return err;
	err = find_mounts(&f) ?: find_swaps(&f) ?: find_consoles(&f);
	if (!err)
		err = find_routes(&f, PROTECT_ROUTE, false);
	if (!err && (f.network || f.ancestry.network))
		err = find_routes(&f, PROTECT_DISK, true);
	if (err)
		return err;
	ret->devices = TAKE_PTR(f.ancestry.devices);
	ret->reasons = TAKE_PTR(f.ancestry.reasons);
	ret->n = f.ancestry.n;
	ret->cut = f.ancestry.cut;
	return 0;
}

void protect_done(struct protection *p)
{
	free(p->devices);
	free(p->reasons);
	*p = (struct protection){};
}

const char *protect_reason(const struct protection *p, const struct owner_device_name *device)
{
	for (size_t i = 0; i < p->n; i++)
		if (memcmp(&p->devices[i], device, sizeof(*device)) == 0)
			return p->reasons[i];
	return NULL;
}

bool protect_has(const struct protection *p, const char *reason)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->reasons[i], reason) == 0)
			return true;
	return false;
}

int protect_add(struct protection *p, const struct owner_device_name *device, const char *reason)
{
	struct owner_device_name *devices;
	const char **reasons;

	if (protect_reason(p, device))
		return 0;
	devices = reallocarray(p->devices, p->n + 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	p->devices = devices;
	reasons = reallocarray(p->reasons, p->n + 1, sizeof(*reasons));
	if (!reasons)
		return -ENOMEM;
	p->reasons = reasons;
	devices[p->n] = *device;
	reasons[p->n++] = reason;
	return 0;
}

bool protect_same(const struct protection *a, const struct protection *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!protect_reason(b, &a->devices[i]))
			return false;
	return true;
}
