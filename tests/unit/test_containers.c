// SPDX-License-Identifier: GPL-2.0-only
/* Containers by name: what runtimes' files say, what of it is kept, and what is hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "containers.h"
#include "runtimes.h"
#include "tree_fixture.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

#define STORAGE "/var/lib/containers/storage/overlay-containers/containers.json"
#define DOCKER  "/var/lib/docker/containers/"

static struct containers read_all(size_t unread)
{
	struct containers c = {};
	size_t n = 99;

	assert_int_equal(runtimes_read(&c, root, &n), 0);
	assert_int_equal(n, unread);
	return c;
}

/* What is called so: NULL, none; its only id; "2" if there are two. */
static const char *found(const struct containers *c, const char *name)
{
	const char *ids[CONTAINERS_SAME_MAX];
	size_t n = containers_find(c, name, ids);

	return n == 0 ? NULL : n == 1 ? ids[0] : "2";
}

static void test_nothing(void **state)
{
	_cleanup_(containers_done) struct containers c = read_all(0);

	assert_int_equal(c.n, 0);
	assert_null(found(&c, "a"));
	assert_null(containers_name(&c, A));
}

static void test_runtimes(void **state)
{
	_cleanup_(containers_done) struct containers c = {};

	make(STORAGE, "[{\"id\": \"" A "\", \"names\": [\"gpu-job\", \"also\"], \"layer\": \"x\"},"
		      " {\"id\": \"" B "\"}]");
	make(DOCKER C "/config.v2.json", "{\"ID\": \"" C "\", \"Name\": \"/web_1.x\", \"n\": 1}");
	make("/run/containers/storage/vfs-containers/volatile-containers.json",
	     "[{\"id\": \"" B "\", \"names\": [\"short\"]}]");
	c = read_all(0);
	assert_int_equal(c.n, 4);
	assert_string_equal(found(&c, "gpu-job"), A);
	assert_string_equal(found(&c, "also"), A);
	assert_string_equal(found(&c, "short"), B);
	assert_string_equal(found(&c, "web_1.x"), C);
	assert_null(found(&c, "/web_1.x"));
	assert_null(found(&c, "gpu"));
	assert_string_equal(containers_name(&c, C), "web_1.x");
}

/* Elsewhere, as configured. */
static void test_places(void **state)
{
	_cleanup_(containers_done) struct containers c = {};

	make("/etc/containers/storage.conf", "# graphroot = \"/no\"\n[storage]\n"
					     "  graphroot = \"/srv/store\"\n");
	make("/srv/store/btrfs-containers/containers.json",
	     "[{\"id\": \"" A "\", \"names\": [\"a\"]}]");
	make("/etc/docker/daemon.json", "{\"data-root\": \"/srv/docker\"}");
	make("/srv/docker/containers/" B "/config.v2.json",
	     "{\"ID\": \"" B "\", \"Name\": \"/b\"}");
	make(STORAGE, "[{\"id\": \"" C "\", \"names\": [\"c\"]}]");
	c = read_all(0);
	assert_int_equal(c.n, 2);
	assert_string_equal(found(&c, "a"), A);
	assert_string_equal(found(&c, "b"), B);
}

/* A file that makes no sense says nothing; the others do. */
static void test_hostile_files(void **state)
{
	static const char *const files[] = {
		"",
		"{",
		"null",
		"{\"id\": \"" A "\", \"names\": [\"a\"]}",
		"[{\"id\": \"" A "\", \"names\": [\"a\"]}",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
		"\xff\xfe",
	};

	make(DOCKER B "/config.v2.json", "{\"ID\": \"" B "\", \"Name\": \"/b\"}");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_(containers_done) struct containers c = {};

		make(STORAGE, files[i]);
		c = read_all(1);
		assert_null(found(&c, "a"));
		assert_string_equal(found(&c, "b"), B);
	}
}

/* One that makes no sense is left out; the others are not. */
static void test_hostile_entries(void **state)
{
	static const char *const entries[] = {
		"null",
		"1",
		"[]",
		"{}",
		"{\"id\": 1, \"names\": [\"a\"]}",
		"{\"id\": \"" A "\", \"names\": \"a\"}",
		"{\"id\": \"" A "\", \"names\": [null, 1, [], {}]}",
		"{\"id\": \"" A "\", \"names\": [\"\", \"-a\", \"a/b\", \"a b\", \"a\\u0000\"]}",
		"{\"id\": \"" A "0\", \"names\": [\"a\"]}",
		"{\"id\": \"a\", \"names\": [\"a\"]}",
		"{\"id\": \"" A "\\u0000\", \"names\": [\"a\"]}",
		"{\"id\": \"../../etc\", \"names\": [\"a\"]}",
		"{\"id\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
		" \"names\": [\"a\"]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		_cleanup_(containers_done) struct containers c = {};
		_cleanup_free_ char *text = NULL;

		assert_true(asprintf(&text, "[%s, {\"id\": \"" B "\", \"names\": [\"b\"]}]",
				     entries[i]) > 0);
		make(STORAGE, text);
		c = read_all(0);
		if (c.n != 1 && i != 7)
			fail_msg("%s: %zu", entries[i], c.n);
		assert_string_equal(found(&c, "b"), B);
	}
}

