/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a kernel object to what ownerd calls it: group, device, driver.
 *
 * All reads are by relocated offset and cannot fault; nothing here decides.
 */
#ifndef OWNER_RESOLVE_BPF_H
#define OWNER_RESOLVE_BPF_H

#include "maps.bpf.h"
#include "report.bpf.h"

/* An argument of the hooked function as a plain number: a global function takes no kernel pointer.
 */
static __always_inline __u64 plain(const unsigned long long *ctx, int n)
{
	__u64 value = 0;

	kernel_read(&value, sizeof(value), &ctx[n]);
	return value;
}

/*
 * The devices of a group, by the kernel's list of them (drivers/iommu/iommu.c), which is read
 * without its mutex: a walk that did not come back to the head has not seen them all.
 */
#define WALK_DEVICES_MAX 256
#define WALK_TRIES       3
#define WALK_UNREADABLE  (-1)

#define FOR_EACH_MEMBER(pos, head)                                                                 \
	for (int walked = 0; walked < WALK_DEVICES_MAX && pos && pos != head;                      \
	     walked++, pos = member_next(pos))

/*
 * Whether the walk came back to the head.  The compiler is not to know what the loop has found out
 * of that: it would carry the answer through all turns, and the verifier would follow each.
 */
static __always_inline bool walked_all(__u64 pos, __u64 head)
{
	asm volatile("" : "+r"(pos));
	return pos == head;
}

static __always_inline __u64 group_members(__u64 group)
{
	return group + bpf_core_field_offset(struct iommu_group, devices);
}

/*
 * What is called in a loop is a global function of few instructions: the verifier looks at it
 * once, and not for each turn.  Most of the time that a start takes is the verifier's.
 */
__noinline __u64 member_next(__u64 pos)
{
	return (__u64)BPF_CORE_READ((struct list_head *)pos, next);
}

__noinline __u64 member_device(__u64 pos)
{
	pos -= bpf_core_field_offset(struct group_device, list);
	return (__u64)BPF_CORE_READ((struct group_device *)pos, dev);
}

/* How often a copy is repeated when the kernel's word changes meanwhile. */
#define MIRROR_TRIES 4

#define S_IFMT  0170000
#define S_IFCHR 0020000

/* fs/kernfs: include/linux/kernfs.h, unchanged from 5.10 to 7.3. */
#define KERNFS_TYPE_MASK 0x000f
#define KERNFS_LINK      0x0004

