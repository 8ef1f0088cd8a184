// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include "audit.h"
#include "describe.h"
#include "journal.h"
#include "log.h"
#include "util.h"

#define LINE_MAX_SIZE (1024 * 1024) /* longer is no record of ours */

static int64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / NSEC_PER_USEC;
}

static const char *boot_id(void)
{
	static char id[40];
	_cleanup_fclose_ FILE *f = id[0] ? NULL : fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f && fgets(id, sizeof(id), f))
		id[strcspn(id, "\n")] = '\0';
	return id[0] ? id : "unknown";
}

/* Taking up the chain. */

/* The file's last whole line, without its newline; *ret_cut: how many bytes come after it. */
static int last_line(int fd, char **ret, size_t *ret_size, uint64_t *ret_cut)
{
	off_t end = lseek(fd, 0, SEEK_END), from = end > LINE_MAX_SIZE ? end - LINE_MAX_SIZE : 0;
	_cleanup_free_ char *text = end < 0 ? NULL : malloc(end - from + 1);
	size_t stop, start = 0;
	const char *newline;
	ssize_t n;

	if (end < 0)
		return -ESPIPE;
	if (!text)
		return -ENOMEM;
	n = pread(fd, text, end - from, from);
	if (n < 0)
		return -EIO;
	newline = memrchr(text, '\n', n);
	stop = newline ? newline - text : 0;
	*ret_cut = newline ? n - stop - 1 : (size_t)n;
	if (!newline)
		return -ENODATA;
	newline = memrchr(text, '\n', stop);
	if (newline)
		start = newline - text + 1;
	text[stop] = '\0';
	memmove(text, text + start, stop - start + 1);
	*ret_size = stop - start;
	*ret = TAKE_PTR(text);
	return 0;
}

/* What the last record tells: where the chain goes on, and since when nobody wrote. */
static void take_up(struct audit *a, const char *line, size_t size)
{
	struct json_object *last = json_tokener_parse(line);
	struct chain_line l;
	const char *act, *boot;

	if (!last)
		return;
	act = json_object_get_string(json_object_object_get(last, "act"));
	boot = json_object_get_string(json_object_object_get(last, "boot"));
	a->gap.from = json_object_get_int64(json_object_object_get(last, "time"));
	a->gap.down = true;
	a->gap.stopped = act && strcmp(act, "stop") == 0;
	a->gap.rebooted = boot && strcmp(boot, boot_id()) != 0;
	if (chain_parse(line, size, &l) == 0 && chain_is_whole(line, size)) {
		a->chain.seq = l.seq;
		memcpy(a->chain.hash, l.hash, CHAIN_HEX);
	}
	json_object_put(last);
}

static int read_last(struct audit *a, int fd, bool mend)
{
	_cleanup_free_ char *line = NULL;
	uint64_t cut = 0;
	size_t size = 0;
	int err = last_line(fd, &line, &size, &cut);

	if (err && err != -ENODATA)
		return err;
	if (!err)
		take_up(a, line, size);
	if (!mend || !cut)
		return err;
	/* Of a file that may only be appended to it cannot be: it stays, a line of its own. */
	a->torn = ftruncate(a->fd, lseek(fd, 0, SEEK_END) - cut) < 0;
	a->gap.cut = a->torn ? 0 : cut;
	log_warning("%s: its last record was not written to its end%s: %" PRIu64 " bytes", a->path,
		    a->torn ? "" : ", and is taken away", cut);
	return err;
}

static int take_up_chain(struct audit *a)
{
	_cleanup_free_ char *before = NULL;
	_cleanup_close_ int fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int err = fd < 0 ? -errno : read_last(a, fd, true);

	if (err != -ENODATA)
		return err;
	if (asprintf(&before, "%s.1", a->path) < 0)
		return -ENOMEM;
	close_fd(&fd);
	fd = open(before, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0)
		read_last(a, fd, false); /* what it cannot tell is a new chain */
	return 0;
}

/* O_NONBLOCK so that a FIFO in the file's place does not hold the daemon up. */
static int open_file(struct audit *a)
{
	_cleanup_close_ int fd = open(
		a->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	a->fd = TAKE_FD(fd);
	return take_up_chain(a);
}

int audit_open(struct audit *a, const char *path, enum config_fsync fsync)
{
	*a = (struct audit){.fd = -1, .fsync = fsync};
	if (!path)
		return 0;
	a->path = strdup(path);
	return a->path ? open_file(a) : -ENOMEM;
}

void audit_follow(struct audit *a, const struct audit *from)
{
	struct stat now, before;

	a->failed = from->failed;
	a->sync_failed = from->sync_failed;
	if (!a->path || !from->path || strcmp(a->path, from->path) != 0 || fstat(a->fd, &now) < 0 ||
	    fstat(from->fd, &before) < 0)
		return;
	if (now.st_size && (now.st_ino != before.st_ino || now.st_dev != before.st_dev))
		return;
	a->chain = from->chain;
	a->gap = from->gap;
}

void audit_reopen(struct audit *a)
{
	struct audit anew;
	int err = audit_open(&anew, a->path, a->fsync);

	audit_sync(a); /* while what fails is counted here */
	if (err) {
		log_error("%s: cannot be opened anew: %s; the file that was there is written on",
			  a->path, strerror(-err));
		audit_done(&anew);
		return;
	}
	audit_follow(&anew, a);
	audit_done(a);
	*a = anew;
}

/* Writing. */

/* One write a record.  What a full disk cuts short is taken back: a record is whole or not there.
 */
static int append(struct audit *a, const char *line, size_t len)
{
	ssize_t n;
	off_t end;

	if (a->torn && write(a->fd, "\n", 1) != 1)
		return -errno;
	a->torn = false;
	n = write(a->fd, line, len);
	if (n < 0)
		return -errno;
	if ((size_t)n == len)
		return 0;
	end = lseek(a->fd, 0, SEEK_END);
	a->torn = end < n || ftruncate(a->fd, end - n) < 0;
	return a->torn ? -EIO : -ENOSPC;
}

/* A host's name that is more than one is shown as what it is not. */
static void get_host(char *name, size_t size)
{
	if (gethostname(name, size) < 0)
		name[0] = '\0';
	name[size - 1] = '\0';
	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			    *c))
			*c = '?';
}

