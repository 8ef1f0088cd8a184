// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "describe.h"
#include "message.h"
#include "rulefile.h"
#include "util.h"

/* "0000:02:01.0" on the PCI bus, "BUS/NAME" on others. */
static int device_text(const struct owner_device *d, char **ret)
{
	int n = strcmp(d->id.bus, "pci") == 0 || !d->id.name[0]
			? asprintf(ret, "%s", d->id.name)
			: asprintf(ret, "%s/%s", d->id.bus, d->id.name);

	return n < 0 ? -ENOMEM : 0;
}

static int task_text(const struct owner_task *t, const char *unknown, char **ret)
{
	int n = t->tgid ? asprintf(ret, "%s[%u]", t->comm, t->tgid) : asprintf(ret, "%s", unknown);

	return n < 0 ? -ENOMEM : 0;
}

/* ": rule "gpu0" (10-gpu.yaml:4)", and in whose way a write to sysfs is. */
static int rule_text(const struct owner_report *r, const struct policy *policy, const char *holder,
		     char **ret)
{
	const struct policy_rule *rule = policy_find_rule(policy, r->generation, r->rule);
	const bool held = r->act == ACT_SYSFS && r->owner == OWNER_USER;
	const char *and = held ? ", and the group is held by " : "";

	if (!held)
		holder = "";
	if (!rule)
		return asprintf(ret, ": rule %u of policy generation %u%s%s", r->rule,
				r->generation, and, holder);
	return asprintf(ret, ": rule \"%s\" (%s)%s%s", rule->name, rule->place, and, holder);
}

/* ": more than 64 GiB would be mapped: rule "gpu0" (10-gpu.yaml:4)" */
static int limit_text(const struct owner_report *r, const struct policy *policy, char **ret)
{
	const struct policy_rule *rule = policy_find_rule(policy, r->generation, r->rule);
	_cleanup_free_ char *by = NULL, *limit = rule ? describe_bytes(rule->limit) : NULL;
	int n = rule_text(r, policy, "", &by);

	if (n < 0 || (rule && !limit))
		return -ENOMEM;
	return asprintf(ret, ": more than %s would be mapped%s", limit ?: "its limit", by);
}

/* Why, as a clause that ends the line. */
static char *reason_text(const struct owner_report *r, const struct policy *policy)
{
	_cleanup_free_ char *holder = NULL;
	char *text = NULL;
	int n = 0;

	if (task_text(&r->holder, "an unknown process", &holder) < 0)
		return NULL;
	switch (r->reason) {
	case REASON_RULE:
		n = rule_text(r, policy, holder, &text);
		break;
	case REASON_LIMIT:
		n = limit_text(r, policy, &text);
		break;
	case REASON_DEFAULT:
		n = asprintf(&text, ": no rule allows it, and the policy's default is to deny");
		break;
	case REASON_USER_OWNED:
		n = asprintf(&text, ": the group is held by %s", holder);
		break;
	case REASON_KERNEL_OWNED:
		n = asprintf(&text, ": host drivers are bound in the group");
		break;
	case REASON_RESERVED:
		n = asprintf(&text, ": the group is reserved for the host (--reserve)");
		break;
	case REASON_DEDICATED:
		n = asprintf(&text, ": the group is dedicated to users (--dedicate)");
		break;
	case REASON_OTHER_DOMAIN:
		n = asprintf(&text, ": nobody owns the group, but it is not in its default IOMMU "
				    "domain");
		break;
	case REASON_UNREADABLE:
		n = asprintf(&text, ": the group cannot be read as this ownerd knows it");
		break;
	case REASON_IN_USE:
		n = asprintf(&text, ": the node opens once, and is in use");
		break;
	case REASON_CGROUP:
		n = asprintf(&text, ": its cgroup does not allow the node");
		break;
	case REASON_MODE:
		n = asprintf(&text, ": the node's mode, owner and ACL do not allow it");
		break;
	case REASON_OVERLAP:
		n = asprintf(&text, ": something is mapped there");
		break;
	case REASON_MAPPINGS:
		n = asprintf(&text,
			     ": there are as many mappings as may be, or no address is free");
		break;
	case REASON_MEMLOCK:
		n = asprintf(&text, ": it may lock no more memory (RLIMIT_MEMLOCK)");
		break;
	case REASON_MEMORY:
		n = asprintf(&text, ": the memory cannot be pinned");
		break;
	case REASON_ARGUMENT:
		n = asprintf(&text, ": what was asked for cannot be mapped");
		break;
	case REASON_FIRMWARE:
		n = asprintf(
			&text,
			": probably the firmware wants memory of a device mapped as it is (RMRR)");
		break;
	case REASON_INTERRUPTS:
		n = asprintf(&text, ": the host does not remap interrupts");
		break;
	case REASON_OTHER_LSM:
		n = asprintf(&text, ": not ownerd's verdict, see that module's log");
		break;
	case REASON_EXPOSED:
		n = asprintf(&text, "it is open to peer-to-peer DMA by %s, who holds the group",
			     holder);
		break;
	default:
		n = asprintf(&text, "%s", "");
	}
	return n < 0 ? NULL : text;
}

