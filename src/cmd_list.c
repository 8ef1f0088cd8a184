// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl list: one table of columns makes the text, the JSON, the raw lines and the help.
 */
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include "cli.h"
#include "log.h"
#include "titles.h"

static char *cell_group(struct json_object *group)
{
	return output_format("%" PRId64, field_int(group, "group"));
}

static char *cell_owner(struct json_object *group)
{
	return output_format("%s", field_string(group, "owner") ?: "");
}

static char *cell_count(struct json_object *group)
{
	return output_format("%" PRId64, field_int(group, "count"));
}

/* A user whom nobody saw claim it is a user all the same. */
static char *cell_holder(struct json_object *group)
{
	struct json_object *holder = field_object(group, "holder");
	_cleanup_free_ char *task = output_task(holder);

	if (!holder)
		return output_format("%s", text_is(field_string(group, "owner"), "user") ? "unknown"
											 : "");
	return output_format("%s%s", task, field_bool(holder, "alive") ? "" : " (exited)");
}

static char *cell_pid(struct json_object *group)
{
	int64_t pid = field_int(field_object(group, "holder"), "pid");

	return pid ? output_format("%" PRId64, pid) : output_format("%s", "");
}

static char *cell_uid(struct json_object *group)
{
	struct json_object *holder = field_object(group, "holder");

	return holder ? output_format("%" PRId64, field_int(holder, "uid"))
		      : output_format("%s", "");
}

static char *cell_unit(struct json_object *group)
{
	return output_format("%s", field_string(field_object(group, "holder"), "unit") ?: "");
}

static char *cell_cgroup(struct json_object *group)
{
	return output_format("%s", field_string(field_object(group, "holder"), "cgroup") ?: "");
}

static char *cell_since(struct json_object *group)
{
	_cleanup_free_ char *ago = output_ago(field_int(group, "since"), output_now());

	const char *before = "";

	/* Found so when ownerd started: it began before. */
	if (field_bool(group, "seeded") && *ago != '-')
		before = ">";
	if (*before && strcmp(ago, "now") == 0)
		return output_format("earlier");
	return output_format("%s%s", before, ago);
}

static char *raw_since(struct json_object *group)
{
	return output_format("%" PRId64, field_int(group, "since"));
}

/* Each rule once, also if it governs several acts. */
static char *cell_policy(struct json_object *group)
{
	struct json_object *rules = field_array(group, "rules");
	char *cell = output_format("%s", "");

	for (size_t i = 0; i < array_length(rules); i++) {
		const char *name = field_string(array_get(rules, i), "name") ?: "?";
		_cleanup_free_ char *before = cell;
		size_t j = 0;

		while (j < i && !text_is(field_string(array_get(rules, j), "name"), name))
			j++;
		cell = output_format("%s%s%s", before, j == i && i ? ", " : "", j == i ? name : "");
	}
	return cell;
}

static char *cell_device(struct json_object *device)
{
	return output_device(device);
}

static char *cell_driver(struct json_object *device)
{
	return output_format("%s", field_string(device, "driver") ?: "");
}

static char *cell_title(struct json_object *device)
{
	return output_format("%s", field_string(device, "title") ?: "");
}

typedef char *(*cell)(struct json_object *object);

static const struct column {
	const char *name, *help;
	const char *keys[2]; /* of Group, for JSON */
	cell group;          /* of the group, or */
	cell device;         /* of each device: a row each, in raw a list */
	cell raw;            /* if it is another than `group` */
	bool right;          /* aligned to the right */
	double cut;          /* may be cut on a narrow terminal, gladly not below this width */
} columns[] = {
	{"GROUP", "number of the IOMMU group", {"group"}, .group = cell_group, .right = true},
	{"OWNER", "none, kernel or user", {"owner"}, .group = cell_owner},
	{"HOLDER", "the process that claimed it", {"holder"}, .group = cell_holder},
	{"UNIT", "the holder's systemd unit", {"holder"}, .group = cell_unit, .cut = 16},
	{"SINCE", "since when it has this owner", {"since"}, .group = cell_since, .raw = raw_since},
	{"DEVICES", "its devices", {"devices"}, .device = cell_device},
	{"DRIVERS", "the driver of each", {"devices"}, .device = cell_driver},
	{"NAMES", "vendor and model of each", {"devices"}, .device = cell_title, .cut = 5},
	{"COUNT", "host drivers bound, or claims", {"count"}, .group = cell_count, .right = true},
	{"PID", "the holder's pid", {"holder"}, .group = cell_pid, .right = true},
	{"UID", "the holder's user id", {"holder"}, .group = cell_uid, .right = true},
	{"CGROUP", "the holder's control group", {"holder"}, .group = cell_cgroup, .cut = 16},
	{"POLICY", "the rules that govern it", {"rules"}, .group = cell_policy, .cut = 16},
};

