// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ownerd for the tests of ownerctl: the real control socket in front of answers
 * from a file, so that no root, no BPF and no IOMMU is needed.
 *
 *   fake-ownerd SOCKET FILE [EVENTS]
 *
 * FILE: {"status": {...}, "groups": [{"group": Group, "opens": [Open]}], "checks":
 * [Check], "policy": Policy, "events": [Event]}.  Events are published one after the other, every
 * 50 ms, for ever; with EVENTS it ends after so many.  "READY" on standard output: it listens.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "control.h"
#include "metrics.h"
#include "util.h"

#define PERIOD_USEC 50000ULL

struct fake {
	struct json_object *file;
	struct control *control;
	sd_event *event;
	size_t published, limit; /* 0: none */
};

static bool differs(const char *a, const char *b)
{
	return !a || !b || strcmp(a, b) != 0;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key);
}

static const char *text(struct json_object *object, const char *key)
{
	return json_object_get_string(get(object, key));
}

/* `name` as ownerctl sends it: "0000:02:01.0", "platform/NAME". */
static bool has_device(struct json_object *group, const char *name, const char *driver)
{
	struct json_object *devices = get(group, "devices");

	for (size_t i = 0; i < json_object_array_length(devices); i++) {
		struct json_object *device = json_object_array_get_idx(devices, i);
		const char *slash = name ? strchr(name, '/') : NULL;

		if (name && differs(text(device, "name"), slash ? slash + 1 : name))
			continue;
		if (driver && differs(text(device, "driver"), driver))
			continue;
		return true;
	}
	return false;
}

static int list_groups(void *userdata, struct json_object *parameters, struct json_object **ret,
		       const char **ret_error)
{
	struct fake *fake = userdata;
	struct json_object *all = get(fake->file, "groups"), *groups = json_object_new_array();
	const char *owner = text(parameters, "owner"), *device = text(parameters, "device");
	const char *driver = text(parameters, "driver");

	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *group = get(json_object_array_get_idx(all, i), "group");

		if (owner && differs(owner, text(group, "owner")))
			continue;
		if ((device && !has_device(group, device, NULL)) ||
		    (driver && !has_device(group, NULL, driver)))
			continue;
		json_object_array_add(groups, json_object_get(group));
	}
	*ret = json_object_new_object();
	json_object_object_add(*ret, "groups", groups);
	return 0;
}

/* The same, as many a reply as the daemon's. */
#define PART 32

struct parts {
	struct json_object *groups;
	size_t next;
};

static int next_part(void *state, struct json_object **ret)
{
	struct parts *parts = state;
	struct json_object *groups = json_object_new_array();
	size_t n = json_object_array_length(parts->groups);

	for (size_t i = 0; i < PART && parts->next < n; i++)
		json_object_array_add(groups, json_object_get(json_object_array_get_idx(
						      parts->groups, parts->next++)));
	*ret = json_object_new_object();
	json_object_object_add(*ret, "groups", groups);
	return parts->next < n;
}

static void parts_free(void *state)
{
	struct parts *parts = state;

	json_object_put(parts->groups);
	free(parts);
}

static int list_groups_in_parts(void *userdata, struct json_object *parameters,
				struct control_parts *ret_parts, struct json_object **ret,
				const char **ret_error)
{
	struct parts *parts = calloc(1, sizeof(*parts));
	struct json_object *all = NULL;

	list_groups(userdata, parameters, &all, ret_error);
	parts->groups = json_object_get(get(all, "groups"));
	json_object_put(all);
	*ret_parts = (struct control_parts){next_part, parts_free, parts};
	return 0;
}

static int get_group(void *userdata, struct json_object *parameters, struct json_object **ret,
		     const char **ret_error)
{
	struct fake *fake = userdata;
	struct json_object *all = get(fake->file, "groups");
	const char *device = text(parameters, "device");
	int64_t id = json_object_get_int64(get(parameters, "group"));

	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *entry = json_object_array_get_idx(all, i);
		struct json_object *group = get(entry, "group");

		if (device ? !has_device(group, device, NULL)
			   : json_object_get_int64(get(group, "group")) != id)
			continue;
		*ret = json_object_get(entry);
		return 0;
	}
	*ret_error = device ? "io.ownerd.NoSuchDevice" : "io.ownerd.NoSuchGroup";
	*ret = json_object_new_object();
	json_object_object_add(*ret, device ? "device" : "group",
			       json_object_get(get(parameters, device ? "device" : "group")));
	return -ENOENT;
}

static int get_status(void *userdata, struct json_object *parameters, struct json_object **ret,
		      const char **ret_error)
{
	struct fake *fake = userdata;

	*ret = json_object_get(get(fake->file, "status"));
	return 0;
}

static int prove(void *userdata, struct json_object *parameters, struct json_object **ret,
		 const char **ret_error)
{
	struct fake *fake = userdata;

	*ret = json_object_new_object();
	json_object_object_add(*ret, "checks", json_object_get(get(fake->file, "checks")));
	return 0;
}

