// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl history: who owned a group, from when to when, by the audit log.
 */
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include "chain.h"
#include "cli.h"
#include "log.h"
#include "logfile.h"
#include "logpath.h"

struct history {
	const struct cli *cli;
	const char *device;       /* NULL: it is asked for by number */
	int64_t group;            /* of the device at this point of the log; -1: not known yet */
	struct json_object *rows; /* array of {since, until, owner, holder, driver, how, end} */
	struct json_object *row;  /* the last one, which goes on; borrowed; NULL: not known */
	char *boot;               /* of the last record */
	int64_t last;             /* when it was */
};

/* The row that goes on ends; `end` says how, if it is not the next row's beginning. */
static void end_row(struct history *h, int64_t when, const char *end)
{
	if (!h->row)
		return;
	json_object_object_add(h->row, "until", json_object_new_int64(when));
	if (end)
		field_add(h->row, "end", "%s", end);
	h->row = NULL;
}

static bool same_task(struct json_object *a, struct json_object *b)
{
	/* A clock that is set moves the start a little, and no pid comes again within a second. */
	return (!a && !b) ||
	       (a && b && field_int(a, "pid") == field_int(b, "pid") &&
		llabs(field_int(a, "start") - field_int(b, "start")) < (int64_t)USEC_PER_SEC);
}

/* From `when` on it is so; what is so already goes on. */
static void set_owner(struct history *h, int64_t when, const char *owner,
		      struct json_object *holder, const char *driver, const char *how)
{
	struct json_object *o;

	if (h->row && text_is(field_string(h->row, "owner"), owner) &&
	    (!holder || same_task(field_object(h->row, "holder"), holder)))
		return;
	end_row(h, when, NULL);
	o = output_must(json_object_new_object());
	json_object_object_add(o, "since", json_object_new_int64(when));
	field_add(o, "owner", "%s", owner);
	if (holder && text_is(owner, "user"))
		json_object_object_add(o, "holder", json_object_get(holder));
	if (driver && text_is(owner, "kernel"))
		field_add(o, "driver", "%s", driver);
	field_add(o, "how", "%s", how);
	json_object_array_add(h->rows, o);
	h->row = o;
}

static bool is_device(const struct history *h, struct json_object *device)
{
	return h->device && logquery_is_device(h->device, field_string(device, "bus"),
					       field_string(device, "name"));
}

/* How a start found the group. */
static void take_start(struct history *h, struct json_object *record)
{
	struct json_object *groups = field_array(record, "groups");
	int64_t when = field_int(record, "time");

	for (size_t i = 0; i < array_length(groups); i++) {
		struct json_object *g = array_get(groups, i);
		struct json_object *devices = field_array(g, "devices");
		const char *driver = NULL;
		bool ours = !h->device && field_int(g, "group") == h->group;

		for (size_t j = 0; j < array_length(devices); j++) {
			struct json_object *d = array_get(devices, j);

			ours |= is_device(h, d);
			if (!field_bool(d, "managed") && field_string(d, "driver"))
				driver = field_string(d, "driver");
		}
		if (!ours)
			continue;
		h->group = field_int(g, "group");
		set_owner(h, when, field_string(g, "owner"), field_object(g, "holder"), driver,
			  "found at start");
		return;
	}
	end_row(h, when, "gone");
}

static void take_event(struct history *h, struct json_object *record)
{
	struct json_object *device = field_object(record, "device");
	struct json_object *holder = field_object(record, "holder");
	const char *act = field_string(record, "act"), *owner = field_string(record, "owner");

	if (is_device(h, device))
		h->group = field_int(record, "group");
	if (!owner || !text_is(field_string(record, "verdict"), "allow") || h->group < 0 ||
	    field_int(record, "group") != h->group)
		return;
	if (text_is(act, "claim") || text_is(act, "receive"))
		holder = field_object(record, "task");
	set_owner(h, field_int(record, "time"), owner, text_is(owner, "user") ? holder : NULL,
		  field_string(device, "driver"), act ? act : "?");
}

/* Another boot: who owned it when the last record was written owned it to its end. */
static void heed_boot(struct history *h, struct json_object *record)
{
	const char *boot = field_string(record, "boot");

	if (!boot || text_is(h->boot, boot))
		return;
	if (h->boot) {
		end_row(h, h->last, "the host went down");
		h->group = h->device ? -1 : h->group;
	}
	free(h->boot);
	h->boot = output_format("%s", boot);
}

/* Whether the line may tell anything: by its bytes. */
static bool may_tell(const struct history *h, const struct logfile_line *line)
{
	static const char start[] = "\"act\":\"start\"", gap[] = "\"act\":\"gap\"";
	_cleanup_free_ char *group = output_format("\"group\":%" PRId64 ",", h->group);
	const char *name =
		h->device && strchr(h->device, '/') ? strrchr(h->device, '/') + 1 : h->device;

	return memmem(line->text, line->size, group, strlen(group)) ||
	       (name && memmem(line->text, line->size, name, strlen(name))) ||
	       memmem(line->text, line->size, start, sizeof(start) - 1) ||
	       memmem(line->text, line->size, gap, sizeof(gap) - 1);
}

static int take_line(void *userdata, const struct logfile_line *line)
{
	struct history *h = userdata;
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ struct json_object *record = NULL;
	struct chain_line l;
	bool whole = !line->unfinished && chain_parse(line->text, line->size, &l) != -EBADMSG;

	if (whole && !may_tell(h, line))
		return 0;
	text = output_format("%.*s", (int)line->size, line->text);
	record = whole ? json_tokener_parse(text) : NULL;
	if (!record) {
		log_warning("%s:%" PRIu64 ": this is no record, and is left out; see ownerctl log "
			    "--verify",
			    line->file, line->number);
		return 0;
	}
	heed_boot(h, record);
	if (text_is(field_string(record, "act"), "start"))
		take_start(h, record);
	else
		take_event(h, record);
	h->last = field_int(record, "time");
	return 0;
}