#define N_DEFAULT 8 /* the first ones */
#define N_MAX     ARRAY_SIZE(columns)

struct selection {
	const struct column *columns[N_MAX];
	size_t n;
	bool per_device; /* a row for each device, in the table */
};

void cmd_list_describe_columns(void)
{
	printf("\nColumns (* shown without --output):\n");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		printf("  %-8s %c %s\n", columns[i].name, i < N_DEFAULT ? '*' : ' ',
		       columns[i].help);
}

static void add_column(struct selection *s, const struct column *column)
{
	s->columns[s->n++] = column;
	s->per_device |= column->device != NULL;
}

static int select_column(struct selection *s, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (strcasecmp(columns[i].name, name) != 0)
			continue;
		for (size_t j = 0; j < s->n; j++)
			if (s->columns[j] == &columns[i])
				return -EEXIST;
		add_column(s, &columns[i]);
		return 0;
	}
	return -ENOENT;
}

/* "+NAME,..." adds to the default ones, as in lsblk(8).  An exit status. */
static int select_columns(struct selection *ret, const char *names)
{
	_cleanup_free_ char *copy = output_format("%s", names ? names : "+");
	struct selection s = {};
	char *save = NULL, *list = copy;

	if (*list == '+') {
		list++;
		while (s.n < N_DEFAULT)
			add_column(&s, &columns[s.n]);
	}
	for (char *name = strtok_r(list, ", ", &save); name; name = strtok_r(NULL, ", ", &save)) {
		int r = select_column(&s, name);

		if (r < 0) {
			log_error("%s: %s; `ownerctl list --help` names the columns",
				  r == -EEXIST ? "column given twice" : "no such column", name);
			return CLI_USAGE;
		}
	}
	if (!s.n) {
		log_error("--output names no column; `ownerctl list --help` does");
		return CLI_USAGE;
	}
	*ret = s;
	return CLI_OK;
}

static struct libscols_table *table_new(const struct selection *s, bool headings)
{
	struct libscols_table *table = output_must(scols_new_table());

	/* Cells come escaped; escaping them twice would show the escapes. */
	scols_table_enable_noencoding(table, 1);
	scols_table_enable_noheadings(table, !headings);
	for (size_t i = 0; i < s->n; i++)
		output_must(scols_table_new_column(
			table, s->columns[i]->name, s->columns[i]->cut,
			(s->columns[i]->right ? SCOLS_FL_RIGHT : 0) |
				(s->columns[i]->cut > 0 ? SCOLS_FL_TRUNC : 0)));
	return table;
}

static const char *owner_color(struct json_object *group)
{
	const char *owner = field_string(group, "owner") ?: "";

	if (!output_color())
		return NULL;
	return text_is(owner, "user") ? "yellow" : text_is(owner, "kernel") ? "green" : NULL;
}

/* Row `i` of a group: its own cells on the first, one device on each. */
static void table_add_row(struct libscols_table *table, const struct selection *s,
			  struct json_object *group, size_t i)
{
	struct json_object *device = array_get(field_array(group, "devices"), i);
	struct libscols_line *line = output_must(scols_table_new_line(table, NULL));

	for (size_t j = 0; j < s->n; j++) {
		const struct column *c = s->columns[j];
		_cleanup_free_ char *text = NULL, *safe = NULL;

		if (c->group && i == 0)
			text = c->group(group);
		else if (c->device && device)
			text = c->device(device);
		if (!text)
			continue;
		safe = output_escape(*text ? text : "-");
		if (scols_line_set_data(line, j, safe) < 0)
			output_must(NULL);
		if (c->group == cell_owner && owner_color(group))
			scols_cell_set_color(scols_line_get_cell(line, j), owner_color(group));
	}
}

static void table_add_group(struct libscols_table *table, const struct selection *s,
			    struct json_object *group)
{
	size_t rows = s->per_device ? array_length(field_array(group, "devices")) : 1;

	for (size_t row = 0; row < (rows ? rows : 1); row++)
		table_add_row(table, s, group, row);
}

