// SPDX-License-Identifier: GPL-2.0-only
/* Names in a policy's tables: found out, and found out anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "decide.h"
#include "resolve.h"
#include "tree_fixture.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define RULE(claim)                                                                                \
	"version: 1\nrules:\n- {name: r, devices: [{device: \"*\"}], claim: " claim "}\n"

static const struct owner_device device = {.id = {.bus = "pci", .name = "0000:3b:00.0"}};

static struct policy load(const char *text, struct rules *ret_rules)
{
	struct rules rules = {};
	struct policy p = {};
	char path[PATH_MAX];
	char *error = NULL;

	make("/p.yaml", text);
	snprintf(path, sizeof(path), "%s/p.yaml", root);
	if (rules_load(&rules, path, &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(policy_compile(&p, &rules, NULL, 0), 0);
	if (ret_rules)
		*ret_rules = rules;
	else
		rules_done(&rules);
	return p;
}

static bool may(const struct policy *p, const char *container, uint32_t uid, uint64_t inode)
{
	struct decide_subject s = {.facts = {.uid = uid, .exe_inode = inode}};

	snprintf(s.facts.path, sizeof(s.facts.path), "/machine.slice/libpod-%s.scope", container);
	return !decide_claim(p, &device, 1, &s).reason;
}

static struct containers named(const char *id, const char *name)
{
	struct containers c = {};

	if (id)
		assert_int_equal(containers_add(&c, id, name), 0);
	return c;
}

static void resolve(struct policy *p, const struct containers *known)
{
	assert_int_equal(resolve_policy(p, known), 0);
	assert_int_equal(p->head.hash, policy_hash(p));
}

static void test_allow(void **state)
{
	_cleanup_(containers_done) struct containers none = {}, a = named(A, "job"),
						     b = named(B, "job");
	_cleanup_(policy_done) struct policy p =
		load(RULE("{allow: [{container: job, uid: 5}, {container: other}]}"), NULL);
	uint64_t content = policy_content(&p), hash = p.head.hash;
	uint32_t matchers = p.head.matchers;

	resolve(&p, &none);
	assert_false(may(&p, A, 5, 0));
	assert_int_equal(p.head.hash, hash);
	resolve(&p, &a);
	assert_true(p.head.hash != hash);
	assert_int_equal(p.head.matchers, matchers + 9);
	assert_true(may(&p, A, 5, 0));
	assert_false(may(&p, A, 6, 0));
	assert_false(may(&p, B, 5, 0));
	resolve(&p, &b);
	assert_int_equal(p.head.matchers, matchers + 9);
	assert_false(may(&p, A, 5, 0));
	assert_true(may(&p, B, 5, 0));
	resolve(&p, &none);
	assert_false(may(&p, B, 5, 0));
	assert_int_equal(p.head.hash, hash);
	assert_int_equal(policy_content(&p), content);
}

/* Of several nobody knows which is meant. */
static void test_same_name(void **state)
{
	_cleanup_(containers_done) struct containers both = named(A, "job");
	_cleanup_(rules_done) struct rules rules = {};
	_cleanup_(policy_done) struct policy allow = {}, deny = {};

	assert_int_equal(containers_add(&both, B, "job"), 0);
	deny = load(RULE("{deny: [{container: job}]}"), NULL);
	allow = load(RULE("{allow: [{container: job}]}"), &rules);
	resolve(&allow, &both);
	resolve(&deny, &both);
	assert_false(may(&allow, A, 0, 0));
	assert_false(may(&allow, B, 0, 0));
	assert_false(may(&deny, A, 0, 0));
	assert_false(may(&deny, B, 0, 0));
	assert_int_equal(resolve_warn(&rules, &allow, &both), 0);
	assert_int_equal(rules.n_warnings, 1);
	assert_non_null(strstr(rules.warnings[0], "allows container \"job\", and 2 are called so"));
}

