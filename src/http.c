// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>
#include "http.h"
#include "util.h"

static const struct {
	int status;
	const char *words;
} statuses[] = {
	{200, "OK"},
	{400, "Bad Request"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{431, "Request Header Fields Too Large"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

/* Nothing but what may stand in a request line and in fields; so no NUL either. */
static bool is_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((text[i] >= 0 && text[i] < ' ' && !strchr("\t\r\n", text[i])) || !text[i] ||
		    text[i] == 0x7f)
			return false;
	return true;
}

static bool is_method(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	return n > 0;
}

/* "METHOD SP TARGET SP HTTP/1.x" */
static int judge_line(const char *line, size_t n, const char *path)
{
	const char *end = line + n, *target, *version;
	size_t len = strlen(path);

	target = memchr(line, ' ', n);
	if (!target || !is_method(line, target - line))
		return 400;
	target++;
	version = memchr(target, ' ', end - target);
	if (!version || version == target || end - version != 9 ||
	    memcmp(version + 1, "HTTP/", 5) != 0 || version[7] != '.')
		return 400;
	if (version[6] != '1')
		return 505;
	if ((size_t)(version - target) < len || memcmp(target, path, len) != 0 ||
	    (target[len] != ' ' && target[len] != '?'))
		return *target == '/' ? 404 : 400;
	return strncmp(line, "GET ", 4) == 0 ? 200 : 405;
}

int http_judge(const char *request, size_t n, const char *path)
{
	const char *line_end, *end;

	if (!is_text(request, n))
		return 400;
	line_end = memmem(request, n, "\r\n", 2);
	end = memmem(request, n, "\r\n\r\n", 4);
	if (!end)
		return n >= HTTP_REQUEST_MAX ? 431 : 0;
	return judge_line(request, line_end - request, path);
}

char *http_answer(int status, const char *body)
{
	_cleanup_free_ char *words = NULL;
	char *answer;
	size_t i = 0;

	while (i < ARRAY_SIZE(statuses) - 1 && statuses[i].status != status)
		i++;
	if (!body && asprintf(&words, "%d %s\n", status, statuses[i].words) < 0) {
		words = NULL;
		return NULL;
	}
	body = body ?: words;
	if (asprintf(&answer,
		     "HTTP/1.1 %d %s\r\n"
		     "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		     "Content-Length: %zu\r\n"
		     "%s"
		     "Connection: close\r\n\r\n%s",
		     status, statuses[i].words, strlen(body), status == 405 ? "Allow: GET\r\n" : "",
		     body) < 0)
		return NULL;
	return answer;
}
