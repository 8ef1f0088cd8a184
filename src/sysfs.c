// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include "sysfs.h"
#include "util.h"

#define PAGE_MAX 4096 /* a sysfs file is one page at most */

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define _cleanup_closedir_ _cleanup_(close_dir)

static int open_dir_at(int fd, const char *path, DIR **ret)
{
	_cleanup_close_ int dir_fd = openat(fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (dir_fd < 0)
		return -errno;
	dir = fdopendir(dir_fd);
	if (!dir)
		return -errno;
	TAKE_FD(dir_fd);
	*ret = dir;
	return 0;
}

/* `path` begins with a slash, below `root`. */
static int open_dir(const char *root, const char *path, DIR **ret)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	return open_dir_at(AT_FDCWD, full, ret);
}

/* The next name that is no "." or ".."; NULL at the end, where *ret_error tells why. */
static const char *next_name(DIR *dir, int *ret_error)
{
	struct dirent *d;

	do {
		errno = 0;
		d = readdir(dir);
	} while (d && (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..")));
	if (!d)
		*ret_error = -errno;
	return d ? d->d_name : NULL;
}

/* What is gone may say so in two ways: at open, or (kernfs, between open and read) at read. */
static int read_at(int fd, const char *path, char buf[static PAGE_MAX + 1])
{
	_cleanup_close_ int file = openat(fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (file < 0)
		return -errno;
	do {
		n = read(file, buf, PAGE_MAX);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ENODEV ? -ENOENT : -errno;
	buf[n] = '\0';
	return 0;
}

/*
 * A decimal number as the kernel prints one: no sign, space or leading zero.  Returns
 * what follows it, or NULL.
 */
static const char *parse_number(const char *text, uint32_t max, uint32_t *ret)
{
	uint64_t number = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 10 || (n > 1 && text[0] == '0'))
		return NULL;
	for (size_t i = 0; i < n; i++)
		number = number * 10 + (text[i] - '0');
	if (number > max)
		return NULL;
	*ret = number;
	return text + n;
}

/* Group ids are an int in the kernel, so this also keeps OWNER_CANARY_GROUP out. */
static bool parse_group(const char *text, uint32_t *ret)
{
	uint32_t group;
	const char *rest = parse_number(text, INT_MAX, &group);

	if (!rest || *rest)
		return false;
	*ret = group;
	return true;
}

static int compare_groups(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Makes room for one more element after n; grows by halves so that long lists stay cheap. */
static int grow(void **array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room + *room / 2 + 1 : 16;
	void *p;

	if (n < *room)
		return 0;
	p = reallocarray(*array, more, size);
	if (!p)
		return -ENOMEM;
	*array = p;
	*room = more;
	return 0;
}

int sysfs_groups(const char *root, uint32_t **ret, size_t *ret_n)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_free_ void *groups = NULL;
	size_t n = 0, room = 0;
	const char *name;
	uint32_t group;
	int r;

	r = open_dir(root, "/sys/kernel/iommu_groups", &dir);
	if (r && r != -ENOENT)
		return r;
	r = 0;
	while (dir && (name = next_name(dir, &r))) {
		if (!parse_group(name, &group))
			continue;
		r = grow(&groups, n, &room, sizeof(group));
		if (r)
			return r;
		((uint32_t *)groups)[n++] = group;
	}
	if (r)
		return r;
	if (n)
		qsort(groups, n, sizeof(group), compare_groups);
	*ret = TAKE_PTR(groups);
	*ret_n = n;
	return 0;
}

int sysfs_touch_group(const char *root, uint32_t group)
{
	static const char *const files[] = {"type", "reserved_regions"};
	char path[PATH_MAX], page[PAGE_MAX + 1];
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(files) && r == -ENOENT; i++) {
		if (snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups/%u/%s", root, group,
			     files[i]) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		r = read_at(AT_FDCWD, path, page);
	}
	return r;
}

static int count_names(int fd, const char *path, size_t *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	size_t n = 0;
	int r = open_dir_at(fd, path, &dir);

	if (r)
		return r;
	while (next_name(dir, &r))
		n++;
	if (!r)
		*ret = n;
	return r;
}

int sysfs_count_devices(const char *root, size_t *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	size_t n, sum = 0;
	const char *name;
	uint32_t group;
	int r;

	r = open_dir(root, "/sys/kernel/iommu_groups", &dir);
	if (r && r != -ENOENT)
		return r;
	r = 0;
	while (dir && (name = next_name(dir, &r))) {
		char path[32];

		if (!parse_group(name, &group))
			continue;
		snprintf(path, sizeof(path), "%u/devices", group);
		r = count_names(dirfd(dir), path, &n);
		if (r && r != -ENOENT) /* a group may go while we look */
			return r;
		sum += r ? 0 : n;
		r = 0;
	}
	if (!r)
		*ret = sum;
	return r;
}

/* 0 for a device that has none, and for text that is no count: the field is 16 bits wide. */
static uint32_t read_totalvfs(int fd, const char *device)
{
	char path[PATH_MAX], page[PAGE_MAX + 1];
	uint32_t count = 0;
	const char *rest;

	snprintf(path, sizeof(path), "%s/sriov_totalvfs", device);
	if (read_at(fd, path, page))
		return 0;
	rest = parse_number(page, UINT16_MAX, &count);
	return rest && !strcmp(rest, "\n") ? count : 0;
}

/*
 * Not sriov_numvfs: to read it may wait for whoever holds the device's lock, and so for the user of
 * a device that is being taken away (sriov_numvfs_show(), 5.5 to 6.9).
 */
int sysfs_count_vfs(const char *root, struct sysfs_vfs *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct sysfs_vfs sum = {};
	const char *name;
	int r;

	r = open_dir(root, "/sys/bus/pci/devices", &dir);
	if (r && r != -ENOENT)
		return r;
	r = 0;
	while (dir && (name = next_name(dir, &r))) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/physfn", name);
		sum.made += faccessat(dirfd(dir), path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
		sum.possible += read_totalvfs(dirfd(dir), name);
	}
	if (!r)
		*ret = sum;
	return r;
}

/* "MAJOR:MINOR\n", in the kernel's 12 and 20 bits. */
static bool parse_dev(const char *text, struct sysfs_node *node)
{
	const char *rest = parse_number(text, 0xfff, &node->major);

	if (!rest || *rest++ != ':')
		return false;
	rest = parse_number(rest, 0xfffff, &node->minor);
	return rest && !strcmp(rest, "\n");
}

/* "14", or "noiommu-14" for a group that VFIO made up for a device without an IOMMU. */
static bool parse_node_name(const char *name, uint32_t *ret)
{
	static const char noiommu[] = "noiommu-";

	if (!strncmp(name, noiommu, strlen(noiommu)))
		name += strlen(noiommu);
	return parse_group(name, ret);
}

/* False: no group node, or gone while we looked. */
/* The number of the group that the device above a node is in. */
static bool read_node_group(int fd, const char *name, uint32_t *ret)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/device/iommu_group", name);
	n = readlinkat(fd, path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return parse_group(basename(target), ret);
}

static bool read_node(int fd, const char *name, bool of_device, struct sysfs_node *ret)
{
	char path[PATH_MAX], page[PAGE_MAX + 1];
	struct sysfs_node node = {.of_device = of_device};

	if (of_device ? !read_node_group(fd, name, &node.group)
		      : !parse_node_name(name, &node.group))
		return false;
	snprintf(path, sizeof(path), "%s/dev", name);
	if (read_at(fd, path, page) || !parse_dev(page, &node))
		return false;
	*ret = node;
	return true;
}

struct nodes {
	void *nodes;
	size_t n, room;
};

/* A class that is not there has none. */
static int add_nodes(struct nodes *to, const char *root, const char *class, bool of_device)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct sysfs_node node;
	const char *name;
	int r = open_dir(root, class, &dir);

	if (r)
		return r == -ENOENT ? 0 : r;
	while ((name = next_name(dir, &r))) {
		if (!read_node(dirfd(dir), name, of_device, &node))
			continue;
		r = grow(&to->nodes, to->n, &to->room, sizeof(node));
		if (r)
			return r;
		((struct sysfs_node *)to->nodes)[to->n++] = node;
	}
	return r;
}

int sysfs_vfio_nodes(const char *root, struct sysfs_node **ret, size_t *ret_n)
{
	struct nodes nodes = {};
	int r = add_nodes(&nodes, root, "/sys/class/vfio", false)
			?: add_nodes(&nodes, root, "/sys/class/vfio-dev", true);

	if (r) {
		free(nodes.nodes);
		return r;
	}
	*ret = nodes.nodes;
	*ret_n = nodes.n;
	return 0;
}

int sysfs_major(const char *root, const char *name, uint32_t *ret)
{
	_cleanup_fclose_ FILE *file = NULL;
	bool character = false;
	char path[PATH_MAX], line[256];
	uint32_t major;

	if (snprintf(path, sizeof(path), "%s/proc/devices", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		const char *rest;

		if (!strcmp(line, "Character devices:\n"))
			character = true;
		else if (!strcmp(line, "Block devices:\n"))
			character = false;
		rest = parse_number(line + strspn(line, " "), 0xfff, &major);
		if (!rest || *rest != ' ' || rest[strcspn(rest, "\n")] != '\n')
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (character && !strcmp(rest + 1, name)) {
			*ret = major;
			return 0;
		}
	}
	return ferror(file) ? -EIO : -ENOENT;
}

/* Whether text may stand as one component of a path: printable ASCII, no slash. */
static bool is_component(const char *text)
{
	if (!*text || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (; *text; text++)
		if (*text < ' ' || *text > '~' || *text == '/')
			return false;
	return true;
}

/* Exactly min to max hexadecimal digits, then `end`. */
static const char *parse_hex(const char *text, size_t min, size_t max, char end, unsigned int *ret)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF");

	if (n < min || n > max || text[n] != end)
		return NULL;
	*ret = strtoul(text, NULL, 16);
	return text + n + (end != '\0');
}

/* [DOMAIN:]BUS:DEVICE.FUNCTION, to be printed again as the kernel writes it. */
static int parse_pci(const char *text, char *name, size_t size)
{
	unsigned int domain = 0, bus = 0, device = 0, function = 0;
	const char *rest = parse_hex(text, 4, 8, ':', &domain);
	char full[32];

	rest = parse_hex(rest ?: text, 2, 2, ':', &bus);
	if (rest)
		rest = parse_hex(rest, 2, 2, '.', &device);
	if (rest)
		rest = parse_hex(rest, 1, 1, '\0', &function);
	if (!rest || device > 0x1f || function > 7)
		return -EINVAL;
	snprintf(full, sizeof(full), "%04x:%02x:%02x.%x", domain, bus, device, function);
	if (strlen(full) >= size)
		return -ENAMETOOLONG;
	strcpy(name, full);
	return 0;
}

int sysfs_parse_device(const char *text, char *bus, size_t bus_size, char *name, size_t name_size)
{
	const char *slash = strchr(text, '/');
	const char *device = slash ? slash + 1 : text;
	_cleanup_free_ char *prefix = slash ? strndup(text, slash - text) : strdup("pci");
	int r;

	if (!prefix)
		return -ENOMEM;
	if (!is_component(prefix) || !is_component(device))
		return -EINVAL;
	if (strlen(prefix) >= bus_size)
		return -ENAMETOOLONG;
	if (!strcasecmp(prefix, "pci")) {
		r = parse_pci(device, name, name_size);
		if (!r)
			strcpy(bus, "pci");
		return r;
	}
	if (strlen(device) >= name_size)
		return -ENAMETOOLONG;
	strcpy(bus, prefix);
	strcpy(name, device);
	return 0;
}

int sysfs_device_group(const char *root, const char *bus, const char *name, uint32_t *ret)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX], link[PATH_MAX];
	const char *slash;
	ssize_t n;

	if (!is_component(bus) || !is_component(name))
		return -EINVAL;
	if (snprintf(path, sizeof(path), "%s/sys/bus/%s/devices/%s", root, bus, name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENODEV : -errno;
	n = readlinkat(fd, "iommu_group", link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	slash = strrchr(link, '/');
	return slash && parse_group(slash + 1, ret) ? 0 : -EINVAL;
}

int sysfs_read_line(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

/* A PCI class code is 0xCCSSPP; 06 is the class of bridges (PCI Code and ID Assignment). */
bool sysfs_is_bridge(const char *root, const char *bus, const char *name)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX];
	unsigned int class = 0;

	if (!is_component(bus) || !is_component(name))
		return false;
	if (snprintf(path, sizeof(path), "%s/sys/bus/%s/devices/%s/class", root, bus, name) >=
	    (int)sizeof(path))
		return false;
	f = fopen(path, "re");
	return f && fscanf(f, "%x", &class) == 1 && class >> 16 == 0x06;
}

bool sysfs_wants_direct(const char *root, uint32_t group)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX], type[32];

	if (snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups/%u/reserved_regions", root,
		     group) >= (int)sizeof(path))
		return false;
	f = fopen(path, "re");
	while (f && fscanf(f, "%*s %*s %31s", type) == 1)
		if (strcmp(type, "direct") == 0)
			return true;
	return false;
}

int sysfs_count_group_devices(const char *root, uint32_t group, size_t *ret)
{
	char path[PATH_MAX];
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s/sys/kernel/iommu_groups/%u/devices", root, group) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	*ret = n;
	return 0;
}
