/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices without whose drivers the host does not boot, cannot be seen, or cannot be reached:
 *
 *   boot disk      what /, /boot, /boot/efi, /efi, /usr and /var are on.  A file system on the
 *                  network: the interfaces of all routes.  A file system of which it cannot be
 *                  told what it is on (ZFS, an overlay whose layers are not mounted): every disk.
 *   swap           disks and files of /proc/swaps
 *   console        the active consoles; the display that the firmware started with (boot_vga),
 *                  and that of the first frame buffer
 *   default route  the interfaces of default routes of the main table.  Behind one that no device
 *                  stands behind (a tunnel, a switch in software): every interface that is up.
 *
 * Of each, all devices of buses above it, and those of which it is made (ancestry.h).  As in
 * sysfs.h every function takes the tree's root.  What is not there is none.
 */
#ifndef OWNERD_PROTECT_H
#define OWNERD_PROTECT_H

#include <stdbool.h>
#include <stddef.h>
#include "owner_abi.h"

#define PROTECT_DISK    "boot disk"
#define PROTECT_SWAP    "swap"
#define PROTECT_CONSOLE "console"
#define PROTECT_ROUTE   "default route"

struct protection {
	struct owner_device_name *devices;
	const char **reasons; /* of each device: PROTECT_*, static */
	size_t n;
	bool cut; /* there are more than it has room for */
};

/* -ENOMEM; -ENOENT: no such root. */
int protect_find(struct protection *ret, const char *root);
void protect_done(struct protection *p);

/* Why the device is protected; NULL: it is not. */
const char *protect_reason(const struct protection *p, const struct owner_device_name *device);

/* Whether any is for this reason. */
bool protect_has(const struct protection *p, const char *reason);

/* Adds one, unless it is there. */
int protect_add(struct protection *p, const struct owner_device_name *device, const char *reason);

/* Whether both have the same devices, in whatever order and for whatever reason. */
bool protect_same(const struct protection *a, const struct protection *b);

#endif
