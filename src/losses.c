// SPDX-License-Identifier: GPL-2.0-only
#include "losses.h"
#include "util.h"

uint64_t losses_counter(struct loader *l, enum owner_counter which)
{
	struct registry_maps maps = loader_maps(l);
	uint64_t counters[COUNT_MAX] = {};

	registry_counters(&maps, counters);
	return counters[which];
}

uint64_t losses_count(struct loader *l)
{
	static const enum owner_counter losses[] = {
		COUNT_changes_dropped, COUNT_violations_dropped, COUNT_groups_full,
		COUNT_devices_full,    COUNT_holders_full,       COUNT_minors_full,
		COUNT_reads_failed,    COUNT_walks_cut,          COUNT_mirrors_unsettled,
		COUNT_claims_full,     COUNT_layouts_unknown,    COUNT_spaces_full,
		COUNT_domains_full,    COUNT_kernel_maps_full,   COUNT_stacks_lost,
		COUNT_ids_full,        COUNT_files_full,         COUNT_tables_full,
	};
	struct registry_maps maps = loader_maps(l);
	uint64_t counters[COUNT_MAX] = {}, sum = 0;

	registry_counters(&maps, counters);
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++)
		sum += counters[losses[i]];
	return sum;
}
