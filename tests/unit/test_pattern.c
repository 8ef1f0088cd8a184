// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <cmocka.h>
#include "pattern.h"
#include "subject.h"
#include "util.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define H     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define H_BIG "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
#define UUID  "8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f"
#define U_D   "8f14e45f_ceea_467f_a9c5_0d1c2b3a4e5f"
#define U32   "0123456789abcdef0123456789abcdef"
#define X(n)  n n n n n n n n n n /* ten times */

static struct lookup_mount last_mount;

/* "path:" or "scope:" and the pattern, with <*> for a star, <**> a tree, <9> digits, <?> a byte. */
static void print(FILE *out, const struct policy_matcher *m)
{
	static const char *const signs[] = {"", "<*>", "<**>", "<9>", "<?>"};

	fputs(m->tests & MATCH_NAMED   ? "named:"
	      : m->tests & MATCH_PATH  ? "path:"
	      : m->tests & MATCH_SCOPE ? "scope:"
				       : "",
	      out);
	for (const char *c = m->pattern; *c; c++) {
		if (*c > 0 && *c < (char)ARRAY_SIZE(signs))
			fputs(signs[(int)*c], out);
		else
			fputc(*c, out);
	}
}

static const struct {
	struct pattern_subject s;
	const char *patterns; /* with newlines between them */
} paths[] = {
	{{.cgroup = "/"}, "path:/"},
	{{.cgroup = "/a"}, "path:/a"},
	{{.cgroup = "/a/b.slice/c@1.service"}, "path:/a/b.slice/c@1.service"},
	{{.cgroup = "/a*/?b/*"}, "path:/a<*>/<?>b/<*>"},
	{{.cgroup = "/**"}, "path:<**>"},
	{{.cgroup = "/a/**"}, "path:/a<**>"},
	{{.cgroup = "/a/**/b"}, "path:/a<**>/b"},
	{{.cgroup = "/**/a/**/**/b*"}, "path:<**>/a<**>/b<*>"},
	{{.cgroup = "/kubepods.slice/**"}, "path:/kubepods.slice<**>"},
	{{.cgroup = "/machine-qemu\\x2d1"}, "path:/machine-qemu\\x2d1"},
	{{.cgroup = "/\xc3\xbc"}, "path:/\xc3\xbc"},

	{{.unit = "foo.service"}, "scope:/foo.service<**>"},
	{{.unit = "dpdk@*.service"}, "scope:/dpdk@<*>.service<**>"},
	{{.unit = "dpdk@?\\x2d1.service"}, "scope:/dpdk@<?>\\x2d1.service<**>"},
	{{.unit = "x.scope"}, "scope:/x.scope<**>"},
	{{.unit = "*.scope"}, "scope:/<*>.scope<**>"},
	{{.unit = "cpu.service"}, "scope:/cpu.service<**>\nscope:/_cpu.service<**>"},
	{{.unit = "cpu*.service"}, "scope:/cpu<*>.service<**>\nscope:/_cpu<*>.service<**>"},
	{{.unit = "_foo.service"}, "scope:/__foo.service<**>"},
	{{.unit = "system.slice"}, "path:/system.slice<**>"},
	{{.unit = "a-b.slice"}, "path:/a.slice/a-b.slice<**>"},
	{{.unit = "user-1000.slice"}, "path:/user.slice/user-1000.slice<**>"},
	{{.unit = "a-b-c.slice"}, "path:/a.slice/a-b.slice/a-b-c.slice<**>"},
	{{.unit = "io-b.slice"}, "path:/io.slice/io-b.slice<**>\npath:/_io.slice/io-b.slice<**>"},
	{{.unit = "_a-b.slice"}, "path:/__a.slice/__a-b.slice<**>"},

	{{.container = H},
	 "scope:/docker-" H ".scope<**>\nscope:/cri-containerd-" H ".scope<**>\n"
	 "scope:/crio-" H ".scope<**>\nscope:/crio-" H "<**>\nscope:/libpod-" H ".scope<**>\n"
	 "scope:/libpod-" H "<**>\nscope:/nerdctl-" H ".scope<**>\nscope:/" H "<**>\nscope:/kata_" H
	 "<**>"},
	{{.container = "web-1"},
	 "named:web-1\npath:/lxc.payload.web-1<**>\npath:/machine.slice/"
	 "machine-web\\x2d1.scope<**>\n"
	 "path:/machine.slice/systemd-nspawn@web\\x2d1.service<**>\n"
	 "path:/machine.slice/machine-lxc\\x2d<9>\\x2dweb\\x2d1.scope<**>"},
	{{.container = "101"},
	 "named:101\npath:/lxc.payload.101<**>\npath:/lxc/101<**>\npath:/machine.slice/"
	 "machine-101.scope<**>\n"
	 "path:/machine.slice/systemd-nspawn@101.service<**>\n"
	 "path:/machine.slice/machine-lxc\\x2d<9>\\x2d101.scope<**>"},
	{{.container = "my_ct"},
	 "named:my_ct\npath:/lxc.payload.my_ct<**>\npath:/machine.slice/machine-my_ct.scope<**>\n"
	 "path:/machine.slice/systemd-nspawn@my_ct.service<**>"},

	{{.pod = UUID},
	 "path:/kubepods/pod" UUID "<**>\npath:/kubepods/burstable/pod" UUID "<**>\n"
	 "path:/kubepods/besteffort/pod" UUID "<**>\n"
	 "path:/kubepods.slice/kubepods-pod" U_D ".slice<**>\n"
	 "path:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" U_D ".slice<**>\n"
	 "path:/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" U_D ".slice<**>"},
	{{.pod = U32},
	 "path:/kubepods/pod" U32 "<**>\npath:/kubepods/burstable/pod" U32 "<**>\n"
	 "path:/kubepods/besteffort/pod" U32 "<**>\n"
	 "path:/kubepods.slice/kubepods-pod" U32 ".slice<**>\n"
	 "path:/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" U32 ".slice<**>\n"
	 "path:/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" U32 ".slice<**>"},
	{{.pod = H},
	 "path:/machine.slice/machine-libpod_pod_" H ".slice<**>\n"
	 "path:/libpod_parent/libpod_pod_" H "<**>"},

	{{.vm = "web-1"},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2dweb\\x2d1.scope<**>\n"
	 "path:/machine/qemu-<9>-web-1.libvirt-qemu<**>"},
	{{.vm = "tenant-a*"},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2dtenant\\x2da<*>.scope<**>\n"
	 "path:/machine/qemu-<9>-tenant-a<*>.libvirt-qemu<**>"},
	{{.vm = "win_1?.x"},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2dwin1<?>.x.scope<**>\n"
	 "path:/machine/qemu-<9>-win1<?>.x.libvirt-qemu<**>"},
	{{.vm = "-a-.b_-_c-."},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2da\\x2db\\x2dc.scope<**>\n"
	 "path:/machine/qemu-<9>-a-b-c.libvirt-qemu<**>"},
	{{.vm = "100"},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2d100.scope<**>\n"
	 "path:/machine/qemu-<9>-100.libvirt-qemu<**>\npath:/qemu.slice/100.scope<**>"},
	{{.vm = "10*"},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2d10<*>.scope<**>\n"
	 "path:/machine/qemu-<9>-10<*>.libvirt-qemu<**>\npath:/qemu.slice/10<*>.scope<**>"},
	{{.vm = "*"},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2d<*>.scope<**>\n"
	 "path:/machine/qemu-<9>-<*>.libvirt-qemu<**>\npath:/qemu.slice/<9>.scope<**>"},
	{{.vm = "a**"},
	 "path:/machine.slice/machine-qemu\\x2d<9>\\x2da<*>.scope<**>\n"
	 "path:/machine/qemu-<9>-a<*>.libvirt-qemu<**>"},
};

