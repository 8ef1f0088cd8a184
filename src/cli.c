// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl: who owns which IOMMU group, and why not.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <string.h>
#include "cli.h"
#include "control.h"
#include "log.h"

static int cmd_help(const struct cli *cli);
static int cmd_completion(const struct cli *cli);

/* Which commands an option belongs to: bits by index into `commands`. */
enum {
	LIST,
	SHOW,
	WHY,
	CAN,
	WATCH,
	TOP,
	STATUS,
	VERIFY,
	DOCTOR,
	POLICY_SHOW,
	POLICY_CHECK,
	POLICY_TEST,
	POLICY_DIFF,
	POLICY_APPLY,
	POLICY_CONFIRM,
	POLICY_REVERT,
	HELP,
	COMPLETION
};
#define ON(command) (1U << (command))
#define ON_ALL      (~0U)

#define HELP_SUBJECT                                                                               \
	"SUBJECT is pid=N, that process as it is, or facts separated by commas: one of "           \
	"cgroup=/a/b,\n"                                                                           \
	"unit=foo.service, container=ID|NAME, pod=UID, vm=NAME; and uid=, gid=, exe=/PATH.  A "    \
	"container,\n"                                                                             \
	"unit, pod or vm stands for a path that such a one has.  What is not said is root in /.\n"
#define HELP_PATH                                                                                  \
	"PATH is a file, or a directory of *.yaml; without it, where ownerd loads its policy "     \
	"from.\n"

static const struct command {
	const char *name, *operands, *summary, *details;
	int min, max; /* operands */
	int (*run)(const struct cli *cli);
	void (*describe)(void); /* more help */
} commands[] = {
	[LIST] = {"list", "", "all groups with owner, holder and devices (the default)",
		  "One row for each device; what belongs to the group stands on its first row.\n"
		  "An age with '>' is a lower bound: it was so already when ownerd started.\n"
		  "With --raw one line for each group, without headings; times are microseconds\n"
		  "since the epoch, lists are separated by commas, \\xNN stands for one byte, and\n"
		  "- for nothing.\n",
		  0, 0, cmd_list, cmd_list_describe_columns},
	[SHOW] = {"show", "GROUP|DEVICE", "everything known of one group",
		  "GROUP is a number, DEVICE a name: 0000:3b:00.0, 3b:00.0, platform/NAME.\n", 1, 1,
		  cmd_show, NULL},
	[WHY] = {"why", "GROUP|DEVICE", "can it be claimed, can a driver bind, and if not, why not",
		 "Names what stands in the way and the commands that would mend it; runs none.\n"
		 "Exit status: 1 if neither is possible or, with --claim or --bind, if that is "
		 "not.\n",
		 1, 1, cmd_why, NULL},
	[CAN] = {"can", "ACT GROUP|DEVICE [DRIVER]",
		 "may SUBJECT claim or open it, may DRIVER bind",
		 "ACT is claim, open or map, of a group, or bind, of a device and a driver; "
		 "SUBJECT "
		 "does "
		 "not\nmatter to a bind.  By the policy in force, and with all else that is in the "
		 "way.\n" HELP_SUBJECT "Exit status: 0 yes, 1 no.\n",
		 2, 3, cmd_can, NULL},
	[WATCH] = {"watch", "", "changes and refusals as they happen",
		   "Runs until it is interrupted.  With --json one object a line.\n", 0, 0,
		   cmd_watch, NULL},
	[TOP] = {"top", "", "users' groups by the memory that they have mapped",
		 "On a terminal again every two seconds, until it is interrupted; else once, after "
		 "one second.\nMAPPED is what is mapped now, with > at least that; MAPPED/s and "
		 "CALLS/s what was mapped\nsince the line before.  With ? nobody has counted.\n",
		 0, 0, cmd_top, NULL},
	[STATUS] = {"status", "", "the daemon: mode, hooks, counters, losses",
		    "Exit status: 3 if ownerd is not running, also if its pinned state was read.\n",
		    0, 0, cmd_status, NULL},
	[VERIFY] = {"verify", "", "is each record what the kernel itself says?",
		    "Compares the pinned map with the kernel's state and with sysfs, also when "
		    "ownerd\nis not running.  Exit status: 1 if something differs.\n",
		    0, 0, cmd_verify, NULL},
	[DOCTOR] = {"doctor", "", "what this host has and lacks, and proof that refusal works",
		    "Exit status: 0 all is well, 1 a need is not met, 2 there are warnings only.\n",
		    0, 0, cmd_doctor, NULL},
	[POLICY_SHOW] = {"policy show", "", "the policy in force, and how often each rule decided",
			 "DENIED counts what was refused, WOULD what enforce mode would have "
			 "refused.\n",
			 0, 0, cmd_policy_show, NULL},
	[POLICY_CHECK] = {"policy check", "[PATH]", "is it a policy, and what does it select here",
			  HELP_PATH "Needs no ownerd.  Exit status: 1 there is a mistake.\n", 0, 1,
			  cmd_policy_check, NULL},
	[POLICY_TEST] = {"policy test", "[PATH] ACT GROUP|DEVICE [DRIVER]",
			 "what that policy says of an act",
			 HELP_PATH
			 "ACT is claim, open or map, of a group, or bind, of a device and a "
			 "driver.\n" HELP_SUBJECT "Exit status: 0 it allows it, 1 it refuses it.\n",
			 2, 4, cmd_policy_test, NULL},
	[POLICY_DIFF] = {"policy diff", "[PATH]", "in what PATH differs from the policy in force",
			 HELP_PATH
			 "Rules by their names: + added, - removed, ~ changed, ^ moved; = "
			 "another default.\nExit status: 0 the same, 1 it differs.\n",
			 0, 1, cmd_policy_diff, NULL},
	[POLICY_APPLY] = {"policy apply", "[PATH]", "put all of it into force, or nothing",
			  HELP_PATH
			  "What is not there also at that place is lost when ownerd reloads or "
			  "starts.\n",
			  0, 1, cmd_policy_apply, NULL},
	[POLICY_CONFIRM] = {"policy confirm", "", "keep what was applied --confirm-within", "", 0,
			    0, cmd_policy_confirm, NULL},
	[POLICY_REVERT] = {"policy revert", "", "back to the policy before this one",
			   "What is reverted is not loaded again until its files change, or by: "
			   "policy apply.\n",
			   0, 0, cmd_policy_revert, NULL},
	[HELP] = {"help", "[COMMAND]", "this, or the help of a command", "", 0, 2, cmd_help, NULL},
	[COMPLETION] = {"completion", "bash", "the script that completes ownerctl's words",
			"Load it by: source <(ownerctl completion bash)\n", 1, 1, cmd_completion,
			NULL},
};

