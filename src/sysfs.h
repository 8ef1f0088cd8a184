/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sysfs says of IOMMU groups, devices and VFIO's nodes.  Reads only; every name
 * from there is taken as hostile text.
 *
 * Every function takes the tree's root ("" on a host), so that tests can bring their
 * own tree.
 */
#ifndef OWNERD_SYSFS_H
#define OWNERD_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ids of all groups below /sys/kernel/iommu_groups, ascending; malloc'ed.  None at all: 0. */
int sysfs_groups(const char *root, uint32_t **ret, size_t *ret_n);

/*
 * Reads one of the group's own files (type, or reserved_regions where there is no
 * type) and throws it away: the read is what the BPF side waits for.  -ENOENT: gone.
 */
int sysfs_touch_group(const char *root, uint32_t group);

/*
 * Whether the firmware wants memory of a device of the group mapped as it is: "direct" among the
 * group's reserved_regions (RMRR, IVMD, RMR); "direct-relaxable" is no such thing.
 */
bool sysfs_wants_direct(const char *root, uint32_t group);

/* How many devices one group has; -ENOENT: it is gone. */
int sysfs_count_group_devices(const char *root, uint32_t group, size_t *ret);

/* How many devices all groups have together. */
int sysfs_count_devices(const char *root, size_t *ret);

/*
 * Virtual functions of all PCI devices: how many there are, and how many there may be, which is the
 * sum of sriov_totalvfs. Text that is no 16-bit number counts as 0.
 */
struct sysfs_vfs {
	size_t made, possible;
};

int sysfs_count_vfs(const char *root, struct sysfs_vfs *ret);

/*
 * VFIO's nodes.  Of groups: /sys/class/vfio/NAME/dev, where NAME is the group's number, or
 * "noiommu-" and the number of a group that VFIO made up for a device without IOMMU.  Of
 * devices: /sys/class/vfio-dev/NAME/dev, and the group of the device above it.  In no order.
 */
struct sysfs_node {
	uint32_t group, major, minor;
	bool of_device;
};
int sysfs_vfio_nodes(const char *root, struct sysfs_node **ret, size_t *ret_n);

/*
 * The major number that /proc/devices gives to a character device: "vfio", VFIO's groups, or
 * "vfio-dev", its devices.  -ENOENT: not loaded.
 */
int sysfs_major(const char *root, const char *name, uint32_t *ret);

/*
 * Splits "BUS/NAME" or "NAME" (of the PCI bus; "3b:00.0" becomes "0000:3b:00.0", in
 * lower case) into bus and name.  -EINVAL: not a device's name; -ENAMETOOLONG: longer
 * than the owner map keeps.  Whether it is there does not matter.
 */
int sysfs_parse_device(const char *text, char *bus, size_t bus_size, char *name, size_t name_size);

/* The group of a device by sysfs; -ENODEV: no such device; -ENOENT: it is in no group. */
int sysfs_device_group(const char *root, const char *bus, const char *name, uint32_t *ret);

/* The first line of a file, without its end; what is longer than the buffer is cut. */
int sysfs_read_line(const char *path, char *buf, size_t size);

/* Whether it is a PCI bridge of any kind, by its class; false where that cannot be read. */
bool sysfs_is_bridge(const char *root, const char *bus, const char *name);

#endif
