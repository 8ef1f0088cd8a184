// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include "cmdline.h"
#include "feature.h"
#include "functions.h"
#include "sysfs.h"
#include "util.h"

/* Before 5.19 VFIO's nodes, a driver's end and a user's claims are seen elsewhere. */
const struct feature_program feature_programs[] = {
	{"bind", "refuses driver binds before probe", "kernfs_init_security", "5.7", true, NEED_YES,
	 ARBITER_ANY, ALWAYS},
	{"open", "refuses opens of VFIO groups", "file_open", "5.7", true, NEED_YES, ARBITER_ANY,
	 ALWAYS},
	{"claim", "refuses claims", "file_ioctl", "5.7", true, NEED_YES, ARBITER_ANY, ALWAYS},
	/* Where it is absent, 32-bit callers pass file_ioctl too. */
	{"claim_compat", "refuses claims of 32-bit callers", "file_ioctl_compat",
	 "6.8 and stable backports", true, NEED_IF_PRESENT, ARBITER_ANY, ALWAYS},
	{"receive", "refuses descriptors that are handed over", "file_receive", "5.7", true,
	 NEED_YES, ARBITER_ANY, ALWAYS},
	{"written", "refuses writes to devices' files in sysfs", "file_permission", "5.7", true,
	 NEED_YES, ARBITER_ANY, FOR_SYSFS},
	{"mapped", "refuses maps of devices' resources", "mmap_file", "5.7", true, NEED_YES,
	 ARBITER_ANY, FOR_SYSFS},
	{"bound", "sees drivers bound", "driver_bound", "5.10", false, NEED_YES, ARBITER_ANY,
	 ALWAYS},
	{"unbound", "sees drivers unbound", "device_unbind_cleanup", "5.16", false, NEED_YES,
	 ARBITER_KERNEL, ALWAYS},
	{"driver_released", "sees drivers unbound", "__device_release_driver", "5.10", false,
	 NEED_YES, ARBITER_OWNERD, ALWAYS},
	{"kernel_gained", "sees kernel ownership, and the kernel's refusals",
	 "iommu_device_use_default_domain", "5.19", false, NEED_YES, ARBITER_KERNEL, ALWAYS},
	{"kernel_lost", "sees kernel ownership end", "iommu_device_unuse_default_domain", "5.19",
	 false, NEED_YES, ARBITER_KERNEL, ALWAYS},
	{"user_claimed", "sees claims, and the kernel's refusals", "iommu_group_claim_dma_owner",
	 "5.19", false, NEED_YES, ARBITER_KERNEL, ALWAYS},
	{"user_released", "sees releases", "iommu_group_release_dma_owner", "5.19", false, NEED_YES,
	 ARBITER_KERNEL, ALWAYS},
	{"device_claimed", "sees claims by iommufd", "iommu_device_claim_dma_owner", "6.2", false,
	 NEED_IF_PRESENT, ARBITER_KERNEL, ALWAYS},
	{"device_released", "sees releases by iommufd", "iommu_device_release_dma_owner", "6.2",
	 false, NEED_IF_PRESENT, ARBITER_KERNEL, ALWAYS},
	{"ioctl_ended", "sees claims", "__x64_sys_ioctl", "5.10", false, NEED_YES, ARBITER_OWNERD,
	 ALWAYS},
	{"ioctl_ended_compat", "sees claims of 32-bit callers", "__ia32_compat_sys_ioctl", "5.10",
	 false, NEED_IF_PRESENT, ARBITER_OWNERD, ALWAYS},
	{"group_detached", "sees releases", "iommu_detach_group", "5.10", false, NEED_YES,
	 ARBITER_OWNERD, ALWAYS},
	{"file_closed", "sees releases without an IOMMU", "security_file_free", "5.10", false,
	 NEED_YES, ARBITER_OWNERD, ALWAYS},
	{"device_joined", "sees devices join a group", "btf_trace_add_device_to_group", "5.10",
	 false, NEED_YES, ARBITER_ANY, ALWAYS},
	{"device_left", "sees devices leave a group", "btf_trace_remove_device_from_group", "5.10",
	 false, NEED_YES, ARBITER_ANY, ALWAYS},
	{"device_opened", "matches device descriptors with groups", "__anon_inode_getfile", "5.12",
	 false, NEED_YES, ARBITER_KERNEL, ALWAYS},
	{"device_opened_alone", "matches device descriptors with groups", "anon_inode_getfile",
	 "5.10", false, NEED_YES, ARBITER_OWNERD, ALWAYS},
	{"node_added", "matches VFIO's nodes with groups", "cdev_device_add", "5.10", false,
	 NEED_YES, ARBITER_KERNEL, ALWAYS},
	{"node_removed", "sees VFIO's nodes go", "cdev_device_del", "5.10", false, NEED_YES,
	 ARBITER_KERNEL, ALWAYS},
	{"node_created", "matches VFIO's nodes with groups", "device_add", "5.10", false, NEED_YES,
	 ARBITER_OWNERD, ALWAYS},
	{"node_destroyed", "sees VFIO's nodes go", "device_del", "5.10", false, NEED_YES,
	 ARBITER_OWNERD, ALWAYS},
	{"group_read", "learns the groups that are there", "iommu_group_attr_show", "5.10", false,
	 NEED_YES, ARBITER_ANY, ALWAYS},
	{"map_begins", "counts bytes that users map", "iommu_map", "5.10", false, NEED_YES,
	 ARBITER_ANY, FOR_MAPS},
	{"map_ends", "counts bytes that users map", "iommu_map", "5.10", false, NEED_YES,
	 ARBITER_ANY, FOR_MAPS},
	{"unmapped", "counts bytes that users unmap", "iommu_unmap", "5.10", false, NEED_YES,
	 ARBITER_ANY, FOR_MAPS},
	{"unmapped_fast", "counts bytes that users unmap", "iommu_unmap_fast", "5.10", false,
	 NEED_YES, ARBITER_ANY, FOR_MAPS},
	{"domain_freed", "forgets bytes that users had mapped", "iommu_domain_free", "5.10", false,
	 NEED_YES, ARBITER_ANY, FOR_MAPS},
	{"dma_page", "sees maps by the kernel", "dma_map_page_attrs", "5.10", false, NEED_NO,
	 ARBITER_ANY, FOR_USERS, .unless = "dma_map_phys"},
	{"dma_resource", "sees maps by the kernel", "dma_map_resource", "5.10", false, NEED_NO,
	 ARBITER_ANY, FOR_USERS, .unless = "dma_map_phys"},
	{"dma_phys", "sees maps by the kernel", "dma_map_phys", "6.18", false, NEED_NO, ARBITER_ANY,
	 FOR_USERS},
	{"dma_link", "sees maps by the kernel", "dma_iova_link", "6.16", false, NEED_NO,
	 ARBITER_ANY, FOR_USERS, .if_present = true},
	{"dma_sg", "sees maps by the kernel", "dma_map_sg_attrs", "5.10", false, NEED_NO,
	 ARBITER_ANY, FOR_USERS, .unless = "__dma_map_sg_attrs"},
	{"dma_list", "sees maps by the kernel", "__dma_map_sg_attrs", "5.15", false, NEED_NO,
	 ARBITER_ANY, FOR_USERS},
	{"dma_block", "sees maps by the kernel", "dma_alloc_attrs", "5.10", false, NEED_NO,
	 ARBITER_ANY, FOR_USERS},
	{"node_opened", "sees opens that find the node open", "chrdev_open", "5.10", false, NEED_NO,
	 ARBITER_ANY, FOR_USERS},
	{"cgroup_judged", "sees cgroups refuse opens", "devcgroup_check_permission", "5.10", false,
	 NEED_NO, ARBITER_ANY, FOR_USERS},
	{"mode_judged", "sees opens refused by the node's mode", "capable_wrt_inode_uidgid", "5.10",
	 false, NEED_NO, ARBITER_ANY, FOR_USERS},
	{"container_answered", "sees maps that VFIO refuses", "vfio_fops_unl_ioctl", "5.19", false,
	 NEED_NO, ARBITER_KERNEL, FOR_VFIO, .module = "vfio"},
	{"group_answered", "sees claims that VFIO refuses", "vfio_group_fops_unl_ioctl", "5.19",
	 false, NEED_NO, ARBITER_KERNEL, FOR_VFIO, .module = "vfio"},
	{"device_answered", "sees claims that VFIO refuses", "vfio_device_fops_unl_ioctl", "6.6",
	 false, NEED_NO, ARBITER_KERNEL, FOR_VFIO, .module = "vfio"},
	{"iommufd_answered", "sees maps that iommufd refuses", "iommufd_fops_ioctl", "6.2", false,
	 NEED_NO, ARBITER_KERNEL, FOR_VFIO, .module = "iommufd"},
	{"area_filled", "counts mappings of iommufd", "iopt_area_fill_domains", "6.2", false,
	 NEED_NO, ARBITER_KERNEL, FOR_AREAS, .module = "iommufd"},
	{"area_emptied", "counts mappings of iommufd", "iopt_area_unfill_domains", "6.2", false,
	 NEED_NO, ARBITER_KERNEL, FOR_AREAS, .module = "iommufd"},
	{"areas_cut", "counts mappings of iommufd", "iopt_cut_iova", "6.2", false, NEED_NO,
	 ARBITER_KERNEL, FOR_AREAS, .module = "iommufd"},
	{"table_gone", "counts mappings of iommufd", "iopt_destroy_table", "6.2", false, NEED_NO,
	 ARBITER_KERNEL, FOR_AREAS, .module = "iommufd"},
	{"table_attached", "counts mappings of iommufd", "iopt_table_add_domain", "6.2", false,
	 NEED_NO, ARBITER_KERNEL, FOR_AREAS, .module = "iommufd"},
	{"open_judged", "sees other modules refuse opens", "security_file_open", "5.10", false,
	 NEED_NO, ARBITER_ANY, FOR_USERS},
	{"receive_judged", "sees other modules refuse descriptors", "security_file_receive", "5.10",
	 false, NEED_NO, ARBITER_ANY, FOR_USERS},
	{"inode_audited", "sees SELinux refuse opens", "audit_inode_permission", "5.10", false,
	 NEED_NO, ARBITER_ANY, FOR_USERS, .if_present = true},
	{"ioctl_judged", "sees other modules refuse claims and maps", "security_file_ioctl", "5.10",
	 false, NEED_NO, ARBITER_ANY, FOR_USERS},
	{"ioctl_judged_compat", "the same for 32-bit callers", "security_file_ioctl_compat",
	 "6.8 and stable backports", false, NEED_NO, ARBITER_ANY, FOR_USERS},
	{"open_files", "finds who has a group open", "bpf_iter_task_file", "5.8", false, NEED_YES,
	 ARBITER_ANY, ALWAYS},
	{"check_groups", "compares groups with the kernel's words", "bpf_iter_bpf_map_elem", "5.9",
	 false, NEED_NO, ARBITER_ANY, ALWAYS},
	{"check_devices", "compares devices with the kernel's", "bpf_iter_bpf_map_elem", "5.9",
	 false, NEED_NO, ARBITER_ANY, ALWAYS},
};

