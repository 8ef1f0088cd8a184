// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl metrics: the daemon's numbers for Prometheus, printed or as the answer to one HTTP
 * request on standard input, which systemd has accepted (ownerd-metrics.socket).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include "cli.h"
#include "http.h"
#include "log.h"

#define PATH "/metrics"

#define REQUEST_SEC 5  /* for the whole request */
#define LIFE_SEC    15 /* for everything, also a client that does not read */

static int get_text(const struct cli *cli, struct json_object **ret, char **ret_error)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_json_ struct json_object *reply = NULL;
	int r = source_open(&source, cli->socket, false, ret_error);

	if (r >= 0)
		r = source_call(source, "io.ownerd.GetMetrics", NULL, &reply, ret_error);
	if (r < 0)
		return r;
	if (!field_string(reply, "text")) {
		*ret_error = output_format("ownerd's answer is none");
		return -EBADMSG;
	}
	*ret = TAKE_PTR(reply);
	return 0;
}

static uint64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* 1: something can be read, or it has ended; 0: not until then. */
static int wait_until(uint64_t deadline_ms)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	uint64_t now = monotonic_ms();
	int r;

	if (now >= deadline_ms)
		return 0;
	r = poll(&p, 1, (int)(deadline_ms - now));
	return r < 0 ? errno == EINTR : r;
}

/* The status that is to be answered; -1: nobody is there any more. */
static int read_request(void)
{
	uint64_t deadline = monotonic_ms() + REQUEST_SEC * 1000;
	char request[HTTP_REQUEST_MAX];
	size_t n = 0;
	int status = 0;

	while (!status) {
		ssize_t got;

		if (!wait_until(deadline))
			return 408;
		got = read(STDIN_FILENO, request + n, sizeof(request) - n);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got == 0 && n ? 400 : -1;
		n += got;
		status = http_judge(request, n, PATH);
	}
	return status;
}

/*
 * What the client has sent and nobody read would have the kernel reset the connection, and the
 * answer be lost.  For a second, and not without end.
 */
static void close_gently(void)
{
	uint64_t deadline = monotonic_ms() + 1000;
	char rest[HTTP_REQUEST_MAX];

	fflush(stdout);
	if (shutdown(STDOUT_FILENO, SHUT_WR) < 0)
		return;
	for (int i = 0; i < 64 && wait_until(deadline); i++)
		if (read(STDIN_FILENO, rest, sizeof(rest)) <= 0)
			return;
}

static int serve(const struct cli *cli)
{
	_cleanup_json_ struct json_object *reply = NULL;
	_cleanup_free_ char *error = NULL, *answer = NULL;
	int status;

	alarm(LIFE_SEC); /* ends the process, and with it the connection */
	status = read_request();
	if (status < 0)
		return CLI_OK;
	if (status == 200 && get_text(cli, &reply, &error) < 0) {
		log_error("%s", error);
		status = 503;
	}
	answer = output_must(
		http_answer(status, status == 200 ? field_string(reply, "text") : NULL));
	fputs(answer, stdout);
	close_gently();
	return CLI_OK;
}

/* Line by line, so that each passes through output_line(). */
static void print(char *text)
{
	char *next = text;

	for (char *line = strsep(&next, "\n"); line; line = strsep(&next, "\n"))
		if (*line)
			output_line("%s", line);
}

int cmd_metrics(const struct cli *cli)
{
	_cleanup_json_ struct json_object *reply = NULL;
	_cleanup_free_ char *error = NULL, *text = NULL;
	int r;

	if (cli->http)
		return serve(cli);
	r = get_text(cli, &reply, &error);
	if (r < 0)
		return cli_fail(r, error);
	if (cli->format == OUTPUT_JSON) {
		output_json(reply);
		return CLI_OK;
	}
	text = output_format("%s", field_string(reply, "text"));
	print(text);
	return CLI_OK;
}
