/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory a process may lock: what a user maps for DMA is locked, and more than he may
 * gets ENOMEM (vfio_pin_pages_remote() of drivers/vfio/vfio_iommu_type1.c,
 * iopt_pages' accounting in drivers/iommu/iommufd/pages.c), of which only the kernel's log says
 * why.  iommufd counts by user: what his other processes have pinned is not seen here.
 */
#ifndef OWNERD_MEMLOCK_H
#define OWNERD_MEMLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct memlock {
	uint64_t limit, locked; /* bytes */
};

/* False: the process may lock what it likes (CAP_IPC_LOCK), or nobody knows.  `root` as in sysfs.h.
 */
bool memlock_read(struct memlock *ret, const char *root, int pid);

#endif
