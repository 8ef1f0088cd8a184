// SPDX-License-Identifier: GPL-2.0-only
/* Each mistake in a policy file, and every word of what is said of it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "rules.h"
#include "util.h"

static char dir[] = "/tmp/ownerd-rules-XXXXXX";
static char file[64];

static void write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void check_refused(const char *path, int r, const char *says)
{
	struct rules rules, before;
	_cleanup_free_ char *error = NULL, *expected = NULL;

	memset(&rules, 0x5a, sizeof(rules));
	before = rules;
	if (rules_load(&rules, path, &error) != r || !error)
		fail_msg("not refused as: %s", says);
	assert_true(asprintf(&expected, "%s%s", path, says) > 0);
	assert_string_equal(error, expected);
	assert_memory_equal(&rules, &before, sizeof(rules));
}

#define X(n) n n n n n n n n n n /* ten times */
#define NOT  " is not valid; "
#define V    "version: 1\n"
#define RULE V "rules:\n- name: x\n  devices: [{pci: \"*\"}]\n"

#define RULES                                                                                      \
	"give a list of at most 4096 rules, each with name, devices, and claim, maps, bind or "    \
	"sysfs"
#define NAME "give a name of 1 to 63 bytes, in UTF-8 and without control characters"
#define DEVICES                                                                                    \
	"give a list of 1 to 16384 devices, such as [{pci: \"0000:3b:00.0\"}, {id: "               \
	"\"15b3:101e\"}]"
#define SUBJECTS                                                                                   \
	"give a list of at most 4096 subjects, such as [{vm: \"web*\"}, {uid: 1000}]; [] "         \
	"is nobody"
#define DRIVERS                                                                                    \
	"give a list of at most 8192 drivers, such as [vfio-pci], or [\"*\"] for all; [] "         \
	"is none"
#define FILES                                                                                      \
	"give a list of unbind, remove, reset, driver_override, new_id, sriov_numvfs, "            \
	"resource, config, each once"
#define LIMIT "give a number of bytes above 0, or one with KiB, MiB, GiB or TiB, such as 64GiB"
#define CLAIM "give it an allow or deny list, such as {allow: [{vm: web}]}"
#define MAPS  "give it an allow or deny list or a limit, such as {limit: 64GiB}"
#define BIND  "give it an allow or deny list, such as {allow: [vfio-pci]}"
#define SYSFS "give it a deny or deny-while-owned list, such as {deny-while-owned: [unbind]}"
#define ONE_DRIVER                                                                                 \
	"give the name of one driver, of at most 31 bytes, such as vfio-pci, or \"*\" "            \
	"for all"

