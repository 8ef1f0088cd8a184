// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl show: everything known of one group.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "cli.h"
#include "describe.h"

/* One line of the page; `key` may be empty: it goes on with the key above. */
static void print_field(const char *key, const char *fmt, ...) _printf_(2, 3);
static void print_field(const char *key, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	output_line("  %-8s %s", key, (char *)output_must(text));
}

static void print_task(const char *key, struct json_object *task, const char *more)
{
	static const struct {
		const char *key, *word;
	} subjects[] = {{"vm", "machine"}, {"container", "container"}, {"pod", "pod"}};
	_cleanup_free_ char *name = output_task(task);
	const char *unit = field_string(task, "unit"), *cgroup = field_string(task, "cgroup");
	const char *called = field_string(task, "container_name");

	print_field(key, "%s, uid %" PRId64 ", %s%s", name, field_int(task, "uid"),
		    field_bool(task, "alive") ? "alive" : "exited", more);
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		if (field_string(task, subjects[i].key))
			print_field("", "%s %s", subjects[i].word,
				    field_string(task, subjects[i].key));
	if (called)
		print_field("", "called %s", called);
	if (unit)
		print_field("", "unit %s", unit);
	if (cgroup)
		print_field("", "cgroup %s", cgroup);
}

static void print_since(struct json_object *group)
{
	int64_t since = field_int(group, "since");
	_cleanup_free_ char *at = output_local(since), *ago = output_ago(since, output_now());

	if (!since)
		print_field("since", "not known");
	else if (field_bool(group, "seeded"))
		print_field("since", "before %s (%s), when ownerd started and found it so", at,
			    ago);
	else
		print_field("since", "%s (%s)", at, ago);
}

static void print_owner(struct json_object *group)
{
	struct json_object *holder = field_object(group, "holder");
	const char *owner = field_string(group, "owner") ?: "";
	int64_t count = field_int(group, "count");

	if (text_is(owner, "kernel"))
		print_field("owner", "kernel: %" PRId64 " host driver%s bound", count,
			    count == 1 ? "" : "s");
	else if (text_is(owner, "user"))
		print_field("owner", "user: %" PRId64 " claim%s", count, count == 1 ? "" : "s");
	else
		print_field("owner", "%s", owner);
	print_since(group);
	if (holder)
		print_task("holder", holder,
			   field_bool(group, "holder_seeded")
				   ? "; found by its open file, not seen to claim"
				   : "");
	else if (text_is(owner, "user"))
		print_field("holder", "not known: ownerd has not seen the claim");
}

static void print_opens(struct json_object *opens, bool known)
{
	if (!known)
		print_field("open in", "not known while ownerd is not running");
	for (size_t i = 0; i < array_length(opens); i++) {
		struct json_object *open = array_get(opens, i);
		_cleanup_free_ char *more =
			output_format(", fd %" PRId64 "%s%s", field_int(open, "fd"),
				      field_bool(open, "device") ? ", of a device" : "",
				      field_bool(open, "claims") ? ", with the claim" : "");

		print_task("open in", field_object(open, "task"), more);
	}
}

static void print_devices(struct json_object *devices)
{
	for (size_t i = 0; i < array_length(devices); i++) {
		struct json_object *device = array_get(devices, i);
		_cleanup_free_ char *name = output_device(device);
		const char *driver = field_string(device, "driver");
		const char *title = field_string(device, "title");

		print_field(i ? "" : "devices", "%s  %s%s%s", name, driver ? driver : "no driver",
			    driver && field_bool(device, "managed")
				    ? ", managed (no DMA of its own)"
				    : "",
			    field_bool(device, "bridge") ? ", bridge" : "");
		if (title)
			print_field("", "  %s", title);
	}
}

static void print_refused(struct json_object *event)
{
	_cleanup_free_ char *ago = NULL;

	if (!event)
		return;
	ago = output_ago(field_int(event, "time"), output_now());
	print_field("refused", "%s: %s", ago, field_string(event, "message") ?: "?");
}

/* What --reserve and --dedicate are rules for is said in words. */
static void print_rules(struct json_object *group)
{
	struct json_object *rules = field_array(group, "rules");

	if (field_bool(group, "reserved"))
		print_field("policy", "reserved: never goes to a user");
	if (field_bool(group, "dedicated"))
		print_field("policy", "dedicated: takes no host driver that does DMA");
	for (size_t i = 0; i < array_length(rules); i++) {
		struct json_object *rule = array_get(rules, i);

		print_field("rule", "for %s: \"%s\" (%s)", field_string(rule, "act") ?: "?",
			    field_string(rule, "name") ?: "?", field_string(rule, "place") ?: "?");
	}
}

