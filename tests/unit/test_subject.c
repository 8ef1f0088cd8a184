// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "subject.h"
#include "util.h"

#define H   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define H2  "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID "8c9f4b2e-0d0a-4a53-8f14-2f4b7a1f0c11"
#define U_D "8c9f4b2e_0d0a_4a53_8f14_2f4b7a1f0c11"
#define U32 "0123456789abcdef0123456789abcdef"

/* What a case does not name is expected to be unknown. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const struct {
	const char *path, *runtime, *container, *pod, *vm, *unit;
} cases[] = {
	/* Docker */
	{"/system.slice/docker-" H ".scope", "docker", H, NULL, NULL, "docker-" H ".scope"},
	{"/docker/" H, "docker", H},
	{"/docker/" H "/docker/" H2, "docker", H2},
	{"/docker/" H "/system.slice/x.service", "docker", H, NULL, NULL, "x.service"},
	/* Kubernetes, cgroupfs */
	{"/kubepods/burstable/pod" UID "/" H, "kubernetes", H, UID},
	{"/kubepods/besteffort/pod" UID "/" H, "kubernetes", H, UID},
	{"/kubepods/pod" U32 "/" H, "kubernetes", H, U32},
	{"/kubepods/pod" UID, NULL, NULL, UID},
	/* Kubernetes, systemd */
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" U_D
	 ".slice/cri-containerd-" H ".scope",
	 "cri-containerd", H, UID, NULL, "cri-containerd-" H ".scope"},
	{"/kubepods.slice/kubepods-pod" U_D ".slice/crio-" H ".scope/container", "crio", H, UID,
	 NULL, "crio-" H ".scope"},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" U32 ".slice/docker-" H
	 ".scope",
	 "docker", H, U32, NULL, "docker-" H ".scope"},
	{"/kubepods.slice/kubepods-pod" U_D ".slice/crio-" H, "crio", H, UID},
	{"/kubepods.slice/kubepods-pod" U_D ".slice/crio-conmon-" H ".scope", NULL, NULL, UID, NULL,
	 "crio-conmon-" H ".scope"},
	/* Podman, nerdctl */
	{"/machine.slice/libpod-" H ".scope", "libpod", H, NULL, NULL, "libpod-" H ".scope"},
	{"/machine.slice/libpod-" H ".scope/container", "libpod", H, NULL, NULL,
	 "libpod-" H ".scope"},
	{"/machine.slice/machine-libpod_pod_" H2 ".slice/libpod-" H ".scope", "libpod", H, H2, NULL,
	 "libpod-" H ".scope"},
	{"/libpod_parent/libpod_pod_" H2 "/libpod-" H ".scope", "libpod", H, H2, NULL,
	 "libpod-" H ".scope"},
	{"/libpod_parent/libpod-" H, "libpod", H},
	{"/libpod_parent/conmon", NULL},
	{"/system.slice/web.service/libpod-payload-" H "/container", "libpod", H, NULL, NULL,
	 "web.service"},
	{"/system.slice/web.service/runtime/libpod-payload-" H, "libpod", H, NULL, NULL,
	 "web.service"},
	{"/machine.slice/libpod-conmon-" H ".scope", NULL, NULL, NULL, NULL,
	 "libpod-conmon-" H ".scope"},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" H ".scope", "libpod", H,
	 NULL, NULL, "libpod-" H ".scope"},
	{"/system.slice/nerdctl-" H ".scope", "nerdctl", H, NULL, NULL, "nerdctl-" H ".scope"},
	/* libvirt */
	{"/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d1.scope/libvirt/emulator", "libvirt", NULL,
	 NULL, "web-1", "machine-qemu\\x2d3\\x2dweb\\x2d1.scope"},
	{"/machine.slice/machine-qemu\\x2d12\\x2dvm.scope", "libvirt", NULL, NULL, "vm",
	 "machine-qemu\\x2d12\\x2dvm.scope"},
	{"/machine/qemu-3-web-1.libvirt-qemu/vcpu0", "libvirt", NULL, NULL, "web-1"},
	{"/machine.slice/machine-lxc\\x2d812\\x2dbox.scope", "libvirt-lxc", "box", NULL, NULL,
	 "machine-lxc\\x2d812\\x2dbox.scope"},
	/* Proxmox, LXC, nspawn, Kata */
	{"/qemu.slice/100.scope", "proxmox", NULL, NULL, "100", "100.scope"},
	{"/lxc/101", "proxmox", "101"},
	{"/lxc/101/ns/system.slice/x.service", "proxmox", "101", NULL, NULL, "x.service"},
	{"/lxc.payload.web/system.slice/x.service", "lxc", "web", NULL, NULL, "x.service"},
	{"/lxc.monitor.web"},
	{"/machine.slice/machine-deb\\x2d12.scope/payload", "nspawn", "deb-12", NULL, NULL,
	 "machine-deb\\x2d12.scope"},
	{"/machine.slice/systemd-nspawn@deb.service/payload", "nspawn", "deb", NULL, NULL,
	 "systemd-nspawn@deb.service"},
	{"/kubepods/burstable/pod" UID "/kata_" H, "kata", H, UID},
	/* a container in a machine, a machine in a container: the inner one */
	{"/machine.slice/machine-deb.scope/payload/docker/" H, "docker", H, NULL, NULL,
	 "machine-deb.scope"},
	{"/docker/" H "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "libvirt", NULL, NULL, "vm",
	 "machine-qemu\\x2d1\\x2dvm.scope"},
	/* units, and what only looks like something */
	{"/system.slice/foo.service", NULL, NULL, NULL, NULL, "foo.service"},
	{"/"},
	{""},
	{"/system.slice/docker-0123.scope", NULL, NULL, NULL, NULL, "docker-0123.scope"},
	{"/system.slice/docker-" H "0.scope", NULL, NULL, NULL, NULL, "docker-" H "0.scope"},
	{"/system.slice/xdocker-" H ".scope", NULL, NULL, NULL, NULL, "xdocker-" H ".scope"},
	{"/system.slice/docker-" H ".service", NULL, NULL, NULL, NULL, "docker-" H ".service"},
	{"/docker-" H},
	{"/dockers/" H},
	{"/" H},
	{"/pod" UID "/" H},
	{"/kubepods/pod" UID "x/" H},
	{"/kubepods/podnothing/" H},
	{"/kubepods.slice/kubepods-pod" U_D "/" H},
	{"/machine.slice/machine-qemu\\x2dx\\x2dvm.scope", NULL, NULL, NULL, NULL,
	 "machine-qemu\\x2dx\\x2dvm.scope"},
	{"/machine.slice/machine-qemu\\x2d1.scope", NULL, NULL, NULL, NULL,
	 "machine-qemu\\x2d1.scope"},
	{"/system.slice/machine-deb.scope", NULL, NULL, NULL, NULL, "machine-deb.scope"},
	{"/qemu.slice/vm.scope", NULL, NULL, NULL, NULL, "vm.scope"},
	{"/lxc/web"},
	{"/lxc.payload."},
	{"/kata_" H},
};

