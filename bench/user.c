// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the way of a report costs in user space, from the ring buffer to its line in the log's file:
 * with the daemon's own code, and beside it what its parts cost, and what the least of each kind
 * would.
 *
 *   user FILE    prints "WHAT N" lines: medians of nanoseconds, what 10,000 reports a second cost
 *                that are written, and a million that are counted; FILE is made, and removed
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <gcrypt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include "audit.h"
#include "describe.h"
#include "identity.h"
#include "log.h"
#include "metrics.h"
#include "produce.skel.h"
#include "recent.h"
#include "suppress.h"
#include "util.h"

#define ROUNDS      31  /* of which the median counts; all that is compared takes turns */
#define BATCH       512 /* records: less than the ring has room for */
#define PACED_RATE  10000
#define FLOOD_RATE  1000000
#define PACED_TICKS 1000 /* a second */
#define PACED_SEC   5
#define EVERY_MSEC  5

struct bench {
	struct produce *skeleton;
	struct ring_buffer *ring;
	struct audit audit;
	struct owner_report report;
	uint64_t read;
	unsigned int rate; /* of the producer, a second; it is a thread of its own */
	struct suppress suppress;
	struct recent recent;
	struct metrics_tally tally;
	size_t line_size;
	char line[4096]; /* the last one of the file */
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "user: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

/* A refused open by a process that lives, in the cgroup that this one is in. */
static struct owner_report refused_open(void)
{
	struct owner_report r = {
		.when = boottime_ns(),
		.group = 42,
		.error = -EPERM,
		.act = ACT_OPEN,
		.verdict = VERDICT_DENY,
		.by = BY_OWNERD,
		.reason = REASON_DEFAULT,
		.owner = OWNER_USER,
		.generation = 1,
		.rule = POLICY_NO_RULE,
	};

	must(identity_task(getpid(), &r.task) >= 0, "this process");
	r.holder = r.task;
	return r;
}

/* What the daemon does with a report that it writes. */
static int write_line(void *ctx, void *data, size_t size)
{
	struct bench *b = ctx;
	const struct owner_report *r = data;
	struct json_object *event;

	b->read++;
	if (size < sizeof(*r))
		return 0;
	event = describe_event(r, NULL);
	audit_write(&b->audit, LOG_DEBUG, r->when, event);
	json_object_put(event);
	return 0;
}

/* What the daemon does with one that repeats, and that nobody watches. */
static int count_report(void *ctx, void *data, size_t size)
{
	struct bench *b = ctx;

	b->read++;
	must(suppress_check(&b->suppress, data, boottime_ns()) == (b->read > SUPPRESS_FIRST),
	     "the first ones of a kind");
	recent_note(&b->recent, data);
	metrics_count(&b->tally, data);
	return 0;
}

static void tell_nobody(void *userdata, const struct suppress_kind *kind, bool ended)
{
}

/* False: there was no room for the last one. */
static bool produce(struct bpf_program *program, unsigned int n)
{
	static char packet[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = n);

	must(bpf_prog_test_run_opts(bpf_program__fd(program), &opts) == 0, "BPF_PROG_TEST_RUN");
	return opts.retval == 0;
}

/* Each of these is measured: a batch of it. */

static void read_ring(struct bench *b)
{
	must(ring_buffer__consume(b->ring) == BATCH, "reading the ring");
}

static void describe(struct bench *b)
{
	for (size_t i = 0; i < BATCH; i++)
		json_object_put(describe_event(&b->report, NULL));
}

/* A line as long by one sprintf: the least that text costs, as most of its bytes are copied as they
 * are. */
static void print_line(struct bench *b)
{
	static char text[sizeof(b->line) + 128];

	for (size_t i = 0; i < BATCH; i++)
		snprintf(text, sizeof(text),
			 "{\"schema\":%d,\"seq\":%zu,\"group\":%u,\"act\":\"%s\",\"error\":%d,"
			 "\"uid\":%u,%s",
			 2, i, b->report.group, "open", -b->report.error, b->report.task.uid,
			 b->line + sizeof("{\"schema\":2,\"seq\":1,\"group\":42,\"act\":\"open\","
					  "\"error\":1,\"uid\":0,"));
}

static void hash_line(struct bench *b)
{
	static unsigned char hash[32];

	for (size_t i = 0; i < BATCH; i++)
		gcry_md_hash_buffer(GCRY_MD_SHA256, hash, b->line, b->line_size);
}

static void write_bytes(struct bench *b)
{
	for (size_t i = 0; i < BATCH; i++)
		must(write(b->audit.fd, b->line, b->line_size) == (ssize_t)b->line_size, "writing");
}

static const struct {
	const char *name;
	bool bare, whole; /* what is in the ring before it */
	void (*run)(struct bench *b);
} measured[] = {
	{"bare", true, false, read_ring},     {"line", false, true, read_ring},
	{"describe", false, false, describe}, {"sprintf", false, false, print_line},
	{"hash", false, false, hash_line},    {"write", false, false, write_bytes},
};

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void measure(struct bench *b)
{
	uint64_t took[ARRAY_SIZE(measured)][ROUNDS];

	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ARRAY_SIZE(measured); i++) {
			if (measured[i].bare)
				must(produce(b->skeleton->progs.bare, BATCH), "the ring is full");
			if (measured[i].whole)
				must(produce(b->skeleton->progs.whole, BATCH), "the ring is full");
			took[i][round] = now(CLOCK_MONOTONIC);
			measured[i].run(b);
			took[i][round] = now(CLOCK_MONOTONIC) - took[i][round];
		}
	for (size_t i = 0; i < ARRAY_SIZE(measured); i++) {
		qsort(took[i], ROUNDS, sizeof(took[i][0]), compare);
		printf("%s %.1f\n", measured[i].name, (double)took[i][ROUNDS / 2] / BATCH);
	}
	printf("bytes %zu\n", b->line_size);
}

