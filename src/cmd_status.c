// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl status: the daemon's mode, its hooks, its counters, and what it lost.
 */
#include <inttypes.h>
#include <string.h>
#include "cli.h"
#include "cmdline.h"

/* Counters of what is gone without a record: any of them above zero is a loss. */
static bool is_loss(const char *name)
{
	static const char *const suffixes[] = {"_dropped", "_full", "_lost",
					       "_failed",  "_cut",  "_unsettled"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const char *found = strstr(name, suffixes[i]);

		if (found && !found[strlen(suffixes[i])])
			return true;
	}
	return false;
}

static void print_daemon(struct json_object *status)
{
	enum cmdline_mode word = cmdline_mode("");
	int64_t since = field_int(status, "since");
	_cleanup_free_ char *at = output_local(since), *ago = output_ago(since, output_now());

	output_line("ownerd %s, pid %" PRId64 ", running since %s (%s)",
		    field_string(status, "version") ?: "?", field_int(status, "pid"), at, ago);
	output_line("  mode     %s%s%s", field_string(status, "mode") ?: "?",
		    word >= CMDLINE_OBSERVE ? ", by " : "",
		    word >= CMDLINE_OBSERVE ? cmdline_word(word) : "");
	output_line("  kernel   %s", field_string(status, "kernel") ?: "?");
	output_line("  owners   are kept by %s", field_string(status, "arbiter") ?: "?");
	output_line("  policy   %s", field_string(status, "policy") ?: "?");
	output_line("  attach   %s", field_string(status, "attach") ?: "?");
	output_line("  pinned   %s", field_bool(status, "pinned")
					     ? "yes: goes on refusing when the daemon ends"
					     : "no: refuses only while the daemon runs");
	output_line("  map      %" PRId64 " groups, %" PRId64 " devices",
		    field_int(status, "groups"), field_int(status, "devices"));
}

static void print_pinned(struct json_object *status)
{
	struct json_object *programs = field_array(status, "programs");

	output_text(STYLE_BAD, "ownerd is not running");
	putchar('\n');
	output_line("  mode     %s, of the programs left pinned",
		    field_string(status, "mode") ?: "not known");
	output_line("  map      %" PRId64 " groups, %" PRId64 " devices, pinned",
		    field_int(status, "groups"), field_int(status, "devices"));
	for (size_t i = 0; i < array_length(programs); i++)
		output_line("  %-8s %s", i ? "" : "programs",
			    json_object_get_string(array_get(programs, i)) ?: "?");
}

/* What is attached is a number, unless all is asked for; what is not is told one by one. */
static void print_hooks(struct json_object *hooks, bool all)
{
	size_t attached = 0, waiting = 0;

	for (size_t i = 0; i < array_length(hooks); i++) {
		const char *state = field_string(array_get(hooks, i), "state");

		attached += text_is(state, "attached");
		waiting += text_is(state, "waiting");
	}
	if (hooks)
		output_line("  hooks    %zu of %zu attached", attached,
			    array_length(hooks) - waiting);
	for (size_t i = 0; i < array_length(hooks); i++) {
		struct json_object *hook = array_get(hooks, i);
		const char *state = field_string(hook, "state") ?: "?";
		const char *detail = field_string(hook, "detail");
		bool is_attached = text_is(state, "attached");
		bool waits = text_is(state, "waiting");
		bool bad = !is_attached && !waits &&
			   (field_bool(hook, "needed") || text_is(state, "failed"));

		if ((is_attached || waits) && !all)
			continue;
		output_text(STYLE_NONE, "    ");
		output_text(is_attached ? STYLE_GOOD : bad ? STYLE_BAD : STYLE_DIM, "%-8s", state);
		output_line(" %s: %s%s%s%s", field_string(hook, "name") ?: "?",
			    field_string(hook, "job") ?: "?", detail ? ": " : "",
			    detail ? detail : "",
			    bad && field_bool(hook, "needed") ? " (needed)" : "");
	}
}

static void print_counters(struct json_object *counters, bool all)
{
	for (size_t i = 0; i < array_length(counters); i++) {
		struct json_object *counter = array_get(counters, i);
		const char *name = field_string(counter, "name") ?: "?";
		int64_t value = field_int(counter, "value");
		bool loss = value && is_loss(name);

		if (!value && !all)
			continue;
		output_text(loss ? STYLE_BAD : STYLE_NONE, "  %s%8" PRId64 " %s",
			    loss ? "LOSS " : "", value, name);
		output_line(": %s", field_string(counter, "help") ?: "?");
	}
}

static void print_raw(struct json_object *status)
{
	struct json_object *hooks = field_array(status, "hooks");
	struct json_object *counters = field_array(status, "counters");

	json_object_object_foreach(status, key,
				   value) if (value && !json_object_is_type(value, json_type_array))
		output_raw((const char *[]){key, json_object_get_string(value)}, 2);
	for (size_t i = 0; i < array_length(hooks); i++) {
		struct json_object *hook = array_get(hooks, i);

		output_raw((const char *[]){"hook", field_string(hook, "name"),
					    field_string(hook, "state"),
					    field_bool(hook, "needed") ? "needed" : NULL,
					    field_string(hook, "detail")},
			   5);
	}
	for (size_t i = 0; i < array_length(counters); i++) {
		_cleanup_free_ char *value =
			output_format("%" PRId64, field_int(array_get(counters, i), "value"));

		output_raw((const char *[]){"counter", field_string(array_get(counters, i), "name"),
					    value},
			   3);
	}
}

int cmd_status(const struct cli *cli)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_json_ struct json_object *status = NULL;
	_cleanup_free_ char *error = NULL;
	int r = cli_open(cli, true, &source);

	if (r)
		return r;
	r = source_status(source, &status, &error);
	if (r < 0)
		return cli_fail(r, error);
	if (cli->format == OUTPUT_JSON) {
		output_json(status);
	} else if (cli->format == OUTPUT_RAW) {
		print_raw(status);
	} else {
		if (source_is_live(source))
			print_daemon(status);
		else
			print_pinned(status);
		print_hooks(field_array(status, "hooks"), cli->all);
		print_counters(field_array(status, "counters"), cli->all);
	}
	return source_is_live(source) ? CLI_OK : CLI_DOWN;
}
