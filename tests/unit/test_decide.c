// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy comes to: who, which rule, which device.  Subjects and rules are those of
 * tests/cases, by which the kernel is tested too (tests/lab/cases*.sh).
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "asker.h"
#include "decide.h"
#include "feature.h"
#include "util.h"

#define SUBJECTS "tests/cases/subjects"
#define RULES    "tests/cases/rules"

#define H "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define J "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define U "8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f"
#define V "8f14e45f_ceea_467f_a9c5_0d1c2b3a4e5f"

static char path[] = "/tmp/ownerd-decide-XXXXXX";

static struct policy compile(const char *text, const struct owner_device_name *protected, size_t n)
{
	_cleanup_(rules_done) struct rules rules = {};
	_cleanup_free_ char *error = NULL;
	struct policy p = {};
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs("version: 1\n", f);
	fputs(text, f);
	fclose(f);
	if (rules_load(&rules, path, &error) < 0)
		fail_msg("%s\n%s", error, text);
	assert_int_equal(policy_compile(&p, &rules, protected, n), 0);
	return p;
}

static struct owner_device device(const char *name, uint32_t id, uint32_t class, const char *driver)
{
	struct owner_device d = {.group = 14, .pci_id = id, .pci_class = class};

	strcpy(d.id.bus, "pci");
	strcpy(d.id.name, name);
	d.name_len = strlen(name);
	strcpy(d.host_driver, driver);
	strcpy(d.driver, driver);
	return d;
}

/* Padded, as a key is. */
static void set_driver(struct owner_device *d, const char *driver)
{
	memset(d->driver, 0, sizeof(d->driver));
	strcpy(d->driver, driver);
}

/* Subjects. */

/* "%H" and its like become what they stand for. */
static void spell(const char *text, char *ret, size_t size)
{
	static const char letters[] = "HJUV";
	static const char *const words[] = {H, J, U, V};
	FILE *f = fmemopen(ret, size, "w");

	for (; *text; text++) {
		const char *letter = *text == '%' ? strchr(letters, text[1]) : NULL;

		if (!letter) {
			fputc(*text, f);
			continue;
		}
		fputs(words[letter - letters], f);
		text++;
	}
	fclose(f);
}

/* "7:8,9": user, group, supplementary groups. */
static char *asker_text(const char *cgroup, char *ids)
{
	char *uid = strsep(&ids, ":"), *text, *gid;

	assert_true(asprintf(&text, "cgroup=%s,uid=%s", cgroup, uid) > 0);
	while ((gid = strsep(&ids, ","))) {
		_cleanup_free_ char *before = text;

		assert_true(asprintf(&text, "%s,gid=%s", before, gid) > 0);
	}
	return text;
}

static void check_subject(char *line, size_t number)
{
	const struct owner_device d = device("0000:04:00.0", 0x1b360010, 0x010802, "nvme");
	char *lists = strsep(&line, "|"), *cgroup = strsep(&line, "|"), *ids = strsep(&line, "|");
	_cleanup_free_ char *text = NULL, *as = NULL, *error = NULL;
	_cleanup_(policy_done) struct policy p = {};
	_cleanup_(asker_done) struct asker asker = {};
	char who[1024] = "", where[1024] = "";
	struct decide_result result;

	assert_non_null(line);
	spell(lists, who, sizeof(who));
	spell(cgroup, where, sizeof(where));
	assert_true(asprintf(&text,
			     "rules:\n- name: who\n  devices: [{device: \"*\"}]\n  claim: %s\n",
			     who) > 0);
	p = compile(text, NULL, 0);
	as = asker_text(where, ids);
	if (asker_parse(&asker, as, NULL, &error) < 0)
		fail_msg("%s:%zu: %s", SUBJECTS, number, error);
	result = decide_claim(&p, &d, 1, &asker.subject);
	assert_int_equal(result.rule, 0);
	if (strcmp(result.reason ? "EPERM" : "ok", line) != 0)
		fail_msg("%s:%zu: %s, %s: not %s", SUBJECTS, number, who, as, line);
}

