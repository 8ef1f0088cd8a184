// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include "owner_abi.h"
#include "symbols.h"
#include "util.h"

/* The symbol that begins last before an address. */
struct symbol {
	uint64_t address;
	uint64_t begin; /* 0: not known */
	char name[128];
	char module[64];
};

/*
 * What was found is kept, since the list has hundreds of thousands of lines, and callers come
 * again; all is forgotten when there is no more room.  A module that takes the place of another is
 * told by the other's names until then.
 */
#define KEPT_MAX 256

static struct symbol kept[KEPT_MAX];
static size_t n_kept;

static struct symbol *find_kept(uint64_t address)
{
	for (size_t i = 0; i < n_kept; i++)
		if (kept[i].address == address)
			return &kept[i];
	return NULL;
}

/* One line of /proc/kallsyms: "ffffffffc0123450 t e1000_open\t[e1000]" */
static void try_line(const char *line, struct symbol **wanted, size_t n)
{
	char *rest;
	uint64_t begin = strtoull(line, &rest, 16);
	bool parsed = false;
	char name[128], module[64] = "";

	if (!begin || rest[0] != ' ' || !rest[1] || !strchr("tTwW", rest[1]))
		return;
	for (size_t i = 0; i < n; i++) {
		if (begin > wanted[i]->address || begin < wanted[i]->begin)
			continue;
		if (!parsed && sscanf(rest + 2, " %127s [%63[^]]]", name, module) < 1)
			return;
		parsed = true;
		wanted[i]->begin = begin;
		memcpy(wanted[i]->name, name, sizeof(name));
		memcpy(wanted[i]->module, module, sizeof(module));
	}
}

/* Finds those that are not kept yet, by one reading of the list. */
static void learn(const char *root, const uint64_t *addresses, size_t n)
{
	struct symbol *wanted[OWNER_STACK_DEPTH];
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0, n_wanted = 0;
	char path[256];

	if (n_kept + n > KEPT_MAX)
		n_kept = 0; /* none of this stack's is to be overwritten by another of it */
	for (size_t i = 0; i < n; i++) {
		struct symbol *s = &kept[n_kept];

		if (find_kept(addresses[i]))
			continue;
		*s = (struct symbol){.address = addresses[i]};
		wanted[n_wanted++] = s;
		n_kept++;
	}
	if (!n_wanted)
		return;
	snprintf(path, sizeof(path), "%s/proc/kallsyms", root);
	f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0)
		try_line(line, wanted, n_wanted);
}

/* A program, or the trampoline that calls it. */
static bool is_program(const struct symbol *s)
{
	return strcmp(s->module, "bpf") == 0 || strncmp(s->name, "bpf_", 4) == 0;
}

static struct json_object *describe(const struct symbol *s)
{
	char text[256];

	if (!s->begin)
		snprintf(text, sizeof(text), "0x%" PRIx64, s->address);
	else
		snprintf(text, sizeof(text), "%s+0x%" PRIx64 "%s%s%s", s->name,
			 s->address - s->begin, s->module[0] ? " [" : "", s->module,
			 s->module[0] ? "]" : "");
	return json_object_new_string(text);
}

struct json_object *symbols_of_stack(const char *root, const uint64_t *addresses, size_t n)
{
	struct json_object *stack = json_object_new_array();

	if (n > OWNER_STACK_DEPTH)
		n = OWNER_STACK_DEPTH;
	while (n && !addresses[n - 1])
		n--;
	learn(root, addresses, n);
	for (size_t i = 0; i < n; i++) {
		const struct symbol *s = find_kept(addresses[i]);

		if (!is_program(s))
			json_object_array_add(stack, describe(s));
	}
	return stack;
}
