// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls cost, in nanoseconds of the clock, which are instructions in a guest that counts them:
 * the least of N rounds (200), each of a few calls, so that one falls between two ticks of the
 * timer; or their median, where the least may be one that met the daemon awake. Prints
 * "CALL NANOSECONDS" lines.
 *
 *   calls [--landlock] [--seccomp] [--rounds N] CALL[=ARGUMENT]...
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/vfio.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8 /* of a program, with its name */
#define ROUNDS_MAX    1000
#define SETTLE_USEC   20000  /* what the last round left to others is done */
#define SOON_USEC     2000   /* ownerd reads reports, and has not stopped to look for more */
#define FOREIGN       0x1234 /* a command that nobody knows */
#define MAPPED_IOVA   0x10000
#define FRAME_SIZE    60

struct call {
	const char *name;
	int n; /* in a round */
	void (*prepare)(void);
	void (*run)(void);
	int settle;  /* microseconds between rounds, if not SETTLE_USEC */
	bool median; /* of the rounds counts, not the least */
};

static int rounds = 200;
static const char *argument;
static int fd, container;
static void *page;
static size_t mapped;
static struct sockaddr_ll to;

static void must(bool works, const char *what)
{
	if (works)
		return;
	fprintf(stderr, "calls: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Opens. */

static void open_close(void)
{
	int f = open(argument, O_RDWR | O_CLOEXEC);

	must(f >= 0, argument);
	close(f);
}

static void open_refused(void)
{
	must(open(argument, O_RDWR | O_CLOEXEC) < 0 && errno == EPERM, argument);
}

/* Ioctls. */

static void prepare_ioctl(void)
{
	fd = open("/dev/null", O_RDWR);
	must(fd >= 0, "/dev/null");
}

static void foreign_ioctl(void)
{
	must(ioctl(fd, FOREIGN, 0) < 0 && errno == ENOTTY, "ioctl");
}

static void open_container(void)
{
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	must(container >= 0, "/dev/vfio/vfio");
	fd = open(argument, O_RDWR | O_CLOEXEC);
	must(fd >= 0, argument);
	must(ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container) == 0, "VFIO_GROUP_SET_CONTAINER");
	must(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) == 0, "VFIO_SET_IOMMU");
}

static void map_memory(size_t size, int flags)
{
	mapped = size;
	page = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    flags | MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	must(page != MAP_FAILED, "mmap");
}

static void prepare_map(void)
{
	map_memory(4096, 0);
}

static void prepare_container(void)
{
	prepare_map();
	open_container();
}

/* The least piece of a guest's memory, if it is of huge pages. */
static void prepare_large_map(void)
{
	map_memory(2 << 20, MAP_HUGETLB);
	open_container();
}

static void map(void)
{
	struct vfio_iommu_type1_dma_map m = {
		.argsz = sizeof(m),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)page,
		.iova = MAPPED_IOVA,
		.size = mapped,
	};

	must(ioctl(container, VFIO_IOMMU_MAP_DMA, &m) == 0, "VFIO_IOMMU_MAP_DMA");
}

static void map_unmap(void)
{
	struct vfio_iommu_type1_dma_unmap u = {
		.argsz = sizeof(u),
		.iova = MAPPED_IOVA,
		.size = mapped,
	};

	map();
	must(ioctl(container, VFIO_IOMMU_UNMAP_DMA, &u) == 0, "VFIO_IOMMU_UNMAP_DMA");
}

/* From the first open to the first map, and its end. */
static void vm_start(void)
{
	open_container();
	map();
	close(fd);
	close(container);
}

/* Nodes of kernfs, and drivers. */

static void make_directory(void)
{
	must(mkdir(argument, 0700) == 0, argument);
	must(rmdir(argument) == 0, argument);
}

static int open_driver_file(const char *name)
{
	char path[4096];
	int f;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/%s", strchr(argument, ',') + 1, name);
	f = open(path, O_WRONLY | O_CLOEXEC);
	must(f >= 0, path);
	return f;
}

static void prepare_bind(void)
{
	fd = open_driver_file("unbind");
	container = open_driver_file("bind");
}

static void bind_unbind(void)
{
	ssize_t n = strcspn(argument, ",");

	must(write(container, argument, n) == n, "bind");
	must(write(fd, argument, n) == n, "unbind");
}

