// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl top: users' groups by what they have mapped, again and again.
 */
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <sys/ioctl.h>
#include <time.h>
#include "cli.h"

#define INTERVAL_USEC (2 * USEC_PER_SEC)

/* One group at one moment; its rates are since the moment before. */
struct row {
	struct json_object *group; /* borrowed of the sample */
	bool counted;
	uint64_t bytes, mapped, calls;
	double mapped_rate, calls_rate; /* a second */
};

struct sample {
	struct json_object *groups;
	struct row *rows;
	size_t n;
	int64_t at; /* microseconds */
};

static void sample_done(struct sample *s)
{
	json_object_put(s->groups);
	free(s->rows);
	*s = (struct sample){};
}

static bool maps_field(struct json_object *maps, const char *key, uint64_t *ret)
{
	struct json_object *value;

	if (!json_object_object_get_ex(maps, key, &value))
		return false;
	*ret = json_object_get_uint64(value);
	return true;
}

static void read_row(struct row *row, struct json_object *group)
{
	struct json_object *maps = field_object(group, "maps");

	row->group = group;
	row->counted = maps_field(maps, "bytes", &row->bytes) &&
		       maps_field(maps, "mapped", &row->mapped) &&
		       maps_field(maps, "calls", &row->calls);
}

static const struct row *find_row(const struct sample *s, int64_t group)
{
	for (size_t i = 0; i < s->n; i++)
		if (field_int(s->rows[i].group, "group") == group)
			return &s->rows[i];
	return NULL;
}

/* A holder that came meanwhile has a domain of his own, which begins at nothing. */
static void add_rates(struct sample *now, const struct sample *before)
{
	double seconds = (double)(now->at - before->at) / USEC_PER_SEC;

	for (size_t i = 0; i < now->n && seconds > 0; i++) {
		struct row *row = &now->rows[i];
		const struct row *old = find_row(before, field_int(row->group, "group"));

		if (!row->counted || !old || !old->counted || row->mapped < old->mapped ||
		    row->calls < old->calls)
			continue;
		row->mapped_rate = (row->mapped - old->mapped) / seconds;
		row->calls_rate = (row->calls - old->calls) / seconds;
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return field_int(x->group, "group") < field_int(y->group, "group") ? -1 : 1;
}

static int64_t monotonic_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * USEC_PER_SEC + now.tv_nsec / NSEC_PER_USEC;
}

static int take_sample(struct source *source, const struct sample *before, struct sample *ret,
		       char **ret_error)
{
	const struct source_filter users = {.owner = "user"};
	struct sample s = {};
	int r = source_groups(source, &users, &s.groups, ret_error);

	if (r < 0)
		return r;
	s.at = monotonic_usec();
	s.n = array_length(s.groups);
	s.rows = output_must(calloc(s.n ? s.n : 1, sizeof(*s.rows)));
	for (size_t i = 0; i < s.n; i++)
		read_row(&s.rows[i], array_get(s.groups, i));
	add_rates(&s, before);
	qsort(s.rows, s.n, sizeof(*s.rows), compare_rows);
	*ret = s;
	return 0;
}

