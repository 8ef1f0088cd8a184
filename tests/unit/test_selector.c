// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "selector.h"
#include "util.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define X(n) n n n n n n n n n n /* ten times */

static const struct {
	const char *key, *value;
	struct policy_select_key want;
} good[] = {
	/* pci */
	{"pci", "0000:3b:00.0", {0, SELECT_DEVICE, 0, {"pci", "0000:3b:00.0"}}},
	{"pci", "3b:00.0", {0, SELECT_DEVICE, 0, {"pci", "0000:3b:00.0"}}},
	{"pci", "3B:1F.7", {0, SELECT_DEVICE, 0, {"pci", "0000:3b:1f.7"}}},
	{"pci", "10000:3b:00.0", {0, SELECT_DEVICE, 0, {"pci", "10000:3b:00.0"}}},
	{"pci", "0000:3b:00.*", {0, SELECT_SLOT, 0, {"pci", "0000:3b:00"}}},
	{"pci", "3b:00.*", {0, SELECT_SLOT, 0, {"pci", "0000:3b:00"}}},
	{"pci", "0000:3B:*", {0, SELECT_BUS, 0, {"pci", "0000:3b"}}},
	{"pci", "3b:*", {0, SELECT_BUS, 0, {"pci", "0000:3b"}}},
	{"pci", "0000:*", {0, SELECT_DOMAIN, 0, {"pci", "0000"}}},
	{"pci", "0001:*", {0, SELECT_DOMAIN, 0, {"pci", "0001"}}},
	{"pci", "1000e:*", {0, SELECT_DOMAIN, 0, {"pci", "1000e"}}},
	{"pci", "*", {0, SELECT_BUS_ANY, 0, {"pci", ""}}},
	/* id */
	{"id", "15b3:101e", {0, SELECT_ID, 0x15b3101e}},
	{"id", "15B3:101E", {0, SELECT_ID, 0x15b3101e}},
	{"id", "ffff:ffff", {0, SELECT_ID, 0xffffffff}},
	{"id", "15b3:*", {0, SELECT_VENDOR, 0x15b3}},
	/* class */
	{"class", "01", {0, SELECT_BASE_CLASS, 0x01}},
	{"class", "0108", {0, SELECT_SUBCLASS, 0x0108}},
	{"class", "010802", {0, SELECT_CLASS, 0x010802}},
	{"class", "0x0C0330", {0, SELECT_CLASS, 0x0c0330}},
	/* driver */
	{"driver", "nvme", {0, SELECT_DRIVER, 0, {"", "nvme"}}},
	{"driver",
	 "0123456789012345678901234567890",
	 {0, SELECT_DRIVER, 0, {"", "0123456789012345678901234567890"}}},
	/* group */
	{"group", "0", {0, SELECT_GROUP, 0}},
	{"group", "14", {0, SELECT_GROUP, 14}},
	{"group", "2147483647", {0, SELECT_GROUP, 2147483647}},
	/* device */
	{"device", "platform/30800000.gpu", {0, SELECT_DEVICE, 0, {"platform", "30800000.gpu"}}},
	{"device", "pci/3b:00.0", {0, SELECT_DEVICE, 0, {"pci", "0000:3b:00.0"}}},
	{"device", "platform/*", {0, SELECT_BUS_ANY, 0, {"platform", ""}}},
	{"device", "pci/*", {0, SELECT_BUS_ANY, 0, {"pci", ""}}},
	{"device", "PCI/*", {0, SELECT_BUS_ANY, 0, {"pci", ""}}},
	{"device", "*", {0, SELECT_ANY}},
};

#define PCI                                                                                        \
	"give an address, such as \"0000:3b:00.0\", or a star for the rest of one: "               \
	"\"0000:3b:00.*\", \"0000:3b:*\", \"0000:*\", \"*\""