const size_t feature_n_programs = ARRAY_SIZE(feature_programs);

static const char *symbol_prefix(const struct feature_program *p)
{
	return p->refuses ? "bpf_lsm_" : "";
}

static void want_functions(struct functions *f)
{
	for (size_t i = 0; i < feature_n_programs; i++) {
		const struct feature_program *p = &feature_programs[i];

		functions_want(f, symbol_prefix(p), p->symbol);
		if (p->unless)
			functions_want(f, "", p->unless);
	}
	functions_want(f, "", "bpf_rdonly_cast");
}

/* An LSM hook is the function bpf_lsm_NAME; a tracepoint a typedef; the rest functions. */
static bool is_there(struct functions *f, const struct feature_program *p)
{
	char hook[80];

	if (strncmp(p->symbol, "btf_trace_", 10) == 0)
		return btf__find_by_name_kind(f->btf, p->symbol, BTF_KIND_TYPEDEF) > 0;
	snprintf(hook, sizeof(hook), "%s%s", symbol_prefix(p), p->symbol);
	return functions_type(f, hook);
}

/* Another has its job: the function that replaces its own is there, or that which its own replaces.
 */
static bool is_needless(struct functions *f, const struct feature_program *p)
{
	if (p->unless)
		return functions_type(f, p->unless);
	for (size_t i = 0; i < feature_n_programs; i++) {
		const char *unless = feature_programs[i].unless;

		if (unless && strcmp(unless, p->symbol) == 0)
			return !is_there(f, p);
	}
	return false;
}

