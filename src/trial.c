// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "cli.h"
#include "log.h"
#include "resolve.h"
#include "runtimes.h"
#include "trial.h"

/* What the daemon would load.  An unreadable answer is as good as none here. */
static char *configured_path(const struct cli *cli)
{
	_cleanup_json_ struct json_object *policy = NULL;
	_cleanup_source_ struct source *source = NULL;
	_cleanup_free_ char *error = NULL;
	const char *path = NULL;

	if (source_open(&source, cli->socket, false, &error) >= 0 &&
	    source_policy(source, &policy, &error) >= 0)
		path = field_string(policy, "configured");
	return output_format("%s", path ? path : RULES_DIR);
}

static int fail(const struct trial *t, int err)
{
	if (err == -E2BIG)
		log_error("%s: too large: at most %d rules, %d devices in all of them, %d subjects "
			  "and %d drivers",
			  t->path, POLICY_RULES_MAX, POLICY_SELECTS_MAX, POLICY_MATCHERS_MAX,
			  POLICY_DRIVERS_MAX);
	else
		log_error("%s: %s", t->path, strerror(-err));
	return CLI_NO;
}

struct containers trial_containers(const struct cli *cli)
{
	struct containers known = {};
	size_t unread;

	runtimes_read(&known, cli->host ? cli->host : "", &unread);
	return known;
}

/* Who is not root does not see what names stand for. */
static int resolve(struct trial *t, const struct cli *cli)
{
	int err;

	t->known = trial_containers(cli);
	err = resolve_policy(&t->policy, &t->known);
	if (!err && (cli->host || geteuid() == 0))
		err = resolve_warn(&t->rules, &t->policy, &t->known);
	return err;
}

int trial_load(struct trial *ret, const struct cli *cli, const char *path)
{
	struct trial t = {.path = path ? output_format("%s", path) : configured_path(cli)};
	_cleanup_free_ char *error = NULL;
	int err = 0;

	if (path && access(path, F_OK) < 0)
		err = -errno;
	if (!err) {
		err = rules_load(&t.rules, t.path, &error);
		if (error) {
			log_error("%s", error);
			trial_done(&t);
			return CLI_NO;
		}
	}
	err = err ?: policy_compile(&t.policy, &t.rules, NULL, 0) ?: resolve(&t, cli);
	if (err) {
		fail(&t, err);
		trial_done(&t);
		return CLI_NO;
	}
	*ret = t;
	return CLI_OK;
}

void trial_done(struct trial *t)
{
	free(t->path);
	rules_done(&t->rules);
	policy_done(&t->policy);
	containers_done(&t->known);
	*t = (struct trial){};
}

int trial_host(struct host *ret, const struct cli *cli)
{
	_cleanup_free_ char *error = NULL;

	if (host_read(ret, cli->host, &error) == 0)
		return CLI_OK;
	log_error("%s", error);
	return CLI_USAGE;
}
