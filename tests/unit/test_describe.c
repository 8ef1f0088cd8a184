// SPDX-License-Identifier: GPL-2.0-only
/* The words of an event, for each act and verdict, and names that try to be more than names. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "describe.h"
#include "message.h"
#include "util.h"

#define TASK(name)                                                                                 \
	{                                                                                          \
		.tgid = 71, .pid = 71, .comm = name                                                \
	}
#define DEVICE(drv, m)                                                                             \
	{                                                                                          \
		.id = {"pci", "0000:02:01.0"}, .driver = drv, .managed = m, .name_len = 12         \
	}

static const struct {
	struct owner_report report;
	const char *message;
} messages[] = {
	{{.group = 5,
	  .act = ACT_BIND,
	  .owner = OWNER_KERNEL,
	  .task = TASK("modprobe"),
	  .device = DEVICE("e1000", 0)},
	 "group 5: bind of 0000:02:01.0 to e1000 by modprobe[71]; owner: kernel"},
	{{.group = 5,
	  .act = ACT_BIND,
	  .verdict = VERDICT_DENY,
	  .by = BY_KERNEL,
	  .error = -EBUSY,
	  .reason = REASON_USER_OWNED,
	  .owner = OWNER_USER,
	  .task = TASK("sh"),
	  .holder = {.tgid = 9, .comm = "qemu"},
	  .device = DEVICE("e1000", 0)},
	 "group 5: bind of 0000:02:01.0 to e1000 by sh[71]: refused by the kernel with EBUSY: "
	 "the group is held by qemu[9]"},
	{{.group = 5,
	  .act = ACT_BIND,
	  .verdict = VERDICT_DENY,
	  .by = BY_OWNERD,
	  .error = -EBUSY,
	  .reason = REASON_DEDICATED,
	  .task = TASK("sh"),
	  .device = DEVICE("e1000", 0)},
	 "group 5: bind of 0000:02:01.0 to e1000 by sh[71]: refused by ownerd with EBUSY: "
	 "the group is dedicated to users (--dedicate)"},
	{{.group = 7,
	  .act = ACT_OPEN,
	  .verdict = VERDICT_WOULD_DENY,
	  .by = BY_OWNERD,
	  .error = -EPERM,
	  .reason = REASON_RESERVED,
	  .task = TASK("qemu")},
	 "group 7: open by qemu[71]: would be refused in enforce mode: the group is reserved for "
	 "the host (--reserve)"},
	{{.group = 5,
	  .act = ACT_MAP,
	  .verdict = VERDICT_WOULD_DENY,
	  .by = BY_OWNERD,
	  .error = -EPERM,
	  .reason = REASON_KERNEL_OWNED,
	  .task = TASK("qemu")},
	 "group 5: map by qemu[71]: would be refused without --no-guard: host drivers are bound in "
	 "the group"},
	{{.group = 5,
	  .act = ACT_CLAIM,
	  .verdict = VERDICT_DENY,
	  .by = BY_OWNERD,
	  .error = -EPERM,
	  .reason = REASON_UNREADABLE,
	  .task = TASK("qemu")},
	 "group 5: claim by qemu[71]: refused by ownerd with EPERM: the group cannot be read as "
	 "this ownerd knows it"},
	{{.group = 7,
	  .act = ACT_OPEN,
	  .verdict = VERDICT_DENY,
	  .by = BY_LSM,
	  .error = -EACCES,
	  .reason = REASON_OTHER_LSM,
	  .task = TASK("qemu")},
	 "group 7: open by qemu[71]: refused by another security module with EACCES: not "
	 "ownerd's verdict, see that module's log"},
	{{.group = 7, .act = ACT_CLAIM, .owner = OWNER_USER, .task = TASK("qemu")},
	 "group 7: claim by qemu[71]; owner: user"},
	{{.group = 7,
	  .act = ACT_CLAIM,
	  .verdict = VERDICT_DENY,
	  .by = BY_KERNEL,
	  .error = -EPERM,
	  .reason = REASON_KERNEL_OWNED,
	  .owner = OWNER_KERNEL,
	  .task = TASK("qemu")},
	 "group 7: claim by qemu[71]: refused by the kernel with EPERM: host drivers are bound in "
	 "the group"},
	{{.group = 7, .act = ACT_RELEASE, .holder = TASK("qemu")},
	 "group 7: released, held by qemu[71]; owner: none"},
	{{.group = 7, .act = ACT_RELEASE},
	 "group 7: released, held by an unknown process; owner: none"},
	{{.group = 5, .act = ACT_JOIN, .device = DEVICE("", 0)},
	 "group 5: join of 0000:02:01.0; owner: none"},
	{{.group = 5,
	  .act = ACT_CLAIM,
	  .verdict = VERDICT_WARN,
	  .reason = REASON_EXPOSED,
	  .owner = OWNER_USER,
	  .holder = TASK("qemu"),
	  .device = DEVICE("pci-stub", 1)},
	 "group 5: 0000:02:01.0 has only a stub driver: it is open to peer-to-peer DMA by "
	 "qemu[71], who holds the group"},
};

static void test_messages(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		_cleanup_free_ char *message = message_of(&messages[i].report, NULL);

		assert_string_equal(message, messages[i].message);
	}
}

/* Values beyond the tables, as a newer build or an edited map may have, are no crash. */
static void test_unknown_values(void **state)
{
	struct owner_report r = {.act = 200, .verdict = 77, .by = 99, .reason = 50, .owner = 9};
	struct json_object *event = describe_event(&r, NULL);

	assert_string_equal(json_object_get_string(json_object_object_get(event, "act")),
			    "unknown");
	assert_string_equal(json_object_get_string(json_object_object_get(event, "verdict")),
			    "unknown");
	json_object_put(event);
}