static void print_maps(struct json_object *group)
{
	struct json_object *maps = field_object(group, "maps"), *value;
	_cleanup_free_ char *most = NULL, *mapped = NULL, *mappings = NULL;

	if (!maps || !text_is(field_string(group, "owner"), "user"))
		return;
	if (json_object_object_get_ex(maps, "limit", &value)) {
		_cleanup_free_ char *limit =
			output_must(describe_bytes(json_object_get_uint64(value)));

		most = output_format(" of at most %s", limit);
	}
	if (!json_object_object_get_ex(maps, "bytes", &value)) {
		print_field("mapped", "not known%s", most);
		return;
	}
	mapped = output_must(describe_bytes(json_object_get_uint64(value)));
	if (json_object_object_get_ex(maps, "mappings", &value))
		mappings = output_format(", %" PRId64 " mapping%s", json_object_get_int64(value),
					 json_object_get_int64(value) == 1 ? "" : "s");
	print_field("mapped", "%s%s%s%s", field_bool(maps, "at_least") ? "at least " : "", mapped,
		    most ?: "", mappings ?: "");
}

/* One line of what, and one of who called. */
static void print_kernel_maps(struct json_object *all)
{
	for (size_t i = 0; i < array_length(all); i++) {
		struct json_object *one = array_get(all, i), *device = field_object(one, "device");
		struct json_object *stack = field_array(one, "stack");
		_cleanup_free_ char *name = device ? output_device(device) : NULL;
		_cleanup_free_ char *bytes = output_must(describe_bytes(field_int(one, "bytes")));
		_cleanup_free_ char *ago = output_ago(field_int(one, "last"), output_now());

		print_field(i ? "" : "kernel maps", "%" PRId64 " for %s, %s, the last %s",
			    field_int(one, "count"), name ?: "a device that has gone", bytes, ago);
		for (size_t k = 0; k < array_length(stack) && k < 4; k++)
			print_field("", "  %s", json_object_get_string(array_get(stack, k)));
	}
}

static void print_page(struct json_object *reply)
{
	struct json_object *group = field_object(reply, "group");
	struct json_object *opens = field_array(reply, "opens");

	output_text(STYLE_BOLD, "group %" PRId64, field_int(group, "group"));
	putchar('\n');
	print_owner(group);
	print_opens(opens, opens != NULL);
	print_rules(group);
	print_maps(group);
	print_kernel_maps(field_array(group, "kernel_maps"));
	print_devices(field_array(group, "devices"));
	print_refused(field_object(group, "refused"));
}

/* KEY\tVALUE for what is one, and a line for each device and each open. */
static void print_raw(struct json_object *reply)
{
	static const char *const keys[] = {"group",  "owner",    "count",     "since",
					   "seeded", "reserved", "dedicated", "holder_seeded"};
	struct json_object *group = field_object(reply, "group");
	struct json_object *devices = field_array(group, "devices");
	struct json_object *opens = field_array(reply, "opens"), *value;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_object_get_ex(group, keys[i], &value))
			output_raw((const char *[]){keys[i], json_object_get_string(value)}, 2);
	for (size_t i = 0; i <= array_length(opens); i++) {
		struct json_object *open = i ? array_get(opens, i - 1) : NULL;
		struct json_object *task =
			field_object(open ? open : group, open ? "task" : "holder");
		_cleanup_free_ char *pid = output_format("%" PRId64, field_int(task, "pid"));
		_cleanup_free_ char *uid = output_format("%" PRId64, field_int(task, "uid"));

		if (task)
			output_raw((const char *[]){open ? "open" : "holder", pid,
						    field_string(task, "comm"), uid,
						    field_bool(task, "alive") ? "alive" : "exited",
						    field_string(task, "unit"),
						    field_string(task, "cgroup")},
				   7);
	}
	for (size_t i = 0; i < array_length(devices); i++) {
		struct json_object *device = array_get(devices, i);
		_cleanup_free_ char *name = output_device(device);

		output_raw((const char *[]){"device", name, field_string(device, "driver"),
					    field_bool(device, "managed") ? "managed" : NULL,
					    field_string(device, "title")},
			   5);
	}
	if (field_object(group, "maps")) {
		struct json_object *maps = field_object(group, "maps"), *bytes = NULL;

		json_object_object_get_ex(maps, "bytes", &bytes);
		json_object_object_get_ex(maps, "limit", &value);
		output_raw((const char *[]){"mapped", bytes ? json_object_get_string(bytes) : NULL,
					    json_object_get_string(value),
					    field_bool(maps, "at_least") ? "at-least" : NULL},
			   4);
	}
	if (field_object(group, "refused"))
		output_raw((const char *[]){"refused", field_string(field_object(group, "refused"),
								    "message")},
			   2);
}

int cmd_show(const struct cli *cli)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_json_ struct json_object *reply = NULL;
	int r = cli_group(cli, &source, &reply);

	if (r)
		return r;
	if (cli->format == OUTPUT_JSON)
		output_json(reply);
	else if (cli->format == OUTPUT_RAW)
		print_raw(reply);
	else
		print_page(reply);
	return CLI_OK;
}