/* How many lines of the table there are, each of which is checked. */
static size_t check_lines(const char *table, void (*check)(char *line, size_t number))
{
	_cleanup_fclose_ FILE *f = fopen(table, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0, number = 0, cases = 0;

	assert_non_null(f);
	while (getline(&line, &size, f) > 0) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#')
			continue;
		check(line, number);
		cases++;
	}
	return cases;
}

static void test_subjects(void **state)
{
	assert_true(check_lines(SUBJECTS, check_subject) > 70);
}

/* By the program. */
static void test_exe(void **state)
{
	_cleanup_(policy_done) struct policy p =
		compile("rules:\n- {name: x, devices: [{device: \"*\"}], claim: {allow: [{exe: "
			"/bin/sh}]}}\n",
			NULL, 0);
	const struct owner_device d = device("0000:04:00.0", 0, 0, "nvme");
	_cleanup_(asker_done) struct asker shell = {}, nobody = {};
	_cleanup_free_ char *error = NULL;

	assert_int_equal(asker_parse(&shell, "exe=/bin/sh", NULL, &error), 0);
	assert_int_equal(asker_parse(&nobody, "uid=0", NULL, &error), 0);
	assert_int_equal(decide_claim(&p, &d, 1, &shell.subject).reason, REASON_NONE);
	assert_int_equal(decide_claim(&p, &d, 1, &nobody.subject).reason, REASON_RULE);
}

/* Who maps must be allowed to claim, and then to map; and the limit's arithmetic. */
static void test_map(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(
		"rules:\n- {name: x, devices: [{device: \"*\"}], claim: {allow: [{uid: 1}, "
		"{uid: 2}]}}\n"
		"- {name: y, devices: [{device: \"*\"}], maps: {allow: [{uid: 2}, {uid: 3}], "
		"limit: 4KiB}}\n",
		NULL, 0);
	const struct owner_device d = device("0000:04:00.0", 0, 0, "nvme");
	static const uint8_t want[] = {REASON_RULE, REASON_RULE, REASON_NONE, REASON_RULE};

	for (uint32_t uid = 0; uid < ARRAY_SIZE(want); uid++) {
		_cleanup_(asker_done) struct asker a = {};
		_cleanup_free_ char *error = NULL;
		char text[16];

		snprintf(text, sizeof(text), "uid=%u", uid);
		assert_int_equal(asker_parse(&a, text, NULL, &error), 0);
		assert_int_equal(decide_map(&p, &d, 1, &a.subject).reason, want[uid]);
		assert_int_equal(decide_map(&p, &d, 1, &a.subject).rule, uid == 1 || uid == 2);
	}
	assert_int_equal(p.head.acts, 1U << POLICY_CLAIM | 1U << POLICY_MAPS);
	assert_int_equal(p.rules[1].limit, 4096);
	assert_int_equal(policy_demands(&p), FOR_MAPS);
}

/* A pattern that would take too long to compare refuses. */
static void test_unreadable(void **state)
{
	_cleanup_(policy_done) struct policy p =
		compile("rules:\n- {name: x, devices: [{device: \"*\"}],"
			" claim: {allow: [{cgroup: \"/**/*aaaaaaaaaaaaaaaab\"}]}}\n",
			NULL, 0);
	const struct owner_device d = device("0000:04:00.0", 0, 0, "nvme");
	struct decide_subject s = {};

	for (size_t i = 0; i < sizeof(s.facts.path) - 1; i++)
		s.facts.path[i] = i % 200 ? 'a' : '/';
	assert_int_equal(decide_claim(&p, &d, 1, &s).reason, REASON_UNREADABLE);
	strcpy(s.facts.path, "/x/aaaaaaaaaaaaaaaab");
	assert_int_equal(decide_claim(&p, &d, 1, &s).reason, REASON_NONE);
}

/* Rules and drivers. */

