// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-hold: a VFIO user whose every step can be chosen, for tests that need a user who has just
 * opened a group, or has set its container, or maps memory, or passes its descriptors on. The
 * steps are the arguments, done in order; each prints one line, "STEP: ok [VALUE]" or
 * "STEP: ENAME (text)". Exit: 0 every step was ok, 1 one failed, 2 usage.
 *
 * Facts about the calls: include/uapi/linux/vfio.h, "VFIO group and container" (type 1).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <getopt.h>
#include <glob.h>
#include <limits.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include "hold.h"

struct step {
	const char *name;
	int (*run)(struct hold *h, const char *arg, struct value *v); /* 0 or negative errno */
	const char *arg; /* NULL: takes none; "[...": may be left out */
	const char *help;
};

static const struct step *step_find(const char *word, const char **ret_arg);
static int step_run(struct hold *h, const struct step *step, const char *arg);

void value_set(struct value *v, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(v->text, sizeof(v->text), format, ap);
	va_end(ap);
}

/* descriptors */

static int hold_find(const struct hold *h, enum kind kind)
{
	for (int i = h->fd_count - 1; i >= 0; i--)
		if (h->kinds[i] == (char)kind)
			return i;
	return -EBADF;
}

int hold_fd(const struct hold *h, enum kind kind)
{
	int i = hold_find(h, kind);

	return i < 0 ? -1 : h->fds[i];
}

int hold_add(struct hold *h, enum kind kind, int fd)
{
	if (fd < 0)
		return -errno;
	if (h->fd_count == FD_MAX) {
		close(fd);
		return -EMFILE;
	}
	h->fds[h->fd_count] = fd;
	h->kinds[h->fd_count++] = (char)kind;
	return 0;
}

int hold_ioctl(const struct hold *h, int fd, unsigned long request, void *arg, size_t size)
{
#ifdef __x86_64__
	if (h->low) {
		void *low = size ? memcpy(h->low, arg, size) : arg;
		int ret;

		__asm__ volatile("int $0x80"
				 : "=a"(ret)
				 : "0"(54 /* __NR_ioctl of i386 */), "b"(fd), "c"(request), "d"(low)
				 : "memory", "r8", "r9", "r10", "r11");
		if (size)
			memcpy(arg, low, size);
		return ret;
	}
#endif
	(void)size;
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

/* naming groups */

static bool is_pci_address(const char *s)
{
	unsigned int domain, bus, slot, function;
	int end = 0;

	return sscanf(s, "%x:%x:%x.%x%n", &domain, &bus, &slot, &function, &end) == 4 && !s[end];
}

static int group_of_device(const char *address, char *ret_node, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", address);
	if (access(path, F_OK) < 0) {
		fprintf(stderr, "vfio-hold: there is no PCI device %s\n", address);
		return -ENODEV;
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0) {
		fprintf(stderr, "vfio-hold: %s is in no IOMMU group; is the IOMMU on?\n", address);
		return -ENODEV;
	}
	target[n] = '\0';
	snprintf(ret_node, size, "/dev/vfio/%.32s", basename(target));
	return 0;
}

/* A group's number, a node's path or a device's address, to the path of the group's node. */
static int group_node(const char *name, char *ret_node, size_t size)
{
	if (is_pci_address(name))
		return group_of_device(name, ret_node, size);
	if (strchr(name, '/'))
		snprintf(ret_node, size, "%s", name);
	else
		snprintf(ret_node, size, "/dev/vfio/%s", name);
	return 0;
}

/* The first device of the selected group that vfio-pci has. */
static int group_first_device(const struct hold *h, char *ret_address, size_t size)
{
	char pattern[PATH_MAX], target[PATH_MAX];
	glob_t found;
	int ret = -ENODEV;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/iommu_groups/%.32s/devices/*/driver",
		 basename(h->node));
	if (glob(pattern, 0, NULL, &found))
		return -ENODEV;
	for (size_t i = 0; i < found.gl_pathc && ret; i++) {
		ssize_t n = readlink(found.gl_pathv[i], target, sizeof(target) - 1);

		target[n < 0 ? 0 : n] = '\0';
		if (strcmp(basename(target), "vfio-pci"))
			continue;
		*strrchr(found.gl_pathv[i], '/') = '\0';
		snprintf(ret_address, size, "%s", basename(found.gl_pathv[i]));
		ret = 0;
	}
	globfree(&found);
	return ret;
}

/* steps on the group */

static int do_select(struct hold *h, const char *arg, struct value *v)
{
	int ret = group_node(arg, h->node, sizeof(h->node));

	if (!ret)
		value_set(v, "%s", h->node);
	return ret;
}

static int do_open(struct hold *h, const char *arg, struct value *v)
{
	int ret = do_select(h, arg, v);

	return ret ? ret : hold_add(h, GROUP, open(h->node, O_RDWR | O_CLOEXEC));
}

static int do_mknod(struct hold *h, const char *arg, struct value *v)
{
	struct stat st;

	if (stat(h->node, &st) < 0 || mknod(arg, S_IFCHR | 0600, st.st_rdev) < 0)
		return -errno;
	value_set(v, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return hold_add(h, GROUP, open(arg, O_RDWR | O_CLOEXEC));
}

static int do_set_container(struct hold *h, const char *arg, struct value *v)
{
	/* From 6.2 on an iommufd may take a container's place. */
	int container = hold_fd(h, hold_find(h, CONTAINER) < 0 ? IOMMUFD : CONTAINER);

	(void)arg, (void)v;
	return hold_ioctl(h, hold_fd(h, GROUP), VFIO_GROUP_SET_CONTAINER, &container,
			  sizeof(container));
}

static int do_unset_container(struct hold *h, const char *arg, struct value *v)
{
	(void)arg, (void)v;
	return hold_ioctl(h, hold_fd(h, GROUP), VFIO_GROUP_UNSET_CONTAINER, NULL, 0);
}

static int do_status(struct hold *h, const char *arg, struct value *v)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int ret = hold_ioctl(h, hold_fd(h, GROUP), VFIO_GROUP_GET_STATUS, &status, sizeof(status));

	(void)arg;
	value_set(v, "viable=%d container_set=%d", !!(status.flags & VFIO_GROUP_FLAGS_VIABLE),
		  !!(status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET));
	return ret;
}

static int do_device(struct hold *h, const char *arg, struct value *v)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "%s", arg);
	fd = hold_ioctl(h, hold_fd(h, GROUP), VFIO_GROUP_GET_DEVICE_FD, name, sizeof(name));
	if (fd < 0)
		return fd;
	value_set(v, "%s", arg);
	return hold_add(h, DEVICE, fd);
}