/*
 * Opens a file of a file system by a detached mount of its own, so that nothing on the
 * host changes and nothing has to be mounted.  fsopen(2) came with 5.2.
 */
static int open_in_fs(const char *type, const char *path)
{
	_cleanup_close_ int fs = fsopen(type, FSOPEN_CLOEXEC), mnt = -1;
	int fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0)
		return -errno;
	fd = openat(mnt, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Reads a short file of one line, first where it is usually mounted. */
static int read_line(const char *usual, const char *type, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(usual, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		fd = open_in_fs(type, path);
	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int feature_lsm_list(char **ret)
{
	char line[512];
	int err = read_line("/sys/kernel/security/lsm", "securityfs", "lsm", line, sizeof(line));

	if (err)
		return err;
	*ret = strdup(line);
	return *ret ? 0 : -ENOMEM;
}

/* "none (voluntary) full lazy": since 5.12, where the kernel can change it (PREEMPT_DYNAMIC). */
bool feature_preemptible(void)
{
	char line[128];
	struct utsname uts = {};

	if (read_line("/sys/kernel/debug/sched/preempt", "debugfs", "sched/preempt", line,
		      sizeof(line)) == 0)
		return strstr(line, "(full)") || strstr(line, "(lazy)");
	uname(&uts);
	return strstr(uts.version, "PREEMPT") != NULL;
}

static bool lsm_is_active(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; (p = strstr(p, name)); p += len)
		if ((p == list || p[-1] == ',') && (p[len] == ',' || !p[len]))
			return true;
	return false;
}

/* Where the list cannot be read, LSM is assumed; the canary at start shows whether it holds. */
static enum feature_attach probe_attach(void)
{
	_cleanup_free_ char *list = NULL;

	if (feature_lsm_list(&list) < 0 || lsm_is_active(list, "bpf"))
		return ATTACH_LSM;
	return ATTACH_FMOD_RET;
}

static bool has_member(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), member) == 0)
			return true;
	return false;
}

