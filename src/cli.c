// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl: who owns which IOMMU group, and why not.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <string.h>
#include "commands.h"
#include "control.h"
#include "log.h"
#include "titles.h"

/* More than there are options; each is a bit of a uint64_t. */
#define MAX_OPTIONS 64
/* What getopt_long() returns for options without a letter: above all letters. */
#define LONG_ONLY 256

int cli_fail(int error, const char *message)
{
	log_error("%s", message);
	return error == -ENXIO || error == -EINVAL ? CLI_USAGE : CLI_DOWN;
}

int cli_open(const struct cli *cli, bool pinned, struct source **ret)
{
	_cleanup_free_ char *error = NULL;
	int r = source_open(ret, cli->socket, pinned, &error);

	if (r < 0)
		return cli_fail(r, error);
	if (!source_is_live(*ret))
		log_warning("%s", source_notice(*ret));
	return CLI_OK;
}

int cli_group(const struct cli *cli, struct source **ret, struct json_object **ret_reply)
{
	_cleanup_free_ char *error = NULL;
	int r = cli_open(cli, true, ret);

	if (r)
		return r;
	r = source_group(*ret, cli->operands[0], ret_reply, &error);
	if (r < 0)
		return cli_fail(r, error);
	titles_add(json_object_object_get(*ret_reply, "group"));
	return CLI_OK;
}

/* Where an option leaves what was given. */
static void set_option(struct cli *cli, const struct cli_option *o, const char *arg)
{
	char *to = (char *)cli + o->to;

	if (o->arg)
		*(const char **)to = arg;
	else
		*(bool *)to = true;
}

/* Options may stand before and after the command.  *ret_given: bits by index into `options`. */
static int parse_options(struct cli *cli, int argc, char **argv, uint64_t *ret_given)
{
	struct option longs[MAX_OPTIONS + 1] = {};
	char shorts[2 * MAX_OPTIONS + 1] = "", *s = shorts;
	int value, i;

	for (i = 0; options[i].name; i++) {
		longs[i].name = options[i].name;
		longs[i].has_arg = options[i].arg ? required_argument : no_argument;
		longs[i].val = options[i].letter ?: LONG_ONLY + i;
		if (options[i].letter)
			s += sprintf(s, "%c%s", options[i].letter, options[i].arg ? ":" : "");
	}
	*ret_given = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
		if (value == '?')
			return -EINVAL; /* getopt_long() has said what */
		for (i = 0; longs[i].val != value; i++)
			;
		set_option(cli, &options[i], optarg);
		*ret_given |= UINT64_C(1) << i;
	}
	return 0;
}

static int check_usage(const struct cli *cli, const struct command *c, uint64_t set, int operands)
{
	for (int i = 0; options[i].name; i++)
		if (set >> i & 1 && !(options[i].on & ON(c - commands))) {
			log_error("--%s does not go with %s; see `ownerctl %s --help`",
				  options[i].name, c->name, c->name);
			return CLI_USAGE;
		}
	if (cli->json && cli->raw) {
		log_error("--json and --raw exclude each other");
		return CLI_USAGE;
	}
	if (operands < c->min) {
		log_error("%s needs %s; see `ownerctl %s --help`", c->name, c->operands, c->name);
		return CLI_USAGE;
	}
	if (operands > c->max) {
		log_error("%s takes %s%s; see `ownerctl %s --help`", c->name,
			  !c->max       ? "no operand"
			  : c->max == 1 ? "one operand: "
					: "",
			  c->operands, c->name);
		return CLI_USAGE;
	}
	return CLI_OK;
}

static int dispatch(struct cli *cli, int argc, char **argv)
{
	const struct command *c = &commands[LIST];
	uint64_t set;
	int r, words = 0;

	if (parse_options(cli, argc, argv, &set) < 0) {
		log_error("see `ownerctl --help`");
		return CLI_USAGE;
	}
	argv += optind;
	if (cli->version) {
		printf("ownerctl %s\n", OWNERD_VERSION);
		return CLI_OK;
	}
	if (*argv)
		c = commands_find(argv, &words);
	if (!c)
		return commands_refuse(argv);
	if (cli->help) {
		if (*argv)
			help_command(c);
		else
			help_all();
		return CLI_OK;
	}
	cli->operands = argv + words;
	cli->format = cli->json ? OUTPUT_JSON : cli->raw ? OUTPUT_RAW : OUTPUT_TEXT;
	r = check_usage(cli, c, set, argc - optind - words);
	return r ? r : c->run(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = {.socket = CONTROL_SOCKET_PATH};
	int r;

	setlocale(LC_ALL, "");
	log_set_name("ownerctl");
	r = dispatch(&cli, argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		log_error("cannot write the answer: %s", strerror(errno));
		return CLI_DOWN;
	}
	return r;
}
