// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl doctor: what this host has and lacks, and proof that a refusal refuses.
 */
#include <errno.h>
#include <string.h>
#include "cli.h"
#include "cmdline.h"
#include "feature.h"

static void print_check(struct json_object *check)
{
	static const struct {
		const char *result, *word;
		enum output_style style;
	} words[] = {
		{"pass", "PASS", STYLE_GOOD},
		{"fail", "FAIL", STYLE_BAD},
		{"warn", "WARN", STYLE_WARN},
		{"skip", "SKIP", STYLE_DIM},
	};
	const char *result = field_string(check, "result") ?: "?";
	const char *remedy = field_string(check, "remedy");
	size_t i = 0;

	while (i < ARRAY_SIZE(words) - 1 && !text_is(words[i].result, result))
		i++;
	output_text(words[i].style, "%s", words[i].word);
	output_line(" %s: %s", field_string(check, "name") ?: "?",
		    field_string(check, "detail") ?: "?");
	if (remedy && !text_is(result, "pass"))
		output_line("     %s", remedy);
}

static void raw_check(struct json_object *check)
{
	output_raw((const char *[]){field_string(check, "result"), field_string(check, "name"),
				    field_string(check, "detail"), field_string(check, "remedy")},
		   4);
}

/* The daemon's proofs, or the reason why there are none, as a check that failed. */
static void add_proofs(const struct cli *cli, struct json_object *checks)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_json_ struct json_object *proofs = NULL;
	_cleanup_free_ char *error = NULL;
	int r = source_open(&source, cli->socket, false, &error);
	struct json_object *check;

	if (r >= 0)
		r = source_prove(source, &proofs, &error);
	for (size_t i = 0; i < array_length(proofs); i++)
		json_object_array_add(checks, json_object_get(array_get(proofs, i)));
	if (r >= 0)
		return;
	check = output_must(json_object_new_object());
	field_add(check, "name", "ownerd");
	field_add(check, "result", "fail");
	if (r == -ENOTCONN)
		field_add(check, "detail", "not running: nobody answers at %s", cli->socket);
	else
		field_add(check, "detail", "%s", error);
	if (r == -ENOTCONN)
		field_add(check, "remedy", "%s",
			  cmdline_mode("") == CMDLINE_OFF ? "boot without ownerd.mode=off"
							  : "start it: systemctl start ownerd");
	json_object_array_add(checks, check);
}

static int checks_status(struct json_object *checks)
{
	int status = CLI_OK;

	for (size_t i = 0; i < array_length(checks); i++) {
		const char *result = field_string(array_get(checks, i), "result") ?: "fail";

		if (text_is(result, "fail"))
			return CLI_NO;
		if (text_is(result, "warn"))
			status = CLI_WARNINGS;
	}
	return status;
}

int cmd_doctor(const struct cli *cli)
{
	_cleanup_json_ struct json_object *reply = output_must(json_object_new_object());
	struct json_object *checks = output_must(feature_checks());

	json_object_object_add(reply, "checks", checks);
	add_proofs(cli, checks);
	if (cli->format == OUTPUT_JSON)
		output_json(reply);
	for (size_t i = 0; i < array_length(checks); i++)
		if (cli->format == OUTPUT_RAW)
			raw_check(array_get(checks, i));
		else if (cli->format == OUTPUT_TEXT)
			print_check(array_get(checks, i));
	return checks_status(checks);
}
