// SPDX-License-Identifier: GPL-2.0-only
/* A line of the audit log: as it comes, and with the hash that makes it one of ownerd's. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "chain.h"
#include "logrecord.h"
#include "util.h"

static void read_line(const char *line, size_t size)
{
	_cleanup_(logrecord_done) struct logrecord r = {};
	_cleanup_free_ char *text = NULL;

	if (logrecord_read(&r, line, size) < 0)
		return;
	text = logvalue_text(r.message);
	logvalue_is(r.task.comm, "sh");
	logvalue_int(r.time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct chain start = {};
	_cleanup_free_ char *body = strndup((const char *)data, size), *line = NULL;
	_cleanup_free_ char *exact = NULL;
	struct chain next;
	size_t n;

	read_line(body, strlen(body));
	if (strlen(body) < 2 || chain_add(&start, body, &line, &n, &next) < 0)
		return 0;
	/* No byte more than the line has: what is read beyond it is found. */
	exact = malloc(n - 1);
	memcpy(exact, line, n - 1);
	read_line(exact, n - 1);
	return 0;
}
