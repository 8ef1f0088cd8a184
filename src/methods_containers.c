// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "follow.h"
#include "gone.h"
#include "log.h"
#include "methods.h"

int methods_list_containers(void *userdata, struct json_object *parameters,
			    struct json_object **ret, const char **ret_error)
{
	static const char *const states[] = {"gone", "registered", "named"};
	struct json_object *array = json_object_new_array();
	struct manager *m = userdata;

	for (size_t i = 0; i < m->known.n; i++) {
		const struct container *c = &m->known.list[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "id", json_object_new_string(c->id));
		if (*c->name)
			json_object_object_add(o, "name", json_object_new_string(c->name));
		json_object_object_add(o, "state", json_object_new_string(states[c->state]));
		json_object_array_add(array, o);
	}
	*ret = json_object_new_object();
	json_object_object_add(*ret, "containers", array);
	return 0;
}

/* An id that a runtime gives is 64 digits; what has another is not named by its cgroup either. */
static int read_id(struct json_object *parameters, struct json_object **ret_id)
{
	if (methods_parameter(parameters, "id", json_type_string, ret_id) < 0 || !*ret_id ||
	    !containers_is_id(json_object_get_string(*ret_id)))
		return -EINVAL;
	return 0;
}

int methods_register_container(void *userdata, struct json_object *parameters,
			       struct json_object **ret, const char **ret_error)
{
	struct manager *m = userdata;
	struct json_object *id, *name, *pid;
	int err;

	if (read_id(parameters, &id) < 0)
		return methods_refuse_parameter(ret, ret_error, "id");
	if (methods_parameter(parameters, "name", json_type_string, &name) < 0)
		return methods_refuse_parameter(ret, ret_error, "name");
	if (methods_parameter(parameters, "pid", json_type_int, &pid) < 0)
		return methods_refuse_parameter(ret, ret_error, "pid");
	if (pid)
		gone_remember(json_object_get_int(pid));
	follow_check(m);
	err = containers_register(&m->known, json_object_get_string(id),
				  json_object_get_string(name));
	if (err == -EINVAL)
		return methods_refuse_parameter(ret, ret_error, "name");
	if (err)
		return err;
	log_debug("container %s is registered", json_object_get_string(id));
	*ret = json_object_new_object();
	return 0;
}

int methods_unregister_container(void *userdata, struct json_object *parameters,
				 struct json_object **ret, const char **ret_error)
{
	struct manager *m = userdata;
	struct json_object *id;

	if (read_id(parameters, &id) < 0)
		return methods_refuse_parameter(ret, ret_error, "id");
	containers_unregister(&m->known, json_object_get_string(id));
	log_debug("container %s is unregistered", json_object_get_string(id));
	*ret = json_object_new_object();
	return 0;
}
