/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has which of VFIO's files open, as the kernel has it now.
 */
#ifndef OWNERD_OPENS_H
#define OWNERD_OPENS_H

#include <stddef.h>
#include <stdint.h>
#include "owner_abi.h"

/* Every open VFIO group file of every process, by the iterator's link; *ret is malloc'ed. */
int opens_read(int link, struct owner_open **ret, size_t *ret_n);

/* The same, kept for a second, so that who asks again and again does not walk all processes' files.
 */
struct opens {
	struct owner_open *all;
	size_t n;
	uint64_t read; /* when: CLOCK_BOOTTIME, ns; 0: never */
};

int opens_refresh(struct opens *o, int link);
void opens_done(struct opens *o);

#endif
