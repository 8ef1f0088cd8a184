// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <errno.h>
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
	int err;

	if (!skel)
		return NULL;
	if (owner__create_skeleton(skel)) {
		free(skel);
		errno = ENOMEM;
		return NULL;
	}
	if (f->casts)
		skel->skeleton->data = (void *)owner_6_2__elf_bytes(&skel->skeleton->data_sz);
	err = bpf_object__open_skeleton(skel->skeleton, NULL);
	if (err) {
		owner__destroy(skel);
		errno = -err;
		return NULL;
	}
	tell_features(skel, f);
	return skel;
}

uint64_t object_build(const struct owner *skel)
{
	uint64_t hash = hash_bytes(HASH_START, skel->skeleton->data, skel->skeleton->data_sz);

	return hash_bytes(hash, OWNERD_VERSION, sizeof(OWNERD_VERSION) - 1);
}
