/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OWNERD_SKIPS_H
#define OWNERD_SKIPS_H

#include <stdint.h>

/*
 * How often the kernel skipped the program that is attached by this link, because it was preempted
 * by another run of itself; 0 where that cannot be read.
 */
uint64_t skips_of(int link);

#endif
