// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "client.h"
#include "cmdline.h"
#include "describe.h"
#include "output.h"
#include "generation.h"
#include "registry.h"
#include "runtimes.h"
#include "source.h"
#include "sysfs.h"

struct source {
	struct client *client;     /* NULL: the daemon is down */
	struct registry_maps maps; /* valid without a client */
	struct registry registry;
	struct recent recent;         /* the same */
	struct owner_config config;   /* of the programs; valid if there is a mode */
	struct policy policy;         /* in force */
	struct json_object *programs; /* names of the pinned links */
	struct containers known;      /* by name */
	const char *mode;             /* theirs; NULL: not known */
	char *notice;
};

static int fail(int error, char **ret_error, const char *fmt, ...) _printf_(3, 4);
static int fail(int error, char **ret_error, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	*ret_error = output_must(text);
	return error;
}

/* The files in REGISTRY_PIN_DIR/links: each keeps its program attached without the daemon. */
static struct json_object *pinned_programs(void)
{
	struct json_object *names = output_must(json_object_new_array());
	DIR *dir = opendir(REGISTRY_PIN_DIR "/links");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			array_add(names, "%s", entry->d_name);
	if (dir)
		closedir(dir);
	return names;
}

static const char *how_to_start(void)
{
	if (cmdline_mode("") == CMDLINE_OFF)
		return "ownerd.mode=off on the kernel command line keeps it out: boot without it";
	return "start it: systemctl start ownerd";
}

static int fail_pinned(int error, const char *socket, char **ret_error)
{
	if (error == -ENOENT)
		return fail(
			-ENOTCONN, ret_error,
			"ownerd is not running (nobody answers at %s) and nothing of it is pinned: "
			"nothing is enforced; %s",
			socket, how_to_start());
	if (error == -EACCES || error == -EPERM)
		return fail(
			-ENOTCONN, ret_error,
			"ownerd is not running (nobody answers at %s) and only root can read what "
			"it may have left pinned: run this as root",
			socket);
	if (error == -ESTALE)
		return fail(-ENOTCONN, ret_error,
			    "ownerd is not running and what is pinned in %s is another version's: "
			    "start ownerd, which replaces it",
			    REGISTRY_PIN_DIR);
	return fail(-ENOTCONN, ret_error,
		    "ownerd is not running and its pinned maps in %s cannot be read: %s; start it: "
		    "systemctl start ownerd",
		    REGISTRY_PIN_DIR, strerror(-error));
}

static char *pinned_notice(const struct source *s)
{
	const char *what = "its pinned programs still enforce; nothing is logged meanwhile";

	if (!array_length(s->programs))
		what = "its maps are pinned and no program is: nothing is enforced, and what is "
		       "shown may be long past";
	else if (text_is(s->mode, "observe"))
		what = "its pinned programs still observe: they refuse nothing; nothing is logged "
		       "meanwhile";
	return output_format("ownerd is not running; %s", what);
}

/* Without it, which is not to be, groups are shown without their rules. */
static void read_policy(struct source *s)
{
	if (registry_read_config(&s->config, REGISTRY_PIN_DIR) < 0)
		return;
	s->mode = generation_enforces(&s->config) ? "enforce" : "observe";
	generation_read(&s->policy, &s->maps, generation_in_force(&s->config));
}

static int open_pinned(struct source *s, const char *socket, char **ret_error)
{
	int r = registry_open_pinned(&s->maps, REGISTRY_PIN_DIR);
	size_t unread;

	if (r < 0)
		return fail_pinned(r, socket, ret_error);
	r = registry_read(&s->registry, &s->maps);
	if (r < 0) {
		registry_close_maps(&s->maps);
		return fail_pinned(r, socket, ret_error);
	}
	recent_open(&s->recent, s->maps.recent, false); /* without it the last refusal is known */
	read_policy(s);
	runtimes_read(&s->known, "", &unread);
	s->programs = pinned_programs();
	s->notice = pinned_notice(s);
	return 0;
}

/* Only what says "nobody is there" leads to the pinned maps. */
static int connect_daemon(struct source *s, const char *socket, char **ret_error)
{
	int r = client_connect(&s->client, socket);

	if (r == -ENOENT || r == -ECONNREFUSED)
		return fail(-ENOTCONN, ret_error,
			    "ownerd is not running (nobody answers at %s): %s", socket,
			    how_to_start());
	if (r == -EACCES || r == -EPERM)
		return fail(r, ret_error, "cannot connect to %s: %s: run this as root", socket,
			    strerror(-r));
	if (r < 0)
		return fail(r, ret_error, "cannot connect to %s: %s", socket, strerror(-r));
	return 0;
}

