// SPDX-License-Identifier: GPL-2.0-only
/*
 * lsm-deny MAJOR open|receive|claim|map|iommu: refuses that on the character major with EACCES
 * until it is killed; lsm-deny MAJOR sysfs: all opens for writing in sysfs.
 */
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lsm_deny.skel.h"

static unsigned int command_of(const char *what)
{
	if (strcmp(what, "map") == 0)
		return VFIO_IOMMU_MAP_DMA;
	return strcmp(what, "iommu") == 0 ? VFIO_SET_IOMMU : VFIO_GROUP_SET_CONTAINER;
}

int main(int argc, char **argv)
{
	struct lsm_deny *skel = lsm_deny__open();
	bool open, receive, sysfs, ioctl;

	if (argc != 3 || !skel)
		return 2;
	open = strcmp(argv[2], "open") == 0;
	receive = strcmp(argv[2], "receive") == 0;
	sysfs = strcmp(argv[2], "sysfs") == 0;
	ioctl = !open && !receive && !sysfs;
	bpf_program__set_autoload(skel->progs.deny_open, open);
	bpf_program__set_autoload(skel->progs.deny_receive, receive);
	bpf_program__set_autoload(skel->progs.deny_sysfs, sysfs);
	bpf_program__set_autoload(skel->progs.deny_ioctl, ioctl);
	bpf_program__set_autoload(skel->progs.deny_ioctl_compat, ioctl);
	skel->rodata->major = strtoul(argv[1], NULL, 10);
	skel->rodata->command = command_of(argv[2]);
	if (lsm_deny__load(skel) || lsm_deny__attach(skel)) {
		perror("lsm-deny");
		return 1;
	}
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}
