/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The iterators: what user space reads of the kernel, at the moment when it reads.
 */
#ifndef OWNER_ITERATORS_BPF_H
#define OWNER_ITERATORS_BPF_H

#include "nodes.bpf.h"
#include "space.bpf.h"

/*
 * How many mappings VFIO still allows in a container: drivers/vfio/vfio_iommu_type1.c, of which the
 * driver must be, since others have other structures.
 */
static __always_inline __u32 container_avail(__u64 container)
{
	const volatile struct owner_layout *l = &config.layout;
	char name[sizeof("vfio-iommu-type1")] = {};
	__u64 data;

	if (!l->dma_avail || is_iommufd(container))
		return OWNER_NO_COUNT;
	/* struct vfio_iommu_driver begins with its ops, and those with the name. */
	data = read_pointer(read_pointer(container + l->container_driver));
	bpf_probe_read_kernel_str(name, sizeof(name), (void *)read_pointer(data));
	data = read_pointer(container + l->container_data);
	if (!NAME_IS(name, "vfio-iommu-type1") || !data)
		return OWNER_NO_COUNT;
	return read_int(data + l->dma_avail);
}

SEC("iter/task_file")
int open_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct owner_open o = {};

	if (!task || !file)
		return 0;
	if (is_misc(file) && is_container(file))
		o.avail = container_avail(o.space = (__u64)file->private_data);
	else if (device_file_find(file, &o.group))
		o.device = 1;
	else if (!file_group(file, &o.group))
		return 0;
	o.file = (__u64)file;
	o.fd = ctx->fd;
	task_fill(&o.task, task);
	bpf_seq_write(ctx->meta->seq, &o, sizeof(o));
	return 0;
}

SEC("iter/bpf_map_elem")
int check_groups(struct bpf_iter__bpf_map_elem *ctx)
{
	struct owner_group *rec = ctx->value;
	struct owner_group_check c = {};
	struct iommu_group *group;
	__u32 *id = ctx->key;

	if (!id || !rec || !rec->devices)
		return 0;
	c.group = *id;
	c.recorded = rec->state;
	group = (struct iommu_group *)rec->address;
	c.gone = (__u32)BPF_CORE_READ(group, id) != c.group;
	c.actual = kernel_state(group);
	rec = bpf_map_lookup_elem(&groups, &c.group);
	if (config.correct && rec && !c.gone) {
		group_mirror(group, rec);
		group_recount(rec);
	}
	bpf_seq_write(ctx->meta->seq, &c, sizeof(c));
	return 0;
}

SEC("iter/bpf_map_elem")
int check_devices(struct bpf_iter__bpf_map_elem *ctx)
{
	struct owner_device *d = ctx->value;
	struct owner_device_check c = {};
	struct device_driver *driver;
	struct owner_group *rec;
	struct device *dev;
	__u64 *key = ctx->key;

	if (!key || !d)
		return 0;
	dev = (struct device *)*key;
	c.id = d->id;
	c.group = d->group;
	__builtin_memcpy(c.recorded, d->driver, sizeof(c.recorded));
	rec = bpf_map_lookup_elem(&groups, &c.group);
	c.gone = !rec || !group_has_device(rec->address, (__u64)dev);
	driver = device_driver(dev);
	if (driver)
		bpf_probe_read_kernel_str(c.actual, sizeof(c.actual), BPF_CORE_READ(driver, name));
	bpf_seq_write(ctx->meta->seq, &c, sizeof(c));
	d = device_record(dev);
	if (config.correct && d && c.gone)
		device_forget(dev, d);
	else if (config.correct && d)
		device_mirror_driver((__u64)dev);
	return 0;
}

#endif
