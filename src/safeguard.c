// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "decide.h"
#include "log.h"
#include "registry.h"
#include "safeguard.h"
#include "sysfs.h"
#include "util.h"

#define LINES_MAX 4096

/* Lines that are no devices' are left out. */
static int recall(struct protection *to, const char *file)
{
	_cleanup_fclose_ FILE *f = fopen(file, "re");
	char line[256];
	int err = 0;

	for (int i = 0; !err && i < LINES_MAX && f && fgets(line, sizeof(line), f); i++) {
		struct owner_device_name d = {};

		line[strcspn(line, "\n")] = '\0';
		if (sysfs_parse_device(line, d.bus, sizeof(d.bus), d.name, sizeof(d.name)) == 0)
			err = protect_add(to, &d, PROTECT_ROUTE);
	}
	return err;
}

static int write_lines(const struct protection *p, const char *file)
{
	_cleanup_fclose_ FILE *f = fopen(file, "we");

	if (!f)
		return -errno;
	for (size_t i = 0; i < p->n; i++)
		fprintf(f, "%s/%s\n", p->devices[i].bus, p->devices[i].name);
	return fflush(f) == 0 && fsync(fileno(f)) == 0 ? 0 : -errno;
}

/* Whole, or not at all.  Who has nowhere to write to remembers nothing. */
static void remember(const struct protection *routes, const char *file)
{
	_cleanup_(protect_done) struct protection before = {};
	char changed[PATH_MAX], *slash;
	int err = recall(&before, file);

	if (err || protect_same(&before, routes) ||
	    snprintf(changed, sizeof(changed), "%s.new", file) >= (int)sizeof(changed))
		return;
	slash = strrchr(changed, '/');
	*slash = '\0';
	mkdir(changed, 0755);
	*slash = '/';
	err = write_lines(routes, changed);
	if (!err && rename(changed, file) < 0)
		err = -errno;
	if (err)
		log_debug("%s: %s: the interface with the default route is not known at the next "
			  "boot before it is up",
			  file, strerror(-err));
}

static int routes_of(struct protection *ret, const struct protection *p)
{
	int err = 0;

	for (size_t i = 0; !err && i < p->n; i++)
		if (strcmp(p->reasons[i], PROTECT_ROUTE) == 0)
			err = protect_add(ret, &p->devices[i], PROTECT_ROUTE);
	return err;
}

int safeguard_find(struct protection *ret, const char *root, const char *file)
{
	_cleanup_(protect_done) struct protection p = {}, routes = {};
	int err = protect_find(&p, root) ?: routes_of(&routes, &p);

	if (err)
		return err;
	if (routes.n)
		remember(&routes, file);
	else
		err = recall(&p, file);
	if (err)
		return err;
	*ret = p;
	p = (struct protection){};
	return 0;
}

/* "0000:00:1f.2", "platform/serial8250" */
static void print_name(char *to, size_t size, const struct owner_device_name *d)
{
	bool pci = strcmp(d->bus, "pci") == 0;

	snprintf(to, size, "%s%s%s", pci ? "" : d->bus, pci ? "" : "/", d->name);
}

static void say_spared(struct manager *m, const struct registry_group *g, size_t i)
{
	const struct owner_device *dev = &g->devices[i];
	const char *reason = protect_reason(&m->protection, &dev->id);
	char name[sizeof(dev->id) + 2];
	struct decide_result d;

	if (!reason || !decide_spared(&m->policy, g->devices, g->n_devices, i, &d))
		return;
	print_name(name, sizeof(name), &dev->id);
	if (d.rule < m->policy.head.rules)
		log_warning("%s (%s) keeps its drivers although rule \"%s\" (%s) says otherwise: "
			    "name it by its address to have them refused",
			    name, reason, m->policy.rules[d.rule].name,
			    m->policy.rules[d.rule].place);
	else
		log_warning("%s (%s) keeps its drivers although the default denies binds: name it "
			    "by its address to have them refused",
			    name, reason);
}

void safeguard_say(struct manager *m)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};

	for (size_t i = 0; i < m->protection.n; i++) {
		char name[sizeof(m->protection.devices[i]) + 2];

		print_name(name, sizeof(name), &m->protection.devices[i]);
		log_debug("%s (%s) keeps its drivers unless a rule names it", name,
			  m->protection.reasons[i]);
	}
	if (m->protection.cut)
		log_warning("not every device that this host needs is known: there are too many");
	if (registry_read(&r, &maps) < 0)
		return;
	for (size_t g = 0; g < r.n_groups; g++)
		for (size_t i = 0; i < r.groups[g].n_devices; i++)
			say_spared(m, &r.groups[g], i);
}
