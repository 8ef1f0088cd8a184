// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl policy show, diff, apply, confirm, revert: the policy in force, and another one.
 */
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <limits.h>
#include <string.h>
#include "cli.h"
#include "describe.h"
#include "log.h"
#include "trial.h"

/* show */

static char *join_acts(struct json_object *rule)
{
	struct json_object *acts = field_array(rule, "acts");
	char *list = output_format("%s", "");

	for (size_t i = 0; i < array_length(acts); i++) {
		_cleanup_free_ char *before = list;

		list = output_format("%s%s%s", before, i ? "," : "",
				     json_object_get_string(array_get(acts, i)));
	}
	return list;
}

static char *cell_name(struct json_object *rule)
{
	return output_format("%s", field_string(rule, "name") ?: "?");
}

static char *cell_place(struct json_object *rule)
{
	return output_format("%s", field_string(rule, "place") ?: "");
}

static char *cell_denied(struct json_object *rule)
{
	return output_format("%" PRId64, field_int(rule, "denied"));
}

static char *cell_would(struct json_object *rule)
{
	return output_format("%" PRId64, field_int(rule, "would_deny"));
}

static char *cell_last(struct json_object *rule)
{
	int64_t last = field_int(rule, "last");

	return last ? output_ago(last, output_now()) : output_format("%s", "");
}

static const struct {
	const char *name;
	char *(*cell)(struct json_object *rule);
	int flags;
} columns[] = {
	{"RULE", cell_name, SCOLS_FL_TRUNC},
	{"ACTS", join_acts, 0},
	{"DENIED", cell_denied, SCOLS_FL_RIGHT},
	{"WOULD", cell_would, SCOLS_FL_RIGHT},
	{"LAST", cell_last, 0},
	{"PLACE", cell_place, SCOLS_FL_TRUNC},
};

static void print_rules(struct json_object *rules)
{
	struct libscols_table *table = output_must(scols_new_table());

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		output_must(scols_table_new_column(table, columns[i].name, 0, columns[i].flags));
	for (size_t i = 0; i < array_length(rules); i++) {
		struct libscols_line *line = output_must(scols_table_new_line(table, NULL));

		for (size_t j = 0; j < ARRAY_SIZE(columns); j++) {
			_cleanup_free_ char *text = columns[j].cell(array_get(rules, i));
			_cleanup_free_ char *safe = output_escape(*text ? text : "-");

			scols_line_set_data(line, j, safe);
		}
	}
	scols_table_enable_colors(table, output_color());
	scols_print_table(table);
	scols_unref_table(table);
}

static void print_end(struct json_object *policy)
{
	int64_t by = field_int(policy, "confirm_by");
	_cleanup_free_ char *when = output_local(by);

	if (by) {
		output_text(STYLE_WARN, "Not confirmed: ");
		output_line("at %s policy %" PRId64
			    " is in force again, unless: ownerctl policy confirm",
			    when, field_int(policy, "fallback"));
	}
	if (field_int(policy, "expired"))
		output_line("Policy %" PRId64 " was not confirmed in time.",
			    field_int(policy, "expired"));
	if (field_bool(policy, "rejected")) {
		output_text(STYLE_WARN, "Rejected: ");
		output_line("what is at %s was reverted or not confirmed; this is the last policy "
			    "that was accepted",
			    field_string(policy, "configured") ?: "the configured path");
	}
}

static void print_policy(struct json_object *policy)
{
	struct json_object *defaults = field_object(policy, "defaults");
	const char *path = field_string(policy, "path");
	int64_t applied = field_int(policy, "applied");
	_cleanup_free_ char *ago = output_ago(applied, output_now());

	output_line("policy %" PRId64 ", %s mode%s%s%s%s", field_int(policy, "generation"),
		    field_string(policy, "mode") ?: "?", applied ? ", applied " : "",
		    applied ? ago : "", path ? ", from " : "", path ? path : "");
	output_line("what no rule decides: claim %s, bind %s",
		    field_string(defaults, "claim") ?: "?", field_string(defaults, "bind") ?: "?");
	print_end(policy);
	if (array_length(field_array(policy, "rules")))
		print_rules(field_array(policy, "rules"));
	else
		output_line("It has no rules.");
}

