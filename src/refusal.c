// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include "output.h"
#include "refusal.h"

/*
 * Who is asked, and what the driver core makes of the refusal: drivers/base/dd.c
 * turns ownerd's errno into its own, by kernel and path.
 */
static void add_saw(struct json_object *refusal, struct json_object *event)
{
	const char *errno_name = field_string(event, "errno");

	if (!text_is(field_string(event, "verdict"), "deny"))
		field_add(refusal, "saw", "no error: it went through");
	else if (!text_is(field_string(event, "act"), "bind"))
		field_add(refusal, "saw", "%s", errno_name ? errno_name : "an error");
	else if (text_is(field_string(event, "by"), "kernel"))
		field_add(
			refusal, "saw",
			"EBUSY from bind, EINVAL from drivers_probe, and nothing when a module was "
			"loaded: the driver core keeps it to itself");
	else
		field_add(refusal, "saw",
			  "ENOMEM from bind (ENODEV on 5.10), EINVAL or nothing from "
			  "drivers_probe, and "
			  "nothing when a module was loaded: the driver core says so for any "
			  "refusal, "
			  "memory is not short");
}

/* "modprobe[900] (uid 0) tried to bind e1000 to 0000:02:01.0" */
static char *refusal_attempt(struct json_object *event)
{
	struct json_object *device = field_object(event, "device");
	_cleanup_free_ char *name = output_device(device), *task = NULL, *who = NULL;
	const char *act = field_string(event, "act"), *driver = field_string(device, "driver");

	task = output_who(field_object(event, "task"));
	if (field_int(field_object(event, "task"), "pid"))
		who = output_format("%s (uid %" PRId64 ")", task,
				    field_int(field_object(event, "task"), "uid"));
	else
		who = output_format("the kernel");
	if (text_is(act, "bind"))
		return output_format("%s tried to bind %s to %s", who, driver ? driver : "a driver",
				     name);
	if (text_is(act, "open"))
		return output_format("%s tried to open the group's node", who);
	if (text_is(act, "claim"))
		return output_format("%s tried to claim the group", who);
	if (text_is(act, "map"))
		return output_format("%s tried to map memory for DMA", who);
	if (text_is(act, "receive"))
		return output_format("%s was to get a descriptor of it from another process", who);
	if (text_is(act, "sysfs") && field_string(event, "driver"))
		return output_format("%s tried to open %s of the driver %s in sysfs", who,
				     field_string(event, "file") ?: "a file",
				     field_string(event, "driver"));
	if (text_is(act, "sysfs"))
		return output_format("%s tried to get at %s of %s in sysfs", who,
				     field_string(event, "file") ?: "a file", name);
	return output_format("%s: %s", who, act ? act : "?");
}

static bool is_about_owner(const char *reason)
{
	return text_is(reason, "user-owned") || text_is(reason, "kernel-owned") ||
	       text_is(reason, "other-domain");
}

/* "ownerd", "kernel", "lsm", and the acts that nobody refused. */
static const char *refusal_by(struct json_object *event)
{
	const char *by = field_string(event, "by"), *verdict = field_string(event, "verdict");

	if (text_is(verdict, "would-deny"))
		return "ownerd would have refused it in enforce mode";
	if (!text_is(verdict, "deny"))
		return "it was let through with a warning";
	if (text_is(by, "kernel"))
		return is_about_owner(field_string(event, "reason"))
			       ? "refused by the kernel's own ownership check"
			       : "refused by the kernel";
	if (text_is(by, "lsm"))
		return "refused by another security module, whose verdict stands (see its log)";
	return text_is(by, "ownerd") ? "refused by ownerd" : "refused";
}