static const struct {
	const char *text, *says;
} mistakes[] = {
	/* the file */
	{"", ":1:1: key \"version\": missing; write \"version: 1\" at the beginning of the file"},
	{"# all of it is a comment\n",
	 ":1:1: key \"version\": missing; write \"version: 1\" at the beginning of the file"},
	{"mode: enforce\n",
	 ":1:1: key \"version\": missing; write \"version: 1\" at the beginning of the file"},
	{"version: 2\n",
	 ":1:10: key \"version\": \"2\"" NOT "write \"version: 1\" at the beginning "
	 "of the file"},
	{"version: 01\n",
	 ":1:10: key \"version\": \"01\"" NOT "write \"version: 1\" at the beginning of the file"},
	{"- a\n", ":1:1: a list; write keys, as \"version: 1\""},
	{"allow everything\n", ":1:1: no keys; write them as \"version: 1\""},
	{V V, ":2:1: key \"version\": given before, on line 1; keep one of them"},
	{V "rule: []\n", ":2:1: key \"rule\": unknown; did you mean \"rules\"?"},
	{V "claim: {}\n",
	 ":2:1: key \"claim\": unknown; the keys are version, mode, defaults, rules"},
	{V "mode: strict\n", ":2:7: key \"mode\": \"strict\"" NOT "give observe or enforce"},
	{V "mode: [enforce]\n", ":2:7: key \"mode\": this list" NOT "give observe or enforce"},
	{V "defaults: {}\n", ":2:11: key \"defaults\": says nothing; give {claim: allow, bind: "
			     "allow}, or deny"},
	{V "defaults:\n", ":2:10: key \"defaults\": says nothing; give {claim: allow, bind: "
			  "allow}, or deny"},
	{V "defaults: deny\n",
	 ":2:11: key \"defaults\": \"deny\"" NOT "give {claim: allow, bind: allow}, or deny"},
	{V "defaults: {claim: no}\n", ":2:19: key \"claim\": \"no\"" NOT "give allow or deny"},
	{V "defaults: {claim: allow, bind: {}}\n",
	 ":2:32: key \"bind\": this mapping" NOT "give allow or deny"},
	{V "defaults: {maps: allow}\n", ":2:12: key \"maps\": unknown; the keys are claim, bind"},
	{V "rules:\n", ":2:7: key \"rules\": \"\"" NOT RULES},
	{V "rules: {name: x}\n", ":2:8: key \"rules\": this mapping" NOT RULES},
	{V "rules: [x]\n", ":2:9: key \"rules\": \"x\"" NOT RULES},
	{V "rules: [[]]\n", ":2:9: key \"rules\": this list" NOT RULES},
	{V "rules: &a []\nmode: *a\n", ":3:7: an alias (*name); write the value out"},
	{V "---\nmode: enforce\n", ":2:1: a second document; only one is read"},
	{V "rules: [{name: [[[[[[[\n", ":2:21: nested too deeply; no key needs that"},
	{V "mode: \xff\n", ":2:7: invalid leading UTF-8 octet; the file must be UTF-8 text"},
	{V "rules:\n- name: x\n devices: []\n",
	 ":4:2: not YAML: while parsing a block mapping from line 1 on: did not find expected key; "
	 "check indentation, quotes and brackets"},
	/* rules */
	{V "rules: [{}]\n", ":2:9: key \"name\": missing; " NAME},
	{V "rules:\n- devices: [{pci: \"*\"}]\n  claim: {deny: []}\n",
	 ":3:3: key \"name\": missing; " NAME},
	{V "rules:\n- name: x\n  claim: {deny: []}\n", ":3:3: key \"devices\": missing; " DEVICES},
	{V "rules:\n- name: x\n  device: []\n", ":4:3: key \"device\": unknown; did you mean "
						"\"devices\"?"},
	{V "rules:\n- name: x\n  clam: {}\n",
	 ":4:3: key \"clam\": unknown; did you mean \"claim\"?"},
	{V "rules:\n- name: x\n  allow: []\n",
	 ":4:3: key \"allow\": unknown; the keys are name, devices, claim, maps, bind, sysfs"},
	{V "rules:\n- name: x\n  name: y\n",
	 ":4:3: key \"name\": given before, on line 3; keep one of them"},
	{RULE, ":3:3: rule \"x\": speaks of no act; give it claim, maps, bind or sysfs"},
	{RULE "  bind: {deny: []}\n- name: y\n  devices: [{pci: \"*\"}]\n",
	 ":6:3: rule \"y\": speaks of no act; give it claim, maps, bind or sysfs"},
	{V "rules: [{name: '', devices: [{pci: \"*\"}]}]\n", ":2:16: key \"name\": \"\"" NOT NAME},
	{V "rules: [{name: \"a\\tb\", devices: [{pci: \"*\"}]}]\n",
	 ":2:16: key \"name\": \"a?b\"" NOT NAME},
	{V "rules: [{name: \"a\\u2028b\", devices: [{pci: \"*\"}]}]\n",
	 ":2:16: key \"name\": \"a\xe2\x80\xa8"
	 "b\"" NOT NAME},
	{V "rules: [{name: " X("012345") "0123, devices: [{pci: \"*\"}]}]\n",
	 ":2:16: key \"name\": \"" X("012345") "0123\"" NOT NAME},
	{V "rules: [{name: [x], devices: [{pci: \"*\"}]}]\n",
	 ":2:16: key \"name\": this list" NOT NAME},
	{RULE "  bind: {deny: []}\n- name: x\n  devices: [{pci: \"*\"}]\n",
	 ":6:9: key \"name\": another rule is named \"x\", at 10-a.yaml:3; rename one of them"},
	/* devices */
	{V "rules: [{name: x, devices: []}]\n", ":2:28: key \"devices\": says nothing; " DEVICES},
	{V "rules: [{name: x, devices: }]\n", ":2:28: key \"devices\": \"\"" NOT DEVICES},
	{V "rules: [{name: x, devices: {pci: \"*\"}}]\n",
	 ":2:28: key \"devices\": this mapping" NOT DEVICES},
	{V "rules: [{name: x, devices: \"0000:3b:00.0\"}]\n",
	 ":2:28: key \"devices\": \"0000:3b:00.0\"" NOT DEVICES},
	{V "rules: [{name: x, devices: [\"0000:3b:00.0\"]}]\n",
	 ":2:29: key \"devices\": \"0000:3b:00.0\"" NOT DEVICES},
	{V "rules: [{name: x, devices: [{pci: a},{}]}]\n",
	 ":2:35: key \"pci\": \"a\"" NOT "give an address, such as \"0000:3b:00.0\", or a star for "
	 "the rest of one: \"0000:3b:00.*\", \"0000:3b:*\", \"0000:*\", \"*\""},
	{V "rules: [{name: x, devices: [{}]}]\n", ":2:29: key \"devices\": an entry that says "
						  "nothing; give it pci, id, class, driver, group "
						  "or device"},
	{V "rules: [{name: x, devices: [{pci: \"*\", driver: nvme}]}]\n",
	 ":2:40: key \"driver\": beside \"pci\" in one entry; divide them among two entries"},
	{V "rules: [{name: x, devices: [{pcj: \"*\"}]}]\n",
	 ":2:30: key \"pcj\": unknown; did you mean \"pci\"?"},
	{V "rules: [{name: x, devices: [{pci: \"*\"}, {vendor: 8086}]}]\n",
	 ":2:42: key \"vendor\": unknown; the keys are pci, id, class, driver, group, device"},
	{V "rules: [{name: x, devices: [{pci: [\"*\"]}]}]\n",
	 ":2:35: key \"pci\": this list" NOT "give an address, such as \"0000:3b:00.0\""},
	{V "rules: [{name: x, devices: [{group: -3}]}]\n",
	 ":2:37: key \"group\": \"-3\"" NOT "give the number of an IOMMU group, as "
	 "/sys/kernel/iommu_groups has it"},
	/* claim, maps */
	{RULE "  claim: {}\n", ":5:10: key \"claim\": says nothing; " CLAIM},
	{RULE "  claim:\n", ":5:9: key \"claim\": says nothing; " CLAIM},
	{RULE "  claim: ~\n", ":5:10: key \"claim\": says nothing; " CLAIM},
	{RULE "  claim: allow\n", ":5:10: key \"claim\": \"allow\"" NOT CLAIM},
	{RULE "  claim: [{vm: x}]\n", ":5:10: key \"claim\": this list" NOT CLAIM},
	{RULE "  claim: {limit: 1}\n", ":5:11: key \"limit\": unknown; the keys are allow, deny"},
	{RULE "  claim: {alow: []}\n", ":5:11: key \"alow\": unknown; did you mean \"allow\"?"},
	{RULE "  claim: {allow: }\n", ":5:18: key \"allow\": \"\"" NOT SUBJECTS},
	{RULE "  claim: {allow: {vm: x}}\n", ":5:18: key \"allow\": this mapping" NOT SUBJECTS},
	{RULE "  claim: {deny: [\n   web]}\n", ":6:4: key \"deny\": \"web\"" NOT SUBJECTS},
	{RULE "  claim: {deny: [{}]}\n",
	 ":5:18: key \"deny\": an entry that says nothing; give {any: true} for everybody"},
	{RULE "  claim: {deny: [{any: false}]}\n",
	 ":5:24: key \"any\": \"false\"" NOT "give true, or leave it out"},
	{RULE "  claim: {deny: [{ui: 5}]}\n", ":5:19: key \"ui\": unknown; did you mean \"uid\"?"},
	{RULE "  claim: {deny: [{user: root}]}\n",
	 ":5:19: key \"user\": unknown; the keys are cgroup, unit, container, pod, vm, uid, gid, "
	 "exe, any"},
	{RULE "  claim: {deny: [{uid: 5, gid: 6,\n uid: 7}]}\n",
	 ":6:2: key \"uid\": given before, on line 5; keep one of them"},
	{RULE "  claim: {deny: [{uid: [1, 2]}]}\n",
	 ":5:24: key \"uid\": this list" NOT "give one user; further ones in entries of their own"},
	{RULE "  claim: {deny: [{uid: no such}]}\n",
	 ":5:24: key \"uid\": \"no such\"" NOT "there is no such user on this host; give one that "
	 "is, or a number"},
	{RULE "  claim: {deny: [{uid: 0}, {unit: a.socket, uid: 0}]}\n",
	 ":5:35: key \"unit\": \"a.socket\"" NOT "give a name that ends in .service, .scope or "
	 ".slice"},
	{RULE "  claim: {deny: [{vm: a, unit: b.scope}]}\n",
	 ":5:23: key \"vm\": \"a\"" NOT "an entry has only one of cgroup, unit, container, pod and "
	 "vm; for both give a cgroup"},
	{RULE "  claim: {deny: [{cgroup: \"/a\\x01\"}]}\n",
	 ":5:27: key \"cgroup\": \"/a?\"" NOT
	 "leave out control characters, and write it in UTF-8"},
	{RULE "  maps: {}\n", ":5:9: key \"maps\": says nothing; " MAPS},
	{RULE "  maps: {allow: x}\n", ":5:17: key \"allow\": \"x\"" NOT SUBJECTS},
	{RULE "  maps: {limits: x}\n", ":5:10: key \"limits\": unknown; did you mean \"limit\"?"},
	{RULE "  maps: {limit: }\n", ":5:17: key \"limit\": \"\"" NOT LIMIT},
	{RULE "  maps: {limit: 0}\n", ":5:17: key \"limit\": \"0\"" NOT LIMIT},
	{RULE "  maps: {limit: -1}\n", ":5:17: key \"limit\": \"-1\"" NOT LIMIT},
	{RULE "  maps: {limit: 1.5GiB}\n", ":5:17: key \"limit\": \"1.5GiB\"" NOT LIMIT},
	{RULE "  maps: {limit: 64G}\n", ":5:17: key \"limit\": \"64G\"" NOT LIMIT},
	{RULE "  maps: {limit: 64GB}\n", ":5:17: key \"limit\": \"64GB\"" NOT LIMIT},
	{RULE "  maps: {limit: 64 GiB}\n", ":5:17: key \"limit\": \"64 GiB\"" NOT LIMIT},
	{RULE "  maps: {limit: GiB}\n", ":5:17: key \"limit\": \"GiB\"" NOT LIMIT},
	{RULE "  maps: {limit: 0x10}\n", ":5:17: key \"limit\": \"0x10\"" NOT LIMIT},
	{RULE "  maps: {limit: 18446744073709551615}\n",
	 ":5:17: key \"limit\": \"18446744073709551615\"" NOT LIMIT},
	{RULE "  maps: {limit: 18446744073709551616}\n",
	 ":5:17: key \"limit\": \"18446744073709551616\"" NOT LIMIT},
	{RULE "  maps: {limit: 16777216TiB}\n", ":5:17: key \"limit\": \"16777216TiB\"" NOT LIMIT},
	{RULE "  maps: {limit: [1]}\n", ":5:17: key \"limit\": this list" NOT LIMIT},
	/* bind */
	{RULE "  bind: {}\n", ":5:9: key \"bind\": says nothing; " BIND},
	{RULE "  bind: vfio-pci\n", ":5:9: key \"bind\": \"vfio-pci\"" NOT BIND},
	{RULE "  bind: {allow: vfio-pci}\n", ":5:17: key \"allow\": \"vfio-pci\"" NOT DRIVERS},
	{RULE "  bind: {allow: [{driver: x}]}\n", ":5:18: key \"allow\": this mapping" NOT DRIVERS},
	{RULE "  bind: {allow: [nv*]}\n", ":5:18: key \"allow\": \"nv*\"" NOT ONE_DRIVER},
	{RULE "  bind: {deny: [a, '']}\n", ":5:20: key \"deny\": \"\"" NOT ONE_DRIVER},
	{RULE "  bind: {deny: [a/b]}\n", ":5:17: key \"deny\": \"a/b\"" NOT ONE_DRIVER},
	{RULE "  bind: {deny: [01234567890123456789012345678901]}\n",
	 ":5:17: key \"deny\": \"01234567890123456789012345678901\"" NOT ONE_DRIVER},
	/* sysfs */
	{RULE "  sysfs: {}\n", ":5:10: key \"sysfs\": says nothing; " SYSFS},
	{RULE "  sysfs: {allow: []}\n",
	 ":5:11: key \"allow\": unknown; the keys are deny-while-owned, deny"},
	{RULE "  sysfs: {deny_while_owned: []}\n",
	 ":5:11: key \"deny_while_owned\": unknown; did you mean \"deny-while-owned\"?"},
	{RULE "  sysfs: {deny: unbind}\n", ":5:17: key \"deny\": \"unbind\"" NOT FILES},
	{RULE "  sysfs: {deny: [unbind, bind]}\n", ":5:26: key \"deny\": \"bind\"" NOT FILES},
	{RULE "  sysfs: {deny: [[unbind]]}\n", ":5:18: key \"deny\": this list" NOT FILES},
	{RULE "  sysfs: {deny: [" X("reset, ") "]}\n",
	 ":5:74: key \"deny\": more than 8 entries; " FILES},
};

