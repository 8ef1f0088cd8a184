// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "counting.h"
#include "describe.h"
#include "manager.h"
#include "methods.h"
#include "registry.h"
#include "sysfs.h"
#include "util.h"

/* How many groups a part of a list has. */
#define PART 32

struct filter {
	const char *owner, *driver;
	const struct registry_group *with_device;
};

static bool has_driver(const struct registry_group *g, const char *driver)
{
	for (size_t i = 0; i < g->n_devices; i++)
		if (strcmp(g->devices[i].driver, driver) == 0)
			return true;
	return false;
}

static bool matches(const struct registry_group *g, const struct filter *f)
{
	if (f->owner && strcmp(describe_owner(OWNER_STATE_KIND(g->record.state)), f->owner) != 0)
		return false;
	if (f->with_device && f->with_device != g)
		return false;
	return !f->driver || has_driver(g, f->driver);
}

/* A device as the registry names it: "3b:00.0" becomes "pci/0000:3b:00.0". */
static const struct registry_group *find_device(const struct registry *r, const char *text)
{
	char bus[OWNER_BUS_LEN], name[OWNER_DEVICE_LEN];
	char full[sizeof(bus) + sizeof(name) + 1];

	if (sysfs_parse_device(text, bus, sizeof(bus), name, sizeof(name)) < 0)
		return NULL;
	snprintf(full, sizeof(full), "%s/%s", bus, name);
	return registry_find_device(r, full);
}

/* A list that is being given: of the groups as they were when it began. */
struct list {
	struct manager *m;
	struct json_object *parameters; /* which have the filter's texts */
	struct registry registry;
	struct filter filter;
	size_t next; /* of registry.groups */
};

static void list_free(void *state)
{
	struct list *l = state;

	if (!l)
		return;
	registry_done(&l->registry);
	json_object_put(l->parameters);
	free(l);
}

static void list_freep(struct list **l)
{
	list_free(*l);
}

static int list_begin(struct manager *m, struct json_object *parameters, struct list *l,
		      struct json_object **ret, const char **ret_error)
{
	static const char *const names[] = {"owner", "device", "driver"};
	struct json_object *values[ARRAY_SIZE(names)];
	int err;

	l->m = m;
	l->parameters = json_object_get(parameters);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (methods_parameter(parameters, names[i], json_type_string, &values[i]) < 0)
			return methods_refuse_parameter(ret, ret_error, names[i]);
	err = counting_read(m->loader, &m->opens, &l->registry);
	if (err)
		return err;
	l->filter.owner = json_object_get_string(values[0]);
	l->filter.driver = json_object_get_string(values[2]);
	if (!values[1])
		return 0;
	l->filter.with_device = find_device(&l->registry, json_object_get_string(values[1]));
	if (l->filter.with_device)
		return 0;
	return methods_refuse(ret, ret_error, "io.ownerd.NoSuchDevice", "device",
			      json_object_get(values[1]));
}

/* The next one that matches, or the end. */
static size_t list_skip(struct list *l)
{
	while (l->next < l->registry.n_groups && !matches(&l->registry.groups[l->next], &l->filter))
		l->next++;
	return l->registry.n_groups - l->next;
}

/* So many of the list at most; 1: others follow. */
static int list_take(struct list *l, size_t most, struct json_object **ret)
{
	struct json_object *groups = json_object_new_array();

	for (size_t n = 0; n < most && list_skip(l); n++)
		json_object_array_add(
			groups, describe_group(&l->registry.groups[l->next++], &l->m->policy));
	*ret = json_object_new_object();
	json_object_object_add(*ret, "groups", groups);
	containers_add_names(&l->m->known, *ret);
	return list_skip(l) > 0;
}

static int list_part(void *state, struct json_object **ret)
{
	return list_take(state, PART, ret);
}

int methods_list_groups(void *userdata, struct json_object *parameters, struct json_object **ret,
			const char **ret_error)
{
	_cleanup_(list_freep) struct list *l = calloc(1, sizeof(*l));
	int err = l ? list_begin(userdata, parameters, l, ret, ret_error) : -ENOMEM;

	if (err)
		return err;
	list_take(l, SIZE_MAX, ret);
	return 0;
}

int methods_list_groups_in_parts(void *userdata, struct json_object *parameters,
				 struct control_parts *ret_parts, struct json_object **ret,
				 const char **ret_error)
{
	_cleanup_(list_freep) struct list *l = calloc(1, sizeof(*l));
	int err = l ? list_begin(userdata, parameters, l, ret, ret_error) : -ENOMEM;

	if (err)
		return err;
	*ret_parts = (struct control_parts){list_part, list_free, TAKE_PTR(l)};
	return 0;
}

/* NULL: not known. */
static struct json_object *opens_json(struct manager *m, const struct registry_group *g)
{
	struct json_object *array;

	if (opens_refresh(&m->opens, loader_opens_fd(m->loader)) < 0)
		return NULL;
	array = json_object_new_array();
	for (size_t i = 0; i < m->opens.n; i++)
		if (m->opens.all[i].group == g->id && !m->opens.all[i].space)
			json_object_array_add(array, describe_open(g, &m->opens.all[i]));
	return array;
}

int methods_get_group(void *userdata, struct json_object *parameters, struct json_object **ret,
		      const char **ret_error)
{
	struct manager *m = userdata;
	_cleanup_(registry_done) struct registry r = {};
	struct json_object *group, *device;
	const struct registry_group *g = NULL;
	int64_t id;
	int err;

	if (methods_parameter(parameters, "group", json_type_int, &group) < 0)
		return methods_refuse_parameter(ret, ret_error, "group");
	if (methods_parameter(parameters, "device", json_type_string, &device) < 0 ||
	    !group == !device)
		return methods_refuse_parameter(ret, ret_error, "device");
	err = counting_read(m->loader, &m->opens, &r);
	if (err)
		return err;
	id = json_object_get_int64(group);
	if (device)
		g = find_device(&r, json_object_get_string(device));
	else if (id >= 0 && id <= UINT32_MAX)
		g = registry_find_group(&r, id);
	if (!g && device)
		return methods_refuse(ret, ret_error, "io.ownerd.NoSuchDevice", "device",
				      json_object_get(device));
	if (!g)
		return methods_refuse(ret, ret_error, "io.ownerd.NoSuchGroup", "group",
				      json_object_get(group));
	*ret = json_object_new_object();
	json_object_object_add(*ret, "group", describe_group(g, &m->policy));
	json_object_object_add(*ret, "opens", opens_json(m, g));
	json_object_object_add(*ret, "refusals", describe_recent(&m->recent, g, &m->policy));
	containers_add_names(&m->known, *ret);
	return 0;
}