static void test_paths(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_free_ char *got = NULL;
		FILE *out = open_memstream(&got, &(size_t){0});
		struct pattern p;

		if (pattern_compile(&p, &paths[i].s, &last_mount))
			fail_msg("%s: %s", paths[i].patterns, p.error.text);
		for (size_t k = 0; k < p.n; k++) {
			fputs(k ? "\n" : "", out);
			print(out, &p.alternatives[k]);
		}
		fclose(out);
		assert_string_equal(got, paths[i].patterns);
	}
}

/* Upper case is the same id. */
static void test_case(void **state)
{
	struct pattern small, big;

	assert_int_equal(
		pattern_compile(&small, &(struct pattern_subject){.container = H}, &last_mount), 0);
	assert_int_equal(
		pattern_compile(&big, &(struct pattern_subject){.container = H_BIG}, &last_mount),
		0);
	assert_memory_equal(&small, &big, sizeof(small));
}

#define NOT_PATH                                                                                   \
	"give the whole path, such as \"/system.slice/foo.service\" or "                           \
	"\"/kubepods.slice/**\""
#define SLASHES   "leave out a \"/\" that is doubled or at the end"
#define ALONE     "let \"**\" stand alone between \"/\" and \"/\"; within a name give \"*\""
#define UNIT      "give a unit's name, as systemctl prints it, of at most 255 bytes"
#define ENDING    "give a name that ends in .service, .scope or .slice"
#define TEMPLATE  "a template has no processes: name an instance, or \"*\" after the \"@\""
#define DASHES    "a slice's name has single dashes, each between two words"
#define CONTAINER "give an id of 64 hexadecimal digits, or a container's name; no wildcards"
#define POD                                                                                        \
	"give a pod's UID, as kubectl get pod -o yaml prints it, or the 64 digits of a "           \
	"Podman pod"