static void same(const char *got, const char *want)
{
	if (want)
		assert_string_equal(got ?: "(nothing)", want);
	else
		assert_null(got);
}

static void test_paths(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct subject s;

		assert_int_equal(subject_of_path(&s, cases[i].path), 0);
		same(s.runtime, cases[i].runtime);
		same(s.container, cases[i].container);
		same(s.pod, cases[i].pod);
		same(s.vm, cases[i].vm);
		same(s.unit, cases[i].unit);
		assert_int_equal(s.of_user, strstr(cases[i].path, "user@1000") != NULL);
		subject_done(&s);
	}
}

/* An escape that is none, or that would end the string, stays as it is. */
static void test_escapes(void **state)
{
	static const struct {
		const char *name, *vm;
	} names[] = {
		{"a\\x2db\\x5cc", "a-b\\c"}, {"a\\x", "a\\x"},       {"a\\x2", "a\\x2"},
		{"a\\xZZ", "a\\xZZ"},        {"a\\x00b", "a\\x00b"}, {"a\\x0ab", "a\nb"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct subject s;
		char path[128];

		snprintf(path, sizeof(path), "/machine.slice/machine-qemu\\x2d1\\x2d%s.scope",
			 names[i].name);
		assert_int_equal(subject_of_path(&s, path), 0);
		same(s.vm, names[i].vm);
		subject_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
