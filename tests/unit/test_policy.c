// SPDX-License-Identifier: GPL-2.0-only
/* Rules put together as tables: order, merging, hashes, limits; and kept for the next start. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "accept.h"
#include "policy.h"
#include "util.h"

static char dir[] = "/tmp/ownerd-policy-XXXXXX";
static char path[64];

/* Instead of /var/lib/ownerd. */
const char *accept_dir = dir;

static struct rules load(const char *text)
{
	_cleanup_free_ char *error = NULL;
	struct rules rules = {};
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "version: 1\n%s", text);
	fclose(f);
	if (rules_load(&rules, path, &error) < 0)
		fail_msg("%s", error);
	return rules;
}

static struct policy compile(const char *text)
{
	_cleanup_(rules_done) struct rules rules = load(text);
	struct policy p = {};

	assert_int_equal(policy_compile(&p, &rules, NULL, 0), 0);
	return p;
}

#define TWO                                                                                        \
	"rules:\n"                                                                                 \
	"- {name: a, devices: [{pci: \"3b:00.0\"}, {class: \"03\"}, {pci: \"3b:00.0\"}],"          \
	" claim: {deny: [{uid: \"1\"}], allow: [{vm: x}, {any: true}]}}\n"                         \
	"- {name: b, devices: [{pci: \"3b:00.0\"}, {pci: \"01:00.0\"}],"                           \
	" claim: {allow: []}, bind: {allow: [x, y, x, \"*\"], deny: [z]}}\n"

static const struct policy_firsts *find(const struct policy *p, const char *name)
{
	struct policy_select_key key = {
		.generation = p->number, .kind = SELECT_DEVICE, .name.bus = "pci"};

	strcpy(key.name.name, name);
	return policy_find_firsts(p, &key);
}

static void test_merged(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(TWO);

	assert_int_equal(p.head.rules, 2);
	assert_int_equal(p.head.selects, 3); /* of five, three of which are one */
	assert_int_equal(p.head.kinds, 1U << SELECT_DEVICE | 1U << SELECT_BASE_CLASS);
	assert_int_equal(find(&p, "0000:3b:00.0")->rule[POLICY_CLAIM], 0);
	assert_int_equal(find(&p, "0000:3b:00.0")->rule[POLICY_BIND], 1);
	assert_int_equal(find(&p, "0000:3b:00.0")->rule[POLICY_MAPS], POLICY_NO_RULE);
	assert_int_equal(find(&p, "0000:01:00.0")->rule[POLICY_CLAIM], 1);
	assert_null(find(&p, "0000:02:00.0"));
	for (size_t i = 1; i < p.head.selects; i++)
		assert_true(memcmp(&p.selects[i - 1].key, &p.selects[i].key,
				   sizeof(p.selects[i].key)) < 0);
}

static void test_lists(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(TWO);
	const struct policy_rule *a = &p.rules[0], *b = &p.rules[1];

	assert_int_equal(a->acts, 1U << POLICY_CLAIM);
	assert_int_equal(b->acts, 1U << POLICY_CLAIM | 1U << POLICY_BIND);
	assert_int_equal(a->claim_deny.n, 1);
	assert_int_equal(p.matchers[a->claim_deny.first].uid, 1);
	assert_true(a->claim_allow.n >= 2);
	assert_int_equal(p.matchers[a->claim_allow.first + a->claim_allow.n - 1].tests, MATCH_ANY);
	assert_true(b->claim_allow.given);
	assert_int_equal(b->claim_allow.n, 0);
	assert_false(b->claim_deny.given);
	assert_int_equal(p.head.matchers, a->claim_deny.n + a->claim_allow.n);
	assert_string_equal(a->name, "a");
	assert_string_equal(a->place, "p.yaml:3");
	assert_int_equal(a->reason, REASON_RULE);
}

static void test_drivers(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(TWO);
	struct policy_driver key = {.rule = 1, .allows = 1, .name = "x"};

	assert_int_equal(p.head.drivers, 3); /* x once, and no star */
	assert_int_equal(p.rules[1].flags, RULE_DRIVERS_DENY | RULE_DRIVERS_ALLOW | RULE_ALLOW_ALL);
	assert_true(policy_has_driver(&p, &key));
	key.allows = 0;
	assert_false(policy_has_driver(&p, &key));
	strcpy(key.name, "z");
	assert_true(policy_has_driver(&p, &key));
	policy_number(&p, 7);
	assert_false(policy_has_driver(&p, &key));
	key.generation = 7;
	assert_true(policy_has_driver(&p, &key));
	assert_non_null(find(&p, "0000:01:00.0"));
}

