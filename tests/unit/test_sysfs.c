// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "owner_abi.h"
#include "sysfs.h"
#include "tree_fixture.h"
#include "util.h"

#define GROUPS "/sys/kernel/iommu_groups"

static void test_groups(void **state)
{
	static const char *const names[] = {
		"0",          "10",  "9",   "2147483647", /* groups */
		"01",         "-1",  "+1",  " 1",         "1 ",         "1a",          "a",
		"4294967295", "..x", "1\n", "2147483648", "4294967296", "99999999999", "\033[2J",
	};
	_cleanup_free_ uint32_t *groups = NULL;
	size_t n = 99;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[128];

		snprintf(path, sizeof(path), GROUPS "/%s/", names[i]);
		make(path, NULL);
	}
	assert_int_equal(sysfs_groups(root, &groups, &n), 0);
	assert_int_equal(n, 4);
	assert_int_equal(groups[0], 0);
	assert_int_equal(groups[1], 9);
	assert_int_equal(groups[2], 10);
	assert_int_equal(groups[3], INT_MAX);
}

static void test_many_groups(void **state)
{
	_cleanup_free_ uint32_t *groups = NULL;
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		char path[128];

		snprintf(path, sizeof(path), GROUPS "/%d/devices/0000:00:00.0", i);
		make(path, "");
	}
	assert_int_equal(sysfs_groups(root, &groups, &n), 0);
	assert_int_equal(n, 1000);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(groups[i], i);
	assert_int_equal(sysfs_count_devices(root, &n), 0);
	assert_int_equal(n, 1000);
}