#define LIST_GROUPS 10000
#define LIST_PART   32 /* src/methods_groups.c */

/* What json-c takes to read a list of groups, as src/varlink.c has it do, and to forget it. */
static void measure_parse(void)
{
	static const char group[] =
		"{\"group\":5,\"owner\":\"user\",\"count\":1,\"since\":1764000000000000,"
		"\"seeded\":false,\"changes\":1,\"devices\":[{\"bus\":\"pci\",\"name\":"
		"\"0000:00:00.0\",\"driver\":\"vfio-pci\",\"managed\":true}],\"holder\":"
		"{\"pid\":1000,\"start\":1764000000000000,\"uid\":107,\"comm\":"
		"\"qemu-system-x86\",\"unit\":\"machine-qemu\\\\x2d5.scope\",\"cgroup\":"
		"\"/machine.slice/machine-qemu\\\\x2d5.scope\",\"runtime\":\"libvirt\",\"vm\":"
		"\"vm-5\",\"alive\":true}},";
	char part[LIST_PART * sizeof(group) + 2] = "[";
	uint64_t took[ROUNDS];

	for (size_t i = 0; i < LIST_PART; i++)
		strcat(part, group);
	part[strlen(part) - 1] = ']';
	for (size_t round = 0; round < ROUNDS; round++) {
		took[round] = now(CLOCK_MONOTONIC);
		for (size_t i = 0; i < LIST_GROUPS / LIST_PART; i++) {
			struct json_tokener *tokener = json_tokener_new();
			struct json_object *groups;

			json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
			groups = json_tokener_parse_ex(tokener, part, sizeof(part));
			must(json_object_array_length(groups) == LIST_PART, "the list");
			json_object_put(groups);
			json_tokener_free(tokener);
		}
		took[round] = now(CLOCK_MONOTONIC) - took[round];
	}
	qsort(took, ROUNDS, sizeof(took[0]), compare);
	printf("list_parse %.1f\n",
	       (double)took[ROUNDS / 2] / (LIST_GROUPS / LIST_PART * LIST_PART) * LIST_GROUPS);
}

