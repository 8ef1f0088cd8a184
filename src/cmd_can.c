// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl can and policy test: may this one have the group, may this driver bind?
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "asker.h"
#include "cli.h"
#include "decide.h"
#include "describe.h"
#include "explain.h"
#include "feature.h"
#include "generation.h"
#include "log.h"
#include "sysfs.h"
#include "titles.h"
#include "trial.h"

/* A question, whose operands are ACT GROUP|DEVICE [DRIVER]. */
struct question {
	const char *act; /* "claim", "open", "map", "bind" */
	const char *driver;
	struct asker asker;
	struct containers known;
	const struct registry_group *group;
	int device;
};

static void question_done(struct question *q)
{
	asker_done(&q->asker);
	containers_done(&q->known);
}

static bool is_act(const char *text)
{
	return text_is(text, "claim") || text_is(text, "open") || text_is(text, "map") ||
	       text_is(text, "bind");
}

static bool is_bind(const struct question *q)
{
	return text_is(q->act, "bind");
}

static bool is_map(const struct question *q)
{
	return text_is(q->act, "map");
}

static int usage(const char *what)
{
	log_error("%s; see `ownerctl can --help`", what);
	return CLI_USAGE;
}

static int parse_asker(const struct cli *cli, struct question *q)
{
	_cleanup_free_ char *error = NULL;

	if (!cli->as && !is_bind(q))
		return usage("--as says who asks, such as --as unit=foo.service");
	q->known = trial_containers(cli);
	if (asker_parse(&q->asker, cli->as ? cli->as : "uid=0", &q->known, &error) == 0)
		return CLI_OK;
	log_error("%s", error);
	return CLI_USAGE;
}

static int parse(const struct cli *cli, char **operands, const struct host *h, struct question *q)
{
	_cleanup_free_ char *error = NULL;
	size_t n = 0;

	while (operands[n])
		n++;
	if (n < 2 || !is_act(operands[0]))
		return usage("give claim, open, map or bind, and a group or device");
	q->act = operands[0];
	if (is_bind(q) != (n == 3))
		return usage(is_bind(q) ? "bind needs a device and a driver"
					: "only bind has a driver");
	q->driver = operands[2];
	if (is_bind(q) && strlen(q->driver) >= OWNER_DRIVER_LEN)
		return usage("a driver's name has at most 31 bytes");
	if (host_find(h, operands[1], &q->group, &q->device, &error) < 0) {
		log_error("%s", error);
		return CLI_USAGE;
	}
	if (is_bind(q) && q->device < 0)
		return usage("a driver binds to a device: name one instead of a group");
	return parse_asker(cli, q);
}

/* Deciding. */

static struct decide_result decide(const struct policy *p, const struct host *h,
				   const struct question *q)
{
	const struct registry_group *g = q->group;
	_cleanup_free_ struct owner_device *devices = NULL;
	struct owner_device *d;

	if (is_map(q))
		return decide_map(p, g->devices, g->n_devices, &q->asker.subject);
	if (!is_bind(q))
		return decide_claim(p, g->devices, g->n_devices, &q->asker.subject);
	devices = output_must(calloc(g->n_devices, sizeof(*devices)));
	memcpy(devices, g->devices, g->n_devices * sizeof(*devices));
	d = &devices[q->device];
	memset(d->driver, 0, sizeof(d->driver));
	memcpy(d->driver, q->driver, strlen(q->driver));
	d->managed = host_is_managed(h, q->driver);
	if (!d->managed && !d->host_driver[0])
		memcpy(d->host_driver, d->driver, sizeof(d->host_driver));
	return decide_bind(p, devices, g->n_devices, q->device);
}

static uint32_t tests_of(const struct policy *p, const struct policy_list *list)
{
	uint32_t tests = 0;

	for (uint32_t i = 0; i < list->n; i++)
		if (!(p->matchers[list->first + i].tests & MATCH_PROGRAM))
			tests |= p->matchers[list->first + i].tests;
	return tests & MATCH_SCOPE ? tests | MATCH_PATH : tests;
}

/* An answer that rests on what was not said is told as such. */
static void warn_of_unsaid(const struct policy *p, const struct question *q, uint16_t rule)
{
	static const struct {
		uint32_t test;
		const char *text;
	} facts[] = {
		{MATCH_PATH, "the cgroup, and --as names none: taken for /"},
		{MATCH_UID, "the user, and --as names none: taken for root"},
		{MATCH_GID, "the groups, and --as names none: taken for root's"},
		{MATCH_EXE, "the program, and --as names none: taken for one that it does not "
			    "name"},
	};
	uint32_t tests;

	if (is_bind(q) || rule >= p->head.rules)
		return;
	tests = tests_of(p, &p->rules[rule].claim_deny) | tests_of(p, &p->rules[rule].claim_allow);
	if (is_map(q))
		tests |= tests_of(p, &p->rules[rule].maps_deny) |
			 tests_of(p, &p->rules[rule].maps_allow);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		if (tests & ~q->asker.said & facts[i].test)
			log_warning("rule \"%s\" asks for %s", p->rules[rule].name, facts[i].text);
}

