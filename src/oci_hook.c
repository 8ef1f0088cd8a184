// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerd-oci-hook: an OCI runtime hook, for createRuntime and poststop.  It tells ownerd of the
 * container, and fails the creation of one that is to be given another's group.
 *
 * It only spares people a container that could not open its device: whatever it says, the kernel
 * decides.  So what it cannot find out is a warning, and the container is made.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include "asker.h"
#include "client.h"
#include "control.h"
#include "decide.h"
#include "describe.h"
#include "generation.h"
#include "log.h"
#include "oci.h"
#include "output.h"
#include "registry.h"

#define NAME "ownerd-oci-hook"

#define USAGE                                                                                      \
	"Usage: " NAME " [createRuntime|poststop]\n"                                               \
	"An OCI runtime runs it, with the container's state on standard input; see " NAME "(8).\n"

/* Some runtimes throw a hook's standard error away. */
static _printf_(2, 3) void say(int level, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return;
	log_message(level, "%s", text);
	syslog(level, "%s", text);
}

/* The daemon. */

static void client_freep(struct client **c)
{
	if (*c)
		client_free(*c);
}

/* Takes `parameters` over.  Who is not root is told so by the maps. */
static void tell_daemon(const char *method, struct json_object *parameters)
{
	_cleanup_(client_freep) struct client *client = NULL;
	_cleanup_json_ struct json_object *reply = NULL;
	_cleanup_free_ char *error = NULL;
	int r = client_connect(&client, CONTROL_SOCKET_PATH);

	if (r < 0)
		json_object_put(parameters);
	else
		r = client_call(client, method, parameters, &reply, &error);
	if (r == -ENOENT || r == -ECONNREFUSED)
		say(LOG_WARNING, "ownerd is not running, and is not told of the container: the "
				 "policy does not follow names; systemctl start ownerd");
	else if (r < 0 && (!error || strcmp(error, "io.ownerd.PermissionDenied") != 0))
		say(LOG_WARNING, "ownerd is not told of the container: %s",
		    error ? error : strerror(-r));
}

static void do_register(const struct oci_state *s)
{
	struct json_object *parameters = output_must(json_object_new_object());

	if (!containers_is_id(s->id)) {
		json_object_put(parameters);
		return;
	}
	field_add(parameters, "id", "%s", s->id);
	if (s->name)
		field_add(parameters, "name", "%s", s->name);
	if (s->pid)
		json_object_object_add(parameters, "pid", json_object_new_int(s->pid));
	tell_daemon("io.ownerd.RegisterContainer", parameters);
}

static void do_unregister(const struct oci_state *s)
{
	struct json_object *parameters = output_must(json_object_new_object());

	if (!containers_is_id(s->id)) {
		json_object_put(parameters);
		return;
	}
	field_add(parameters, "id", "%s", s->id);
	tell_daemon("io.ownerd.UnregisterContainer", parameters);
}

/* What is in force. */

struct force {
	struct registry registry;
	struct policy policy;
	bool enforces;
};

static void force_done(struct force *f)
{
	registry_done(&f->registry);
	policy_done(&f->policy);
}

/* Nobody yet knows as whom, and by which program, the container will claim: an entry that asks for
 * that may come to hold in a list that allows, and need not in one that denies. */
static void expect_anybody(struct policy *p)
{
	const uint32_t unknown = MATCH_UID | MATCH_GID | MATCH_EXE;

	for (uint32_t i = 0; i < p->head.rules; i++) {
		const struct policy_list *deny = &p->rules[i].claim_deny;
		const struct policy_list *allow = &p->rules[i].claim_allow;

		for (uint32_t k = 0; k < deny->n; k++) {
			struct policy_matcher *m = &p->matchers[deny->first + k];

			if (m->tests & unknown)
				*m = (struct policy_matcher){.tests = MATCH_EXE};
		}
		for (uint32_t k = 0; k < allow->n; k++) {
			struct policy_matcher *m = &p->matchers[allow->first + k];

			if (!(m->tests & MATCH_PROGRAM))
				m->tests = (m->tests & ~unknown) | MATCH_ANY;
		}
	}
}

static int read_force(struct force *ret)
{
	_cleanup_(force_done) struct force f = {};
	struct owner_config config = {};
	struct registry_maps maps;
	int err = registry_open_pinned(&maps, REGISTRY_PIN_DIR);

	if (err)
		return err;
	err = registry_read(&f.registry, &maps)
		      ?: registry_read_config(&config, REGISTRY_PIN_DIR)
		      ?: generation_read(&f.policy, &maps, generation_in_force(&config));
	registry_close_maps(&maps);
	if (err && err != -ENOENT) /* there may be no policy */
		return err;
	f.enforces = generation_enforces(&config);
	expect_anybody(&f.policy);
	*ret = f;
	f = (struct force){};
	return 0;
}

static void say_unread(int err)
{
	if (err == -ENOENT)
		say(LOG_WARNING, "nothing of ownerd is in force: the container's groups are not "
				 "looked at; systemctl start ownerd");
	else if (err == -EACCES || err == -EPERM)
		say(LOG_WARNING, "only root can read the policy in force: the container's groups "
				 "are not looked at, and the kernel decides when they are opened");
	else
		say(LOG_WARNING,
		    "the policy in force cannot be read: %s; the container's groups are not looked "
		    "at, and the kernel decides when they are opened",
		    strerror(-err));
}

