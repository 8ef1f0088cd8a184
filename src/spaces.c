// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include "opens.h"
#include "spaces.h"
#include "util.h"

int spaces_note_old(struct loader *l)
{
	_cleanup_free_ struct owner_open *opens = NULL;
	int map = loader_map_fd(l, "spaces"), err;
	uint32_t none = 0;
	size_t n = 0;

	err = opens_read(loader_opens_fd(l), &opens, &n);
	for (size_t i = 0; !err && i < n; i++) {
		struct owner_space key = {.space = opens[i].space, .slot = OWNER_SPACE_OLD};

		if (key.space && bpf_map_update_elem(map, &key, &none, BPF_ANY) < 0)
			err = -errno;
	}
	return err;
}

uint64_t spaces_find(const struct owner_open *opens, size_t n, const struct owner_task *task)
{
	uint64_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!opens[i].space || opens[i].task.tgid != task->tgid ||
		    opens[i].task.start != task->start)
			continue;
		if (found && found != opens[i].space)
			return 0;
		found = opens[i].space;
	}
	return found;
}

int spaces_add(int map, uint64_t space, uint32_t group)
{
	struct owner_space key = {.space = space};
	uint32_t there;

	for (; space && key.slot <= OWNER_SPACE_SLOTS; key.slot++) {
		if (bpf_map_lookup_elem(map, &key, &there) == 0 && there == group)
			return 0;
		if (bpf_map_update_elem(map, &key, &group, BPF_NOEXIST) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return 0;
}
