// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <time.h>
#include "counting.h"
#include "sysfs.h"
#include "util.h"

/* What was counted while nobody saw unmaps, and domains go, is worth nothing. */
void counting_prepare(struct loader *l, unsigned int demands)
{
	int map = loader_maps(l).domains;
	uint64_t domain;

	if (!(demands & FOR_MAPS) || loader_config(l)->counted_from)
		return;
	while (bpf_map_get_next_key(map, NULL, &domain) == 0)
		bpf_map_delete_elem(map, &domain);
	loader_config(l)->domains_lost = 0;
}

static bool counts(const struct loader *l)
{
	for (size_t i = 0; i < feature_n_programs; i++)
		if (feature_programs[i].demand == FOR_MAPS &&
		    loader_hooks(l)[i].state != HOOK_ATTACHED)
			return false;
	return true;
}

void counting_begin(struct loader *l)
{
	struct owner_config *config = loader_config(l);

	if (!counts(l)) {
		config->counted_from = 0;
		return;
	}
	if (!config->counted_from)
		config->counted_from = boottime_ns();
}

int counting_read(struct loader *l, struct registry *ret)
{
	struct registry_maps maps = loader_maps(l);
	bool touched = false;
	int err = registry_read(ret, &maps);

	if (err || !loader_config(l)->counted_from)
		return err;
	for (size_t i = 0; i < ret->n_groups; i++)
		if (ret->groups[i].held && sysfs_touch_group("", ret->groups[i].id) == 0)
			touched = true;
	if (!touched)
		return 0;
	registry_done(ret);
	return registry_read(ret, &maps);
}
