// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "exposure.h"
#include "sysfs.h"
#include "util.h"

/* Bridges carry the group's traffic and are no target of their own. */
static bool is_exposed(const struct owner_device *d)
{
	if (d->driver[0] && strcmp(d->driver, "pci-stub") != 0)
		return false;
	return !sysfs_is_bridge("", d->id.bus, d->id.name);
}

static bool is_claim(const struct owner_report *r)
{
	return r->act == ACT_CLAIM && r->verdict == VERDICT_ALLOW;
}

static bool concerns_device(const struct owner_report *r)
{
	return r->owner == OWNER_USER && r->verdict == VERDICT_ALLOW &&
	       (r->act == ACT_JOIN || r->act == ACT_BIND || r->act == ACT_UNBIND);
}

void exposure_check(const struct owner_report *report, const struct registry_maps *maps,
		    void (*handler)(void *userdata, const struct owner_report *warning),
		    void *userdata)
{
	_cleanup_(registry_done) struct registry r = {};
	struct owner_report warning = *report;
	const struct registry_group *g;

	warning.verdict = VERDICT_WARN;
	warning.reason = REASON_EXPOSED;
	if (report->act == ACT_UNBIND)
		warning.device.driver[0] = '\0';
	if (concerns_device(report) && is_exposed(&warning.device))
		handler(userdata, &warning);
	if (!is_claim(report) || registry_read(&r, maps) < 0)
		return;
	g = registry_find_group(&r, report->group);
	for (size_t i = 0; g && i < g->n_devices; i++) {
		if (!is_exposed(&g->devices[i]))
			continue;
		warning.device = g->devices[i];
		handler(userdata, &warning);
	}
}