/* The object with what each record has before it; malloc'ed. */
static char *body_of(uint64_t when, struct json_object *record)
{
	char host[65], *body;
	int n;

	get_host(host, sizeof(host));
	n = asprintf(&body, "{\"host\":\"%s\",\"boot\":\"%s\",\"boottime\":%" PRIu64 ",%s", host,
		     boot_id(), (uint64_t)(when / NSEC_PER_USEC),
		     json_object_to_json_string_ext(
			     record, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) +
			     1);
	return n < 0 ? NULL : body;
}

static int write_record(struct audit *a, uint64_t when, struct json_object *record)
{
	_cleanup_free_ char *body = body_of(when, record), *line = NULL;
	struct chain next;
	size_t size = 0;
	int err = body ? chain_add(&a->chain, body, &line, &size, &next) : -ENOMEM;

	if (!err)
		err = append(a, line, size);
	if (!err)
		a->chain = next;
	return err;
}

static char *gap_message(const struct audit_gap *g)
{
	char *text;
	int n;

	if (g->down)
		n = asprintf(&text, "nobody wrote: %s%s%s; what follows may be of that time",
			     g->stopped ? "ownerd was stopped" : "ownerd ended without a word",
			     g->rebooted ? ", and the host was started anew" : "",
			     g->missed ? ", and the file took nothing" : "");
	else
		n = asprintf(&text, "the file took nothing (%s): %" PRIu64 " records are missing",
			     strerror(g->error), g->missed);
	return n < 0 ? NULL : text;
}

static struct json_object *gap_record(const struct audit_gap *g)
{
	_cleanup_free_ char *message = gap_message(g);
	struct json_object *o = describe_note("gap", "warn");

	json_object_object_add(o, "from", json_object_new_int64(g->from));
	json_object_object_add(o, "to", json_object_new_int64(now_usec()));
	json_object_object_add(o, "cause", json_object_new_string(g->down ? "down" : "unwritable"));
	json_object_object_add(o, "missed", json_object_new_int64(g->missed));
	if (g->error) {
		json_object_object_add(o, "error", json_object_new_int(g->error));
		describe_add(o, "errno", strerrorname_np(g->error));
	}
	if (g->cut)
		json_object_object_add(o, "cut", json_object_new_int64(g->cut));
	json_object_object_add(o, "message", json_object_new_string(message ?: "out of memory"));
	return o;
}

/* The gap before what comes now. */
static int close_gap(struct audit *a)
{
	struct json_object *o;
	int err;

	if (!a->gap.from)
		return 0;
	o = gap_record(&a->gap);
	err = write_record(a, boottime_ns(), o);
	if (!err) {
		journal_write(a->gap.missed ? LOG_WARNING : LOG_INFO, o, &a->chain);
		a->gap = (struct audit_gap){};
		a->dirty |= a->fsync != FSYNC_NEVER;
	}
	json_object_put(o);
	return err;
}

static void miss(struct audit *a, int err, uint64_t records)
{
	if (!a->gap.error)
		log_error("%s: cannot write: %s; records are lost until it can", a->path,
			  strerror(-err));
	if (!a->gap.from)
		a->gap.from = now_usec();
	a->gap.error = -err;
	a->gap.missed += records;
	a->failed += records;
}

void audit_write(struct audit *a, int level, uint64_t when, struct json_object *record)
{
	int err = -EBADF; /* no file */

	if (a->fd >= 0) {
		err = close_gap(a) ?: write_record(a, when, record);
		if (err)
			miss(a, err, 1);
		else
			a->dirty |= a->fsync == FSYNC_ALWAYS ||
				    (a->fsync == FSYNC_VIOLATIONS && level <= LOG_WARNING);
	}
	/* The chain may have grown by the gap and not by this. */
	journal_write(level, record, err ? NULL : &a->chain);
}

void audit_sync(struct audit *a)
{
	if (!a->dirty)
		return;
	a->dirty = false;
	if (fdatasync(a->fd) < 0 && !a->sync_failed++)
		log_error("%s: the disk does not take it: %s; the last records may be lost",
			  a->path, strerror(errno));
}

void audit_catch_up(struct audit *a)
{
	int err = a->fd >= 0 ? close_gap(a) : 0;

	if (err)
		miss(a, err, 0);
}

void audit_done(struct audit *a)
{
	if (a->fd >= 0)
		audit_sync(a);
	close_fd(&a->fd);
	free(a->path);
	*a = (struct audit){.fd = -1};
}