/* Of a daemon that enforces, and has refused two binds: it does not depend on the file. */
static int get_metrics(void *userdata, struct json_object *parameters, struct json_object **ret,
		       const char **ret_error)
{
	const struct owner_report refused = {
		.act = ACT_BIND, .verdict = VERDICT_DENY, .by = BY_OWNERD, .reason = REASON_RULE};
	struct metrics m = {
		.version = OWNERD_VERSION,
		.kernel = "6.12 \"quoted\"\n\\",
		.attach = "lsm",
		.arbiter = "kernel",
		.started = 1700000000000000,
		.enforces = true,
		.groups = {1, 2, 3},
		.generation = 7,
		.counters = {[COUNT_binds_denied] = 2},
	};
	_cleanup_free_ char *text = NULL;

	metrics_count(&m.tally, &refused);
	metrics_count(&m.tally, &refused);
	text = metrics_render(&m);
	*ret = json_object_new_object();
	json_object_object_add(*ret, "text", json_object_new_string(text));
	return 0;
}

static int answer_policy(struct fake *fake, struct json_object **ret)
{
	*ret = json_object_new_object();
	json_object_object_add(*ret, "policy", json_object_get(get(fake->file, "policy")));
	return 0;
}

static int get_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
		      const char **ret_error)
{
	return answer_policy(userdata, ret);
}

/* What it was called with is in the file's "policy" from then on. */
static int apply_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			const char **ret_error)
{
	struct fake *fake = userdata;
	struct json_object *policy = get(fake->file, "policy"), *warnings;
	const char *path = text(parameters, "path");

	if (path && strstr(path, "bad")) {
		*ret_error = "io.ownerd.PolicyInvalid";
		*ret = json_object_new_object();
		json_object_object_add(*ret, "message",
				       json_object_new_string("bad.yaml:3:1: key \"x\": no\033"));
		return -EINVAL;
	}
	if (path)
		json_object_object_add(policy, "path", json_object_new_string(path));
	json_object_object_add(policy, "asked", json_object_get(get(parameters, "confirm_within")));
	answer_policy(fake, ret);
	warnings = json_object_new_array();
	json_object_array_add(warnings, json_object_new_string("a.yaml:1:1: look at this"));
	json_object_object_add(*ret, "warnings", warnings);
	return 0;
}

static int refuse_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			 const char **ret_error)
{
	*ret_error = "io.ownerd.PolicyRefused";
	*ret = json_object_new_object();
	json_object_object_add(*ret, "message", json_object_new_string("nothing waits"));
	return -EBUSY;
}

static int publish(sd_event_source *source, uint64_t now, void *userdata)
{
	struct fake *fake = userdata;
	struct json_object *events = get(fake->file, "events");
	size_t n = json_object_array_length(events);

	if (fake->limit && fake->published == fake->limit)
		return sd_event_exit(fake->event, 0);
	if (n)
		control_publish(fake->control,
				json_object_array_get_idx(events, fake->published++ % n));
	sd_event_source_set_time(source, now + PERIOD_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static const char *const no_parameters[] = {NULL};
static const char *const list_parameters[] = {"owner", "device", "driver", NULL};
static const char *const group_parameters[] = {"group", "device", NULL};
static const char *const apply_parameters[] = {"path", "confirm_within", NULL};

static const struct control_method methods[] = {
	{"io.ownerd.GetStatus", get_status, no_parameters, false},
	{"io.ownerd.ListGroups", list_groups, list_parameters, false, list_groups_in_parts},
	{"io.ownerd.GetGroup", get_group, group_parameters, false},
	{"io.ownerd.Watch", NULL, no_parameters, false},
	{"io.ownerd.Prove", prove, no_parameters, false},
	{"io.ownerd.GetMetrics", get_metrics, no_parameters, false},
	{"io.ownerd.GetPolicy", get_policy, no_parameters, false},
	{"io.ownerd.ApplyPolicy", apply_policy, apply_parameters, true},
	{"io.ownerd.ConfirmPolicy", refuse_policy, no_parameters, true},
	{"io.ownerd.RevertPolicy", get_policy, no_parameters, true},
	{},
};

static int serve(struct fake *fake, const char *path)
{
	const struct control_config config = {
		.path = path,
		.interface = "io.ownerd",
		.description = "interface io.ownerd\n",
		.vendor = "test",
		.product = "fake-ownerd",
		.version = OWNERD_VERSION,
		.url = "",
		.readers = getgid(),
		.methods = methods,
		.userdata = fake,
	};
	int r = sd_event_new(&fake->event);

	if (r >= 0)
		r = control_new(&fake->control, fake->event, &config);
	if (r >= 0)
		r = sd_event_add_time_relative(fake->event, NULL, CLOCK_MONOTONIC, PERIOD_USEC, 0,
					       publish, fake);
	if (r < 0)
		return r;
	puts("READY");
	fflush(stdout);
	r = sd_event_loop(fake->event);
	control_free(fake->control);
	sd_event_unref(fake->event);
	return r;
}

int main(int argc, char **argv)
{
	struct fake fake = {};
	int r;

	if (argc < 3) {
		fprintf(stderr, "usage: fake-ownerd SOCKET FILE [EVENTS]\n");
		return 2;
	}
	fake.file = json_object_from_file(argv[2]);
	if (!fake.file) {
		fprintf(stderr, "%s: %s\n", argv[2], json_util_get_last_err());
		return 2;
	}
	fake.limit = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	r = serve(&fake, argv[1]);
	if (r < 0)
		fprintf(stderr, "fake-ownerd: %s\n", strerror(-r));
	json_object_put(fake.file);
	return r < 0;
}
