// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>
#include "outline.h"

static char file[] = "/tmp/ownerd-outline-XXXXXX";

static void write_bytes(const char *data, size_t size)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
}

/* "key@1:1=text@1:6", "-@2:3=(" ")" around a list, "{" "}" around a mapping. */
static void print(FILE *out, const struct place *p)
{
	const struct place *before = NULL;

	for (const struct place *in = p->first; in; in = in->next) {
		assert_ptr_equal(in->parent, p);
		assert_true(p->list == !in->key);
		fprintf(out, "%s%s@%u:%u=", before ? " " : "", in->key ?: "-", in->at.line,
			in->at.column);
		if (in->text)
			fprintf(out, "%s@%u:%u", in->text, in->value.line, in->value.column);
		else
			fprintf(out, in->list ? "(" : "{");
		print(out, in);
		if (!in->text)
			fprintf(out, in->list ? ")" : "}");
		before = in;
	}
}

static const struct {
	const char *text, *tree;
} trees[] = {
	{"", ""},
	{"---\n", ""},
	{"{}", ""},
	{"a: b\n", "a@1:1=b@1:4"},
	{"a:\n  b\nc:\n", "a@1:1=b@2:3 c@3:1=@3:3"},
	{"\xef\xbb\xbf"
	 "a: b\n",
	 "a@1:1=b@1:4"},
	{"\xc3\xbc: \xe2\x82\xac x\n", "\xc3\xbc@1:1=\xe2\x82\xac x@1:4"},
	{"a: [b, [c], {d: e}]\n", "a@1:1=(-@1:5=b@1:5 -@1:8=(-@1:9=c@1:9) -@1:13={d@1:14=e@1:17})"},
	{"a:\n- b: 1\n  c: 2\n-\n- d\n",
	 "a@1:1=(-@2:3={b@2:3=1@2:6 c@3:3=2@3:6} -@4:2=@4:2 -@5:3=d@5:3)"},
	{"a: {b: {c: {d: {e: {f: {g: h}}}}}}\n",
	 "a@1:1={b@1:5={c@1:9={d@1:13={e@1:17={f@1:21={g@1:25=h@1:28}}}}}}"},
	{"a: 1\na: 2\n", "a@1:1=1@1:4 a@2:1=2@2:4"},
	{"a: []\nb: {}\n", "a@1:1=() b@2:1={}"},
	{"a: |\n  x\n  y\nb: 'c'", "a@1:1=x\ny\n@1:4 b@4:1=c@4:4"},
};

static void test_trees(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		_cleanup_(outline_done) struct outline f = {.path = file, .example = "a: b"};
		_cleanup_free_ char *tree = NULL;
		FILE *out = open_memstream(&tree, &(size_t){0});

		write_bytes(trees[i].text, strlen(trees[i].text));
		assert_int_equal(outline_read(&f), 0);
		print(out, &f.root);
		fclose(out);
		assert_string_equal(tree, trees[i].tree);
	}
}

static void test_find(void **state)
{
	_cleanup_(outline_done) struct outline f = {.path = file, .example = "a: b"};
	static const char text[] = "a: 1\nb: [{c: [x]}]\na: 2\n";
	const struct place *p;

	write_bytes(text, strlen(text));
	assert_int_equal(outline_read(&f), 0);
	assert_null(outline_find(&f.root, "c"));
	assert_string_equal(outline_find(&f.root, "a")->text, "1");
	assert_string_equal(outline_key(&f.root), "");
	p = outline_find(&f.root, "b")->first;
	assert_null(outline_find(p->parent, "c"));
	assert_string_equal(outline_key(p), "b");
	assert_string_equal(outline_key(outline_find(p, "c")->first), "c");
}

static void check_refused(struct outline f, int r, const char *says)
{
	_cleanup_free_ char *expected = NULL;

	f.path = file;
	f.example = "version: 1";
	assert_int_equal(outline_read(&f), r);
	assert_true(asprintf(&expected, "%s%s", file, says) > 0);
	assert_string_equal(f.error, expected);
	outline_done(&f);
}

static const struct {
	const char *text, *says;
} mistakes[] = {
	{"- a\n", ":1:1: a list; write keys, as \"version: 1\""},
	{"a\n", ":1:1: no keys; write them as \"version: 1\""},
	{"a: [{b: [{[x]: y}]}]\n", ":1:11: a list or mapping as a key; write a word"},
	{"a: [{b: [{c: {d: [[[x]]]}}]}]\n", ":1:20: nested too deeply; no key needs that"},
	{"a: [{b: \"x\\0y\"}]\n", ":1:9: a NUL character (\\0); remove it"},
	{"a: [{\"x\\0y\": b}]\n", ":1:6: a NUL character (\\0); remove it"},
	{"a: [&x y, {b: *x}]\n", ":1:15: an alias (*name); write the value out"},
	{"\xef\xbb\xbf"
	 "\xc3\xbc: \xff\n",
	 ":1:4: invalid leading UTF-8 octet; the file must be UTF-8 text"},
};

static void test_mistakes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		write_bytes(mistakes[i].text, strlen(mistakes[i].text));
		check_refused((struct outline){}, -EINVAL, mistakes[i].says);
	}
}

static void test_size(void **state)
{
	_cleanup_free_ char *text = malloc(OUTLINE_SIZE_MAX + 1);

	memset(text, '#', OUTLINE_SIZE_MAX + 1);
	write_bytes(text, OUTLINE_SIZE_MAX + 1);
	check_refused((struct outline){}, -EFBIG, ": is larger than 4 MiB; shorten it");
	write_bytes(text, 1024 * 1024 + 1);
	check_refused((struct outline){.max = 1024 * 1024}, -EFBIG,
		      ": is larger than 1 MiB; shorten it");
}

static void test_places(void **state)
{
	static const char entry[] = "- a\n";
	size_t n = 1024 * 1024;
	_cleanup_free_ char *text = malloc(n * 4 + 3);

	memcpy(text, "a:\n", 3);
	for (size_t i = 0; i < n; i++)
		memcpy(text + 3 + i * 4, entry, 4);
	write_bytes(text, OUTLINE_SIZE_MAX);
	check_refused((struct outline){}, -EFBIG,
		      ":524289:3: more than 524288 keys and values; divide it among files");
}

/* What root obeys, root alone may write. */
static void test_owner(void **state)
{
	_cleanup_(outline_done) struct outline f = {
		.path = file,
		.example = "a: b",
		.root_only = true,
	};
	char says[128];

	if (geteuid() != 0)
		skip();
	write_bytes("a: b\n", 5);
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(outline_read(&f), 0);
	snprintf(says, sizeof(says), ": can be written by others than root; chmod go-w %s", file);
	assert_int_equal(chmod(file, 0664), 0);
	check_refused((struct outline){.root_only = true}, -EPERM, says);
	assert_int_equal(chmod(file, 0602), 0);
	check_refused((struct outline){.root_only = true}, -EPERM, says);
	snprintf(says, sizeof(says),
		 ": belongs to uid 7, who could change it at will; "
		 "chown root %s",
		 file);
	assert_int_equal(chown(file, 7, 0), 0);
	check_refused((struct outline){.root_only = true}, -EPERM, says);
	unlink(file);
}

static int make_file(void **state)
{
	int fd = mkstemp(file);

	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	unlink(file);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),    cmocka_unit_test(test_find),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_size),
		cmocka_unit_test(test_places),   cmocka_unit_test(test_owner),
	};

	return cmocka_run_group_tests_name("outline", tests, make_file, remove_file);
}
