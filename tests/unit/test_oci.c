// SPDX-License-Identifier: GPL-2.0-only
/* What OCI runtimes tell their hooks, and what others might. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "oci.h"
#include "tree_fixture.h"

#define STATE "{\"id\": \"a\", \"status\": \"creating\", \"bundle\": \"/b\""

static int read_state(struct oci_state *ret, const char *text, size_t n)
{
	_cleanup_close_ int fd = memfd_create("state", MFD_CLOEXEC);
	_cleanup_free_ char *error = NULL;
	int err;

	assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	err = oci_read_state(ret, fd, &error);
	assert_int_equal(!err, !error);
	if (error && strpbrk(error, "\n\033"))
		fail_msg("%s", error);
	return err;
}

static void test_state(void **state)
{
	_cleanup_(oci_state_done) struct oci_state s = {};
	const char *text = "{\"ociVersion\": \"1.0\", \"id\": \"a\", \"pid\": 344, \"bundle\": "
			   "\"/run/b\", \"status\": \"created\", \"annotations\": "
			   "{\"io.kubernetes.container.name\": \"web\"}}\n";

	assert_int_equal(read_state(&s, text, strlen(text)), 0);
	assert_string_equal(s.id, "a");
	assert_string_equal(s.bundle, "/run/b");
	assert_string_equal(s.status, "created");
	assert_string_equal(s.name, "web");
	assert_int_equal(s.pid, 344);
}

static void test_states(void **state)
{
	static const struct {
		const char *text;
		pid_t pid; /* -1: no state */
	} cases[] = {
		{STATE "}", 0},
		{STATE ", \"pid\": 0}", 0},
		{STATE ", \"pid\": -5}", 0},
		{STATE ", \"pid\": 99999999999}", 0},
		{STATE ", \"pid\": \"5\"}", 0},
		{STATE ", \"annotations\": 5}", 0},
		{STATE ", \"annotations\": {\"nerdctl/name\": 5}}", 0},
		{STATE ", \"annotations\": {\"nerdctl/name\": \"a\\nb\"}}", 0},
		{"", -1},
		{"\n", -1},
		{"null", -1},
		{"[]", -1},
		{"{}", -1},
		{STATE, -1},
		{STATE "} {}", -1},
		{STATE "}x", -1},
		{"{\"status\": \"creating\", \"bundle\": \"/b\"}", -1},
		{"{\"id\": \"\", \"status\": \"creating\", \"bundle\": \"/b\"}", -1},
		{"{\"id\": \"../a\", \"status\": \"creating\", \"bundle\": \"/b\"}", -1},
		{"{\"id\": \"a\\u001b[2J\", \"status\": \"creating\", \"bundle\": \"/b\"}", -1},
		{"{\"id\": \"a\\u0000b\", \"status\": \"creating\", \"bundle\": \"/b\"}", -1},
		{"{\"id\": \"a\", \"status\": 1, \"bundle\": \"/b\"}", -1},
		{"{\"id\": \"a\", \"status\": \"creating\", \"bundle\": \"b\"}", -1},
		{"{\"id\": \"a\", \"status\": \"creating\", \"bundle\": \"/b\\n\"}", -1},
		{"{\"id\": \"a\", \"status\": \"creating\"}", -1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct oci_state s = {};
		int err = read_state(&s, cases[i].text, strlen(cases[i].text));

		if (!err != (cases[i].pid >= 0) || (!err && s.pid != cases[i].pid))
			fail_msg("%s: %d, pid %d", cases[i].text, err, s.pid);
		assert_null(s.name);
		oci_state_done(&s);
	}
}

static void test_large(void **state)
{
	_cleanup_free_ char *text = malloc(OCI_STATE_MAX + 64);
	struct oci_state s = {};
	size_t n = 0;

	memset(text, ' ', OCI_STATE_MAX + 64);
	assert_int_equal(read_state(&s, text, OCI_STATE_MAX + 1), -EFBIG);
	memset(text, '[', OCI_STATE_MAX);
	assert_int_equal(read_state(&s, text, OCI_STATE_MAX), -EBADMSG);
	n = sprintf(text, STATE "}");
	text[n] = ' ';
	assert_int_equal(read_state(&s, text, n), 0);
	oci_state_done(&s);
}

static struct oci_groups groups_of(const char *config)
{
	struct json_object *o = json_tokener_parse(config);
	struct oci_groups g = {};
	_cleanup_free_ char *error = NULL;

	assert_non_null(o);
	if (oci_find_groups(&g, o, root, &error) < 0)
		fail_msg("%s: %s", config, error);
	json_object_put(o);
	return g;
}

/* Group 14 is 240:0 and, by its node of one device, 511:3; 15 is 240:1 without an IOMMU; 1:3 is 16.
 */
static int new_host(void **state)
{
	if (new_root(state))
		return -1;
	make_link("/sys/dev/char/240:0", "../../devices/virtual/vfio/14");
	make_link("/sys/devices/virtual/vfio/14/subsystem", "../../../../class/vfio");
	make_link("/sys/dev/char/240:1", "../../devices/virtual/vfio/noiommu-15");
	make_link("/sys/devices/virtual/vfio/noiommu-15/subsystem", "../../../../class/vfio");
	make_link("/sys/dev/char/511:3", "../../devices/d/vfio-dev/vfio0");
	make_link("/sys/devices/d/vfio-dev/vfio0/subsystem", "../../../../class/vfio-dev");
	make_link("/sys/devices/d/vfio-dev/vfio0/device", "../../../d");
	make_link("/sys/devices/d/iommu_group", "../../kernel/iommu_groups/14");
	make_link("/sys/dev/char/10:196", "../../devices/virtual/misc/vfio");
	make_link("/sys/devices/virtual/misc/vfio/subsystem", "../../../../class/misc");
	make_link("/sys/dev/char/1:3", "../../devices/virtual/vfio/16");
	make_link("/sys/devices/virtual/vfio/16/subsystem", "../../../../class/vfio");
	make_link("/sys/dev/char/240:9", "../../devices/virtual/vfio/../../x");
	return 0;
}

