// SPDX-License-Identifier: GPL-2.0-only
/* vfio-hold's step on a file of sysfs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "hold.h"

/* The first byte of a device's "config" cannot be changed, so nothing is. */
int do_poke(struct hold *h, const char *arg, struct value *v)
{
	int fd = open(arg, O_RDWR | O_CLOEXEC), err = 0;
	char byte;

	(void)h, (void)v;
	if (fd < 0)
		return -errno;
	if (pread(fd, &byte, 1, 0) < 0 || pwrite(fd, &byte, 1, 0) < 0)
		err = -errno;
	close(fd);
	return err;
}
