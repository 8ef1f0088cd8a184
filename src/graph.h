/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buses, bridges, groups, devices, owners and holders as a graph in the language of Graphviz.  All
 * text may be hostile; colour repeats only what words say too.
 */
#ifndef OWNERD_GRAPH_H
#define OWNERD_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are the caller's; NULL: there is none. */
struct graph_device {
	const char *name, *title, *driver;
	const char *above; /* name of the device, or root bus, that it hangs on */
	const char *fault; /* why it does not isolate, in a few words */
	bool bridge;
};

struct graph_group {
	int64_t id;
	const char *owner, *holder, *rules;
	const struct graph_device *devices;
	size_t n_devices;
	char **reasons; /* NULL-terminated: why its devices are one group */
};

/* malloc'ed. */
char *graph_render(const struct graph_group *groups, size_t n);

#endif
