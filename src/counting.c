// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <time.h>
#include "counting.h"
#include "mappings.h"
#include "sysfs.h"
#include "util.h"

/* Of a map whose keys are addresses. */
static void clear(int map)
{
	uint64_t address;

	while (bpf_map_get_next_key(map, NULL, &address) == 0)
		bpf_map_delete_elem(map, &address);
}

/* What was counted while nobody saw unmaps, and domains go, is worth nothing. */
void counting_prepare(struct loader *l, unsigned int demands)
{
	if (!(demands & FOR_MAPS) || loader_config(l)->counted_from)
		return;
	clear(loader_maps(l).domains);
	loader_config(l)->domains_lost = 0;
}

/* Whether everything is attached that this demand needs. */
static bool counts(const struct loader *l, unsigned int demand)
{
	for (size_t i = 0; i < feature_n_programs; i++)
		if (feature_programs[i].demand == demand &&
		    loader_hooks(l)[i].state != HOOK_ATTACHED)
			return false;
	return true;
}

void counting_begin(struct loader *l)
{
	struct owner_config *config = loader_config(l);
	const uint32_t skipped = loader_skipped(l, FOR_AREAS);
	const bool areas = counts(l, FOR_AREAS);

	if (!counts(l, FOR_MAPS))
		config->counted_from = 0;
	else if (!config->counted_from)
		config->counted_from = boottime_ns();
	if (areas == config->counts_areas && skipped == config->areas_skipped)
		return;
	config->counts_areas = 0;
	config->areas_skipped = skipped;
	clear(loader_maps(l).tables);
	config->counts_areas = areas;
}

/* Brings the users' records up to date; whether there is any. */
static bool touch_users(const struct registry *r)
{
	bool touched = false;

	for (size_t i = 0; i < r->n_groups; i++)
		if (r->groups[i].held && sysfs_touch_group("", r->groups[i].id) == 0)
			touched = true;
	return touched;
}

int counting_read(struct loader *l, struct opens *opens, struct registry *ret)
{
	struct registry_maps maps = loader_maps(l);
	int err = registry_read(ret, &maps);

	if (err || !loader_config(l)->counted_from || !touch_users(ret))
		return err;
	registry_done(ret);
	err = registry_read(ret, &maps);
	if (!err && opens_refresh(opens, loader_opens_fd(l)) == 0)
		mappings_count(l, opens, ret);
	return err;
}
