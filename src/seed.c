// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include "log.h"
#include "models.h"
#include "seed.h"
#include "spaces.h"
#include "sysfs.h"
#include "opens.h"
#include "util.h"

/* Beyond half as much again as is there: a hot-plugged card or two on a small host. */
#define SPARE_ENTRIES 256

/* A group's devices, and room for bridges and functions, when --max-groups says how many groups. */
#define DEVICES_PER_GROUP 8

#define LEARN_TRIES 50

/*
 * Room for what is there, half as much again, and all virtual functions that may be made: the same
 * whether they are made already or not.
 */
static uint32_t room_for(size_t n, const struct sysfs_vfs *vfs)
{
	const size_t others = n > vfs->made ? n - vfs->made : 0;
	const size_t functions = vfs->possible > vfs->made ? vfs->possible : vfs->made;

	return others + others / 2 + functions + SPARE_ENTRIES;
}

struct loader_sizes seed_sizes(const struct config *config)
{
	_cleanup_free_ uint32_t *ids = NULL;
	size_t groups = 0, devices = 0;
	struct sysfs_vfs vfs = {};
	struct loader_sizes s;

	sysfs_count_vfs("", &vfs); /* first, so that those made meanwhile are counted twice */
	sysfs_groups("", &ids, &groups);
	sysfs_count_devices("", &devices);
	s.groups = config->max_groups ?: room_for(groups, &vfs);
	s.devices = config->max_groups ? DEVICES_PER_GROUP * config->max_groups
				       : room_for(devices, &vfs);
	s.minors = s.groups + s.devices; /* a node each */
	return s;
}

/* Of VFIO's two majors, what the programs have not learnt themselves. */
static int seed_major(const char *name, volatile __u32 *to)
{
	uint32_t major;
	int err = sysfs_major("", name, &major);

	if (!err && *to == OWNER_NO_MAJOR)
		*to = major;
	return err == -ENOENT ? 0 : err;
}

static int seed_nodes(struct loader *l)
{
	struct owner_config *config = loader_config(l);
	_cleanup_free_ struct sysfs_node *nodes = NULL;
	size_t n = 0;
	int err = seed_major("vfio", &config->vfio_major)
			  ?: seed_major("vfio-dev", &config->device_major)
			  ?: sysfs_vfio_nodes("", &nodes, &n);

	for (size_t i = 0; !err && i < n; i++) {
		uint32_t dev = OWNER_DEV(nodes[i].major, nodes[i].minor);

		*(nodes[i].of_device ? &config->device_major : &config->vfio_major) =
			nodes[i].major;
		if (bpf_map_update_elem(loader_map_fd(l, "minors"), &dev, &nodes[i].group,
					BPF_NOEXIST) < 0 &&
		    errno != EEXIST)
			err = -errno;
	}
	return err == -ENOENT ? 0 : err;
}

/* Whether the group's record has as many devices as sysfs shows. */
static bool is_learnt(struct loader *l, uint32_t id)
{
	struct owner_group group;
	size_t devices;

	if (sysfs_count_group_devices("", id, &devices) < 0)
		return true; /* it is gone */
	return bpf_map_lookup_elem(loader_maps(l).groups, &id, &group) == 0 &&
	       group.devices == devices;
}

/*
 * The BPF side does the work: it sees each read of a group's file.  The kernel may skip
 * its program now and then, and devices come and go: so it is looked whether the reads
 * had their effect, and those that had none are repeated.  *n: how many are left.
 */
static int learn(struct loader *l, uint32_t *ids, size_t *n)
{
	size_t left = 0;

	for (size_t i = 0; i < *n; i++) {
		int err = sysfs_touch_group("", ids[i]);

		if (err && err != -ENOENT) /* the group went away meanwhile */
			return err;
		if (!err && !is_learnt(l, ids[i]))
			ids[left++] = ids[i];
	}
	*n = left;
	return 0;
}

int seed_groups(struct loader *l)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	_cleanup_free_ uint32_t *ids = NULL;
	size_t n = 0;
	int err = sysfs_groups("", &ids, &n);

	for (int i = 0; !err && n && i < LEARN_TRIES; i++) {
		if (i)
			nanosleep(&pause, NULL);
		err = learn(l, ids, &n);
	}
	return err ?: n ? -EAGAIN : 0;
}