/* struct iommu_group has an owner since 5.19. */
static enum feature_arbiter probe_arbiter(const struct btf *btf)
{
	return has_member(btf, "iommu_group", "owner") ? ARBITER_KERNEL : ARBITER_OWNERD;
}

static bool keeps_direct(const struct btf *btf)
{
	return has_member(btf, "dev_iommu", "require_direct") ||
	       access("/sys/class/iommu/dmar0", F_OK) == 0;
}

bool feature_keeps_direct(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool keeps = btf && keeps_direct(btf);

	btf__free(btf);
	return keeps;
}

static unsigned int probe_arguments(struct functions *f, const char *function)
{
	const struct btf_type *func = functions_type(f, function);

	return func ? btf_vlen(btf__type_by_id(f->btf, func->type)) : 0;
}

/* A module's types are there while it is loaded, since 5.11. */
static bool is_in_module(const struct feature_program *p)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", p->module ?: "");
	return p->module && access(path, R_OK) == 0;
}

bool feature_is_present(const struct features *f, const struct feature_program *p)
{
	return f->built_in[p - feature_programs] || is_in_module(p);
}

bool feature_applies(const struct features *f, const struct feature_program *p)
{
	if ((p->need == NEED_IF_PRESENT || p->if_present) && !feature_is_present(f, p))
		return false;
	if (f->needless[p - feature_programs])
		return false;
	return p->arbiter == ARBITER_ANY || p->arbiter == f->arbiter;
}

static int probe_types(struct features *f, const struct btf *btf)
{
	struct functions functions;
	int err = functions_begin(&functions, btf);

	if (err)
		return err;
	want_functions(&functions);
	functions_find(&functions);
	for (size_t i = 0; i < feature_n_programs; i++) {
		f->built_in[i] = is_there(&functions, &feature_programs[i]);
		f->needless[i] = is_needless(&functions, &feature_programs[i]);
	}
	f->arbiter = probe_arbiter(btf);
	f->map_arguments = probe_arguments(&functions, "iommu_map");
	f->capable_arguments = probe_arguments(&functions, "capable_wrt_inode_uidgid");
	f->keeps_direct = keeps_direct(btf);
	f->casts = functions_type(&functions, "bpf_rdonly_cast");
	functions_done(&functions);
	return 0;
}

