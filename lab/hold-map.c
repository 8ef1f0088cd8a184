// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of a user who maps memory in a container.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "hold.h"

/* A count of bytes, with K, M or G behind it; 0 if it is none. */
static uint64_t parse_size(const char *s)
{
	char *end;
	uint64_t n = strtoull(s, &end, 0);
	const char *unit = *end ? strchr("KMG", *end) : NULL;

	if (*end && (!unit || end[1]))
		return 0;
	return unit ? n << (10 * (unit - "KMG" + 1)) : n;
}

void hold_range(const char *arg, uint64_t *ret_size, uint64_t *ret_iova)
{
	const char *at = strchr(arg, '@');
	char size[32];

	snprintf(size, sizeof(size), "%.*s", (int)(at ? at - arg : 31), arg);
	*ret_size = parse_size(size);
	*ret_iova = at ? parse_size(at + 1) : IOVA;
}

/* Of no size there is a page too, so that it is the kernel that says what it thinks of that. */
int hold_allocate(struct hold *h, const char *arg)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;

	hold_range(arg, &h->memory_size, &h->iova);
	h->memory = mmap(NULL, h->memory_size ?: 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
	return h->memory == MAP_FAILED ? -errno : 0;
}

static int map_memory(struct hold *h, struct value *v)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
	};
	int ret;

	map.iova = h->iova;
	map.size = h->memory_size;
	map.vaddr = (uintptr_t)h->memory;
	ret = hold_ioctl(h, hold_fd(h, CONTAINER), VFIO_IOMMU_MAP_DMA, &map, sizeof(map));
	value_set(v, "%llu bytes at 0x%llx", (unsigned long long)map.size,
		  (unsigned long long)map.iova);
	return ret;
}

int do_map(struct hold *h, const char *arg, struct value *v)
{
	return hold_allocate(h, arg) ?: map_memory(h, v);
}

int do_map_read_only(struct hold *h, const char *arg, struct value *v)
{
	int ret = hold_allocate(h, arg);

	if (ret)
		return ret;
	return mprotect(h->memory, h->memory_size, PROT_READ) < 0 ? -errno : map_memory(h, v);
}

int do_unmap(struct hold *h, const char *arg, struct value *v)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = IOVA,
		.size = h->memory_size ?: 1 << 30, /* received: whatever is there */
	};
	int ret;

	if (arg)
		hold_range(arg, (uint64_t *)&unmap.size, (uint64_t *)&unmap.iova);
	ret = hold_ioctl(h, hold_fd(h, CONTAINER), VFIO_IOMMU_UNMAP_DMA, &unmap, sizeof(unmap));
	value_set(v, "%llu bytes", (unsigned long long)unmap.size);
	return ret;
}