/* Deciding. */

/* Its cgroup as it is, or as the configuration wants it. */
static int find_asker(struct asker *ret, const struct oci_state *s, struct json_object *config,
		      char **ret_error)
{
	_cleanup_free_ char *path = oci_cgroup(config), *text = NULL;

	if (s->pid)
		text = output_format("pid=%d", s->pid);
	else if (path)
		text = output_format("cgroup=%s", path);
	else
		*ret_error = output_format("the state has no \"pid\"");
	return text ? asker_parse(ret, text, NULL, ret_error) : -EINVAL;
}

static char *why(const struct force *f, const struct decide_result *d)
{
	const struct policy_rule *rule =
		d->rule < f->policy.head.rules ? &f->policy.rules[d->rule] : NULL;

	if (d->reason == REASON_RESERVED)
		return output_format("it is reserved for the host (--reserve)");
	if (d->reason == REASON_DEFAULT || !rule)
		return output_format("no rule gives it to this container, and the policy's default "
				     "is to deny");
	return output_format("rule \"%s\" (%s) does not give it to this container", rule->name,
			     rule->place);
}

/* Whether the container may have it. */
static bool check_group(const struct force *f, const struct oci_group *wanted,
			const struct asker *asker, const char *id)
{
	const struct registry_group *g = registry_find_group(&f->registry, wanted->group);
	_cleanup_free_ char *reason = NULL, *cgroup = NULL;
	struct decide_result d;

	if (!g)
		return true;
	d = decide_claim(&f->policy, g->devices, g->n_devices, &asker->subject);
	if (!d.reason)
		return true;
	reason = why(f, &d);
	cgroup = output_shell_word(asker->subject.facts.path);
	say(f->enforces ? LOG_ERR : LOG_WARNING,
	    "container %.12s %s group %u (%s, %s%s): %s; see ownerctl show %u, ownerctl can claim "
	    "%u --as cgroup=%s",
	    id,
	    f->enforces ? "is refused: it asks for" : "would be refused in enforce mode:", g->id,
	    wanted->path, g->n_devices ? g->devices[0].id.name : "no device",
	    g->n_devices > 1 ? " and others" : "", reason, g->id, g->id, cgroup);
	return false;
}

/* Whether the container may be made. */
static bool check(const struct oci_state *s, struct json_object *config,
		  const struct oci_groups *wanted)
{
	_cleanup_(force_done) struct force f = {};
	_cleanup_(asker_done) struct asker asker = {};
	_cleanup_free_ char *error = NULL;
	bool allowed = true;
	int err = read_force(&f);

	if (err) {
		say_unread(err);
		return true;
	}
	if (find_asker(&asker, s, config, &error) < 0) {
		say(LOG_WARNING,
		    "the cgroup of container %.12s cannot be told: %s; its groups are not looked "
		    "at, and the kernel decides when they are opened",
		    s->id, error);
		return true;
	}
	for (size_t i = 0; i < wanted->n; i++)
		allowed &= check_group(&f, &wanted->list[i], &asker, s->id);
	return allowed || !f.enforces;
}

static int create(const struct oci_state *s)
{
	_cleanup_(oci_groups_done) struct oci_groups wanted = {};
	_cleanup_json_ struct json_object *config = NULL;
	_cleanup_free_ char *error = NULL;
	int err = oci_read_config(&config, s->bundle, &error)
			  ?: oci_find_groups(&wanted, config, "", &error);

	if (err) {
		say(LOG_ERR, "%s", error ? error : strerror(-err));
		return EXIT_FAILURE;
	}
	do_register(s);
	if (!wanted.n || check(s, config, &wanted))
		return EXIT_SUCCESS;
	do_unregister(s);
	return EXIT_FAILURE;
}

/* createRuntime's status is "creating", or "created" by crun; poststop's is "stopped". */
static bool is_stopped(const char *stage, const struct oci_state *s)
{
	return stage ? text_is(stage, "poststop") : text_is(s->status, "stopped");
}

int main(int argc, char **argv)
{
	_cleanup_(oci_state_done) struct oci_state state = {};
	const char *stage = argc > 1 ? argv[1] : NULL;
	_cleanup_free_ char *error = NULL;
	int err;

	log_set_name(NAME);
	openlog(NAME, LOG_PID, LOG_DAEMON);
	if (text_is(stage, "--help")) {
		fputs(USAGE, stdout);
		return EXIT_SUCCESS;
	}
	if (argc > 2 ||
	    (stage && !text_is(stage, "createRuntime") && !text_is(stage, "poststop"))) {
		fputs(USAGE, stderr);
		return EXIT_FAILURE;
	}
	err = oci_read_state(&state, STDIN_FILENO, &error);
	if (err) {
		say(LOG_ERR, "%s", error ? error : strerror(-err));
		return EXIT_FAILURE;
	}
	if (!is_stopped(stage, &state))
		return create(&state);
	do_unregister(&state);
	return EXIT_SUCCESS;
}
