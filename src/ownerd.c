// SPDX-License-Identifier: GPL-2.0-only
/* ownerd: the daemon's command line. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include "apply.h"
#include "cmdline.h"
#include "config.h"
#include "enforce.h"
#include "feature.h"
#include "log.h"
#include "manager.h"
#include "pins.h"
#include "util.h"

enum {
	OPT_MODE = 256,
	OPT_CONFIG,
	OPT_CHECK,
	OPT_RESERVE,
	OPT_DEDICATE,
	OPT_LOG,
	OPT_SOCKET,
	OPT_POLICY,
	OPT_DEGRADED,
	OPT_NO_GUARD,
	OPT_REPROBE,
	OPT_MAX_GROUPS,
	OPT_UNPIN,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{"mode", required_argument, NULL, OPT_MODE},
	{"config", required_argument, NULL, OPT_CONFIG},
	{"check", no_argument, NULL, OPT_CHECK},
	{"reserve", required_argument, NULL, OPT_RESERVE},
	{"dedicate", required_argument, NULL, OPT_DEDICATE},
	{"log", required_argument, NULL, OPT_LOG},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"policy", required_argument, NULL, OPT_POLICY},
	{"allow-degraded", no_argument, NULL, OPT_DEGRADED},
	{"no-guard", no_argument, NULL, OPT_NO_GUARD},
	{"reprobe", required_argument, NULL, OPT_REPROBE},
	{"max-groups", required_argument, NULL, OPT_MAX_GROUPS},
	{"unpin", no_argument, NULL, OPT_UNPIN},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, OPT_VERSION},
	{},
};

static const char help[] =
	"Usage: ownerd [OPTION]...\n"
	"Keep the map of who owns each IOMMU group, and refuse what conflicts with it.\n"
	"\n"
	"      --mode MODE        observe (report) or enforce (refuse); default: what the\n"
	"                         policy says, else observe\n"
	"      --config FILE      read this configuration (YAML); options win over it\n"
	"      --policy PATH      a policy file, or a directory of *.yaml, instead of\n"
	"                         " RULES_DIR "\n"
	"      --reserve DEVICE   its group never goes to a user; may be repeated\n"
	"      --dedicate DEVICE  no host driver that does DMA binds in its group; the same\n"
	"      --log FILE         append one JSON object a line to FILE\n"
	"      --socket PATH      listen here instead of " CONTROL_SOCKET_PATH "\n"
	"      --allow-degraded   enforce even if that is weaker than asked\n"
	"      --no-guard         before 5.19: only report what breaks a group's ownership\n"
	"      --reprobe WHEN     of devices whose driver was refused, when the user has gone:\n"
	"                         ask (say how, the default), never or auto\n"
	"      --max-groups N     make room for N groups (default: by what the host has)\n"
	"      --check            show what this host has and lacks, load and unload, exit\n"
	"      --unpin            take down what an earlier ownerd left enforcing, exit\n"
	"  -v, --verbose          say more\n"
	"  -h, --help, --version\n"
	"\n"
	"A DEVICE is a PCI address (0000:3b:00.0) or BUS/NAME.\n"
	"Exit status: 0 stopped by a signal, 1 failed, 2 wrong usage or configuration,\n"
	"3 the host lacks something, 4 another ownerd runs, 5 enforce would be too weak.\n";

struct invocation {
	struct config config; /* from the options */
	const char *config_path;
	bool reprobe_given, check, unpin;
};

static int usage_error(const char *what, const char *value, const char *remedy)
{
	log_error("%s \"%s\": %s", what, value, remedy);
	return EXIT_USAGE;
}

static int set_mode(struct invocation *inv, const char *mode)
{
	if (strcmp(mode, "observe") == 0)
		inv->config.mode = MODE_OBSERVE;
	else if (strcmp(mode, "enforce") == 0)
		inv->config.mode = MODE_ENFORCE;
	else
		return usage_error("--mode", mode, "it is observe or enforce");
	inv->config.mode_given = true;
	return EXIT_OK;
}