enum { OPT_CLAIM = 256, OPT_BIND, OPT_OWNER, OPT_DEVICE, OPT_DRIVER, OPT_AS, OPT_HOST, OPT_WITHIN };

static const struct cli_option {
	const char *name, *arg, *help;
	int value; /* below 256: also the short option */
	unsigned int on;
} options[] = {
	{"output", "COLUMNS", "show these columns, separated by commas", 'o', ON(LIST)},
	{"owner", "OWNER", "only groups that none, kernel or user owns", OPT_OWNER, ON(LIST)},
	{"device", "NAME", "only the group of this device", OPT_DEVICE, ON(LIST)},
	{"driver", "NAME", "only groups with a device bound to this driver", OPT_DRIVER, ON(LIST)},
	{"no-headings", NULL, "no line of headings", 'n', ON(LIST)},
	{"claim", NULL, "ask only if a user (VFIO) can claim it", OPT_CLAIM, ON(WHY)},
	{"bind", NULL, "ask only if a host driver can bind", OPT_BIND, ON(WHY)},
	{"as", "SUBJECT", "who asks", OPT_AS, ON(CAN) | ON(POLICY_TEST)},
	{"host", "DIR", "of another host, whose /sys was copied to DIR/sys", OPT_HOST,
	 ON(POLICY_CHECK) | ON(POLICY_TEST)},
	{"confirm-within", "TIME", "go back in so many s, m or h, unless confirmed before",
	 OPT_WITHIN, ON(POLICY_APPLY)},
	{"all", NULL, "also counters that are zero, and each attached hook", 'a', ON(STATUS)},
	{"socket", "PATH", "ownerd's socket, if not " CONTROL_SOCKET_PATH, 's', ON_ALL},
	{"json", NULL, "print JSON", 'j', ON_ALL},
	{"raw", NULL, "print fields separated by tabs, for scripts", 'r', ON_ALL},
	{"help", NULL, "print this help", 'h', ON_ALL},
	{"version", NULL, "print the version", 'V', ON_ALL},
};

/* Names have one word or two: "policy show".  *ret_words: how many there are of it. */
static const struct command *find_command(char *const *words, int *ret_words)
{
	_cleanup_free_ char *both = output_format("%s %s", words[0], words[1] ? words[1] : "");

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		*ret_words = text_is(commands[i].name, both) ? 2 : 1;
		if (*ret_words == 2 || text_is(commands[i].name, words[0]))
			return &commands[i];
	}
	return NULL;
}

