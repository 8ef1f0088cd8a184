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
#include "rules.h"
#include "util.h"

static char dir[] = "/tmp/ownerd-rules-XXXXXX";

static char *in_dir(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	_cleanup_close_ int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static struct rules load(const char *text)
{
	_cleanup_free_ char *error = NULL;
	struct rules rules;

	write_file("10-a.yaml", text);
	if (rules_load(&rules, in_dir("10-a.yaml"), &error))
		fail_msg("%s", error);
	return rules;
}

#define V    "version: 1\n"
#define RULE V "rules:\n- name: x\n  devices: [{pci: \"*\"}]\n"

static const char example[] =
	"version: 1\n"
	"mode: enforce\n"
	"defaults: {claim: allow, bind: allow}\n"
	"rules:\n"
	"  - name: gpu0 belongs to tenant-a\n"
	"    devices: [{pci: \"0000:3b:00.0\"}]       # a rule selects devices\n"
	"    claim:\n"
	"      allow: [{vm: \"tenant-a*\"}, {pod: \"8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f\"}]\n"
	"    bind: {allow: [vfio-pci]}              # no host driver ever\n"
	"    maps: {limit: 64GiB}\n"
	"  - name: only labelled containers reach the NIC functions\n"
	"    devices: [{id: \"15b3:101e\"}]\n"
	"    claim: {deny: [{uid: 1000}], allow: [{cgroup: \"/kubepods.slice/**\"}]}\n"
	"  - name: storage never leaves the host\n"
	"    devices: [{driver: nvme}]\n"
	"    claim: {deny: [{any: true}]}\n"
	"  - name: nobody unbinds what is in use\n"
	"    devices: [{pci: \"*\"}]\n"
	"    sysfs: {deny-while-owned: [unbind, remove, reset, driver_override]}\n";

static void check_subjects(const struct rules_subjects *s, bool given, size_t n)
{
	assert_int_equal(s->given, given);
	assert_int_equal(s->n, n);
}

static void test_example(void **state)
{
	struct rules rules = load(example);
	const struct rule *r = rules.rules;

	assert_int_equal(rules.n, 4);
	assert_int_equal(rules.mode, RULES_MODE_ENFORCE);
	assert_false(rules.deny_bind);
	assert_false(rules.deny_claim);
	assert_int_equal(rules.n_warnings, 0);

	assert_string_equal(r->name, "gpu0 belongs to tenant-a");
	assert_string_equal(r->place, "10-a.yaml:5");
	assert_int_equal(r->reason, REASON_RULE);
	assert_int_equal(r->n_selects, 1);
	assert_int_equal(r->selects[0].generation, 0);
	assert_int_equal(r->selects[0].kind, SELECT_DEVICE);
	assert_string_equal(r->selects[0].name.name, "0000:3b:00.0");
	assert_int_equal(r->acts, 1 << POLICY_CLAIM | 1 << POLICY_BIND | 1 << POLICY_MAPS);
	check_subjects(&r->claim_allow, true, 8); /* libvirt's 2 and the kubelet's 6 */
	check_subjects(&r->claim_deny, false, 0);
	check_subjects(&r->maps_allow, false, 0);
	check_subjects(&r->maps_deny, false, 0);
	assert_int_equal(r->claim_allow.matchers[0].tests, MATCH_PATH);
	assert_string_equal(r->claim_allow.matchers[0].pattern,
			    "/machine.slice/machine-qemu\\x2d\3\\x2dtenant\\x2da\1.scope\2");
	assert_string_equal(r->claim_allow.matchers[2].pattern,
			    "/kubepods/pod8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f\2");
	assert_true(r->bind_allow.given);
	assert_int_equal(r->bind_allow.n, 1);
	assert_string_equal(r->bind_allow.names[0], "vfio-pci");
	assert_false(r->bind_deny.given);
	assert_true(r->limit == 64ULL << 30);
	r++;

	assert_string_equal(r->place, "10-a.yaml:11");
	assert_int_equal(r->selects[0].kind, SELECT_ID);
	assert_int_equal(r->acts, 1 << POLICY_CLAIM);
	check_subjects(&r->claim_deny, true, 1);
	check_subjects(&r->claim_allow, true, 1);
	assert_int_equal(r->claim_deny.matchers[0].tests, MATCH_UID);
	assert_int_equal(r->claim_deny.matchers[0].uid, 1000);
	assert_string_equal(r->claim_allow.matchers[0].pattern, "/kubepods.slice\2");
	assert_true(r->limit == POLICY_NO_LIMIT);
	r++;

	assert_string_equal(r->place, "10-a.yaml:14");
	assert_int_equal(r->selects[0].kind, SELECT_DRIVER);
	check_subjects(&r->claim_deny, true, 1);
	assert_int_equal(r->claim_deny.matchers[0].tests, MATCH_ANY);
	check_subjects(&r->claim_allow, false, 0);
	r++;

	assert_string_equal(r->place, "10-a.yaml:17");
	assert_int_equal(r->selects[0].kind, SELECT_BUS_ANY);
	assert_int_equal(r->acts, 1 << POLICY_SYSFS);
	assert_int_equal(r->files_owned,
			 FILE_UNBIND | FILE_REMOVE | FILE_RESET | FILE_DRIVER_OVERRIDE);
	assert_int_equal(r->files, 0);
	rules_done(&rules);
	assert_int_equal(rules.n, 0);
}

/* A list that is given and empty is not one that is not given. */
static void test_empty_lists(void **state)
{
	struct rules rules = load(RULE "  claim: {allow: []}\n  maps: {deny: []}\n"
				       "  bind: {allow: [], deny: []}\n  sysfs: {deny: []}\n");
	const struct rule *r = rules.rules;

	assert_int_equal(r->acts, (1 << POLICY_ACTS) - 1);
	check_subjects(&r->claim_allow, true, 0);
	check_subjects(&r->claim_deny, false, 0);
	check_subjects(&r->maps_allow, false, 0);
	check_subjects(&r->maps_deny, true, 0);
	assert_true(r->bind_allow.given && r->bind_deny.given);
	assert_int_equal(r->bind_allow.n + r->bind_deny.n, 0);
	assert_int_equal(r->files | r->files_owned, 0);
	rules_done(&rules);
}

static void test_everything(void **state)
{
	struct rules rules = load(
		V "mode: observe\ndefaults:\n  bind: deny\nrules:\n"
		  "- name: '\xc3\xbc  \xe2\x82\xac'\n"
		  "  devices:\n  - pci: 3b:*\n  - id: 8086:*\n  - class: 01\n  - driver: nvme\n"
		  "  - group: 14\n  - device: platform/x\n"
		  "  claim:\n    allow:\n    - {unit: a.service, uid: root, gid: 5, any: yes}\n"
		  "    - vm: win_10\n"
		  "  maps: {allow: [{exe: /none}], deny: [{gid: root}], limit: 4096}\n"
		  "  bind: {allow: ['*'], deny: [nvme, nvme]}\n"
		  "  sysfs:\n    deny: [new_id, sriov_numvfs, resource, config, config]\n"
		  "    deny-while-owned: [unbind]\n");
	const struct rule *r = rules.rules;

	assert_int_equal(rules.mode, RULES_MODE_OBSERVE);
	assert_true(rules.deny_bind);
	assert_false(rules.deny_claim);
	assert_string_equal(r->name, "\xc3\xbc  \xe2\x82\xac");
	assert_int_equal(r->n_selects, 6);
	assert_int_equal(r->selects[0].kind, SELECT_BUS);
	assert_int_equal(r->selects[5].kind, SELECT_DEVICE);
	assert_string_equal(r->selects[5].name.bus, "platform");
	check_subjects(&r->claim_allow, true, 3);
	assert_int_equal(r->claim_allow.matchers[0].tests,
			 MATCH_ANY | MATCH_SCOPE | MATCH_UID | MATCH_GID);
	assert_int_equal(r->maps_allow.matchers[0].tests, MATCH_EXE | MATCH_PROGRAM);
	assert_string_equal(r->maps_allow.matchers[0].pattern, "/none");
	assert_int_equal(r->maps_allow.matchers[1].tests, MATCH_EXE);
	assert_int_equal(r->maps_deny.matchers[0].tests, MATCH_GID);
	assert_true(r->limit == 4096);
	assert_string_equal(r->bind_allow.names[0], "*");
	assert_int_equal(r->bind_deny.n, 2);
	assert_int_equal(r->files, FILE_NEW_ID | FILE_SRIOV_NUMVFS | FILE_RESOURCE | FILE_CONFIG);
	assert_int_equal(r->files_owned, FILE_UNBIND);

	assert_int_equal(rules.n_warnings, 3);
	assert_string_equal(
		rules.warnings[0] + strlen(dir),
		"/10-a.yaml:12:12: key \"group\": \"14\": a group's number changes from "
		"one boot to the next; better name a device of it");
	assert_string_equal(
		rules.warnings[1] + strlen(dir),
		"/10-a.yaml:17:11: key \"vm\": \"win_10\": libvirt's cgroups have only "
		"the letters, digits, dashes and dots of a name: machines that differ in "
		"nothing else are meant too");
	assert_string_equal(rules.warnings[2] + strlen(dir),
			    "/10-a.yaml:18:24: key \"exe\": \"/none\": not there; until it is, "
			    "this entry is about nobody");
	rules_done(&rules);
}

static void test_limits(void **state)
{
	static const struct {
		const char *text;
		uint64_t limit;
	} limits[] = {
		{"1", 1},
		{"4096", 4096},
		{"007", 7},
		{"512MiB", 512ULL << 20},
		{"3KiB", 3072},
		{"64GiB", 64ULL << 30},
		{"1TiB", 1ULL << 40},
		{"\"16777215TiB\"", 16777215ULL << 40},
		{"18446744073709551614", 18446744073709551614ULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		_cleanup_free_ char *text = NULL;
		struct rules rules;

		assert_true(asprintf(&text, RULE "  maps: {limit: %s}\n", limits[i].text) > 0);
		rules = load(text);
		assert_true(rules.rules[0].limit == limits[i].limit);
		rules_done(&rules);
	}
}

/* Files. */

static void test_directory(void **state)
{
	_cleanup_free_ char *error = NULL;
	struct rules rules;

	write_file("20-b.yaml", V "mode: enforce\nrules:\n- name: b\n  devices: [{pci: \"*\"}]\n"
				  "  bind: {deny: []}\n");
	write_file("10-a.yaml", "\n\n" RULE "  bind: {deny: []}\n");
	write_file("Z.yaml", V "mode: enforce\ndefaults: {claim: deny}\n");
	write_file(".hidden.yaml", "not read");
	write_file("10-a.yaml~", "not read");
	write_file("30-c.yml", "not read");
	write_file(".yaml", "not read");
	assert_int_equal(mkdir(in_dir("40-d.yaml"), 0700), 0);
	assert_int_equal(symlink(dir, in_dir("50-e.yaml")), 0);
	assert_int_equal(rules_load(&rules, dir, &error), 0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.rules[0].place, "10-a.yaml:5");
	assert_string_equal(rules.rules[1].place, "20-b.yaml:4");
	assert_int_equal(rules.mode, RULES_MODE_ENFORCE);
	assert_true(rules.deny_claim);
	rules_done(&rules);
	rmdir(in_dir("40-d.yaml"));
	for (size_t i = 0; i < 7; i++)
		unlink(in_dir(((const char *[]){"20-b.yaml", "Z.yaml", ".hidden.yaml", "10-a.yaml~",
						"30-c.yml", ".yaml", "50-e.yaml"})[i]));
}

static void test_nothing_there(void **state)
{
	struct rules rules;
	char *error = NULL;

	unlink(in_dir("10-a.yaml"));
	assert_int_equal(rules_load(&rules, dir, &error), 0);
	assert_int_equal(rules.n, 0);
	assert_int_equal(rules.mode, RULES_MODE_NONE);
	rules_done(&rules);
	assert_int_equal(rules_load(&rules, in_dir("policy.d"), &error), 0);
	assert_int_equal(rules.n, 0);
	rules_done(&rules);
	assert_null(error);
}

static void check_refused(const char *path, int r, const char *says)
{
	_cleanup_free_ char *error = NULL, *expected = NULL;
	struct rules rules;

	assert_int_equal(rules_load(&rules, path, &error), r);
	assert_true(asprintf(&expected, "%s%s", path, says) > 0);
	assert_string_equal(error, expected);
}

static void test_no_file(void **state)
{
	_cleanup_free_ char *says = NULL;
	char path[128];

	check_refused(in_dir("none.yaml"), -ENOENT,
		      ": cannot be opened: No such file or directory; create it or name another "
		      "file");
	check_refused("/dev/null", -EINVAL, ": is a device; name a regular file");
	snprintf(path, sizeof(path), "%s/a.yaml", dir);
	assert_int_equal(symlink("/nowhere", path), 0);
	check_refused(path, -ENOENT,
		      ": cannot be opened: No such file or directory; create it or "
		      "name another file");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_refused(path, -EINVAL, ": is a FIFO; name a regular file");
	unlink(path);
}

/* What root obeys, root alone may write: the files, and which files there are. */
static void test_owner(void **state)
{
	_cleanup_free_ char *file = NULL, *says = NULL;
	struct rules rules;
	char *error = NULL;

	if (geteuid() != 0)
		skip();
	write_file("10-a.yaml", V);
	assert_true(asprintf(&file, "%s/10-a.yaml", dir) > 0);
	assert_int_equal(chmod(file, 0664), 0);
	assert_true(asprintf(&says, ": can be written by others than root; chmod go-w %s", file) >
		    0);
	check_refused(file, -EPERM, says);
	assert_int_equal(rules_load(&rules, dir, &error), -EPERM);
	free(error);
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	free(says);
	assert_true(asprintf(&says, ": can be written by others than root; chmod go-w %s", dir) >
		    0);
	check_refused(dir, -EPERM, says);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(chown(file, 7, 7), 0);
	free(says);
	assert_true(asprintf(&says,
			     ": belongs to uid 7, who could change it at will; chown root %s",
			     file) > 0);
	check_refused(file, -EPERM, says);
	unlink(file);
}

static void test_many_files(void **state)
{
	struct rules rules;
	char *error = NULL, name[32];

	for (int i = 0; i < 257; i++) {
		snprintf(name, sizeof(name), "%03d.yaml", i);
		write_file(name, V);
	}
	check_refused(dir, -E2BIG, ": has more than 256 files that end in .yaml; unite some");
	unlink(in_dir("256.yaml"));
	assert_int_equal(rules_load(&rules, dir, &error), 0);
	rules_done(&rules);
	for (int i = 0; i < 256; i++) {
		snprintf(name, sizeof(name), "%03d.yaml", i);
		unlink(in_dir(name));
	}
}

/* A place fits its field, and has its line. */
static void test_long_name(void **state)
{
	static const char name[] =
		"0123456789012345678901234567890123456789012345678901234567890123"
		"\n.yaml";
	struct rules rules;
	char *error = NULL;

	write_file(name, RULE "  bind: {deny: []}\n");
	assert_int_equal(rules_load(&rules, in_dir(name), &error), 0);
	assert_string_equal(rules.rules[0].place,
			    "0123456789012345678901234567890123456789012345678901234567...:3");
	assert_int_equal(strlen(rules.rules[0].place), POLICY_PLACE_LEN - 1);
	rules_done(&rules);
	unlink(in_dir(name));
}

/* Options. */

static void test_devices(void **state)
{
	struct rules rules = load(RULE "  bind: {deny: []}\n");
	const struct rule *r;

	assert_int_equal(rules_add_device(&rules, "3B:00.0", REASON_RESERVED), 0);
	assert_int_equal(rules_add_device(&rules, "platform/x", REASON_DEDICATED), 0);
	assert_int_equal(rules_add_device(&rules, "eth0", REASON_DEDICATED), -EINVAL);
	assert_int_equal(rules.n, 3);
	r = &rules.rules[1];
	assert_string_equal(r->name, "reserve 3B:00.0");
	assert_string_equal(r->place, "--reserve 3B:00.0");
	assert_int_equal(r->reason, REASON_RESERVED);
	assert_int_equal(r->acts, 1 << POLICY_CLAIM);
	assert_int_equal(r->n_selects, 1);
	assert_int_equal(r->selects[0].kind, SELECT_DEVICE);
	assert_string_equal(r->selects[0].name.bus, "pci");
	assert_string_equal(r->selects[0].name.name, "0000:3b:00.0");
	check_subjects(&r->claim_deny, true, 1);
	check_subjects(&r->claim_allow, false, 0);
	assert_int_equal(r->claim_deny.matchers[0].tests, MATCH_ANY);
	assert_true(r->limit == POLICY_NO_LIMIT);
	r++;
	assert_string_equal(r->name, "dedicate platform/x");
	assert_string_equal(r->place, "--dedicate platform/x");
	assert_int_equal(r->reason, REASON_DEDICATED);
	assert_int_equal(r->acts, 1 << POLICY_BIND);
	assert_true(r->bind_allow.given);
	assert_int_equal(r->bind_allow.n, 0);
	assert_false(r->bind_deny.given);
	check_subjects(&r->claim_deny, false, 0);
	while (rules.n < POLICY_RULES_MAX)
		assert_int_equal(rules_add_device(&rules, "3b:00.0", REASON_RESERVED), 0);
	assert_int_equal(rules_add_device(&rules, "3b:00.0", REASON_RESERVED), -E2BIG);
	rules_done(&rules);
}

/* Whatever is made to be slow or large gets its answer. */

static double seconds(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) + (to->tv_nsec - from->tv_nsec) / 1e9;
}

static void check_quick(const char *head, const char *part, const char *tail, int r)
{
	_cleanup_free_ char *text = malloc(OUTLINE_SIZE_MAX + 1), *error = NULL;
	size_t n = strlen(head), size = OUTLINE_SIZE_MAX - strlen(tail);
	struct rules rules = {};
	struct timespec from, to;

	memcpy(text, head, n);
	for (size_t i = 0; n + strlen(part) < size - 64; i++)
		n += sprintf(text + n, part, i); /* NOLINT: formats of this file */
	strcpy(text + n, tail);
	write_file("10-a.yaml", text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	if (rules_load(&rules, in_dir("10-a.yaml"), &error) != r)
		fail_msg("%s%s...: %s", head, part, error);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	rules_done(&rules);
	if (getenv("OWNERD_TIMES"))
		print_message("%.3f s: %.20s...%.30s...: %.150s\n", seconds(&from, &to), head, part,
			      error ?: "good");
	assert_true(seconds(&from, &to) < 5.0);
}

static void test_bombs(void **state)
{
	check_quick(V, "#\n", "", 0);
	check_quick(V, "\n", "", 0);
	check_quick(V "rules: [", "a,", "]", -EFBIG);
	check_quick(V "rules: [", "{},", "]", -EFBIG);
	check_quick(V "rules:\n", "-\n", "", -EFBIG);
	check_quick(V, "a:\n", "", -EFBIG);
	check_quick(V, "a%zu: b\n", "", -EINVAL);
	check_quick(V "rules:\n", "- {name: r%zu, devices: [{pci: \"*\"}], bind: {deny: []}}\n", "",
		    -EINVAL);
	check_quick(V "rules: [", "[", "", -EINVAL);
	check_quick(V "rules: ", "{a: ", "", -EINVAL);
	check_quick(V, "? ", "", -EINVAL);
	check_quick(V, "- ", "", -EINVAL);
	check_quick(V "mode: ", "x", "", -EINVAL);
	check_quick(V "mode: \"", "\\x41", "\"", -EINVAL);
	check_quick(V "mode: \"", "\\L", "\"", -EINVAL);
	check_quick("", "x", ": y", -EINVAL);
	check_quick(RULE "  maps: {limit: ", "9", "}\n", -EINVAL);
	check_quick(RULE "  claim: {deny: [{cgroup: \"/", "*?", "\"}]}\n", -EINVAL);
	check_quick(RULE "  claim: {deny: [{cgroup: \"", "/**", "\"}]}\n", 0);
	check_quick(RULE "  claim: {deny: [{vm: \"", "_", "\"}]}\n", -EINVAL);
	check_quick(RULE "  claim: {deny: [{uid: \"", "1", "\"}]}\n", -EINVAL);
	check_quick(RULE "  claim: {deny: [{uid: \"", "a", "\"}]}\n", -EINVAL);
	check_quick(RULE "  claim: {deny: [{exe: \"/", "a", "\"}]}\n", -EINVAL);
	check_quick(RULE "  claim: {deny: [", "{uid: 1},", "]}\n", -EFBIG);
	check_quick(RULE "  claim: {deny: [", "{container: \"%064zu\"},", "]}\n", -EINVAL);
	check_quick(RULE "  sysfs: {deny: [", "unbind,", "]}\n", -EFBIG);
	check_quick(RULE "  bind: {deny: [", "d%zu,", "]}\n", -EFBIG);
	check_quick(V "rules: [{name: x, devices: [", "{pci: \"*\"},", "]}]\n", -EFBIG);
	check_quick(V "rules: [{name: x, devices: [", "{pci: \"%08zu:00:00.0\"},", "]}]\n",
		    -EINVAL);
	check_quick(V "mode: |\n", " \n", "", -EINVAL);
	check_quick(V "mode: x", "\n ", "x", -EINVAL);
	check_quick(V, "--- x\n", "", -EINVAL);
	check_quick(V, "&a ", "x: y", -EINVAL);
	check_quick(V, "!a ", "x: y", -EINVAL);
	check_quick("", "%%TAG !a! b\n", "--- x", -EINVAL);
}

/* The largest policy there is, in one file. */
static void test_largest(void **state)
{
	_cleanup_free_ char *text = malloc(OUTLINE_SIZE_MAX), *error = NULL;
	struct timespec from, to;
	struct rules rules;
	char *p = stpcpy(text, V "rules:\n");

	for (int i = 0; i < POLICY_RULES_MAX; i++)
		p += sprintf(
			p,
			"- name: rule %d\n"
			"  devices: [{pci: \"%02x:*\"}, {id: \"15b3:*\"}, {class: 01}, {driver: "
			"a}]\n"
			"  claim: {deny: [{exe: /bin/sh}], allow: [{gid: root}]}\n"
			"  bind: {allow: [vfio-pci], deny: [nvme]}\n"
			"  maps: {limit: 1GiB, allow: [{any: true}]}\n"
			"  sysfs: {deny: [new_id, config], deny-while-owned: [unbind]}\n",
			i, i & 0xff);
	write_file("10-a.yaml", text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	if (rules_load(&rules, in_dir("10-a.yaml"), &error))
		fail_msg("%s", error);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	assert_int_equal(rules.n, POLICY_RULES_MAX);
	assert_string_equal(rules.rules[4095].name, "rule 4095");
	assert_int_equal(rules.rules[4095].n_selects, 4);
	rules_done(&rules);
	if (getenv("OWNERD_TIMES"))
		print_message("%.3f s: the largest policy\n", seconds(&from, &to));
	assert_true(seconds(&from, &to) < 5.0);
}

static int make_dir(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	unlink(in_dir("10-a.yaml"));
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),    cmocka_unit_test(test_empty_lists),
		cmocka_unit_test(test_everything), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_directory),  cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_no_file),    cmocka_unit_test(test_owner),
		cmocka_unit_test(test_many_files), cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_devices),    cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests_name("rules", tests, make_dir, remove_dir);
}