/* The group that the table is about; what acts or binds, does at the second. */
static void make_group(struct owner_device d[static 5])
{
	d[0] = device("0000:01:00.0", 0x1b36000e, 0x060400, "");
	d[1] = device("0000:02:01.0", 0x8086100e, 0x020000, "e1000");
	d[2] = device("0000:02:02.0", 0x10ec8139, 0x020000, "8139cp");
	d[3] = device("0000:02:03.0", 0x10222000, 0x020000, "pcnet32");
	d[4] = device("0000:02:04.0", 0x123411e8, 0x00ff00, "");
	for (size_t i = 1; i < 5; i++)
		set_driver(&d[i], "vfio-pci");
}

static void check_rules(char *line, size_t number)
{
	char *defaults = strsep(&line, "|"), *rules = strsep(&line, "|"), *act = strsep(&line, "|");
	const struct decide_subject root = {.facts = {.path = "/"}};
	_cleanup_(policy_done) struct policy p = {};
	_cleanup_free_ char *text = NULL;
	struct decide_result result;
	struct owner_device d[5];

	assert_non_null(line);
	assert_true(asprintf(&text, "defaults: %s\nrules: %s\n", defaults, rules) > 0);
	p = compile(text, NULL, 0);
	make_group(d);
	if (strcmp(act, "open") != 0)
		set_driver(&d[1], act);
	d[1].managed = strcmp(act, "vfio-pci") == 0 || strcmp(act, "pci-stub") == 0;
	result =
		strcmp(act, "open") == 0 ? decide_claim(&p, d, 5, &root) : decide_bind(&p, d, 5, 1);
	if (strcmp(result.reason ? "refused" : "ok", line) != 0)
		fail_msg("%s:%zu: %s %s, %s: not %s", RULES, number, defaults, rules, act, line);
}

static void test_rules(void **state)
{
	assert_true(check_lines(RULES, check_rules) > 60);
}

static const char two_rules[] = "rules:\n"
				"- name: sound\n"
				"  devices: [{class: \"0403\"}]\n"
				"  claim: {deny: [{uid: \"7\"}]}\n"
				"- name: gpu\n"
				"  devices: [{pci: \"0000:3b:00.0\"}]\n"
				"  claim: {allow: [{uid: \"7\"}]}\n"
				"  bind: {allow: [good, both], deny: [both, pci-stub]}\n"
				"- name: gpu again\n"
				"  devices: [{pci: \"0000:3b:00.*\"}]\n"
				"  bind: {deny: [\"*\"]}\n"
				"- name: group by number\n"
				"  devices: [{group: \"15\"}]\n"
				"  bind: {deny: [bad]}\n";

static const struct {
	size_t devices; /* of the group: the GPU, its sound function */
	const char *driver;
	bool managed;
	uint8_t want;
	uint16_t rule;
} binds[] = {
	{2, "good", false, REASON_NONE, 1},
	{2, "other", false, REASON_RULE, 1},   /* what an allow list does not name */
	{2, "both", false, REASON_RULE, 1},    /* deny before allow */
	{2, "vfio-pci", true, REASON_NONE, 1}, /* a managed one need not be named */
	{2, "pci-stub", true, REASON_RULE, 1}, /* but may be denied */
};

static void test_binds(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(two_rules, NULL, 0);

	for (size_t i = 0; i < ARRAY_SIZE(binds); i++) {
		struct owner_device d[2] = {
			device("0000:3b:00.0", 0x10de2204, 0x030000, "nvidia"),
			device("0000:3b:00.1", 0x10de1aef, 0x040300, "snd_hda_intel")};

		/* on either device: a rule is about whole groups */
		for (size_t at = 0; at < binds[i].devices; at++) {
			struct decide_result r;

			set_driver(&d[at], binds[i].driver);
			d[at].managed = binds[i].managed;
			r = decide_bind(&p, d, binds[i].devices, at);
			assert_int_equal(r.reason, binds[i].want);
			assert_int_equal(r.rule, binds[i].rule);
		}
	}
}

/* A deny list of "*" refuses managed drivers too; a deny list alone leaves the rest to the default.
 */
