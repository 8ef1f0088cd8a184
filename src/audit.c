// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "audit.h"
#include "log.h"
#include "util.h"

/* O_NONBLOCK so that a FIFO in the file's place does not hold the daemon up. */
int audit_reopen(struct audit *a)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!a->path)
		return 0;
	fd = open(a->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		  0640);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	close_fd(&a->fd);
	a->fd = TAKE_FD(fd);
	return 0;
}

int audit_open(struct audit *a, const char *path)
{
	*a = (struct audit){.fd = -1};
	if (!path)
		return 0;
	a->path = strdup(path);
	return a->path ? audit_reopen(a) : -ENOMEM;
}

/* What an operator reads at the default level: refusals, and every change of an owner. */
static int level_of(const struct owner_report *r)
{
	if (r->verdict != VERDICT_ALLOW)
		return LOG_WARNING;
	switch (r->act) {
	case ACT_CLAIM:
	case ACT_RELEASE:
		return LOG_INFO;
	case ACT_BIND:
	case ACT_UNBIND:
		return r->device.managed ? LOG_DEBUG : LOG_INFO;
	default:
		return LOG_DEBUG;
	}
}

/* One write a record.  What a full disk cuts short is taken back: a record is whole or not there.
 */
static int append(int fd, const char *line, size_t len)
{
	ssize_t n = write(fd, line, len);
	off_t end;

	if (n < 0)
		return -errno;
	if ((size_t)n == len)
		return 0;
	end = lseek(fd, 0, SEEK_END);
	if (end < n || ftruncate(fd, end - n) < 0)
		return -EIO;
	return -ENOSPC;
}

static void write_line(struct audit *a, struct json_object *event)
{
	_cleanup_free_ char *line = NULL;
	int n = asprintf(&line, "{\"schema\":%d,%s\n", AUDIT_SCHEMA,
			 json_object_to_json_string_ext(
				 event, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) +
				 1);
	int err;

	if (n < 0)
		line = NULL;
	err = line ? append(a->fd, line, n) : -ENOMEM;
	if (err && !a->failed++)
		log_error("%s: cannot write: %s; records are lost until it can", a->path,
			  strerror(-err));
}

void audit_write(struct audit *a, const struct owner_report *report, struct json_object *event)
{
	log_message(level_of(report), "%s",
		    json_object_get_string(json_object_object_get(event, "message")));
	if (a->fd >= 0)
		write_line(a, event);
}

void audit_done(struct audit *a)
{
	close_fd(&a->fd);
	free(a->path);
	*a = (struct audit){.fd = -1};
}
