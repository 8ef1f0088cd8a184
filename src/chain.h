/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit log's chain: each line has the SHA-256 of the line before, and its own.
 *
 *   {"schema":2,"seq":SEQ,"prev":"HASH of the line before", ... ,"hash":"HASH"}
 *
 * A line's HASH is that of its bytes before `,"hash"`, which `prev` is among.  The first record of
 * a chain has the number 1 and only zeros for `prev`.
 */
#ifndef OWNERD_CHAIN_H
#define OWNERD_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAIN_SCHEMA 2
#define CHAIN_HEX    64 /* digits of a hash */

/* The last record; seq 0: there is none. */
struct chain {
	uint64_t seq;
	char hash[CHAIN_HEX + 1];
};

/* What a line says of itself; `prev` and `hash` point into it, CHAIN_HEX digits each. */
struct chain_line {
	uint64_t seq;
	const char *prev, *hash;
};

/*
 * The next record of the chain as a line with its newline: `body` is a JSON object, of which every
 * byte but the first one, a brace, is kept.  malloc'ed; *ret_next is the chain with it.  -ENOMEM.
 */
int chain_add(const struct chain *c, const char *body, char **ret, size_t *ret_size,
	      struct chain *ret_next);

/* A line without its newline.  -ENOTSUP: a record of schema 1, without hashes; -EBADMSG: none. */
int chain_parse(const char *line, size_t size, struct chain_line *ret);

/* Whether the line's hash is that of its bytes. */
bool chain_is_whole(const char *line, size_t size);

#endif