static void test_deny_lists(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(two_rules, NULL, 0);
	struct owner_device d = device("0000:3b:00.2", 0, 0, "vfio-pci");

	d.managed = true;
	assert_int_equal(decide_bind(&p, &d, 1, 0).reason, REASON_RULE);
	assert_int_equal(decide_bind(&p, &d, 1, 0).rule, 2);
	d = device("0000:99:00.0", 0, 0, "good");
	d.group = 15;
	assert_int_equal(decide_bind(&p, &d, 1, 0).reason, REASON_NONE);
	assert_int_equal(decide_bind(&p, &d, 1, 0).rule, 3);
	set_driver(&d, "bad");
	assert_int_equal(decide_bind(&p, &d, 1, 0).reason, REASON_RULE);
}

/* The first rule that speaks of the act decides for the group, by whichever device it selects it.
 */
static void test_first_match(void **state)
{
	_cleanup_(policy_done) struct policy p = compile(two_rules, NULL, 0);
	struct owner_device d[2] = {device("0000:3b:00.0", 0x10de2204, 0x030000, "nvidia"),
				    device("0000:3b:00.1", 0x10de1aef, 0x040300, "snd_hda_intel")};
	struct decide_subject s = {.facts = {.uid = 8, .path = "/"}};

	assert_int_equal(decide_claim(&p, d, 2, &s).rule, 0); /* "sound", by the second */
	assert_int_equal(decide_claim(&p, d, 2, &s).reason, REASON_NONE);
	assert_int_equal(decide_claim(&p, d, 1, &s).rule, 1); /* "gpu" */
	assert_int_equal(decide_claim(&p, d, 1, &s).reason, REASON_RULE);
	s.facts.uid = 7;
	assert_int_equal(decide_claim(&p, d, 2, &s).reason, REASON_RULE);
	assert_int_equal(decide_claim(&p, d, 1, &s).reason, REASON_NONE);
	assert_int_equal(decide_rule(&p, d, 2, POLICY_BIND), 1); /* "sound" does not speak of it */
	assert_int_equal(decide_rule(&p, d, 2, POLICY_SYSFS), POLICY_NO_RULE);
}

static void test_defaults(void **state)
{
	_cleanup_(policy_done) struct policy p =
		compile("defaults: {claim: deny, bind: deny}\n"
			"rules:\n"
			"- {name: x, devices: [{driver: e1000}], claim: {deny: [{uid: \"7\"}]},"
			" bind: {deny: [bad]}}\n"
			"- {name: y, devices: [{driver: igb}], claim: {allow: [{any: true}]},"
			" bind: {allow: [\"*\"]}}\n",
			NULL, 0);
	struct owner_device none = device("0000:04:00.0", 0, 0, "nvme");
	struct owner_device some = device("0000:05:00.0", 0, 0, "e1000");
	struct owner_device all = device("0000:06:00.0", 0, 0, "igb");
	struct decide_subject s = {.facts = {.path = "/"}};

	assert_int_equal(decide_claim(&p, &none, 1, &s).reason, REASON_DEFAULT);
	assert_int_equal(decide_claim(&p, &none, 1, &s).rule, POLICY_NO_RULE);
	assert_int_equal(decide_claim(&p, &some, 1, &s).reason, REASON_DEFAULT);
	assert_int_equal(decide_claim(&p, &all, 1, &s).reason, REASON_NONE);
	assert_int_equal(decide_bind(&p, &none, 1, 0).reason, REASON_DEFAULT);
	assert_int_equal(decide_bind(&p, &some, 1, 0).reason, REASON_DEFAULT);
	assert_int_equal(decide_bind(&p, &all, 1, 0).reason, REASON_NONE);
	none.managed = true;
	assert_int_equal(decide_bind(&p, &none, 1, 0).reason, REASON_NONE);
	s.facts.uid = 7;
	assert_int_equal(decide_claim(&p, &some, 1, &s).reason, REASON_RULE);
}

