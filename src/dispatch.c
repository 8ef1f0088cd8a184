// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "dispatch.h"
#include "varlink.h"

#define SERVICE "org.varlink.service"

static const char service_description[] =
	"# What every Varlink service offers.\n"
	"interface " SERVICE "\n\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n"
	"  product: string,\n"
	"  version: string,\n"
	"  url: string,\n"
	"  interfaces: []string\n"
	")\n\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
	"error InterfaceNotFound (interface: string)\n"
	"error MethodNotFound (method: string)\n"
	"error MethodNotImplemented (method: string)\n"
	"error InvalidParameter (parameter: string)\n"
	"error PermissionDenied ()\n"
	"error ExpectedMore ()\n";

/* {key: value}, or NULL when out of memory. */
static struct json_object *object_of(const char *key, const char *value)
{
	_cleanup_(varlink_put) struct json_object *object = json_object_new_object();
	struct json_object *string = json_object_new_string(value ?: "");

	if (!object || !string || json_object_object_add(object, key, string) < 0) {
		json_object_put(string);
		return NULL;
	}
	return TAKE_PTR(object);
}

/* Every error of org.varlink.service says in one parameter what was wrong. */
static int service_error(const char *name, const char *key, const char *value,
			 struct json_object **ret, const char **ret_error)
{
	struct json_object *parameters = object_of(key, value);

	if (!parameters)
		return -ENOMEM;
	*ret = parameters;
	*ret_error = name;
	return -EINVAL;
}

static int service_get_info(void *userdata, struct json_object *parameters,
			    struct json_object **ret, const char **ret_error)
{
	const struct control_config *config = userdata;
	const struct {
		const char *key, *value;
	} fields[] = {{"vendor", config->vendor},
		      {"product", config->product},
		      {"version", config->version},
		      {"url", config->url}};
	_cleanup_(varlink_put) struct json_object *info = json_object_new_object();
	struct json_object *interfaces = json_object_new_array();