static void *pace(void *userdata)
{
	struct bench *b = userdata;
	const struct itimerspec tick = {.it_value.tv_nsec = 1,
					.it_interval.tv_nsec = NSEC_PER_SEC / PACED_TICKS};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t ticks, done = 0;

	must(fd >= 0 && timerfd_settime(fd, 0, &tick, NULL) == 0, "timerfd");
	while (done < PACED_TICKS * PACED_SEC) {
		must(read(fd, &ticks, sizeof(ticks)) == sizeof(ticks), "timerfd");
		for (; ticks && done < PACED_TICKS * PACED_SEC; ticks--, done++)
			produce(b->skeleton->progs.whole, b->rate / PACED_TICKS);
	}
	close(fd);
	return NULL;
}

static long resident(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	must(f && fscanf(f, "%*d %ld", &pages) == 1, "/proc/self/statm");
	return pages * sysconf(_SC_PAGESIZE);
}

/*
 * The time of this thread alone: another one has the producer.  What is read and what is lost are
 * all that there were, or this does not end well.
 */
static void measure_rate(struct bench *b, const char *name, unsigned int rate)
{
	volatile struct produce__bss *producer = b->skeleton->bss;
	const uint64_t all = (uint64_t)rate * PACED_SEC;
	uint64_t before, last = 0;
	pthread_t thread;
	long size = 0;

	b->read = producer->made = producer->lost = 0;
	b->rate = rate;
	before = now(CLOCK_THREAD_CPUTIME_ID);
	must(pthread_create(&thread, NULL, pace, b) == 0, "pthread_create");
	while (producer->made < all || b->read < all - producer->lost) {
		ring_buffer__poll(b->ring, EVERY_MSEC); /* as src/reader.c does */
		if (ring_buffer__consume(b->ring) || b->read > last)
			producer->polled = boottime_ns() + 2 * EVERY_MSEC * 1000 * NSEC_PER_USEC;
		last = b->read;
		size = size ?: resident();
	}
	must(b->read + producer->lost == all, "the sum of what was read and lost");
	printf("%s %.0f\n", name, (double)(now(CLOCK_THREAD_CPUTIME_ID) - before) / PACED_SEC);
	printf("%s_lost %llu\n", name, (unsigned long long)producer->lost);
	printf("%s_grown %ld\n", name, resident() - size);
	pthread_join(thread, NULL);
}

/* One line, to have its text. */
static void learn_line(struct bench *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	must(fd >= 0, path);
	write_line(b, &b->report, sizeof(b->report));
	n = read(fd, b->line, sizeof(b->line) - 1);
	must(n > 0, path);
	b->line_size = n;
	close(fd);
}

int main(int argc, char *argv[])
{
	static struct bench b;

	if (argc != 2 || access(argv[1], F_OK) == 0) {
		fprintf(stderr, "usage: user FILE, which is not there yet\n");
		return 64;
	}
	b.skeleton = produce__open_and_load();
	must(b.skeleton, "the producer");
	b.report = refused_open();
	b.skeleton->bss->report = b.report;
	b.ring = ring_buffer__new(bpf_map__fd(b.skeleton->maps.ring), write_line, &b, NULL);
	must(b.ring && audit_open(&b.audit, argv[1], FSYNC_NEVER) == 0, argv[1]);
	learn_line(&b, argv[1]);
	measure(&b);
	measure_parse();
	measure_rate(&b, "paced", PACED_RATE);
	ring_buffer__free(b.ring);
	b.suppress.tell = tell_nobody;
	b.ring = ring_buffer__new(bpf_map__fd(b.skeleton->maps.ring), count_report, &b, NULL);
	b.recent.kinds = calloc(OWNER_RECENT_KINDS, sizeof(*b.recent.kinds));
	must(b.ring && b.recent.kinds, "the ring");
	measure_rate(&b, "flood", FLOOD_RATE);
	audit_done(&b.audit);
	unlink(argv[1]);
	return 0;
}
