/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the host remaps interrupts.  Where it does not, who has a device can make it raise any
 * interrupt of the host, and VFIO and iommufd refuse it (EPERM) unless they are told to allow it:
 * vfio_iommu_type1_attach_group() of drivers/vfio/vfio_iommu_type1.c,
 * iommufd_device_bind() of drivers/iommu/iommufd/device.c.
 *
 * `root` as in sysfs.h.  What is not known is taken to be well: nobody is told of a reason that is
 * none.
 */
#ifndef OWNERD_INTERRUPTS_H
#define OWNERD_INTERRUPTS_H

#include <stdbool.h>

/* By the names of the interrupts' controllers, which on x86 begin with "IR-" then. */
bool interrupts_are_remapped(const char *root);

/* VFIO or iommufd is told that this does not matter, by its allow_unsafe_interrupts. */
bool interrupts_unsafe_allowed(const char *root);

#endif
