/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ownerctl's commands and options: two tables that drive parsing, help and completion.
 */
#ifndef OWNERD_COMMANDS_H
#define OWNERD_COMMANDS_H

#include <stddef.h>
#include <stdint.h>
#include "cli.h"

enum {
	LIST,
	SHOW,
	WHY,
	CAN,
	WATCH,
	TOP,
	LOG,
	HISTORY,
	STATUS,
	METRICS,
	GRAPH,
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
	COMPLETION,
	N_COMMANDS
};

/* A set of commands. */
#define ON(command) (UINT64_C(1) << (command))
#define ON_ALL      UINT64_MAX

struct command {
	const char *name; /* one word or two */
	const char *operands, *summary, *details;
	int min, max; /* operands */
	int (*run)(const struct cli *cli);
	void (*describe)(void); /* more help */
};

struct cli_option {
	const char *name;
	char letter;     /* of the short option, or 0 */
	const char *arg; /* what it takes, or NULL */
	const char *help;
	size_t to;   /* into struct cli: a const char * if it takes something, else a bool */
	uint64_t on; /* the commands that it goes with */
};

extern const struct command commands[N_COMMANDS];
extern const struct cli_option options[]; /* to one without a name */

/* By its words.  *ret_words: how many there are of its name. */
const struct command *commands_find(char *const *words, int *ret_words);

/* Whether commands with two words have it for their first. */
bool commands_begin(const struct command *c, const char *word);

/* Says that there is no such command; an exit status. */
int commands_refuse(char *const *words);

/* help.c: of all commands, or of one. */
void help_all(void);
void help_command(const struct command *c);
int cmd_help(const struct cli *cli);

int cmd_completion(const struct cli *cli);

#endif