/* Neither number nor time nor counts are part of it; everything else is. */
static void test_hash(void **state)
{
	static const char *const others[] = {
		"mode: enforce\n" TWO,
		"defaults: {bind: deny}\n" TWO,
		"defaults: {claim: deny}\n" TWO,
		"rules:\n- {name: a, devices: [{pci: \"*\"}], claim: {allow: []}}\n",
		"rules:\n- {name: a, devices: [{pci: \"*\"}], claim: {deny: []}}\n",
		"rules:\n- {name: a, devices: [{pci: \"*\"}], bind: {allow: []}}\n",
		"rules:\n- {name: b, devices: [{pci: \"*\"}], bind: {allow: []}}\n",
		"rules:\n- {name: b, devices: [{pci: \"*\"}], bind: {allow: [x]}}\n",
		"rules:\n- {name: b, devices: [{pci: \"*\"}], bind: {deny: [x]}}\n",
		"rules:\n- {name: b, devices: [{pci: \"*\"}], maps: {limit: 1GiB}}\n",
		"rules:\n- {name: b, devices: [{pci: \"*\"}], maps: {limit: 2GiB}}\n",
		"rules:\n- {name: b, devices: [{pci: \"*\"}], sysfs: {deny: [unbind]}}\n",
		"rules:\n- {name: b, devices: [{pci: \"*\"}], sysfs: {deny-while-owned: "
		"[unbind]}}\n",
		"",
	};
	_cleanup_(policy_done) struct policy p = compile(TWO);
	uint64_t hash = p.head.hash, content = policy_content(&p);
	uint64_t hashes[ARRAY_SIZE(others)], contents[ARRAY_SIZE(others)];

	policy_number(&p, 9);
	p.head.applied = 5;
	p.rules[0].denied = p.rules[0].last = 3;
	assert_true(policy_hash(&p) == hash);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		_cleanup_(policy_done) struct policy other = compile(others[i]);

		hashes[i] = other.head.hash;
		contents[i] = policy_content(&other);
		assert_true(hashes[i] != hash && contents[i] != content);
		for (size_t j = 0; j < i; j++)
			assert_true(hashes[i] != hashes[j] && contents[i] != contents[j]);
	}
}

/* Where it stands is no part of what is said, nor of what a rule says its name. */
static void test_content(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(TWO), lower = compile("# a comment\n" TWO);
	_cleanup_(policy_done) struct policy named =
		compile("rules:\n- {name: x, devices: [{pci: \"*\"}], bind: {allow: [x]}}\n"
			"- {name: y, devices: [{pci: \"*\"}], bind: {allow: [x]}}\n"
			"- {name: z, devices: [{pci: \"*\"}], bind: {allow: [y]}}\n");

	assert_true(policy_content(&p) == policy_content(&lower));
	assert_true(p.head.hash != lower.head.hash);
	assert_int_equal(named.rules[0].digest, named.rules[1].digest);
	assert_int_not_equal(named.rules[0].digest, named.rules[2].digest);
}

static void test_empty(void **state)
{
	static const char *const texts[] = {"", "rules: []\n", "mode: enforce\n",
					    "defaults: {claim: deny}\n"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(policy_done) struct policy p = compile(texts[i]);

		assert_int_equal(policy_is_empty(&p), i < 3);
	}
}

/* One rule each, as --dedicate is, up to what there is room for. */
static void test_limits(void **state)
{
	_cleanup_(rules_done) struct rules rules = {};
	_cleanup_(policy_done) struct policy p = {};
	char name[32];

	for (int i = 0; i < POLICY_RULES_MAX; i++) {
		snprintf(name, sizeof(name), "%04x:%02x:00.0", i / 256, i % 256);
		assert_int_equal(rules_add_device(&rules, name, REASON_RESERVED), 0);
	}
	assert_int_equal(rules_add_device(&rules, "ffff:00:00.0", REASON_RESERVED), -E2BIG);
	assert_int_equal(policy_compile(&p, &rules, NULL, 0), 0);
	assert_int_equal(p.head.rules, POLICY_RULES_MAX);
	assert_int_equal(find(&p, "000f:ff:00.0")->rule[POLICY_CLAIM], POLICY_RULES_MAX - 1);
}

static int compile_with(struct rules *rules, size_t selects, size_t matchers, size_t drivers,
			size_t protected)
{
	_cleanup_free_ struct policy_select_key *s = calloc(selects + 1, sizeof(*s));
	_cleanup_free_ struct policy_matcher *m = calloc(matchers + 1, sizeof(*m));
	_cleanup_free_ char **d = calloc(drivers + 1, sizeof(*d));
	_cleanup_free_ struct owner_device_name *names = calloc(protected + 1, sizeof(*names));
	_cleanup_(policy_done) struct policy p = {};
	struct rule *r = &rules->rules[0];
	const struct rule before = *r;
	int err;

	for (size_t i = 0; i < drivers; i++)
		d[i] = "x";
	r->selects = s;
	r->n_selects = selects;
	r->claim_deny.matchers = m;
	r->claim_deny.n = matchers;
	r->bind_allow.names = d;
	r->bind_allow.n = drivers;
	err = policy_compile(&p, rules, names, protected);
	*r = before;
	return err;
}