static char *refusal_reason(struct json_object *event)
{
	static const char *const words[][2] = {
		{"user-owned", ", since a user held the group"},
		{"kernel-owned", ", since host drivers were bound in the group"},
		{"reserved", ", since the group is reserved"},
		{"dedicated", ", since the group is dedicated to users"},
		{"default", ", since no rule allows it and the policy's default is to deny"},
		{"other-domain",
		 ", since the group was not in its default IOMMU domain, though nobody's"},
		{"unreadable", ", since what decides could not be read"},
		{"in-use", ", since the node opens once, and was in use"},
		{"cgroup", ", since its cgroup does not allow it the node (systemd: DeviceAllow=; "
			   "containers: --device)"},
		{"mode", ", since the node's mode, owner and ACL do not allow it"},
		{"overlap", ", since something is mapped at these addresses already"},
		{"mappings", ", since there are as many mappings as may be (dma_entry_limit of "
			     "vfio_iommu_type1), or no addresses are left"},
		{"memlock", ", since it may lock no more memory (RLIMIT_MEMLOCK: LimitMEMLOCK= of "
			    "a unit, --ulimit memlock= of a container)"},
		{"memory",
		 ", since the memory could not be pinned: it is not its own, or not its own "
		 "to write, or of a file that DMA may not write to, or no (huge) page was "
		 "free for it"},
		{"argument",
		 ", since what it asked for cannot be mapped: no whole pages, flags or a "
		 "size that VFIO does not know, no IOMMU set yet, or addresses that the "
		 "IOMMU does not reach or the host has reserved"},
		{"firmware",
		 ", probably since the firmware wants memory of a device in the group "
		 "mapped as it is (RMRR), which the kernel's log names: then no user can "
		 "have it"},
		{"interrupts",
		 ", since the host does not remap interrupts, which lets a device's "
		 "user forge them (allow_unsafe_interrupts of vfio_iommu_type1, or of "
		 "iommufd)"},
		{"exposed", ", since the device is open to the DMA of the group's user"},
	};
	struct json_object *holder = field_object(event, "holder");
	_cleanup_free_ char *who = output_who(holder);
	const char *reason = field_string(event, "reason");

	if (text_is(reason, "limit"))
		return output_format(", since more would be mapped than rule \"%s\" (%s) allows",
				     field_string(event, "rule") ?: "?",
				     field_string(event, "place") ?: "?");
	if (text_is(reason, "rule"))
		return output_format(", by rule \"%s\" (%s)", field_string(event, "rule") ?: "?",
				     field_string(event, "place") ?: "?");
	if (text_is(reason, "user-owned") && field_int(holder, "pid"))
		return output_format(", since %s held the group", who);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_is(reason, words[i][0]))
			return output_format("%s", words[i][1]);
	return output_format("%s", "");
}

struct json_object *refusal_explain(struct json_object *event)
{
	_cleanup_free_ char *attempt = NULL, *reason = NULL;
	struct json_object *refusal;

	if (!event)
		return NULL;
	refusal = output_must(json_object_new_object());
	attempt = refusal_attempt(event);
	reason = refusal_reason(event);
	json_object_object_add(refusal, "time", json_object_new_int64(field_int(event, "time")));
	field_add(refusal, "act", "%s", field_string(event, "act") ?: "?");
	field_add(refusal, "by", "%s", field_string(event, "by") ?: "?");
	field_add(refusal, "reason", "%s", field_string(event, "reason") ?: "?");
	field_add(refusal, "text", "%s: %s%s", attempt, refusal_by(event), reason);
	add_saw(refusal, event);
	return refusal;
}

struct json_object *refusal_explain_all(struct json_object *refused)
{
	struct json_object *all = output_must(json_object_new_array());

	for (size_t i = 0; i < array_length(refused); i++) {
		struct json_object *kind = array_get(refused, i);
		struct json_object *refusal = refusal_explain(field_object(kind, "event"));

		if (!refusal)
			continue;
		json_object_object_add(refusal, "count",
				       json_object_new_int64(field_int(kind, "count")));
		json_object_object_add(refusal, "first",
				       json_object_new_int64(field_int(kind, "first")));
		json_object_array_add(all, refusal);
	}
	return all;
}
