// SPDX-License-Identifier: GPL-2.0-only
/*
 * libgcrypt does the hashing: small, with the processor's own instructions, and in the daemon
 * already, by libsystemd.
 */
#include <errno.h>
#include <gcrypt.h>
#include <inttypes.h>
#include <string.h>
#include "chain.h"
#include "util.h"

#define HASH_SIZE 32
#define TAIL_SIZE (sizeof(",\"hash\":\"\"}") - 1 + CHAIN_HEX)
#define SEQ_MAX   19 /* digits: below 2^63 */

static const char head[] = "{\"schema\":2,\"seq\":";
static const char head_1[] = "{\"schema\":1,";
static const char prev_key[] = ",\"prev\":\"";
static const char hash_key[] = ",\"hash\":\"";
static const char nobody[] = "0000000000000000000000000000000000000000000000000000000000000000";
_Static_assert(sizeof(nobody) == CHAIN_HEX + 1, "as long as a hash");

static void hash_of(const char *data, size_t size, char ret[static CHAIN_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[HASH_SIZE];

	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
		gcry_check_version(NULL);
		gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
	gcry_md_hash_buffer(GCRY_MD_SHA256, hash, data, size);
	for (size_t i = 0; i < HASH_SIZE; i++) {
		ret[2 * i] = digits[hash[i] >> 4];
		ret[2 * i + 1] = digits[hash[i] & 15];
	}
	ret[CHAIN_HEX] = '\0';
}

int chain_add(const struct chain *c, const char *body, char **ret, size_t *ret_size,
	      struct chain *ret_next)
{
	struct chain next = {.seq = c->seq + 1};
	size_t size = strlen(body);
	char *line;
	int n;

	n = asprintf(&line, "%s%" PRIu64 "%s%s\",%.*s%*s", head, next.seq, prev_key,
		     c->seq ? c->hash : nobody, (int)size - 2, body + 1, (int)TAIL_SIZE + 1, "");
	if (n < 0)
		return -ENOMEM;
	size = n - TAIL_SIZE - 1;
	hash_of(line, size, next.hash);
	sprintf(line + size, "%s%s\"}\n", hash_key, next.hash);
	*ret = line;
	*ret_size = n;
	*ret_next = next;
	return 0;
}

/* To its end in any case: a loop of known length, without a way out, is few instructions. */
static bool is_hash(const char *s)
{
	unsigned char other = 0;

	for (size_t i = 0; i < CHAIN_HEX; i++) {
		const unsigned char digit = s[i] - '0', letter = s[i] - 'a';

		other |= (digit > 9) & (letter > 5);
	}
	return !other && s[CHAIN_HEX] == '"';
}

static bool begins(const char **s, const char *end, const char *with)
{
	size_t n = strlen(with);

	if ((size_t)(end - *s) < n || memcmp(*s, with, n) != 0)
		return false;
	*s += n;
	return true;
}

int chain_parse(const char *line, size_t size, struct chain_line *ret)
{
	const char *s = line, *end = line + size;
	struct chain_line l = {};
	size_t digits = 0;

	if (begins(&s, end, head_1) && size > sizeof(head_1) && end[-1] == '}')
		return -ENOTSUP;
	if (!begins(&s, end, head))
		return -EBADMSG;
	for (; s < end && *s >= '0' && *s <= '9' && digits < SEQ_MAX; s++, digits++)
		l.seq = 10 * l.seq + (*s - '0');
	if (!l.seq || !begins(&s, end, prev_key) || (size_t)(end - s) < CHAIN_HEX + TAIL_SIZE + 3)
		return -EBADMSG;
	l.prev = s;
	s = end - TAIL_SIZE;
	if (!is_hash(l.prev) || !begins(&s, end, hash_key) || !is_hash(s) || end[-1] != '}')
		return -EBADMSG;
	l.hash = s;
	*ret = l;
	return 0;
}

bool chain_is_whole(const char *line, size_t size)
{
	char hash[CHAIN_HEX + 1];
	struct chain_line l;

	if (chain_parse(line, size, &l) < 0)
		return false;
	hash_of(line, size - TAIL_SIZE, hash);
	return memcmp(hash, l.hash, CHAIN_HEX) == 0;
}
