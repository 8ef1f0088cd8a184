// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl graph: who owns what, and why devices are one group, as a picture.  Owners are the
 * daemon's, or what it left pinned says; the wiring is sysfs's.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include "cli.h"
#include "describe.h"
#include "graph.h"
#include "host.h"
#include "log.h"
#include "titles.h"
#include "topology.h"

struct picture {
	struct graph_group *groups;
	size_t n;
};

static void picture_done(struct picture *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct graph_group *g = &p->groups[i];

		for (size_t j = 0; j < g->n_devices; j++) {
			free((char *)g->devices[j].name);
			free((char *)g->devices[j].above);
		}
		for (char **r = g->reasons; r && *r; r++)
			free(*r);
		free(g->reasons);
		free((char *)g->holder);
		free((char *)g->rules);
		free((void *)g->devices);
	}
	free(p->groups);
}

static char *holder_of(struct json_object *group)
{
	struct json_object *holder = field_object(group, "holder");
	const char *unit = field_string(holder, "unit");
	_cleanup_free_ char *task = output_task(holder);

	if (!text_is(field_string(group, "owner"), "user"))
		return NULL;
	if (!holder)
		return output_format("unknown process");
	return output_format("%s%s%s", task, unit ? " of " : "", unit ?: "");
}

static char *rules_of(struct json_object *group)
{
	struct json_object *rules = field_array(group, "rules");
	char *text = NULL;

	for (size_t i = 0; i < array_length(rules); i++) {
		struct json_object *rule = array_get(rules, i);
		_cleanup_free_ char *before = text;

		text = output_format("%s%s%s: %s", before ? before : "rules: ", before ? ", " : "",
				     field_string(rule, "act") ?: "?",
				     field_string(rule, "name") ?: "?");
	}
	return text;
}

static void add_group(struct picture *p, struct topology *t, struct json_object *group, bool owned)
{
	struct json_object *array = field_array(group, "devices");
	size_t n = array_length(array), n_pci = 0;
	struct graph_device *devices = output_must(calloc(n + 1, sizeof(*devices)));
	_cleanup_free_ struct topology_device *wired = output_must(calloc(n + 1, sizeof(*wired)));
	_cleanup_free_ const char **names = output_must(calloc(n + 1, sizeof(*names)));
	struct graph_group *g;

	for (size_t i = 0; i < n; i++) {
		struct json_object *device = array_get(array, i);
		struct topology_device *w = &wired[n_pci];

		devices[i].name = output_device(device);
		devices[i].title = field_string(device, "title");
		devices[i].driver = field_string(device, "driver");
		if (!text_is(field_string(device, "bus"), "pci") ||
		    !topology_read(t, devices[i].name, w))
			continue;
		names[n_pci++] = devices[i].name;
		devices[i].bridge = w->bridge;
		devices[i].above = *w->above ? output_format("%s", w->above) : NULL;
		if (w->bridge || n > 1)
			devices[i].fault = topology_words(w->fault);
	}
	p->groups = output_must(reallocarray(p->groups, p->n + 1, sizeof(*p->groups)));
	g = &p->groups[p->n++];
	*g = (struct graph_group){
		.id = field_int(group, "group"),
		.owner = owned ? field_string(group, "owner") : NULL,
		.holder = holder_of(group),
		.rules = rules_of(group),
		.devices = devices,
		.n_devices = n,
		.reasons = n_pci == n ? topology_reasons(names, wired, n) : NULL,
	};
}

/* The groups of another host, of which only the wiring is known. */
static int read_host(const struct cli *cli, struct json_object **ret)
{
	_cleanup_(host_done) struct host host = {};
	_cleanup_free_ char *error = NULL;
	int r = host_read(&host, cli->host, &error);

	if (r < 0)
		return cli_fail(r, error);
	*ret = json_object_new_array();
	for (size_t i = 0; i < host.registry.n_groups; i++)
		json_object_array_add(*ret, describe_group(&host.registry.groups[i], NULL));
	return CLI_OK;
}

static int read_daemon(const struct cli *cli, struct json_object **ret)
{
	const struct source_filter all = {};
	_cleanup_source_ struct source *source = NULL;
	_cleanup_free_ char *error = NULL;
	int r = cli_open(cli, true, &source);

	if (r)
		return r;
	r = source_groups(source, &all, ret, &error);
	if (r < 0)
		return cli_fail(r, error);
	for (size_t i = 0; i < array_length(*ret); i++)
		titles_add(array_get(*ret, i));
	return CLI_OK;
}

/* Graphviz draws what it is given on its standard input, on ours. */
static int draw(const char *dot)
{
	FILE *f = popen("command -v dot >/dev/null || exit 127; exec dot -Tsvg", "we");
	int status;

	if (!f) {
		log_error("dot: %s", strerror(errno));
		return CLI_DOWN;
	}
	signal(SIGPIPE, SIG_IGN); /* its status says more */
	fputs(dot, f);
	status = pclose(f);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return CLI_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		log_error("--svg needs Graphviz, and there is no dot: install graphviz, or draw "
			  "elsewhere what ownerctl graph --dot prints");
	else
		log_error("dot failed; ownerctl graph --dot prints what it was given");
	return CLI_DOWN;
}

int cmd_graph(const struct cli *cli)
{
	_cleanup_json_ struct json_object *groups = NULL;
	_cleanup_(picture_done) struct picture picture = {};
	_cleanup_free_ char *dot = NULL;
	struct topology *topology;
	int r;

	if (cli->dot && cli->svg) {
		log_error("--dot and --svg exclude each other");
		return CLI_USAGE;
	}
	if (cli->format != OUTPUT_TEXT) {
		log_error("a graph is DOT or SVG; ownerctl list has JSON and raw lines");
		return CLI_USAGE;
	}
	r = cli->host ? read_host(cli, &groups) : read_daemon(cli, &groups);
	if (r)
		return r;
	topology = topology_new(cli->host ?: "");
	for (size_t i = 0; i < array_length(groups); i++)
		add_group(&picture, topology, array_get(groups, i), !cli->host);
	topology_free(topology);
	dot = graph_render(picture.groups, picture.n);
	if (cli->svg)
		return draw(dot);
	fputs(dot, stdout);
	return CLI_OK;
}
