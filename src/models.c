// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "hostdriver.h"
#include "models.h"
#include "sysfs.h"
#include "util.h"

#define DEVICES_DIR "/sys/bus/pci/devices"

static int read_modalias(const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES_DIR "/%s/modalias", name);
	return sysfs_read_line(path, buf, size);
}

/* Writes what is known of the model now; 0 also if that is nothing. */
static int set_model(int map, const struct hostdriver *h, const char *modalias)
{
	struct owner_host_driver driver;
	struct owner_model model;

	if (hostdriver_model(modalias, &model) < 0)
		return 0;
	if (hostdriver_find(h, modalias, driver.name) < 0)
		return bpf_map_delete_elem(map, &model) < 0 && errno != ENOENT ? -errno : 0;
	return bpf_map_update_elem(map, &model, &driver, BPF_ANY) < 0 ? -errno : 0;
}

int models_seed(struct loader *l)
{
	_cleanup_(hostdriver_freep) struct hostdriver *h = NULL;
	int err = hostdriver_new(&h, "");
	struct dirent *entry;
	char modalias[256];
	DIR *dir;

	if (err)
		return err;
	dir = opendir(DEVICES_DIR);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		int failed = 0;

		if (entry->d_name[0] != '.' &&
		    read_modalias(entry->d_name, modalias, sizeof(modalias)) == 0)
			failed = set_model(loader_map_fd(l, "host_drivers"), h, modalias);
		if (failed)
			err = failed;
	}
	closedir(dir);
	return err;
}

static bool is_known(int map, const char *modalias)
{
	struct owner_host_driver driver;
	struct owner_model model;

	return hostdriver_model(modalias, &model) < 0 ||
	       bpf_map_lookup_elem(map, &model, &driver) == 0;
}

bool models_learn(struct loader *l, const struct owner_device *d)
{
	_cleanup_(hostdriver_freep) struct hostdriver *h = NULL;
	int map = loader_map_fd(l, "host_drivers");
	char modalias[256];

	/* Names come from the kernel's records; one that is no file name is none of sysfs's. */
	if (strcmp(d->id.bus, "pci") != 0 || d->id.name[0] == '.' || strchr(d->id.name, '/') ||
	    read_modalias(d->id.name, modalias, sizeof(modalias)) < 0 || is_known(map, modalias))
		return false;
	return hostdriver_new(&h, "") == 0 && set_model(map, h, modalias) == 0 &&
	       is_known(map, modalias);
}