#define VM                                                                                         \
	"give the name of a libvirt domain, or Proxmox's number; \"*\" and \"?\" are "             \
	"possible"
#define PRINTABLE "leave out control characters, and write it in UTF-8"
#define LONG      "its pattern is longer than 255 bytes; shorten it by \"*\" or \"**\" in a cgroup"
#define ONE                                                                                        \
	"an entry has only one of cgroup, unit, container, pod and vm; for both give a "           \
	"cgroup"
#define USER  "there is no such user on this host; give one that is, or a number"
#define GROUP "there is no such group on this host; give one that is, or a number"
#define EXE   "give the absolute path of a program, such as /usr/bin/qemu-system-x86_64"

static const struct {
	struct pattern_subject s;
	const char *key, *remedy;
} mistakes[] = {
	{{}, NULL, "give {any: true} for everybody"},
	{{.cgroup = ""}, "cgroup", NOT_PATH},
	{{.cgroup = "a/b"}, "cgroup", NOT_PATH},
	{{.cgroup = "**"}, "cgroup", NOT_PATH},
	{{.cgroup = "//"}, "cgroup", SLASHES},
	{{.cgroup = "/a/"}, "cgroup", SLASHES},
	{{.cgroup = "/a//b"}, "cgroup", SLASHES},
	{{.cgroup = "/**/"}, "cgroup", SLASHES},
	{{.cgroup = "/a/./b"}, "cgroup", "leave out \".\" and \"..\""},
	{{.cgroup = "/.."}, "cgroup", "leave out \".\" and \"..\""},
	{{.cgroup = "/a**"}, "cgroup", ALONE},
	{{.cgroup = "/**a/b"}, "cgroup", ALONE},
	{{.cgroup = "/a/***"}, "cgroup", ALONE},
	{{.cgroup = "/a\n"}, "cgroup", PRINTABLE},
	{{.cgroup = "/\x01"}, "cgroup", PRINTABLE},
	{{.cgroup = "/\x04"}, "cgroup", PRINTABLE},
	{{.cgroup = "/\x7f"}, "cgroup", PRINTABLE},
	{{.cgroup = "/\xc2\x85"}, "cgroup", PRINTABLE},
	{{.cgroup = "/\xff"}, "cgroup", PRINTABLE},
	{{.cgroup = "/\xc0\xaf"}, "cgroup", PRINTABLE},
	{{.cgroup = "/" X(X("012"))}, "cgroup", LONG},
	{{.unit = ""}, "unit", ENDING},
	{{.unit = "foo"}, "unit", ENDING},
	{{.unit = "foo.socket"}, "unit", ENDING},
	{{.unit = ".service"}, "unit", ENDING},
	{{.unit = "foo.service.d"}, "unit", ENDING},
	{{.unit = "foo.*"}, "unit", ENDING},
	{{.unit = "a/b.service"}, "unit", UNIT},
	{{.unit = "a b.service"}, "unit", UNIT},
	{{.unit = "a[12].service"}, "unit", UNIT},
	{{.unit = "\xc3\xbc.service"}, "unit", UNIT},
	{{.unit = X(X("012")) ".service"}, "unit", UNIT},
	{{.unit = X("012345678901234567890123") "012345.service"}, "unit", LONG},
	{{.unit = "dpdk@.service"}, "unit", TEMPLATE},
	{{.unit = "@.service"}, "unit", TEMPLATE},
	{{.unit = "-.slice"}, "unit", "the root slice holds everything: give {any: true}"},
	{{.unit = "a*.slice"},
	 "unit",
	 "give a slice's name without wildcards, or a cgroup, such as "
	 "{cgroup: \"/a.slice/*/**\"}"},
	{{.unit = "a--b.slice"}, "unit", DASHES},
	{{.unit = "-a.slice"}, "unit", DASHES},
	{{.unit = "a-.slice"}, "unit", DASHES},
	{{.unit = X("a-b-c-d-e-f-g-h-i-j-") "a.slice"}, "unit", LONG},
	{{.container = ""}, "container", CONTAINER},
	{{.container = "web*"}, "container", CONTAINER},
	{{.container = "we?"}, "container", CONTAINER},
	{{.container = "a/b"}, "container", CONTAINER},
	{{.container = ".."}, "container", CONTAINER},
	{{.container = "a\tb"}, "container", PRINTABLE},
	{{.container = X(X("-"))}, "container", LONG},
	{{.pod = ""}, "pod", POD},
	{{.pod = "web"}, "pod", POD},
	{{.pod = "*"}, "pod", POD},
	{{.pod = "8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5"}, "pod", POD},
	{{.pod = "8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f0"}, "pod", POD},
	{{.pod = "8f14e45f_ceea_467f_a9c5_0d1c2b3a4e5f"}, "pod", POD},
	{{.pod = "8f14e45fceea-467f--a9c5-0d1c2b3a4e5f"}, "pod", POD},
	{{.pod = "8f14e45g-ceea-467f-a9c5-0d1c2b3a4e5f"}, "pod", POD},
	{{.pod = H "0"}, "pod", POD},
	{{.vm = ""}, "vm", VM},
	{{.vm = "-"}, "vm", VM},
	{{.vm = "_\xc3\xbc_"}, "vm", VM},
	{{.vm = "a\x03"}, "vm", PRINTABLE},
	{{.vm = "01234567890123456789012345678901234567890123456789012"},
	 "vm",
	 "libvirt cuts a name that long: give its first 50 bytes and \"*\", or its cgroup"},
	{{.uid = ""}, "uid", USER},
	{{.uid = "no such user"}, "uid", USER},
	{{.uid = "-1"}, "uid", USER},
	{{.uid = "4294967295"}, "uid", USER},
	{{.uid = "00000000000"}, "uid", USER},
	{{.uid = "99999999999999999999"}, "uid", USER},
	{{.gid = "no such group"}, "gid", GROUP},
	{{.gid = "4294967295"}, "gid", GROUP},
	{{.exe = ""}, "exe", EXE},
	{{.exe = "qemu"}, "exe", EXE},
	{{.exe = "/"}, "exe", "it is no file; give the path of a program"},
	{{.exe = "/dev/null"}, "exe", "it is no file; give the path of a program"},
	{{.exe = "/\x1b"}, "exe", PRINTABLE},
	{{.cgroup = "/a", .unit = "b.service"}, "unit", ONE},
	{{.container = H, .pod = UUID}, "pod", ONE},
	{{.cgroup = "/a", .vm = "b"}, "vm", ONE},
};