/* Whether commands have it for their first word of two. */
static bool begins_command(const struct command *c, const char *word)
{
	size_t n = strlen(word);

	return strncmp(c->name, word, n) == 0 && c->name[n] == ' ';
}

/* Says that there is no such command. */
static int refuse_command(char *const *words)
{
	_cleanup_free_ char *verbs = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		_cleanup_free_ char *before = verbs;

		verbs = begins_command(&commands[i], words[0])
				? output_format("%s%s%s", before ? before : "", before ? ", " : "",
						commands[i].name + strlen(words[0]) + 1)
				: TAKE_PTR(before);
	}
	if (verbs && words[1])
		log_error("no such command: %s %s; it is %s %s", words[0], words[1], words[0],
			  verbs);
	else if (verbs)
		log_error("%s needs a verb: %s", words[0], verbs);
	else
		log_error("no such command: %s; `ownerctl --help` lists all", words[0]);
	return CLI_USAGE;
}

#define HELP_WIDTH 24

static void print_options(unsigned int on, bool general)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct cli_option *o = &options[i];
		_cleanup_free_ char *text = NULL;
		char letter[8] = "    ";

		if ((o->on == ON_ALL) != general || !(o->on & on))
			continue;
		if (o->value < 256)
			snprintf(letter, sizeof(letter), "-%c, ", o->value);
		text = output_format("%s--%s%s%s", letter, o->name, o->arg ? " " : "",
				     o->arg ? o->arg : "");
		printf("  %-*s %s\n", HELP_WIDTH, text, o->help);
	}
}

static void help_all(void)
{
	printf("Usage: ownerctl [OPTIONS] [COMMAND]\n"
	       "Who owns each IOMMU group, and why something was refused.\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		_cleanup_free_ char *text = output_format("%s %s", c->name, c->operands);

		if (strlen(text) > HELP_WIDTH)
			printf("  %s\n  %*s %s\n", text, HELP_WIDTH, "", c->summary);
		else
			printf("  %-*s %s\n", HELP_WIDTH, text, c->summary);
	}
	printf("\nOptions:\n");
	print_options(ON_ALL, true);
	printf("\n`ownerctl COMMAND --help` tells more of a command.\n"
	       "Exit status: 0 yes, 1 no or a check failed, 2 wrong usage or no such group or "
	       "device,\n3 ownerd is not running and its pinned state cannot be read.\n"
	       "See ownerctl(1).\n");
}

static void help_command(const struct command *c)
{
	unsigned int on = ON(c - commands);

	printf("Usage: ownerctl %s [OPTIONS]%s%s\n%s.\n\n%s", c->name, *c->operands ? " " : "",
	       c->operands, c->summary, c->details);
	if (c->describe)
		c->describe();
	printf("\nOptions:\n");
	print_options(on, false);
	print_options(on, true);
}

static int cmd_help(const struct cli *cli)
{
	const struct command *c;
	int words;

	if (!cli->operands[0]) {
		help_all();
		return CLI_OK;
	}
	c = find_command(cli->operands, &words);
	if (!c)
		return refuse_command(cli->operands);
	help_command(c);
	return CLI_OK;
}

static void completion_options(unsigned int on)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].on & on)
			printf(" --%s", options[i].name);
}

/* First words, each once; those that follow one of two. */
static void completion_names(const char *first)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *name = commands[i].name;
		size_t n = strcspn(name, " ");

		if (first && begins_command(&commands[i], first))
			printf(" %s", name + n + 1);
		else if (!first && (!i || strncmp(commands[i - 1].name, name, n + 1) != 0))
			printf(" %.*s", (int)n, name);
	}
}

static void completion_commands(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		printf("\t\t'%s') words='", commands[i].name);
		completion_options(ON(i));
		printf("%s';;\n", i == COMPLETION ? " bash" : i == CAN ? " claim open bind" : "");
	}
	printf("\t\tpolicy) words='");
	completion_names("policy");
	printf("';;\n\t\t*) words='");
	completion_names(NULL);
	completion_options(ON(LIST));
	printf("';;\n");
}