static void test_mistakes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		write_file(file, mistakes[i].text);
		check_refused(file, -EINVAL, mistakes[i].says);
	}
}

/* Two files: the second is wrong beside the first. */
static const struct {
	const char *first, *second, *says;
} pairs[] = {
	{V "mode: enforce\n", V "mode: observe\n",
	 ":2:7: key \"mode\": observe here, enforce at DIR/10-a.yaml:2:7; keep one of them"},
	{V "defaults: {claim: allow}\n", V "mode: enforce\ndefaults:\n  claim: deny\n",
	 ":4:10: key \"claim\": deny here, allow at DIR/10-a.yaml:2:19; keep one of them"},
	{V "defaults: {bind: deny}\n", V "defaults: {claim: deny, bind: allow}\n",
	 ":2:31: key \"bind\": allow here, deny at DIR/10-a.yaml:2:18; keep one of them"},
	{RULE "  bind: {deny: []}\n", "# second\n" RULE "  bind: {deny: []}\n",
	 ":4:9: key \"name\": another rule is named \"x\", at 10-a.yaml:3; rename one of them"},
	{V, "rules: []\n",
	 ":1:1: key \"version\": missing; write \"version: 1\" at the beginning of the file"},
};

static void test_pairs(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_free_ char *second = NULL, *error = NULL, *expected = NULL;
		const char *slot = strstr(pairs[i].says, "DIR");
		struct rules rules;

		assert_true(asprintf(&second, "%s/20-b.yaml", dir) > 0);
		write_file(file, pairs[i].first);
		write_file(second, pairs[i].second);
		assert_int_equal(rules_load(&rules, dir, &error), -EINVAL);
		if (slot)
			assert_true(asprintf(&expected, "%s%.*s%s%s", second,
					     (int)(slot - pairs[i].says), pairs[i].says, dir,
					     slot + 3) > 0);
		else
			assert_true(asprintf(&expected, "%s%s", second, pairs[i].says) > 0);
		assert_string_equal(error, expected);
		unlink(second);
	}
}

