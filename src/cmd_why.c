// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl why: what stands in the way, and what would mend it.
 */
#include <inttypes.h>
#include <string.h>
#include "cli.h"
#include "explain.h"
#include "feature.h"
#include "interrupts.h"
#include "sysfs.h"

static void print_remedies(struct json_object *answer)
{
	struct json_object *remedies = field_array(answer, "remedies");
	bool possible = field_bool(answer, "possible");

	for (size_t i = 0; i < array_length(remedies); i++) {
		struct json_object *remedy = array_get(remedies, i);
		struct json_object *commands = field_array(remedy, "commands");

		output_line("  To %s:", field_string(remedy, "text") ?: "?");
		for (size_t j = 0; j < array_length(commands); j++)
			output_line("      %s",
				    json_object_get_string(array_get(commands, j)) ?: "?");
	}
	if (!possible && !array_length(remedies))
		output_line("  No command would mend it.");
}

static void print_answer(const char *question, struct json_object *answer)
{
	struct json_object *obstacles = field_array(answer, "obstacles");
	bool possible = field_bool(answer, "possible");

	output_text(STYLE_BOLD, "%s", question);
	output_text(possible ? STYLE_GOOD : STYLE_BAD, "  %s", possible ? "Yes." : "No.");
	putchar('\n');
	for (size_t i = 0; i < array_length(obstacles); i++)
		output_line("  - %s", field_string(array_get(obstacles, i), "text") ?: "?");
	print_remedies(answer);
}

static void print_refusal(const char *title, struct json_object *refusal)
{
	_cleanup_free_ char *when = output_ago(field_int(refusal, "time"), output_now());
	int64_t count = field_int(refusal, "count");
	_cleanup_free_ char *often =
		count > 1 ? output_format(" (%" PRId64 " times)", count) : NULL;

	output_text(STYLE_BOLD, "%s, %s%s:", title, when, often ?: "");
	putchar('\n');
	output_line("  %s", field_string(refusal, "text") ?: "?");
	output_line("  its caller saw: %s", field_string(refusal, "saw") ?: "?");
}

/* The last one: of those of the last hour, or what the map has kept. */
static struct json_object *last_refusal(struct json_object *why)
{
	struct json_object *refusals = field_array(why, "refusals");

	return array_length(refusals) ? array_get(refusals, 0) : field_object(why, "refused");
}

static void print_text(const struct cli *cli, struct json_object *why, struct json_object *group)
{
	struct json_object *refused = last_refusal(why), *refusals = field_array(why, "refusals");
	struct json_object *warnings = field_array(why, "warnings");
	_cleanup_free_ char *ago = output_ago(field_int(group, "since"), output_now());
	const char *owner = field_string(why, "owner") ?: "?";

	output_line("group %d: owner %s, since %s%s", (int)field_int(why, "group"), owner,
		    field_bool(group, "seeded") ? "more than " : "", ago);
	if (!cli->bind)
		print_answer("Can a user (VFIO) claim it now?", field_object(why, "claim"));
	if (!cli->claim)
		print_answer("Can a host driver bind now?", field_object(why, "bind"));
	if (field_object(why, "lock"))
		print_answer("Can its user lock more memory, as each map does?",
			     field_object(why, "lock"));
	for (size_t i = 0; i < array_length(warnings); i++) {
		output_text(STYLE_WARN, "Warning: ");
		output_line("%s", json_object_get_string(array_get(warnings, i)) ?: "?");
	}
	if (refused)
		print_refusal("Last refusal", refused);
	/* The first of them is the last refusal, which is told. */
	for (size_t i = 1; i < array_length(refusals); i++)
		print_refusal("Before", array_get(refusals, i));
}

static void raw_answer(const char *question, struct json_object *answer)
{
	struct json_object *obstacles = field_array(answer, "obstacles");
	struct json_object *remedies = field_array(answer, "remedies");

	output_raw((const char *[]){question, field_bool(answer, "possible") ? "yes" : "no"}, 2);
	for (size_t i = 0; i < array_length(obstacles); i++) {
		struct json_object *o = array_get(obstacles, i);

		output_raw((const char *[]){question, "obstacle", field_string(o, "kind"),
					    field_string(o, "text")},
			   4);
	}
	for (size_t i = 0; i < array_length(remedies); i++) {
		struct json_object *commands = field_array(array_get(remedies, i), "commands");

		for (size_t j = 0; j < array_length(commands); j++)
			output_raw((const char *[]){question, "remedy",
						    field_string(array_get(remedies, i), "text"),
						    json_object_get_string(array_get(commands, j))},
				   4);
	}
}

