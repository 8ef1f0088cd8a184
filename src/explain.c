// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>
#include "describe.h"
#include "explain.h"
#include "output.h"
#include "refusal.h"
#include "subject.h"

/* What the questions share. */
struct explain {
	struct json_object *group, *opens, *holder, *devices;
	const char *owner;
	bool enforces; /* policy refuses; in observe mode it only reports */
	const struct memlock *memlock;
	bool no_remapping, keeps_direct; /* as in the question */
};

static bool has_prefix(const char *s, const char *prefix)
{
	return s && !strncmp(s, prefix, strlen(prefix));
}

static bool has_suffix(const char *s, const char *suffix)
{
	return s && strlen(s) >= strlen(suffix) && text_is(s + strlen(s) - strlen(suffix), suffix);
}

/* Every VFIO driver has it in its name: vfio-pci, mlx5_vfio_pci, vfio-platform. */
static bool is_vfio(struct json_object *device)
{
	const char *driver = field_string(device, "driver");

	return driver && strstr(driver, "vfio");
}

static bool is_bridge(struct json_object *device)
{
	return field_bool(device, "bridge") || text_is(field_string(device, "driver"), "pcieport");
}

/* Its driver does DMA, so the group is the kernel's as long as it is bound. */
static bool is_kernel_bound(struct json_object *device)
{
	return field_string(device, "driver") && !field_bool(device, "managed") && !is_vfio(device);
}

static bool is_user_owned(const struct explain *e)
{
	return text_is(e->owner, "user");
}

/* The rule that governs an act on the group: "bind", "claim"; NULL: none does. */
static struct json_object *rule_for(const struct explain *e, const char *act)
{
	struct json_object *rules = field_array(e->group, "rules");

	for (size_t i = 0; i < array_length(rules); i++)
		if (text_is(field_string(array_get(rules, i), "act"), act))
			return array_get(rules, i);
	return NULL;
}

static struct json_object *answer_new(void)
{
	struct json_object *answer = output_must(json_object_new_object());

	json_object_object_add(answer, "possible", json_object_new_boolean(true));
	json_object_object_add(answer, "obstacles", output_must(json_object_new_array()));
	json_object_object_add(answer, "remedies", output_must(json_object_new_array()));
	return answer;
}

/* `device` and `task` may be NULL; they are not taken over.  `text` is. */
static void add_obstacle(struct json_object *answer, const char *kind, struct json_object *device,
			 struct json_object *task, char *text)
{
	struct json_object *obstacle = output_must(json_object_new_object());
	_cleanup_free_ char *owned = text;

	json_object_object_add(answer, "possible", json_object_new_boolean(false));
	field_add(obstacle, "kind", "%s", kind);
	field_add(obstacle, "text", "%s", owned);
	if (device)
		json_object_object_add(obstacle, "device", json_object_get(device));
	if (task)
		json_object_object_add(obstacle, "task", json_object_get(task));
	json_object_array_add(field_array(answer, "obstacles"), obstacle);
}

/* Returns the list of commands, to be filled; takes `text` over. */
static struct json_object *add_remedy(struct json_object *answer, char *text)
{
	struct json_object *remedy = output_must(json_object_new_object());
	struct json_object *commands = output_must(json_object_new_array());
	_cleanup_free_ char *owned = text;

	field_add(remedy, "text", "%s", owned);
	json_object_object_add(remedy, "commands", commands);
	json_object_array_add(field_array(answer, "remedies"), remedy);
	return commands;
}

/* How an engine stops one of its containers; 12 digits of an id name it well enough. */
static char *container_stop(const struct subject *s)
{
	static const struct {
		const char *runtime, *command;
	} engines[] = {
		{"docker", "docker stop"},         {"libpod", "podman stop"},
		{"nerdctl", "nerdctl stop"},       {"cri-containerd", "crictl stop"},
		{"crio", "crictl stop"},           {"proxmox", "pct shutdown"},
		{"nspawn", "machinectl poweroff"},
	};
	_cleanup_free_ char *id = NULL, *word = NULL;

	if (!s->container || s->of_user)
		return NULL;
	id = output_format(strlen(s->container) == 64 ? "%.12s" : "%s", s->container);
	word = output_shell_word(id);
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (text_is(s->runtime, engines[i].runtime))
			return output_format("%s %s", engines[i].command, word);
	return NULL;
}

