// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>
#include "logrows.h"
#include "output.h"

#define WIDEST 40 /* that a column becomes */

/* Text that is safe to look at: of the line itself, mostly. */
struct cell {
	const char *text;
	size_t size;
	char *own; /* what is to be freed */
};

static const struct {
	const char *name;
	size_t least; /* what most of them take */
	bool right;
} columns[LOGROWS_COLUMNS] = {
	{"TIME", 19, false},   {"SEQ", 6, true},   {"GROUP", 5, true},     {"ACT", 7, false},
	{"VERDICT", 7, false}, {"WHO", 16, false}, {"SUBJECT", 12, false}, {"MESSAGE", 0, false},
};

static size_t screen_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

void logrows_init(struct logrows *rows, bool raw, bool headings)
{
	*rows = (struct logrows){
		.raw = raw,
		.headings = headings && !raw,
		.color = output_color(),
		.screen = screen_columns(),
	};
	for (size_t i = 0; i < LOGROWS_COLUMNS; i++)
		rows->widths[i] = columns[i].least;
}

/* Takes the text; nothing, and what is not there, is "-". */
static struct cell cell_take(const struct logrows *rows, char *text)
{
	struct cell c = {.text = "-", .size = 1};

	if (text && *text)
		c.own = rows->raw ? output_escape_raw(text, "") : output_escape(text);
	if (c.own)
		c = (struct cell){c.own, strlen(c.own), c.own};
	free(text);
	return c;
}

static struct cell cell_of(const struct logrows *rows, struct logvalue v)
{
	struct cell c = {};

	return logvalue_plain(v, &c.text, &c.size) ? c : cell_take(rows, logvalue_text(v));
}

/* How many columns the text takes, and how many bytes fit into `most` of them. */
static size_t columns_of(const struct cell *c, size_t most, size_t *ret_size)
{
	size_t at = 0, width = 0;
	mbstate_t state = {};

	if (output_is_plain(c->text, c->size)) {
		*ret_size = c->size < most ? c->size : most;
		return *ret_size;
	}
	while (at < c->size) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, c->text + at, c->size - at, &state);
		int w = n && n <= c->size ? wcwidth(wc) : -1;

		if (w < 0 || width + w > most)
			break;
		width += w;
		at += n;
	}
	*ret_size = at;
	return width;
}

/* A name may be as long as its owner likes: those after it need not have room for that. */
static size_t widen(size_t before, size_t width)
{
	size_t w = width < WIDEST ? width : WIDEST;

	return w > before ? w : before;
}

static void put_blanks(size_t width, size_t of)
{
	for (; width < of; width++)
		putchar_unlocked(' ');
}

/* The last cell of a line is cut where the screen ends. */
static void put_line(struct logrows *rows, const struct cell *cells)
{
	size_t before = 0;

	for (size_t i = 0; i < LOGROWS_COLUMNS; i++) {
		bool last = i + 1 == LOGROWS_COLUMNS, cut = last && rows->screen > before;
		size_t size, width = columns_of(&cells[i], cut ? rows->screen - before : SIZE_MAX,
						&size);

		rows->widths[i] = widen(rows->widths[i], width);
		if (columns[i].right)
			put_blanks(width, rows->widths[i]);
		fwrite_unlocked(cells[i].text, 1, size, stdout);
		if (!columns[i].right && !last)
			put_blanks(width, rows->widths[i]);
		putchar_unlocked(last ? '\n' : ' ');
		before += (width > rows->widths[i] ? width : rows->widths[i]) + 1;
	}
}

static void put_headings(struct logrows *rows)
{
	struct cell cells[LOGROWS_COLUMNS];

	for (size_t i = 0; i < LOGROWS_COLUMNS; i++)
		cells[i] = (struct cell){columns[i].name, strlen(columns[i].name), NULL};
	put_line(rows, cells);
	rows->headings = false;
}

static void put_fields(const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fwrite_unlocked(cells[i].text, 1, cells[i].size, stdout);
		putchar_unlocked(i + 1 == n ? '\n' : '\t');
	}
}

static void done(struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(cells[i].own);
}