int feature_probe(struct features *ret)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct features f = {};
	int err;

	if (!btf)
		return errno == ESRCH ? -ENOENT : -errno;
	f.built_in = calloc(feature_n_programs, sizeof(*f.built_in));
	f.needless = calloc(feature_n_programs, sizeof(*f.needless));
	err = f.built_in && f.needless ? probe_types(&f, btf) : -ENOMEM;
	btf__free(btf);
	if (err) {
		feature_done(&f);
		return err;
	}
	f.attach = probe_attach();
	*ret = f;
	return 0;
}

void feature_done(struct features *f)
{
	free(f->built_in);
	free(f->needless);
	f->built_in = f->needless = NULL;
}

struct json_object *feature_check(const char *name, const char *result, const char *remedy,
				  const char *fmt, ...)
{
	struct json_object *check = json_object_new_object();
	char detail[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	json_object_object_add(check, "name", json_object_new_string(name));
	json_object_object_add(check, "result", json_object_new_string(result));
	json_object_object_add(check, "detail", json_object_new_string(detail));
	if (remedy)
		json_object_object_add(check, "remedy", json_object_new_string(remedy));
	return check;
}

static struct json_object *check_privilege(void)
{
	if (geteuid() == 0)
		return feature_check("privilege", "pass", NULL, "running as root");
	return feature_check("privilege", "fail", "run it as root (sudo)",
			     "loading BPF programs needs root, this is uid %u", geteuid());
}

static struct json_object *check_btf(void)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		return feature_check("kernel BTF", "pass", NULL, "/sys/kernel/btf/vmlinux");
	return feature_check("kernel BTF", "fail",
			     "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, and mount /sys",
			     "/sys/kernel/btf/vmlinux cannot be read");
}

static struct json_object *check_lsm(void)
{
	static const char remedy[] =
		"none needed; for LSM hooks, add bpf to lsm= on the kernel command line";
	static const char remedy_preempt[] =
		"add bpf to lsm= on the kernel command line, or boot with preempt=voluntary";
	_cleanup_free_ char *list = NULL;
	int err = feature_lsm_list(&list);

	if (err < 0)
		return feature_check("BPF LSM", "warn",
				     "mount -t securityfs securityfs /sys/kernel/security",
				     "the list of active LSMs cannot be read: %s", strerror(-err));
	if (lsm_is_active(list, "bpf"))
		return feature_check("BPF LSM", "pass", NULL, "active: %s", list);
	if (feature_preemptible())
		return feature_check("BPF LSM", "fail", remedy_preempt,
				     "bpf is not active (%s), and this kernel is preemptible: what "
				     "hangs on functions instead can be skipped",
				     list);
	return feature_check("BPF LSM", "warn", remedy,
			     "bpf is not active (%s): refusing by fmod_ret instead", list);
}

static struct json_object *check_cmdline(void)
{
	static const char name[] = "kernel command line";
	enum cmdline_mode mode = cmdline_mode("");

	switch (mode) {
	case CMDLINE_OFF:
		return feature_check(name, "warn", "boot without it",
				     "%s: ownerd loads nothing and refuses nothing",
				     cmdline_word(mode));
	case CMDLINE_OBSERVE:
		return feature_check(name, "warn", "boot without it",
				     "%s: nothing is enforced, whatever is configured",
				     cmdline_word(mode));
	case CMDLINE_UNKNOWN:
		return feature_check(name, "warn", "ownerd.mode=off, or ownerd.mode=observe",
				     "%s is neither off nor observe: it changes nothing",
				     cmdline_word(mode));
	default:
		return feature_check(name, "pass", NULL,
				     "no ownerd.mode: what is configured "
				     "holds");
	}
}

static struct json_object *check_bpffs(void)
{
	struct statfs st;

	if (statfs("/sys/fs/bpf", &st) == 0 && st.f_type == BPF_FS_MAGIC)
		return feature_check("bpffs", "pass", NULL, "mounted at /sys/fs/bpf");
	return feature_check("bpffs", "warn", "mount -t bpf bpf /sys/fs/bpf",
			     "not mounted at /sys/fs/bpf: enforcement would end with the daemon");
}

static struct json_object *check_iommu(void)
{
	_cleanup_free_ uint32_t *groups = NULL;
	size_t n = 0;

