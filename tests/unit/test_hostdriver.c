// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tree of modules, indexed by depmod itself: which driver the host would bind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "hostdriver.h"
#include "tree_fixture.h"

#define RELEASE "6.1.0-test"
#define MODULES "/lib/modules/" RELEASE "/"
#define KO      MODULES "kernel/"

#define NVME   "pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02"
#define E1000E "pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00"
#define RTL    "pci:v000010ECd00008139sv00001AF4sd00001100bc02sc00i00"
#define XHCI   "pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30"
#define GPU    "pci:v000010DEd00002204sv00001458sd00004043bc03sc00i00"
#define PORT   "pci:v00001B36d0000000Csv00000000sd00000000bc06sc04i00"

static void run(const char *format, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("%s", command);
}

/* A module is an object file whose section .modinfo says what it is for; of it depmod asks no more.
 */
static void make_module(const char *name, const char *alias)
{
	char path[128], full[512];
	FILE *f;

	snprintf(path, sizeof(path), KO "%s.info", name);
	make(path, "");
	snprintf(full, sizeof(full), "%s%s", root, path);
	f = fopen(full, "we");
	assert_non_null(f);
	fprintf(f, "alias=%s%cname=%s%c", alias, 0, name, 0);
	fclose(f);
	run("cd %s" KO " && objcopy -I binary -O elf64-x86-64 --rename-section "
	    ".data=.modinfo,alloc,load,readonly,data,contents %s.info %s.ko",
	    root, name, name);
}

static int make_tree(void **state)
{
	new_root(state);
	make("/proc/sys/kernel/osrelease", RELEASE "\n");
	make(KO, NULL);
	make_module("nvme", "pci:v*d*sv*sd*bc01sc08i02*");
	make_module("e1000e", "pci:v00008086d000010D3sv*sd*bc*sc*i*");
	make_module("8139cp", "pci:v000010ECd00008139sv*sd*bc*sc*i*");
	make_module("8139too", "pci:v000010ECd00008139sv*sd*bc*sc*i*");
	make_module("snd-test", "pci:v00001234d*sv*sd*bc04sc03i00*");
	make_module("nouveau", "pci:v000010DEd*sv*sd*bc03sc*i*");
	make_module("nvidia", "pci:v000010DEd*sv*sd*bc03sc*i*");
	make_module("shpchp", "pci:v*d*sv*sd*bc06sc04i00*");
	make_module("nvgrace_vfio_pci", "vfio_pci:v000010DEd*sv*sd*bc*sc*i*");
	make(MODULES "modules.order", "");
	make(MODULES "modules.builtin", "kernel/xhci-pci.ko\n");
	run("printf 'xhci_pci.alias=pci:v*d*sv*sd*bc0Csc03i30*\\0xhci_pci.file=xhci-pci\\0' "
	    ">%s" MODULES "modules.builtin.modinfo",
	    root);
	run("PATH=$PATH:/usr/sbin:/sbin depmod -b %s " RELEASE, root);
	return 0;
}

/* The driver's name, or "-". */
static const char *driver_for(const char *modalias)
{
	static char name[OWNER_DRIVER_LEN];
	_cleanup_(hostdriver_freep) struct hostdriver *h = NULL;

	assert_int_equal(hostdriver_new(&h, root), 0);
	memset(name, 'x', sizeof(name));
	if (hostdriver_find(h, modalias, name) < 0)
		return "-";
	for (size_t i = strlen(name); i < sizeof(name); i++)
		assert_int_equal(name[i], 0);
	return name;
}

static void test_names(void **state)
{
	assert_string_equal(driver_for(NVME), "nvme");
	assert_string_equal(driver_for(E1000E), "e1000e");
	assert_string_equal(driver_for(XHCI), "xhci_pci"); /* built in */
	/* as modules are called, whatever their file is */
	assert_string_equal(driver_for("pci:v00001234d00000001sv00000000sd00000000bc04sc03i00"),
			    "snd_test");
	assert_string_equal(driver_for("pci:v00001234d00000001sv00000000sd00000000bc05sc00i00"),
			    "-");
	assert_string_equal(driver_for(PORT), "-");
	assert_string_equal(driver_for("acpi:PNP0A08:"), "-");
	assert_string_equal(driver_for(""), "-");
}

/* A loaded module, or one that is built in, says itself what its driver is called. */
static void test_loaded(void **state)
{
	make_link("/sys/module/xhci_pci/drivers/pci:xhci_hcd", "x");
	assert_string_equal(driver_for(XHCI), "xhci_hcd");
	make_link("/sys/module/xhci_pci/drivers/platform:xhci-hcd", "x");
	assert_string_equal(driver_for(XHCI), "xhci_hcd");
	make_link("/sys/module/xhci_pci/drivers/pci:other", "x");
	assert_string_equal(driver_for(XHCI), "-");
}

/* Which of several gets the device is told by nobody, unless the host would load but one. */
static void test_several(void **state)
{
	assert_string_equal(driver_for(RTL), "-");
	assert_string_equal(driver_for(GPU), "-");
	make("/etc/modprobe.d/gpu.conf", "blacklist nouveau\ninstall 8139too /bin/false\n");
	assert_string_equal(driver_for(GPU), "nvidia");
	assert_string_equal(driver_for(RTL), "8139cp");
	make_link("/sys/module/nouveau/drivers/pci:nouveau", "x"); /* loaded all the same */
	assert_string_equal(driver_for(GPU), "-");
	make("/etc/modprobe.d/gpu.conf", "blacklist nvme\n");
	assert_string_equal(driver_for(NVME), "-");
}

static void test_models(void **state)
{
	struct owner_model model;

	assert_int_equal(hostdriver_model(E1000E, &model), 0);
	assert_int_equal(model.id, 0x808610d3);
	assert_int_equal(model.subsystem, 0x80860000);
	assert_int_equal(model.class, 0x020000);
	assert_int_equal(hostdriver_model(XHCI, &model), 0);
	assert_int_equal(model.class, 0x0c0330);
	assert_int_equal(hostdriver_model("pci:v00008086", &model), -EINVAL);
	assert_int_equal(hostdriver_model("usb:v1D6Bp0002d0606dc09", &model), -EINVAL);
}

/* A host without modules, or none at all. */
static void test_nothing(void **state)
{
	_cleanup_(hostdriver_freep) struct hostdriver *h = NULL;
	char name[OWNER_DRIVER_LEN];

	assert_int_equal(hostdriver_new(&h, root), -ENOENT);
	make("/proc/sys/kernel/osrelease", RELEASE "\n");
	assert_int_equal(hostdriver_new(&h, root), 0);
	assert_int_equal(hostdriver_find(h, NVME, name), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, make_tree, remove_root),
		cmocka_unit_test_setup_teardown(test_loaded, make_tree, remove_root),
		cmocka_unit_test_setup_teardown(test_several, make_tree, remove_root),
		cmocka_unit_test(test_models),
		cmocka_unit_test_setup_teardown(test_nothing, new_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
