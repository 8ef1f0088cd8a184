// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include "outline.h"
#include "rules.h"
#include "rules_read.h"
#include "sysfs.h"
#include "util.h"

#define FILES_MAX 256
#define ENDING    ".yaml"

struct names {
	struct dirent **names;
	int n;
};

static void free_names(struct names *list)
{
	for (int i = 0; i < list->n; i++)
		free(list->names[i]);
	free(list->names);
}

/* Files. */

/* The error of f is handed on. */
static int fail(struct outline *f, int r, char **ret_error)
{
	if (r == -ENOMEM)
		outline_refuse(f, r, (struct mark){}, "cannot be read: out of memory");
	if (r)
		*ret_error = TAKE_PTR(f->error);
	return r;
}

static int load_file(struct rules_reader *r, const char *path, char **ret_error)
{
	_cleanup_(outline_done) struct outline f = {
		.path = path,
		.example = "version: 1",
		.root_only = true,
	};

	return fail(&f, rules_read(r, &f), ret_error);
}

static bool has_ending(const char *name)
{
	size_t n = strlen(name);

	return n > strlen(ENDING) && !strcmp(name + n - strlen(ENDING), ENDING);
}

static int is_policy(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_type != DT_DIR && has_ending(entry->d_name);
}

/* Not alphasort(), which goes by the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_directory(struct outline *f, const struct stat *st, struct names *ret)
{
	int r = outline_check_owner(f, st);

	if (r)
		return r;
	ret->n = scandir(f->path, &ret->names, is_policy, compare_names);
	if (ret->n < 0) {
		ret->n = 0;
		return outline_refuse(f, -errno, (struct mark){},
				      "cannot be read: %m; make it readable");
	}
	if (ret->n > FILES_MAX)
		return outline_refuse(f, -E2BIG, (struct mark){},
				      "has more than %u files that end in " ENDING "; unite some",
				      FILES_MAX);
	return 0;
}

/* A directory, or a link to one, is passed over whatever its name. */
static int load_entry(struct rules_reader *r, const char *directory, const char *name,
		      char **ret_error)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return load_file(r, path, ret_error);
}

static int load_directory(struct rules_reader *r, const char *path, const struct stat *st,
			  char **ret_error)
{
	_cleanup_(outline_done) struct outline f = {.path = path, .root_only = true};
	_cleanup_(free_names) struct names list = {};
	int err = fail(&f, list_directory(&f, st, &list), ret_error);

	for (int i = 0; !err && i < list.n; i++)
		err = load_entry(r, path, list.names[i]->d_name, ret_error);
	return err;
}

int rules_load(struct rules *ret, const char *path, char **ret_error)
{
	_cleanup_(rules_reader_done) struct rules_reader r = {};
	struct stat st;
	int err = 0;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		err = load_directory(&r, path, &st, ret_error);
	else if (access(path, F_OK) == 0 || errno != ENOENT || has_ending(path))
		err = load_file(&r, path, ret_error);
	if (err)
		return err;
	*ret = r.rules;
	r.rules = (struct rules){};
	return 0;
}

/* Options. */

static int fill_rule(struct rule *rule, const char *device, uint8_t reason)
{
	const char *option = reason == REASON_RESERVED ? "reserve" : "dedicate";
	struct owner_device_name *name;
	struct rules_subjects *deny = &rule->claim_deny;

	rule->reason = reason;
	if (asprintf(&rule->name, "%s %s", option, device) < 0)
		rule->name = NULL;
	if (asprintf(&rule->place, "--%s %s", option, device) < 0)
		rule->place = NULL;
	rule->selects = calloc(1, sizeof(*rule->selects));
	if (!rule->name || !rule->place || !rule->selects)
		return -ENOMEM;
	rule->n_selects = 1;
	rule->selects->kind = SELECT_DEVICE;
	name = &rule->selects->name;
	if (reason == REASON_DEDICATED) {
		rule->acts = 1U << POLICY_BIND;
		rule->bind_allow.given = true;
	} else {
		rule->acts = 1U << POLICY_CLAIM;
		deny->given = true;
		deny->matchers = calloc(1, sizeof(*deny->matchers));
		if (!deny->matchers)
			return -ENOMEM;
		deny->n = 1;
		deny->matchers->tests = MATCH_ANY;
	}
	return sysfs_parse_device(device, name->bus, sizeof(name->bus), name->name,
				  sizeof(name->name));
}

static void free_rule(struct rule *rule)
{
	struct rules_drivers *drivers[] = {&rule->bind_deny, &rule->bind_allow};

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		for (size_t k = 0; k < drivers[i]->n; k++)
			free(drivers[i]->names[k]);
		free(drivers[i]->names);
	}
	free(rule->claim_deny.matchers);
	free(rule->claim_allow.matchers);
	free(rule->maps_deny.matchers);
	free(rule->maps_allow.matchers);
	free(rule->selects);
	free(rule->name);
	free(rule->place);
}

int rules_add_device(struct rules *r, const char *device, uint8_t reason)
{
	struct rule *rule;
	int err;

	if (r->n == POLICY_RULES_MAX)
		return -E2BIG;
	rule = rules_add(r);
	if (!rule)
		return -ENOMEM;
	err = fill_rule(rule, device, reason);
	if (err) {
		free_rule(rule);
		r->n--;
	}
	return err;
}

int rules_append(struct rules *r, struct rules *from)
{
	struct rule *rules = reallocarray(r->rules, r->n + from->n + 1, sizeof(*rules));
	char **warnings =
		reallocarray(r->warnings, r->n_warnings + from->n_warnings + 1, sizeof(*warnings));

	if (rules)
		r->rules = rules;
	if (warnings)
		r->warnings = warnings;
	if (!rules || !warnings)
		return -ENOMEM;
	if (from->n)
		memcpy(r->rules + r->n, from->rules, from->n * sizeof(*rules));
	if (from->n_warnings)
		memcpy(r->warnings + r->n_warnings, from->warnings,
		       from->n_warnings * sizeof(*warnings));
	r->n += from->n;
	r->n_warnings += from->n_warnings;
	r->mode = from->mode;
	r->deny_bind = from->deny_bind;
	r->deny_claim = from->deny_claim;
	r->content = from->content;
	free(from->rules);
	free(from->warnings);
	*from = (struct rules){};
	return 0;
}

int rules_warn(struct rules *r, const char *fmt, ...)
{
	char **warnings = reallocarray(r->warnings, r->n_warnings + 1, sizeof(*warnings));
	va_list ap;
	int n;

	if (!warnings)
		return -ENOMEM;
	r->warnings = warnings;
	va_start(ap, fmt);
	n = vasprintf(&warnings[r->n_warnings], fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	r->n_warnings++;
	return 0;
}

void rules_done(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		free_rule(&r->rules[i]);
	free(r->rules);
	for (size_t i = 0; i < r->n_warnings; i++)
		free(r->warnings[i]);
	free(r->warnings);
	*r = (struct rules){};
}
