// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl watch: changes and refusals as they happen.
 */
#include <inttypes.h>
#include <string.h>
#include "cli.h"
#include "log.h"

static enum output_style event_style(struct json_object *event)
{
	const char *verdict = field_string(event, "verdict") ?: "";

	if (text_is(verdict, "deny"))
		return STYLE_BAD;
	return !text_is(verdict, "allow") ? STYLE_WARN : STYLE_NONE;
}

static void print_raw(struct json_object *event)
{
	struct json_object *device = field_object(event, "device"),
			   *task = field_object(event, "task");
	_cleanup_free_ char *time = output_format("%" PRId64, field_int(event, "time"));
	_cleanup_free_ char *group = json_object_object_get(event, "group")
					     ? output_format("%" PRId64, field_int(event, "group"))
					     : NULL;
	_cleanup_free_ char *pid = task ? output_format("%" PRId64, field_int(task, "pid")) : NULL;
	_cleanup_free_ char *name = device ? output_device(device) : NULL;

	output_raw((const char *[]){time, group, field_string(event, "act"),
				    field_string(event, "verdict"), field_string(event, "by"),
				    field_string(event, "reason"), field_string(event, "errno"),
				    field_string(event, "owner"), name,
				    field_string(device ?: event, "driver"), pid,
				    field_string(task, "comm"), field_string(event, "message")},
		   13);
}

static void print_event(const struct cli *cli, struct json_object *event)
{
	_cleanup_free_ char *at = output_local(field_int(event, "time"));

	if (cli->format == OUTPUT_JSON) {
		output_json_line(event);
	} else if (cli->format == OUTPUT_RAW) {
		print_raw(event);
	} else {
		printf("%s ", at);
		output_text(event_style(event), "%s", field_string(event, "message") ?: "?");
		putchar('\n');
	}
}

int cmd_watch(const struct cli *cli)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_free_ char *error = NULL;
	int r = cli_open(cli, false, &source);

	if (r)
		return r;
	setvbuf(stdout, NULL, _IOLBF, 0);
	r = source_watch(source, &error);
	while (r >= 0) {
		_cleanup_json_ struct json_object *reply = NULL;

		r = source_watch_next(source, &reply, &error);
		if (r < 0)
			break;
		if (field_int(reply, "lost"))
			log_warning("%" PRId64 " events lost: this reader is too slow",
				    field_int(reply, "lost"));
		if (field_object(reply, "event"))
			print_event(cli, field_object(reply, "event"));
		if (ferror(stdout))
			return CLI_DOWN; /* main() says why */
	}
	return cli_fail(r, error);
}
