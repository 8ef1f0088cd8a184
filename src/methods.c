// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include "counting.h"
#include "describe.h"
#include "generation.h"
#include "manager.h"
#include "methods.h"
#include "prove.h"
#include "registry.h"
#include "sysfs.h"
#include "util.h"

/* Defines methods_interface, from the file of that name. */
#include "io.ownerd.varlink.inc"

static const char invalid_parameter[] = "org.varlink.service.InvalidParameter";

int methods_refuse(struct json_object **ret, const char **ret_error, const char *error,
		   const char *key, struct json_object *value)
{
	*ret = json_object_new_object();
	json_object_object_add(*ret, key, value);
	*ret_error = error;
	return -EBADR;
}

int methods_refuse_parameter(struct json_object **ret, const char **ret_error, const char *name)
{
	return methods_refuse(ret, ret_error, invalid_parameter, "parameter",
			      json_object_new_string(name));
}

int methods_parameter(struct json_object *parameters, const char *name, enum json_type type,
		      struct json_object **ret_value)
{
	struct json_object *value = NULL;

	if (parameters)
		json_object_object_get_ex(parameters, name, &value);
	if (value && !json_object_is_type(value, type))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

static struct json_object *hook_json(const struct loader_hook *hook)
{
	static const char *const states[] = {"absent", "failed", "attached", "unused", "waiting"};
	struct json_object *o = json_object_new_object();
	char detail[128] = "";

	if (hook->state == HOOK_ABSENT)
		snprintf(detail, sizeof(detail), "this kernel has no %s (came with %s)",
			 hook->program->symbol, hook->program->since);
	else if (hook->state == HOOK_FAILED)
		snprintf(detail, sizeof(detail), "%s: %s", hook->program->symbol,
			 strerror(-hook->error));
	json_object_object_add(o, "name", json_object_new_string(hook->program->name));
	json_object_object_add(o, "job", json_object_new_string(hook->program->job));
	json_object_object_add(o, "state", json_object_new_string(states[hook->state]));
	if (detail[0])
		json_object_object_add(o, "detail", json_object_new_string(detail));
	json_object_object_add(o, "needed",
			       json_object_new_boolean(hook->program->need != NEED_NO));
	return o;
}

/* Who decides on ownership; a guard that is switched off leaves nobody. */
const char *methods_arbiter_name(struct loader *l)
{
	if (loader_features(l)->arbiter == ARBITER_KERNEL)
		return "kernel";
	return loader_config(l)->guard ? "ownerd" : "nobody";
}

const char *methods_attach_name(struct loader *l)
{
	return loader_features(l)->attach == ATTACH_LSM ? "lsm" : "fmod_ret";
}

static void add_counter(struct json_object *array, const char *name, uint64_t value,
			const char *help)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "value", json_object_new_int64(value));
	json_object_object_add(o, "help", json_object_new_string(help));
	json_object_array_add(array, o);
}

static struct json_object *counters_json(struct manager *m)
{
	static const char *const names[] = {
#define X(name, help) #name,
		OWNER_COUNTERS(X)
#undef X
	};
	static const char *const helps[] = {
#define X(name, help) help,
		OWNER_COUNTERS(X)
#undef X
	};
	struct json_object *array = json_object_new_array();
	struct registry_maps maps = loader_maps(m->loader);
	uint64_t values[COUNT_MAX] = {};

	registry_counters(&maps, values);
	for (size_t i = 0; i < COUNT_MAX; i++)
		add_counter(array, names[i], values[i], helps[i]);
	add_counter(array, "programs_skipped", loader_skipped(m->loader, ALWAYS),
		    "program runs that the kernel skipped, preempted by another run of the same");
	add_counter(array, "records_corrected", m->corrected,
		    "records found untrue when ownerd started, and corrected");
	add_counter(array, "log_failed", m->audit.failed,
		    "records that could not be written to the log file");
	add_counter(array, "log_unsynced", m->audit.sync_failed,
		    "times that the log file's disk did not take what was written");
	add_counter(array, "log_suppressed", m->suppress.total,
		    "refusals that the log counts by kind, for they repeated");
	add_counter(array, "refusals_displaced", m->recent.displaced,
		    "kinds of refusals of the last hour that why no longer knows: no room");
	return array;
}

/* Where the log is, and what was written last. */
static struct json_object *log_json(const struct audit *a)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "path", json_object_new_string(a->path));
	json_object_object_add(o, "seq", json_object_new_int64(a->chain.seq));
	json_object_object_add(o, "hash", json_object_new_string(a->chain.hash));
	return o;
}