static __always_inline bool same_text(const char *a, const char *b, __u32 len)
{
	for (__u32 i = 0; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* `name` has at least the length of the literal, with its NUL. */
#define NAME_IS(name, literal) same_text(name, literal, sizeof(literal))

static __always_inline bool is_bus(struct device_driver *driver, const char *name, __u32 len)
{
	char bus[OWNER_BUS_LEN] = {};

	if (bpf_probe_read_kernel_str(bus, sizeof(bus), BPF_CORE_READ(driver, bus, name)) != len)
		return false;
	return same_text(bus, name, len);
}

#define IS_BUS(driver, literal) is_bus(driver, literal, sizeof(literal))

/* The struct around an embedded struct device_driver, at the running kernel's offset. */
#define DRIVER_OF(type, drv)                                                                       \
	((struct type *)((void *)(drv)-bpf_core_field_offset(struct type, driver)))

/*
 * Before 5.19: the same drivers by what tells them.  As vfio_dev_driver_allowed()
 * (drivers/vfio/vfio.c) has it: pci-stub, and whatever is bound to a bridge, by the type of
 * its PCI header; and, for vfio_dev_viable()'s list of devices, VFIO's bus drivers.
 */
static __always_inline bool driver_was_managed(struct device *dev, struct device_driver *driver)
{
	char name[16] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(driver, name));
	if (NAME_IS(name, "vfio-pci") || NAME_IS(name, "pci-stub") || NAME_IS(name, "vfio_mdev") ||
	    NAME_IS(name, "vfio-platform") || NAME_IS(name, "vfio-amba") ||
	    NAME_IS(name, "vfio-fsl-mc"))
		return true;
	if (!IS_BUS(driver, "pci"))
		return false;
	return BPF_CORE_READ(
		(struct pci_dev *)((void *)dev - bpf_core_field_offset(struct pci_dev, dev)),
		hdr_type);
}

/*
 * driver_managed_dma of pci_driver and platform_driver, since 5.19: the driver does
 * no DMA of its own, and the kernel takes no ownership for it.  The other buses
 * that have the field (amba, fsl-mc, cdx) do not exist on x86; there the answer is
 * no, and the device counts as a kernel owner's.
 */
static __always_inline bool driver_says_managed(struct device_driver *driver)
{
	if (IS_BUS(driver, "pci"))
		return BPF_CORE_READ(DRIVER_OF(pci_driver, driver), driver_managed_dma);
	if (IS_BUS(driver, "platform"))
		return BPF_CORE_READ(DRIVER_OF(platform_driver, driver), driver_managed_dma);
	return false;
}

/*
 * Whether the driver does no DMA of its own.  Global: it compares names, which to the verifier is
 * as many ways as they have letters.  Weak, since the compiler would leave out an argument that
 * one kind of kernel does not need, which the verifier does not let pass.
 */
__weak __noinline int driver_is_managed(__u64 dev, __u64 driver)
{
	if (!driver)
		return false;
	return kernel_keeps_owner
		       ? driver_says_managed((struct device_driver *)driver)
		       : driver_was_managed((struct device *)dev, (struct device_driver *)driver);
}

static __always_inline void device_set_driver(struct owner_device *d, struct device *dev,
					      struct device_driver *driver)
{
	__builtin_memset(d->driver, 0, sizeof(d->driver));
	d->managed = 0;
	if (!driver)
		return;
	bpf_probe_read_kernel_str(d->driver, sizeof(d->driver), BPF_CORE_READ(driver, name));
	d->managed = driver_is_managed((__u64)dev, (__u64)driver);
	if (d->managed)
		return;
	__builtin_memcpy(d->host_driver, d->driver, sizeof(d->driver));
	d->supposed = 0;
}

/*
 * A store before it is seen before a load behind it: a locked addition of nothing to
 * any word, in assembly because the compiler makes something else of it.
 */
static __always_inline void full_barrier(__u32 *word)
{
	__u64 nothing = 0;

	asm volatile("lock *(u32 *)(%0 + 0) += %1" : : "r"(word), "r"(nothing) : "memory");
}

/*
 * The driver that the device is bound to, as device_is_bound() (drivers/base/dd.c) means
 * it: dev->driver alone is also that of a probe under way, which may fail.
 */
static __always_inline struct device_driver *device_driver(struct device *dev)
{
	if (!BPF_CORE_READ(dev, p, knode_driver.n_klist))
		return NULL;
	return BPF_CORE_READ(dev, driver);
}

static __always_inline void device_name(struct owner_device *d, struct device *dev)
{
	long n;

	bpf_probe_read_kernel_str(d->id.bus, sizeof(d->id.bus), BPF_CORE_READ(dev, bus, name));
	n = bpf_probe_read_kernel_str(d->id.name, sizeof(d->id.name),
				      BPF_CORE_READ(dev, kobj.name));
	d->name_len = n > 0 ? n - 1 : 0;
}

static __always_inline void device_pci(struct owner_device *d, struct device *dev)
{
	struct pci_dev *pci = (void *)dev - bpf_core_field_offset(struct pci_dev, dev);

	if (!judge_is_pci(d))
		return;
	d->pci_id = (__u32)BPF_CORE_READ(pci, vendor) << 16 | BPF_CORE_READ(pci, device);
	d->pci_class = BPF_CORE_READ(pci, class);
}

/*
 * The driver that the host had for it is known to its record alone; of one that never had any,
 * the first that binds is it.
 */
static __always_inline void device_history(struct owner_device *d, struct device *dev)
{
	__u64 key = (__u64)dev;
	struct owner_device *rec = bpf_map_lookup_elem(&devices, &key);

	if (rec && rec->host_driver[0]) {
		__builtin_memcpy(d->host_driver, rec->host_driver, sizeof(d->host_driver));
		d->supposed = rec->supposed;
	}
}

static __always_inline void device_fill(struct owner_device *d, struct device *dev, __u32 group,
					struct device_driver *driver)
{
	__builtin_memset(d, 0, sizeof(*d));
	d->group = group;
	device_name(d, dev);
	device_pci(d, dev);
	device_set_driver(d, dev, driver);
	device_history(d, dev);
}

/*
 * Whether a file is one of VFIO's nodes: by its device number, never by its path, so that a node
 * made elsewhere is the same; and not by i_cdev, which the first open finds NULL.  VFIO's majors
 * are dynamic, so one comparison ends it for almost every file: the number of one that is no device
 * is 0.  Not for a file whose open failed, which has no inode: a program that has functions must
 * not fault on 5.10, which may look for the way out of the fault in a table that is not there
 * (jit_subprogs() gives it to the functions only, and search_bpf_extables() may find the program).
 */
#define DYNAMIC_MAJOR 234 /* include/linux/fs.h: CHRDEV_MAJOR_DYN_END, the least of them */

static __always_inline bool is_vfio_node(struct file *file)
{
	struct inode *inode = file->f_inode;
	__u32 dev = inode->i_rdev, major;

	if (dev < OWNER_DEV(DYNAMIC_MAJOR, 0))
		return false;
	major = OWNER_DEV_MAJOR(dev);
	if (major != config.vfio_major && major != config.device_major)
		return false;
	return (inode->i_mode & S_IFMT) == S_IFCHR;
}

/* The group of such a node; false, and open, for a number that no group is known to have. */
static __always_inline bool node_group(struct file *file, __u32 *ret_group)
{
	__u32 dev = file->f_inode->i_rdev;
	__u32 *group = bpf_map_lookup_elem(&minors, &dev);

	if (!group)
		return false;
	*ret_group = *group;
	return true;
}

/* The same of any file. */
static __always_inline bool file_group(struct file *file, __u32 *ret_group)
{
	return is_vfio_node(file) && node_group(file, ret_group);
}

/* VFIO's container, /dev/vfio/vfio: include/linux/miscdevice.h gives it a number of its own. */
#define MISC_MAJOR 10
#define VFIO_MINOR 196

static __always_inline bool is_container(struct file *file)
{
	struct inode *inode = file->f_inode;

	return inode->i_rdev == OWNER_DEV(MISC_MAJOR, VFIO_MINOR) &&
	       (inode->i_mode & S_IFMT) == S_IFCHR;
}

static __always_inline bool is_link(struct kernfs_node *node)
{
	return (node->flags & KERNFS_TYPE_MASK) == KERNFS_LINK;
}

/*
 * The device in whose directory driver_sysfs_add() (drivers/base/dd.c) makes the
 * link "driver"; NULL for every other link.  dev->driver is already the new
 * driver there, and ->probe has not been called.
 */
static __always_inline struct device *driver_link_device(struct kernfs_node *dir,
							 struct kernfs_node *node)
{
	char name[8] = {};
	struct kobject *kobj;

	if (bpf_probe_read_kernel_str(name, sizeof(name), node->name) != sizeof("driver"))
		return NULL;
	if (*(__u64 *)name != *(__u64 *)"driver\0")
		return NULL;
	kobj = BPF_CORE_READ(dir, priv); /* a plain number, which global functions take */
	if (!kobj || (__u64)BPF_CORE_READ(kobj, ktype) != config.device_ktype ||
	    BPF_CORE_READ(kobj, sd) != dir)
		return NULL;
	return (void *)kobj - bpf_core_field_offset(struct device, kobj);
}

#endif