/* A host without IOMMU, PCI or VFIO has none of these directories. */
static void test_empty_host(void **state)
{
	uint32_t *groups = NULL, number = 7;
	struct sysfs_node *nodes = NULL;
	size_t n = 99;
	struct sysfs_vfs vfs = {99, 99};

	assert_int_equal(sysfs_groups(root, &groups, &n), 0);
	assert_int_equal(n, 0);
	free(groups);
	n = 99;
	assert_int_equal(sysfs_vfio_nodes(root, &nodes, &n), 0);
	assert_int_equal(n, 0);
	free(nodes);
	n = 99;
	assert_int_equal(sysfs_count_devices(root, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(sysfs_count_vfs(root, &vfs), 0);
	assert_int_equal(vfs.made + vfs.possible, 0);
	assert_int_equal(sysfs_major(root, "vfio", &number), -ENOENT);
	assert_int_equal(sysfs_touch_group(root, 0), -ENOENT);
	assert_int_equal(sysfs_device_group(root, "pci", "0000:00:00.0", &number), -ENODEV);
	assert_int_equal(number, 7);
}

/* What is there but no directory is an error, and leaves the results alone. */
static void test_not_a_directory(void **state)
{
	uint32_t *groups = (void *)1;
	struct sysfs_node *nodes = (void *)1;
	size_t n = 99;
	struct sysfs_vfs vfs = {99, 99};

	make(GROUPS, "");
	make("/sys/bus/pci/devices", "");
	make("/sys/class/vfio", "");
	assert_int_equal(sysfs_groups(root, &groups, &n), -ENOTDIR);
	assert_int_equal(sysfs_count_devices(root, &n), -ENOTDIR);
	assert_int_equal(sysfs_count_vfs(root, &vfs), -ENOTDIR);
	assert_int_equal(sysfs_vfio_nodes(root, &nodes, &n), -ENOTDIR);
	assert_ptr_equal(groups, (void *)1);
	assert_ptr_equal(nodes, (void *)1);
	assert_int_equal(n, 99);
}

static void test_touch_group(void **state)
{
	make(GROUPS "/1/type", "DMA\n");
	make(GROUPS "/2/reserved_regions", "");
	make(GROUPS "/3/", NULL);
	make(GROUPS "/4/type/", NULL);
	assert_int_equal(sysfs_touch_group(root, 1), 0);
	assert_int_equal(sysfs_touch_group(root, 2), 0);
	assert_int_equal(sysfs_touch_group(root, 3), -ENOENT);
	assert_int_equal(sysfs_touch_group(root, 4), -EISDIR);
}

static void test_direct(void **state)
{
	make(GROUPS "/1/reserved_regions",
	     "0xfed1c000 0xfed1cfff direct-relaxable\n0xfee00000 0xfeefffff msi\n");
	make(GROUPS "/2/reserved_regions",
	     "0xfee00000 0xfeefffff msi\n0xfed1c000 0xfed1cfff direct\n");
	make(GROUPS "/3/reserved_regions", "direct");
	assert_false(sysfs_wants_direct(root, 1));
	assert_true(sysfs_wants_direct(root, 2));
	assert_false(sysfs_wants_direct(root, 3));
	assert_false(sysfs_wants_direct(root, 4));
}

static void test_count_devices(void **state)
{
	size_t n = 99;

	make(GROUPS "/1/devices/0000:00:01.0", "");
	make(GROUPS "/1/devices/0000:00:01.1", "");
	make(GROUPS "/2/devices/", NULL);
	make(GROUPS "/3/", NULL);        /* going */
	make(GROUPS "/x/devices/a", ""); /* no group */
	make(GROUPS "/4/devices/platform", "");
	assert_int_equal(sysfs_count_devices(root, &n), 0);
	assert_int_equal(n, 3);
}

static void test_count_vfs(void **state)
{
	static const char *const bad[] = {
		"",      "64",   "-1\n", "65536\n", "99999999999999999999\n",
		"0x4\n", "4 \n", " 4\n", "4\n4\n",  "four\n"};
	struct sysfs_vfs vfs = {99, 99};

	make("/sys/bus/pci/devices/0000:00:01.0/sriov_totalvfs", "64\n");
	make("/sys/bus/pci/devices/0000:00:02.0/sriov_totalvfs", "65535\n");
	make("/sys/bus/pci/devices/0000:00:03.0/sriov_totalvfs", "0\n");
	make("/sys/bus/pci/devices/0000:00:01.1/physfn", "");
	make("/sys/bus/pci/devices/0000:00:01.2/physfn", "");
	make("/sys/bus/pci/devices/0000:00:04.0/vendor", "0x8086\n");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char path[128];

		snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:01:%02zx.0/sriov_totalvfs",
			 i);
		make(path, bad[i]);
	}
	assert_int_equal(sysfs_count_vfs(root, &vfs), 0);
	assert_int_equal(vfs.possible, 64 + 65535);
	assert_int_equal(vfs.made, 2);
}

static void test_vfio_nodes(void **state)
{
	static const struct {
		const char *name, *dev;
	} bad[] = {
		{"vfio", "10:196\n"},  {"30", ""},          {"31", "511\n"},
		{"32", "511:\n"},      {"33", ":1\n"},      {"34", "511:1"},
		{"35", "511:1:1\n"},   {"36", "4096:1\n"},  {"37", "1:1048576\n"},
		{"38", "511:-1\n"},    {"39", "511: 1\n"},  {"040", "511:1\n"},
		{"noiommu-", "1:1\n"}, {"vfio-3", "1:1\n"}, {"4294967295", "1:1\n"},
	};
	_cleanup_free_ struct sysfs_node *nodes = NULL;
	size_t n = 0, sum = 0;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(path, sizeof(path), "/sys/class/vfio/%s/dev", bad[i].name);
		make(path, bad[i].dev);
	}
	make("/sys/class/vfio/50/", NULL);
	make("/sys/class/vfio/14/dev", "511:0\n");
	make("/sys/class/vfio/0/dev", "4095:1048575\n");
	make("/sys/class/vfio/noiommu-7/dev", "511:3\n");
	assert_int_equal(sysfs_vfio_nodes(root, &nodes, &n), 0);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		bool zero = nodes[i].group == 0, seven = nodes[i].group == 7;

		sum += nodes[i].group;
		assert_int_equal(nodes[i].major, zero ? 4095 : 511);
		assert_int_equal(nodes[i].minor, zero ? 1048575 : seven ? 3 : 0);
	}
	assert_int_equal(sum, 21);
}