static const char *comm_as_json(const char *comm, struct json_object **ret_task)
{
	struct owner_task task = {.tgid = 1, .start = 1};

	strncpy(task.comm, comm, sizeof(task.comm) - 1);
	*ret_task = describe_task(&task);
	return json_object_get_string(json_object_object_get(*ret_task, "comm"));
}

static void test_names_are_utf8(void **state)
{
	static const struct {
		const char *comm, *json;
	} cases[] = {
		{"qemu", "qemu"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"a\xff"
		 "b",
		 "a\xef\xbf\xbd"
		 "b"},
		{"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong NUL */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
		{"cut\xe2\x82", "cut\xef\xbf\xbd\xef\xbf\xbd"},
		{"\"},{\n", "\"},{\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_object *task;

		assert_string_equal(comm_as_json(cases[i].comm, &task), cases[i].json);
		json_object_put(task);
	}
}

/* A quote or newline in a name stays inside its JSON string. */
static void test_names_cannot_forge(void **state)
{
	struct owner_report r = {.act = ACT_OPEN, .task = TASK("\"}\n{\"x\":1")};
	struct json_object *event = describe_event(&r, NULL);
	const char *text = json_object_to_json_string_ext(event, JSON_C_TO_STRING_PLAIN);

	assert_null(strchr(text, '\n'));
	assert_null(strstr(text, "{\"x\":1"));
	json_object_put(event);
}

static void test_group(void **state)
{
	const struct owner_device devices[] = {DEVICE("vfio-pci", 1)};
	struct registry_group g = {
		.id = 14,
		.record = {.state = OWNER_STATE(OWNER_USER, 1), .flags = GROUP_SEEDED},
		.held = true,
		.holder = {.seeded = 1, .task = TASK("qemu")},
		.devices = devices,
		.n_devices = 1};
	_cleanup_(rules_done) struct rules rules = {};
	_cleanup_(policy_done) struct policy policy = {};
	struct json_object *o;

	assert_int_equal(rules_add_device(&rules, "0000:02:01.0", REASON_RESERVED), 0);
	assert_int_equal(policy_compile(&policy, &rules, NULL, 0), 0);
	o = describe_group(&g, &policy);
	assert_int_equal(json_object_get_int(json_object_object_get(o, "group")), 14);
	assert_string_equal(json_object_get_string(json_object_object_get(o, "owner")), "user");
	assert_true(json_object_get_boolean(json_object_object_get(o, "seeded")));
	assert_true(json_object_get_boolean(json_object_object_get(o, "holder_seeded")));
	assert_true(json_object_get_boolean(json_object_object_get(o, "reserved")));
	assert_false(json_object_get_boolean(json_object_object_get(o, "dedicated")));
	assert_int_equal(json_object_array_length(json_object_object_get(o, "devices")), 1);
	assert_null(json_object_object_get(o, "refused"));
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),       cmocka_unit_test(test_unknown_values),
		cmocka_unit_test(test_names_are_utf8), cmocka_unit_test(test_names_cannot_forge),
		cmocka_unit_test(test_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