int source_open(struct source **ret, const char *socket, bool pinned, char **ret_error)
{
	struct source *s = output_must(calloc(1, sizeof(*s)));
	_cleanup_free_ char *error = NULL;
	int r = connect_daemon(s, socket, &error);

	if (r == -ENOTCONN && pinned)
		r = open_pinned(s, socket, ret_error);
	else if (r < 0)
		*ret_error = TAKE_PTR(error);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	if (s->client) {
		client_free(s->client);
	} else {
		containers_done(&s->known);
		policy_done(&s->policy);
		registry_done(&s->registry);
		recent_done(&s->recent);
		registry_close_maps(&s->maps);
	}
	json_object_put(s->programs);
	free(s->notice);
	free(s);
}

bool source_is_live(const struct source *s)
{
	return s->client != NULL;
}

const char *source_notice(const struct source *s)
{
	return s->notice;
}

/* The daemon's error, or the connection's, in words. */
static int fail_call(int r, const char *error, struct json_object *details, char **ret_error)
{
	const char *device = field_string(details, "device");
	const char *message = field_string(details, "message");

	if (r == -EPIPE)
		return fail(-ENOTCONN, ret_error,
			    "ownerd ended the connection; is it still running? "
			    "systemctl status ownerd");
	if (r == -ETIMEDOUT)
		return fail(r, ret_error, "ownerd does not answer; systemctl status ownerd");
	if (r != -EREMOTEIO || !error)
		return fail(r, ret_error, "ownerd's answer cannot be understood: %s", strerror(-r));
	if (text_is(error, "io.ownerd.NoSuchGroup"))
		return fail(-ENXIO, ret_error,
			    "no such group: %" PRId64 "; `ownerctl list` shows all",
			    field_int(details, "group"));
	if (text_is(error, "io.ownerd.NoSuchDevice"))
		return fail(-ENXIO, ret_error,
			    "no such device in any group: %s; `ownerctl list` shows all",
			    device ? device : "?");
	if (text_is(error, "io.ownerd.PermissionDenied"))
		return fail(-EACCES, ret_error,
			    "not allowed (permission denied): reading is for root and the group "
			    "ownerd, changing for root; run this as root");
	if (text_is(error, "io.ownerd.PolicyInvalid"))
		return fail(-EBADF, ret_error, "%s", message ? message : "the policy is invalid");
	if (text_is(error, "io.ownerd.PolicyRefused"))
		return fail(-EBUSY, ret_error, "%s", message ? message : "not now");
	return fail(r, ret_error, "ownerd refuses: %s", error);
}

int source_call(struct source *s, const char *method, struct json_object *parameters,
		struct json_object **ret, char **ret_error)
{
	_cleanup_json_ struct json_object *reply = NULL;
	_cleanup_free_ char *error = NULL;
	int r = client_call(s->client, method, parameters, &reply, &error);

	if (r < 0)
		return fail_call(r, error, reply, ret_error);
	if (!json_object_is_type(reply, json_type_object))
		return fail_call(-EBADMSG, NULL, NULL, ret_error);
	*ret = TAKE_PTR(reply);
	return 0;
}

/* One member of a reply; a reply without it is none. */
static int call_member(struct source *s, const char *method, struct json_object *parameters,
		       const char *member, struct json_object **ret, char **ret_error)
{
	_cleanup_json_ struct json_object *reply = NULL;
	int r = source_call(s, method, parameters, &reply, ret_error);

	if (r < 0)
		return r;
	if (!field_array(reply, member))
		return fail_call(-EBADMSG, NULL, NULL, ret_error);
	*ret = json_object_get(field_array(reply, member));
	return 0;
}

static bool matches(const struct source *s, const struct registry_group *group,
		    const struct source_filter *f)
{
	bool driver = !f->driver;

	if (f->owner && !text_is(f->owner, describe_owner(OWNER_STATE_KIND(group->record.state))))
		return false;
	if (f->device && registry_find_device(&s->registry, f->device) != group)
		return false;
	for (size_t i = 0; i < group->n_devices && !driver; i++)
		driver = !strncmp(group->devices[i].driver, f->driver, OWNER_DRIVER_LEN);
	return driver;
}

static void each_pinned_group(struct source *s, const struct source_filter *filter,
			      source_each each, void *userdata)
{
	for (size_t i = 0; i < s->registry.n_groups; i++) {
		const struct registry_group *g = &s->registry.groups[i];
		_cleanup_json_ struct json_object *group = NULL;

		if (!matches(s, g, filter))
			continue;
		group = output_must(describe_group(g, &s->policy));
		containers_add_names(&s->known, group);
		each(userdata, group);
	}
}

struct each_group {
	source_each each;
	void *userdata;
};

