// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "collect.h"
#include "methods.h"
#include "util.h"

int methods_get_metrics(void *userdata, struct json_object *parameters, struct json_object **ret,
			const char **ret_error)
{
	_cleanup_free_ char *text = collect_text(userdata);

	if (!text)
		return -ENOMEM;
	*ret = json_object_new_object();
	json_object_object_add(*ret, "text", json_object_new_string(text));
	return 0;
}