static void test_too_large(void **state)
{
	_cleanup_(rules_done) struct rules rules =
		load("rules:\n- {name: a, devices: [{pci: \"*\"}], bind: {allow: []}}\n");

	assert_int_equal(compile_with(&rules, POLICY_SELECTS_MAX, POLICY_MATCHERS_MAX,
				      POLICY_DRIVERS_MAX, 0),
			 0);
	assert_int_equal(compile_with(&rules, POLICY_SELECTS_MAX + 1, 0, 0, 0), -E2BIG);
	assert_int_equal(compile_with(&rules, POLICY_SELECTS_MAX, 0, 0, 1), -E2BIG);
	assert_int_equal(compile_with(&rules, 1, POLICY_MATCHERS_MAX + 1, 0, 0), -E2BIG);
	assert_int_equal(compile_with(&rules, 1, 0, POLICY_DRIVERS_MAX + 1, 0), -E2BIG);
}

static void test_find_rule(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(TWO), before = compile(TWO);

	policy_number(&p, 3);
	policy_number(&before, 2);
	p.before = &before;
	assert_ptr_equal(policy_find_rule(&p, 3, 1), &p.rules[1]);
	assert_ptr_equal(policy_find_rule(&p, 2, 0), &before.rules[0]);
	assert_null(policy_find_rule(&p, 1, 0));
	assert_null(policy_find_rule(&p, 0, 0));
	assert_null(policy_find_rule(&p, 3, 2));
	assert_null(policy_find_rule(&p, 3, POLICY_NO_RULE));
}

/* Kept for the next start. */

static void test_accepted(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(TWO), loaded = {};
	char file[128];
	bool enforce = false;
	struct stat st;

	snprintf(file, sizeof(file), "%s/policy.accepted", dir);
	assert_int_equal(accept_load(&loaded, &enforce), -ENOENT);
	policy_number(&p, 9);
	p.rules[0].denied = 3;
	assert_int_equal(accept_save(&p, true), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(accept_load(&loaded, &enforce), 0);
	assert_true(enforce);
	assert_true(loaded.head.hash == p.head.hash && policy_hash(&loaded) == p.head.hash);
	assert_int_equal(loaded.number, 0);
	assert_int_equal(loaded.rules[0].denied, 0);
	assert_int_equal(find(&loaded, "0000:3b:00.0")->rule[POLICY_BIND], 1);
}

/* Cut, or with a byte that is another: none. */
static void test_spoilt(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(TWO), loaded = {};
	char file[128];
	bool enforce = false;
	struct stat st;
	int fd;

	snprintf(file, sizeof(file), "%s/policy.accepted", dir);
	assert_int_equal(accept_save(&p, false), 0);
	assert_int_equal(stat(file, &st), 0);
	for (off_t at = 0; at < st.st_size; at += 41) {
		char byte = 0;
		int r;

		fd = open(file, O_RDWR);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 0x40;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		r = accept_load(&loaded, &enforce);
		if (r == 0) { /* what does not count: mode, times, counters */
			assert_true(policy_hash(&loaded) == p.head.hash);
			policy_done(&loaded);
		}
		byte ^= 0x40;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
	}
	assert_int_equal(truncate(file, st.st_size - 1), 0);
	assert_int_equal(accept_load(&loaded, &enforce), -EUCLEAN);
	assert_int_equal(truncate(file, 3), 0);
	assert_int_equal(accept_load(&loaded, &enforce), -EUCLEAN);
}

static void test_rejected(void **state)
{
	assert_false(accept_is_rejected(1));
	for (uint64_t i = 1; i <= 20; i++)
		assert_int_equal(accept_reject(i), 0);
	assert_false(accept_is_rejected(4));
	assert_true(accept_is_rejected(5));
	assert_int_equal(accept_reject(5), 0); /* the latest now */
	assert_int_equal(accept_reject(~0ULL), 0);
	assert_true(accept_is_rejected(5));
	assert_true(accept_is_rejected(~0ULL));
	assert_false(accept_is_rejected(6));
	assert_int_equal(accept_forget(5), 0);
	assert_false(accept_is_rejected(5));
	assert_int_equal(accept_forget(5), 0);
	assert_true(accept_is_rejected(20));
}

static void test_not_writable(void **state)
{
	accept_dir = "/proc/nothing";
	assert_true(accept_reject(1) < 0);
	assert_false(accept_is_rejected(1));
	accept_dir = dir;
}

static int start(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/p.yaml", dir);
	return 0;
}

static int end(void **state)
{
	static const char *const names[] = {"p.yaml", "policy.accepted", "policy.rejected"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char file[128];

		snprintf(file, sizeof(file), "%s/%s", dir, names[i]);
		unlink(file);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merged),       cmocka_unit_test(test_lists),
		cmocka_unit_test(test_drivers),      cmocka_unit_test(test_hash),
		cmocka_unit_test(test_content),      cmocka_unit_test(test_empty),
		cmocka_unit_test(test_limits),       cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_find_rule),    cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_spoilt),       cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_not_writable),
	};

	return cmocka_run_group_tests(tests, start, end);
}
