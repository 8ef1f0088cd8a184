// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one thing again and again, from many threads, for some seconds.
 *
 *   hammer SECONDS read FILE...  one thread a file: reads it, and opens it anew when it goes
 *   hammer SECONDS open NODE     six threads on one CPU: opens it; prints what came of it
 *   hammer SECONDS drip NODE     one thread: opens it each millisecond; prints how often
 *   hammer SECONDS flood NODE    a thread on each CPU: opens it; prints exactly how often that was
 * refused
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPENERS 6

static volatile long refused, others;
static volatile bool over;
static useconds_t pause_usec;
static const char *node;

static void *read_forever(void *path)
{
	char buf[64];

	for (;;) {
		int fd = open(path, O_RDONLY);

		while (fd >= 0 && pread(fd, buf, sizeof(buf), 0) > 0)
			;
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static void *open_forever(void *path)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	while (!over) {
		int fd = open(path, O_RDWR);

		if (fd < 0 && errno == EPERM)
			__sync_fetch_and_add(&refused, 1);
		else
			__sync_fetch_and_add(&others, 1);
		if (fd >= 0)
			close(fd);
		if (pause_usec)
			usleep(pause_usec);
	}
	return NULL;
}

static void *flood_on(void *cpu)
{
	cpu_set_t mine;
	long n = 0;

	CPU_ZERO(&mine);
	CPU_SET((long)cpu, &mine);
	sched_setaffinity(0, sizeof(mine), &mine);
	while (!over) {
		int fd = open(node, O_RDWR);

		n += fd < 0 && errno == EPERM;
		if (fd >= 0)
			close(fd);
	}
	__sync_fetch_and_add(&refused, n);
	return NULL;
}

static int flood(int seconds)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[cpus];

	for (long i = 0; i < cpus; i++)
		if (pthread_create(&threads[i], NULL, flood_on, (void *)i))
			return 1;
	sleep(seconds);
	over = true;
	for (long i = 0; i < cpus; i++)
		pthread_join(threads[i], NULL);
	printf("%ld\n", refused);
	return 0;
}

static void start(void *(*run)(void *), void *path)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, path))
		exit(1);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	node = argv[3];
	if (strcmp(argv[2], "drip") == 0)
		pause_usec = 1000;
	if (strcmp(argv[2], "flood") == 0)
		return flood(atoi(argv[1]));
	if (strcmp(argv[2], "read") == 0)
		for (int i = 3; i < argc; i++)
			start(read_forever, argv[i]);
	else
		for (int i = 0; i < (strcmp(argv[2], "open") == 0 ? OPENERS : 1); i++)
			start(open_forever, argv[3]);
	sleep(atoi(argv[1]));
	over = true;
	usleep(100 * 1000); /* the last call has returned */
	if (strcmp(argv[2], "open") == 0)
		printf("EPERM %s, others %ld\n", refused > 1000 ? "many" : "few", others);
	if (pause_usec)
		printf("%ld\n", refused + others);
	return 0;
}
