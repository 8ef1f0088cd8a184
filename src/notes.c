// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "describe.h"
#include "generation.h"
#include "identity.h"
#include "log.h"
#include "message.h"
#include "notes.h"
#include "util.h"

static const char *mode_name(bool enforces)
{
	return enforces ? "enforce" : "observe";
}

/* Takes the reference. */
static void write_note(struct manager *m, int level, struct json_object *o, const char *message)
{
	describe_add(o, "message", message);
	audit_write(&m->audit, level, boottime_ns(), o);
	json_object_put(o);
}

static void add_policy(struct json_object *o, const struct owner_config *config)
{
	json_object_object_add(o, "mode",
			       json_object_new_string(mode_name(generation_enforces(config))));
	json_object_object_add(o, "generation", json_object_new_int64(generation_in_force(config)));
}

/* Number, owner, devices by name, and who holds it. */
static struct json_object *group_json(const struct registry_group *g)
{
	struct json_object *o = json_object_new_object(), *devices = json_object_new_array();

	json_object_object_add(o, "group", json_object_new_int64(g->id));
	json_object_object_add(
		o, "owner",
		json_object_new_string(describe_owner(OWNER_STATE_KIND(g->record.state))));
	for (size_t i = 0; i < g->n_devices; i++)
		json_object_array_add(devices, describe_device(&g->devices[i]));
	json_object_object_add(o, "devices", devices);
	if (g->held)
		json_object_object_add(o, "holder", describe_task(&g->holder.task));
	return o;
}

void notes_start(struct manager *m, const char *message)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};
	struct json_object *o = describe_note("start", "allow"), *groups = json_object_new_array();

	registry_read(&r, &maps);
	for (size_t i = 0; i < r.n_groups; i++)
		json_object_array_add(groups, group_json(&r.groups[i]));
	describe_add(o, "version", OWNERD_VERSION);
	json_object_object_add(o, "pid", json_object_new_int64(getpid()));
	json_object_object_add(o, "adopted", json_object_new_boolean(m->adopted));
	add_policy(o, loader_config(m->loader));
	json_object_object_add(o, "groups", groups);
	write_note(m, LOG_INFO, o, message);
	m->noted.begun = true;
	notes_policy(m, LOG_DEBUG, NULL);
}

void notes_stop(struct manager *m, const char *message)
{
	struct json_object *o = describe_note("stop", "allow");

	suppress_settle(&m->suppress, boottime_ns(), true);
	json_object_object_add(o, "pinned", json_object_new_boolean(m->pinned));
	add_policy(o, loader_config(m->loader));
	write_note(m, LOG_INFO, o, message);
}

/* By whose call or signal, if by anybody's. */
static void add_requester(struct manager *m, struct json_object *o)
{
	pid_t pid = control_caller(m->control) ?: m->signaller;
	struct owner_task task;

	if (pid && identity_task(pid, &task) == 0)
		json_object_object_add(o, "task", describe_task(&task));
	containers_add_names(&m->known, o);
}

static void note_mode(struct manager *m, const struct noted *now, int level)
{
	struct json_object *o = describe_note("mode", "allow");
	_cleanup_free_ char *message = NULL;

	if (asprintf(&message, "the mode is %s", mode_name(now->enforces)) < 0)
		message = NULL;
	add_policy(o, loader_config(m->loader));
	add_requester(m, o);
	write_note(m, level, o, message);
}

static void note_policy(struct manager *m, const struct noted *now, int level, const char *message)
{
	struct json_object *o = describe_note("policy", "allow");
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "policy %u is in force%s", now->generation,
		     now->waits ? " and waits for its confirmation" : "") < 0)
		text = NULL;
	add_policy(o, loader_config(m->loader));
	json_object_object_add(o, "before", json_object_new_int64(m->noted.generation));
	json_object_object_add(o, "confirmed", json_object_new_boolean(!now->waits));
	describe_add(o, "path", m->policy_path);
	add_requester(m, o);
	json_object_object_add(o, "rules", json_object_new_int64(m->policy.head.rules));
	write_note(m, level, o, message ?: text);
}

void notes_policy(struct manager *m, int level, const char *message)
{
	const struct owner_config *config = loader_config(m->loader);
	const struct noted now = {
		.begun = m->noted.begun,
		.known = true,
		.generation = generation_in_force(config),
		.enforces = generation_enforces(config),
		.waits = generation_waits(config),
	};
	const bool first = !m->noted.known;
	const bool mode = first || now.enforces != m->noted.enforces;
	const bool policy =
		first || now.generation != m->noted.generation || now.waits != m->noted.waits;

	if (now.begun && policy)
		note_policy(m, &now, level, message);
	else if (message)
		log_message(level, "%s", message);
	if (now.begun && mode)
		note_mode(m, &now, first ? LOG_DEBUG : LOG_INFO);
	if (now.begun)
		m->noted = now;
}

void notes_policy_as(struct manager *m, int level, const char *fmt, ...)
{
	_cleanup_free_ char *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&message, fmt, ap) < 0)
		message = NULL;
	va_end(ap);
	notes_policy(m, level, message);
}

void notes_losses(struct manager *m, uint64_t lost, uint64_t total)
{
	struct json_object *o = describe_note("loss", "warn");
	_cleanup_free_ char *message = NULL;

	if (asprintf(&message, "%" PRIu64 " records or reports were lost; see ownerctl status",
		     lost) < 0)
		message = NULL;
	json_object_object_add(o, "lost", json_object_new_int64(lost));
	json_object_object_add(o, "total", json_object_new_int64(total));
	write_note(m, LOG_WARNING, o, message);
}

/* The record of one of its kind, and what becomes of the others. */
void notes_suppression(void *userdata, const struct suppress_kind *k, bool ended)
{
	struct manager *m = userdata;
	struct json_object *o = describe_event(&k->first, &m->policy);
	struct json_object *note = describe_note("suppress", describe_verdict(k->first.verdict));
	_cleanup_free_ char *one = message_of(&k->first, &m->policy), *message = NULL;
	const char *which = k->many ? "of more kinds than are written" : "like this";
	int n = ended ? asprintf(&message, "%s: %" PRIu64 " %s were not written", one ?: "",
				 k->suppressed, which)
		      : asprintf(&message, "%s: %s; from now on it is counted, not written",
				 one ?: "", k->many ? "one of too many kinds" : "repeats");

	containers_add_names(&m->known, o);
	json_object_object_foreach(o, key, value)
	{
		if (strcmp(key, "act") == 0)
			json_object_object_add(note, "of", json_object_get(value));
		else if (strcmp(key, "time") == 0)
			json_object_object_add(note, "from", json_object_get(value));
		else if (strcmp(key, "verdict") != 0 && strcmp(key, "message") != 0)
			json_object_object_add(note, key, json_object_get(value));
	}
	json_object_put(o);
	if (k->many)
		json_object_object_add(note, "many", json_object_new_boolean(true));
	json_object_object_add(note, "state", json_object_new_string(ended ? "ended" : "begins"));
	json_object_object_add(note, "count", json_object_new_int64(ended ? k->suppressed : 0));
	write_note(m, LOG_WARNING, note, n < 0 ? "out of memory" : message);
}