static char *reason_text(const struct policy_rule *rule, const struct decide_result *d, bool bind)
{
	const char *by_default = "no rule says otherwise, and the default is to deny";

	if (d->reason == REASON_DEFAULT && !rule)
		by_default = "no rule speaks of it, and the default is to deny";
	if (d->reason == REASON_DEFAULT)
		return output_format("%s", by_default);
	if (d->reason == REASON_UNREADABLE)
		return output_format("rule \"%s\" (%s) cannot be compared with so long a path",
				     rule->name, rule->place);
	if (d->reason)
		return output_format("rule \"%s\" (%s) refuses it", rule->name, rule->place);
	if (rule)
		return output_format("rule \"%s\" (%s) does not refuse it", rule->name,
				     rule->place);
	return output_format("no rule speaks of it, and the default is to allow%s",
			     bind ? ", or the driver does no DMA" : "");
}

static void add_obstacle(struct json_object *answer, const char *kind, const char *text)
{
	struct json_object *o = output_must(json_object_new_object());

	field_add(o, "kind", "%s", kind);
	field_add(o, "text", "%s", text);
	json_object_array_add(field_array(answer, "obstacles"), o);
	json_object_object_add(answer, "allowed", json_object_new_boolean(false));
}

/* {allowed, act, group, reason, rule, place, text, obstacles, warnings} */
static struct json_object *answer_policy(const struct policy *p, const struct host *h,
					 const struct question *q)
{
	struct json_object *o = output_must(json_object_new_object());
	struct decide_result d = decide(p, h, q);
	const struct policy_rule *rule = d.rule < p->head.rules ? &p->rules[d.rule] : NULL;
	_cleanup_free_ char *text = reason_text(rule, &d, is_bind(q));

	json_object_object_add(o, "allowed", json_object_new_boolean(!d.reason));
	field_add(o, "act", "%s", q->act);
	json_object_object_add(o, "group", json_object_new_int64(q->group->id));
	if (!is_bind(q))
		field_add(o, "cgroup", "%s", q->asker.subject.facts.path);
	if (d.reason)
		field_add(o, "reason", "%s", describe_reason(d.reason));
	if (rule) {
		field_add(o, "rule", "%s", rule->name);
		field_add(o, "place", "%s", rule->place);
	}
	field_add(o, "text", "%s", text);
	json_object_object_add(o, "obstacles", output_must(json_object_new_array()));
	json_object_object_add(o, "warnings", output_must(json_object_new_array()));
	warn_of_unsaid(p, q, d.rule);
	return o;
}

static int print(const struct cli *cli, struct json_object *answer)
{
	struct json_object *obstacles = field_array(answer, "obstacles");
	struct json_object *warnings = field_array(answer, "warnings");
	bool allowed = field_bool(answer, "allowed");
	const char *text = field_string(answer, "text");

	if (cli->format == OUTPUT_JSON) {
		output_json(answer);
		return allowed ? CLI_OK : CLI_NO;
	}
	if (cli->format == OUTPUT_RAW) {
		output_raw((const char *[]){allowed ? "yes" : "no", field_string(answer, "reason"),
					    field_string(answer, "rule"),
					    field_string(answer, "place")},
			   4);
	} else {
		output_text(allowed ? STYLE_GOOD : STYLE_BAD, "%s", allowed ? "Yes" : "No");
		output_line(": %s", text);
	}
	for (size_t i = 0; i < array_length(obstacles); i++) {
		struct json_object *o = array_get(obstacles, i);

		if (cli->format == OUTPUT_RAW)
			output_raw((const char *[]){"obstacle", field_string(o, "kind"),
						    field_string(o, "text")},
				   3);
		else
			output_line("  - %s", field_string(o, "text"));
	}
	for (size_t i = 0; i < array_length(warnings); i++) {
		const char *warning = json_object_get_string(array_get(warnings, i));

		if (cli->format == OUTPUT_RAW)
			output_raw((const char *[]){"warning", warning}, 2);
		else
			output_line("Warning: %s", warning);
	}
	return allowed ? CLI_OK : CLI_NO;
}

int cmd_policy_test(const struct cli *cli)
{
	bool given = cli->operands[0] && !is_act(cli->operands[0]);
	_cleanup_json_ struct json_object *answer = NULL;
	_cleanup_(question_done) struct question q = {};
	_cleanup_(trial_done) struct trial t = {};
	_cleanup_(host_done) struct host h = {};
	int r = trial_host(&h, cli) ?: parse(cli, cli->operands + given, &h, &q);

	r = r ?: trial_load(&t, cli, given ? cli->operands[0] : NULL);
	if (r)
		return r;
	answer = answer_policy(&t.policy, &h, &q);
	return print(cli, answer);
}

/* The policy in force. */

static int fail_maps(int err)
{
	if (err == -EACCES || err == -EPERM)
		log_error("only root can read the policy in force: run this as root");
	else if (err == -ENOENT)
		log_error("nothing is pinned in %s: ownerd has not run, or not with bpffs; for a "
			  "policy's files: ownerctl policy test",
			  REGISTRY_PIN_DIR);
	else
		log_error("the policy in %s cannot be read: %s", REGISTRY_PIN_DIR, strerror(-err));
	return CLI_DOWN;
}