/* Of devices: the group is that of the device above, whose link ends with its number. */
static void test_vfio_device_nodes(void **state)
{
	_cleanup_free_ struct sysfs_node *nodes = NULL;
	size_t n = 0;

	make("/sys/class/vfio-dev/vfio0/dev", "510:2\n");
	make_link("/sys/class/vfio-dev/vfio0/device/iommu_group", "../../kernel/iommu_groups/14");
	make("/sys/class/vfio-dev/vfio1/dev", "510:3\n"); /* in no group */
	make("/sys/class/vfio-dev/vfio2/dev", "510:4\n");
	make_link("/sys/class/vfio-dev/vfio2/device/iommu_group", "../iommu_groups/-1");
	assert_int_equal(sysfs_vfio_nodes(root, &nodes, &n), 0);
	assert_int_equal(n, 1);
	assert_true(nodes[0].of_device);
	assert_int_equal(nodes[0].group, 14);
	assert_int_equal(nodes[0].major, 510);
	assert_int_equal(nodes[0].minor, 2);
}

static void test_vfio_major(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint32_t major;
	} cases[] = {
		{"Character devices:\n  1 mem\n 10 misc\n511 vfio\n\nBlock devices:\n  7 loop\n", 0,
		 511},
		{"Character devices:\n510 vfio-dev\n511 vfio\n", 0, 511},
		{"Character devices:\n  7 vfio\n", 0, 7},
		{"Character devices:\n510 vfio-dev\n", -ENOENT, 0},
		{"Character devices:\n510 xvfio\n511 vfio2\n512 a vfio\n", -ENOENT, 0},
		{"Character devices:\n  1 mem\n\nBlock devices:\n511 vfio\n", -ENOENT, 0},
		{"511 vfio\n", -ENOENT, 0},
		{"Character devices:\n4096 vfio\n-1 vfio\n vfio\n", -ENOENT, 0},
		{"", -ENOENT, 0},
	};

	uint32_t device_major = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t major = 0;

		make("/proc/devices", cases[i].text);
		assert_int_equal(sysfs_major(root, "vfio", &major), cases[i].r);
		assert_int_equal(major, cases[i].major);
	}
	make("/proc/devices", "Character devices:\n511 vfio\n510 vfio-dev\n");
	assert_int_equal(sysfs_major(root, "vfio-dev", &device_major), 0);
	assert_int_equal(device_major, 510);
}

#define LONG_15 "abcdefghijklmno"
#define LONG_63 "012345678901234567890123456789012345678901234567890123456789012"

