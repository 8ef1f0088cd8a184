// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl log: what the audit log has.
 */
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include "chain.h"
#include "cli.h"
#include "describe.h"
#include "log.h"
#include "logcheck.h"
#include "logfile.h"
#include "logpath.h"
#include "logquery.h"

/* Rows of a table that are laid out together: a million at once would be in memory. */
#define ROWS_AT_ONCE 1000

static const struct {
	const char *name;
	double width; /* hint */
	int flags;
} columns[] = {
	{"TIME", 0, 0},
	{"SEQ", 0, SCOLS_FL_RIGHT},
	{"GROUP", 0, SCOLS_FL_RIGHT},
	{"ACT", 0, 0},
	{"VERDICT", 0, 0},
	{"WHO", 0, 0},
	{"SUBJECT", 0, 0},
	{"MESSAGE", 0.5, SCOLS_FL_TRUNC},
};

struct listing {
	const struct cli *cli;
	struct logquery query;
	struct json_tokener *tokener;
	struct libscols_table *table; /* NULL: no row waits */
	size_t rows;
	bool headed;
};

static void flush_table(void *userdata)
{
	struct listing *l = userdata;

	if (l->table) {
		scols_print_table(l->table);
		scols_unref_table(l->table);
	}
	l->table = NULL;
	l->rows = 0;
	fflush(stdout);
}

static struct libscols_table *table_new(bool headings)
{
	struct libscols_table *table = output_must(scols_new_table());

	scols_table_enable_noencoding(table, 1);
	scols_table_enable_noheadings(table, !headings);
	scols_table_enable_colors(table, output_color());
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		output_must(scols_table_new_column(table, columns[i].name, columns[i].width,
						   columns[i].flags));
	return table;
}

/* Who did it; of a release, who held it. */
static struct json_object *who(struct json_object *record)
{
	return field_object(record, "task") ? field_object(record, "task")
					    : field_object(record, "holder");
}