static int do_ioctl(struct hold *h, const char *arg, struct value *v)
{
	int ret = hold_ioctl(h, hold_fd(h, GROUP), strtoul(arg, NULL, 0), NULL, 0);

	value_set(v, "%d", ret);
	return ret < 0 ? ret : 0;
}

/* steps on the container */

static int do_container(struct hold *h, const char *arg, struct value *v)
{
	(void)arg, (void)v;
	return hold_add(h, CONTAINER, open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
}

static int do_set_iommu(struct hold *h, const char *arg, struct value *v)
{
	const unsigned long type = arg ? VFIO_TYPE1_IOMMU : VFIO_TYPE1v2_IOMMU;

	(void)v;
	return hold_ioctl(h, hold_fd(h, CONTAINER), VFIO_SET_IOMMU, (void *)type, 0);
}

/* steps on all of them */

static int do_close(struct hold *h, const char *arg, struct value *v)
{
	int i = -EINVAL;

	(void)v;
	if (!strcmp(arg, "group") || !strcmp(arg, "container") || !strcmp(arg, "device") ||
	    !strcmp(arg, "iommufd"))
		i = hold_find(h, (enum kind)arg[0]);
	if (i < 0)
		return i;
	close(h->fds[i]);
	h->fd_count--;
	memmove(&h->fds[i], &h->fds[i + 1], (size_t)(h->fd_count - i) * sizeof(h->fds[0]));
	memmove(&h->kinds[i], &h->kinds[i + 1], (size_t)(h->fd_count - i));
	return 0;
}

static int do_pass(struct hold *h, const char *arg, struct value *v)
{
	value_set(v, "%d descriptors", h->fd_count);
	return h->fd_count ? fd_pass_send(arg, h->fds, h->kinds, (size_t)h->fd_count) : -EBADF;
}

static int do_receive(struct hold *h, const char *arg, struct value *v)
{
	int fds[FD_PASS_MAX], ret = 0, n;
	char kinds[FD_PASS_MAX];

	n = fd_pass_receive(arg, fds, kinds);
	for (int i = 0; i < n && !ret; i++)
		ret = hold_add(h, (enum kind)kinds[i], fds[i]);
	value_set(v, "%d descriptors", n);
	return n < 0 ? n : ret;
}

/* PID:FD, as pidfd_getfd(2) takes it: not asked for, from another process. */
static int do_take(struct hold *h, const char *arg, struct value *v)
{
	int pid, theirs, pidfd, fd;
	char kind;

	(void)v;
	if (sscanf(arg, "%d:%d:%c", &pid, &theirs, &kind) != 3)
		return -EINVAL;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (fd < 0)
		return -errno;
	close(pidfd);
	return hold_add(h, (enum kind)kind, fd);
}

static int do_uid(struct hold *h, const char *arg, struct value *v)
{
	uid_t uid = strtoul(arg, NULL, 10);

	(void)h, (void)v;
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

/* From here on the signals wait for a hold step, so that none is lost between the two. */
static void block_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGTERM);
	sigaddset(ret_set, SIGINT);
	sigprocmask(SIG_BLOCK, ret_set, NULL);
}