static bool older(const struct owner_open *a, const struct owner_open *b)
{
	return a->task.start < b->task.start;
}

static bool is_user_owned(struct loader *l, uint32_t id)
{
	struct owner_group group;

	return bpf_map_lookup_elem(loader_maps(l).groups, &id, &group) == 0 &&
	       OWNER_STATE_KIND(group.state) == OWNER_USER;
}

static bool is_of(const struct owner_open *o, const struct owner_holder *h)
{
	return o->file == h->file ||
	       (o->task.tgid == h->task.tgid && o->task.start == h->task.start);
}

/* VFIO lets one file be open: the oldest process that has it, since others have it from there. */
static int seed_holder(struct loader *l, const struct owner_open *o, uint64_t space,
		       uint64_t looked, size_t *ret_corrected)
{
	int map = loader_maps(l).holders;
	struct owner_holder h = {.seeded = 1,
				 .file = o->file,
				 .task = o->task,
				 .since = looked,
				 .space = space},
			    old;
	bool known = bpf_map_lookup_elem(map, &o->group, &old) == 0;

	if (known && old.since >= looked)
		return 0;
	if (known) {
		log_warning("corrected: group %u: held by %s[%u], recorded as held by %s[%u]",
			    o->group, o->task.comm, o->task.tgid, old.task.comm, old.task.tgid);
		(*ret_corrected)++;
	}
	if (bpf_map_update_elem(map, &o->group, &h, known ? BPF_EXIST : BPF_NOEXIST) < 0 &&
	    errno != EEXIST && errno != ENOENT)
		return -errno;
	return spaces_add(loader_map_fd(l, "spaces"), space, o->group);
}

/*
 * The holder of a group that was claimed before ownerd, or while nobody looked.  A record
 * stands as long as its file is open, or its process has another of the group's (iommufd: a
 * file for each device), or nobody has.
 */
static int seed_holders(struct loader *l, size_t *ret_corrected)
{
	_cleanup_free_ struct owner_open *opens = NULL;
	uint64_t looked;
	size_t n = 0;
	int err;

	looked = boottime_ns();
	err = opens_read(loader_opens_fd(l), &opens, &n);
	for (size_t i = 0; !err && i < n; i++) {
		struct owner_holder h = {};
		bool is_recorded = false;
		size_t oldest = i;

		if (opens[i].space || opens[i].device)
			continue;

		bpf_map_lookup_elem(loader_maps(l).holders, &opens[i].group, &h);
		for (size_t j = 0; j < n; j++) {
			if (opens[j].space || opens[j].device || opens[j].group != opens[i].group)
				continue;
			if (older(&opens[j], &opens[oldest]))
				oldest = j;
			is_recorded |= is_of(&opens[j], &h);
		}
		if (oldest == i && !is_recorded && is_user_owned(l, opens[i].group))
			err = seed_holder(l, &opens[i], spaces_find(opens, n, &opens[i].task),
					  looked, ret_corrected);
	}
	return err;
}

static bool is_thread(uint64_t pid_tgid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/task/%u", (uint32_t)(pid_tgid >> 32),
		 (uint32_t)pid_tgid);
	return access(path, F_OK) == 0;
}

void seed_drop_claims(struct loader *l)
{
	uint32_t group, next;
	int map = loader_map_fd(l, "claims");
	bool more = bpf_map_get_next_key(map, NULL, &next) == 0;

	while (more) {
		struct owner_claim claim;

		group = next;
		more = bpf_map_get_next_key(map, &group, &next) == 0;
		if (bpf_map_lookup_elem(map, &group, &claim) == 0 && !is_thread(claim.pid_tgid))
			bpf_map_delete_elem(map, &group);
	}
}

int seed_state(struct loader *l, size_t *ret_corrected)
{
	int err = seed_nodes(l), groups;

	if (err)
		return err;
	err = models_seed(l);
	if (err)
		log_warning("rules that name a driver do not select every device that none was "
			    "bound to: %s",
			    strerror(-err));
	groups = seed_groups(l);
	return seed_holders(l, ret_corrected) ?: groups;
}