static void raw_refusal(struct json_object *refusal)
{
	_cleanup_free_ char *time = output_format("%" PRId64, field_int(refusal, "time"));
	_cleanup_free_ char *count = output_format("%" PRId64, field_int(refusal, "count") ?: 1);

	output_raw((const char *[]){"refused", time, field_string(refusal, "act"),
				    field_string(refusal, "by"), field_string(refusal, "text"),
				    field_string(refusal, "saw"), field_string(refusal, "reason"),
				    count},
		   8);
}

static void print_raw(const struct cli *cli, struct json_object *why)
{
	struct json_object *refused = last_refusal(why), *refusals = field_array(why, "refusals");
	struct json_object *warnings = field_array(why, "warnings");

	if (!cli->bind)
		raw_answer("claim", field_object(why, "claim"));
	if (!cli->claim)
		raw_answer("bind", field_object(why, "bind"));
	if (field_object(why, "lock"))
		raw_answer("lock", field_object(why, "lock"));
	for (size_t i = 0; i < array_length(warnings); i++)
		output_raw(
			(const char *[]){"warning", json_object_get_string(array_get(warnings, i))},
			2);
	if (refused)
		raw_refusal(refused);
	for (size_t i = 1; i < array_length(refusals); i++)
		raw_refusal(array_get(refusals, i));
}

/* One question: its answer.  Both: no only when neither is possible. */
static int answer_status(const struct cli *cli, struct json_object *why)
{
	bool claim = field_bool(field_object(why, "claim"), "possible");
	bool bind = field_bool(field_object(why, "bind"), "possible");

	if (cli->claim && !cli->bind)
		return claim ? CLI_OK : CLI_NO;
	if (cli->bind && !cli->claim)
		return bind ? CLI_OK : CLI_NO;
	return claim || bind ? CLI_OK : CLI_NO;
}

/* The mode decides whether policy refuses; a status that does not come leaves it unknown. */
static struct json_object *explain(struct source *source, struct json_object *reply)
{
	_cleanup_json_ struct json_object *status = NULL;
	_cleanup_free_ char *error = NULL;
	struct json_object *holder = field_object(field_object(reply, "group"), "holder");
	struct memlock memlock;
	struct explain_question question = {
		.group = field_object(reply, "group"),
		.opens = field_array(reply, "opens"),
		.refusals = field_array(reply, "refusals"),
	};

	if (source_status(source, &status, &error) >= 0)
		question.mode = field_string(status, "mode");
	question.no_remapping = json_object_object_get(status, "remaps_interrupts") &&
				!field_bool(status, "remaps_interrupts") &&
				!interrupts_unsafe_allowed("");
	question.keeps_direct = sysfs_wants_direct("", field_int(question.group, "group")) &&
				feature_keeps_direct();
	if (field_bool(holder, "alive") && memlock_read(&memlock, "", field_int(holder, "pid")))
		question.memlock = &memlock;
	return explain_group(&question);
}

int cmd_why(const struct cli *cli)
{
	_cleanup_json_ struct json_object *reply = NULL, *why = NULL;
	_cleanup_source_ struct source *source = NULL;
	struct cli asked = *cli;
	int r = cli_group(cli, &source, &reply);

	if (r)
		return r;
	if (cli->claim && cli->bind) /* both is the default */
		asked.claim = asked.bind = false;
	why = explain(source, reply);
	if (asked.bind)
		json_object_object_del(why, "claim");
	if (asked.claim)
		json_object_object_del(why, "bind");
	if (asked.claim || asked.bind)
		json_object_object_del(why, "lock");
	if (cli->format == OUTPUT_JSON)
		output_json(why);
	else if (cli->format == OUTPUT_RAW)
		print_raw(&asked, why);
	else
		print_text(&asked, why, field_object(reply, "group"));
	return answer_status(&asked, why);
}
