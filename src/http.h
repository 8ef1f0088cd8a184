/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of HTTP/1 as a scraper needs: one GET of one path on a connection, then its end (RFC
 * 9110, RFC 9112).  What a client sends is hostile text of bounded size; of its fields nothing is
 * read.
 */
#ifndef OWNERD_HTTP_H
#define OWNERD_HTTP_H

#include <stddef.h>

#define HTTP_REQUEST_MAX 8192

/*
 * The status that a request deserves: 200 for GET of `path`, with or without a query; 400, 404,
 * 405, 505; 431 when it is longer than HTTP_REQUEST_MAX.  0: its end has not been read yet.
 */
int http_judge(const char *request, size_t n, const char *path);

/* A whole answer, malloc'ed; NULL: no memory.  `body` NULL: the status in words. */
char *http_answer(int status, const char *body);

#endif