/* What the host needs keeps its driver, unless a rule names that very device. */
static void test_protected(void **state)
{
	static const struct owner_device_name disk = {"pci", "0000:04:00.0"};
	_cleanup_(policy_done) struct policy wide = compile(
		"rules:\n- {name: x, devices: [{class: \"01\"}], bind: {allow: [vfio-pci]}}\n",
		&disk, 1);
	_cleanup_(policy_done) struct policy named =
		compile("rules:\n- {name: x, devices: [{class: \"01\"}, {pci: \"04:00.0\"}],"
			" bind: {allow: [vfio-pci]}}\n",
			&disk, 1);
	_cleanup_(policy_done) struct policy denied = compile("defaults: {bind: deny}\n", &disk, 1);
	struct owner_device d[2] = {device("0000:04:00.0", 0, 0x010802, "nvme"),
				    device("0000:05:00.0", 0, 0x010802, "nvme")};

	assert_int_equal(decide_bind(&wide, d, 2, 0).reason, REASON_NONE);
	assert_int_equal(decide_bind(&wide, d, 2, 1).reason, REASON_RULE);
	assert_int_equal(decide_bind(&named, d, 2, 0).reason, REASON_RULE);
	assert_int_equal(decide_bind(&denied, d, 2, 0).reason, REASON_NONE);
	assert_int_equal(decide_bind(&denied, d, 2, 1).reason, REASON_DEFAULT);
}

/* Each kind of selector, and what it is not. */
static const struct {
	const char *entry;
	bool nvme, net, other;
} selectors[] = {
	{"pci: \"0000:04:00.0\"", true, false, false},
	{"pci: \"04:00.*\"", true, false, false},
	{"pci: \"0000:04:*\"", true, false, false},
	{"pci: \"0000:*\"", true, true, false},
	{"pci: \"*\"", true, true, false},
	{"id: \"1b36:0010\"", true, false, false},
	{"id: \"8086:*\"", false, true, false},
	{"class: \"01\"", true, false, false},
	{"class: \"0200\"", false, true, false},
	{"class: \"010802\"", true, false, false},
	{"driver: e1000e", false, true, false},
	{"group: \"14\"", true, true, true},
	{"group: \"1\"", false, false, false},
	{"device: \"platform/fff0.dma\"", false, false, true},
	{"device: \"platform/*\"", false, false, true},
	{"device: \"*\"", true, true, true},
};

static void test_selectors(void **state)
{
	const struct owner_device nvme = device("0000:04:00.0", 0x1b360010, 0x010802, "nvme");
	const struct owner_device net = device("0000:40:00.0", 0x808610d3, 0x020000, "e1000e");
	struct owner_device other = device("fff0.dma", 0, 0, "");

	strcpy(other.id.bus, "platform");
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
		_cleanup_(policy_done) struct policy p = {};
		_cleanup_free_ char *text = NULL;

		assert_true(asprintf(&text,
				     "rules:\n- {name: x, devices: [{%s}], bind: {allow: []}}\n",
				     selectors[i].entry) > 0);
		p = compile(text, NULL, 0);
		if ((decide_rule(&p, &nvme, 1, POLICY_BIND) == 0) != selectors[i].nvme ||
		    (decide_rule(&p, &net, 1, POLICY_BIND) == 0) != selectors[i].net ||
		    (decide_rule(&p, &other, 1, POLICY_BIND) == 0) != selectors[i].other)
			fail_msg("{%s}", selectors[i].entry);
	}
}

static int start(void **state)
{
	int fd = mkstemp(path);

	close(fd);
	return fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subjects),   cmocka_unit_test(test_rules),
		cmocka_unit_test(test_exe),        cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_map),        cmocka_unit_test(test_binds),
		cmocka_unit_test(test_deny_lists), cmocka_unit_test(test_first_match),
		cmocka_unit_test(test_defaults),   cmocka_unit_test(test_protected),
		cmocka_unit_test(test_selectors),
	};

	return cmocka_run_group_tests(tests, start, end);
}