/* Limits. */

static char *repeat(const char *head, const char *part, size_t n, const char *tail)
{
	char *text = malloc(strlen(head) + strlen(part) * n + strlen(tail) + n * 64 + 1);
	char *to = stpcpy(text, head);

	for (size_t i = 0; i < n; i++)
		to += sprintf(to, part, i); /* NOLINT: tests' own formats */
	strcpy(to, tail);
	return text;
}

#define RULE_N "- {name: r%05zu, devices: [{pci: \"*\"}], bind: {deny: []}}\n"

static void check_limit(const char *head, const char *part, size_t n, const char *tail, int r,
			const char *says)
{
	_cleanup_free_ char *text = repeat(head, part, n, tail);

	write_file(file, text);
	check_refused(file, r, says);
}

static void test_limits(void **state)
{
	check_limit(V "rules:\n", RULE_N, 4097, "", -EINVAL,
		    ":4099:3: key \"rules\": more than 4096 entries; " RULES);
	check_limit(V "rules: [{name: x, devices: [\n", "{group: \"%zu\"},\n", 16385, "]}]\n",
		    -EINVAL, ":16387:1: key \"devices\": more than 16384 entries; " DEVICES);
	check_limit(RULE "  claim: {deny: [\n", "{uid: %zu},\n", 4097, "]}\n", -EINVAL,
		    ":4102:1: key \"deny\": more than 4096 entries; " SUBJECTS);
	check_limit(RULE "  claim: {deny: [\n", "{container: \"%064zu\"},\n", 456, "]}\n", -E2BIG,
		    ":461:1: key \"deny\": more than 4096 patterns in one list; name fewer "
		    "subjects, or a cgroup that holds several");
	check_limit(RULE "  bind: {deny: [\n", "d%zu,\n", 8193, "]}\n", -EINVAL,
		    ":8198:1: key \"deny\": more than 8192 entries; " DRIVERS);
	check_limit(V "rules:\n",
		    "- {name: r%05zu, devices: [{pci: \"*\"}, {pci: \"*\"}, {pci: \"*\"}, {pci: "
		    "\"*\"}, {pci: \"*\"}], bind: {deny: []}}\n",
		    4096, "", -E2BIG,
		    ":3279:82: key \"pci\": more than 16384 devices in all rules; name fewer");
	check_limit(V "rules:\n",
		    "- {name: r%05zu, devices: [{pci: \"*\"}], bind: {deny: [a, b, c]}}\n", 4096,
		    "", -E2BIG,
		    ":2733:61: key \"deny\": more than 8192 drivers in all rules; name fewer");
	check_limit(V "rules:\n",
		    "- {name: r%05zu, devices: [{pci: \"*\"}], maps: {allow: [{uid: 1}, {uid: 2}, "
		    "{uid: 3}, {uid: 4}, {uid: 5}]}}\n",
		    4096, "", -E2BIG,
		    ":3279:96: key \"allow\": more than 16384 patterns in all rules; name fewer");
}

