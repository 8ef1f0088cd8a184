// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "schema.h"

static char file[] = "/tmp/ownerd-schema-XXXXXX";

/* A small world of lists in mappings in lists. */
struct leaf {
	char *pci, *id;
	int colour;
};

struct node {
	char *name;
	struct leaf **leaves;
	size_t n;
};

struct tree {
	char *version;
	struct node **nodes, **others;
	size_t n, n_others;
};

static const cyaml_strval_t colours[] = {{"red", 1}, {"green", 2}};

#define OPTIONAL CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER

static const cyaml_schema_field_t leaf_fields[] = {
	CYAML_FIELD_STRING_PTR("pci", OPTIONAL, struct leaf, pci, 1, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("id", OPTIONAL, struct leaf, id, 0, CYAML_UNLIMITED),
	CYAML_FIELD_ENUM("colour", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct leaf, colour,
			 colours, 2),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t leaf = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct leaf, leaf_fields),
};

static const cyaml_schema_field_t node_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct node, name, 0, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("leaves", OPTIONAL, struct node, leaves, n, &leaf, 1, 3),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t node = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct node, node_fields),
};

static const cyaml_schema_field_t tree_fields[] = {
	CYAML_FIELD_STRING_PTR("version", CYAML_FLAG_POINTER, struct tree, version, 0, 1),
	CYAML_FIELD_SEQUENCE_COUNT("nodes", OPTIONAL, struct tree, nodes, n, &node, 0, 3),
	CYAML_FIELD_SEQUENCE_COUNT("others", OPTIONAL, struct tree, others, n_others, &node, 0, 3),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t tree = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tree, tree_fields),
};

static const struct schema_remedy remedies[] = {
	{NULL, "version", "write 1"},
	{NULL, "nodes", "give nodes"},
	{"nodes", "leaves", "give a node's leaves"},
	{NULL, "leaves", "give leaves"},
	{NULL, "pci", "give an address"},
	{NULL, "colour", "paint it red or green"},
	{NULL, "name", "name it"},
	{},
};

static const struct schema schema = {&tree, remedies};

static void write_text(const char *text)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static const struct {
	const char *text, *says;
} mistakes[] = {
	/* unknown: the keys of the mapping it stands in, and of no other */
	{"version: 1\nversio: 2\n", ":2:1: key \"versio\": unknown; did you mean \"version\"?"},
	{"version: 1\npci: 2\n", ":2:1: key \"pci\": unknown; the keys are version, nodes, others"},
	{"version: 1\nnodes:\n- name: x\n  leaves:\n  - id: 5\n  - id: 6\n    pcj: 7\n",
	 ":7:5: key \"pcj\": unknown; did you mean \"pci\"?"},
	{"version: 1\nnodes: [{name: x}, {name: y, leaves: [{pci: a}, {nam: b}]}]\n",
	 ":2:50: key \"nam\": unknown; the keys are pci, id, colour"},
	{"version: 1\nnodes: [{name: x}, {nam: y}]\n",
	 ":2:21: key \"nam\": unknown; did you mean \"name\"?"},
	/* what libcyaml quotes of the file forges no trace */
	{"version: 1\n\"x'\\n  in mapping field 'nodes' (line: 1, column: 1)\": 1\n",
	 ":2:1: key \"x'?  in mapping field 'nodes' (line: 1, column: 1)\": unknown; the keys are "
	 "version, nodes, others"},
	{"version: 1\n\" in mapping field 'nodes'\": 1\n",
	 ":2:1: key \" in mapping field 'nodes'\": unknown; the keys are version, nodes, others"},
	/* wrong */
	{"version: 1\nnodes: [{name: x, leaves: [{pci: ''}]}]\n",
	 ":2:34: key \"pci\": \"\" is not valid; give an address"},
	{"version: 1\nnodes: [{name: x, leaves: [{id: [a]}]}]\n",
	 ":2:33: key \"id\": this list is not valid; correct it"},
	{"version: 1\nnodes: [{name: x, leaves: [{colour: red}, {colour: blue}]}]\n",
	 ":2:52: key \"colour\": \"blue\" is not valid; paint it red or green"},
	{"version: 1\nnodes: [{name: x, leaves: [a]}]\n",
	 ":2:28: key \"leaves\": \"a\" is not valid; give a node's leaves"},
	{"version: 1\nothers: [{name: x, leaves: [a]}]\n",
	 ":2:29: key \"leaves\": \"a\" is not valid; give leaves"},
	{"version: 1\nnodes: [{name: x, leaves: [[a]]}]\n",
	 ":2:28: key \"leaves\": this list is not valid; give a node's leaves"},
	{"version: 1\nnodes: {a: b}\n",
	 ":2:8: key \"nodes\": this mapping is not valid; give nodes"},
	{"version: 12\n", ":1:10: key \"version\": \"12\" is not valid; write 1"},
	/* missing */
	{"", ":1:1: key \"version\": missing; write 1"},
	{"nodes: []\n", ":1:1: key \"version\": missing; write 1"},
	{"version: 1\nnodes:\n- name: x\n- leaves: [{pci: a}]\n",
	 ":4:3: key \"name\": missing; name it"},
	{"version: 1\nnodes:\n- {}\n", ":3:3: key \"name\": missing; name it"},
	/* twice */
	{"version: 1\nnodes: []\nversion: 1\n",
	 ":3:1: key \"version\": given before, on line 1; keep one of them"},
	{"version: 1\nnodes: [{name: x}, {name: y, leaves: [{pci: a,\n id: b,\n pci: c}]}]\n",
	 ":4:2: key \"pci\": given before, on line 2; keep one of them"},
	/* too few, too many */
	{"version: 1\nnodes: [{name: x, leaves: []}]\n",
	 ":2:27: key \"leaves\": says nothing; give a node's leaves"},
	{"version: 1\nnodes: [{name: x, leaves: [{}, {}, {},\n {}, {}]}]\n",
	 ":3:2: key \"leaves\": more than 3 entries; give a node's leaves"},
};

static void test_mistakes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		_cleanup_(outline_done) struct outline f = {.path = file, .example = "version: 1"};
		_cleanup_free_ char *expected = NULL;
		void *data = &data;

		write_text(mistakes[i].text);
		assert_int_equal(outline_read(&f), 0);
		if (schema_load(&schema, &f, &data) != -EINVAL)
			fail_msg("not refused as: %s", mistakes[i].says);
		assert_ptr_equal(data, &data);
		assert_true(asprintf(&expected, "%s%s", file, mistakes[i].says) > 0);
		assert_string_equal(f.error, expected);
	}
}

static void test_load(void **state)
{
	_cleanup_(outline_done) struct outline f = {.path = file, .example = "version: 1"};
	struct tree *t;
	void *data = NULL;

	write_text("version: 1\nnodes: [{name: x, leaves: [{pci: a}, {colour: green}]}]\n");
	assert_int_equal(outline_read(&f), 0);
	assert_int_equal(schema_load(&schema, &f, &data), 0);
	t = data;
	assert_string_equal(t->version, "1");
	assert_int_equal(t->n, 1);
	assert_int_equal(t->nodes[0]->n, 2);
	assert_string_equal(t->nodes[0]->leaves[0]->pci, "a");
	assert_int_equal(t->nodes[0]->leaves[1]->colour, 2);
	assert_null(t->others);
	schema_free(&schema, data);
}

static int make_file(void **state)
{
	int fd = mkstemp(file);

	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	return unlink(file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests_name("schema", tests, make_file, remove_file);
}
