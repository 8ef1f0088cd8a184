// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long binds and claims take, in microseconds: the median of COUNT of each.
 *
 *   latency bind DEVICE DRIVER COUNT    "bind US", "unbind US"
 *   latency claim NODE COUNT            "open US", "claim US", "release US"
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define VFIO_GROUP_SET_CONTAINER 0x3b68
#define COUNT_MAX                10000

static double samples[3][COUNT_MAX];

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_median(const char *what, double *of, int n)
{
	qsort(of, n, sizeof(*of), compare);
	printf("%s %.1f\n", what, of[n / 2]);
}

static int open_file(const char *driver, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/%s", driver, name);
	fd = open(path, O_WRONLY);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void write_name(int fd, const char *device)
{
	if (write(fd, device, strlen(device)) < 0) {
		perror(device);
		exit(1);
	}
}

static void binds(const char *device, const char *driver, int n)
{
	int bind = open_file(driver, "bind"), unbind = open_file(driver, "unbind");

	for (int i = 0; i < n; i++) {
		double start = now_us();

		write_name(bind, device);
		samples[0][i] = now_us() - start;
		start = now_us();
		write_name(unbind, device);
		samples[1][i] = now_us() - start;
	}
	print_median("bind", samples[0], n);
	print_median("unbind", samples[1], n);
}

static void claims(const char *node, int n)
{
	for (int i = 0; i < n; i++) {
		int container = open("/dev/vfio/vfio", O_RDWR), group;
		double start = now_us();

		group = open(node, O_RDWR);
		samples[0][i] = now_us() - start;
		start = now_us();
		if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0) {
			perror(node);
			exit(1);
		}
		samples[1][i] = now_us() - start;
		start = now_us();
		close(group);
		samples[2][i] = now_us() - start;
		close(container);
	}
	print_median("open", samples[0], n);
	print_median("claim", samples[1], n);
	print_median("release", samples[2], n);
}

int main(int argc, char **argv)
{
	int n = argc > 3 ? atoi(argv[argc - 1]) : 0;

	if (argc == 5 && strcmp(argv[1], "bind") == 0 && n > 0 && n <= COUNT_MAX)
		binds(argv[2], argv[3], n);
	else if (argc == 4 && strcmp(argv[1], "claim") == 0 && n > 0 && n <= COUNT_MAX)
		claims(argv[2], n);
	else
		return 2;
	return 0;
}
