/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The groups and devices of a host, as far as a policy looks at them: from the maps that ownerd has
 * pinned, or, without them, from sysfs.
 */
#ifndef OWNERD_HOST_H
#define OWNERD_HOST_H

#include "registry.h"

struct host {
	struct registry registry; /* from sysfs only ids and devices; their group's owner is none */
	bool recorded;            /* from the maps: a device without a driver has its host driver */
};

/* `root`: NULL, or a directory with a copy of another host's /sys in it. */
int host_read(struct host *ret, const char *root, char **ret_error);
void host_done(struct host *h);

/*
 * The group of a number or a device; *ret_device is the latter's place in it, or -1.  -ENXIO: there
 * is none, -EINVAL: no name of one, with a line for people in *ret_error.
 */
int host_find(const struct host *h, const char *text, const struct registry_group **ret,
	      int *ret_device, char **ret_error);

/* Whether the driver does no DMA of its own: by the devices that have it, else by its name. */
bool host_is_managed(const struct host *h, const char *driver);

#endif