/* "1.5 GiB" */
static char *rounded(double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t unit = 0;

	for (; bytes >= 1024 && unit < ARRAY_SIZE(units) - 1; unit++)
		bytes /= 1024;
	return output_format(unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

enum { GROUP, MAPPED, MAPPINGS, RATE, CALLS, HOLDER, UNIT, DEVICES, COLUMNS };

static const struct {
	const char *name;
	double width;
	int flags;
} columns[COLUMNS] = {
	[GROUP] = {"GROUP", 0, SCOLS_FL_RIGHT},       [MAPPED] = {"MAPPED", 0, SCOLS_FL_RIGHT},
	[MAPPINGS] = {"MAPPINGS", 0, SCOLS_FL_RIGHT}, [RATE] = {"MAPPED/s", 0, SCOLS_FL_RIGHT},
	[CALLS] = {"CALLS/s", 0, SCOLS_FL_RIGHT},     [HOLDER] = {"HOLDER", 20, SCOLS_FL_TRUNC},
	[UNIT] = {"UNIT", 16, SCOLS_FL_TRUNC},        [DEVICES] = {"DEVICES", 12, SCOLS_FL_TRUNC},
};

static char *devices_text(struct json_object *group)
{
	struct json_object *devices = field_array(group, "devices");
	char *text = output_format("%s", "");

	for (size_t i = 0; i < array_length(devices); i++) {
		_cleanup_free_ char *before = text, *name = output_device(array_get(devices, i));

		text = output_format("%s%s%s", before, i ? " " : "", name);
	}
	return text;
}

static char *cell(const struct row *row, int column)
{
	struct json_object *holder = field_object(row->group, "holder");
	_cleanup_free_ char *number = NULL;
	uint64_t mappings;

	if (column >= MAPPED && column <= CALLS && !row->counted)
		return output_format("?");
	switch (column) {
	case GROUP:
		return output_format("%" PRId64, field_int(row->group, "group"));
	case MAPPED:
		number = rounded(row->bytes);
		return output_format(
			"%s%s", field_bool(field_object(row->group, "maps"), "at_least") ? ">" : "",
			number);
	case MAPPINGS:
		return maps_field(field_object(row->group, "maps"), "mappings", &mappings)
			       ? output_format("%" PRIu64, mappings)
			       : output_format("?");
	case RATE:
		return rounded(row->mapped_rate);
	case CALLS:
		return output_format("%.0f", row->calls_rate);
	case HOLDER:
		return holder ? output_task(holder) : output_format("unknown");
	case UNIT:
		return output_format("%s", field_string(holder, "unit") ?: "-");
	default:
		return devices_text(row->group);
	}
}

static void print_table(const struct sample *s, size_t rows)
{
	struct libscols_table *table = output_must(scols_new_table());

	scols_table_enable_noencoding(table, 1); /* cells come escaped */
	for (size_t i = 0; i < COLUMNS; i++)
		output_must(scols_table_new_column(table, columns[i].name, columns[i].width,
						   columns[i].flags));
	for (size_t i = 0; i < s->n && i < rows; i++) {
		struct libscols_line *line = output_must(scols_table_new_line(table, NULL));

		for (int j = 0; j < COLUMNS; j++) {
			_cleanup_free_ char *text = cell(&s->rows[i], j);
			_cleanup_free_ char *safe = output_escape(text);

			if (scols_line_set_data(line, j, safe) < 0)
				output_must(NULL);
		}
	}
	scols_print_table(table);
	scols_unref_table(table);
}

static void print_raw(const struct sample *s)
{
	for (size_t i = 0; i < s->n; i++) {
		char *cells[COLUMNS];

		for (int j = 0; j < COLUMNS; j++)
			cells[j] = cell(&s->rows[i], j);
		if (s->rows[i].counted) { /* in bytes, not for people */
			free(cells[MAPPED]);
			free(cells[RATE]);
			cells[MAPPED] = output_format("%" PRIu64, s->rows[i].bytes);
			cells[RATE] = output_format("%.0f", s->rows[i].mapped_rate);
		}
		output_raw((const char *const *)cells, COLUMNS);
		for (int j = 0; j < COLUMNS; j++)
			free(cells[j]);
	}
}

static void print_json(const struct sample *s)
{
	_cleanup_json_ struct json_object *reply = output_must(json_object_new_object());
	struct json_object *list = output_must(json_object_new_array());

	json_object_object_add(reply, "groups", list);
	for (size_t i = 0; i < s->n; i++) {
		const struct row *row = &s->rows[i];
		struct json_object *group = json_object_get(row->group);

		if (row->counted) {
			json_object_object_add(group, "mapped_per_second",
					       json_object_new_double(row->mapped_rate));
			json_object_object_add(group, "calls_per_second",
					       json_object_new_double(row->calls_rate));
		}
		json_object_array_add(list, group);
	}
	output_json(reply);
}

/* How many rows fit below the line of the time and the headings. */
static size_t screen_rows(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row < 4)
		return SIZE_MAX;
	return size.ws_row - 3;
}

static void print_screen(const struct sample *s)
{
	_cleanup_free_ char *now = output_local(output_now());

	printf("\033[H\033[J%s  %zu group%s of users\n", now, s->n, s->n == 1 ? "" : "s");
	if (s->n)
		print_table(s, screen_rows());
	fflush(stdout);
}

static void print_once(const struct cli *cli, const struct sample *s)
{
	if (cli->format == OUTPUT_JSON)
		print_json(s);
	else if (cli->format == OUTPUT_RAW)
		print_raw(s);
	else
		print_table(s, SIZE_MAX);
}

/* Again and again on a terminal; elsewhere once, when there are two moments to compare. */
int cmd_top(const struct cli *cli)
{
	const bool live = cli->format == OUTPUT_TEXT && isatty(STDOUT_FILENO);
	_cleanup_source_ struct source *source = NULL;
	_cleanup_(sample_done) struct sample before = {};
	_cleanup_free_ char *error = NULL;
	int r = cli_open(cli, false, &source);

	if (r)
		return r;
	for (bool first = true;; first = false) {
		struct sample now;

		r = take_sample(source, &before, &now, &error);
		if (r < 0)
			return cli_fail(r, error);
		sample_done(&before);
		before = now;
		if (live)
			print_screen(&before);
		else if (!first)
			print_once(cli, &before);
		if ((!live && !first) || ferror(stdout))
			return ferror(stdout) ? CLI_DOWN : CLI_OK;
		usleep(live ? INTERVAL_USEC : USEC_PER_SEC);
	}
}