static void test_mistakes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct pattern p;

		if (pattern_compile(&p, &mistakes[i].s, &last_mount) != -EINVAL)
			fail_msg("entry %zu: %s", i, mistakes[i].remedy);
		assert_string_equal(p.error.text, mistakes[i].remedy);
		if (mistakes[i].key)
			assert_string_equal(p.error.key, mistakes[i].key);
		else
			assert_null(p.error.key);
	}
}

/* Of the longest names one byte less fits. */
static void test_longest(void **state)
{
	char path[POLICY_PATTERN_LEN + 1];
	struct pattern_subject s = {.cgroup = path};
	struct pattern p;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[POLICY_PATTERN_LEN] = '\0';
	assert_int_equal(pattern_compile(&p, &s, &last_mount), -EINVAL);
	path[POLICY_PATTERN_LEN - 1] = '\0';
	assert_int_equal(pattern_compile(&p, &s, &last_mount), 0);
	assert_string_equal(p.alternatives[0].pattern, path);
}

static void test_warnings(void **state)
{
	static const struct {
		struct pattern_subject s;
		const char *key, *says;
	} cases[] = {
		{{.cgroup = "/a[12]"},
		 "cgroup",
		 "brackets stand for themselves; only \"*\", \"?\" and \"**\" are wildcards"},
		{{.container = "0123456789ab"},
		 "container",
		 "read as a name; an id needs all of its 64 digits, as docker ps --no-trunc prints "
		 "them"},
		{{.vm = "win_10"},
		 "vm",
		 "libvirt's cgroups have only the letters, digits, dashes and dots of a name: "
		 "machines that differ in nothing else are meant too"},
		{{.exe = "/none/such"},
		 "exe",
		 "not there; until it is, this entry is about nobody"},
		{{.exe = "/etc/passwd/x"},
		 "exe",
		 "not there; until it is, this entry is about nobody"},
		{{.container = "012345678901"}}, /* a number is no short id */
		{{.vm = "win-10.a*"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pattern p;

		assert_int_equal(pattern_compile(&p, &cases[i].s, &last_mount), 0);
		assert_int_equal(p.n_warnings, cases[i].key != NULL);
		if (cases[i].key) {
			assert_string_equal(p.warnings[0].key, cases[i].key);
			assert_string_equal(p.warnings[0].text, cases[i].says);
		}
	}
}

static void test_tests(void **state)
{
	struct pattern_subject all = {
		.unit = "cpu.service",
		.uid = "root",
		.gid = "4294967294",
		.exe = "/none/such",
		.any = true,
	};
	struct pattern p;

	assert_int_equal(pattern_compile(&p, &all, &last_mount), 0);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.alternatives[0].tests, MATCH_EXE | MATCH_PROGRAM);
	assert_int_equal(p.alternatives[0].exe_inode, 0);
	assert_string_equal(p.alternatives[0].pattern, "/none/such");
	for (size_t i = 1; i < p.n; i++) {
		const struct policy_matcher *m = &p.alternatives[i];

		assert_int_equal(m->tests,
				 MATCH_ANY | MATCH_SCOPE | MATCH_UID | MATCH_GID | MATCH_EXE);
		assert_int_equal(m->uid, 0);
		assert_int_equal(m->gid, 4294967294U);
		assert_int_equal(m->exe_inode, 0);
	}
	assert_int_equal(pattern_compile(&p, &(struct pattern_subject){.any = true}, &last_mount),
			 0);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.alternatives[0].tests, MATCH_ANY);
	assert_string_equal(p.alternatives[0].pattern, "");
	assert_int_equal(pattern_compile(&p, &(struct pattern_subject){.gid = "root"}, &last_mount),
			 0);
	assert_int_equal(p.alternatives[0].tests, MATCH_GID);
	assert_int_equal(p.alternatives[0].gid, 0);
}

