// SPDX-License-Identifier: GPL-2.0-only
/* Whether interrupts are remapped: by the files that tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "interrupts.h"
#include "tree_fixture.h"

#define HEAD    "           CPU0       CPU1       \n"
#define PLAIN   HEAD "   1:          9          0   IO-APIC   1-edge      i8042 noIR-like\n"
#define IR      HEAD "   1:          9          0  IR-IO-APIC    1-edge      i8042\n"
#define MSI     HEAD " 125:          0        125  IR-PCI-MSIX-0000:3b:00.0    0-edge      nvme0q0\n"
#define ALLOWED "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"

static void says(const char *interrupts, const char *allowed, bool remapped, bool unsafe)
{
	assert_int_equal(new_root(NULL), 0);
	if (interrupts)
		make("/proc/interrupts", interrupts);
	if (allowed)
		make(ALLOWED, allowed);
	assert_int_equal(interrupts_are_remapped(root), remapped);
	assert_int_equal(interrupts_unsafe_allowed(root), unsafe);
	remove_root(NULL);
}

static void test_remapped(void **state)
{
	says(IR, NULL, true, false);
	says(MSI, "N\n", true, false);
}

static void test_not_remapped(void **state)
{
	says(PLAIN, NULL, false, false);
	says(PLAIN, "N\n", false, false);
	says(PLAIN, "Y\n", false, true);
}

static void test_not_known(void **state)
{
	says(NULL, "N\n", true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remapped),
		cmocka_unit_test(test_not_remapped),
		cmocka_unit_test(test_not_known),
	};

	return cmocka_run_group_tests_name("interrupts", tests, NULL, NULL);
}
