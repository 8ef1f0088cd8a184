/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How PCI devices are wired, by the tree of sysfs and their configuration space, and why the kernel
 * cannot isolate some from others: the same questions as pci_device_group() asks
 * (drivers/iommu/iommu.c), of which ACS is the most frequent (PCI Express Base, "Access Control
 * Services").
 */
#ifndef OWNERD_TOPOLOGY_H
#define OWNERD_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

struct topology;

/* `root`: of the tree, "" on a host. */
struct topology *topology_new(const char *root);
void topology_free(struct topology *t);

enum topology_fault {
	FAULT_NONE,         /* it isolates what is behind it, or beside it */
	FAULT_UNREADABLE,   /* its configuration space is for root */
	FAULT_CONVENTIONAL, /* a bridge to a bus whose devices cannot be told apart */
	FAULT_PORT,         /* a port of a switch, or of the root complex, without ACS */
	FAULT_PORT_OFF,     /* it has ACS, which is not switched on */
	FAULT_FUNCTION,     /* one of several functions of a device without ACS */
	FAULT_LEGACY,       /* conventional PCI */
};

struct topology_device {
	char above[64]; /* the bridge above it, or its root bus, "pci0000:00"; empty: not known */
	bool bridge;
	bool functions; /* there are others of the same slot, as far as it says */
	enum topology_fault fault;
};

/* Of a PCI device by name.  False: there is none there. */
bool topology_read(struct topology *t, const char *name, struct topology_device *ret);

/* A few words for a device that has this fault, such as "no ACS"; NULL for none. */
const char *topology_words(enum topology_fault fault);

/* Whether two are functions of one device. */
bool topology_same_slot(const char *a, const char *b);

/*
 * Why the devices of a group are one, a malloc'ed line for each reason, NULL-terminated; none for
 * fewer than two devices.
 */
char **topology_reasons(const char *const *names, const struct topology_device *devices, size_t n);

#endif
