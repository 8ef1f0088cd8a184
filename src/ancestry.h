/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devices of buses stand behind something in sysfs: a disk, a network interface, a serial
 * port.  Those are the directories that it lies in, and what it is made of: a volume's disks
 * (slaves/), a partition's disk, the controllers of a disk of NVMe's that has several, the
 * interfaces below a bond, bridge or VLAN (lower_*), a virtual function's physical one.
 *
 * Nothing is followed twice, so links in a circle end; more than ANCESTRY_MAX of them, and
 * devices, are left out, which `cut` tells.
 */
#ifndef OWNERD_ANCESTRY_H
#define OWNERD_ANCESTRY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include "owner_abi.h"

#define ANCESTRY_MAX 4096

struct ancestry_path {
	char *path; /* without links, below /sys/devices of the tree's root */
	const char *reason;
};

struct ancestry {
	char root[PATH_MAX]; /* without links; "" on a host */
	struct owner_device_name *devices;
	const char **reasons; /* of each device, the first for which it was reached */
	size_t n;
	size_t reached; /* how often any device was */
	struct ancestry_path *paths;
	size_t n_paths, n_followed;
	char **files; /* what loop devices are made of: paths, which no link tells */
	size_t n_files;
	bool network; /* a disk is on the network */
	bool cut;
};

int ancestry_init(struct ancestry *a, const char *root);
void ancestry_done(struct ancestry *a);

/*
 * Adds what stands behind `path`, which begins with /sys and may have links.  `reason` must
 * outlive the ancestry.  -ENOENT: it is not there; -ENOMEM.
 */
int ancestry_follow(struct ancestry *a, const char *path, const char *reason);

#endif
