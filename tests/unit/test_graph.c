// SPDX-License-Identifier: GPL-2.0-only
/* The picture's DOT, hostile names in it, and the reasons for which devices are one group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "graph.h"
#include "topology.h"
#include "util.h"

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in:\n%s", part, text);
}

static void test_picture(void **state)
{
	const struct graph_device devices[] = {
		{.name = "0000:01:00.0",
		 .above = "0000:00:02.0",
		 .fault = "a fault",
		 .bridge = true},
		{.name = "0000:02:01.0", .above = "0000:01:00.0", .driver = "vfio-pci"},
	};
	const struct graph_device port = {
		.name = "0000:00:02.0", .above = "pci0000:00", .bridge = true};
	char *reasons[] = {"because", NULL};
	const struct graph_group groups[] = {
		{.id = 1, .owner = "kernel", .devices = &port, .n_devices = 1},
		{.id = 5,
		 .owner = "user",
		 .holder = "qemu[7]",
		 .rules = "rules: claim: a",
		 .devices = devices,
		 .n_devices = 2,
		 .reasons = reasons},
	};
	_cleanup_free_ char *dot = graph_render(groups, ARRAY_SIZE(groups));

	assert_has(dot, "subgraph \"cluster_5\"");
	assert_has(dot, "group 5: owner user");
	assert_has(dot, "not isolated from each other:\\l- because");
	assert_has(dot, "rules: claim: a");
	assert_has(dot, "\"0000:01:00.0\" -> \"0000:02:01.0\" [style=dashed");
	assert_has(dot, "\"0000:00:02.0\" -> \"0000:01:00.0\";");
	assert_has(dot, "\"pci0000:00\" -> \"0000:00:02.0\";");
	assert_has(dot, "! a fault");
	assert_has(dot, "driver vfio-pci");
	assert_has(dot, "\"holder qemu[7]\" -> \"0000:01:00.0\" [label=\"holds group 5\"");
}

/* Neither ends its string, nor its line, nor is one of Graphviz's own escapes. */
static void test_hostile(void **state)
{
	const struct graph_device device = {.name = "a\"];evil[\"", .driver = "b\\N\n}\x1b"};
	const struct graph_group group = {
		.id = 1, .owner = "user", .holder = "c\\", .devices = &device, .n_devices = 1};
	_cleanup_free_ char *dot = graph_render(&group, 1);

	assert_has(dot, "\"a\\\"];evil[\\\"\"");
	assert_has(dot, "driver b\\\\N\\\\x0a}\\\\x1b");
	assert_has(dot, "\"holder c\\\\\"");
	assert_null(strstr(dot, "\x1b"));
}

static void test_empty(void **state)
{
	const struct graph_group group = {.id = 1, .owner = "user", .holder = "x"};
	_cleanup_free_ char *none = graph_render(NULL, 0), *bare = graph_render(&group, 1);

	assert_has(none, "digraph");
	assert_has(bare, "cluster_1");
}

static void free_reasons(char ***list)
{
	for (char **r = *list; r && *r; r++)
		free(*r);
	free(*list);
}

static void test_reasons(void **state)
{
	static const char *const names[] = {"0000:00:08.0", "0000:00:08.1", "0000:01:00.0"};
	static const struct {
		enum topology_fault faults[3];
		size_t n, reasons;
		const char *first;
	} cases[] = {
		{{FAULT_PORT}, 1, 0, NULL},
		{{FAULT_PORT, FAULT_PORT}, 3, 2, "port 0000:00:08.0 has no ACS"},
		{{FAULT_PORT_OFF}, 3, 1, "not switched on"},
		{{FAULT_CONVENTIONAL}, 3, 1, "bridge to conventional PCI"},
		{{FAULT_FUNCTION, FAULT_FUNCTION}, 3, 1, "0000:00:08 is a multifunction device"},
		{{FAULT_NONE, FAULT_NONE, FAULT_FUNCTION}, 3, 1, "firmware"},
		{{FAULT_UNREADABLE}, 3, 1, "run it as root"},
		{{FAULT_UNREADABLE, FAULT_PORT}, 3, 1, "port 0000:00:08.1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct topology_device devices[3] = {};
		_cleanup_(free_reasons) char **list = NULL;
		size_t n = 0;

		for (size_t j = 0; j < 3; j++)
			devices[j].fault = cases[i].faults[j];
		list = topology_reasons(names, devices, cases[i].n);
		while (list[n])
			n++;
		assert_int_equal(n, cases[i].reasons);
		if (n)
			assert_has(list[0], cases[i].first);
	}
}

static void test_slots(void **state)
{
	assert_true(topology_same_slot("0000:00:08.0", "0000:00:08.1"));
	assert_false(topology_same_slot("0000:00:08.0", "0000:00:09.0"));
	assert_false(topology_same_slot("0000:00:08", "0000:00:080.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_picture), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_empty),   cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_slots),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
