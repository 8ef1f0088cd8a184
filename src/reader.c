// SPDX-License-Identifier: GPL-2.0-only
#include "reader.h"
#include "util.h"

#define EVERY_USEC    5000
#define ACCURACY_USEC 1000

/*
 * Nobody is woken for two rounds from the last report on.  The last look begins a round after that,
 * when whoever had looked at the time before has reported; who was kept from it for longer is read
 * with the next report, by who asks (rings_catch_up()), or with the daemon's next tick.
 */
static int look(struct reader *r)
{
	const uint64_t round = EVERY_USEC * NSEC_PER_USEC, began = boottime_ns();
	enum rings_read read = rings_consume(r->rings);

	r->after(r->userdata);
	if (read != RINGS_EMPTY)
		r->config->polled = boottime_ns() + 2 * round;
	else if (began >= r->config->polled + round)
		return sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	sd_event_source_set_time_relative(r->timer, read == RINGS_MORE ? 0 : EVERY_USEC);
	return sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	return look(userdata);
}

static int on_ring(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	return look(userdata);
}

int reader_start(struct reader *r, sd_event *event, struct rings *rings,
		 volatile struct owner_config *config, void (*after)(void *userdata),
		 void *userdata)
{
	int err;

	*r = (struct reader){rings, config, .after = after, .userdata = userdata};
	err = sd_event_add_time_relative(event, &r->timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC,
					 on_time, r);
	for (size_t i = 0; err >= 0 && i < RINGS; i++)
		err = sd_event_add_io(event, NULL, rings_fd(rings, i), EPOLLIN, on_ring, r);
	return err;
}

void reader_stop(struct reader *r)
{
	r->timer = sd_event_source_disable_unref(r->timer);
}