/* Who did it; of a release, who held it. */
static const struct logtask *who(const struct logrecord *r)
{
	return r->task.pid.at ? &r->task : &r->holder;
}

static struct logvalue subject_of(const struct logtask *task)
{
	const struct logvalue names[] = {task->vm, task->container_name, task->container,
					 task->unit};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].at)
			return names[i];
	return (struct logvalue){};
}

static char *name_of(const struct logtask *task)
{
	_cleanup_free_ char *comm = logvalue_text(task->comm), *pid = logvalue_text(task->pid);

	return pid ? output_format("%s[%s]", comm ? comm : "?", pid) : NULL;
}

/* Most names are plain, and short. */
static struct cell cell_who(struct logrows *rows, const struct logtask *task)
{
	size_t comm_size, pid_size, size;
	const char *comm, *pid;
	char *to = rows->who;

	if (!logvalue_plain(task->comm, &comm, &comm_size) ||
	    !logvalue_plain(task->pid, &pid, &pid_size))
		return cell_take(rows, name_of(task));
	size = comm_size + pid_size + 2;
	if (size > sizeof(rows->who))
		return cell_take(rows, name_of(task));
	to = mempcpy(to, comm, comm_size);
	*to++ = '[';
	to = mempcpy(to, pid, pid_size);
	*to = ']';
	return (struct cell){rows->who, size, NULL};
}

/* Records of one second, which are many where there are many, have their time put into words once.
 */
static struct cell cell_time(struct logrows *rows, int64_t time)
{
	const int64_t second = time / (int64_t)USEC_PER_SEC;
	_cleanup_free_ char *text = NULL;

	if (second != rows->second || !rows->time[0]) {
		text = output_local(time);
		snprintf(rows->time, sizeof(rows->time), "%s", text);
		rows->second = second;
	}
	return (struct cell){rows->time, strlen(rows->time), NULL};
}

static char *device_of(const struct logrecord *r)
{
	_cleanup_free_ char *bus = logvalue_text(r->device.bus);
	_cleanup_free_ char *name = logvalue_text(r->device.name);

	return name ? output_device_name(bus, name) : NULL;
}

static const char *color_of(const struct logrows *rows, const struct logrecord *r)
{
	if (!rows->color || logvalue_is(r->verdict, "allow"))
		return NULL;
	return logvalue_is(r->verdict, "deny") ? "\033[31m" : "\033[33m";
}

static void print_row(struct logrows *rows, const struct logrecord *r)
{
	const char *color = color_of(rows, r);
	struct cell cells[LOGROWS_COLUMNS] = {
		cell_time(rows, logvalue_int(r->time)),
		cell_of(rows, r->seq),
		cell_of(rows, r->group),
		cell_of(rows, r->act),
		cell_of(rows, r->verdict),
		cell_who(rows, who(r)),
		cell_of(rows, subject_of(who(r))),
		cell_of(rows, r->message),
	};

	if (rows->headings)
		put_headings(rows);
	if (color)
		fputs(color, stdout);
	put_line(rows, cells);
	if (color)
		fputs("\033[0m", stdout);
	done(cells, ARRAY_SIZE(cells));
}

static void print_fields(struct logrows *rows, const struct logrecord *r)
{
	struct cell cells[] = {
		cell_of(rows, r->time),        cell_of(rows, r->seq),
		cell_of(rows, r->group),       cell_of(rows, r->act),
		cell_of(rows, r->verdict),     cell_of(rows, r->by),
		cell_of(rows, r->reason),      cell_of(rows, r->errno_name),
		cell_of(rows, r->owner),       cell_of(rows, r->rule),
		cell_take(rows, device_of(r)), cell_of(rows, who(r)->pid),
		cell_of(rows, who(r)->comm),   cell_of(rows, subject_of(who(r))),
		cell_of(rows, r->message),
	};

	put_fields(cells, ARRAY_SIZE(cells));
	done(cells, ARRAY_SIZE(cells));
}

void logrows_print(struct logrows *rows, const struct logrecord *r)
{
	if (rows->raw)
		print_fields(rows, r);
	else
		print_row(rows, r);
}