static int set_reprobe(struct invocation *inv, const char *when)
{
	if (strcmp(when, "ask") == 0)
		inv->config.reprobe = REPROBE_ASK;
	else if (strcmp(when, "never") == 0)
		inv->config.reprobe = REPROBE_NEVER;
	else if (strcmp(when, "auto") == 0)
		inv->config.reprobe = REPROBE_AUTO;
	else
		return usage_error("--reprobe", when, "it is ask, never or auto");
	inv->reprobe_given = true;
	return EXIT_OK;
}

static int set_max_groups(struct invocation *inv, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || n < 2 || n > 1000000)
		return usage_error("--max-groups", text, "it is a number from 2 to 1000000");
	inv->config.max_groups = n;
	return EXIT_OK;
}

static int set_string(char **to, const char *value)
{
	free(*to);
	*to = strdup(value);
	return *to ? EXIT_OK : EXIT_FAILED;
}

static int add_device(const char *option, char ***list, size_t *n, const char *device)
{
	if (config_add_device(list, n, device) == 0)
		return EXIT_OK;
	return usage_error(option, device, "give a PCI address (0000:3b:00.0) or BUS/NAME");
}

/* One option; EXIT_OK, or what to exit with.  -1: exit with success now. */
static int take_option(struct invocation *inv, int c)
{
	struct config *config = &inv->config;

	switch (c) {
	case OPT_MODE:
		return set_mode(inv, optarg);
	case OPT_CONFIG:
		inv->config_path = optarg;
		return EXIT_OK;
	case OPT_CHECK:
		inv->check = true;
		return EXIT_OK;
	case OPT_RESERVE:
		return add_device("--reserve", &config->reserve, &config->n_reserve, optarg);
	case OPT_DEDICATE:
		return add_device("--dedicate", &config->dedicate, &config->n_dedicate, optarg);
	case OPT_LOG:
		return set_string(&config->log, optarg);
	case OPT_SOCKET:
		return set_string(&config->socket, optarg);
	case OPT_POLICY:
		return set_string(&config->policy, optarg);
	case OPT_DEGRADED:
		config->allow_degraded = true;
		return EXIT_OK;
	case OPT_NO_GUARD:
		config->no_guard = true;
		return EXIT_OK;
	case OPT_REPROBE:
		return set_reprobe(inv, optarg);
	case OPT_MAX_GROUPS:
		return set_max_groups(inv, optarg);
	case OPT_UNPIN:
		inv->unpin = true;
		return EXIT_OK;
	case 'v':
		log_set_level(LOG_DEBUG);
		return EXIT_OK;
	case 'h':
		fputs(help, stdout);
		return -1;
	case OPT_VERSION:
		puts("ownerd " OWNERD_VERSION);
		return -1;
	default:
		log_message(LOG_ERR, "see ownerd --help");
		return EXIT_USAGE;
	}
}

static int parse(struct invocation *inv, int argc, char **argv)
{
	int c, status;

	while ((c = getopt_long(argc, argv, "vh", options, NULL)) >= 0) {
		status = take_option(inv, c);
		if (status)
			return status;
	}
	if (optind < argc)
		return usage_error("argument", argv[optind],
				   "ownerd takes options only, see --help");
	return EXIT_OK;
}

static int copy_string(char **to, const char *from)
{
	return from ? set_string(to, from) : EXIT_OK;
}

static int add_devices(char ***to, size_t *n_to, char *const *from, size_t n_from)
{
	for (size_t i = 0; i < n_from; i++)
		if (config_add_device(to, n_to, from[i]) < 0)
			return EXIT_FAILED;
	return EXIT_OK;
}

/* Options win over the file; lists of devices add up. */
static int merge(struct config *file, const struct invocation *inv)
{
	const struct config *opts = &inv->config;

	if (opts->mode_given)
		file->mode = opts->mode;
	file->mode_given |= opts->mode_given;
	if (inv->reprobe_given)
		file->reprobe = opts->reprobe;
	file->allow_degraded |= opts->allow_degraded;
	file->no_guard |= opts->no_guard;
	file->max_groups = opts->max_groups;
	return copy_string(&file->log, opts->log)
		       ?: copy_string(&file->socket, opts->socket)
		       ?: copy_string(&file->policy, opts->policy)
		       ?: add_devices(&file->reserve, &file->n_reserve, opts->reserve,
				      opts->n_reserve)
		       ?: add_devices(&file->dedicate, &file->n_dedicate, opts->dedicate,
				      opts->n_dedicate);
}