/* Not root's alone, not a file, too large. */
static void test_untrusted(void **state)
{
	char path[PATH_MAX];

	make(STORAGE, "[{\"id\": \"" A "\", \"names\": [\"a\"]}]");
	snprintf(path, sizeof(path), "%s%s", root, STORAGE);
	for (int i = 0; i < 3; i++) {
		_cleanup_(containers_done) struct containers c = {};

		if (i == 0)
			assert_int_equal(chmod(path, 0666), 0);
		else if (i == 1)
			assert_int_equal(truncate(path, RUNTIMES_FILE_MAX + 1), 0);
		else
			assert_true(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
		c = read_all(1);
		assert_int_equal(c.n, 0);
	}
}

static void test_fingerprint(void **state)
{
	uint64_t before = runtimes_fingerprint(root), after;
	char path[PATH_MAX];

	assert_true(before);
	make(STORAGE, "[]");
	after = runtimes_fingerprint(root);
	assert_true(after != before && after == runtimes_fingerprint(root));
	make(DOCKER A "/config.v2.json", "{}");
	before = runtimes_fingerprint(root);
	assert_true(after != before);
	snprintf(path, sizeof(path), "%s" DOCKER A "/config.v2.json", root);
	assert_int_equal(unlink(path), 0);
	assert_true(runtimes_fingerprint(root) == after);
}

static void name(struct containers *c, const char *id, const char *text)
{
	assert_int_equal(containers_add(c, id, text), 0);
	containers_sort(c);
}

/* Removed, made again, renamed. */
static void test_kept(void **state)
{
	_cleanup_(containers_done) struct containers c = {}, one = {}, two = {}, none = {};

	name(&one, A, "job");
	name(&two, B, "job");
	name(&two, C, "new");
	assert_int_equal(containers_update(&c, &one), 0);
	assert_string_equal(found(&c, "job"), A);
	assert_int_equal(containers_update(&c, &two), 0);
	assert_string_equal(found(&c, "job"), B);
	assert_string_equal(containers_name(&c, A), "job"); /* was */
	assert_string_equal(containers_name(&c, C), "new");
	assert_int_equal(containers_update(&c, &none), 0);
	assert_null(found(&c, "job"));
	assert_string_equal(containers_name(&c, B), "job");
	containers_done(&two);
	name(&two, B, "renamed");
	assert_int_equal(containers_update(&c, &two), 0);
	assert_string_equal(containers_name(&c, B), "renamed");
	name(&two, A, "renamed");
	assert_int_equal(containers_update(&c, &two), 0);
	assert_string_equal(found(&c, "renamed"), "2");
}

/* What a registration says is shown, and decides nothing. */
static void test_registered(void **state)
{
	_cleanup_(containers_done) struct containers c = {}, named = {};

	assert_int_equal(containers_register(&c, A, "job"), 0);
	assert_int_equal(containers_register(&c, B, NULL), 0);
	assert_int_equal(containers_register(&c, "x", "job"), -EINVAL);
	assert_int_equal(containers_register(&c, A, "a\nb"), -EINVAL);
	assert_null(found(&c, "job"));
	assert_string_equal(containers_name(&c, A), "job");
	assert_null(containers_name(&c, B));
	name(&named, A, "true");
	assert_int_equal(containers_update(&c, &named), 0);
	assert_string_equal(containers_name(&c, A), "true");
	assert_string_equal(found(&c, "true"), A);
	containers_unregister(&c, A);
	assert_string_equal(found(&c, "true"), A);
	assert_int_equal(containers_update(&c, &(struct containers){}), 0);
	assert_non_null(containers_name(&c, A));
}

static void test_bounded(void **state)
{
	_cleanup_(containers_done) struct containers c = {}, many = {};
	char id[CONTAINER_ID_LEN + 1];

	for (int i = 0; i < CONTAINERS_OTHER_MAX + 10; i++) {
		snprintf(id, sizeof(id), "%064x", i);
		assert_int_equal(containers_register(&c, id, "x"), 0);
	}
	assert_int_equal(c.n, CONTAINERS_OTHER_MAX);
	assert_non_null(containers_name(&c, id));
	snprintf(id, sizeof(id), "%064x", 0);
	assert_null(containers_name(&c, id));
	for (int i = 0; i < CONTAINERS_MAX + 10; i++) {
		snprintf(id, sizeof(id), "%064x", i);
		assert_int_equal(containers_add(&many, id, "x"), 0);
	}
	assert_true(many.cut && many.n == CONTAINERS_MAX);
}

static void test_json(void **state)
{
	_cleanup_(containers_done) struct containers c = {};
	struct json_object *o = json_tokener_parse(
		"{\"a\": [{\"container\": \"" A "\"}, {\"container\": \"web\"}, null, 1],"
		" \"b\": {\"container\": \"" B "\"}, \"container\": 5}");

	name(&c, A, "job");
	containers_add_names(&c, o);
	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
			    "{\"a\":[{\"container\":\"" A "\",\"container_name\":\"job\"},"
			    "{\"container\":\"web\"},null,1],\"b\":{\"container\":\"" B "\"},"
			    "\"container\":5}");
	json_object_put(o);
}

#define ON_TREE(test) cmocka_unit_test_setup_teardown(test, new_root, remove_root)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TREE(test_nothing),
		ON_TREE(test_runtimes),
		ON_TREE(test_places),
		ON_TREE(test_hostile_files),
		ON_TREE(test_hostile_entries),
		ON_TREE(test_untrusted),
		ON_TREE(test_fingerprint),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_registered),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
