/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which driver the host would bind to a device that has had none: by the device's modalias, from
 * the modules that are installed, as modprobe and udev look for them.
 *
 * Nobody knows if several modules match: which of them gets the device is told by their probes.
 * VFIO's own drivers do not match, their aliases are of another kind (vfio_pci:).
 */
#ifndef OWNERD_HOSTDRIVER_H
#define OWNERD_HOSTDRIVER_H

#include "owner_abi.h"

struct hostdriver;

/*
 * Reads the indexes of modules and modprobe's configuration, which stay as they are now for it.
 * `root`: "", or a directory with a copy of another host's /sys, /lib/modules, /etc and
 * /proc/sys/kernel/osrelease.  -ENOENT: it has no such.
 */
int hostdriver_new(struct hostdriver **ret, const char *root);

/*
 * The name of the driver, filled up with NULs, for a PCI device's modalias; of a module that is not
 * loaded, the module's, which has "_" for "-".  -ENOENT: nobody knows.  Bridges, which own nothing,
 * have none.
 */
int hostdriver_find(const struct hostdriver *h, const char *modalias,
		    char ret[static OWNER_DRIVER_LEN]);

/* What a modalias says of a PCI device ("pci:v00008086d..."); -EINVAL: it is none of one. */
int hostdriver_model(const char *modalias, struct owner_model *ret);

void hostdriver_free(struct hostdriver *h);

static inline void hostdriver_freep(struct hostdriver **h)
{
	hostdriver_free(*h);
}

#endif
