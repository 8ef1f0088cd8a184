// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of a user who takes devices by their own nodes and iommufd.
 *
 * Facts about the calls: include/uapi/linux/vfio.h (6.6) and include/uapi/linux/iommufd.h (6.2).
 * The headers of Debian 12 are older, so the structures stand here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "hold.h"

#define BIND_IOMMUFD 0x3b76
#define ATTACH_PT    0x3b77
#define IOAS_ALLOC   0x3b81
#define IOAS_COPY    0x3b83
#define IOAS_MAP     0x3b85
#define IOAS_UNMAP   0x3b86
#define VFIO_IOAS    0x3b88

#define MAP_FIXED_IOVA 1
#define MAP_WRITEABLE  2
#define MAP_READABLE   4

struct bind_iommufd {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct attach_pt {
	uint32_t argsz, flags, pt_id;
};

struct ioas_alloc {
	uint32_t size, flags, out_ioas_id;
};

struct ioas_map {
	uint32_t size, flags, ioas_id, reserved;
	uint64_t user_va, length, iova;
};

struct ioas_copy {
	uint32_t size, flags, dst_ioas_id, src_ioas_id;
	uint64_t length, dst_iova, src_iova;
};

struct ioas_unmap {
	uint32_t size, ioas_id;
	uint64_t iova, length;
};

#define VFIO_IOAS_SET 1

struct vfio_ioas {
	uint32_t size, ioas_id;
	uint16_t op, reserved;
};

int do_iommufd(struct hold *h, const char *arg, struct value *v)
{
	(void)arg, (void)v;
	return hold_add(h, IOMMUFD, open("/dev/iommu", O_RDWR | O_CLOEXEC));
}

/* The node's number is the kernel's choice: /sys/bus/pci/devices/ADDRESS/vfio-dev/vfioN. */
int do_cdev(struct hold *h, const char *arg, struct value *v)
{
	char pattern[PATH_MAX], node[PATH_MAX];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/%s/vfio-dev/vfio*", arg);
	if (glob(pattern, 0, NULL, &found))
		return -ENODEV;
	snprintf(node, sizeof(node), "/dev/vfio/devices/%.64s", basename(found.gl_pathv[0]));
	globfree(&found);
	value_set(v, "%.200s", node);
	return hold_add(h, DEVICE, open(node, O_RDWR | O_CLOEXEC));
}

int do_bind_iommufd(struct hold *h, const char *arg, struct value *v)
{
	struct bind_iommufd bind = {.argsz = sizeof(bind), .iommufd = hold_fd(h, IOMMUFD)};
	int ret = hold_ioctl(h, hold_fd(h, DEVICE), BIND_IOMMUFD, &bind, sizeof(bind));

	(void)arg, (void)v;
	return ret;
}

int do_ioas(struct hold *h, const char *arg, struct value *v)
{
	struct ioas_alloc alloc = {.size = sizeof(alloc)};
	int ret = hold_ioctl(h, hold_fd(h, IOMMUFD), IOAS_ALLOC, &alloc, sizeof(alloc));

	(void)arg, (void)v;
	h->ioas = alloc.out_ioas_id;
	return ret;
}

/* Any iommufd takes VFIO's calls, for the address space that it is told. */
int do_ioas_vfio(struct hold *h, const char *arg, struct value *v)
{
	struct vfio_ioas set = {.size = sizeof(set), .ioas_id = h->ioas, .op = VFIO_IOAS_SET};
	int ret = hold_ioctl(h, hold_fd(h, IOMMUFD), VFIO_IOAS, &set, sizeof(set));

	(void)arg, (void)v;
	return ret ? ret : hold_add(h, CONTAINER, dup(hold_fd(h, IOMMUFD)));
}

int do_attach(struct hold *h, const char *arg, struct value *v)
{
	struct attach_pt attach = {.argsz = sizeof(attach), .pt_id = h->ioas};

	(void)arg, (void)v;
	return hold_ioctl(h, hold_fd(h, DEVICE), ATTACH_PT, &attach, sizeof(attach));
}

int do_ioas_map(struct hold *h, const char *arg, struct value *v)
{
	struct ioas_map map = {
		.size = sizeof(map),
		.flags = MAP_FIXED_IOVA | MAP_WRITEABLE | MAP_READABLE,
		.ioas_id = h->ioas,
	};
	int ret = hold_allocate(h, arg);

	if (ret)
		return ret;
	map.iova = h->iova;
	map.user_va = (uintptr_t)h->memory;
	map.length = h->memory_size;
	value_set(v, "%llu bytes at 0x%llx", (unsigned long long)map.length,
		  (unsigned long long)map.iova);
	return hold_ioctl(h, hold_fd(h, IOMMUFD), IOAS_MAP, &map, sizeof(map));
}

/* What was mapped last, once more in the same address space. */
int do_ioas_copy(struct hold *h, const char *arg, struct value *v)
{
	struct ioas_copy copy = {
		.size = sizeof(copy),
		.flags = MAP_FIXED_IOVA | MAP_WRITEABLE | MAP_READABLE,
		.dst_ioas_id = h->ioas,
		.src_ioas_id = h->ioas,
		.length = h->memory_size,
		.dst_iova = strtoull(arg, NULL, 0) << 20,
		.src_iova = h->iova,
	};

	(void)v;
	return hold_ioctl(h, hold_fd(h, IOMMUFD), IOAS_COPY, &copy, sizeof(copy));
}

int do_ioas_unmap(struct hold *h, const char *arg, struct value *v)
{
	struct ioas_unmap unmap = {.size = sizeof(unmap), .ioas_id = h->ioas, .length = UINT64_MAX};
	int ret;

	if (arg)
		hold_range(arg, &unmap.length, &unmap.iova);
	ret = hold_ioctl(h, hold_fd(h, IOMMUFD), IOAS_UNMAP, &unmap, sizeof(unmap));
	value_set(v, "%llu bytes", (unsigned long long)unmap.length);
	return ret;
}
