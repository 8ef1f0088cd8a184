/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel types that ownerd reads, kept by hand.
 *
 * Only the fields that are used stand here; their offsets are relocated against
 * the running kernel's BTF when the programs load (CO-RE), so the order and the
 * rest of a struct do not matter.  A field that not every supported kernel has is
 * marked with the version it came with and is read only behind kernel_keeps_owner
 * (bpf/maps.bpf.h).
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef signed short __s16;
typedef unsigned int __u32;
typedef signed int __s32;
typedef unsigned long long __u64;
typedef signed long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u32 dev_t;
typedef __u16 umode_t;
typedef _Bool bool;
enum { false, true };

/* include/uapi/linux/bpf.h: the parts of the program interface that are used. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_F_NO_PREALLOC = 1, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/time64.h; what read.bpf.h reads all memory as. */
struct timespec64 {
	__s64 tv_sec;
};

struct list_head {
	struct list_head *next;
};

struct notifier_block {
	struct notifier_block *next;
};

struct blocking_notifier_head {
	struct notifier_block *head;
};

/* arch/x86: the arguments of a system call. */
struct pt_regs {
	unsigned long bx; /* 32-bit callers: first, second */
	unsigned long cx;
	unsigned long dx; /* third, of both */
	unsigned long si; /* 64-bit callers: second */
	unsigned long di;
	unsigned long orig_ax; /* the number of the system call */
};

struct kernfs_node {
	const char *name;
	struct kernfs_node *parent; /* until 6.14 */
	unsigned short flags;
	void *priv;
	__u64 id; /* 5.5: the inode number */
};

struct kernfs_node___rcu {
	struct kernfs_node *__parent; /* 6.15 */
};

struct kobj_type;

struct kobject {
	const char *name;
	struct kobj_type *ktype;
	struct kernfs_node *sd;
};

struct bus_type {
	const char *name;
};

struct class
{
	const char *name;
};

struct driver_private;

struct device_driver {
	const char *name;
	struct bus_type *bus;
	struct driver_private *p;
};

struct pci_driver {
	struct device_driver driver;
	bool driver_managed_dma; /* 5.19 */
};

struct platform_driver {
	struct device_driver driver;
	bool driver_managed_dma; /* 5.19 */
};

struct iommu_domain {
	unsigned int type;
};

struct iommu_group {
	struct kobject kobj;
	struct list_head devices;
	int id;
	struct iommu_domain *domain;            /* that it is attached to now */
	struct blocking_notifier_head notifier; /* gone with 5.19 */
	unsigned int owner_cnt;                 /* 5.19 */
	void *owner;                            /* 5.19 */
};

struct klist_node {
	void *n_klist;
};

/* drivers/base/base.h */
struct driver_private {
	struct kobject kobj;
	struct device_driver *driver;
};

struct device_private {
	struct klist_node knode_driver;
};

struct device {
	struct device_private *p;
	struct device *parent;
	struct kobject kobj;
	struct bus_type *bus;
	struct device_driver *driver;
	dev_t devt;
	struct class *class;
	struct iommu_group *iommu_group;
};

/* include/linux/rbtree_types.h, include/linux/interval_tree.h */
struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

struct interval_tree_node {
	struct rb_node rb;
};

/* drivers/iommu/iommufd/io_pagetable.h and iommufd_private.h, since 6.2 */
struct io_pagetable {
	struct rb_root_cached area_itree;
};

struct iopt_area {
	struct interval_tree_node node;
	struct io_pagetable *iopt;
};

struct page;

struct scatterlist {
	unsigned long page_link; /* low bits: 1, it chains to another list; 2, it is the last */
	unsigned int length;
};

struct pci_bus {
	unsigned char number;
};

/* drivers/pci/pci.h */
struct pci_sriov {
	__u16 num_VFs;
	__u16 offset;
	__u16 stride;
};

struct pci_dev {
	struct pci_bus *bus;
	unsigned int devfn;
	struct device dev;
	unsigned int is_physfn : 1;
	struct pci_sriov *sriov;
	unsigned short vendor;
	unsigned short device;
	unsigned short subsystem_vendor;
	unsigned short subsystem_device;
	unsigned int class;
	__u8 hdr_type;
};

struct group_device {
	struct list_head list;
	struct device *dev;
};

struct super_block {
	dev_t s_dev;
	unsigned long s_magic;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct inode {
	umode_t i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	dev_t i_rdev;
	void *i_private;
};

struct file {
	struct path f_path;
	unsigned int f_flags;
	struct inode *f_inode;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

struct group_info {
	int ngroups;
	kgid_t gid[0]; /* ascending: groups_sort() */
};

typedef struct {
	long counter;
} atomic_long_t;

struct user_struct {
	atomic_long_t locked_vm;
};

struct dev_iommu {
	unsigned int require_direct : 1; /* since 6.6 */
};

struct user_namespace {
	int level; /* 0: the initial one */
};

struct kernel_cap_struct {
};

struct cred {
	kuid_t uid;
	kgid_t egid;
	struct kernel_cap_struct cap_effective; /* 64 bits, as two words before 6.3 */
	struct user_struct *user;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct mm_struct {
	unsigned long locked_vm;
	struct file *exe_file;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct {
	struct rlimit rlim[16];
};

struct task_struct {
	void *stack;
	int pid;
	int tgid;
	__u64 start_boottime; /* 5.5, real_start_time before */
	struct task_struct *group_leader;
	const struct cred *cred;
	struct mm_struct *mm;
	char comm[16];
	struct files_struct *files;
	struct signal_struct *signal;
	struct css_set *cgroups;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_map;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

struct attribute;
struct cdev;

#endif
