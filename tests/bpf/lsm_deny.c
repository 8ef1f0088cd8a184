// SPDX-License-Identifier: GPL-2.0-only
/*
 * lsm-deny MAJOR open|claim|map|iommu: refuses that on the character major with EACCES until it is
 * killed.
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
	bool ioctl;

	if (argc != 3 || !skel)
		return 2;
	ioctl = strcmp(argv[2], "open") != 0;
	bpf_program__set_autoload(skel->progs.deny_open, !ioctl);
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