	if (!info || !interfaces || json_object_object_add(info, "interfaces", interfaces) < 0) {
		json_object_put(interfaces);
		return -ENOMEM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (json_object_object_add(info, fields[i].key,
					   json_object_new_string(fields[i].value ?: "")) < 0)
			return -ENOMEM;
	if (json_object_array_add(interfaces, json_object_new_string(SERVICE)) < 0 ||
	    json_object_array_add(interfaces, json_object_new_string(config->interface)) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(info);
	return 0;
}

static int service_get_description(void *userdata, struct json_object *parameters,
				   struct json_object **ret, const char **ret_error)
{
	const struct control_config *config = userdata;
	struct json_object *value = json_object_object_get(parameters, "interface");
	const char *name, *description;

	if (!json_object_is_type(value, json_type_string))
		return service_error(SERVICE ".InvalidParameter", "parameter", "interface", ret,
				     ret_error);
	name = json_object_get_string(value);
	if (strcmp(name, SERVICE) == 0)
		description = service_description;
	else if (strcmp(name, config->interface) == 0)
		description = config->description;
	else
		return service_error(SERVICE ".InterfaceNotFound", "interface", name, ret,
				     ret_error);
	*ret = object_of("description", description);
	return *ret ? 0 : -ENOMEM;
}

static const struct control_method service_methods[] = {
	{SERVICE ".GetInfo", service_get_info, NULL, false},
	{SERVICE ".GetInterfaceDescription", service_get_description,
	 (const char *const[]){"interface", NULL}, false},
	{},
};

static const struct control_method *find_method(const struct control_method *table,
						const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* Whether `name` is "INTERFACE.MEMBER". */
static bool is_of(const char *name, const char *interface)
{
	const char *dot = strrchr(name, '.');
	size_t length = strlen(interface);

	return dot && (size_t)(dot - name) == length && strncmp(name, interface, length) == 0;
}

/* Whether the interface's text has the method: "\nmethod MEMBER(". */
static bool is_described(const char *description, const char *member)
{
	size_t length = strlen(member);

	for (const char *at = description; (at = strstr(at, "\nmethod ")) != NULL;) {
		at += strlen("\nmethod ");
		if (strncmp(at, member, length) == 0 && strchr(" (", at[length]))
			return length > 0;
	}
	return false;
}

/* Why there is no such method. */
static int refuse_name(const struct control_config *config, const char *name,
		       struct json_object **ret, const char **ret_error)
{
	_cleanup_free_ char *interface = NULL;
	const char *dot = strrchr(name, '.');

	if (is_of(name, config->interface))
		return service_error(is_described(config->description, dot + 1)
					     ? SERVICE ".MethodNotImplemented"
					     : SERVICE ".MethodNotFound",
				     "method", name, ret, ret_error);
	if (is_of(name, SERVICE))
		return service_error(SERVICE ".MethodNotFound", "method", name, ret, ret_error);
	interface = dot ? strndup(name, dot - name) : strdup(name);
	if (!interface)
		return -ENOMEM;
	return service_error(SERVICE ".InterfaceNotFound", "interface", interface, ret, ret_error);
}

/* The first parameter that the method does not have, or NULL. */
static const char *unknown_parameter(const struct control_method *method,
				     struct json_object *parameters)
{
	struct json_object_iterator i = json_object_iter_begin(parameters);
	struct json_object_iterator end = json_object_iter_end(parameters);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *name = json_object_iter_peek_name(&i);
		const char *const *known = method->parameters;

		while (known && *known && strcmp(*known, name) != 0)
			known++;
		if (!known || !*known)
			return name;
	}
	return NULL;
}

/* An optional parameter may be given as null; handlers need not know. */
static void drop_nulls(struct json_object *parameters)
{
	json_object_object_foreach(parameters, key, value) if (!value)
		json_object_object_del(parameters, key);
}

/*
 * 1: it subscribes, or is answered in parts; 0 and the reply's parameters; negative and, if there
 * is one, the error.
 */
static int run_call(const struct control_config *config, const struct varlink_call *call,
		    struct control_parts *ret_parts, struct json_object **ret,
		    const char **ret_error)
{
	const struct control_method *method = find_method(service_methods, call->method);
	void *userdata = method ? (void *)config : config->userdata;
	void (*prepare)(void *userdata) = NULL;
	const char *unknown;
	int r;

	if (!method) {
		method = find_method(config->methods, call->method);
		prepare = config->before;
	}
	if (!method)
		return refuse_name(config, call->method, ret, ret_error);
	unknown = call->parameters ? unknown_parameter(method, call->parameters) : NULL;
	if (unknown)
		return service_error(SERVICE ".InvalidParameter", "parameter", unknown, ret,
				     ret_error);
	if (call->parameters)
		drop_nulls(call->parameters);
	if (prepare)
		prepare(config->userdata);
	if (call->more && !call->oneway && method->parts) {
		r = method->parts(userdata, call->parameters, ret_parts, ret, ret_error);
		return r < 0 ? r : 1;
	}
	if (method->handler) {
		r = method->handler(userdata, call->parameters, ret, ret_error);
		return r < 0 ? r : 0;
	}
	if (call->more)
		return 1;
	*ret_error = SERVICE ".ExpectedMore";
	return -EINVAL;
}

/* Takes `parameters` over; `error` is NULL if it went well. */
static int make_reply(const char *error, struct json_object *parameters, bool continues,
		      struct json_object **ret)
{
	_cleanup_(varlink_put) struct json_object *message = json_object_new_object();
	struct json_object *name = NULL;

	if (!parameters)
		parameters = json_object_new_object();
	if (!message || !parameters ||
	    json_object_object_add(message, "parameters", parameters) < 0) {
		json_object_put(parameters);
		return -ENOMEM;
	}
	if (error) {
		name = json_object_new_string(error);
		if (!name || json_object_object_add(message, "error", name) < 0) {
			json_object_put(name);
			return -ENOMEM;
		}
	}
	if (continues &&
	    json_object_object_add(message, "continues", json_object_new_boolean(true)) < 0)
		return -ENOMEM;
	*ret = TAKE_PTR(message);
	return 0;
}

int dispatch_part(const struct control_parts *parts, struct json_object **ret)
{
	struct json_object *parameters = NULL;
	int follows = parts->next(parts->state, &parameters), r;

	if (follows < 0)
		return follows;
	r = make_reply(NULL, parameters, follows, ret);
	return r < 0 ? r : follows;
}

struct json_object *dispatch_too_long(const struct control_config *config,
				      struct json_object *message)
{
	const struct control_method *method;
	struct json_object *reply = NULL;
	struct varlink_call call;

	if (varlink_parse_call(&call, message) < 0)
		return NULL;
	method = find_method(config->methods, call.method);
	if (!method || !method->parts)
		return NULL;
	make_reply(SERVICE ".ExpectedMore", NULL, false, &reply);
	return reply;
}

static bool may_call(const struct control_config *config, enum dispatch_caller caller,
		     const char *name)
{
	const struct control_method *method = find_method(config->methods, name);

	if (caller == CALLER_STRANGER)
		return is_of(name, SERVICE);
	return caller == CALLER_ROOT || !method || !method->root_only;
}

int dispatch_message(const struct control_config *config, enum dispatch_caller caller,
		     struct json_object *message, struct control_parts *ret_parts,
		     struct json_object **ret)
{
	_cleanup_(varlink_put) struct json_object *parameters = NULL;
	_cleanup_free_ char *denied = NULL;
	const char *error = NULL;
	struct varlink_call call;
	int r;

	r = varlink_parse_call(&call, message);
	if (r < 0)
		return r;
	if (may_call(config, caller, call.method)) {
		r = run_call(config, &call, ret_parts, &parameters, &error);
	} else {
		if (asprintf(&denied, "%s.PermissionDenied", config->interface) < 0)
			return -ENOMEM;
		error = denied;
		r = -EACCES;
	}
	if (r < 0 && !error)
		return r;
	if (call.oneway)
		return 0;
	if (r > 0)
		return 1;
	return make_reply(r < 0 ? error : NULL, TAKE_PTR(parameters), false, ret);
}
