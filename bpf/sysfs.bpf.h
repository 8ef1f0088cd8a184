/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes to the files of devices in sysfs, and maps of their resources: which file of which
 * devices it is, and what policy says of it.
 *
 * A file of a device is known by where it is in sysfs's own tree, never by a path.  What is
 * written to a driver's "unbind" and "new_id" names the devices; it is read from the caller's
 * memory, where he may change it afterwards: this keeps mistakes away, and not somebody who
 * works at it.  What was not written by write(2) or pwrite(2) cannot be read so: it is refused.
 */
#ifndef OWNER_SYSFS_BPF_H
#define OWNER_SYSFS_BPF_H

#include "verdict.bpf.h"

#define MAY_WRITE   2          /* include/linux/fs.h */
#define SYSFS_MAGIC 0x62656572 /* include/uapi/linux/magic.h */

static __always_inline bool is_sysfs(struct file *file)
{
	return file->f_inode->i_sb->s_magic == SYSFS_MAGIC;
}

/* The node of a file in sysfs (fs/kernfs/inode.c: i_private), as a plain number. */
static __always_inline __u64 sysfs_node(struct file *file)
{
	return (__u64)BPF_CORE_READ(file, f_inode, i_private);
}

/* Which file it is by its name: enum policy_files, 0: none that policy knows. */
__noinline __u32 sysfs_file(__u64 node)
{
	char name[24] = {};

	bpf_probe_read_kernel_str(name, sizeof(name),
				  BPF_CORE_READ((struct kernfs_node *)node, name));
	if (NAME_IS(name, "unbind"))
		return FILE_UNBIND;
	if (NAME_IS(name, "remove"))
		return FILE_REMOVE;
	if (NAME_IS(name, "reset"))
		return FILE_RESET;
	if (NAME_IS(name, "driver_override"))
		return FILE_DRIVER_OVERRIDE;
	if (NAME_IS(name, "new_id"))
		return FILE_NEW_ID;
	if (NAME_IS(name, "sriov_numvfs"))
		return FILE_SRIOV_NUMVFS;
	if (NAME_IS(name, "config"))
		return FILE_CONFIG;
	if (NAME_IS(name, "bind"))
		return FILE_BIND;
	/* "resource0" to "resource5", with "_wc" too; "resource" itself cannot be written. */
	if (same_text(name, "resource", sizeof("resource") - 1))
		return FILE_RESOURCE;
	return 0;
}

/* By the rules of the device's group; 1: refused. */
__noinline int file_verdict(__u64 address, __u32 file)
{
	struct device *dev = (struct device *)address;
	__u64 group = dev ? (__u64)BPF_CORE_READ(dev, iommu_group) : 0, decision;
	__u32 id;

	if (!group)
		return 0;
	decision = policy_judge(group, POLICY_SYSFS, file);
	if (!decision)
		return 0;
	id = BPF_CORE_READ((struct iommu_group *)group, id);
	return refuse_device(id, ACT_SYSFS | file << REFUSE_FILE_SHIFT, decision, address);
}

/* The recorded device of that name; 0: there is none. */
static __always_inline __u64 device_named(const struct owner_device_name *name)
{
	__u64 *address = bpf_map_lookup_elem(&names, name);

	return address ? *address : 0;
}

/*
 * The virtual functions of a device go with it, and with its driver for most drivers.  They have
 * its domain and a bus and function of their own (drivers/pci/iov.c, pci_iov_virtfn_bus() and
 * pci_iov_virtfn_devfn()).
 */
#define FUNCTIONS_MAX   256
#define FILES_OF_FAMILY (FILE_UNBIND | FILE_REMOVE | FILE_SRIOV_NUMVFS)

static __always_inline char hex_digit(__u32 value)
{
	value &= 0xf;
	return value < 10 ? '0' + value : 'a' + value - 10;
}

/* "3b:00.0", at a place that the compiler knows: older verifiers follow no other on the stack. */
static __always_inline void function_text(char *text, __u32 bus, __u32 devfn)
{
	text[0] = hex_digit(bus >> 4);
	text[1] = hex_digit(bus);
	text[3] = hex_digit(devfn >> 7);
	text[4] = hex_digit(devfn >> 3 & 0xf);
	text[6] = hex_digit(devfn & 7);
}