static void test_deny(void **state)
{
	_cleanup_(containers_done) struct containers none = {}, a = named(A, "job");
	_cleanup_(rules_done) struct rules rules = {};
	_cleanup_(policy_done) struct policy p =
		load(RULE("{deny: [{container: job}], allow: [{any: true}]}"), &rules);

	resolve(&p, &none);
	assert_true(may(&p, A, 0, 0));
	assert_int_equal(resolve_warn(&rules, &p, &none), 0);
	assert_int_equal(rules.n_warnings, 1);
	assert_non_null(strstr(rules.warnings[0], "p.yaml:3: rule \"r\" denies container \"job\", "
						  "and no runtime here has one of that name"));
	resolve(&p, &a);
	assert_false(may(&p, A, 0, 0));
	assert_true(may(&p, B, 0, 0));
	assert_int_equal(resolve_warn(&rules, &p, &a), 0);
	assert_int_equal(rules.n_warnings, 1);
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void replace_file(const char *name)
{
	char from[PATH_MAX], to[PATH_MAX];

	make("/new", "new");
	snprintf(from, sizeof(from), "%s/new", root);
	snprintf(to, sizeof(to), "%s%s", root, name);
	assert_int_equal(rename(from, to), 0);
}

/* The inode of the first matcher that asks for one, and is no mark. */
static uint64_t asked(const struct policy *p)
{
	for (size_t i = 0; i < p->head.matchers; i++)
		if (p->matchers[i].tests & MATCH_EXE && !(p->matchers[i].tests & MATCH_PROGRAM))
			return p->matchers[i].exe_inode;
	return 0;
}

static void test_program(void **state)
{
	_cleanup_(containers_done) struct containers a = named(A, "job");
	_cleanup_(policy_done) struct policy p = {};
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	uint64_t old, content;

	make("/prog", "old");
	snprintf(path, sizeof(path), "%s/prog", root);
	assert_true(asprintf(&text, RULE("{allow: [{exe: \"%s\", container: job}, {uid: 7}]}"),
			     path) > 0);
	p = load(text, NULL);
	content = policy_content(&p);
	resolve(&p, &a);
	old = inode_of(path);
	assert_int_equal(asked(&p), old);
	replace_file("/prog");
	assert_true(inode_of(path) != old);
	resolve(&p, &a);
	for (size_t i = 0; i < p.head.matchers; i++)
		if (p.matchers[i].tests & MATCH_EXE)
			assert_int_equal(p.matchers[i].exe_inode,
					 p.matchers[i].tests & MATCH_PROGRAM ? 0 : inode_of(path));
	unlink(path);
	resolve(&p, &a);
	assert_int_equal(asked(&p), 0);
	assert_int_equal(policy_content(&p), content);
	assert_true(may(&p, A, 7, 0));
	assert_false(may(&p, A, 0, 0));
}

/* A list that would be too long: all stays as it was. */
static void test_too_long(void **state)
{
	_cleanup_(containers_done) struct containers many = {}, a = named(A, "job");
	_cleanup_(policy_done) struct policy p =
		load(RULE("{deny: [{container: job}, {container: some}]}"), NULL);
	char id[CONTAINER_ID_LEN + 1];

	resolve(&p, &a);
	for (int i = 0; i <= CONTAINERS_SAME_MAX; i++) {
		snprintf(id, sizeof(id), "%064x", i);
		assert_int_equal(containers_add(&many, id, "some"), 0);
	}
	assert_int_equal(resolve_policy(&p, &many), -E2BIG);
	assert_int_equal(p.head.hash, policy_hash(&p));
	assert_false(may(&p, A, 0, 0));
}

/* Refusals of a policy that has followed have the same rules' names. */
static void test_since(void **state)
{
	_cleanup_(policy_done) struct policy p = load(RULE("{allow: []}"), NULL);

	policy_number(&p, 7);
	assert_null(policy_find_rule(&p, 6, 0));
	p.since = 5;
	assert_string_equal(policy_find_rule(&p, 5, 0)->name, "r");
	assert_string_equal(policy_find_rule(&p, 7, 0)->name, "r");
	assert_null(policy_find_rule(&p, 4, 0));
	assert_null(policy_find_rule(&p, 8, 0));
	assert_null(policy_find_rule(&p, 0, 0));
}

#define ON_TREE(test) cmocka_unit_test_setup_teardown(test, new_root, remove_root)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TREE(test_allow),   ON_TREE(test_same_name), ON_TREE(test_deny),
		ON_TREE(test_program), ON_TREE(test_too_long),  ON_TREE(test_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
