/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the programs' reports are read: the first wakes the daemon, and while others follow it looks
 * for them every few milliseconds and nobody is woken (owner_config.polled), since to wake it costs
 * who is refused twice as much as the report itself.
 */
#ifndef OWNERD_READER_H
#define OWNERD_READER_H

#include <systemd/sd-event.h>
#include "rings.h"

struct reader {
	struct rings *rings;
	volatile struct owner_config *config;
	sd_event_source *timer;        /* enabled while it looks by itself */
	void (*after)(void *userdata); /* each reading */
	void *userdata;
};

/* Rings and configuration are borrowed, until reader_stop(). */
int reader_start(struct reader *r, sd_event *event, struct rings *rings,
		 volatile struct owner_config *config, void (*after)(void *userdata),
		 void *userdata);

void reader_stop(struct reader *r);

#endif