static void test_exe(void **state)
{
	char file[] = "/tmp/ownerd-exe-XXXXXX";
	struct pattern_subject s = {.exe = file};
	_cleanup_close_ int fd = mkstemp(file);
	struct pattern p;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pattern_compile(&p, &s, &last_mount), 0);
	assert_int_equal(p.n_warnings, 0);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.alternatives[0].exe_inode, 0);
	assert_int_equal(p.alternatives[1].exe_inode, st.st_ino);
	/* but for btrfs, of which every subvolume has another */
	if (major(st.st_dev) || OWNER_DEV_MAJOR(p.alternatives[1].exe_device))
		assert_int_equal(p.alternatives[1].exe_device,
				 OWNER_DEV(major(st.st_dev), minor(st.st_dev)));
	assert_true(last_mount.known);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	assert_int_equal(pattern_compile(&p, &s, &last_mount), 0);
	assert_string_equal(p.warnings[0].text, "a script; what runs is its interpreter, so this "
						"entry is about nobody");
	unlink(file);
}

/* What a pattern means, in the plainest way. */
static bool fits(const char *pattern, const char *text)
{
	switch (*pattern) {
	case '\0':
		return !*text;
	case PATTERN_STAR:
		return fits(pattern + 1, text) ||
		       (*text && *text != '/' && fits(pattern, text + 1));
	case PATTERN_CHAR:
		return *text && *text != '/' && fits(pattern + 1, text + 1);
	case PATTERN_DIGITS:
		return *text >= '0' && *text <= '9' &&
		       fits(pattern + 1, text + strspn(text, "0123456789"));
	case PATTERN_TREE:
		if (fits(pattern + 1, text))
			return true;
		return *text == '/' && fits(pattern, text + 1 + strcspn(text + 1, "/"));
	default:
		return *pattern == *text && fits(pattern + 1, text + 1);
	}
}