static void raw_policy(struct json_object *policy)
{
	struct json_object *rules = field_array(policy, "rules");

	json_object_object_foreach(policy, key, value)
	{
		if (!json_object_is_type(value, json_type_array) &&
		    !json_object_is_type(value, json_type_object))
			output_raw((const char *[]){key, json_object_get_string(value)}, 2);
	}
	for (size_t i = 0; i < array_length(rules); i++) {
		struct json_object *rule = array_get(rules, i);
		_cleanup_free_ char *acts = join_acts(rule), *denied = cell_denied(rule);
		_cleanup_free_ char *would = cell_would(rule);

		output_raw((const char *[]){"rule", field_string(rule, "name"), acts, denied, would,
					    field_string(rule, "place")},
			   6);
	}
}

static void print(const struct cli *cli, struct json_object *policy)
{
	if (cli->format == OUTPUT_JSON)
		output_json(policy);
	else if (cli->format == OUTPUT_RAW)
		raw_policy(policy);
	else
		print_policy(policy);
}

static int get_policy(const struct cli *cli, struct json_object **ret)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_free_ char *error = NULL;
	int r = cli_open(cli, true, &source);

	if (r)
		return r;
	r = source_policy(source, ret, &error);
	return r < 0 ? cli_fail(r, error) : CLI_OK;
}

int cmd_policy_show(const struct cli *cli)
{
	_cleanup_json_ struct json_object *policy = NULL;
	int r = get_policy(cli, &policy);

	if (r)
		return r;
	print(cli, policy);
	return CLI_OK;
}

/* diff */

/* What --reserve and --dedicate are stands in no file. */
static bool is_of_option(struct json_object *rule)
{
	const char *place = field_string(rule, "place");

	return place && strncmp(place, "--", 2) == 0;
}

static struct json_object *find_rule(struct json_object *policy, const char *name)
{
	struct json_object *rules = field_array(policy, "rules");

	for (size_t i = 0; i < array_length(rules); i++)
		if (!is_of_option(array_get(rules, i)) &&
		    text_is(field_string(array_get(rules, i), "name"), name))
			return array_get(rules, i);
	return NULL;
}

static void add_change(struct json_object *changes, const char *what, const char *name,
		       const char *place)
{
	struct json_object *change = output_must(json_object_new_object());

	field_add(change, "change", "%s", what);
	field_add(change, "name", "%s", name ? name : "?");
	if (place)
		field_add(change, "place", "%s", place);
	json_object_array_add(changes, change);
}

/* Rules of `from` that `to` does not have. */
static void add_missing(struct json_object *changes, struct json_object *from,
			struct json_object *to, const char *what)
{
	struct json_object *rules = field_array(from, "rules");

	for (size_t i = 0; i < array_length(rules); i++) {
		struct json_object *rule = array_get(rules, i);
		const char *name = field_string(rule, "name");

		if (!is_of_option(rule) && !find_rule(to, name))
			add_change(changes, what, name, field_string(rule, "place"));
	}
}

/* Rules of both: what they say, and whether they come one after the other as before. */
static void add_changed(struct json_object *changes, struct json_object *from,
			struct json_object *to)
{
	struct json_object *old = field_array(from, "rules"), *new = field_array(to, "rules");
	size_t at = 0;

	for (size_t i = 0; i < array_length(new); i++) {
		struct json_object *rule = array_get(new, i), *before;
		const char *name = field_string(rule, "name");

		before = find_rule(from, name);
		if (!before)
			continue;
		if (field_int(before, "digest") != field_int(rule, "digest"))
			add_change(changes, "changed", name, field_string(rule, "place"));
		while (at < array_length(old) &&
		       (is_of_option(array_get(old, at)) ||
			!find_rule(to, field_string(array_get(old, at), "name"))))
			at++;
		if (at < array_length(old) && array_get(old, at) != before)
			add_change(changes, "moved", name, field_string(rule, "place"));
		at++;
	}
}

static void add_defaults(struct json_object *changes, struct json_object *from,
			 struct json_object *to)
{
	static const char *const acts[] = {"claim", "bind"};
	struct json_object *old = field_object(from, "defaults");
	struct json_object *new = field_object(to, "defaults");

	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		const char *is = field_string(new, acts[i]), *was = field_string(old, acts[i]);
		_cleanup_free_ char *name = output_format("%s: %s", acts[i], is ? is : "?");

		if (!text_is(is, was ? was : "?"))
			add_change(changes, "default", name, NULL);
	}
}

