// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <stdlib.h>
#include "hash.h"
#include "object.h"
#include "owner.skel.h"
#include "owner_6_2.skel.h"

static_assert(sizeof(struct owner) == sizeof(struct owner_6_2), "the same programs and maps");
static_assert(sizeof(struct owner__rodata) == sizeof(struct owner_6_2__rodata) &&
		      sizeof(struct owner__data) == sizeof(struct owner_6_2__data),
	      "the same variables");

static void tell_features(struct owner *skel, const struct features *f)
{
	skel->rodata->keeps_owner = f->arbiter == ARBITER_KERNEL;
	skel->rodata->map_arguments = f->map_arguments;
	skel->rodata->capable_arguments = f->capable_arguments;
}

/* What owner__open() does, but for the object's bytes. */
struct owner *object_open(const struct features *f)
{
	struct owner *skel = calloc(1, sizeof(*skel));

	if (!skel)
		return NULL;
	if (owner__create_skeleton(skel)) {
		free(skel);
		return NULL;
	}
	if (f->casts)
		skel->skeleton->data = (void *)owner_6_2__elf_bytes(&skel->skeleton->data_sz);
	if (bpf_object__open_skeleton(skel->skeleton, NULL)) {
		owner__destroy(skel);
		return NULL;
	}
	tell_features(skel, f);
	return skel;
}

uint64_t object_build(void)
{
	uint64_t hash = HASH_START;
	size_t size, size_6_2;
	const void *object = owner__elf_bytes(&size), *object_6_2 = owner_6_2__elf_bytes(&size_6_2);

	hash = hash_bytes(hash, object, size);
	hash = hash_bytes(hash, object_6_2, size_6_2);
	return hash_bytes(hash, OWNERD_VERSION, sizeof(OWNERD_VERSION) - 1);
}
