// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include "decide.h"
#include "describe.h"
#include "generation.h"
#include "gone.h"
#include "identity.h"
#include "message.h"
#include "rulefile.h"
#include "subject.h"
#include "symbols.h"
#include "util.h"

#define NAME_OF(table, i) ((i) < ARRAY_SIZE(table) && (table)[i] ? (table)[i] : "unknown")

/* Less is the jitter of reading two clocks one after the other. */
#define CLOCK_STEP_USEC 10000

static const char *const owner_names[] = {"none", "kernel", "user"};

static const char *const act_names[] = {
	[ACT_BIND] = "bind",   [ACT_UNBIND] = "unbind",   [ACT_OPEN] = "open",
	[ACT_CLAIM] = "claim", [ACT_RELEASE] = "release", [ACT_JOIN] = "join",
	[ACT_LEAVE] = "leave", [ACT_MAP] = "map",         [ACT_RECEIVE] = "receive",
	[ACT_SYSFS] = "sysfs", [ACT_DMA] = "dma",
};

static const char *const verdict_names[] = {"allow", "deny", "would-deny", "warn"};

static const char *const by_names[] = {NULL, "ownerd", "kernel", "lsm"};

static const char *const reason_names[] = {
	[REASON_USER_OWNED] = "user-owned",
	[REASON_KERNEL_OWNED] = "kernel-owned",
	[REASON_RESERVED] = "reserved",
	[REASON_DEDICATED] = "dedicated",
	[REASON_OTHER_LSM] = "other-lsm",
	[REASON_EXPOSED] = "exposed",
	[REASON_OTHER_DOMAIN] = "other-domain",
	[REASON_UNREADABLE] = "unreadable",
	[REASON_RULE] = "rule",
	[REASON_DEFAULT] = "default",
	[REASON_LIMIT] = "limit",
	[REASON_IN_USE] = "in-use",
	[REASON_CGROUP] = "cgroup",
	[REASON_MODE] = "mode",
	[REASON_OVERLAP] = "overlap",
	[REASON_MAPPINGS] = "mappings",
	[REASON_MEMLOCK] = "memlock",
	[REASON_MEMORY] = "memory",
	[REASON_ARGUMENT] = "argument",
	[REASON_INTERRUPTS] = "interrupts",
	[REASON_FIRMWARE] = "firmware",
	[REASON_ERRNO] = "errno",
};

char *describe_bytes(uint64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;
	char *text;

	for (; bytes && bytes % 1024 == 0 && unit < ARRAY_SIZE(units) - 1; unit++)
		bytes /= 1024;
	return asprintf(&text, "%" PRIu64 " %s", bytes, units[unit]) < 0 ? NULL : text;
}

const char *describe_owner(uint32_t kind)
{
	return NAME_OF(owner_names, kind);
}

const char *describe_act(uint32_t act)
{
	return NAME_OF(act_names, act);
}

const char *describe_verdict(uint32_t verdict)
{
	return NAME_OF(verdict_names, verdict);
}

const char *describe_reason(uint32_t reason)
{
	return NAME_OF(reason_names, reason);
}

/* Length of the valid UTF-8 sequence at `s` (RFC 3629), 0 if there is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = *s < 0x80                 ? 1
		   : *s >= 0xc2 && *s < 0xe0 ? 2
		   : *s >= 0xe0 && *s < 0xf0 ? 3
		   : *s >= 0xf0 && *s < 0xf5 ? 4
					     : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* A name from the host as JSON: each byte that is not UTF-8 becomes U+FFFD. */
static struct json_object *host_string(const char *s)
{
	_cleanup_free_ char *out = malloc(3 * strlen(s) + 1);
	char *o = out;

	if (!out)
		return NULL;
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);

		memcpy(o, n ? s : "\xef\xbf\xbd", n ?: 3);
		o += n ?: 3;
		s += n ?: 1;
	}
	return json_object_new_string_len(out, o - out);
}