static int each_of_reply(void *userdata, struct json_object *reply)
{
	const struct each_group *e = userdata;
	struct json_object *groups = field_array(reply, "groups");

	if (!groups)
		return -EBADMSG;
	for (size_t i = 0; i < array_length(groups); i++)
		e->each(e->userdata, array_get(groups, i));
	return 0;
}

static int each_live_group(struct source *s, const struct source_filter *f, source_each each,
			   void *userdata, char **ret_error)
{
	struct json_object *parameters = output_must(json_object_new_object());
	struct each_group e = {.each = each, .userdata = userdata};
	_cleanup_json_ struct json_object *details = NULL;
	_cleanup_free_ char *error = NULL;
	int r;

	if (f->owner)
		field_add(parameters, "owner", "%s", f->owner);
	if (f->device)
		field_add(parameters, "device", "%s", f->device);
	if (f->driver)
		field_add(parameters, "driver", "%s", f->driver);
	r = client_call_each(s->client, "io.ownerd.ListGroups", parameters, each_of_reply, &e,
			     &details, &error);
	return r < 0 ? fail_call(r, error, details, ret_error) : 0;
}

int source_each_group(struct source *s, const struct source_filter *filter, source_each each,
		      void *userdata, char **ret_error)
{
	_cleanup_free_ char *device = NULL;
	struct source_filter f = *filter;

	if (f.device) {
		int r = source_device_name(f.device, &device, ret_error);

		if (r < 0)
			return r;
		f.device = device;
	}
	if (s->client)
		return each_live_group(s, &f, each, userdata, ret_error);
	each_pinned_group(s, &f, each, userdata);
	return 0;
}

static void collect(void *userdata, struct json_object *group)
{
	json_object_array_add(userdata, json_object_get(group));
}

int source_groups(struct source *s, const struct source_filter *filter, struct json_object **ret,
		  char **ret_error)
{
	_cleanup_json_ struct json_object *groups = output_must(json_object_new_array());
	int r = source_each_group(s, filter, collect, groups, ret_error);

	if (r < 0)
		return r;
	*ret = TAKE_PTR(groups);
	return 0;
}

/* Digits alone are a group; 1: it is one, 0: it is not. */
static int parse_group(const char *name, uint32_t *ret, char **ret_error)
{
	unsigned long id;

	if (!*name || strspn(name, "0123456789") != strlen(name))
		return 0;
	errno = 0;
	id = strtoul(name, NULL, 10);
	if (errno || id > INT32_MAX)
		return fail(-ENXIO, ret_error, "no such group: %s; `ownerctl list` shows all",
			    name);
	*ret = id;
	return 1;
}

int source_device_name(const char *text, char **ret, char **ret_error)
{
	char bus[OWNER_BUS_LEN], name[OWNER_DEVICE_LEN];
	int r = sysfs_parse_device(text, bus, sizeof(bus), name, sizeof(name));

	if (r == -ENAMETOOLONG)
		return fail(-EINVAL, ret_error, "longer than any device's name: %s", text);
	if (r < 0)
		return fail(-EINVAL, ret_error,
			    "neither a group's number nor a device (0000:3b:00.0, platform/NAME): "
			    "'%s'; `ownerctl list` shows all",
			    text);
	if (text_is(bus, "pci"))
		*ret = output_format("%s", name);
	else
		*ret = output_format("%s/%s", bus, name);
	return 0;
}

/* The daemon knows only devices in groups: say which of the others this one is. */
static int fail_device(const char *device, char **ret_error)
{
	char bus[OWNER_BUS_LEN], name[OWNER_DEVICE_LEN];
	uint32_t group;
	int r = sysfs_parse_device(device, bus, sizeof(bus), name, sizeof(name));

	if (r >= 0)
		r = sysfs_device_group("", bus, name, &group);
	if (r == -ENOENT)
		return fail(
			-ENXIO, ret_error,
			"%s is in no IOMMU group: no IOMMU translates its DMA (intel_iommu=on on "
			"the kernel's command line?)",
			device);
	if (r >= 0)
		return fail(
			-ENXIO, ret_error,
			"%s is in group %u, of which ownerd has no record; `ownerctl status` tells "
			"if a map is full",
			device, group);
	return fail(-ENXIO, ret_error, "no such device: %s; `ownerctl list` shows all", device);
}

static int pinned_group(struct source *s, uint32_t id, const char *device, struct json_object **ret,
			char **ret_error)
{
	const struct registry_group *group = device ? registry_find_device(&s->registry, device)
						    : registry_find_group(&s->registry, id);
	struct json_object *reply;

	if (!group && device)
		return fail_device(device, ret_error);
	if (!group)
		return fail(-ENXIO, ret_error, "no such group: %u; `ownerctl list` shows all", id);
	reply = output_must(json_object_new_object());
	json_object_object_add(reply, "group", output_must(describe_group(group, &s->policy)));
	json_object_object_add(reply, "refusals",
			       output_must(describe_recent(&s->recent, group, &s->policy)));
	containers_add_names(&s->known, reply);
	*ret = reply;
	return 0;
}