#define ID "give vendor and device, such as \"15b3:101e\", or \"15b3:*\"; lspci -n shows them"
#define CLASS                                                                                      \
	"give 2, 4 or 6 hexadecimal digits, such as \"01\", \"0108\" or \"010802\"; lspci "        \
	"-n shows them"
#define DRIVER "give the name of one driver, of at most 31 bytes, such as nvme"
#define GROUP  "give the number of an IOMMU group, as /sys/kernel/iommu_groups has it"
#define DEVICE                                                                                     \
	"give \"BUS/NAME\", \"BUS/*\" or, for any device, \"*\"; a bus has at most 15 "            \
	"bytes, a name 63"

static const struct {
	const char *key, *remedy;
	const char *values[32];
} bad[] = {
	{"pci",
	 PCI,
	 {"",
	  "0000:3b:00",
	  "0000:3b:00.8",
	  "0000:3b:20.0",
	  "0000:3b:00.0x",
	  "3b:00",
	  "eth0",
	  "pci/3b:00.0",
	  "**",
	  "0000:*:00.0",
	  "*:00.0",
	  "0000:3b:00*",
	  "0000:3b*",
	  "00*",
	  "0000*",
	  "3*",
	  "0000:3b:00.0*",
	  "0000:3b:20.*",
	  "0000:3b:00.*x",
	  "0000:3b:0:*",
	  ":*",
	  ".*",
	  "000:*",
	  "000000000:*",
	  "0000:3b:00:*",
	  "3b.*",
	  "0000:3b:00.0 ",
	  "0000:3b:*/",
	  X("0000:") "*",
	  "\xff:*"}},
	{"id",
	 ID,
	 {"", "15b3", "15b3:", "15b3:101", "15b3:101e0", "15b3:101e ", "0x15b3:0x101e", "*", "*:*",
	  "*:101e", "15b3:10*", "15b3:**", "15b3-101e", "g5b3:101e"}},
	{"class", CLASS, {"", "1", "010", "01080", "0108020", "0x", "0x1", "01*", "nv", "01 "}},
	{"driver",
	 DRIVER,
	 {"", "*", "nv*", "a/b", "01234567890123456789012345678901", "a\n", "\xc3\xbc"}},
	{"group",
	 GROUP,
	 {"", "-1", "+1", " 1", "1 ", "01", "0x1", "2147483648", "99999999999", "1e3", "*"}},
	{"device",
	 DEVICE,
	 {"", "nvme0", "0000:3b:00.0", "/", "/x", "x/", "pci/x", "pci/3b:00.*", "platform/x*",
	  "*/x", "*/*", "platform/**", "a/b/c", "abcdefghijklmnop/x", "abcdefghijklmnop/*",
	  "a/" X("1234567"), "../*", "a\n/*", "./x"}},
	{"colour", "give pci, id, class, driver, group or device", {"red"}},
};

static void test_good(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct policy_select_key got;
		const char *remedy = NULL;

		memset(&got, 0xff, sizeof(got));
		if (selector_parse(good[i].key, good[i].value, &got, &remedy))
			fail_msg("%s: %s: %s", good[i].key, good[i].value, remedy);
		/* they are keys of a map: every byte counts */
		if (memcmp(&got, &good[i].want, sizeof(got)) != 0)
			fail_msg("%s: %s: %u %llu %s %s", good[i].key, good[i].value, got.kind,
				 (unsigned long long)got.number, got.name.bus, got.name.name);
	}
}

static void test_bad(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		for (size_t k = 0; bad[i].values[k]; k++) {
			struct policy_select_key got, before;
			const char *remedy = NULL;

			memset(&got, 0xff, sizeof(got));
			before = got;
			if (selector_parse(bad[i].key, bad[i].values[k], &got, &remedy) != -EINVAL)
				fail_msg("%s: %s", bad[i].key, bad[i].values[k]);
			assert_string_equal(remedy, bad[i].remedy);
			assert_memory_equal(&got, &before, sizeof(got));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests_name("selector", tests, NULL, NULL);
}
