// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <string.h>
#include "decide.h"
#include "guard.h"
#include "log.h"
#include "sysfs.h"
#include "util.h"

/* The first host driver that may not be bound in the group, and is or might be; false: none. */
static bool find_guard(const struct registry_group *g, const struct policy *policy,
		       struct owner_guard *ret)
{
	for (size_t i = 0; i < g->n_devices; i++) {
		const struct owner_device *d = &g->devices[i];
		struct decide_result decided;

		if (d->driver[0] && d->managed)
			continue;
		decided = decide_host_bind(policy, g->devices, g->n_devices, i);
		if (decided.reason == REASON_NONE)
			continue;
		*ret = (struct owner_guard){.generation = policy->number,
					    .rule = decided.rule,
					    .reason = decided.reason};
		return true;
	}
	return false;
}

/* A driver by which user space has a device: one without DMA of its own that is no bridge's. */
static bool waits_for_user(const struct owner_device *d)
{
	return d->managed && d->driver[0] && strcmp(d->driver, "pci-stub") != 0 &&
	       !sysfs_is_bridge("", d->id.bus, d->id.name);
}

static bool is_watched(const struct registry_group *g)
{
	if (OWNER_STATE_KIND(g->record.state) == OWNER_USER)
		return true;
	for (size_t i = 0; i < g->n_devices; i++)
		if (waits_for_user(&g->devices[i]))
			return true;
	return false;
}

unsigned int guard_update(struct loader *l, const struct policy *policy)
{
	struct registry_maps maps = loader_maps(l);
	_cleanup_(registry_done) struct registry r = {};
	int map = loader_map_fd(l, "guarded");
	bool watched = false, any = false;
	int err = registry_read(&r, &maps);

	if (err) {
		log_error("which groups the kernel should map nothing for is not known: %s",
			  strerror(-err));
		return FOR_USERS | FOR_MAPS | FOR_VFIO | FOR_AREAS; /* rather too much */
	}
	for (size_t i = 0; i < r.n_groups; i++) {
		const struct registry_group *g = &r.groups[i];
		struct owner_guard guard;
		bool guarded = find_guard(g, policy, &guard);

		watched |= is_watched(g);
		any |= guarded;
		if (guarded) {
			loader_config(l)->guarded = 1; /* before there is one */
			bpf_map_update_elem(map, &g->id, &guard, BPF_ANY);
		} else {
			bpf_map_delete_elem(map, &g->id);
		}
	}
	loader_config(l)->guarded = any;
	return (watched ? FOR_VFIO | FOR_AREAS : 0) | (watched || any ? FOR_USERS | FOR_MAPS : 0);
}

bool guard_changes(const struct owner_report *r)
{
	return r->verdict == VERDICT_ALLOW &&
	       (r->act == ACT_BIND || r->act == ACT_UNBIND || r->act == ACT_JOIN ||
		r->act == ACT_LEAVE || r->act == ACT_CLAIM || r->act == ACT_RELEASE);
}
