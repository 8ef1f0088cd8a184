// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "apply.h"
#include "describe.h"
#include "generation.h"
#include "methods.h"
#include "util.h"

/* What is in force: counts as the programs have them now. */
static int answer(struct manager *m, struct json_object **ret)
{
	struct registry_maps maps = loader_maps(m->loader);
	struct owner_config *config = loader_config(m->loader);
	_cleanup_(policy_done) struct policy p = {};
	struct json_object *policy;
	int err = generation_read(&p, &maps, config->generation);

	if (err && err != -ENOENT)
		return err;
	policy = describe_policy(&p, config);
	if (m->policy_path)
		json_object_object_add(policy, "path", json_object_new_string(m->policy_path));
	json_object_object_add(policy, "configured",
			       json_object_new_string(m->config.policy ?: RULES_DIR));
	if (m->stands_in)
		json_object_object_add(policy, "rejected", json_object_new_boolean(true));
	*ret = json_object_new_object();
	json_object_object_add(*ret, "policy", policy);
	return 0;
}

/* Takes `message` over. */
static int refuse(int error, char *message, struct json_object **ret, const char **ret_error)
{
	_cleanup_free_ char *owned = message;

	return methods_refuse(ret, ret_error,
			      error == -EBUSY ? "io.ownerd.PolicyRefused"
					      : "io.ownerd.PolicyInvalid",
			      "message", json_object_new_string(owned ?: "out of memory"));
}

int methods_get_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
		       const char **ret_error)
{
	apply_settle(userdata);
	return answer(userdata, ret);
}

static int answer_applied(struct manager *m, const struct rules *rules, struct json_object **ret)
{
	struct json_object *warnings = json_object_new_array();
	int err = answer(m, ret);

	for (size_t i = 0; i < rules->n_warnings; i++)
		json_object_array_add(warnings, json_object_new_string(rules->warnings[i]));
	if (err)
		json_object_put(warnings);
	else
		json_object_object_add(*ret, "warnings", warnings);
	return err;
}

int methods_apply_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			 const char **ret_error)
{
	_cleanup_(rules_done) struct rules rules = {};
	struct json_object *path, *within;
	char *message = NULL;
	int64_t sec;
	int err;

	if (methods_parameter(parameters, "path", json_type_string, &path) < 0)
		return methods_refuse_parameter(ret, ret_error, "path");
	if (methods_parameter(parameters, "confirm_within", json_type_int, &within) < 0)
		return methods_refuse_parameter(ret, ret_error, "confirm_within");
	sec = json_object_get_int64(within);
	if (within && (sec < 1 || sec > APPLY_WITHIN_MAX))
		return methods_refuse_parameter(ret, ret_error, "confirm_within");
	err = apply_policy(userdata, json_object_get_string(path), sec, &rules, &message);
	if (err)
		return refuse(err, message, ret, ret_error);
	return answer_applied(userdata, &rules, ret);
}

int methods_confirm_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			   const char **ret_error)
{
	char *message = NULL;
	int err = apply_confirm(userdata, &message);

	return err ? refuse(err, message, ret, ret_error) : answer(userdata, ret);
}

int methods_revert_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			  const char **ret_error)
{
	char *message = NULL;
	int err = apply_revert(userdata, &message);

	return err ? refuse(err, message, ret, ret_error) : answer(userdata, ret);
}
