// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "inherit.h"
#include "registry.h"
#include "spaces.h"
#include "sysfs.h"
#include "util.h"

/* For each entry of a map whose keys are group numbers; an error ends it. */
static int for_each_group(int map, int (*visit)(int map, uint32_t group, int to), int to)
{
	uint32_t group, *previous = NULL;
	int err = 0;

	while (!err && bpf_map_get_next_key(map, previous, &group) == 0) {
		previous = &group;
		err = visit(map, group, to);
	}
	return err;
}

/* Its devices are counted as they are found. */
static int copy_group(int map, uint32_t group, int to)
{
	struct owner_group rec;

	if (bpf_map_lookup_elem(map, &group, &rec) < 0 || !rec.devices)
		return 0;
	rec.devices = 0;
	if (bpf_map_update_elem(to, &group, &rec, BPF_NOEXIST) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int copy_holder(int map, uint32_t group, int to)
{
	struct owner_holder holder;

	if (bpf_map_lookup_elem(map, &group, &holder) < 0)
		return 0;
	/* A map that changes meanwhile is walked anew. */
	if (bpf_map_update_elem(to, &group, &holder, BPF_NOEXIST) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* What the holder's container serves follows from him. */
static int copy_space(int map, uint32_t group, int to)
{
	struct owner_holder holder;

	if (bpf_map_lookup_elem(map, &group, &holder) < 0)
		return 0;
	return spaces_add(to, holder.space, group);
}

static int copy_newer_refusal(int map, uint32_t group, int to)
{
	struct owner_report ours, theirs;

	if (bpf_map_lookup_elem(map, &group, &theirs) < 0)
		return 0;
	if (bpf_map_lookup_elem(to, &group, &ours) == 0 && ours.when >= theirs.when)
		return 0;
	return bpf_map_update_elem(to, &group, &theirs, BPF_ANY) < 0 ? -errno : 0;
}

static int copy_recent(int from, int to)
{
	struct owner_recent kind;
	int err = 0;

	for (uint32_t i = 0; !err && i < OWNER_RECENT_KINDS; i++)
		if (bpf_map_lookup_elem(from, &i, &kind) < 0 ||
		    bpf_map_update_elem(to, &i, &kind, BPF_ANY) < 0)
			err = -errno;
	return err;
}

int inherit_records(struct loader *l, const char *dir)
{
	struct registry_maps to = loader_maps(l), from;
	int err = registry_open_pinned(&from, dir);

	if (err)
		return err;
	err = for_each_group(from.groups, copy_group, to.groups)
		      ?: for_each_group(from.holders, copy_holder, to.holders)
		      ?: for_each_group(from.holders, copy_space, loader_map_fd(l, "spaces"))
		      ?: for_each_group(from.refusals, copy_newer_refusal, to.refusals)
		      ?: copy_recent(from.recent, to.recent);
	registry_close_maps(&from);
	return err;
}

/* The live configuration of pinned programs, of this ABI, to be unmapped. */
static int map_config(const char *dir, volatile struct owner_config **ret)
{
	struct owner_config config;
	_cleanup_close_ int fd = -1;
	void *mapped;
	int err = registry_read_config(&config, dir) ?: registry_open_map(dir, "config", &fd);

	if (err)
		return err;
	if (config.abi != OWNER_ABI_VERSION)
		return -ESTALE;
	mapped = mmap(NULL, sizeof(config), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		return -errno;
	*ret = mapped;
	return 0;
}

static bool tells(const volatile struct owner_config *config)
{
	uint64_t now = boottime_ns();

	return config->from <= now && now < config->until;
}

static void sleep_until(uint64_t when)
{
	const struct timespec t = {.tv_sec = when / NSEC_PER_SEC, .tv_nsec = when % NSEC_PER_SEC};

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/*
 * The moment of the change-over lies ahead, so that it is the same for both, and is waited for, so
 * that neither is gone before.
 */
int inherit_voice(struct loader *l, const char *dir)
{
	const uint64_t ahead = 100 * 1000 * NSEC_PER_USEC;
	volatile struct owner_config *ours = loader_config(l), *theirs = NULL;
	uint64_t when = boottime_ns();
	int err = map_config(dir, &theirs);

	if (err)
		return err;
	if (tells(theirs)) {
		if (!tells(ours)) {
			when += ahead;
			ours->from = when;
			ours->until = OWNER_NEVER;
		}
		theirs->until = when;
		sleep_until(when);
	}
	munmap((void *)theirs, sizeof(*theirs));
	return 0;
}

void inherit_silence(struct loader *l)
{
	volatile struct owner_config *ours = loader_config(l);

	if (tells(ours))
		return;
	ours->from = boottime_ns();
	ours->until = OWNER_NEVER;
}

/* The group is learnt anew, should its device have changed while it was written. */
static int copy_refused(int to, uint64_t key, const struct owner_device *theirs)
{
	struct owner_device ours;

	if (bpf_map_lookup_elem(to, &key, &ours) < 0 || ours.driver[0] ||
	    memcmp(&ours.id, &theirs->id, sizeof(ours.id)) != 0)
		return 0;
	ours.refused = 1;
	if (bpf_map_update_elem(to, &key, &ours, BPF_EXIST) < 0 && errno != ENOENT)
		return -errno;
	sysfs_touch_group("", ours.group);
	return 0;
}

static int copy_all_refused(int from, int to)
{
	struct owner_device theirs;
	uint64_t key, *previous = NULL;
	int err = 0;

	while (!err && bpf_map_get_next_key(from, previous, &key) == 0) {
		previous = &key;
		if (bpf_map_lookup_elem(from, &key, &theirs) == 0 && theirs.refused)
			err = copy_refused(to, key, &theirs);
	}
	return err;
}

static int on_record(void *ctx, void *data, size_t size)
{
	return rings_deliver(ctx, data, size);
}

static int drain(struct loader *l, const char *dir, const char *name)
{
	_cleanup_close_ int fd = -1;
	struct ring_buffer *ring;
	int err = registry_open_map(dir, name, &fd);

	if (err)
		return err;
	ring = ring_buffer__new(fd, on_record, loader_rings(l), NULL);
	if (!ring)
		return -errno;
	err = ring_buffer__consume(ring);
	ring_buffer__free(ring);
	return err < 0 ? err : 0;
}

/* Each step is done, whatever becomes of the others; the first error counts. */
int inherit_rest(struct loader *l, const char *dir)
{
	struct registry_maps from, to = loader_maps(l);
	int err = registry_open_pinned(&from, dir);

	if (err)
		return access(dir, F_OK) < 0 ? 0 : err;
	const int steps[] = {
		registry_take_counters(&to, &from),
		for_each_group(from.refusals, copy_newer_refusal, to.refusals),
		copy_all_refused(from.devices, to.devices),
		drain(l, dir, "violations"),
		drain(l, dir, "changes"),
	};

	for (size_t i = 0; !err && i < ARRAY_SIZE(steps); i++)
		err = steps[i];
	registry_close_maps(&from);
	return err;
}
