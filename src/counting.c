// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <time.h>
#include "counting.h"
#include "mappings.h"
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