/* Of a domain of four digits, or of five, as VMD's (drivers/pci/controller/vmd.c). */
static __always_inline bool function_name(struct owner_device_name *name, __u32 length, __u32 bus,
					  __u32 devfn)
{
	if (length == sizeof("0000:3b:00.0") - 1)
		function_text(name->name + sizeof("0000:") - 1, bus, devfn);
	else if (length == sizeof("10000:3b:00.0") - 1)
		function_text(name->name + sizeof("10000:") - 1, bus, devfn);
	else
		return false;
	return true;
}

/* Virtual function i of a device, if it is recorded; 0. */
__noinline __u64 function_of(__u64 address, __u32 i)
{
	struct pci_dev *pci = (void *)address - bpf_core_field_offset(struct pci_dev, dev);
	struct pci_sriov *sriov = BPF_CORE_READ(pci, sriov);
	struct owner_device *d = bpf_map_lookup_elem(&devices, &address);
	struct owner_device_name name;
	__u32 devfn;

	if (!d)
		return 0;
	name = d->id;
	devfn = BPF_CORE_READ(pci, devfn) + BPF_CORE_READ(sriov, offset) +
		BPF_CORE_READ(sriov, stride) * i;
	if (!function_name(&name, d->name_len, BPF_CORE_READ(pci, bus, number) + (devfn >> 8),
			   devfn & 0xff))
		return 0;
	return device_named(&name);
}

static __always_inline __u32 count_functions(__u64 address)
{
	struct owner_device *d = bpf_map_lookup_elem(&devices, &address);
	struct pci_dev *pci = (void *)address - bpf_core_field_offset(struct pci_dev, dev);

	if (!d || !judge_is_pci(d) || !BPF_CORE_READ_BITFIELD_PROBED(pci, is_physfn))
		return 0;
	return BPF_CORE_READ(pci, sriov, num_VFs);
}

/* The device, and what goes with it. */
__noinline int family_verdict(__u64 address, __u32 file)
{
	__u32 n;

	if (file_verdict(address, file))
		return 1;
	n = file & FILES_OF_FAMILY ? count_functions(address) : 0;
	for (__u32 i = 0; i < FUNCTIONS_MAX && i < n; i++)
		if (file_verdict(function_of(address, i), file))
			return 1;
	return 0;
}

/*
 * What is being written, by the registers of the system call (arch/x86: they are at the end of
 * the task's stack; since 5.15 the kernel says where, which is not the end where it has FRED).
 */
#define STACK_SIZE 16384

#define WRITE_64    1 /* write(2) and pwrite64(2) of 64-bit callers, */
#define PWRITE_64   18
#define WRITE_32    4 /* and of 32-bit callers */
#define PWRITE_32   181
#define WRITTEN_MAX 64

static __noinline __u64 task_registers(void)
{
	struct task_struct *task;

	if (kernel_keeps_owner)
		return (__u64)bpf_task_pt_regs(bpf_get_current_task_btf());
	task = (struct task_struct *)bpf_get_current_task();
	return (__u64)BPF_CORE_READ(task, stack) + STACK_SIZE - bpf_core_type_size(struct pt_regs);
}

/* What is written: where it begins, and how much of it is looked at; false: it cannot be read. */
static __always_inline bool find_written(__u64 *ret_text, __u32 *ret_n)
{
	struct pt_regs *regs = (struct pt_regs *)task_registers();
	__u64 call = BPF_CORE_READ(regs, orig_ax), n = BPF_CORE_READ(regs, dx);

	if (call == WRITE_64 || call == PWRITE_64)
		*ret_text = BPF_CORE_READ(regs, si);
	else if (call == WRITE_32 || call == PWRITE_32)
		*ret_text = (__u32)BPF_CORE_READ(regs, cx);
	else
		return false;
	*ret_n = n < WRITTEN_MAX ? n : WRITTEN_MAX - 1;
	return true;
}

#define WRITTEN_UNREADABLE 0xffffffffffffffffULL

/* drivers/base/bus.c, unbind_store(): the name of a device of the driver's bus; 0: there is none.
 */
