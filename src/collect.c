// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include "collect.h"
#include "counting.h"
#include "generation.h"
#include "log.h"
#include "losses.h"
#include "methods.h"
#include "textfile.h"
#include "util.h"

static void collect_groups(struct metrics *ret, const struct registry *r)
{
	ret->devices = r->n_devices;
	for (size_t i = 0; i < r->n_groups; i++) {
		const struct registry_group *g = &r->groups[i];
		uint32_t kind = OWNER_STATE_KIND(g->record.state);

		if (kind < ARRAY_SIZE(ret->groups))
			ret->groups[kind]++;
		if (kind != OWNER_USER)
			continue;
		ret->claims += OWNER_STATE_COUNT(g->record.state);
		ret->mapped_groups += g->counted;
		ret->mapped_bytes += g->mapped.held;
	}
}

static void collect_hooks(struct metrics *ret, struct loader *l)
{
	const struct loader_hook *hooks = loader_hooks(l);

	for (size_t i = 0; i < feature_n_programs; i++) {
		enum feature_need need = hooks[i].program->need;
		bool absent = hooks[i].state == HOOK_ABSENT && need == NEED_YES;
		bool failed = hooks[i].state == HOOK_FAILED;

		ret->hooks_attached += hooks[i].state == HOOK_ATTACHED;
		ret->hooks_wanted += hooks[i].state == HOOK_ATTACHED || absent || failed;
		ret->hooks_missing += absent || (failed && need != NEED_NO);
	}
}

static void collect(struct manager *m, struct metrics *ret)
{
	struct registry_maps maps = loader_maps(m->loader);
	const struct owner_config *config = loader_config(m->loader);
	_cleanup_(registry_done) struct registry r = {};

	*ret = (struct metrics){
		.version = OWNERD_VERSION,
		.attach = methods_attach_name(m->loader),
		.arbiter = methods_arbiter_name(m->loader),
		.started = m->started,
		.enforces = generation_enforces(config),
		.pinned = m->pinned,
		.generation = generation_in_force(config),
		.rules = m->policy.head.rules,
		.unconfirmed = generation_waits(config),
		.rejected = m->stands_in,
		.relearns = m->relearns,
		.relearned = m->relearned,
		.corrected = m->corrected,
		.skipped = loader_skipped(m->loader, ALWAYS),
		.log_failed = m->audit.failed,
		.file_failed = m->metrics_failed,
		.displaced = m->recent.displaced,
		.tally = m->tally,
	};
	if (counting_read(m->loader, &m->opens, &r) == 0)
		collect_groups(ret, &r);
	collect_hooks(ret, m->loader);
	registry_counters(&maps, ret->counters);
}

char *collect_text(struct manager *m)
{
	struct metrics metrics;
	struct utsname uts = {};

	collect(m, &metrics);
	uname(&uts);
	metrics.kernel = uts.release;
	return metrics_render(&metrics);
}

void collect_write(struct manager *m)
{
	const char *path = m->config.metrics_file;
	_cleanup_free_ char *text = NULL;
	int err;

	if (!path)
		return;
	text = collect_text(m);
	err = text ? textfile_write(path, text) : -ENOMEM;
	if (err && !m->metrics_failing)
		log_error("%s: cannot write: %s; the metrics there are missing or old until it can",
			  path, strerror(-err));
	m->metrics_failed += err != 0;
	m->metrics_failing = err != 0;
}

void collect_remove(const struct config *config)
{
	if (config->metrics_file)
		unlink(config->metrics_file);
}