/* What ownerd says of now: that is how the last row goes on. */
static void add_present(struct history *h)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_json_ struct json_object *reply = NULL;
	_cleanup_free_ char *error = NULL;
	struct json_object *group;

	if (source_open(&source, h->cli->socket, true, &error) < 0)
		return;
	free(TAKE_PTR(error));
	if (source_group(source, h->cli->operands[0], &reply, &error) < 0)
		return;
	group = field_object(reply, "group");
	set_owner(h, field_int(group, "since"), field_string(group, "owner"),
		  field_object(group, "holder"), NULL, "as ownerd has it");
	field_add(h->row, "end", "now");
}

/* Outside of --since and --until. */
static bool is_left_out(struct json_object *row, int64_t since, int64_t until)
{
	int64_t end = field_int(row, "until");

	return (since && end && end < since) || (until && field_int(row, "since") >= until);
}

static void add_cells(struct libscols_table *table, struct json_object *row)
{
	struct libscols_line *line = output_must(scols_table_new_line(table, NULL));
	struct json_object *holder = field_object(row, "holder");
	const char *driver = field_string(row, "driver"), *end = field_string(row, "end");
	_cleanup_free_ char *since = output_local(field_int(row, "since"));
	_cleanup_free_ char *until = output_local(field_int(row, "until"));
	_cleanup_free_ char *who =
		holder ? output_task(holder) : output_format("%s", driver ? driver : "-");
	const char *subject = field_string(holder, "vm");

	if (!subject)
		subject = field_string(holder, "container_name");
	if (!subject)
		subject = field_string(holder, "container");
	if (!subject)
		subject = field_string(holder, "unit");
	const char *const cells[] = {since,
				     field_int(row, "until") ? until : end,
				     field_string(row, "owner"),
				     who,
				     subject,
				     field_string(row, "how"),
				     field_int(row, "until") ? end : NULL};

	for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
		_cleanup_free_ char *safe = output_escape(cells[i] ? cells[i] : "-");

		if (scols_line_set_data(line, i, safe) < 0)
			output_must(NULL);
	}
}

static void print_table(const struct history *h)
{
	static const char *const names[] = {"SINCE",   "UNTIL", "OWNER", "WHO",
					    "SUBJECT", "HOW",   "END"};
	struct libscols_table *table = output_must(scols_new_table());

	scols_table_enable_noencoding(table, 1);
	scols_table_enable_noheadings(table, h->cli->no_headings);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		output_must(scols_table_new_column(table, names[i], 0, 0));
	for (size_t i = 0; i < array_length(h->rows); i++)
		add_cells(table, array_get(h->rows, i));
	scols_print_table(table);
	scols_unref_table(table);
}

static void print_raw(struct json_object *rows)
{
	for (size_t i = 0; i < array_length(rows); i++) {
		struct json_object *row = array_get(rows, i), *holder = field_object(row, "holder");
		_cleanup_free_ char *since = output_format("%" PRId64, field_int(row, "since"));
		_cleanup_free_ char *until = output_format("%" PRId64, field_int(row, "until"));
		_cleanup_free_ char *who = holder ? output_task(holder) : NULL;

		output_raw((const char *[]){since, field_int(row, "until") ? until : NULL,
					    field_string(row, "owner"), who,
					    field_string(row, "driver"), field_string(row, "how"),
					    field_string(row, "end")},
			   7);
	}
}

static int print(struct history *h, int64_t since, int64_t until)
{
	_cleanup_json_ struct json_object *o = output_must(json_object_new_object());
	struct json_object *all = h->rows, *rows = output_must(json_object_new_array());

	for (size_t i = 0; i < array_length(all); i++)
		if (!is_left_out(array_get(all, i), since, until))
			json_object_array_add(rows, json_object_get(array_get(all, i)));
	json_object_object_add(o, "history", rows);
	h->rows = rows;
	if (h->cli->format == OUTPUT_JSON)
		output_json(o);
	else if (h->cli->format == OUTPUT_RAW)
		print_raw(rows);
	else
		print_table(h);
	if (array_length(rows))
		return CLI_OK;
	log_error("%s: the log tells nothing of it", h->cli->operands[0]);
	return CLI_USAGE;
}

int cmd_history(const struct cli *cli)
{
	const char *name = cli->operands[0];
	const bool by_number = name[strspn(name, "0123456789")] == '\0' && *name;
	_cleanup_json_ struct json_object *rows = output_must(json_object_new_array()),
					  *last = NULL;
	_cleanup_free_ char *path = NULL, *error = NULL;
	struct history h = {.cli = cli,
			    .device = by_number ? NULL : name,
			    .group = by_number ? strtoll(name, NULL, 10) : -1,
			    .rows = rows};
	const struct logfile file = {.handler = take_line, .userdata = &h};
	struct logquery q = {};
	const struct logquery_options times = {.since = cli->log.since, .until = cli->log.until};
	int r = logquery_init(&q, &times, &error);

	if (r < 0)
		return cli_fail(r, error);
	r = logpath_find(cli, &path, &last);
	if (r)
		return r;
	r = logfile_read(&file, path, false, &error);
	free(h.boot);
	if (r < 0)
		return cli_fail(r, error);
	add_present(&h);
	return print(&h, q.since, q.until);
}
