// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tries again and again, on every CPU, what must be refused, until SIGTERM:
 *
 *   attack START open NODE | claim NODE | bind DEVICE DRIVER ...
 *
 * The node of a claim is opened once, at once; everything else begins when the file START is
 * there.  At the end a line for each says how often it was tried, and how often it did not end
 * with the expected error: "open 812 0".  A claim's and an open's is EPERM; a bind, whose error
 * each kernel makes its own of, must leave the device without a driver.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define VFIO_GROUP_SET_CONTAINER 0x3b68
#define ATTACKS_MAX              8
#define THREADS_MAX              64
#define PAUSE_US                 10000

struct attack {
	const char *kind, *what, *driver;
	int fd, container;
	long tried, passed;
};

static struct attack attacks[ATTACKS_MAX];
static size_t n_attacks;
static const char *start_file;
static volatile bool ended;

static bool is_refused_open(const struct attack *a)
{
	int fd = open(a->what, O_RDWR), error = errno;

	if (fd >= 0)
		close(fd);
	return fd < 0 && error == EPERM;
}

static bool is_refused_claim(const struct attack *a)
{
	return ioctl(a->fd, VFIO_GROUP_SET_CONTAINER, &a->container) < 0 && errno == EPERM;
}

/*
 * One at a time: before 5.12 bind_store() turns away, with ENODEV and unseen by anyone, who comes
 * while another bind of the device is under way.
 */
static bool is_refused_bind(const struct attack *a)
{
	static pthread_mutex_t binding = PTHREAD_MUTEX_INITIALIZER;
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", a->driver);
	fd = open(path, O_WRONLY);
	pthread_mutex_lock(&binding);
	n = write(fd, a->what, strlen(a->what));
	pthread_mutex_unlock(&binding);
	close(fd);
	return n < 0;
}

static bool is_refused(const struct attack *a)
{
	if (strcmp(a->kind, "open") == 0)
		return is_refused_open(a);
	return strcmp(a->kind, "claim") == 0 ? is_refused_claim(a) : is_refused_bind(a);
}

static void *run(void *arg)
{
	struct attack *a = arg;

	while (access(start_file, F_OK) < 0)
		usleep(PAUSE_US);
	while (!ended) {
		bool refused = is_refused(a);

		__sync_fetch_and_add(&a->tried, 1);
		if (!refused)
			__sync_fetch_and_add(&a->passed, 1);
		usleep(PAUSE_US);
	}
	return NULL;
}

/* Returns how many arguments it took, or 0. */
static int parse(struct attack *a, int argc, char **argv)
{
	if (argc < 2)
		return 0;
	*a = (struct attack){.kind = argv[0], .what = argv[1], .fd = -1};
	if (strcmp(a->kind, "claim") == 0) {
		a->fd = open(a->what, O_RDWR);
		a->container = open("/dev/vfio/vfio", O_RDWR);
		return a->fd >= 0 && a->container >= 0 ? 2 : 0;
	}
	if (strcmp(a->kind, "bind") == 0 && argc > 2) {
		a->driver = argv[2];
		return 3;
	}
	return strcmp(a->kind, "open") == 0 ? 2 : 0;
}

/* Each on a CPU of its own, as many as there are. */
static size_t start(pthread_t *threads)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = 0;

	for (size_t i = 0; i < n_attacks; i++)
		for (long cpu = 0; cpu < cpus && n < THREADS_MAX; cpu++) {
			cpu_set_t set;

			if (pthread_create(&threads[n], NULL, run, &attacks[i]))
				exit(1);
			CPU_ZERO(&set);
			CPU_SET(cpu, &set);
			pthread_setaffinity_np(threads[n++], sizeof(set), &set);
		}
	return n;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	sigset_t set;
	size_t n;
	int sig, arg = 2, taken = 1;

	for (; arg < argc && taken && n_attacks < ATTACKS_MAX; arg += taken)
		taken = parse(&attacks[n_attacks++], argc - arg, argv + arg);
	if (!taken || argc < 4) {
		fputs("usage: attack START {open NODE | claim NODE | bind DEVICE DRIVER}...\n",
		      stderr);
		return 2;
	}
	start_file = argv[1];
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	n = start(threads);
	sigwait(&set, &sig);
	ended = true;
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < n_attacks; i++)
		printf("%s %ld %ld\n", attacks[i].kind, attacks[i].tried, attacks[i].passed);
	return 0;
}
