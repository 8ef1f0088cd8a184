// SPDX-License-Identifier: GPL-2.0-only
/*
 * By read(2) and not mapped: a file that is cut while it is read is then no fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include "logfile.h"
#include "output.h"
#include "text.h"

#define FILES_MAX   1000
#define READ_SIZE   (1024 * 1024)
#define FOLLOW_NSEC 200000000

struct reader {
	const struct logfile *l;
	const char *file;
	int fd;
	char *buffer;
	size_t used, room;
	bool skipping; /* the rest of a line that is too long */
	uint64_t number;
};

static void reader_done(struct reader *r)
{
	free(r->buffer);
	close_fd(&r->fd);
}

static int hand_over(struct reader *r, const char *text, size_t size, bool unfinished)
{
	const struct logfile_line line = {r->file, ++r->number, text, size, unfinished};

	return r->l->handler(r->l->userdata, &line);
}

/* Every whole line of the buffer; what is left of it moves to its beginning. */
static int take_lines(struct reader *r)
{
	char *start = r->buffer, *end = r->buffer + r->used, *newline;
	int err = 0;

	while (!err && (newline = memchr(start, '\n', end - start))) {
		if (!r->skipping)
			err = hand_over(r, start, newline - start, false);
		r->skipping = false;
		start = newline + 1;
	}
	r->used = end - start;
	memmove(r->buffer, start, r->used);
	if (!err && r->used >= LOGFILE_LINE_MAX) {
		err = r->skipping ? 0 : hand_over(r, r->buffer, LOGFILE_LINE_MAX, false);
		r->skipping = true;
		r->used = 0;
	}
	return err;
}

/* All that the file has now. */
static int read_rest(struct reader *r, char **ret_error)
{
	ssize_t n;
	int err;

	for (;;) {
		if (r->room - r->used < READ_SIZE) {
			r->room += READ_SIZE + r->room;
			r->buffer = output_must(realloc(r->buffer, r->room));
		}
		n = read(r->fd, r->buffer + r->used, READ_SIZE);
		if (n < 0)
			return text_refuse(-errno, ret_error, "%s: %s", r->file, strerror(errno));
		if (n == 0)
			return 0;
		r->used += n;
		err = take_lines(r);
		if (err)
			return err;
	}
}

/* A line that has no end, and gets none. */
static int finish(struct reader *r)
{
	int err = r->used && !r->skipping ? hand_over(r, r->buffer, r->used, true) : 0;

	r->used = 0;
	r->skipping = false;
	return err;
}

static int open_reader(struct reader *r, const char *file, char **ret_error)
{
	struct stat st;

	r->file = file;
	r->number = 0;
	r->fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd < 0)
		return text_refuse(-errno, ret_error, "%s: %s%s", file, strerror(errno),
				   errno == EACCES ? "; the audit log is for root" : "");
	if (fstat(r->fd, &st) == 0 && !S_ISREG(st.st_mode))
		return text_refuse(-EINVAL, ret_error, "%s: it is no regular file", file);
	return 0;
}

static int read_file(const struct logfile *l, const char *file, char **ret_error)
{
	_cleanup_(reader_done) struct reader r = {.l = l, .fd = -1};

	return open_reader(&r, file, ret_error) ?: read_rest(&r, ret_error) ?: finish(&r);
}

static bool was_replaced(const struct reader *r)
{
	struct stat now, ours;

	return stat(r->file, &now) == 0 && fstat(r->fd, &ours) == 0 &&
	       (now.st_ino != ours.st_ino || now.st_dev != ours.st_dev);
}

/* One that was cut to nothing in its place begins anew. */
static void heed_cut(struct reader *r)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0 || st.st_size >= lseek(r->fd, 0, SEEK_CUR))
		return;
	lseek(r->fd, 0, SEEK_SET);
	r->used = r->number = 0;
}

static int follow_file(const struct logfile *l, const char *file, char **ret_error)
{
	const struct timespec pause = {.tv_nsec = FOLLOW_NSEC};
	_cleanup_(reader_done) struct reader r = {.l = l, .fd = -1};
	int err = open_reader(&r, file, ret_error);

	while (!err) {
		bool replaced = was_replaced(&r); /* before the rest of it is read */

		heed_cut(&r);
		err = read_rest(&r, ret_error);
		if (!err && l->idle)
			l->idle(l->userdata);
		if (!err && replaced) {
			err = finish(&r);
			close_fd(&r.fd);
			r.fd = -1;
			err = err ?: open_reader(&r, file, ret_error);
		} else if (!err) {
			nanosleep(&pause, NULL);
		}
	}
	return err;
}

int logfile_read(const struct logfile *l, const char *path, bool follow, char **ret_error)
{
	int n = 1, err = 0;

	for (; n < FILES_MAX; n++) {
		_cleanup_free_ char *file = output_format("%s.%d", path, n);

		if (access(file, F_OK) < 0)
			break;
	}
	while (!err && --n > 0) {
		_cleanup_free_ char *file = output_format("%s.%d", path, n);

		err = read_file(l, file, ret_error);
	}
	if (err)
		return err;
	if (follow)
		return follow_file(l, path, ret_error);
	err = read_file(l, path, ret_error);
	if (!err && l->idle)
		l->idle(l->userdata);
	return err;
}