static const char *subject_of(struct json_object *task)
{
	static const char *const keys[] = {"vm", "container_name", "container", "unit"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (field_string(task, keys[i]))
			return field_string(task, keys[i]);
	return NULL;
}

/* A number's text, or "-" where there is none. */
static char *number(struct json_object *record, const char *key)
{
	if (!json_object_object_get_ex(record, key, NULL))
		return output_format("-");
	return output_format("%" PRId64, field_int(record, key));
}

static const char *color_of(struct json_object *record)
{
	const char *verdict = field_string(record, "verdict");

	if (!output_color() || text_is(verdict, "allow"))
		return NULL;
	return text_is(verdict, "deny") ? "red" : "yellow";
}

static void add_row(struct listing *l, struct json_object *record)
{
	_cleanup_free_ char *time = output_local(field_int(record, "time"));
	_cleanup_free_ char *seq = number(record, "seq"), *group = number(record, "group");
	_cleanup_free_ char *task = who(record) ? output_task(who(record)) : NULL;
	const char *const cells[ARRAY_SIZE(columns)] = {
		time,
		seq,
		group,
		field_string(record, "act"),
		field_string(record, "verdict"),
		task,
		subject_of(who(record)),
		field_string(record, "message"),
	};
	struct libscols_line *line;

	if (!l->table)
		l->table = table_new(!l->headed && !l->cli->no_headings);
	l->headed = true;
	line = output_must(scols_table_new_line(l->table, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		_cleanup_free_ char *safe = output_escape(cells[i] ? cells[i] : "-");

		if (scols_line_set_data(line, i, safe) < 0)
			output_must(NULL);
	}
	if (color_of(record))
		scols_line_set_color(line, color_of(record));
	if (++l->rows == ROWS_AT_ONCE)
		flush_table(l);
}

static void print_raw(struct json_object *record)
{
	struct json_object *device = field_object(record, "device"), *task = who(record);
	_cleanup_free_ char *time = number(record, "time"), *seq = number(record, "seq");
	_cleanup_free_ char *group = number(record, "group");
	_cleanup_free_ char *pid = task ? number(task, "pid") : NULL;
	_cleanup_free_ char *name = device ? output_device(device) : NULL;

	output_raw((const char *[]){time, seq, group, field_string(record, "act"),
				    field_string(record, "verdict"), field_string(record, "by"),
				    field_string(record, "reason"), field_string(record, "errno"),
				    field_string(record, "owner"), field_string(record, "rule"),
				    name, pid, field_string(task, "comm"), subject_of(task),
				    field_string(record, "message")},
		   15);
}

static void print_record(struct listing *l, const struct logfile_line *line,
			 struct json_object *record)
{
	if (l->cli->format == OUTPUT_JSON)
		output_json_text(line->text, line->size);
	else if (l->cli->format == OUTPUT_RAW)
		print_raw(record);
	else
		add_row(l, record);
}

static bool looks_whole(const struct logfile_line *line)
{
	struct chain_line l;

	return !line->unfinished && chain_parse(line->text, line->size, &l) != -EBADMSG;
}

/* The record of a line, or NULL. */
static struct json_object *parse(struct json_tokener *tokener, const struct logfile_line *line)
{
	struct json_object *record;

	json_tokener_reset(tokener);
	record = json_tokener_parse_ex(tokener, line->text, line->size);
	if (record && !json_object_is_type(record, json_type_object)) {
		json_object_put(record);
		record = NULL;
	}
	return record;
}

/* A line with its right hash is what ownerd wrote: it need not be parsed to be passed on. */
static bool is_passed_on(const struct listing *l, const struct logfile_line *line)
{
	return l->cli->format == OUTPUT_JSON && logquery_is_by_bytes(&l->query) &&
	       chain_is_whole(line->text, line->size);
}

static int list_line(void *userdata, const struct logfile_line *line)
{
	struct listing *l = userdata;
	_cleanup_json_ struct json_object *record = NULL;
	bool whole = looks_whole(line);

	if (whole && !logquery_may_match(&l->query, line->text, line->size))
		return 0;
	if (whole && is_passed_on(l, line)) {
		output_json_text(line->text, line->size);
		return ferror(stdout) ? -EPIPE : 0;
	}
	record = whole ? parse(l->tokener, line) : NULL;
	if (!record) {
		log_warning("%s:%" PRIu64 ": this is no record, and is left out; see ownerctl log "
			    "--verify",
			    line->file, line->number);
		return 0;
	}
	if (logquery_matches(&l->query, record))
		print_record(l, line, record);
	return ferror(stdout) ? -EPIPE : 0;
}

int cmd_log(const struct cli *cli)
{
	struct listing l = {.cli = cli};
	const struct logfile file = {.handler = list_line, .idle = flush_table, .userdata = &l};
	_cleanup_free_ char *path = NULL, *error = NULL;
	_cleanup_json_ struct json_object *last = NULL;
	struct logquery_options wanted = cli->log;
	int r = logpath_find(cli, &path, &last);

	if (r)
		return r;
	if (cli->verify)
		return logcheck_run(cli, path, last);
	wanted.device = cli->filter.device;
	l.tokener = output_must(json_tokener_new());
	json_tokener_set_flags(l.tokener, JSON_TOKENER_STRICT);
	r = logquery_init(&l.query, &wanted, &error);
	if (r >= 0)
		r = logfile_read(&file, path, cli->follow, &error);
	json_tokener_free(l.tokener);
	logquery_done(&l.query);
	if (r == -EPIPE && ferror(stdout))
		return CLI_DOWN; /* main() says why */
	return r < 0 ? cli_fail(r, error) : CLI_OK;
}

void cmd_log_describe_acts(void)
{
	printf("Acts:");
	for (uint32_t i = ACT_BIND; !text_is(describe_act(i), "unknown"); i++)
		printf(" %s", describe_act(i));
	printf(",\nand ownerd's own: start stop mode policy gap loss suppress.\n");
}
