/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FNV-1a, 64 bits: tells things apart that nobody has an interest in confusing.
 */
#ifndef OWNERD_HASH_H
#define OWNERD_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xcbf29ce484222325

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *c = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ c[i]) * 0x100000001b3;
	return hash;
}

#endif