static int do_ready(struct hold *h, const char *arg, struct value *v)
{
	sigset_t set;
	int fd;

	(void)h, (void)v;
	block_signals(&set);
	fd = open(arg, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int do_hold(struct hold *h, const char *arg, struct value *v)
{
	struct timespec time = {0};
	sigset_t set;
	int signal;

	(void)h;
	block_signals(&set);
	if (arg) {
		double seconds = strtod(arg, NULL);

		time.tv_sec = (time_t)seconds;
		time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
	}
	signal = arg ? sigtimedwait(&set, NULL, &time) : sigwaitinfo(&set, NULL);
	if (signal > 0)
		value_set(v, "SIG%s", sigabbrev_np(signal));
	return 0;
}

/* Runs "STEP[=ARG]" words, NULL at the end, as steps of their own. */
static int run_words(struct hold *h, const char *const *words)
{
	for (; *words; words++) {
		const char *arg = NULL;
		const struct step *step = step_find(*words, &arg);
		int ret = step_run(h, step, arg);

		if (ret && !h->keep_going)
			return ret;
	}
	return 0;
}

static int do_claim(struct hold *h, const char *arg, struct value *v)
{
	char word[PATH_MAX];

	(void)v;
	snprintf(word, sizeof(word), "open=%s", arg);
	return run_words(h, (const char *[]){word, "container", "set-container", NULL});
}

static int do_all(struct hold *h, const char *arg, struct value *v)
{
	char address[64], word[128];
	int ret = do_claim(h, arg, v);

	if (ret)
		return ret;
	ret = run_words(h, (const char *[]){"set-iommu", "map=2M", NULL});
	if (ret)
		return ret;
	snprintf(address, sizeof(address), "%.63s", arg);
	if (!is_pci_address(arg) && group_first_device(h, address, sizeof(address)))
		fprintf(stderr, "vfio-hold: no device of group %s is bound to vfio-pci\n", arg);
	snprintf(word, sizeof(word), "device=%s", address);
	return run_words(h, (const char *[]){word, NULL});
}

static const struct step steps[] = {
	{"open", do_open, "X", "open the group: its number, its node, or a device's PCI address"},
	{"select", do_select, "X", "choose the group for mknod without opening it"},
	{"mknod", do_mknod, "PATH", "make another node of the same device number and open that"},
	{"container", do_container, NULL, "open /dev/vfio/vfio"},
	{"set-container", do_set_container, NULL, "put the group into the container"},
	{"unset-container", do_unset_container, NULL, "take it out"},
	{"set-iommu", do_set_iommu, "[1]", "give the container a type 1 IOMMU, version 2; or that"},
	{"map", do_map, "SIZE[@IOVA]", "map so much memory (4K, 2M, ...), at 1 MiB or there"},
	{"map-read-only", do_map_read_only, "SIZE[@IOVA]",
	 "map, to be written to, what may be read"},
	{"unmap", do_unmap, "[SIZE@IOVA]", "unmap it, or what is there"},
	{"status", do_status, NULL, "the group's flags"},
	{"device", do_device, "ADDRESS", "get the device's descriptor"},
	{"iommufd", do_iommufd, NULL, "open /dev/iommu"},
	{"cdev", do_cdev, "ADDRESS", "open the device's own node"},
	{"bind-iommufd", do_bind_iommufd, NULL, "claim the device for the iommufd"},
	{"ioas", do_ioas, NULL, "make the iommufd an IO address space"},
	{"ioas-vfio", do_ioas_vfio, NULL,
	 "take VFIO's calls for it: the iommufd is a container too"},
	{"attach", do_attach, NULL, "put the device into it"},
	{"ioas-map", do_ioas_map, "SIZE[@IOVA]", "map so much memory there"},
	{"ioas-copy", do_ioas_copy, "MIB", "map the same once more, at so many MiB"},
	{"ioas-unmap", do_ioas_unmap, "[SIZE@IOVA]", "unmap all of it, or what is there"},
	{"close", do_close, "WHAT", "close the last group, container, device or iommufd"},
	{"claim", do_claim, "X", "open=X container set-container"},
	{"all", do_all, "X", "claim=X set-iommu map=2M device=X (of a group: its first)"},
	{"pass", do_pass, "SOCKET", "send all descriptors to who receives there"},
	{"receive", do_receive, "SOCKET", "take the descriptors that are sent there"},
	{"take", do_take, "PID:FD:KIND", "take a process's descriptor; KIND: g, c, d"},
	{"ioctl", do_ioctl, "NUMBER", "this request on the group, with no argument"},
	{"uid", do_uid, "N", "become this user and group, and no other"},
	{"poke", do_poke, "FILE", "write nothing new to it: its first byte"},
	{"ready", do_ready, "FILE", "create FILE, for scripts that wait for it"},
	{"hold", do_hold, "[SECONDS]", "wait for SIGTERM or SIGINT, or so long"},
};

static const struct step *step_find(const char *word, const char **ret_arg)
{
	const char *equals = strchrnul(word, '=');
	const char *arg = *equals && equals[1] ? equals + 1 : NULL;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct step *step = &steps[i];

		if (strlen(step->name) != (size_t)(equals - word) ||
		    strncmp(step->name, word, (size_t)(equals - word)))
			continue;
		if ((arg && !step->arg) || (!arg && step->arg && step->arg[0] != '['))
			return NULL;
		*ret_arg = arg;
		return step;
	}
	return NULL;
}

/* A step that consists of others leaves it to them to report. */
static int step_run(struct hold *h, const struct step *step, const char *arg)
{
	struct value v = {""};
	int ret = step->run(h, arg, &v);

	if (step->run == do_claim || step->run == do_all)
		return ret;
	if (ret) {
		printf("%s: %s (%s)\n", step->name, strerrorname_np(-ret), strerror(-ret));
		h->failed = true;
	} else {
		printf("%s: ok%s%s\n", step->name, v.text[0] ? " " : "", v.text);
	}
	fflush(stdout);
	return ret;
}

static void usage(FILE *out)
{
	fprintf(out, "usage: vfio-hold [--compat] [--keep-going] STEP...\n"
		     "  --compat      issue the ioctls as a 32-bit program would\n"
		     "  --keep-going  carry on after a step that failed\n");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const char *arg = steps[i].arg ?: "";
		char word[64];

		snprintf(word, sizeof(word), "%s%s%s", steps[i].name, *arg ? "=" : "", arg);
		if (*arg == '[')
			snprintf(word, sizeof(word), "%s[=%s", steps[i].name, arg + 1);
		fprintf(out, "  %-16s %s\n", word, steps[i].help);
	}
	fprintf(out, "Exit: 0 every step was ok, 1 one failed, 2 usage.\n");
}

static int use_compat(struct hold *h)
{
#ifdef __x86_64__
	h->low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		      -1, 0);
	if (h->low != MAP_FAILED)
		return 0;
#endif
	(void)h;
	fprintf(stderr, "vfio-hold: this machine has no 32-bit calls\n");
	return -ENOSYS;
}

static int parse_options(struct hold *h, int argc, char **argv)
{
	static const struct option options[] = {
		{"compat", no_argument, NULL, 'c'},
		{"keep-going", no_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			if (use_compat(h))
				return -ENOSYS;
			break;
		case 'k':
			h->keep_going = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return -EINVAL;
		}
	}
	return optind < argc ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct hold h = {0};
	const char *arg;

	if (parse_options(&h, argc, argv)) {
		usage(stderr);
		return 2;
	}
	for (int i = optind; i < argc; i++) {
		if (step_find(argv[i], &arg))
			continue;
		fprintf(stderr, "vfio-hold: '%s' is no step; see vfio-hold --help\n", argv[i]);
		return 2;
	}
	run_words(&h, (const char *const *)&argv[optind]);
	return h.failed ? 1 : 0;
}