/* A frame is sent: the driver maps it for DMA. */

static void prepare_frame(void)
{
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	must(fd >= 0, "socket");
	to = (struct sockaddr_ll){.sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(argument)};
	must(to.sll_ifindex, argument);
}

static void send_frame(void)
{
	static const char frame[FRAME_SIZE] = {[12] = 0x88, [13] = 0xb5};

	must(sendto(fd, frame, sizeof(frame), 0, (void *)&to, sizeof(to)) == sizeof(frame),
	     "sendto");
}

/* Processes. */

static void fork_wait(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	must(pid > 0 && waitpid(pid, NULL, 0) == pid, "fork");
}

static void exec_wait(void)
{
	char *argv[ARGUMENTS_MAX + 1] = {}, *const envp[] = {NULL};
	char *words = strdup(argument), *rest = words;
	int n = 0, status;
	pid_t pid;

	while (n < ARGUMENTS_MAX && (argv[n] = strsep(&rest, ",")))
		n++;
	errno = posix_spawn(&pid, argv[0], NULL, NULL, argv, envp);
	free(words);
	must(!errno, argument);
	must(waitpid(pid, &status, 0) == pid && status == 0, argument);
}

static void nothing(void)
{
}

static const struct call calls[] = {
	{"file", 50, nothing, open_close},
	{"null", 50, nothing, open_close},
	{"granted", 20, nothing, open_close},
	{"refused", 1, nothing, open_refused, SETTLE_USEC, true},
	{"again", 1, nothing, open_refused, SOON_USEC, true},
	{"ioctl", 200, prepare_ioctl, foreign_ioctl},
	{"map", 20, prepare_container, map_unmap},
	{"map_2m", 1, prepare_large_map, map_unmap},
	{"vm", 1, prepare_map, vm_start},
	{"node", 1, nothing, make_directory},
	{"bind", 1, prepare_bind, bind_unbind},
	{"dma", 1, prepare_frame, send_frame},
	{"fork", 2, nothing, fork_wait},
	{"exec", 1, nothing, exec_wait},
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* In a process of its own, with whose end everything that it opened goes. */
static void measure(const struct call *call)
{
	const struct sched_param first = {.sched_priority = 1}; /* what a call wakes up waits */
	uint64_t took[ROUNDS_MAX];

	must(sched_setscheduler(0, SCHED_FIFO, &first) == 0, "SCHED_FIFO");
	call->prepare();
	for (int round = 0; round < rounds; round++) {
		uint64_t start;

		usleep(call->settle ? call->settle : SETTLE_USEC);
		start = now();
		for (int i = 0; i < call->n; i++)
			call->run();
		took[round] = now() - start;
	}
	qsort(took, rounds, sizeof(took[0]), compare);
	printf("%s %.1f\n", call->name, (double)took[call->median ? rounds / 2 : 0] / call->n);
	exit(fflush(stdout) != 0);
}

static const struct call *find(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(name, calls[i].name) == 0)
			return &calls[i];
	return NULL;
}

/* What a program may do to itself instead of being watched: everything below / stays allowed. */
static void enter_landlock(void)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE};
	int ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	const struct landlock_path_beneath_attr rule = {.allowed_access = attr.handled_access_fs,
							.parent_fd = open("/", O_PATH | O_CLOEXEC)};

	must(ruleset >= 0, "landlock");
	must(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0,
	     "landlock rule");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	must(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0, "landlock");
}

/* The least filter that tells one ioctl from others, as container runtimes' do. */
static void enter_seccomp(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "seccomp");
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		const struct call *call;
		char *equal = strchr(argv[i], '=');
		int status;

		if (strcmp(argv[i], "--landlock") == 0) {
			enter_landlock();
			continue;
		}
		if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
			rounds = atoi(argv[++i]);
			must(rounds > 0 && rounds <= ROUNDS_MAX, "--rounds");
			continue;
		}
		if (strcmp(argv[i], "--seccomp") == 0) {
			enter_seccomp();
			continue;
		}
		if (equal)
			*equal = '\0';
		argument = equal ? equal + 1 : "";
		call = find(argv[i]);
		if (!call) {
			fprintf(stderr, "calls: %s: there is no such call\n", argv[i]);
			return 2;
		}
		if (fork() == 0)
			measure(call);
		failed |= wait(&status) < 0 || status;
	}
	return failed;
}