	if (sysfs_groups("", &groups, &n) == 0 && n > 0)
		return feature_check("IOMMU", "pass", NULL, "%zu groups", n);
	return feature_check("IOMMU", "warn",
			     "enable VT-d, AMD-Vi or SMMU in the firmware; on Intel boot with "
			     "intel_iommu=on",
			     "this host has no IOMMU group: nothing to own");
}

static struct json_object *check_vfio(void)
{
	uint32_t major;

	if (sysfs_major("", "vfio", &major) == 0)
		return feature_check("VFIO", "pass", NULL, "loaded, character major %u", major);
	return feature_check("VFIO", "skip", "modprobe vfio-pci, when a device is to be passed on",
			     "not loaded: no group can be claimed yet");
}

static struct json_object *check_iommufd(void)
{
	uint32_t major;

	if (access("/sys/class/misc/iommu", F_OK) < 0)
		return feature_check("iommufd", "pass", NULL, "not there: VFIO's groups are all");
	if (sysfs_major("", "vfio-dev", &major) < 0)
		return feature_check("iommufd", "pass", NULL,
				     "there, for VFIO's groups: devices have no nodes");
	return feature_check("iommufd", "pass", NULL, "there, and devices' nodes, major %u", major);
}

static struct json_object *check_arbiter(const struct features *f)
{
	if (f->arbiter == ARBITER_KERNEL)
		return feature_check("ownership", "pass", NULL,
				     "kept by the kernel (5.19 and later): ownerd explains it, and "
				     "adds policy");
	return feature_check("ownership", "pass", NULL,
			     "not kept by this kernel (before 5.19): ownerd keeps it, in every "
			     "mode");
}

static struct json_object *check_program(const struct features *f, const struct feature_program *p)
{
	struct utsname uts = {};
	char path[80], remedy[160];

	if (feature_is_present(f, p))
		return feature_check(p->symbol, "pass", NULL, "%s (present)", p->job);
	snprintf(path, sizeof(path), "/sys/module/%s", p->module ?: "");
	if (p->module && access(path, F_OK) < 0)
		return feature_check(p->symbol, "skip", NULL, "%s (module %s is not loaded)",
				     p->job, p->module);
	if (p->module)
		return feature_check(p->symbol, "warn",
				     "a kernel with CONFIG_DEBUG_INFO_BTF_MODULES=y, and its own "
				     "modules",
				     "%s (module %s has no types)", p->job, p->module);
	uname(&uts);
	snprintf(remedy, sizeof(remedy), "a kernel with it: %s", p->since);
	return feature_check(p->symbol, p->need == NEED_YES ? "fail" : "warn", remedy, "%s (%s)",
			     p->job, uts.release);
}

static void add_programs(struct json_object *checks)
{
	struct features f = {};
	int err = feature_probe(&f);

	if (err < 0) {
		json_object_array_add(checks, feature_check("kernel functions", "fail", NULL,
							    "cannot be read: %s", strerror(-err)));
		return;
	}
	json_object_array_add(checks, check_arbiter(&f));
	for (size_t i = 0; i < feature_n_programs; i++)
		if (feature_applies(&f, &feature_programs[i]))
			json_object_array_add(checks, check_program(&f, &feature_programs[i]));
	feature_done(&f);
}

static struct json_object *(*const host_checks[])(void) = {
	check_privilege, check_cmdline, check_btf,  check_lsm,
	check_bpffs,     check_iommu,   check_vfio, check_iommufd,
};

struct json_object *feature_checks(void)
{
	struct json_object *checks = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(host_checks); i++)
		json_object_array_add(checks, host_checks[i]());
	add_programs(checks);
	return checks;
}

/* Without these nothing can run at all; what else fails makes it weaker. */
static struct json_object *(*const obstacles[])(void) = {check_privilege, check_btf};

char *feature_obstacle(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(obstacles); i++) {
		struct json_object *check = obstacles[i]();
		const char *result =
			json_object_get_string(json_object_object_get(check, "result"));
		char *line = NULL;

		if (strcmp(result, "fail") == 0 &&
		    asprintf(&line, "%s; %s",
			     json_object_get_string(json_object_object_get(check, "detail")),
			     json_object_get_string(json_object_object_get(check, "remedy"))) < 0)
			line = NULL;
		json_object_put(check);
		if (line)
			return line;
	}
	return NULL;
}