static char *machine_stop(const struct subject *s)
{
	_cleanup_free_ char *word = s->vm ? output_shell_word(s->vm) : NULL;

	if (!word)
		return NULL;
	return output_format(
		"%s %s", text_is(s->runtime, "proxmox") ? "qm shutdown" : "virsh shutdown", word);
}

/* Services that carry other people's sessions or work: never to be stopped for one process. */
static bool is_shared_service(const char *unit)
{
	static const char *const prefixes[] = {
		"user@",    "ssh.", "sshd",    "getty@",      "serial-getty@", "cron",       "atd.",
		"systemd-", "dbus", "docker.", "containerd.", "libvirtd.",     "virtqemud.", "pve",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (has_prefix(unit, prefixes[i]))
			return true;
	return false;
}

static char *service_stop(const struct subject *s, const char *cgroup)
{
	_cleanup_free_ char *word = NULL;

	if (has_prefix(cgroup, "/user.slice/") || !has_suffix(s->unit, ".service") ||
	    is_shared_service(s->unit))
		return NULL;
	word = output_shell_word(s->unit);
	return output_format("systemctl stop %s", word);
}

/* The gentlest command that ends a process: by its machine, container or service. */
static char *stop_command(struct json_object *task)
{
	const char *cgroup = field_string(task, "cgroup") ?: "";
	_cleanup_(subject_done) struct subject s = {};
	char *stop;

	subject_of_path(&s, cgroup);
	stop = machine_stop(&s) ?: container_stop(&s) ?: service_stop(&s, cgroup);
	return stop ?: output_format("kill %" PRId64, field_int(task, "pid"));
}

static void mend_stop(struct json_object *answer, struct json_object *task)
{
	_cleanup_free_ char *who = output_who(task), *stop = stop_command(task);

	array_add(add_remedy(answer, output_format("stop %s, or have it give the group back", who)),
		  "%s", stop);
}

/* With " vfio-pci", or "" to clear the override; the second write only if a driver is bound. */
static void add_sysfs_writes(struct json_object *commands, struct json_object *device,
			     const char *override)
{
	_cleanup_free_ char *bus = output_shell_word(field_string(device, "bus") ?: "pci");
	_cleanup_free_ char *name = output_shell_word(field_string(device, "name") ?: "?");
	_cleanup_free_ char *driver = output_shell_word(field_string(device, "driver") ?: "");

	array_add(commands, "echo%s > /sys/bus/%s/devices/%s/driver_override", override, bus, name);
	if (field_string(device, "driver"))
		array_add(commands, "echo %s > /sys/bus/%s/drivers/%s/unbind", name, bus, driver);
	array_add(commands, "echo %s > /sys/bus/%s/drivers_probe", name, bus);
}

static const char *vfio_driver(struct json_object *device)
{
	return text_is(field_string(device, "bus"), "platform") ? "vfio-platform" : "vfio-pci";
}

/* To VFIO: by driverctl, which keeps it over a reboot, or by hand. */
static void mend_to_vfio(struct json_object *answer, struct json_object *device)
{
	_cleanup_free_ char *name = output_device(device), *override = NULL;
	_cleanup_free_ char *word = output_shell_word(field_string(device, "name") ?: "?");
	const char *vfio = vfio_driver(device);
	char *text;

	text = is_kernel_bound(device)
		       ? output_format(
				 "end the use of %s (its disks, its interface), then bind it to "
				 "%s; this lasts over a reboot",
				 name, vfio)
		       : output_format("bind %s to %s; this lasts over a reboot", name, vfio);
	if (text_is(field_string(device, "bus"), "pci"))
		array_add(add_remedy(answer, text), "driverctl set-override %s %s", word, vfio);
	else
		free(text);
	text = output_format("bind %s to %s until the next reboot, without driverctl", name, vfio);
	override = output_format(" %s", vfio);
	add_sysfs_writes(add_remedy(answer, text), device, override);
}

static void mend_to_host(struct json_object *answer, struct json_object *device)
{
	_cleanup_free_ char *name = output_device(device);
	_cleanup_free_ char *word = output_shell_word(field_string(device, "name") ?: "?");
	const char *driver = field_string(device, "driver");

	if (driver && text_is(field_string(device, "bus"), "pci"))
		array_add(add_remedy(answer, output_format("give %s back to its host driver, if "
							   "driverctl gave it to %s",
							   name, driver)),
			  "driverctl unset-override %s", word);
	add_sysfs_writes(add_remedy(answer, output_format("have its host driver probe %s%s", name,
							  driver ? ", without driverctl" : "")),
			 device, "");
}

/* In the daemon's options, or in its configuration file: nobody but the host's owner knows. */
static void mend_policy(struct json_object *answer, const char *option, const char *place)
{
	struct json_object *commands = add_remedy(
		answer, output_format("remove %s from ownerd's options, or its `%s:` from the "
				      "configuration file, and restart it",
				      place, option));

	array_add(commands, "systemctl edit ownerd.service");
	array_add(commands, "systemctl restart ownerd.service");
}

static void obstacle_policy(const struct explain *e, struct json_object *answer, const char *option)
{
	bool reserve = text_is(option, "reserve");
	struct json_object *rule = rule_for(e, reserve ? "claim" : "bind");
	const char *place = field_string(rule, "place");
	_cleanup_free_ char *named =
		output_format("%s%s", place ? "" : "--", place ? place : option);

	add_obstacle(answer, reserve ? "reserved" : "dedicated", NULL, NULL,
		     output_format("ownerd's policy: %s: the group %s", named,
				   reserve ? "never goes to a user"
					   : "takes no host driver that does DMA"));
	mend_policy(answer, option, named);
}

/* Processes with the node open, apart from `but`; each with the way to end it. */
static void obstacle_opens(const struct explain *e, struct json_object *answer, int64_t but)
{
	for (size_t i = 0; i < array_length(e->opens); i++) {
		struct json_object *open = array_get(e->opens, i);
		struct json_object *task = field_object(open, "task");
		_cleanup_free_ char *who = output_who(task);

		if (field_int(task, "pid") == but)
			continue;
		add_obstacle(answer, "open", NULL, task,
			     output_format("%s has %s open (fd %" PRId64 ")%s", who,
					   field_bool(open, "device") ? "a device's descriptor"
								      : "the group's node",
					   field_int(open, "fd"),
					   is_user_owned(e) ? ""
							    : ": it opens once, and another open "
							      "gets EBUSY"));
		mend_stop(answer, task);
	}
}

static void obstacle_holder(const struct explain *e, struct json_object *answer)
{
	_cleanup_free_ char *who = output_who(e->holder);
	int64_t pid = field_int(e->holder, "pid");

	if (pid && field_bool(e->holder, "alive")) {
		add_obstacle(answer, "holder", NULL, e->holder, output_format("%s holds it", who));
		mend_stop(answer, e->holder);
		obstacle_opens(e, answer, pid);
		return;
	}
	if (pid)
		add_obstacle(
			answer, "holder", NULL, e->holder,
			output_format("%s claimed it and has exited, but the claim stands: its "
				      "descriptor was passed on or leaked",
				      who));
	else
		add_obstacle(answer, "holder", NULL, NULL,
			     output_format("a user holds it, whose claim ownerd has not seen"));
	obstacle_opens(e, answer, -1);
	if (!array_length(
		    e->opens)) /* one that was made before ownerd, or is under way, is not there */
		array_add(add_remedy(answer, output_format("find who has it open, and end that")),
			  "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -E '^/proc|vfio'");
}

static void obstacle_drivers(const struct explain *e, struct json_object *answer)
{
	size_t found = 0;

	for (size_t i = 0; i < array_length(e->devices); i++) {
		struct json_object *device = array_get(e->devices, i);
		_cleanup_free_ char *name = output_device(device);

		if (!is_kernel_bound(device))
			continue;
		add_obstacle(answer, "driver", device, NULL,
			     output_format("%s is bound to %s, a host driver that does DMA", name,
					   field_string(device, "driver")));
		mend_to_vfio(answer, device);
		found++;
	}
	if (!found && text_is(e->owner, "kernel"))
		add_obstacle(answer, "driver", NULL, NULL,
			     output_format("the kernel counts %" PRId64
					   " host drivers bound in it, "
					   "and no device shows one",
					   field_int(e->group, "count")));
}

/* Without a device on a VFIO driver there is no /dev/vfio/N to open. */
static void obstacle_node(const struct explain *e, struct json_object *answer)
{
	for (size_t i = 0; i < array_length(e->devices); i++)
		if (is_vfio(array_get(e->devices, i)))
			return;
	add_obstacle(
		answer, "no-node", NULL, NULL,
		output_format("no device of it is bound to a VFIO driver, so there is no node to "
			      "open"));
	for (size_t i = 0; i < array_length(e->devices); i++) {
		struct json_object *device = array_get(e->devices, i);

		if (!is_bridge(device) && !is_kernel_bound(device)) /* those have their remedy */
			mend_to_vfio(answer, device);
	}
}

/* The claim goes through, and its IOMMU is refused. */
static void obstacle_interrupts(struct json_object *answer)
{
	struct json_object *allow;

	add_obstacle(
		answer, "interrupts", NULL, NULL,
		output_format("the host does not remap interrupts: who claims it is refused an "
			      "IOMMU (EPERM), since he could forge interrupts"));
	add_remedy(answer, output_format("turn on interrupt remapping in the firmware, and boot "
					 "without intremap=off"));
	allow = add_remedy(answer, output_format("allow it, where users are trusted not to; with "
						 "iommufd by its own parameter of that name"));
	array_add(allow, "modprobe vfio_iommu_type1");
	array_add(allow,
		  "echo 1 > /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
}

/* Who claims it is refused the group, or before 5.19 its IOMMU. */
static void obstacle_firmware(const struct explain *e, struct json_object *answer)
{
	struct json_object *regions;

	add_obstacle(answer, "firmware", NULL, NULL,
		     output_format("the firmware wants memory of a device in it mapped as it is "
				   "(RMRR): the kernel lets no user have that"));
	regions = add_remedy(answer, output_format("turn off in the firmware what needs it; which "
						   "memory it is, marked as direct:"));
	array_add(regions, "cat /sys/kernel/iommu_groups/%" PRId64 "/reserved_regions",
		  field_int(e->group, "group"));
}

static struct json_object *answer_claim(const struct explain *e)
{
	struct json_object *answer = answer_new();

	if (field_bool(e->group, "reserved") && e->enforces)
		obstacle_policy(e, answer, "reserve");
	if (is_user_owned(e))
		obstacle_holder(e, answer);
	obstacle_drivers(e, answer);
	if (is_user_owned(e))
		return answer; /* who holds it has a node, and has it open */
	obstacle_opens(e, answer, -1);
	obstacle_node(e, answer);
	if (e->no_remapping)
		obstacle_interrupts(answer);
	if (e->keeps_direct)
		obstacle_firmware(e, answer);
	return answer;
}

static struct json_object *answer_bind(const struct explain *e)
{
	struct json_object *answer = answer_new();

	if (field_bool(e->group, "dedicated") && e->enforces)
		obstacle_policy(e, answer, "dedicate");
	if (is_user_owned(e))
		obstacle_holder(e, answer);
	if (!field_bool(answer, "possible"))
		return answer;
	for (size_t i = 0; i < array_length(e->devices); i++) {
		struct json_object *device = array_get(e->devices, i);

		if (!is_bridge(device) && !is_kernel_bound(device))
			mend_to_host(answer, device);
	}
	return answer;
}

/* What is mapped is locked; a page is the least. */
static struct json_object *answer_lock(const struct explain *e)
{
	const uint64_t page = 4096;
	struct json_object *answer = answer_new();
	_cleanup_free_ char *who = output_who(e->holder);
	_cleanup_free_ char *limit = describe_bytes(e->memlock->limit);
	_cleanup_free_ char *locked = describe_bytes(e->memlock->locked);

	add_obstacle(
		answer, "memlock", NULL, e->holder,
		output_format("%s may lock %s (RLIMIT_MEMLOCK), of which %s are: a map of more "
			      "gets ENOMEM",
			      who, limit, locked));
	json_object_object_add(
		answer, "possible",
		json_object_new_boolean(e->memlock->limit >= page &&
					e->memlock->locked <= e->memlock->limit - page));
	array_add(add_remedy(answer, output_format("let it lock more, until it ends")),
		  "prlimit --pid %" PRId64 " --memlock=unlimited", field_int(e->holder, "pid"));
	return answer;
}

/* A sibling that no VFIO driver keeps is open to the group's user, by peer-to-peer DMA. */
static void warn_exposed(const struct explain *e, struct json_object *warnings)
{
	for (size_t i = 0; i < array_length(e->devices); i++) {
		struct json_object *device = array_get(e->devices, i);
		const char *driver = field_string(device, "driver");
		_cleanup_free_ char *name = output_device(device);

		if (is_vfio(device) || is_bridge(device) || is_kernel_bound(device))
			continue;
		array_add(warnings,
			  "%s (%s%s) is exposed: whoever holds the group can reach it by "
			  "peer-to-peer "
			  "DMA; bind it to %s too",
			  name, driver ? "on " : "no driver", driver ? driver : "",
			  vfio_driver(device));
	}
}

/* Rules that are not about everybody: who asks is told where the answer is. */
static void warn_of_rules(const struct explain *e, struct json_object *warnings)
{
	struct json_object *claim = rule_for(e, "claim"), *bind = rule_for(e, "bind");

	if (claim && !field_bool(e->group, "reserved"))
		array_add(
			warnings,
			"rule \"%s\" (%s) says who may claim it; `ownerctl can --as SUBJECT claim "
			"%" PRId64 "` tells for one",
			field_string(claim, "name") ?: "?", field_string(claim, "place") ?: "?",
			field_int(e->group, "group"));
	if (bind && !field_bool(e->group, "dedicated"))
		array_add(warnings, "rule \"%s\" (%s) says which drivers may bind in it",
			  field_string(bind, "name") ?: "?", field_string(bind, "place") ?: "?");
}

static struct json_object *explain_warnings(const struct explain *e)
{
	struct json_object *warnings = output_must(json_object_new_array());

	if (is_user_owned(e))
		warn_exposed(e, warnings);
	if (!e->opens && is_user_owned(e))
		array_add(warnings,
			  "who has the node open is not known while ownerd is not running");
	warn_of_rules(e, warnings);
	if (!e->enforces && field_bool(e->group, "reserved"))
		array_add(warnings, "the group is reserved, but ownerd only observes: a claim is "
				    "reported and not refused");
	if (!e->enforces && field_bool(e->group, "dedicated"))
		array_add(warnings, "the group is dedicated, but ownerd only observes: a bind is "
				    "reported and not refused");
	for (size_t i = 0; i < array_length(e->opens) && !is_user_owned(e); i++) {
		struct json_object *open = array_get(e->opens, i);
		_cleanup_free_ char *who = output_who(field_object(open, "task"));

		if (field_bool(open, "device"))
			continue;
		array_add(warnings, "%s has the node open and may claim the group at any moment",
			  who);
	}
	return warnings;
}

struct json_object *explain_group(const struct explain_question *question)
{
	struct explain e = {
		.group = question->group,
		.opens = question->opens,
		.holder = field_object(question->group, "holder"),
		.devices = field_array(question->group, "devices"),
		.owner = field_string(question->group, "owner"),
		.enforces = !text_is(question->mode, "observe"),
		.memlock = question->memlock,
		.no_remapping = question->no_remapping,
		.keeps_direct = question->keeps_direct,
	};
	struct json_object *result = output_must(json_object_new_object());

	json_object_object_add(result, "group", json_object_new_int64(field_int(e.group, "group")));
	field_add(result, "owner", "%s", e.owner ? e.owner : "?");
	json_object_object_add(result, "claim", answer_claim(&e));
	json_object_object_add(result, "bind", answer_bind(&e));
	if (is_user_owned(&e) && e.holder && e.memlock)
		json_object_object_add(result, "lock", answer_lock(&e));
	json_object_object_add(result, "refused",
			       refusal_explain(field_object(e.group, "refused")));
	json_object_object_add(result, "refusals", refusal_explain_all(question->refusals));
	json_object_object_add(result, "warnings", explain_warnings(&e));
	return result;
}