static void print_changes(const struct cli *cli, struct json_object *changes)
{
	static const char *const signs[][2] = {{"added", "+"},
					       {"removed", "-"},
					       {"changed", "~"},
					       {"moved", "^"},
					       {"default", "="}};

	for (size_t i = 0; i < array_length(changes); i++) {
		struct json_object *c = array_get(changes, i);
		const char *what = field_string(c, "change"), *place = field_string(c, "place");
		const char *sign = "?";

		for (size_t j = 0; j < ARRAY_SIZE(signs); j++)
			if (text_is(signs[j][0], what))
				sign = signs[j][1];
		if (cli->format == OUTPUT_RAW)
			output_raw((const char *[]){what, field_string(c, "name"), place}, 3);
		else
			output_line("%s %-7s %s%s%s%s", sign, what, field_string(c, "name"),
				    place ? " (" : "", place ? place : "", place ? ")" : "");
	}
}

int cmd_policy_diff(const struct cli *cli)
{
	_cleanup_json_ struct json_object *from = NULL, *to = NULL;
	_cleanup_json_ struct json_object *changes = output_must(json_object_new_array());
	_cleanup_(trial_done) struct trial t = {};
	const struct owner_config none = {};
	int r = trial_load(&t, cli, cli->operands[0]) ?: get_policy(cli, &from);

	if (r)
		return r == CLI_NO ? CLI_USAGE : r;
	to = output_must(describe_policy(&t.policy, &none));
	add_missing(changes, from, to, "removed");
	add_missing(changes, to, from, "added");
	add_changed(changes, from, to);
	add_defaults(changes, from, to);
	if (cli->format == OUTPUT_JSON) {
		_cleanup_json_ struct json_object *o = output_must(json_object_new_object());

		field_add(o, "path", "%s", t.path);
		json_object_object_add(o, "changes", json_object_get(changes));
		output_json(o);
	} else {
		print_changes(cli, changes);
	}
	return array_length(changes) ? CLI_NO : CLI_OK;
}

/* apply, confirm, revert */

/* "90", "90s", "2m", "1h": seconds; 0: none of these. */
static int64_t parse_time(const char *text)
{
	static const struct {
		const char *unit;
		int64_t sec;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}};
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 6)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (text_is(units[i].unit, text + digits))
			return strtoll(text, NULL, 10) * units[i].sec;
	return 0;
}

/* Only the daemon can do it. */
static int change(const struct cli *cli, const char *method, struct json_object *parameters)
{
	_cleanup_json_ struct json_object *taken = parameters, *reply = NULL;
	_cleanup_source_ struct source *source = NULL;
	_cleanup_free_ char *error = NULL;
	struct json_object *warnings;
	int r = cli_open(cli, false, &source);

	if (r)
		return r;
	r = source_call(source, method, json_object_get(taken), &reply, &error);
	if (r == -EBADF || r == -EBUSY) {
		log_error("%s", error);
		return CLI_NO;
	}
	if (r < 0)
		return cli_fail(r, error);
	warnings = field_array(reply, "warnings");
	for (size_t i = 0; i < array_length(warnings); i++) {
		_cleanup_free_ char *safe =
			output_escape(json_object_get_string(array_get(warnings, i)));

		log_warning("%s", safe);
	}
	print(cli, field_object(reply, "policy"));
	return CLI_OK;
}

int cmd_policy_apply(const struct cli *cli)
{
	struct json_object *parameters;
	int64_t within = cli->confirm_within ? parse_time(cli->confirm_within) : 0;
	char path[PATH_MAX];

	if (cli->confirm_within && (within < 1 || within > 24 * 60 * 60)) {
		log_error("--confirm-within: give 1s to 24h, such as 120s or 2m, not %s",
			  cli->confirm_within);
		return CLI_USAGE;
	}
	if (cli->operands[0] && !realpath(cli->operands[0], path)) {
		log_error("%s: %s", cli->operands[0], strerror(errno));
		return CLI_NO;
	}
	parameters = output_must(json_object_new_object());
	if (cli->operands[0])
		field_add(parameters, "path", "%s", path);
	if (within)
		json_object_object_add(parameters, "confirm_within", json_object_new_int64(within));
	return change(cli, "io.ownerd.ApplyPolicy", parameters);
}

int cmd_policy_confirm(const struct cli *cli)
{
	return change(cli, "io.ownerd.ConfirmPolicy", NULL);
}

int cmd_policy_revert(const struct cli *cli)
{
	return change(cli, "io.ownerd.RevertPolicy", NULL);
}
