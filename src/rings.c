// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/epoll.h>
#include "rings.h"

/* Of one ring, before the other events of the daemon have their turn. */
#define RECORDS_AT_ONCE 128

int rings_deliver(struct rings *r, const void *data, size_t size)
{
	if (size >= sizeof(struct owner_report))
		r->handler(r->userdata, data);
	return 0;
}

/* An error ends the reading, after this record. */
static int on_record(void *ctx, void *data, size_t size)
{
	struct rings *r = ctx;

	rings_deliver(r, data, size);
	return ++r->delivered < RECORDS_AT_ONCE ? 0 : -EAGAIN;
}

/* Nobody waits by libbpf's epoll, which who reports would have to wake first. */
int rings_open(struct rings *r, const int maps[static RINGS], rings_handler handler, void *userdata)
{
	r->handler = handler;
	r->userdata = userdata;
	for (size_t i = 0; i < RINGS; i++) {
		r->maps[i] = maps[i];
		r->rings[i] = ring_buffer__new(maps[i], on_record, r, NULL);
		if (!r->rings[i])
			return -errno;
		epoll_ctl(ring_buffer__epoll_fd(r->rings[i]), EPOLL_CTL_DEL, maps[i], NULL);
	}
	return 0;
}

int rings_fd(const struct rings *r, size_t i)
{
	return r->maps[i];
}

enum rings_read rings_consume(struct rings *r)
{
	enum rings_read read = RINGS_EMPTY;

	for (size_t i = 0; i < RINGS; i++) {
		r->delivered = 0;
		ring_buffer__consume(r->rings[i]);
		if (r->delivered == RECORDS_AT_ONCE)
			read = RINGS_MORE;
		else if (r->delivered && read == RINGS_EMPTY)
			read = RINGS_READ;
	}
	return read;
}

void rings_catch_up(struct rings *r)
{
	/* more than there is room for has come since */
	size_t parts = OWNER_RING_SIZE / (RECORDS_AT_ONCE * sizeof(struct owner_report)) + 1;

	while (rings_consume(r) == RINGS_MORE && parts > 0)
		parts--;
}

void rings_close(struct rings *r)
{
	for (size_t i = 0; i < RINGS; i++)
		ring_buffer__free(r->rings[i]);
}
