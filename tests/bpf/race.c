// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bind and a claim race on two CPUs, again and again: never may both succeed.
 *
 *   race ROUNDS SECONDS GROUP DEVICE DRIVER
 *
 * GROUP is the number of a group whose node exists and in which no host driver is bound,
 * DEVICE a PCI device in it without a driver, DRIVER one that knows it.  Ends after so many rounds
 * or seconds, with one line of counts; exit 1: both succeeded once, 2: it could not race.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000LL

struct side {
	int cpu;
	void (*act)(void);
	long long delay_ns; /* after the start, drawn anew each round */
	long long took_ns;  /* the shortest that it took: how far the other one's delay goes */
	bool won;
	int error; /* of the last that lost */
};

static char node[64], bind_path[128], unbind_path[128], driver_link[128];
static const char *device;
static int group_fd, container_fd;

static void bind_driver(void);
static void claim_group(void);

static struct side binder = {.cpu = 0, .act = bind_driver};
static struct side claimer = {.cpu = 1, .act = claim_group};

static atomic_int rounds_started, rounds_done;
static atomic_bool stop;

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static int write_name(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, device, strlen(device)) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* The write's own result is not asked: on some kernels a refused bind succeeds with nothing bound.
 */
static void bind_driver(void)
{
	int err = write_name(bind_path);

	binder.won = access(driver_link, F_OK) == 0;
	if (!binder.won)
		binder.error = err;
}

static void claim_group(void)
{
	claimer.won = ioctl(group_fd, VFIO_GROUP_SET_CONTAINER, &container_fd) == 0;
	if (!claimer.won)
		claimer.error = errno;
}

static void spin_until(long long when)
{
	while (now_ns() < when)
		;
}

/* One thread of each side: acts once in every round that main() starts. */
static void *run_side(void *arg)
{
	struct side *s = arg;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(s->cpu, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	for (int round = 1;; round++) {
		long long begin;

		while (rounds_started < round)
			if (stop)
				return NULL;
		begin = now_ns() + s->delay_ns;
		spin_until(begin);
		s->act();
		begin = now_ns() - begin;
		if (!s->took_ns || begin < s->took_ns)
			s->took_ns = begin;
		rounds_done++;
	}
}

/* The node opens once at a time, and the last round's end may still be under way. */
static bool open_group(void)
{
	for (int i = 0; i < 1000; i++) {
		group_fd = open(node, O_RDWR | O_CLOEXEC);
		if (group_fd >= 0 || errno != EBUSY)
			break;
		usleep(1000);
	}
	container_fd = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	return group_fd >= 0 && container_fd >= 0;
}

static void undo(void)
{
	close(group_fd);
	close(container_fd);
	if (binder.won)
		write_name(unbind_path);
}

static long long draw(long long below)
{
	return below > 0 ? random() % below : 0;
}

static bool play(int round)
{
	if (!open_group())
		return false;
	binder.delay_ns = draw(claimer.took_ns);
	claimer.delay_ns = draw(binder.took_ns);
	rounds_done = 0;
	rounds_started = round;
	while (rounds_done < 2)
		usleep(100);
	return true;
}

int main(int argc, char **argv)
{
	long long end;
	int rounds, counts[4] = {}, round; /* neither, bind alone, claim alone, both */
	pthread_t threads[2];

	if (argc != 6) {
		fputs("usage: race ROUNDS SECONDS GROUP DEVICE DRIVER\n", stderr);
		return 2;
	}
	rounds = atoi(argv[1]);
	end = now_ns() + atoi(argv[2]) * NSEC_PER_SEC;
	device = argv[4];
	snprintf(node, sizeof(node), "/dev/vfio/%s", argv[3]);
	snprintf(bind_path, sizeof(bind_path), "/sys/bus/pci/drivers/%s/bind", argv[5]);
	snprintf(unbind_path, sizeof(unbind_path), "/sys/bus/pci/drivers/%s/unbind", argv[5]);
	snprintf(driver_link, sizeof(driver_link), "/sys/bus/pci/devices/%s/driver", device);
	pthread_create(&threads[0], NULL, run_side, &binder);
	pthread_create(&threads[1], NULL, run_side, &claimer);
	for (round = 1; round <= rounds && now_ns() < end && !counts[3]; round++) {
		if (!play(round)) {
			perror(node);
			return 2;
		}
		counts[binder.won + 2 * claimer.won]++;
		undo();
	}
	stop = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	printf("rounds %d neither %d bind %d claim %d both %d bind-error %s claim-error %s\n",
	       round - 1, counts[0], counts[1], counts[2], counts[3],
	       strerrorname_np(binder.error) ?: "0", strerrorname_np(claimer.error) ?: "0");
	return counts[3] ? 1 : 0;
}