static int read_in_force(struct policy *ret, bool *ret_enforces)
{
	struct owner_config config = {};
	struct registry_maps maps;
	int err = registry_open_pinned(&maps, REGISTRY_PIN_DIR);

	if (err)
		return fail_maps(err);
	err = registry_read_config(&config, REGISTRY_PIN_DIR)
		      ?: generation_read(ret, &maps, generation_in_force(&config));
	registry_close_maps(&maps);
	if (err && err != -ENOENT) /* there may be none */
		return fail_maps(err);
	*ret_enforces = generation_enforces(&config);
	return CLI_OK;
}

/* What stands in the way of the act besides the policy, as `ownerctl why` has it. */
static bool concerns(const struct question *q, const char *kind)
{
	if (text_is(kind, "reserved") || text_is(kind, "dedicated"))
		return false;
	return !text_is(q->act, "open") || !text_is(kind, "driver");
}

static bool has_gid(const struct decide_subject *s, gid_t gid)
{
	for (size_t i = 0; i < s->n_gids; i++)
		if (s->gids[i] == gid)
			return true;
	return false;
}

/* The node's mode, as fs/namei.c, acl_permission_check(), has it for who is not root. */
static void add_mode(const struct question *q, struct json_object *answer)
{
	const struct decide_subject *s = &q->asker.subject;
	_cleanup_free_ char *node = output_format("/dev/vfio/%u", q->group->id);
	struct stat st;
	mode_t granted;

	if (is_bind(q) || is_map(q) || s->facts.uid == 0 || stat(node, &st) < 0)
		return;
	granted = s->facts.uid == st.st_uid ? st.st_mode >> 6
		  : has_gid(s, st.st_gid)   ? st.st_mode >> 3
					    : st.st_mode;
	if (getxattr(node, "system.posix_acl_access", NULL, 0) > 0) {
		_cleanup_free_ char *text =
			output_format("%s has an ACL (getfacl), which is not judged here", node);

		array_add(field_array(answer, "warnings"), "%s", text);
	} else if ((granted & 6) != 6) {
		_cleanup_free_ char *text =
			output_format("%s is of user %u and group %u with mode %04o: an open by "
				      "user %u gets EACCES",
				      node, st.st_uid, st.st_gid, st.st_mode & 07777, s->facts.uid);

		add_obstacle(answer, "mode", text);
	}
}

static int add_ownership(const struct cli *cli, const struct host *h, const struct question *q,
			 struct json_object *answer)
{
	_cleanup_free_ char *error = NULL, *id = output_format("%u", q->group->id);
	_cleanup_json_ struct json_object *reply = NULL, *why = NULL;
	_cleanup_source_ struct source *source = NULL;
	struct explain_question question = {.mode = "observe"};
	struct json_object *obstacles;
	int r;

	if (is_map(q)) /* by who has it already */
		return CLI_OK;
	r = cli_open(cli, true, &source);
	if (r)
		return r;
	r = source_group(source, id, &reply, &error);
	if (r < 0)
		return cli_fail(r, error);
	titles_add(field_object(reply, "group"));
	question.group = field_object(reply, "group");
	question.opens = field_array(reply, "opens");
	question.keeps_direct = sysfs_wants_direct("", q->group->id) && feature_keeps_direct();
	why = explain_group(&question);
	obstacles = field_array(field_object(why, is_bind(q) ? "bind" : "claim"), "obstacles");
	if (is_bind(q) && host_is_managed(h, q->driver))
		return CLI_OK;
	for (size_t i = 0; i < array_length(obstacles); i++) {
		struct json_object *o = array_get(obstacles, i);
		const char *kind = field_string(o, "kind"), *text = field_string(o, "text");

		if (concerns(q, kind))
			add_obstacle(answer, kind ? kind : "?", text ? text : "?");
	}
	return CLI_OK;
}

/* In observe mode nothing that policy decides is refused. */
static void observe(struct json_object *answer)
{
	struct json_object *warnings = field_array(answer, "warnings");

	if (field_bool(answer, "allowed"))
		return;
	json_object_object_add(answer, "allowed", json_object_new_boolean(true));
	array_add(warnings, "ownerd only observes: it is reported and not refused");
}

int cmd_can(const struct cli *cli)
{
	_cleanup_json_ struct json_object *answer = NULL;
	_cleanup_(question_done) struct question q = {};
	_cleanup_(policy_done) struct policy p = {};
	_cleanup_(host_done) struct host h = {};
	bool enforces = false;
	int r = read_in_force(&p, &enforces)
			?: trial_host(&h, cli)
			?: parse(cli, cli->operands, &h, &q);

	if (r)
		return r;
	answer = answer_policy(&p, &h, &q);
	field_add(answer, "mode", "%s", enforces ? "enforce" : "observe");
	if (!enforces)
		observe(answer);
	r = add_ownership(cli, &h, &q, answer);
	add_mode(&q, answer);
	return r ?: print(cli, answer);
}