static void test_groups(void **state)
{
	static const struct {
		const char *config;
		int groups[3]; /* 0 ends them */
	} cases[] = {
		{"{}", {0}},
		{"{\"linux\": 5, \"mounts\": {}}", {0}},
		{"{\"linux\": {\"devices\": [null, 1, {}, [], {\"type\": \"c\"}]}}", {0}},
		{"{\"linux\": {\"devices\": [{\"path\": \"/dev/vfio/14\", \"type\": \"c\","
		 " \"major\": 240, \"minor\": 0}]}}",
		 {14}},
		/* its numbers count, not its name */
		{"{\"linux\": {\"devices\": [{\"path\": \"/dev/null\", \"type\": \"c\","
		 " \"major\": 240, \"minor\": 1}, {\"path\": \"/dev/vfio/14\", \"type\": \"c\","
		 " \"major\": 10, \"minor\": 196}]}}",
		 {15}},
		{"{\"linux\": {\"devices\": [{\"type\": \"u\", \"major\": 511, \"minor\": 3},"
		 " {\"type\": \"c\", \"major\": 240, \"minor\": 0}]}}",
		 {14}},
		{"{\"linux\": {\"devices\": [{\"type\": \"b\", \"major\": 240, \"minor\": 0},"
		 " {\"type\": \"c\", \"major\": -1, \"minor\": 0},"
		 " {\"type\": \"c\", \"major\": \"240\", \"minor\": 0},"
		 " {\"type\": \"c\", \"major\": 240, \"minor\": 9},"
		 " {\"type\": \"c\", \"major\": 9223372036854775807, \"minor\": 0}]}}",
		 {0}},
		/* privileged: all that there are */
		{"{\"linux\": {\"devices\": [{\"type\": \"c\", \"major\": 240, \"minor\": 0}],"
		 " \"resources\": {\"devices\": [{\"allow\": false}, {\"allow\": true,"
		 " \"access\": \"rwm\"}]}}}",
		 {0}},
		{"{\"linux\": {\"devices\": [{\"type\": \"c\", \"major\": 240, \"minor\": 0}],"
		 " \"resources\": {\"devices\": [{\"allow\": true, \"type\": \"a\"}, {\"allow\": "
		 "false},"
		 " null, {\"allow\": true, \"type\": \"c\", \"major\": 5}]}}}",
		 {14}},
		/* by device cgroup alone, or by a directory: that is the kernel's to decide */
		{"{\"linux\": {\"resources\": {\"devices\": [{\"allow\": true, \"type\": \"c\","
		 " \"major\": 240, \"minor\": 0}]}}, \"mounts\": [{\"source\": \"/dev\"}]}",
		 {0}},
		{"{\"mounts\": [{\"source\": \"/dev/null\", \"type\": \"bind\"},"
		 " {\"source\": \"proc\"}, {\"source\": 5}, {\"source\": \"/none\"}]}",
		 {16}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(oci_groups_done) struct oci_groups g = groups_of(cases[i].config);
		size_t n = 0;

		while (cases[i].groups[n])
			n++;
		if (g.n != n)
			fail_msg("%s: %zu groups", cases[i].config, g.n);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(g.list[k].group, cases[i].groups[k]);
	}
}

static void test_config(void **state)
{
	static const char *const bad[] = {"", "[]", "{", "5"};
	_cleanup_free_ char *error = NULL;
	struct json_object *o = NULL;
	char bundle[PATH_MAX];

	snprintf(bundle, sizeof(bundle), "%s/b", root);
	assert_true(oci_read_config(&o, bundle, &error) < 0);
	assert_non_null(strstr(error, "/b/config.json: No such file"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *why = NULL;

		make("/b/config.json", bad[i]);
		assert_int_equal(oci_read_config(&o, bundle, &why), -EBADMSG);
	}
	make("/b/config.json", "{\"linux\": {}}");
	assert_int_equal(oci_read_config(&o, bundle, &error), 0);
	json_object_put(o);
}

static void test_cgroup(void **state)
{
	static const struct {
		const char *path, *cgroup;
	} cases[] = {
		{"/a/b", "/a/b"},
		{"machine.slice:libpod:1f", "/machine.slice/libpod-1f.scope"},
		{"a-b-c.slice:crio:1f", "/a.slice/a-b.slice/a-b-c.slice/crio-1f.scope"},
		{"", NULL},
		{"a", NULL},
		{"a.slice:b", NULL},
		{".slice:a:b", NULL},
		{"a:b:c", NULL},
		{"a.slice:b:../c", NULL},
		{"a.slice:b:c\\n", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL, *got = NULL;
		struct json_object *o;

		assert_true(asprintf(&text, "{\"linux\": {\"cgroupsPath\": \"%s\"}}",
				     cases[i].path) > 0);
		o = json_tokener_parse(text);
		got = oci_cgroup(o);
		json_object_put(o);
		if (strcmp(got ?: "none", cases[i].cgroup ?: "none") != 0)
			fail_msg("%s: %s", cases[i].path, got);
	}
}

#define ON_HOST(test) cmocka_unit_test_setup_teardown(test, new_host, remove_root)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state), cmocka_unit_test(test_states),
		cmocka_unit_test(test_large), ON_HOST(test_groups),
		ON_HOST(test_config),         cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
