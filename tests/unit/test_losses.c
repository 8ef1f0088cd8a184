// SPDX-License-Identifier: GPL-2.0-only
/* What is lost is told whichever map or ring was full: by the counters' names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "losses.h"
#include "util.h"

static enum owner_counter one; /* the only counter that has counted, once */

struct registry_maps loader_maps(const struct loader *l)
{
	return (struct registry_maps){};
}

int registry_counters(const struct registry_maps *maps, uint64_t ret[COUNT_MAX])
{
	memset(ret, 0, COUNT_MAX * sizeof(*ret));
	ret[one] = 1;
	return 0;
}

/* Without memory to judge in, an act is judged closed, and reported. */
static bool is_loss(const char *name)
{
	static const char *const words[] = {"_full",   "_dropped", "_lost",
					    "_failed", "_cut",     "_unsettled"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(name, words[i]))
			return strcmp(name, "thoughts_full") != 0;
	return strcmp(name, "layouts_unknown") == 0;
}

static void test_each(void **state)
{
	static const char *const names[] = {
#define X(name, help) #name,
		OWNER_COUNTERS(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		one = i;
		if (losses_count(NULL) != is_loss(names[i]))
			fail_msg("%s: is it a loss?", names[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each)};

	return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
