// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "describe.h"
#include "owner_abi.h"
#include "sysfs.h"
#include "util.h"
#include "verify.h"

#define TRIES    10
#define PAUSE_NS (50 * 1000 * 1000)

__attribute__((format(printf, 2, 3))) static int differ(struct verify *v, const char *fmt, ...)
{
	char **more = reallocarray(v->differences, v->n_differences + 1, sizeof(*more));
	va_list ap;
	int n;

	if (!more)
		return -ENOMEM;
	v->differences = more;
	va_start(ap, fmt);
	n = vasprintf(&more[v->n_differences], fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	v->n_differences++;
	return 0;
}

/* Reads a pinned iterator to its end: an array of records of `size` bytes, malloc'ed. */
static int read_iterator(const char *dir, const char *name, size_t size, void **ret, size_t *ret_n)
{
	_cleanup_free_ char *buf = NULL;
	_cleanup_close_ int fd = -1;
	size_t used = 0, room = 0;
	char path[256];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/links/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && access(dir, F_OK) == 0 ? -EOPNOTSUPP : -errno;
	do {
		if (room - used < 4096) {
			char *bigger = realloc(buf, room += 65536);

			if (!bigger)
				return -ENOMEM;
			buf = bigger;
		}
		n = read(fd, buf + used, room - used);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		used += n > 0 ? n : 0;
	} while (n);
	*ret = TAKE_PTR(buf);
	*ret_n = used / size;
	return 0;
}

static int check_group(struct verify *v, const struct owner_group_check *c)
{
	size_t devices;

	v->n_groups++;
	if (c->gone)
		return sysfs_count_group_devices("", c->group, &devices) == 0
			       ? differ(v, "group %u: is another one than recorded", c->group)
			       : differ(v, "group %u: recorded, and not there", c->group);
	if (c->recorded == c->actual)
		return 0;
	return differ(v, "group %u: recorded as owned by %s (%u), by the kernel's words by %s (%u)",
		      c->group, describe_owner(OWNER_STATE_KIND(c->recorded)),
		      OWNER_STATE_COUNT(c->recorded), describe_owner(OWNER_STATE_KIND(c->actual)),
		      OWNER_STATE_COUNT(c->actual));
}

static const char *driver_or_none(const char *driver)
{
	return driver[0] ? driver : "no driver";
}

static int check_device(struct verify *v, struct owner_device_check *c)
{
	uint32_t group;

	c->id.bus[sizeof(c->id.bus) - 1] = '\0';
	c->id.name[sizeof(c->id.name) - 1] = '\0';
	c->recorded[sizeof(c->recorded) - 1] = '\0';
	c->actual[sizeof(c->actual) - 1] = '\0';
	v->n_devices++;
	if (c->gone)
		return differ(v, "%s/%s: recorded in group %u, and not in it", c->id.bus,
			      c->id.name, c->group);
	if (strcmp(c->recorded, c->actual) != 0)
		return differ(v, "%s/%s: recorded with %s, has %s", c->id.bus, c->id.name,
			      driver_or_none(c->recorded), driver_or_none(c->actual));
	if (sysfs_device_group("", c->id.bus, c->id.name, &group) == 0 && group != c->group)
		return differ(v, "%s/%s: recorded in group %u, by sysfs in group %u", c->id.bus,
			      c->id.name, c->group, group);
	return 0;
}

/* Every group that sysfs shows has as many records of devices as it has devices. */
static int check_complete(struct verify *v, const struct owner_device_check *devices, size_t n)
{
	_cleanup_free_ uint32_t *ids = NULL;
	size_t n_ids = 0, in_sysfs;
	int err = sysfs_groups("", &ids, &n_ids);

	for (size_t i = 0; !err && i < n_ids; i++) {
		size_t recorded = 0;

		if (sysfs_count_group_devices("", ids[i], &in_sysfs) < 0)
			continue; /* it went meanwhile */
		for (size_t j = 0; j < n; j++)
			recorded += devices[j].group == ids[i];
		if (recorded != in_sysfs)
			err = differ(v, "group %u: %zu devices recorded, %zu by sysfs", ids[i],
				     recorded, in_sysfs);
	}
	return err;
}

static int compare(struct verify *v, const char *dir)
{
	_cleanup_free_ void *groups = NULL, *devices = NULL;
	size_t n_groups = 0, n_devices = 0;
	int err = read_iterator(dir, "check_devices", sizeof(struct owner_device_check), &devices,
				&n_devices);

	/* In this order: corrected groups count corrected devices. */
	if (!err)
		err = read_iterator(dir, "check_groups", sizeof(struct owner_group_check), &groups,
				    &n_groups);
	for (size_t i = 0; !err && i < n_groups; i++)
		err = check_group(v, (struct owner_group_check *)groups + i);
	for (size_t i = 0; !err && i < n_devices; i++)
		err = check_device(v, (struct owner_device_check *)devices + i);
	return err ?: check_complete(v, devices, n_devices);
}

static bool has_difference(const struct verify *v, const char *line)
{
	for (size_t i = 0; i < v->n_differences; i++)
		if (strcmp(v->differences[i], line) == 0)
			return true;
	return false;
}

/* Keeps of *v only what is in `again` too. */
static void keep_common(struct verify *v, const struct verify *again)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->n_differences; i++) {
		if (has_difference(again, v->differences[i]))
			v->differences[kept++] = v->differences[i];
		else
			free(v->differences[i]);
	}
	v->n_differences = kept;
}

int verify_pinned(struct verify *ret, const char *dir)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct verify v = {};
	int err = compare(&v, dir);

	for (int i = 1; !err && v.n_differences && i < TRIES; i++) {
		struct verify again = {};

		nanosleep(&pause, NULL);
		err = compare(&again, dir);
		keep_common(&v, &again);
		verify_done(&again);
	}
	if (err)
		verify_done(&v);
	else
		*ret = v;
	return err;
}

void verify_done(struct verify *v)
{
	for (size_t i = 0; i < v->n_differences; i++)
		free(v->differences[i]);
	free(v->differences);
	*v = (struct verify){};
}
