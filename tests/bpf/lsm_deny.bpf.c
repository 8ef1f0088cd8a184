// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another security module, for the tests: refuses opens, an ioctl, or the receipt, of one character
 * major; or opens in sysfs that are not for reading alone.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EACCES 13

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 major, command;

static __always_inline int refuse(struct file *file)
{
	return file->f_inode->i_rdev >> 20 == major ? -EACCES : 0;
}

SEC("lsm/file_open")
int BPF_PROG(deny_open, struct file *file, int ret)
{
	return ret ? ret : refuse(file);
}

SEC("lsm/file_receive")
int BPF_PROG(deny_receive, struct file *file, int ret)
{
	return ret ? ret : refuse(file);
}

#define SYSFS_MAGIC 0x62656572 /* include/uapi/linux/magic.h */
#define O_ACCMODE   3

SEC("lsm/file_open")
int BPF_PROG(deny_sysfs, struct file *file, int ret)
{
	if (ret || file->f_inode->i_sb->s_magic != SYSFS_MAGIC)
		return ret;
	return file->f_flags & O_ACCMODE ? -EACCES : 0;
}

SEC("lsm/file_ioctl")
int BPF_PROG(deny_ioctl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;
	return cmd == command ? refuse(file) : 0;
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(deny_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;
	return cmd == command ? refuse(file) : 0;
}
