// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include "enforce.h"
#include "follow.h"
#include "generation.h"
#include "log.h"
#include "resolve.h"
#include "runtimes.h"
#include "util.h"

/* Runtimes write several files for one container. */
#define SETTLE_USEC (50 * 1000)

/* What is known. */

static void say_unread(struct manager *m, size_t unread)
{
	if (unread > m->unread)
		log_warning("%zu files of container runtimes cannot be read, or not understood: "
			    "their containers have no names here",
			    unread);
	m->unread = unread;
	if (m->known.cut)
		log_warning("more than %d containers are named: further ones have no names here",
			    CONTAINERS_MAX);
}

/* On failure what was known still is, and the next call tries again. */
static void refresh(struct manager *m)
{
	_cleanup_(containers_done) struct containers now = {};
	uint64_t fingerprint = runtimes_fingerprint("");
	size_t unread = 0;
	int err;

	if (fingerprint == m->fingerprint)
		return;
	err = runtimes_read(&now, "", &unread) ?: containers_update(&m->known, &now);
	if (err) {
		log_warning("cannot tell the names of containers: %s", strerror(-err));
		return;
	}
	m->fingerprint = fingerprint;
	say_unread(m, unread);
}

/* What follows. */

/* Whether the policy would be another one, or none at all. */
static bool has_changed(struct manager *m)
{
	_cleanup_(policy_done) struct policy p = {};

	if (!resolve_is_needed(&m->policy) || policy_copy(&p, &m->policy) < 0)
		return false;
	return resolve_policy(&p, &m->known) < 0 || p.head.hash != m->policy.head.hash;
}

static int replace(struct manager *m)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(policy_done) struct policy p = {};

	return generation_read(&p, &maps, m->policy.number)
		       ?: resolve_policy(&p, &m->known)
		       ?: enforce_replace(m, &p);
}

static void follow(struct manager *m)
{
	uint32_t before = m->policy.number;
	int err;

	/* a policy whose time is over is settled first, by its timer */
	if (before != generation_in_force(loader_config(m->loader)))
		return;
	if (!has_changed(m)) {
		m->stuck = false;
		return;
	}
	rings_catch_up(loader_rings(m->loader));
	err = replace(m);
	if (err && m->stuck)
		return; /* it has been said */
	m->stuck = err != 0;
	if (err)
		log_error("policy %u names containers or programs that have changed, and cannot "
			  "follow: %s",
			  before, err == -E2BIG ? "it would be too large" : strerror(-err));
	else
		log_info("policy %u goes on as policy %u: a container or a program that it names "
			 "has changed",
			 before, m->policy.number);
}

int follow_resolve(struct manager *m, struct policy *p)
{
	refresh(m);
	return resolve_policy(p, &m->known);
}

void follow_check(struct manager *m)
{
	runtimes_watch(m->watch_fd, "");
	refresh(m);
	follow(m);
}

void follow_warn(struct manager *m)
{
	_cleanup_(rules_done) struct rules said = {};

	resolve_warn(&said, &m->policy, &m->known);
	for (size_t i = 0; i < said.n_warnings; i++)
		log_warning("%s", said.warnings[i]);
}

/* Watching. */

static int on_settled(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	follow_check(m);
	return 0;
}

/* What has changed is not asked: all is looked at. */
static int on_change(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct manager *m = userdata;
	int armed = SD_EVENT_OFF;
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		;
	sd_event_source_get_enabled(m->watch_timer, &armed);
	if (armed != SD_EVENT_OFF)
		return 0;
	sd_event_source_set_time_relative(m->watch_timer, SETTLE_USEC);
	return sd_event_source_set_enabled(m->watch_timer, SD_EVENT_ONESHOT);
}

void follow_start(struct manager *m)
{
	int err = 0;

	m->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (m->watch_fd < 0)
		err = -errno;
	else
		err = sd_event_add_io(m->event, NULL, m->watch_fd, EPOLLIN, on_change, m);
	if (err >= 0)
		err = sd_event_add_time_relative(m->event, &m->watch_timer, CLOCK_MONOTONIC, 0, 1,
						 on_settled, m);
	if (err < 0)
		log_warning("the files of container runtimes cannot be watched: %s; a new "
			    "container's name is known up to 10 s late",
			    strerror(-err));
	refresh(m);
}

void follow_stop(struct manager *m)
{
	sd_event_source_disable_unref(m->watch_timer);
	close_fd(&m->watch_fd);
	containers_done(&m->known);
}
