// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl's help and completion, from its tables.
 */
#include <string.h>
#include "commands.h"
#include "log.h"

#define HELP_WIDTH 24

static void print_options(uint64_t on, bool general)
{
	for (const struct cli_option *o = options; o->name; o++) {
		_cleanup_free_ char *text = NULL;
		char letter[8] = "    ";

		if ((o->on == ON_ALL) != general || !(o->on & on))
			continue;
		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		text = output_format("%s--%s%s%s", letter, o->name, o->arg ? " " : "",
				     o->arg ? o->arg : "");
		printf("  %-*s %s\n", HELP_WIDTH, text, o->help);
	}
}

void help_all(void)
{
	printf("Usage: ownerctl [OPTIONS] [COMMAND]\n"
	       "Who owns each IOMMU group, and why something was refused.\n\nCommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++) {
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

void help_command(const struct command *c)
{
	uint64_t on = ON(c - commands);

	printf("Usage: ownerctl %s [OPTIONS]%s%s\n%s.\n\n%s", c->name, *c->operands ? " " : "",
	       c->operands, c->summary, c->details);
	if (c->describe)
		c->describe();
	printf("\nOptions:\n");
	print_options(on, false);
	print_options(on, true);
}

int cmd_help(const struct cli *cli)
{
	const struct command *c;
	int words;

	if (!cli->operands[0]) {
		help_all();
		return CLI_OK;
	}
	c = commands_find(cli->operands, &words);
	if (!c)
		return commands_refuse(cli->operands);
	help_command(c);
	return CLI_OK;
}

static void completion_options(uint64_t on)
{
	for (const struct cli_option *o = options; o->name; o++)
		if (o->on & on)
			printf(" --%s", o->name);
}

/* First words, each once; those that follow one of two. */
static void completion_names(const char *first)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const char *name = commands[i].name;
		size_t n = strcspn(name, " ");

		if (first && commands_begin(&commands[i], first))
			printf(" %s", name + n + 1);
		else if (!first && (!i || strncmp(commands[i - 1].name, name, n + 1) != 0))
			printf(" %.*s", (int)n, name);
	}
}

static void completion_commands(void)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
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
int cmd_completion(const struct cli *cli)
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
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("\t\t'%s') command='%s';;\n", commands[i].name, commands[i].name);
	printf("\t\tesac\n\tdone\n\t[[ $word != -* ]] || previous=''\n\tcase "
	       "\"$command,$previous\" in\n"
	       "\t*,--owner) words='none kernel user';;\n"
	       "\t*,--socket|*,-s|*,--host|policy\\ check,check|policy\\ diff,diff"
	       "|policy\\ apply,apply)\n"
	       "\t\tCOMPREPLY=($(compgen -f -- \"$word\")); return;;\n"
	       "\t*,--device|show,show|why,why|history,history|can,claim|can,open|can,bind|"
	       "policy\\ test,claim"
	       "|policy\\ test,open|policy\\ test,bind)\n"
	       "\t\twords=$(ownerctl list --raw -o DEVICES 2>/dev/null | tr , ' ');;\n"
	       "\t*) case $command in\n");
	completion_commands();
	printf("\t\tesac;;\n\tesac\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
	       "complete -F _ownerctl ownerctl\n");
	return CLI_OK;
}
