// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "chain.h"
#include "logcheck.h"
#include "logfile.h"

struct check {
	const struct cli *cli;
	struct json_object *wrong; /* array of {file, line, seq, message} */
	uint64_t old;              /* records of schema 1, before the chain */
	uint64_t records, first;   /* of the chain; the number of its first one here */
	struct chain chain;
	uint64_t last_seq; /* the daemon's; 0: not known */
	const char *last_hash;
};

static void complain(struct check *c, const struct logfile_line *line, uint64_t seq,
		     const char *fmt, ...) _printf_(4, 5);
static void complain(struct check *c, const struct logfile_line *line, uint64_t seq,
		     const char *fmt, ...)
{
	struct json_object *o = output_must(json_object_new_object());
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		output_must(NULL);
	va_end(ap);
	if (line) {
		field_add(o, "file", "%s", line->file);
		json_object_object_add(o, "line", json_object_new_int64(line->number));
	}
	if (seq)
		json_object_object_add(o, "seq", json_object_new_int64(seq));
	field_add(o, "message", "%s", text);
	json_object_array_add(c->wrong, o);
	if (c->cli->format == OUTPUT_TEXT && line)
		output_line("%s:%" PRIu64 ": %s", line->file, line->number, text);
	else if (c->cli->format == OUTPUT_TEXT)
		output_line("%s", text);
	free(text);
}

static bool is_first(const struct chain_line *l)
{
	return l->seq == 1 && strspn(l->prev, "0") >= CHAIN_HEX;
}

/* How it follows the record before, which there is. */
static void check_order(struct check *c, const struct logfile_line *line,
			const struct chain_line *l)
{
	uint64_t before = c->chain.seq;

	if (is_first(l))
		complain(c, line, l->seq,
			 "a new chain begins: nothing connects it with record %" PRIu64
			 " before it",
			 before);
	else if (l->seq > before + 1)
		complain(c, line, l->seq,
			 "record %" PRIu64 " follows record %" PRIu64 ": %" PRIu64
			 " between them are missing",
			 l->seq, before, l->seq - before - 1);
	else if (l->seq <= before)
		complain(c, line, l->seq,
			 "record %" PRIu64 " stands after record %" PRIu64
			 ": it was moved, or written twice",
			 l->seq, before);
	else if (memcmp(l->prev, c->chain.hash, CHAIN_HEX) != 0)
		complain(c, line, l->seq,
			 "record %" PRIu64 " does not follow the record %" PRIu64
			 " that is there: that one is not what it was",
			 l->seq, before);
}

static void check_last(struct check *c, const struct logfile_line *line, const struct chain_line *l)
{
	if (l->seq == c->last_seq && memcmp(l->hash, c->last_hash, CHAIN_HEX) != 0)
		complain(c, line, l->seq, "record %" PRIu64 " is not the one that the daemon wrote",
			 l->seq);
}

static int check_line(void *userdata, const struct logfile_line *line)
{
	struct check *c = userdata;
	struct chain_line l;
	int err = line->unfinished ? -EBADMSG : chain_parse(line->text, line->size, &l);

	if (err == -ENOTSUP && !c->records) {
		c->old++;
		return 0;
	}
	if (err) {
		complain(c, line, 0, "this is no record: %s",
			 line->unfinished  ? "its end is missing"
			 : err == -ENOTSUP ? "it is of schema 1, which has no hashes"
					   : "it is not as ownerd writes them");
		return 0;
	}
	if (!chain_is_whole(line->text, line->size))
		complain(c, line, l.seq,
			 "record %" PRIu64 " was changed: its hash is not that of its bytes",
			 l.seq);
	if (c->records++)
		check_order(c, line, &l);
	else
		c->first = l.seq;
	check_last(c, line, &l);
	c->chain.seq = l.seq;
	memcpy(c->chain.hash, l.hash, CHAIN_HEX);
	return 0;
}

static void print_text(const struct check *c)
{
	if (array_length(c->wrong)) {
		output_line("%" PRIu64 " records, of which %zu break the chain", c->records,
			    array_length(c->wrong));
		return;
	}
	if (c->old)
		output_line("%" PRIu64 " records are of schema 1, which has no hashes: nothing can "
			    "be said of them",
			    c->old);
	if (!c->records) {
		output_line("no record has a hash");
		return;
	}
	if (c->first > 1)
		output_line("the records before %" PRIu64 " are in none of these files", c->first);
	output_line("records %" PRIu64 " to %" PRIu64 ": none was removed, moved or changed",
		    c->first, c->chain.seq);
	output_line("the last one's hash: %s", c->chain.hash);
	output_line(c->last_seq ? "The daemon has written no others.  Who can write the file could "
				  "still have written all of it anew."
				: "Whether others came after it is not known: the daemon does not "
				  "run, or writes another file.");
}

static void print_json(const struct check *c)
{
	_cleanup_json_ struct json_object *o = output_must(json_object_new_object());

	json_object_object_add(o, "unchained", json_object_new_int64(c->old));
	json_object_object_add(o, "records", json_object_new_int64(c->records));
	json_object_object_add(o, "first", json_object_new_int64(c->first));
	json_object_object_add(o, "last", json_object_new_int64(c->chain.seq));
	field_add(o, "hash", "%s", c->chain.hash);
	json_object_object_add(o, "end_known", json_object_new_boolean(c->last_seq > 0));
	json_object_object_add(o, "wrong", json_object_get(c->wrong));
	output_json(o);
}

int logcheck_run(const struct cli *cli, const char *path, struct json_object *last)
{
	_cleanup_json_ struct json_object *wrong = output_must(json_object_new_array());
	_cleanup_free_ char *error = NULL;
	struct check c = {
		.cli = cli,
		.wrong = wrong,
		.last_seq = field_int(last, "seq"),
		.last_hash = field_string(last, "hash"),
	};
	const struct logfile file = {.handler = check_line, .userdata = &c};
	int r;

	if (!c.last_hash || strlen(c.last_hash) != CHAIN_HEX)
		c.last_seq = 0;
	r = logfile_read(&file, path, false, &error);
	if (r < 0)
		return cli_fail(r, error);
	if (c.chain.seq < c.last_seq)
		complain(&c, NULL, 0,
			 "the end is missing: the daemon has written up to record %" PRIu64
			 ", here is %" PRIu64,
			 c.last_seq, c.chain.seq);
	if (cli->format == OUTPUT_JSON)
		print_json(&c);
	else
		print_text(&c);
	return array_length(wrong) ? CLI_NO : CLI_OK;
}
