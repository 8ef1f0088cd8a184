// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include "accept.h"
#include "util.h"

#define REJECTED "policy.rejected"
#define ACCEPTED "policy.accepted"
#define LATEST   16

/* Weak for the tests; not const, or gcc would fold its value. */
__attribute__((weak)) const char *accept_dir = ACCEPT_DIR;

/* Files. */

static FILE *open_old(const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", accept_dir, name) < 0) {
		path = NULL;
		errno = ENOMEM;
		return NULL;
	}
	return fopen(path, "re");
}

/* The new file, for close_new(). */
static int open_new(const char *name, FILE **ret)
{
	_cleanup_free_ char *path = NULL;
	int fd;

	mkdir("/var/lib", 0755);
	mkdir(accept_dir, 0700);
	if (asprintf(&path, "%s/%s.new", accept_dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	*ret = fdopen(fd, "w");
	if (!*ret) {
		close(fd);
		return -ENOMEM;
	}
	return 0;
}

/* Puts it in the old one's place, once it is on the disk. */
static int close_new(const char *name, FILE *f)
{
	_cleanup_free_ char *from = NULL, *to = NULL;
	int err = fflush(f) || ferror(f) || fsync(fileno(f)) ? -EIO : 0;

	fclose(f);
	if (asprintf(&from, "%s/%s.new", accept_dir, name) < 0)
		from = NULL;
	if (asprintf(&to, "%s/%s", accept_dir, name) < 0)
		to = NULL;
	if (!err && (!from || !to))
		err = -ENOMEM;
	if (!err && rename(from, to) < 0)
		err = -errno;
	return err;
}

/* What was rejected. */

struct rejected {
	uint64_t contents[LATEST]; /* the oldest first */
	size_t n;
};

static void remove_content(struct rejected *r, uint64_t content)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->contents[i] != content)
			r->contents[n++] = r->contents[i];
	r->n = n;
}

static void add_content(struct rejected *r, uint64_t content)
{
	remove_content(r, content);
	if (r->n == LATEST)
		remove_content(r, r->contents[0]);
	r->contents[r->n++] = content;
}

static struct rejected read_rejected(void)
{
	_cleanup_fclose_ FILE *f = open_old(REJECTED);
	struct rejected r = {};
	uint64_t content;

	while (f && fscanf(f, "%" SCNx64, &content) == 1)
		add_content(&r, content);
	return r;
}

static int write_rejected(const struct rejected *r)
{
	FILE *f;
	int err = open_new(REJECTED, &f);

	if (err)
		return err;
	for (size_t i = 0; i < r->n; i++)
		fprintf(f, "%016" PRIx64 "\n", r->contents[i]);
	return close_new(REJECTED, f);
}

bool accept_is_rejected(uint64_t content)
{
	struct rejected r = read_rejected();

	for (size_t i = 0; i < r.n; i++)
		if (r.contents[i] == content)
			return true;
	return false;
}

int accept_reject(uint64_t content)
{
	struct rejected r = read_rejected();

	add_content(&r, content);
	return write_rejected(&r);
}

int accept_forget(uint64_t content)
{
	struct rejected r = read_rejected();

	if (!accept_is_rejected(content))
		return 0;
	remove_content(&r, content);
	return write_rejected(&r);
}

/* What was accepted: this, then the policy's four tables. */

struct accepted {
	char magic[8];
	uint32_t abi;
	uint32_t enforce;
	struct policy_generation head;
};

static const char magic[8] = "ownerd";

struct table {
	void **rows;
	size_t size;
	uint32_t n, max;
};

#define TABLES 4

static void tables_of(struct policy *p, struct table ret[static TABLES])
{
	ret[0] = (struct table){(void **)&p->selects, sizeof(*p->selects), p->head.selects,
				POLICY_SELECTS_MAX};
	ret[1] = (struct table){(void **)&p->rules, sizeof(*p->rules), p->head.rules,
				POLICY_RULES_MAX};
	ret[2] = (struct table){(void **)&p->matchers, sizeof(*p->matchers), p->head.matchers,
				POLICY_MATCHERS_MAX};
	ret[3] = (struct table){(void **)&p->drivers, sizeof(*p->drivers), p->head.drivers,
				POLICY_DRIVERS_MAX};
}

int accept_save(const struct policy *p, bool enforce)
{
	struct accepted head = {.abi = OWNER_ABI_VERSION, .enforce = enforce, .head = p->head};
	struct policy borrowed = *p;
	struct table tables[TABLES];
	FILE *f;
	int err = open_new(ACCEPTED, &f);

	if (err)
		return err;
	memcpy(head.magic, magic, sizeof(magic));
	head.head.hash = policy_hash(p);
	fwrite(&head, sizeof(head), 1, f);
	tables_of(&borrowed, tables);
	for (size_t i = 0; i < TABLES; i++)
		if (tables[i].n)
			fwrite(*tables[i].rows, tables[i].size, tables[i].n, f);
	return close_new(ACCEPTED, f);
}

static int read_tables(FILE *f, struct policy *p)
{
	struct table tables[TABLES];

	tables_of(p, tables);
	for (size_t i = 0; i < TABLES; i++) {
		if (tables[i].n > tables[i].max)
			return -EUCLEAN;
		*tables[i].rows = calloc(tables[i].n + 1, tables[i].size);
		if (!*tables[i].rows)
			return -ENOMEM;
		if (fread(*tables[i].rows, tables[i].size, tables[i].n, f) != tables[i].n)
			return -EUCLEAN;
	}
	return policy_hash(p) == p->head.hash ? 0 : -EUCLEAN;
}

/* They are another generation now, that has refused nothing yet. */
static void renew(struct policy *p)
{
	policy_number(p, 0);
	for (size_t i = 0; i < p->head.rules; i++) {
		struct policy_rule *rule = &p->rules[i];

		rule->denied = rule->would_deny = rule->first = rule->last = 0;
	}
}

int accept_load(struct policy *ret, bool *ret_enforce)
{
	_cleanup_fclose_ FILE *f = open_old(ACCEPTED);
	_cleanup_(policy_done) struct policy p = {};
	struct accepted head;
	int err;

	if (!f)
		return -errno;
	if (fread(&head, sizeof(head), 1, f) != 1 || memcmp(head.magic, magic, sizeof(magic)) != 0)
		return -EUCLEAN;
	if (head.abi != OWNER_ABI_VERSION)
		return -ESTALE;
	p.head = head.head;
	err = read_tables(f, &p);
	if (err)
		return err;
	renew(&p);
	*ret = p;
	*ret_enforce = head.enforce;
	p = (struct policy){};
	return 0;
}
