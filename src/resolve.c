// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lookup.h"
#include "pattern.h"
#include "resolve.h"
#include "util.h"

#define LISTS 4

/* The lists of a rule of subjects, and whether they allow. */
static struct policy_list *list_of(struct policy_rule *r, size_t i, bool *ret_allows)
{
	struct policy_list *const lists[LISTS] = {&r->claim_deny, &r->claim_allow, &r->maps_deny,
						  &r->maps_allow};

	*ret_allows = i & 1;
	return lists[i];
}

/* The tables that are being made. */
struct maker {
	const struct policy *from;
	const struct containers *known;
	struct policy_matcher *matchers;
	size_t n;
	struct lookup_mount last_mount;
	struct lookup_program program; /* of the entry that is looked at */
	bool has_program;              /* it is to be put into its matchers */
};

static int put(struct maker *m, const struct policy_matcher *matcher)
{
	if (m->n == POLICY_MATCHERS_MAX)
		return -E2BIG;
	m->matchers[m->n++] = *matcher;
	return 0;
}

/* Those of a container, with what else the entry asks for. */
static int put_container(struct maker *m, const struct policy_matcher *named, const char *id)
{
	struct policy_matcher resolved[PATTERN_CONTAINER];
	int err = 0;

	pattern_container(resolved, id);
	for (size_t i = 0; !err && i < PATTERN_CONTAINER; i++) {
		struct policy_matcher *to = &resolved[i];

		to->tests |= MATCH_RESOLVED | (named->tests & (MATCH_UID | MATCH_GID | MATCH_EXE));
		to->uid = named->uid;
		to->gid = named->gid;
		to->exe_device = named->exe_device;
		to->exe_inode = named->exe_inode;
		err = put(m, to);
	}
	return err;
}

static int put_named(struct maker *m, const struct policy_matcher *named, bool allows)
{
	const char *ids[CONTAINERS_SAME_MAX];
	size_t n = containers_find(m->known, named->pattern, ids);
	int err = 0;

	if (n > CONTAINERS_SAME_MAX || (allows && n > 1))
		return allows ? 0 : -E2BIG;
	for (size_t i = 0; !err && i < n; i++)
		err = put_container(m, named, ids[i]);
	return err;
}

static void look_up(struct maker *m, const char *path)
{
	int err = *path ? lookup_program(path, &m->last_mount, &m->program) : -EAGAIN;

	if (err == -ENOENT)
		m->program = (struct lookup_program){};
	m->has_program = !err || err == -ENOENT;
}

static int copy_matcher(struct maker *m, const struct policy_matcher *from, bool allows)
{
	struct policy_matcher matcher = *from;
	int err;

	if (from->tests & MATCH_RESOLVED)
		return 0;
	if (from->tests & MATCH_PROGRAM) {
		look_up(m, from->pattern);
		return put(m, from);
	}
	m->has_program &= (from->tests & MATCH_EXE) != 0;
	if (m->has_program) {
		matcher.exe_inode = m->program.inode;
		matcher.exe_device = m->program.device;
	}
	err = put(m, &matcher);
	return err || !(from->tests & MATCH_NAMED) ? err : put_named(m, &matcher, allows);
}

static int copy_list(struct maker *m, struct policy_list *list, bool allows)
{
	const struct policy_matcher *from = m->from->matchers + list->first;
	const size_t first = m->n;
	int err = 0;

	m->has_program = false;
	for (size_t i = 0; !err && i < list->n; i++)
		err = copy_matcher(m, &from[i], allows);
	if (!err && m->n - first > POLICY_LIST_MAX)
		err = -E2BIG;
	list->first = first;
	list->n = m->n - first;
	return err;
}

bool resolve_is_needed(const struct policy *p)
{
	for (size_t i = 0; i < p->head.matchers; i++)
		if (p->matchers[i].tests & (MATCH_NAMED | MATCH_PROGRAM))
			return true;
	return false;
}

int resolve_policy(struct policy *p, const struct containers *known)
{
	const size_t size = p->head.rules * sizeof(*p->rules);
	_cleanup_free_ struct policy_matcher *matchers = NULL;
	_cleanup_free_ struct policy_rule *rules = NULL;
	struct policy_matcher *fitting;
	struct maker m = {.from = p, .known = known};
	int err = 0;

	if (!resolve_is_needed(p))
		return 0;
	matchers = calloc(POLICY_MATCHERS_MAX, sizeof(*matchers));
	rules = malloc(size);
	if (!matchers || !rules)
		return -ENOMEM;
	m.matchers = matchers;
	memcpy(rules, p->rules, size);
	for (size_t i = 0; i < p->head.rules; i++) {
		for (size_t k = 0; !err && k < LISTS; k++) {
			bool allows;
			struct policy_list *list = list_of(&rules[i], k, &allows);

			err = copy_list(&m, list, allows);
		}
	}
	if (err)
		return err;
	memcpy(p->rules, rules, size);
	free(p->matchers);
	fitting = reallocarray(matchers, m.n, sizeof(*matchers));
	p->matchers = fitting ?: matchers;
	matchers = NULL;
	p->head.matchers = m.n;
	p->head.hash = policy_hash(p);
	return 0;
}

static int warn_of(struct rules *rules, const struct policy_rule *r, const char *name, size_t n,
		   bool allows)
{
	if (!n && !allows)
		return rules_warn(rules,
				  "%s: rule \"%s\" denies container \"%s\", and no runtime here "
				  "has one of that name: until one does, the rule refuses only an "
				  "LXC, nspawn or Proxmox container so called",
				  r->place, r->name, name);
	if (n > 1 && allows)
		return rules_warn(rules,
				  "%s: rule \"%s\" allows container \"%s\", and %zu are called so: "
				  "it allows none of them; give the id",
				  r->place, r->name, name, n);
	return 0;
}

static int warn_of_list(struct rules *rules, const struct policy *p, struct policy_rule *r,
			size_t which, const struct containers *known)
{
	bool allows;
	const struct policy_list *list = list_of(r, which, &allows);
	int err = 0;

	for (size_t i = 0; !err && i < list->n; i++) {
		const struct policy_matcher *m = &p->matchers[list->first + i];
		const char *ids[CONTAINERS_SAME_MAX];

		if (m->tests & MATCH_NAMED)
			err = warn_of(rules, r, m->pattern, containers_find(known, m->pattern, ids),
				      allows);
	}
	return err;
}

int resolve_warn(struct rules *rules, const struct policy *p, const struct containers *known)
{
	int err = 0;

	for (size_t i = 0; !err && i < p->head.rules; i++)
		for (size_t k = 0; !err && k < LISTS; k++)
			err = warn_of_list(rules, p, &p->rules[i], k, known);
	return err;
}