/* Of names that the shell would take apart there are none: they are the tables' own. */
static int cmd_completion(const struct cli *cli)
{
	if (!text_is(cli->operands[0], "bash")) {
		log_error("completion is for bash, not for %s", cli->operands[0]);
		return CLI_USAGE;
	}
	printf("# bash completion for ownerctl, made by: ownerctl completion bash\n"
	       "_ownerctl() {\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} "
	       "command='' words='' w\n"
	       "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	       "\t\tcase \"${command:+$command }$w\" in\n\t\tpolicy) command=policy;;\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("\t\t'%s') command='%s';;\n", commands[i].name, commands[i].name);
	printf("\t\tesac\n\tdone\n\t[[ $word != -* ]] || previous=''\n\tcase "
	       "\"$command,$previous\" in\n"
	       "\t*,--owner) words='none kernel user';;\n"
	       "\t*,--socket|*,-s|*,--host|policy\\ check,check|policy\\ diff,diff"
	       "|policy\\ apply,apply)\n"
	       "\t\tCOMPREPLY=($(compgen -f -- \"$word\")); return;;\n"
	       "\t*,--device|show,show|why,why|can,claim|can,open|can,bind|policy\\ test,claim"
	       "|policy\\ test,open|policy\\ test,bind)\n"
	       "\t\twords=$(ownerctl list --raw -o DEVICES 2>/dev/null | tr , ' ');;\n"
	       "\t*) case $command in\n");
	completion_commands();
	printf("\t\tesac;;\n\tesac\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
	       "complete -F _ownerctl ownerctl\n");
	return CLI_OK;
}

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
	source_name_devices(json_object_object_get(*ret_reply, "group"));
	return CLI_OK;
}

static void set_option(struct cli *cli, int value, const char *arg)
{
	switch (value) {
	case 'o':
		cli->columns = arg;
		break;
	case OPT_OWNER:
		cli->filter.owner = arg;
		break;
	case OPT_DEVICE:
		cli->filter.device = arg;
		break;
	case OPT_DRIVER:
		cli->filter.driver = arg;
		break;
	case 'n':
		cli->no_headings = true;
		break;
	case OPT_CLAIM:
		cli->claim = true;
		break;
	case OPT_BIND:
		cli->bind = true;
		break;
	case OPT_AS:
		cli->as = arg;
		break;
	case OPT_HOST:
		cli->host = arg;
		break;
	case OPT_WITHIN:
		cli->confirm_within = arg;
		break;
	case 'a':
		cli->all = true;
		break;
	case 's':
		cli->socket = arg;
		break;
	case 'j':
		cli->format = OUTPUT_JSON;
		break;
	case 'r':
		cli->format = OUTPUT_RAW;
		break;
	}
}

/* Options may stand before and after the command.  *ret_given: bits by index into `options`. */
static int parse_options(struct cli *cli, int argc, char **argv, unsigned int *ret_given)
{
	struct option longs[ARRAY_SIZE(options) + 1] = {};
	char shorts[2 * ARRAY_SIZE(options) + 1] = "", *s = shorts;
	int value;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		longs[i].name = options[i].name;
		longs[i].has_arg = options[i].arg ? required_argument : no_argument;
		longs[i].val = options[i].value;
		if (options[i].value < 256)
			*s++ = options[i].value;
		if (options[i].value < 256 && options[i].arg)
			*s++ = ':';
	}
	*ret_given = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
		if (value == '?')
			return -EINVAL; /* getopt_long() has said what */
		set_option(cli, value, optarg);
		for (size_t i = 0; i < ARRAY_SIZE(options); i++)
			if (options[i].value == value)
				*ret_given |= ON(i);
	}
	return 0;
}

/* Whether one of the options is there that answer instead of the command. */
static bool given(unsigned int set, int value)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].value == value && set & ON(i))
			return true;
	return false;
}

static int check_usage(const struct command *c, unsigned int set, int operands)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (set & ON(i) && !(options[i].on & ON(c - commands))) {
			log_error("--%s does not go with %s; see `ownerctl %s --help`",
				  options[i].name, c->name, c->name);
			return CLI_USAGE;
		}
	if (given(set, 'j') && given(set, 'r')) {
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
	unsigned int set;
	int r, words = 0;

	if (parse_options(cli, argc, argv, &set) < 0) {
		log_error("see `ownerctl --help`");
		return CLI_USAGE;
	}
	argv += optind;
	if (given(set, 'V')) {
		printf("ownerctl %s\n", OWNERD_VERSION);
		return CLI_OK;
	}
	if (*argv)
		c = find_command(argv, &words);
	if (!c)
		return refuse_command(argv);
	if (given(set, 'h')) {
		if (*argv)
			help_command(c);
		else
			help_all();
		return CLI_OK;
	}
	cli->operands = argv + words;
	r = check_usage(c, set, argc - optind - words);
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
