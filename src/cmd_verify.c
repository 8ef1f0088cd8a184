// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl verify: is each record what the kernel itself says?
 */
#include <errno.h>
#include <string.h>
#include "cli.h"
#include "log.h"
#include "registry.h"
#include "verify.h"

static int fail(int error)
{
	if (error == -ENOENT)
		log_error("nothing is pinned in %s, so there is nothing to compare; start ownerd, "
			  "with bpffs mounted at /sys/fs/bpf",
			  REGISTRY_PIN_DIR);
	else if (error == -EOPNOTSUPP)
		log_error("what is pinned in %s cannot compare itself: an older ownerd's, or the "
			  "kernel has no bpf_iter_bpf_map_elem (5.9)",
			  REGISTRY_PIN_DIR);
	else
		log_error("%s: %s%s", REGISTRY_PIN_DIR, strerror(-error),
			  error == -EACCES || error == -EPERM ? "; run this as root" : "");
	return CLI_DOWN;
}

static void print_json(const struct verify *v)
{
	struct json_object *o = output_must(json_object_new_object());
	struct json_object *differences = output_must(json_object_new_array());

	json_object_object_add(o, "groups", json_object_new_int64(v->n_groups));
	json_object_object_add(o, "devices", json_object_new_int64(v->n_devices));
	for (size_t i = 0; i < v->n_differences; i++)
		array_add(differences, "%s", v->differences[i]);
	json_object_object_add(o, "differences", differences);
	output_json(o);
	json_object_put(o);
}

static void print_text(const struct verify *v)
{
	for (size_t i = 0; i < v->n_differences; i++)
		output_line("%s", v->differences[i]);
	output_text(v->n_differences ? STYLE_BAD : STYLE_GOOD,
		    "%zu groups and %zu devices compared, %zu differ", v->n_groups, v->n_devices,
		    v->n_differences);
	putchar('\n');
}

int cmd_verify(const struct cli *cli)
{
	struct verify v = {};
	int err = verify_pinned(&v, REGISTRY_PIN_DIR), status;

	if (err)
		return fail(err);
	if (cli->format == OUTPUT_JSON)
		print_json(&v);
	else if (cli->format == OUTPUT_RAW)
		for (size_t i = 0; i < v.n_differences; i++)
			output_raw((const char *[]){v.differences[i]}, 1);
	else
		print_text(&v);
	status = v.n_differences ? CLI_NO : CLI_OK;
	verify_done(&v);
	return status;
}
