// SPDX-License-Identifier: GPL-2.0-only
/* Another security module, for the tests: refuses opens, or VFIO claims, on one character major. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EACCES                   13
#define VFIO_GROUP_SET_CONTAINER 0x3b68

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 major;

static __always_inline int refuse(struct file *file)
{
	return file->f_inode->i_rdev >> 20 == major ? -EACCES : 0;
}

SEC("lsm/file_open")
int BPF_PROG(deny_open, struct file *file, int ret)
{
	return ret ? ret : refuse(file);
}

SEC("lsm/file_ioctl")
int BPF_PROG(deny_claim, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;
	return cmd == VFIO_GROUP_SET_CONTAINER ? refuse(file) : 0;
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(deny_claim_compat, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;
	return cmd == VFIO_GROUP_SET_CONTAINER ? refuse(file) : 0;
}