/* The same over several files. */
static void test_limits_together(void **state)
{
	_cleanup_free_ char *second = NULL, *text = repeat(V "rules:\n", RULE_N, 4096, "");
	_cleanup_free_ char *error = NULL, *expected = NULL;
	struct rules rules;

	assert_true(asprintf(&second, "%s/20-b.yaml", dir) > 0);
	write_file(file, text);
	write_file(second, RULE "  bind: {deny: []}\n");
	assert_int_equal(rules_load(&rules, dir, &error), -E2BIG);
	assert_true(asprintf(&expected,
			     "%s:3:3: key \"rules\": more than 4096 rules in all files; "
			     "unite some",
			     second) > 0);
	assert_string_equal(error, expected);
	free(error);
	free(expected);
	error = expected = NULL;

	free(text);
	text = malloc(4 * 1024 * 1024 - 100);
	memset(text, '#', 4 * 1024 * 1024 - 101);
	text[4 * 1024 * 1024 - 101] = '\0';
	memcpy(text, V, strlen(V));
	write_file(file, text);
	write_file(second, V "# " X("0123456789") "\n");
	assert_int_equal(rules_load(&rules, dir, &error), -EFBIG);
	assert_true(asprintf(&expected,
			     "%s: is larger, with the files before it, than 4 MiB; "
			     "shorten them",
			     second) > 0);
	assert_string_equal(error, expected);
	unlink(second);
}

static int make_dir(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/10-a.yaml", dir);
	return 0;
}

static int remove_dir(void **state)
{
	unlink(file);
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limits_together),
	};

	return cmocka_run_group_tests_name("rules_mistakes", tests, make_dir, remove_dir);
}