/* All devices in one field: "0000:02:01.0,0000:02:02.0", "e1000,-". */
static char *raw_devices(cell cell, struct json_object *group)
{
	struct json_object *devices = field_array(group, "devices");
	char *list = output_format("%s", "");

	for (size_t i = 0; i < array_length(devices); i++) {
		_cleanup_free_ char *before = list, *text = cell(array_get(devices, i));
		_cleanup_free_ char *safe = output_escape_raw(*text ? text : "-", ",");

		list = output_format("%s%s%s", before, i ? "," : "", safe);
	}
	return list;
}

/* The column's field, escaped; may be empty. */
static char *raw_field(const struct column *c, struct json_object *group)
{
	_cleanup_free_ char *text = NULL;

	if (c->device)
		return raw_devices(c->device, group);
	text = c->raw ? c->raw(group) : c->group(group);
	return output_escape_raw(text, "");
}

static void print_raw(const struct selection *s, struct json_object *group)
{
	for (size_t j = 0; j < s->n; j++) {
		_cleanup_free_ char *field = raw_field(s->columns[j], group);

		printf("%s%s", j ? "\t" : "", *field ? field : "-");
	}
	putchar('\n');
}

/* With --output, the keys of its columns and no others. */
static struct json_object *json_pick(const struct selection *s, struct json_object *group)
{
	struct json_object *picked = output_must(json_object_new_object());

	for (size_t i = 0; i < 2 * s->n; i++) {
		const char *key = s->columns[i / 2]->keys[i % 2];
		struct json_object *value;

		if (key && json_object_object_get_ex(group, key, &value))
			json_object_object_add(picked, key, json_object_get(value));
	}
	return picked;
}

static int check_owner(const char *owner)
{
	if (!owner || text_is(owner, "none") || text_is(owner, "kernel") || text_is(owner, "user"))
		return CLI_OK;
	log_error("--owner is none, kernel or user, not %s", owner);
	return CLI_USAGE;
}

/* Names are read from a file of a megabyte and from sysfs: where they are asked for. */
static bool shows_names(const struct selection *s, enum output_format format)
{
	if (format == OUTPUT_JSON)
		return true;
	for (size_t i = 0; i < s->n; i++)
		if (s->columns[i]->device == cell_title)
			return true;
	return false;
}

/* What becomes of the groups, as they come. */
struct listing {
	const struct cli *cli;
	const struct selection *s;
	struct libscols_table *table; /* of the text */
	bool names;                   /* with devices' names */
	size_t n;
};

static void print_json(const struct listing *l, struct json_object *group)
{
	_cleanup_json_ struct json_object *picked =
		l->cli->columns ? json_pick(l->s, group) : json_object_get(group);

	if (!l->n) /* what is refused prints nothing */
		output_json_begin("groups");
	output_json_item(picked, l->n == 0);
}

static void add_group(void *userdata, struct json_object *group)
{
	struct listing *l = userdata;

	if (l->names)
		titles_add(group);
	if (l->cli->format == OUTPUT_JSON)
		print_json(l, group);
	else if (l->cli->format == OUTPUT_RAW)
		print_raw(l->s, group);
	else
		table_add_group(l->table, l->s, group);
	l->n++;
}

static void print_table(const struct listing *l)
{
	const struct source_filter *f = &l->cli->filter;

	scols_table_enable_colors(l->table, output_color());
	if (l->n)
		scols_print_table(l->table);
	else
		log_info("no IOMMU group%s", f->owner || f->device || f->driver
						     ? " that matches"
						     : " on this host, or none that ownerd has "
						       "seen: `ownerctl doctor`");
}

static int list_groups(const struct cli *cli, struct source *source, struct listing *l)
{
	_cleanup_free_ char *error = NULL;
	int r = source_each_group(source, &cli->filter, add_group, l, &error);

	if (r < 0)
		return cli_fail(r, error);
	if (cli->format == OUTPUT_JSON && !l->n)
		output_json_begin("groups");
	if (cli->format == OUTPUT_JSON)
		output_json_end();
	else if (cli->format != OUTPUT_RAW)
		print_table(l);
	return CLI_OK;
}

int cmd_list(const struct cli *cli)
{
	_cleanup_source_ struct source *source = NULL;
	struct selection s;
	struct listing l = {.cli = cli, .s = &s};
	int r = select_columns(&s, cli->columns);

	r = r ? r : check_owner(cli->filter.owner);
	r = r ? r : cli_open(cli, true, &source);
	if (r)
		return r;
	l.names = shows_names(&s, cli->format);
	l.table = table_new(&s, !cli->no_headings);
	r = list_groups(cli, source, &l);
	scols_unref_table(l.table);
	return r;
}
