// SPDX-License-Identifier: GPL-2.0-only
/*
 * Return addresses, by a list of the kernel's functions as /proc/kallsyms has it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "owner_abi.h"
#include "symbols.h"
#include "tree_fixture.h"

static void says(const uint64_t *stack, size_t n, const char *want)
{
	struct json_object *o = symbols_of_stack(root, stack, n);

	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), want);
	json_object_put(o);
}

static void test_nearest(void **state)
{
	const uint64_t stack[] = {0xffffffff81000110, 0xffffffffc0200042, 0xffffffff81000200, 0, 0};

	says(stack, 5, "[\"second+0x10\",\"e1000_open+0x42 [e1000]\",\"third+0x0\"]");
	says(stack, 1, "[\"second+0x10\"]");
	says(stack, 0, "[]");
}

static void test_programs_left_out(void **state)
{
	const uint64_t stack[] = {0xffffffffc0100001, 0xffffffff81000400, 0xffffffff81000101,
				  0xffffffffc0100003};

	says(stack, 4, "[\"second+0x1\"]");
}

static void test_below_all(void **state)
{
	says((const uint64_t[]){0x1000}, 1, "[\"0x1000\"]");
}

/* More than are kept, and more than a stack has. */
static void test_many(void **state)
{
	uint64_t stack[2 * OWNER_STACK_DEPTH];

	for (uint64_t i = 0; i < 1000; i++) {
		for (size_t k = 0; k < 2 * OWNER_STACK_DEPTH; k++)
			stack[k] = 0xffffffff81000200 + (i * 7 + k) % 0x100;
		json_object_put(symbols_of_stack(root, stack, 2 * OWNER_STACK_DEPTH));
	}
	says((const uint64_t[]){0xffffffff81000201}, 1, "[\"third+0x1\"]");
}

static int set_up(void **state)
{
	if (new_root(state))
		return -1;
	make("/proc/kallsyms", "0000000000000000 A fixed_percpu_data\n"
			       "ffffffff81000000 T first\n"
			       "ffffffff81000100 t second\n"
			       "ffffffff81000108 d data\n"
			       "ffffffff81000200 W third\n"
			       "garbage\n"
			       "ffffffff81000400 t bpf_get_stackid\n"
			       "ffffffffc0100000 t bpf_prog_0123456789abcdef_dma_page\t[bpf]\n"
			       "ffffffffc0200000 t e1000_open\t[e1000]\n");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_programs_left_out),
		cmocka_unit_test(test_below_all),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, set_up, remove_root);
}