static int complain(const char *error)
{
	log_error("%s", error ?: "out of memory");
	return EXIT_USAGE;
}

/* Who is told a mode by neither option nor configuration is told it by the policy. */
static int load_rules(struct config *config, struct rules *ret)
{
	_cleanup_free_ char *error = NULL;

	if (apply_load(config, config->policy ?: RULES_DIR, ret, &error) < 0)
		return complain(error);
	for (size_t i = 0; i < ret->n_warnings; i++)
		log_warning("%s", ret->warnings[i]);
	apply_mode(config, ret);
	return EXIT_OK;
}

static int load_config(void *userdata, struct config *ret, struct rules *ret_rules)
{
	struct invocation *inv = userdata;
	_cleanup_free_ char *error = NULL;

	if (inv->config_path && config_load(ret, inv->config_path, &error) < 0)
		return complain(error);
	return merge(ret, inv) ?: load_rules(ret, ret_rules);
}

/* The table of features as ownerctl doctor shows it, then a trial load. */
static int check(struct invocation *inv)
{
	_cleanup_(config_done) struct config config = {};
	_cleanup_(rules_done) struct rules rules = {};
	struct json_object *checks;
	int status = load_config(inv, &config, &rules);

	if (status)
		return status;
	checks = feature_checks();
	for (size_t i = 0; i < json_object_array_length(checks); i++) {
		struct json_object *c = json_object_array_get_idx(checks, i);
		struct json_object *remedy = json_object_object_get(c, "remedy");

		printf("%-4s  %s: %s\n",
		       json_object_get_string(json_object_object_get(c, "result")),
		       json_object_get_string(json_object_object_get(c, "name")),
		       json_object_get_string(json_object_object_get(c, "detail")));
		if (remedy)
			printf("      remedy: %s\n", json_object_get_string(remedy));
	}
	json_object_put(checks);
	fflush(stdout);
	status = enforce_check(&config);
	if (!status)
		puts("pass  load: every program that this kernel can have loads");
	return status;
}

static int unpin(void)
{
	_cleanup_close_ int lock = -1;
	int err, status = manager_lock(&lock);

	if (status)
		return status;
	err = pins_remove();
	if (err == -ENOENT) {
		log_info("nothing is pinned");
		return EXIT_OK;
	}
	if (err == -ETIMEDOUT) {
		log_error("unpinned, and still enforced: another process holds the programs");
		return EXIT_FAILED;
	}
	if (err) {
		log_error("%s: %s; run it as root", REGISTRY_PIN_DIR, strerror(-err));
		return EXIT_FAILED;
	}
	log_info("taken down; nothing is enforced any more");
	return EXIT_OK;
}

/* By ownerd.mode=off, whatever is configured, and be it full of mistakes. */
static int stay_out(void)
{
	_cleanup_close_ int lock = -1;
	int err, status = manager_lock(&lock);

	if (status)
		return status;
	err = pins_remove();
	if (err && err != -ENOENT) {
		log_error("ownerd.mode=off on the kernel command line, and %s cannot be taken "
			  "down: %s",
			  REGISTRY_PIN_DIR, strerror(-err));
		return EXIT_FAILED;
	}
	log_warning("ownerd.mode=off on the kernel command line: nothing is loaded, nothing is "
		    "refused%s",
		    err ? "" : "; what was pinned is taken down");
	sd_notify(false, "READY=1\nSTATUS=off, by ownerd.mode=off on the kernel command line");
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct invocation inv = {};
	int status = parse(&inv, argc, argv);

	if (status)
		status = status < 0 ? EXIT_OK : status;
	else if (inv.unpin)
		status = unpin();
	else if (inv.check)
		status = check(&inv);
	else if (cmdline_mode("") == CMDLINE_OFF)
		status = stay_out();
	else
		status = manager_run(load_config, &inv);
	config_done(&inv.config);
	return status;
}
