/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many mappings a user has in his VFIO container: VFIO's own count, read when somebody asks.
 *
 * It counts down from dma_entry_limit, a parameter of the module vfio_iommu_type1, for each
 * VFIO_IOMMU_MAP_DMA that succeeds, and up again for what is unmapped (struct vfio_iommu,
 * dma_avail).  A container that was opened under another limit is counted wrongly.  iommufd has no
 * such count; its mappings are counted by programs (bpf/table.bpf.h).
 */
#ifndef OWNERD_MAPPINGS_H
#define OWNERD_MAPPINGS_H

#include "loader.h"
#include "opens.h"
#include "registry.h"

/*
 * Fills in registry_group.mappings of users' groups where it is not known yet.  Where VFIO keeps
 * the count is looked up in its modules' BTF as soon as they are there, and for good.
 */
void mappings_count(struct loader *l, const struct opens *opens, struct registry *r);

#endif
