// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "host.h"
#include "hostdriver.h"
#include "output.h"
#include "source.h"
#include "sysfs.h"
#include "util.h"

/* sysfs. */

/* The last component of a link in the device's directory: its driver, its bus. */
static void read_link(const char *device, const char *name, char *ret, size_t size)
{
	_cleanup_free_ char *path = output_format("%s/%s", device, name);
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *last;

	if (n < 0)
		return;
	target[n] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) < size)
		memcpy(ret, last, strlen(last) + 1);
}

static uint32_t read_hex(const char *device, const char *name)
{
	_cleanup_free_ char *path = output_format("%s/%s", device, name);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	uint32_t value = 0;

	return f && fscanf(f, "%x", &value) == 1 ? value : 0;
}

static bool is_named_managed(const char *driver)
{
	return strstr(driver, "vfio") || text_is(driver, "pci-stub") || text_is(driver, "pcieport");
}

/* Which driver the host had for one that VFIO has now, nobody knows: it is that which it would
 * bind. */
static void suppose_driver(struct owner_device *d, const char *path, const struct hostdriver *h)
{
	_cleanup_free_ char *file = output_format("%s/modalias", path);
	char modalias[256];

	d->supposed = h && sysfs_read_line(file, modalias, sizeof(modalias)) == 0 &&
		      hostdriver_find(h, modalias, d->host_driver) == 0;
}

static void fill_device(struct owner_device *d, const char *path, const char *name, uint32_t group,
			const struct hostdriver *h)
{
	d->group = group;
	d->name_len = snprintf(d->id.name, sizeof(d->id.name), "%s", name);
	read_link(path, "subsystem", d->id.bus, sizeof(d->id.bus));
	read_link(path, "driver", d->driver, sizeof(d->driver));
	d->managed = d->driver[0] && is_named_managed(d->driver);
	if (!d->managed)
		memcpy(d->host_driver, d->driver, sizeof(d->host_driver));
	if (!d->host_driver[0])
		suppose_driver(d, path, h);
	if (!text_is(d->id.bus, "pci"))
		return;
	d->pci_id = read_hex(path, "vendor") << 16 | read_hex(path, "device");
	d->pci_class = read_hex(path, "class");
}

static void add_devices(struct registry *r, const char *root, uint32_t group,
			const struct hostdriver *h)
{
	_cleanup_free_ char *path =
		output_format("%s/sys/kernel/iommu_groups/%u/devices", root, group);
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		_cleanup_free_ struct dirent *entry = names[i];
		_cleanup_free_ char *device = output_format("%s/%s", path, entry->d_name);

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= OWNER_DEVICE_LEN)
			continue;
		r->devices = output_must(
			reallocarray(r->devices, r->n_devices + 1, sizeof(*r->devices)));
		r->devices[r->n_devices] = (struct owner_device){};
		fill_device(&r->devices[r->n_devices++], device, entry->d_name, group, h);
	}
	if (n >= 0)
		free(names);
}

static int read_sysfs(struct registry *r, const char *root)
{
	_cleanup_(hostdriver_freep) struct hostdriver *h = NULL;
	_cleanup_free_ uint32_t *ids = NULL;
	size_t n = 0, at = 0;
	int err = sysfs_groups(root, &ids, &n);

	if (err)
		return err;
	hostdriver_new(&h, root); /* or NULL: it has no modules that could be looked at */
	r->groups = output_must(calloc(n + 1, sizeof(*r->groups)));
	for (size_t i = 0; i < n; i++)
		add_devices(r, root, ids[i], h);
	for (size_t i = 0; i < n; i++) {
		struct registry_group *g = &r->groups[r->n_groups++];

		g->id = ids[i];
		g->devices = r->devices + at;
		while (at + g->n_devices < r->n_devices &&
		       r->devices[at + g->n_devices].group == g->id)
			g->n_devices++;
		at += g->n_devices;
	}
	return 0;
}

static bool read_maps(struct registry *r)
{
	struct registry_maps maps;
	int err;

	if (registry_open_pinned(&maps, REGISTRY_PIN_DIR) < 0)
		return false;
	err = registry_read(r, &maps);
	registry_close_maps(&maps);
	return err == 0;
}

int host_read(struct host *ret, const char *root, char **ret_error)
{
	struct host h = {};
	int err = 0;

	if (!root && read_maps(&h.registry))
		h.recorded = true;
	else
		err = read_sysfs(&h.registry, root ? root : "");
	if (err) {
		*ret_error = output_format("%s/sys/kernel/iommu_groups: %s", root ? root : "",
					   strerror(-err));
		registry_done(&h.registry);
		return err;
	}
	*ret = h;
	return 0;
}

void host_done(struct host *h)
{
	registry_done(&h->registry);
}

/* Looking for something. */

static int fail_group(const char *text, char **ret_error)
{
	*ret_error = output_format("no such group: %s; `ownerctl list` shows all", text);
	return -ENXIO;
}

int host_find(const struct host *h, const char *text, const struct registry_group **ret,
	      int *ret_device, char **ret_error)
{
	_cleanup_free_ char *device = NULL, *full = NULL;
	const struct registry_group *g;
	int r;

	*ret_device = -1;
	if (*text && strspn(text, "0123456789") == strlen(text)) {
		g = strlen(text) > 9 ? NULL : registry_find_group(&h->registry, atoi(text));
		*ret = g;
		return g ? 0 : fail_group(text, ret_error);
	}
	r = source_device_name(text, &device, ret_error);
	if (r < 0)
		return r;
	g = registry_find_device(&h->registry, device);
	if (!g) {
		*ret_error = output_format("no such device in any group: %s; `ownerctl list` shows "
					   "all",
					   device);
		return -ENXIO;
	}
	full = strchr(device, '/') ? output_format("%s", device) : output_format("pci/%s", device);
	for (size_t i = 0; i < g->n_devices; i++) {
		_cleanup_free_ char *name =
			output_format("%s/%s", g->devices[i].id.bus, g->devices[i].id.name);

		if (text_is(name, full))
			*ret_device = i;
	}
	*ret = g;
	return 0;
}

bool host_is_managed(const struct host *h, const char *driver)
{
	for (size_t i = 0; h->recorded && i < h->registry.n_devices; i++)
		if (text_is(h->registry.devices[i].driver, driver))
			return h->registry.devices[i].managed;
	return is_named_managed(driver);
}
