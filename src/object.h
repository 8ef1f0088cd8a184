/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF programs as this build has them: one object for kernels since 6.2, one for those before.
 * They have the same programs, maps and variables, and so the same skeleton.
 */
#ifndef OWNERD_OBJECT_H
#define OWNERD_OBJECT_H

#include <stdint.h>
#include "feature.h"

struct owner;

/*
 * Opens the one for this kernel, and tells it what the programs have to know of the kernel.  NULL
 * with errno.  owner__destroy() ends it.
 */
struct owner *object_open(const struct features *f);

/* The number of this build: of the object that was opened, and the version. */
uint64_t object_build(const struct owner *skel);

#endif
