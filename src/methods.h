/* SPDX-License-Identifier: GPL-2.0-only */
/* The methods of io.ownerd: each reads the manager's state and describes it, or is told to change
 * it. */
#ifndef OWNERD_METHODS_H
#define OWNERD_METHODS_H

#include "control.h"

/* For control_config.methods; its userdata is the struct manager. */
extern const struct control_method methods_table[];

/* An error with one parameter, whose reference is taken over; a negative errno. */
int methods_refuse(struct json_object **ret, const char **ret_error, const char *error,
		   const char *key, struct json_object *value);
int methods_refuse_parameter(struct json_object **ret, const char **ret_error, const char *name);

/* A parameter of one type, or NULL in *ret_value if it is not given; -EINVAL: of another type. */
int methods_parameter(struct json_object *parameters, const char *name, enum json_type type,
		      struct json_object **ret_value);

/* Those of groups: methods_groups.c. */
int methods_list_groups(void *userdata, struct json_object *parameters, struct json_object **ret,
			const char **ret_error);
int methods_list_groups_in_parts(void *userdata, struct json_object *parameters,
				 struct control_parts *ret_parts, struct json_object **ret,
				 const char **ret_error);
int methods_get_group(void *userdata, struct json_object *parameters, struct json_object **ret,
		      const char **ret_error);

/* Those of containers: methods_containers.c. */
int methods_list_containers(void *userdata, struct json_object *parameters,
			    struct json_object **ret, const char **ret_error);
int methods_register_container(void *userdata, struct json_object *parameters,
			       struct json_object **ret, const char **ret_error);
int methods_unregister_container(void *userdata, struct json_object *parameters,
				 struct json_object **ret, const char **ret_error);

/* As GetStatus() has them: "lsm" or "fmod_ret"; "kernel", "ownerd" or "nobody". */
struct loader;
const char *methods_attach_name(struct loader *l);
const char *methods_arbiter_name(struct loader *l);

/* methods_metrics.c. */
int methods_get_metrics(void *userdata, struct json_object *parameters, struct json_object **ret,
			const char **ret_error);

/* Those of the policy: methods_policy.c. */
int methods_get_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
		       const char **ret_error);
int methods_apply_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			 const char **ret_error);
int methods_confirm_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			   const char **ret_error);
int methods_revert_policy(void *userdata, struct json_object *parameters, struct json_object **ret,
			  const char **ret_error);

/* The text of src/io.ownerd.varlink. */
extern const char methods_interface[];

#endif
