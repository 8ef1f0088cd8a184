/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot of the owner map, read from the BPF maps: the daemon's own, or those
 * that it left pinned.  The types of owner_abi.h are kept as they are; this module
 * adds order and membership, and knows nothing of text.
 */
#ifndef OWNERD_REGISTRY_H
#define OWNERD_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "owner_abi.h"

/* Where everything is pinned: a directory of mode 0700. */
#define REGISTRY_PIN_DIR "/sys/fs/bpf/ownerd"

/* Descriptors of the maps by their names in bpf/maps.bpf.h, borrowed or owned: see below. */
struct registry_maps {
	int groups, holders, devices, refusals, counters, domains, tables, kernel_maps, stacks;
	int recent;
	int generations, selects, rules, matchers, drivers; /* the policy: generation.h */
};

struct registry_group {
	uint32_t id;
	struct owner_group record;
	bool held; /* holder is valid, and the group's owner is user */
	struct owner_holder holder;
	bool counted; /* mapped is valid */
	struct owner_domain
		mapped;   /* by the user; with holder.partial, at least; held is not below 0 */
	int64_t mappings; /* in the user's address space; of VFIO's container only if
			   * mappings_count() has been asked; below 0: not known */
	bool refused;     /* refusal is valid */
	struct owner_report refusal;
	const struct owner_device *devices; /* into registry.devices */
	size_t n_devices;
	const struct registry_kernel_maps *kernel_maps; /* into registry.kernel_maps */
	size_t n_kernel_maps;
};

/* What the kernel has mapped for a device that it should map nothing for: owner_kernel_maps. */
struct registry_kernel_maps {
	uint32_t group;
	struct owner_device device; /* its name is empty: it is gone */
	struct owner_kernel_maps maps;
	int32_t stack_id;
	uint64_t stack[OWNER_STACK_DEPTH]; /* zero: not known */
};

struct registry {
	struct registry_group *groups; /* by id; without those that are gone */
	size_t n_groups;
	struct owner_device *devices; /* by group, bus, name */
	size_t n_devices;
	struct registry_kernel_maps *kernel_maps; /* by group */
	size_t n_kernel_maps;
};

/* Reads all maps.  Records may change between two maps; each record is whole. */
int registry_read(struct registry *ret, const struct registry_maps *maps);
void registry_done(struct registry *r);

/* NULL: no such group, no such device.  A device is "BUS/NAME", or "NAME" on the PCI bus. */
const struct registry_group *registry_find_group(const struct registry *r, uint32_t id);
const struct registry_group *registry_find_device(const struct registry *r, const char *device);

/* By enum owner_counter. */
int registry_counters(const struct registry_maps *maps, uint64_t ret[COUNT_MAX]);

/* Adds to the first what the second has counted, which then has counted nothing. */
int registry_take_counters(const struct registry_maps *to, const struct registry_maps *from);

/* What a report of ACT_DMA has told of; NULL: it is not there. */
const struct registry_kernel_maps *registry_find_kernel_maps(const struct registry *r,
							     const struct owner_report *report);

/* One pinned map by its name; the caller closes it. */
int registry_open_map(const char *dir, const char *name, int *ret);

/* The configuration of the programs pinned in `dir`.  -ESTALE: older than its present shape. */
int registry_read_config(struct owner_config *ret, const char *dir);

/*
 * Opens the maps pinned in `dir`.  -ENOENT: nothing is pinned; -ESTALE: another build
 * with another OWNER_ABI_VERSION pinned it; -EACCES, -EPERM: not root.  The caller
 * closes by registry_close_maps().
 */
int registry_open_pinned(struct registry_maps *ret, const char *dir);
void registry_close_maps(struct registry_maps *maps);

#endif