/* Another security module refuses it when the file is opened. */
static const char *sysfs_access(const struct owner_report *r)
{
	if (r->by == BY_LSM)
		return "open of";
	return r->file == FILE_RESOURCE ? "access to" : "write to";
}

/* What happened, without a verdict: "bind of 0000:02:01.0 to e1000 by modprobe[71]". */
static char *act_text(const struct owner_report *r)
{
	_cleanup_free_ char *device = NULL, *task = NULL;
	const char *driver = r->device.driver[0] ? r->device.driver : "no driver";
	char *text = NULL;
	int n = 0;

	if (device_text(&r->device, &device) < 0 || task_text(&r->task, "the kernel", &task) < 0)
		return NULL;
	switch (r->act) {
	case ACT_BIND:
		n = asprintf(&text, "bind of %s to %s by %s", device, driver, task);
		break;
	case ACT_UNBIND:
		n = asprintf(&text, "unbind of %s from %s by %s", device, driver, task);
		break;
	case ACT_JOIN:
	case ACT_LEAVE:
		n = asprintf(&text, "%s of %s", describe_act(r->act), device);
		break;
	case ACT_RECEIVE:
		n = asprintf(&text, "hand-over of its descriptor to %s", task);
		break;
	case ACT_SYSFS:
		n = asprintf(&text, "%s %s%s%s by %s", sysfs_access(r), rulefile_file_name(r->file),
			     *device ? " of " : "", device, task);
		break;
	case ACT_DMA:
		n = asprintf(&text, "the kernel maps memory for %s (%s), in %s", device, driver,
			     task);
		break;
	case ACT_RELEASE:
		free(task);
		task = NULL;
		if (task_text(&r->holder, "an unknown process", &task) < 0)
			return NULL;
		n = asprintf(&text, "released, held by %s", task);
		break;
	default:
		n = asprintf(&text, "%s by %s", describe_act(r->act), task);
	}
	return n < 0 ? NULL : text;
}

static bool is_policy(uint8_t reason)
{
	return reason == REASON_RESERVED || reason == REASON_DEDICATED || reason == REASON_RULE ||
	       reason == REASON_DEFAULT || reason == REASON_LIMIT;
}

static const char *verdict_text(const struct owner_report *r)
{
	static const char *const refused_by[] = {"refused", "refused by ownerd",
						 "refused by the kernel",
						 "refused by another security module"};

	if (r->verdict == VERDICT_WOULD_DENY)
		return is_policy(r->reason) ? ": would be refused in enforce mode"
					    : ": would be refused without --no-guard";
	if (r->verdict == VERDICT_DENY)
		return r->by < ARRAY_SIZE(refused_by) && refused_by[r->by] ? refused_by[r->by]
									   : "unknown";
	return "";
}

static int exposure_text(const struct owner_report *r, const char *reason, char **ret)
{
	_cleanup_free_ char *device = NULL;

	if (device_text(&r->device, &device) < 0)
		return -ENOMEM;
	return asprintf(ret, "group %u: %s has %s: %s", r->group, device,
			r->device.driver[0] ? "only a stub driver" : "no driver", reason);
}

static int refusal_text(const struct owner_report *r, const char *act, const char *reason,
			char **ret)
{
	const char *error = strerrorname_np(-r->error) ?: "an error", *verdict = verdict_text(r);

	if (r->group == OWNER_NO_GROUP)
		return asprintf(ret, "driver %s: %s: %s with %s%s", r->device.driver, act, verdict,
				error, reason);
	return asprintf(ret, "group %u: %s: %s with %s%s", r->group, act, verdict, error, reason);
}

char *message_of(const struct owner_report *r, const struct policy *policy)
{
	_cleanup_free_ char *act = act_text(r), *reason = reason_text(r, policy);
	const char *verdict = verdict_text(r);
	char *line = NULL;
	int n;

	if (!act || !reason)
		return NULL;
	if (r->verdict == VERDICT_WARN && r->act == ACT_DMA)
		n = asprintf(&line, "group %u: %s%s", r->group, act, reason);
	else if (r->verdict == VERDICT_WARN)
		n = exposure_text(r, reason, &line);
	else if (r->verdict == VERDICT_DENY)
		n = refusal_text(r, act, reason, &line);
	else if (r->verdict == VERDICT_WOULD_DENY)
		n = asprintf(&line, "group %u: %s%s%s", r->group, act, verdict, reason);
	else
		n = asprintf(&line, "group %u: %s; owner: %s%s", r->group, act,
			     describe_owner(r->owner), reason);
	return n < 0 ? NULL : line;
}