/* Each key of an object is added once, and is a literal: no copy of it, and nothing to look for. */
static void add(struct json_object *o, const char *key, struct json_object *value)
{
	json_object_object_add_ex(o, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	if (value && *value)
		add(o, key, host_string(value));
}

/*
 * Boot time as the epoch sees it now; a stepped clock moves the past with it.  The
 * distance of the two clocks is kept until it has really changed, so that the same
 * moment reads the same each time.
 */
static int64_t epoch_usec(uint64_t boot_ns)
{
	static int64_t distance;
	struct timespec real, boot;
	int64_t now;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = (int64_t)(real.tv_sec - boot.tv_sec) * 1000000 + (real.tv_nsec - boot.tv_nsec) / 1000;
	if (llabs(now - distance) > CLOCK_STEP_USEC)
		distance = now;
	return distance + (int64_t)(boot_ns / NSEC_PER_USEC);
}

static void add_time(struct json_object *o, const char *key, uint64_t boot_ns)
{
	if (boot_ns)
		add(o, key, json_object_new_int64(epoch_usec(boot_ns)));
}

static void add_subject(struct json_object *o, const char *cgroup)
{
	_cleanup_(subject_done) struct subject s = {};

	subject_of_path(&s, cgroup);
	add_string(o, "unit", s.unit);
	add_string(o, "runtime", s.runtime);
	add_string(o, "container", s.container);
	add_string(o, "pod", s.pod);
	add_string(o, "vm", s.vm);
}

struct json_object *describe_task(const struct owner_task *task)
{
	_cleanup_free_ char *cgroup = NULL;
	struct json_object *o;

	if (!task->tgid)
		return NULL;
	o = json_object_new_object();
	add(o, "pid", json_object_new_int64(task->tgid));
	add(o, "start", json_object_new_int64(epoch_usec(task->start)));
	add(o, "uid", json_object_new_int64(task->uid));
	add(o, "comm", host_string(task->comm));
	if (task->cgroup && gone_cgroup_path(task->cgroup, &cgroup) == 0) {
		add_string(o, "cgroup", cgroup);
		add_subject(o, cgroup);
	}
	add(o, "alive", json_object_new_boolean(identity_alive(task->tgid, task->start)));
	return o;
}

struct json_object *describe_device(const struct owner_device *device)
{
	struct json_object *o = json_object_new_object();

	add(o, "bus", host_string(device->id.bus));
	add(o, "name", host_string(device->id.name));
	add_string(o, "driver", device->driver);
	add(o, "managed", json_object_new_boolean(device->managed));
	return o;
}

/* Rule and generation, of what a policy decided. */
static void add_decision(struct json_object *o, const struct owner_report *r,
			 const struct policy *policy)
{
	const struct policy_rule *rule = policy_find_rule(policy, r->generation, r->rule);

	if (!r->generation)
		return;
	add(o, "generation", json_object_new_int64(r->generation));
	if (!rule)
		return;
	add_string(o, "rule", rule->name);
	add_string(o, "place", rule->place);
}

struct json_object *describe_event(const struct owner_report *r, const struct policy *policy)
{
	_cleanup_free_ char *message = message_of(r, policy);
	struct json_object *o = json_object_new_object();

	add(o, "time", json_object_new_int64(epoch_usec(r->when)));
	if (r->group != OWNER_NO_GROUP)
		add(o, "group", json_object_new_int64(r->group));
	add(o, "act", json_object_new_string(describe_act(r->act)));
	add(o, "verdict", json_object_new_string(describe_verdict(r->verdict)));
	if (r->act == ACT_SYSFS)
		add_string(o, "file", rulefile_file_name(r->file));
	if (r->group == OWNER_NO_GROUP)
		add_string(o, "driver", r->device.driver);
	if (r->by)
		add_string(o, "by", NAME_OF(by_names, r->by));
	if (r->reason)
		add_string(o, "reason", NAME_OF(reason_names, r->reason));
	add(o, "error", json_object_new_int(-r->error));
	if (r->error)
		add_string(o, "errno", strerrorname_np(-r->error));
	if (r->group != OWNER_NO_GROUP)
		add_string(o, "owner", describe_owner(r->owner));
	add_decision(o, r, policy);
	if (r->device.id.name[0])
		add(o, "device", describe_device(&r->device));
	if (r->task.tgid)
		add(o, "task", describe_task(&r->task));
	if (r->holder.tgid)
		add(o, "holder", describe_task(&r->holder));
	add(o, "message", host_string(message ?: "out of memory"));
	return o;
}

struct json_object *describe_note(const char *act, const char *verdict)
{
	struct json_object *o = json_object_new_object();

	add(o, "time", json_object_new_int64(epoch_usec(boottime_ns())));
	add(o, "act", json_object_new_string(act));
	add(o, "verdict", json_object_new_string(verdict));
	add(o, "error", json_object_new_int(0));
	return o;
}

void describe_add(struct json_object *o, const char *key, const char *text)
{
	add_string(o, key, text);
}

static const char *const policy_acts[POLICY_ACTS] = {"bind", "claim", "maps", "sysfs"};

/* The rules that govern the group: for each act the first that speaks of it. */
static void add_rules(struct json_object *o, const struct registry_group *g,
		      const struct policy *policy)
{
	struct json_object *rules = json_object_new_array();
	bool reserved = false, dedicated = false;

	for (uint32_t act = 0; policy && act < POLICY_ACTS; act++) {
		uint16_t i = decide_rule(policy, g->devices, g->n_devices, act);
		struct json_object *rule;

		if (i >= policy->head.rules)
			continue;
		reserved |= act == POLICY_CLAIM && policy->rules[i].reason == REASON_RESERVED;
		dedicated |= act == POLICY_BIND && policy->rules[i].reason == REASON_DEDICATED;
		rule = json_object_new_object();
		add(rule, "act", json_object_new_string(policy_acts[act]));
		add_string(rule, "name", policy->rules[i].name);
		add_string(rule, "place", policy->rules[i].place);
		json_object_array_add(rules, rule);
	}
	add(o, "reserved", json_object_new_boolean(reserved));
	add(o, "dedicated", json_object_new_boolean(dedicated));
	add(o, "rules", rules);
}

/* What its user has mapped, as far as that is counted, and where a rule limits it. */
static void add_maps(struct json_object *o, const struct registry_group *g,
		     const struct policy *policy)
{
	uint16_t i = policy ? decide_rule(policy, g->devices, g->n_devices, POLICY_MAPS)
			    : POLICY_NO_RULE;
	bool limited = i != POLICY_NO_RULE && policy->rules[i].limit != POLICY_NO_LIMIT;
	struct json_object *maps;

	if (!limited && !g->counted)
		return;
	maps = json_object_new_object();
	if (limited)
		add(maps, "limit", json_object_new_uint64(policy->rules[i].limit));
	if (g->counted) {
		add(maps, "bytes", json_object_new_uint64(g->mapped.held));
		add(maps, "mapped", json_object_new_uint64(g->mapped.mapped));
		add(maps, "calls", json_object_new_uint64(g->mapped.maps));
	}
	if (g->mappings >= 0)
		add(maps, "mappings", json_object_new_int64(g->mappings));
	add(maps, "at_least", json_object_new_boolean(g->counted && g->holder.partial));
	add(o, "maps", maps);
}

struct json_object *describe_kernel_maps(const struct registry_kernel_maps *k)
{
	struct json_object *o = json_object_new_object();

	if (k->device.id.name[0])
		add(o, "device", describe_device(&k->device));
	add(o, "count", json_object_new_uint64(k->maps.count));
	add(o, "bytes", json_object_new_uint64(k->maps.bytes));
	add_time(o, "first", k->maps.first);
	add_time(o, "last", k->maps.last);
	add(o, "stack", symbols_of_stack("", k->stack, OWNER_STACK_DEPTH));
	return o;
}

static void add_kernel_maps(struct json_object *o, const struct registry_group *g)
{
	struct json_object *all = g->n_kernel_maps ? json_object_new_array() : NULL;

	for (size_t i = 0; i < g->n_kernel_maps; i++)
		json_object_array_add(all, describe_kernel_maps(&g->kernel_maps[i]));
	if (all)
		add(o, "kernel_maps", all);
}

struct json_object *describe_group(const struct registry_group *g, const struct policy *policy)
{
	struct json_object *o = json_object_new_object();
	struct json_object *devices = json_object_new_array();

	add(o, "group", json_object_new_int64(g->id));
	add(o, "owner", json_object_new_string(describe_owner(OWNER_STATE_KIND(g->record.state))));
	add(o, "count", json_object_new_int64(OWNER_STATE_COUNT(g->record.state)));
	add(o, "since", json_object_new_int64(epoch_usec(g->record.since)));
	add(o, "seeded", json_object_new_boolean(g->record.flags & GROUP_SEEDED));
	add_rules(o, g, policy);
	add_maps(o, g, policy);
	add_kernel_maps(o, g);
	if (g->held)
		add(o, "holder", describe_task(&g->holder.task));
	add(o, "holder_seeded", json_object_new_boolean(g->held && g->holder.seeded));
	for (size_t i = 0; i < g->n_devices; i++)
		json_object_array_add(devices, describe_device(&g->devices[i]));
	add(o, "devices", devices);
	if (g->refused)
		add(o, "refused", describe_event(&g->refusal, policy));
	return o;
}

struct json_object *describe_open(const struct registry_group *group, const struct owner_open *open)
{
	struct json_object *o = json_object_new_object();

	add(o, "task", describe_task(&open->task));
	add(o, "fd", json_object_new_int64(open->fd));
	add(o, "device", json_object_new_boolean(open->device));
	add(o, "claims", json_object_new_boolean(group->held && group->holder.file == open->file));
	return o;
}

static struct json_object *describe_kind(const struct owner_recent *k, const struct policy *policy)
{
	struct json_object *o = json_object_new_object();

	add(o, "event", describe_event(&k->last, policy));
	add(o, "count", json_object_new_uint64(k->count));
	add_time(o, "first", k->first);
	return o;
}

/* A driver's file is about all its devices, and those that it may be bound to. */
static bool concerns_device(const struct owner_device *device, const struct owner_device *of)
{
	const char *driver = of->driver;

	return strcmp(device->id.bus, of->id.bus) == 0 &&
	       (strcmp(device->driver, driver) == 0 || strcmp(device->host_driver, driver) == 0 ||
		strstr(driver, "vfio"));
}

static bool concerns_group(const struct owner_report *r, const void *group)
{
	const struct registry_group *g = group;

	if (r->group != OWNER_NO_GROUP)
		return r->group == g->id;
	for (size_t i = 0; i < g->n_devices; i++)
		if (concerns_device(&g->devices[i], &r->device))
			return true;
	return false;
}

struct json_object *describe_recent(const struct recent *r, const struct registry_group *group,
				    const struct policy *policy)
{
	const struct owner_recent *kinds[OWNER_RECENT_KINDS];
	size_t n = recent_select(r, concerns_group, group, boottime_ns(), kinds);
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(array, describe_kind(kinds[i], policy));
	return array;
}

static struct json_object *describe_rule(const struct policy_rule *rule)
{
	struct json_object *o = json_object_new_object(), *acts = json_object_new_array();

	for (uint32_t act = 0; act < POLICY_ACTS; act++)
		if (rule->acts & 1U << act)
			json_object_array_add(acts, json_object_new_string(policy_acts[act]));
	add(o, "name", host_string(rule->name));
	add(o, "place", host_string(rule->place));
	add(o, "acts", acts);
	add(o, "digest", json_object_new_int64(rule->digest));
	add(o, "denied", json_object_new_int64(rule->denied));
	add(o, "would_deny", json_object_new_int64(rule->would_deny));
	add_time(o, "first", rule->first);
	add_time(o, "last", rule->last);
	return o;
}

/* What waits for its confirmation, and what can be gone back to. */
static void add_ends(struct json_object *o, const struct owner_config *config)
{
	bool waits = generation_waits(config);

	if (waits)
		add_time(o, "confirm_by", config->confirm_by);
	if (config->confirm_by && !waits)
		add(o, "expired", json_object_new_int64(config->generation));
	else if (config->fallback != config->generation || waits)
		add(o, "fallback", json_object_new_int64(config->fallback));
}

struct json_object *describe_policy(const struct policy *policy, const struct owner_config *config)
{
	struct json_object *o = json_object_new_object(), *defaults = json_object_new_object();
	struct json_object *rules = json_object_new_array();
	const struct policy_generation *head = &policy->head;
	const char *mode = generation_enforces(config) ? "enforce" : "observe";

	add(o, "generation", json_object_new_int64(policy->number));
	add_time(o, "applied", head->applied);
	add(o, "mode", json_object_new_string(mode));
	add_ends(o, config);
	add(defaults, "claim", json_object_new_string(head->deny_claim ? "deny" : "allow"));
	add(defaults, "bind", json_object_new_string(head->deny_bind ? "deny" : "allow"));
	add(o, "defaults", defaults);
	for (uint32_t i = 0; i < head->rules; i++)
		json_object_array_add(rules, describe_rule(&policy->rules[i]));
	add(o, "rules", rules);
	return o;
}