__noinline __u64 written_device(__u64 driver)
{
	struct owner_device_name name = {};
	__u64 text;
	__u32 n;

	if (!find_written(&text, &n))
		return WRITTEN_UNREADABLE;
	bpf_probe_read_kernel_str(name.bus, sizeof(name.bus),
				  BPF_CORE_READ((struct device_driver *)driver, bus, name));
	if (bpf_probe_read_user(name.name, n & (WRITTEN_MAX - 1), (void *)text))
		return WRITTEN_UNREADABLE;
	for (int i = 0, ended = 0; i < WRITTEN_MAX; i++) {
		ended |= name.name[i] == '\n';
		if (ended)
			name.name[i] = '\0';
	}
	return device_named(&name);
}

/* 16: it is no digit. */
__noinline __u32 hex_value(__u32 c)
{
	__u32 lower = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

/* One number of sscanf(3)'s "%x", in the low half, and how many bytes it has taken. */
#define NUMBER_MAX 15

__noinline __u64 hex_number(__u64 address, __u32 n)
{
	__u32 value = 0, digits = 0, i;
	char text[NUMBER_MAX + 1] = {};

	if (n > NUMBER_MAX)
		n = NUMBER_MAX;
	asm volatile("" : "+r"(n));
	bpf_probe_read_user(text, n & NUMBER_MAX, (void *)address);
	for (i = 0; i < NUMBER_MAX; i++) {
		__u32 digit = hex_value(text[i]);

		if (digit < 16) {
			value = value << 4 | digit;
			digits = 1;
		} else if (digits ? value || (text[i] | 0x20) != 'x' : text[i] != ' ') {
			break;
		}
	}
	return (__u64)i << 32 | value;
}

/* drivers/pci/pci-driver.c, new_id_store(): "vendor device ...", as owner_device.pci_id. */
static __always_inline __u64 written_id(void)
{
	__u64 text, vendor, device;
	__u32 n, taken;

	if (!find_written(&text, &n))
		return WRITTEN_UNREADABLE;
	vendor = hex_number(text, n);
	taken = vendor >> 32;
	device = hex_number(text + taken, n > taken ? n - taken : 0);
	return (vendor & 0xffff) << 16 | (device & 0xffff);
}

/* Closed, where it would be enforced. */
static __always_inline int written_unreadable(void)
{
	count(COUNT_writes_unreadable);
	return policy_enforces();
}

/* "unbind" or "new_id", of a driver. */
static __always_inline int verdict_driver(__u64 driver, __u32 file)
{
	__u64 written = file == FILE_UNBIND   ? written_device(driver)
			: file == FILE_NEW_ID ? written_id()
					      : 0;

	if (written == WRITTEN_UNREADABLE)
		return written_unreadable();
	if (file == FILE_UNBIND && written)
		return family_verdict(written, file);
	for (__u32 slot = 0; file == FILE_NEW_ID && slot < SAME_IDS_MAX; slot++)
		if (file_verdict(id_slot_device(written, slot), file))
			return 1;
	return 0;
}

/* Whose file it is: a device's, a driver's, or of neither; their addresses. */
struct sysfs_owner {
	__u64 device, driver;
};

static __always_inline struct sysfs_owner sysfs_owner(__u64 node)
{
	struct kobject *kobj = BPF_CORE_READ((struct kernfs_node *)node_parent(node), priv);
	__u64 ktype = (__u64)BPF_CORE_READ(kobj, ktype);
	struct sysfs_owner owner = {};

	if (ktype && ktype == config.device_ktype)
		owner.device = (__u64)kobj - bpf_core_field_offset(struct device, kobj);
	else if (ktype && ktype == config.driver_ktype)
		owner.driver = (__u64)BPF_CORE_READ(
			(struct driver_private *)((void *)kobj -
						  bpf_core_field_offset(struct driver_private,
									kobj)),
			driver);
	return owner;
}

/* A file of sysfs is written to, or mapped.  `only`: the files that matter. */
static __always_inline int verdict_sysfs(__u64 node, __u32 only)
{
	__u32 file = sysfs_file(node) & only;
	struct sysfs_owner owner;

	if (!file)
		return 0;
	count_seen(COUNT_writes_judged);
	owner = sysfs_owner(node);
	if (owner.device)
		return family_verdict(owner.device, file);
	return owner.driver ? verdict_driver(owner.driver, file) : 0;
}

#endif