int source_group(struct source *s, const char *name, struct json_object **ret, char **ret_error)
{
	_cleanup_free_ char *device = NULL, *error = NULL;
	_cleanup_json_ struct json_object *reply = NULL;
	struct json_object *parameters;
	uint32_t id = 0;
	int r = parse_group(name, &id, ret_error);

	if (!r)
		r = source_device_name(name, &device, ret_error);
	if (r < 0)
		return r;
	if (!s->client)
		return pinned_group(s, id, device, ret, ret_error);
	parameters = output_must(json_object_new_object());
	if (device)
		field_add(parameters, "device", "%s", device);
	else
		json_object_object_add(parameters, "group", json_object_new_int64(id));
	r = source_call(s, "io.ownerd.GetGroup", parameters, &reply, &error);
	if (r == -ENXIO && device)
		return fail_device(device, ret_error);
	if (r >= 0 && !field_object(reply, "group"))
		r = fail_call(-EBADMSG, NULL, NULL, &error);
	if (r < 0) {
		*ret_error = TAKE_PTR(error);
		return r;
	}
	*ret = TAKE_PTR(reply);
	return 0;
}

static struct json_object *pinned_counters(struct source *s)
{
	static const struct {
		const char *name, *help;
	} names[] = {
#define X(name, help) {#name, help},
		OWNER_COUNTERS(X)
#undef X
	};
	struct json_object *counters = output_must(json_object_new_array());
	uint64_t values[COUNT_MAX] = {};

	registry_counters(&s->maps, values);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct json_object *counter = output_must(json_object_new_object());

		field_add(counter, "name", "%s", names[i].name);
		json_object_object_add(counter, "value", json_object_new_int64(values[i]));
		field_add(counter, "help", "%s", names[i].help);
		json_object_array_add(counters, counter);
	}
	return counters;
}

int source_status(struct source *s, struct json_object **ret, char **ret_error)
{
	struct json_object *status;

	if (s->client) {
		int r = source_call(s, "io.ownerd.GetStatus", NULL, ret, ret_error);

		if (r >= 0)
			json_object_object_add(*ret, "running", json_object_new_boolean(true));
		return r;
	}
	status = output_must(json_object_new_object());
	json_object_object_add(status, "running", json_object_new_boolean(false));
	if (s->mode) {
		field_add(status, "mode", "%s", s->mode);
		json_object_object_add(status, "remaps_interrupts",
				       json_object_new_boolean(s->config.remaps));
	}
	json_object_object_add(status, "pinned", json_object_new_boolean(true));
	json_object_object_add(status, "programs", json_object_get(s->programs));
	json_object_object_add(status, "groups", json_object_new_int64(s->registry.n_groups));
	json_object_object_add(status, "devices", json_object_new_int64(s->registry.n_devices));
	json_object_object_add(status, "counters", pinned_counters(s));
	*ret = status;
	return 0;
}

int source_policy(struct source *s, struct json_object **ret, char **ret_error)
{
	_cleanup_json_ struct json_object *reply = NULL;
	int r;

	if (!s->client) {
		*ret = output_must(describe_policy(&s->policy, &s->config));
		return 0;
	}
	r = source_call(s, "io.ownerd.GetPolicy", NULL, &reply, ret_error);
	if (r < 0)
		return r;
	if (!field_object(reply, "policy"))
		return fail_call(-EBADMSG, NULL, NULL, ret_error);
	*ret = json_object_get(field_object(reply, "policy"));
	return 0;
}

int source_prove(struct source *s, struct json_object **ret, char **ret_error)
{
	return call_member(s, "io.ownerd.Prove", NULL, "checks", ret, ret_error);
}

int source_watch(struct source *s, char **ret_error)
{
	int r = client_subscribe(s->client, "io.ownerd.Watch", NULL);

	return r < 0 ? fail_call(r, NULL, NULL, ret_error) : 0;
}

int source_watch_next(struct source *s, struct json_object **ret, char **ret_error)
{
	_cleanup_json_ struct json_object *reply = NULL;
	_cleanup_free_ char *error = NULL;
	int r = client_next(s->client, &reply, &error);

	if (r < 0)
		return fail_call(r, error, reply, ret_error);
	if (!json_object_is_type(reply, json_type_object))
		return fail_call(-EBADMSG, NULL, NULL, ret_error);
	*ret = TAKE_PTR(reply);
	return 0;
}