/* "3, 12 rules, waits for its confirmation" */
static struct json_object *policy_line(struct manager *m)
{
	const struct owner_config *config = loader_config(m->loader);
	char text[160];

	snprintf(text, sizeof(text), "%u, %u rules%s%s", generation_in_force(config),
		 m->policy.head.rules,
		 generation_waits(config) ? ", waits for its confirmation" : "",
		 m->stands_in ? ", the last accepted, in place of the configured one, which was "
				"reverted or not confirmed"
			      : "");
	return json_object_new_string(text);
}

static int get_status(void *userdata, struct json_object *parameters, struct json_object **ret,
		      const char **ret_error)
{
	struct manager *m = userdata;
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};
	struct json_object *o = json_object_new_object();
	struct json_object *hooks = json_object_new_array();
	struct utsname uts = {};

	uname(&uts);
	registry_read(&r, &maps);
	for (size_t i = 0; i < feature_n_programs; i++)
		if (loader_hooks(m->loader)[i].state != HOOK_UNUSED)
			json_object_array_add(hooks, hook_json(&loader_hooks(m->loader)[i]));
	json_object_object_add(o, "version", json_object_new_string(OWNERD_VERSION));
	json_object_object_add(o, "mode",
			       json_object_new_string(generation_enforces(loader_config(m->loader))
							      ? "enforce"
							      : "observe"));
	json_object_object_add(o, "pid", json_object_new_int64(getpid()));
	json_object_object_add(o, "since", json_object_new_int64(m->started));
	json_object_object_add(o, "pinned", json_object_new_boolean(m->pinned));
	json_object_object_add(o, "kernel", json_object_new_string(uts.release));
	json_object_object_add(o, "attach", json_object_new_string(methods_attach_name(m->loader)));
	json_object_object_add(o, "arbiter",
			       json_object_new_string(methods_arbiter_name(m->loader)));
	json_object_object_add(o, "remaps_interrupts",
			       json_object_new_boolean(loader_config(m->loader)->remaps));
	json_object_object_add(o, "policy", policy_line(m));
	if (m->audit.path)
		json_object_object_add(o, "log", log_json(&m->audit));
	json_object_object_add(o, "groups", json_object_new_int64(r.n_groups));
	json_object_object_add(o, "devices", json_object_new_int64(r.n_devices));
	json_object_object_add(o, "hooks", hooks);
	json_object_object_add(o, "counters", counters_json(m));
	*ret = o;
	return 0;
}

static int prove(void *userdata, struct json_object *parameters, struct json_object **ret,
		 const char **ret_error)
{
	struct manager *m = userdata;

	*ret = json_object_new_object();
	json_object_object_add(*ret, "checks", prove_all(m->loader));
	return 0;
}

static const char *const no_parameters[] = {NULL};
static const char *const list_parameters[] = {"owner", "device", "driver", NULL};
static const char *const group_parameters[] = {"group", "device", NULL};
static const char *const register_parameters[] = {"id", "name", "pid", NULL};
static const char *const unregister_parameters[] = {"id", NULL};
static const char *const apply_parameters[] = {"path", "confirm_within", NULL};

const struct control_method methods_table[] = {
	{"io.ownerd.GetStatus", get_status, no_parameters, false},
	{"io.ownerd.ListGroups", methods_list_groups, list_parameters, false,
	 methods_list_groups_in_parts},
	{"io.ownerd.GetGroup", methods_get_group, group_parameters, false},
	{"io.ownerd.Watch", NULL, no_parameters, false},
	{"io.ownerd.Prove", prove, no_parameters, false},
	{"io.ownerd.GetMetrics", methods_get_metrics, no_parameters, false},
	{"io.ownerd.ListContainers", methods_list_containers, no_parameters, false},
	{"io.ownerd.RegisterContainer", methods_register_container, register_parameters, true},
	{"io.ownerd.UnregisterContainer", methods_unregister_container, unregister_parameters,
	 true},
	{"io.ownerd.GetPolicy", methods_get_policy, no_parameters, false},
	{"io.ownerd.ApplyPolicy", methods_apply_policy, apply_parameters, true},
	{"io.ownerd.ConfirmPolicy", methods_confirm_policy, no_parameters, true},
	{"io.ownerd.RevertPolicy", methods_revert_policy, no_parameters, true},
	{},
};