static bool holds(const struct pattern *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct policy_matcher *m = &p->alternatives[i];

		for (const char *from = path; from; from = strchr(from + 1, '/')) {
			if (fits(m->pattern, from))
				return true;
			if (m->tests & MATCH_PATH)
				break;
		}
	}
	return false;
}

/* Whoever subject.h recognises by a path is meant by a policy that names him so. */
static void test_as_subject_says(void **state)
{
	static const char *const cgroups[] = {
		"/system.slice/docker-" H ".scope",
		"/docker/" H "/docker/" H "/init.scope",
		"/kubepods/burstable/pod" UUID "/" H,
		"/kubepods/pod" U32 "/" H,
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" U_D
		".slice/cri-containerd-" H ".scope",
		"/kubepods.slice/kubepods-pod" U_D ".slice/crio-" H ".scope/container",
		"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" U32
		".slice/docker-" H ".scope",
		"/kubepods.slice/kubepods-pod" U_D ".slice/crio-" H,
		"/machine.slice/libpod-" H ".scope/container",
		"/machine.slice/machine-libpod_pod_" H ".slice/libpod-" H ".scope",
		"/libpod_parent/libpod_pod_" H "/libpod-" H ".scope",
		"/system.slice/nerdctl-" H ".scope",
		"/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d1.scope/libvirt/emulator",
		"/machine/qemu-3-web-1.libvirt-qemu/vcpu0",
		"/machine.slice/machine-lxc\\x2d812\\x2dbox.scope",
		"/qemu.slice/100.scope",
		"/lxc/101/ns/system.slice/x.service",
		"/lxc.payload.web/system.slice/x.service",
		"/machine.slice/machine-deb\\x2d12.scope/payload",
		"/machine.slice/systemd-nspawn@deb\\x2d12.service/payload",
		"/kubepods/burstable/pod" UUID "/kata_" H,
		"/system.slice/foo.service",
		"/system.slice/_cpu.service/x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++) {
		struct pattern p;
		struct subject s;
		size_t n = 0;

		assert_int_equal(subject_of_path(&s, cgroups[i]), 0);
		struct pattern_subject by[] = {
			{.container = s.container},
			{.pod = s.pod},
			{.vm = s.vm},
			{.unit = s.unit},
		};
		for (size_t k = 0; k < ARRAY_SIZE(by); k++) {
			if (pattern_compile(&p, &by[k], &last_mount))
				continue; /* it is not of that kind */
			n++;
			if (!holds(&p, cgroups[i]))
				fail_msg("%s: by %zu", cgroups[i], k);
		}
		assert_true(n > 0);
		subject_done(&s);
	}
}

static void test_globs(void **state)
{
	static const struct {
		const char *glob, *path;
		bool holds;
	} cases[] = {
		{"/a/**", "/a", true},         {"/a/**", "/a/b/c", true},
		{"/a/**", "/ab", false},       {"/a/**/b", "/a/b", true},
		{"/a/**/b", "/a/x/y/b", true}, {"/a/**/b", "/a/xb", false},
		{"/**/b", "/b", true},         {"/**", "/a/b", true},
		{"/a/*", "/a/b/c", false},     {"/a/*", "/a/b", true},
		{"/a?", "/ab", true},          {"/a?b", "/a/b", false},
		{"/*/b*", "/a/bcd", true},     {"/", "/a", false},
		{"/a", "/a/b", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pattern_subject s = {.cgroup = (char *)cases[i].glob};
		struct pattern p;

		assert_int_equal(pattern_compile(&p, &s, &last_mount), 0);
		if (holds(&p, cases[i].path) != cases[i].holds)
			fail_msg("%s %s", cases[i].glob, cases[i].path);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),    cmocka_unit_test(test_case),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_longest),
		cmocka_unit_test(test_warnings), cmocka_unit_test(test_tests),
		cmocka_unit_test(test_exe),      cmocka_unit_test(test_as_subject_says),
		cmocka_unit_test(test_globs),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