static void test_parse_device(void **state)
{
	static const struct {
		const char *text;
		int r;
		const char *bus, *name;
	} cases[] = {
		{"0000:3b:00.0", 0, "pci", "0000:3b:00.0"},
		{"3b:00.0", 0, "pci", "0000:3b:00.0"},
		{"3B:1F.7", 0, "pci", "0000:3b:1f.7"},
		{"pci/3b:00.0", 0, "pci", "0000:3b:00.0"},
		{"PCI/0000:3B:00.0", 0, "pci", "0000:3b:00.0"},
		{"10000:e1:00.0", 0, "pci", "10000:e1:00.0"},
		{"00010000:e1:00.0", 0, "pci", "10000:e1:00.0"},
		{"ffffffff:ff:1f.7", 0, "pci", "ffffffff:ff:1f.7"},
		{"platform/arm-smmu.0.auto", 0, "platform", "arm-smmu.0.auto"},
		{"fsl-mc/dprc.1", 0, "fsl-mc", "dprc.1"},
		{"platform/Fixed MDIO bus.0", 0, "platform", "Fixed MDIO bus.0"},
		{"platform/..x", 0, "platform", "..x"},
		{LONG_15 "/" LONG_63, 0, LONG_15, LONG_63},
		/* too long */
		{LONG_15 "p/x", -ENAMETOOLONG, NULL, NULL},
		{"platform/" LONG_63 "3", -ENAMETOOLONG, NULL, NULL},
		/* no PCI address */
		{"", -EINVAL, NULL, NULL},
		{"eth0", -EINVAL, NULL, NULL},
		{"nvme0n1", -EINVAL, NULL, NULL},
		{"8086:1521", -EINVAL, NULL, NULL},
		{"3b:00", -EINVAL, NULL, NULL},
		{"3b:00.", -EINVAL, NULL, NULL},
		{"3b:00.00", -EINVAL, NULL, NULL},
		{"3b:00.8", -EINVAL, NULL, NULL},
		{"3b:20.0", -EINVAL, NULL, NULL},
		{"3b:0.0", -EINVAL, NULL, NULL},
		{"b:00.0", -EINVAL, NULL, NULL},
		{"13b:00.0", -EINVAL, NULL, NULL},
		{"0:3b:00.0", -EINVAL, NULL, NULL},
		{"000:3b:00.0", -EINVAL, NULL, NULL},
		{"000000000:3b:00.0", -EINVAL, NULL, NULL},
		{"0x00:3b:00.0", -EINVAL, NULL, NULL},
		{"-000:3b:00.0", -EINVAL, NULL, NULL},
		{"0000:3b:00.0 ", -EINVAL, NULL, NULL},
		{" 0000:3b:00.0", -EINVAL, NULL, NULL},
		{"0000:3b:00.0\n", -EINVAL, NULL, NULL},
		{"0000:3b:00,0", -EINVAL, NULL, NULL},
		{"0000:0000:3b:00.0", -EINVAL, NULL, NULL},
		{"0000:3b:00.*", -EINVAL, NULL, NULL},
		{"pci/eth0", -EINVAL, NULL, NULL},
		/* no component of a path */
		{"/", -EINVAL, NULL, NULL},
		{"/3b:00.0", -EINVAL, NULL, NULL},
		{"pci/", -EINVAL, NULL, NULL},
		{"pci//3b:00.0", -EINVAL, NULL, NULL},
		{"pci/../x", -EINVAL, NULL, NULL},
		{"../pci", -EINVAL, NULL, NULL},
		{"platform/..", -EINVAL, NULL, NULL},
		{"platform/.", -EINVAL, NULL, NULL},
		{"./x", -EINVAL, NULL, NULL},
		{"platform/a/b", -EINVAL, NULL, NULL},
		{"platform/a\nb", -EINVAL, NULL, NULL},
		{"platform/\033[2J", -EINVAL, NULL, NULL},
		{"platform/a\177", -EINVAL, NULL, NULL},
		{"plat\tform/a", -EINVAL, NULL, NULL},
		{"platform/gr\303\266\303\237e", -EINVAL, NULL, NULL},
		{"platform/\302\233x", -EINVAL, NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char bus[OWNER_BUS_LEN] = "before", name[OWNER_DEVICE_LEN] = "before";
		int r = sysfs_parse_device(cases[i].text, bus, sizeof(bus), name, sizeof(name));

		if (r != cases[i].r)
			fail_msg("\"%s\": %d", cases[i].text, r);
		assert_string_equal(bus, cases[i].bus ?: "before");
		assert_string_equal(name, cases[i].name ?: "before");
	}
}

/* Buffers smaller than the owner map's fields. */
static void test_parse_device_small(void **state)
{
	char bus[4] = "-", name[13] = "-";

	assert_int_equal(sysfs_parse_device("3b:00.0", bus, 3, name, 13), -ENAMETOOLONG);
	assert_int_equal(sysfs_parse_device("3b:00.0", bus, 4, name, 12), -ENAMETOOLONG);
	assert_string_equal(bus, "-");
	assert_string_equal(name, "-");
	assert_int_equal(sysfs_parse_device("3b:00.0", bus, 4, name, 13), 0);
	assert_string_equal(name, "0000:3b:00.0");
}

#define PCI "/sys/bus/pci/devices"

static void test_device_group(void **state)
{
	static const struct {
		const char *bus, *name;
		int r;
		uint32_t group;
	} cases[] = {
		{"pci", "0000:00:01.0", 0, 14},
		{"pci", "0000:00:02.0", -ENOENT, 0},
		{"pci", "0000:00:03.0", -EINVAL, 0},
		{"pci", "0000:00:04.0", -EINVAL, 0},
		{"pci", "0000:00:05.0", -ENODEV, 0},
		{"pci", "0000:00:06.0", -ENODEV, 0},
		{"none", "0000:00:01.0", -ENODEV, 0},
		{"pci", "..", -EINVAL, 0},
		{"..", "devices", -EINVAL, 0},
		{"pci", "../devices/0000:00:01.0", -EINVAL, 0},
		{"pci", "", -EINVAL, 0},
		{"", "x", -EINVAL, 0},
	};

	make("/sys/devices/pci0000:00/0000:00:01.0/", NULL);
	make_link("/sys/devices/pci0000:00/0000:00:01.0/iommu_group",
		  "../../../kernel/iommu_groups/14");
	make_link(PCI "/0000:00:01.0", "../../../devices/pci0000:00/0000:00:01.0");
	make(PCI "/0000:00:02.0/", NULL);
	make_link(PCI "/0000:00:03.0/iommu_group", "../../../kernel/iommu_groups/x");
	make_link(PCI "/0000:00:04.0/iommu_group", "14");
	make(PCI "/0000:00:06.0", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t group = 0;

		assert_int_equal(sysfs_device_group(root, cases[i].bus, cases[i].name, &group),
				 cases[i].r);
		assert_int_equal(group, cases[i].group);
	}
}

static void test_long_root(void **state)
{
	char longer[PATH_MAX], *text = memset(longer, '/', sizeof(longer));
	uint32_t *groups = NULL, number;
	size_t n;

	text[sizeof(longer) - 1] = '\0';
	assert_int_equal(sysfs_groups(text, &groups, &n), -ENAMETOOLONG);
	assert_int_equal(sysfs_touch_group(text, 0), -ENAMETOOLONG);
	assert_int_equal(sysfs_major(text, "vfio", &number), -ENAMETOOLONG);
	assert_int_equal(sysfs_device_group(text, "pci", "x", &number), -ENAMETOOLONG);
}

/* The host that runs the test: whatever it has, reading it is no error. */
static void test_this_host(void **state)
{
	uint32_t *groups = NULL;
	struct sysfs_node *nodes = NULL;
	struct sysfs_vfs vfs = {};
	size_t n;

	assert_int_equal(sysfs_groups("", &groups, &n), 0);
	free(groups);
	assert_int_equal(sysfs_vfio_nodes("", &nodes, &n), 0);
	free(nodes);
	assert_int_equal(sysfs_count_devices("", &n), 0);
	assert_int_equal(sysfs_count_vfs("", &vfs), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_root, remove_root)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_groups),
		TEST(test_many_groups),
		TEST(test_empty_host),
		TEST(test_not_a_directory),
		TEST(test_touch_group),
		TEST(test_direct),
		TEST(test_count_devices),
		TEST(test_count_vfs),
		TEST(test_vfio_nodes),
		TEST(test_vfio_device_nodes),
		TEST(test_vfio_major),
		TEST(test_device_group),
		TEST(test_long_root),
		cmocka_unit_test(test_parse_device),
		cmocka_unit_test(test_parse_device_small),
		cmocka_unit_test(test_this_host),
	};

	return cmocka_run_group_tests_name("sysfs", tests, NULL, NULL);
}
