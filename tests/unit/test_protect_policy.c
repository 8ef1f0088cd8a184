// SPDX-License-Identifier: GPL-2.0-only
/* What is protected has its drivers, unless the rule that decides selects it by its address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "decide.h"
#include "util.h"

static struct owner_device make_owned(const char *name, const char *driver)
{
	struct owner_device d = {
		.id.bus = "pci", .group = 1, .pci_class = 0x020000, .name_len = strlen(name)};

	strcpy(d.id.name, name);
	strcpy(d.driver, driver);
	strcpy(d.host_driver, driver);
	return d;
}

/* Nobody binds to what the keys select. */
static struct policy compile(struct policy_select_key *keys, size_t n, uint32_t acts,
			     bool deny_bind, const struct owner_device_name *protected)
{
	char name[] = "r", place[] = "p";
	struct rule rule = {
		.name = name,
		.place = place,
		.selects = keys,
		.n_selects = n,
		.bind_allow.given = true,
		.acts = acts,
		.reason = REASON_DEDICATED,
	};
	struct rules rules = {.rules = &rule, .n = 1, .deny_bind = deny_bind};
	struct policy p = {};

	assert_int_equal(policy_compile(&p, &rules, protected, protected ? 1 : 0), 0);
	return p;
}

static void test_spared(void **state)
{
	const struct owner_device devices[] = {make_owned("0000:00:01.0", "nvme"),
					       make_owned("0000:00:02.0", "e1000e")};
	struct policy_select_key class = {.kind = SELECT_CLASS, .number = 0x020000};
	struct policy_select_key address = {.kind = SELECT_DEVICE, .name = devices[0].id};
	struct policy_select_key both[] = {class, address};
	const uint32_t bind = 1U << POLICY_BIND, claim = 1U << POLICY_CLAIM;
	struct decide_result d;
	struct policy p = compile(&class, 1, bind, false, &devices[0].id);

	assert_int_equal(decide_bind(&p, devices, 2, 0).reason, REASON_NONE);
	assert_int_equal(decide_bind(&p, devices, 2, 1).reason, REASON_DEDICATED);
	assert_true(decide_spared(&p, devices, 2, 0, &d));
	assert_int_equal(d.rule, 0);
	assert_false(decide_spared(&p, devices, 2, 1, &d));
	policy_done(&p);

	p = compile(both, 2, bind, false, &devices[0].id);
	assert_int_equal(decide_bind(&p, devices, 2, 0).reason, REASON_DEDICATED);
	assert_false(decide_spared(&p, devices, 2, 0, &d));
	policy_done(&p);

	p = compile(&address, 1, claim, true, &devices[0].id); /* names it, for another act */
	assert_int_equal(decide_bind(&p, devices, 2, 0).reason, REASON_NONE);
	assert_int_equal(decide_bind(&p, devices, 2, 1).reason, REASON_DEFAULT);
	assert_true(decide_spared(&p, devices, 2, 0, &d));
	assert_int_equal(d.rule, POLICY_NO_RULE);
	policy_done(&p);
}

static void test_other_protection(void **state)
{
	const struct owner_device device = make_owned("0000:00:01.0", "nvme");
	struct policy_select_key class = {.kind = SELECT_CLASS, .number = 0x020000};
	struct policy p = compile(&class, 1, 1U << POLICY_BIND, false, NULL), q = {}, r = {};

	policy_number(&p, 7);
	p.rules[0].denied = 3;
	assert_int_equal(policy_protect(&q, &p, &device.id, 1), 0);
	assert_int_equal(decide_bind(&p, &device, 1, 0).reason, REASON_DEDICATED);
	assert_int_equal(decide_bind(&q, &device, 1, 0).reason, REASON_NONE);
	assert_int_equal(q.rules[0].denied, 3);
	assert_true(q.head.hash != p.head.hash);
	policy_number(&q, 8);
	assert_int_equal(policy_protect(&r, &q, NULL, 0), 0);
	assert_true(r.head.hash == p.head.hash);
	policy_done(&p);
	policy_done(&q);
	policy_done(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spared),
		cmocka_unit_test(test_other_protection),
	};

	return cmocka_run_group_tests_name("protect_policy", tests, NULL, NULL);
}
