// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl log: what the audit log has.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "chain.h"
#include "cli.h"
#include "describe.h"
#include "log.h"
#include "logcheck.h"
#include "logfile.h"
#include "logpath.h"
#include "logquery.h"
#include "logrows.h"

struct listing {
	const struct cli *cli;
	struct logquery query;
	struct logrows rows;
};

static void flush(void *userdata)
{
	fflush(stdout);
}

static bool looks_whole(const struct logfile_line *line)
{
	struct chain_line l;

	return !line->unfinished && chain_parse(line->text, line->size, &l) != -EBADMSG;
}

/*
 * What ownerd has written is JSON as it stands, and nobody needs to know what it says; who can
 * write to the file can make what looks so.
 */
static bool is_told_as_it_is(const struct listing *l, const struct logfile_line *line)
{
	return l->cli->format == OUTPUT_JSON && logquery_is_any(&l->query) && !line->unfinished &&
	       chain_is_whole(line->text, line->size);
}

static int list_line(void *userdata, const struct logfile_line *line)
{
	struct listing *l = userdata;
	_cleanup_(logrecord_done) struct logrecord r = {};
	bool whole = looks_whole(line);

	if (is_told_as_it_is(l, line)) {
		output_json_text(line->text, line->size);
		return ferror(stdout) ? -EPIPE : 0;
	}
	if (whole && !logquery_may_match(&l->query, line->text, line->size))
		return 0;
	if (!whole || logrecord_read(&r, line->text, line->size) < 0) {
		log_warning("%s:%" PRIu64 ": this is no record, and is left out; see ownerctl log "
			    "--verify",
			    line->file, line->number);
		return 0;
	}
	if (!logquery_matches(&l->query, &r))
		return 0;
	if (l->cli->format == OUTPUT_JSON)
		output_json_text(line->text, line->size);
	else
		logrows_print(&l->rows, &r);
	return ferror(stdout) ? -EPIPE : 0;
}

int cmd_log(const struct cli *cli)
{
	struct listing l = {.cli = cli};
	const struct logfile file = {.handler = list_line, .idle = flush, .userdata = &l};
	_cleanup_free_ char *path = NULL, *error = NULL;
	_cleanup_json_ struct json_object *last = NULL;
	struct logquery_options wanted = cli->log;
	int r = logpath_find(cli, &path, &last);

	if (r)
		return r;
	if (cli->verify)
		return logcheck_run(cli, path, last);
	wanted.device = cli->filter.device;
	logrows_init(&l.rows, cli->format == OUTPUT_RAW, !cli->no_headings);
	r = logquery_init(&l.query, &wanted, &error);
	if (r >= 0)
		r = logfile_read(&file, path, cli->follow, &error);
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
