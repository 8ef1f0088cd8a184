// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include "log.h"
#include "reprobe.h"
#include "util.h"

static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* Names come from the kernel's records; one that is no file name is none of sysfs's. */
static bool is_file_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/');
}

/*
 * In a process of its own, which nobody waits for.  A probe may hang: what the daemon has open
 * (its lock, its programs) is not to be held by it.
 */
static int probe(const struct owner_device *d)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), "/sys/bus/%s/drivers_probe", d->id.bus);
	switch (fork()) {
	case -1:
		return -errno;
	case 0:
		closefrom(STDERR_FILENO + 1);
		err = write_file(path, d->id.name);
		if (err)
			log_warning("%s/%s: no driver: %s", d->id.bus, d->id.name, strerror(-err));
		_exit(0);
	default:
		return 0;
	}
}

static void look_after(const struct registry_group *g, const struct owner_device *d,
		       enum config_reprobe when)
{
	int err;

	if (when == REPROBE_ASK) {
		log_info("group %u: a refused bind left %s without a driver; to give it one: "
			 "echo %s >/sys/bus/%s/drivers_probe",
			 g->id, d->id.name, d->id.name, d->id.bus);
		return;
	}
	log_info("group %u: a refused bind left %s without a driver: it is probed again", g->id,
		 d->id.name);
	err = probe(d);
	if (err)
		log_warning("%s/%s: not probed: %s", d->id.bus, d->id.name, strerror(-err));
}

void reprobe_check(const struct owner_report *report, const struct registry_maps *maps,
		   enum config_reprobe when)
{
	_cleanup_(registry_done) struct registry r = {};
	const struct registry_group *g;

	if (when == REPROBE_NEVER || report->act != ACT_RELEASE || registry_read(&r, maps) < 0)
		return;
	g = registry_find_group(&r, report->group);
	if (!g || OWNER_STATE_KIND(g->record.state) == OWNER_USER)
		return;
	for (size_t i = 0; i < g->n_devices; i++) {
		const struct owner_device *d = &g->devices[i];

		if (d->refused && !d->driver[0] && is_file_name(d->id.bus) &&
		    is_file_name(d->id.name))
			look_after(g, d, when);
	}
}
