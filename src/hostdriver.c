// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <libkmod.h>
#include <limits.h>
#include <string.h>
#include "hostdriver.h"
#include "sysfs.h"
#include "util.h"

#define MODULE_LEN 64 /* MODULE_NAME_LEN in the kernel: less */

struct hostdriver {
	struct kmod_ctx *kmod;
	char *root;
};

/* Where modprobe reads its configuration. */
static const char *const config_dirs[] = {"/etc/modprobe.d", "/run/modprobe.d",
					  "/usr/local/lib/modprobe.d", "/lib/modprobe.d"};

/* libkmod would print what it does not find. */
static void say_nothing(void *data, int priority, const char *file, int line, const char *fn,
			const char *format, va_list args)
{
}

/* Of the running kernel, or of that of which `root` is a copy. */
static char *modules_dir(const char *root)
{
	char path[PATH_MAX], release[128];
	char *dir;

	snprintf(path, sizeof(path), "%s/proc/sys/kernel/osrelease", root);
	if (sysfs_read_line(path, release, sizeof(release)) < 0 || strchr(release, '/'))
		return NULL;
	return asprintf(&dir, "%s/lib/modules/%s", root, release) < 0 ? NULL : dir;
}

static int open_kmod(struct hostdriver *h, const char *root)
{
	char dirs[ARRAY_SIZE(config_dirs)][PATH_MAX];
	const char *paths[ARRAY_SIZE(config_dirs) + 1] = {};
	_cleanup_free_ char *modules = modules_dir(root);

	for (size_t i = 0; i < ARRAY_SIZE(config_dirs); i++) {
		snprintf(dirs[i], sizeof(dirs[i]), "%s%s", root, config_dirs[i]);
		paths[i] = dirs[i];
	}
	h->root = strdup(root);
	h->kmod = modules ? kmod_new(modules, paths) : NULL;
	if (!h->root || !h->kmod)
		return -ENOENT;
	kmod_set_log_fn(h->kmod, say_nothing, NULL);
	kmod_load_resources(h->kmod); /* without indexes nothing is found, which is no error */
	return 0;
}

int hostdriver_new(struct hostdriver **ret, const char *root)
{
	_cleanup_(hostdriver_freep) struct hostdriver *h = calloc(1, sizeof(*h));
	int err = h ? open_kmod(h, root) : -ENOMEM;

	if (!err)
		*ret = TAKE_PTR(h);
	return err;
}

void hostdriver_free(struct hostdriver *h)
{
	if (!h)
		return;
	if (h->kmod)
		kmod_unref(h->kmod);
	free(h->root);
	free(h);
}

/* Also of one that is built in, if it has drivers. */
static DIR *open_drivers(const struct hostdriver *h, const char *module)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/sys/module/%s/drivers", h->root, module) < 0)
		path = NULL;
	return path ? opendir(path) : NULL;
}

static int set_name(char ret[static OWNER_DRIVER_LEN], const char *name)
{
	if (strlen(name) >= OWNER_DRIVER_LEN)
		return -ENOENT;
	memset(ret, 0, OWNER_DRIVER_LEN);
	memcpy(ret, name, strlen(name));
	return 0;
}

/* A loaded module's one PCI driver is a link "pci:nvme"; more than one: nobody knows. */
static int name_of_loaded(DIR *drivers, char ret[static OWNER_DRIVER_LEN])
{
	struct dirent *entry;
	int err = -ENOENT;
	size_t n = 0;

	while ((entry = readdir(drivers)))
		if (strncmp(entry->d_name, "pci:", 4) == 0 && !n++)
			err = set_name(ret, entry->d_name + 4);
	return n == 1 ? err : -ENOENT;
}

static int name_of(const struct hostdriver *h, const char *module,
		   char ret[static OWNER_DRIVER_LEN])
{
	DIR *drivers = open_drivers(h, module);
	int err;

	if (!drivers)
		return set_name(ret, module);
	err = name_of_loaded(drivers, ret);
	closedir(drivers);
	return err;
}

/*
 * Whether the host would load it: not if it is blacklisted, or if a command stands for it.  Loaded
 * it may be all the same.
 */
static bool is_wanted(const struct hostdriver *h, struct kmod_module *module, bool filtered)
{
	DIR *drivers = open_drivers(h, kmod_module_get_name(module));

	if (drivers)
		closedir(drivers);
	return drivers || !(filtered || kmod_module_get_install_commands(module));
}

static bool has_module(const struct kmod_list *list, const char *name)
{
	const struct kmod_list *entry;
	bool found = false;

	kmod_list_foreach(entry, list)
	{
		struct kmod_module *module = kmod_module_get_module(entry);

		found |= strcmp(kmod_module_get_name(module), name) == 0;
		kmod_module_unref(module);
	}
	return found;
}

/* The one module of `all` that the host would load, by its name. */
static int choose(const struct hostdriver *h, const struct kmod_list *all,
		  const struct kmod_list *unfiltered, char *ret, size_t size)
{
	const struct kmod_list *entry;
	size_t n = 0;

	kmod_list_foreach(entry, all)
	{
		struct kmod_module *module = kmod_module_get_module(entry);
		const char *name = kmod_module_get_name(module);

		if (is_wanted(h, module, !has_module(unfiltered, name)) &&
		    (!n || strcmp(ret, name) != 0)) {
			n++;
			snprintf(ret, size, "%s", name);
		}
		kmod_module_unref(module);
	}
	return n == 1 ? 0 : -ENOENT;
}

int hostdriver_model(const char *modalias, struct owner_model *ret)
{
	unsigned int vendor, device, subvendor, subdevice, base, sub, interface;

	if (sscanf(modalias, "pci:v%8Xd%8Xsv%8Xsd%8Xbc%2Xsc%2Xi%2X", &vendor, &device, &subvendor,
		   &subdevice, &base, &sub, &interface) != 7)
		return -EINVAL;
	*ret = (struct owner_model){
		.id = vendor << 16 | (device & 0xffff),
		.subsystem = subvendor << 16 | (subdevice & 0xffff),
		.class = base << 16 | sub << 8 | interface,
	};
	return 0;
}

/* A PCI class code is 0xCCSSPP; 06 is the class of bridges (PCI Code and ID Assignment). */
static bool has_driver(const char *modalias)
{
	struct owner_model model;

	return hostdriver_model(modalias, &model) == 0 && model.class >> 16 != 0x06;
}

int hostdriver_find(const struct hostdriver *h, const char *modalias,
		    char ret[static OWNER_DRIVER_LEN])
{
	struct kmod_list *all = NULL, *unfiltered = NULL;
	char module[MODULE_LEN];
	int err;

	if (!has_driver(modalias) || kmod_module_new_from_lookup(h->kmod, modalias, &all) < 0 ||
	    !all)
		return -ENOENT;
	err = kmod_module_apply_filter(h->kmod, KMOD_FILTER_BLACKLIST, all, &unfiltered);
	if (err >= 0)
		err = choose(h, all, unfiltered, module, sizeof(module));
	kmod_module_unref_list(all);
	kmod_module_unref_list(unfiltered);
	return err < 0 ? -ENOENT : name_of(h, module, ret);
}
