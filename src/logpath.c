// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "config.h"
#include "log.h"
#include "logpath.h"

/* The daemon's Log; NULL: it does not run, or writes no file. */
static struct json_object *ask(const struct cli *cli)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_json_ struct json_object *status = NULL;
	_cleanup_free_ char *error = NULL;

	if (source_open(&source, cli->socket, false, &error) < 0)
		return NULL;
	if (source_status(source, &status, &error) < 0)
		return NULL;
	return json_object_get(field_object(status, "log"));
}

static int read_config(char **ret_path)
{
	_cleanup_(config_done) struct config config = {};
	_cleanup_free_ char *error = NULL;
	int err = access(CONFIG_PATH, F_OK) == 0 ? config_load(&config, CONFIG_PATH, &error) : 0;

	if (err) {
		log_error("%s", error ? error : "out of memory");
		return CLI_USAGE;
	}
	if (!config.log) {
		log_error("no audit log: ownerd does not say where it is, nor does %s; ownerd "
			  "--log FILE writes one, --file FILE reads it",
			  CONFIG_PATH);
		return CLI_USAGE;
	}
	*ret_path = TAKE_PTR(config.log);
	return CLI_OK;
}

int logpath_find(const struct cli *cli, char **ret_path, struct json_object **ret_last)
{
	_cleanup_json_ struct json_object *last = ask(cli);
	const char *path = field_string(last, "path");

	if (cli->file && !text_is(path, cli->file)) {
		*ret_path = output_format("%s", cli->file);
		return CLI_OK;
	}
	if (!path)
		return read_config(ret_path);
	*ret_path = output_format("%s", path);
	*ret_last = TAKE_PTR(last);
	return CLI_OK;
}
