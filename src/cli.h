/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ownerctl's commands share: what was asked, the answer's exit status, the source.
 */
#ifndef OWNERD_CLI_H
#define OWNERD_CLI_H

#include <json-c/json.h>
#include <stdbool.h>
#include "logquery.h"
#include "output.h"
#include "source.h"

/* Exit statuses, as ownerctl(1) documents them. */
enum cli_exit {
	CLI_OK = 0,
	CLI_NO = 1,       /* the answer is no; a check failed */
	CLI_USAGE = 2,    /* wrong usage, or no such group or device */
	CLI_WARNINGS = 2, /* of doctor alone: nothing failed, and something is to be known */
	CLI_DOWN = 3,     /* ownerd does not answer, and what it left pinned cannot be read */
};

struct cli {
	const char *socket;
	bool json, raw; /* as given; format is what they come to */
	enum output_format format;
	bool help, version;          /* answer instead of the command */
	struct source_filter filter; /* list */
	const char *columns;         /* list */
	bool no_headings;            /* list */
	bool all;                    /* status */
	bool claim, bind;            /* why */
	const char *as;              /* can, policy test: who asks */
	const char *host;            /* policy check and test: a root with another host's /sys */
	const char *confirm_within;  /* policy apply */
	struct logquery_options log; /* log, history */
	const char *file;            /* log, history */
	bool follow, verify;         /* log */
	bool http;                   /* metrics */
	bool dot, svg;               /* graph */
	char **operands;             /* NULL-terminated, as many as the command takes */
};

/* Each returns an exit status, having said on standard error what went wrong. */
int cmd_list(const struct cli *cli);
int cmd_show(const struct cli *cli);
int cmd_why(const struct cli *cli);
int cmd_watch(const struct cli *cli);
int cmd_top(const struct cli *cli);
int cmd_log(const struct cli *cli);
int cmd_history(const struct cli *cli);
int cmd_status(const struct cli *cli);
int cmd_metrics(const struct cli *cli);
int cmd_graph(const struct cli *cli);
int cmd_verify(const struct cli *cli);
int cmd_doctor(const struct cli *cli);
int cmd_can(const struct cli *cli);
int cmd_policy_show(const struct cli *cli);
int cmd_policy_check(const struct cli *cli);
int cmd_policy_test(const struct cli *cli);
int cmd_policy_diff(const struct cli *cli);
int cmd_policy_apply(const struct cli *cli);
int cmd_policy_confirm(const struct cli *cli);
int cmd_policy_revert(const struct cli *cli);

/* The columns of list, for its help and completion: prints a line for each, or its name. */
void cmd_list_describe_columns(void);

/* The acts that log knows, for its help. */
void cmd_log_describe_acts(void);

/* Opens the source, and says so when it is not the daemon.  An exit status. */
int cli_open(const struct cli *cli, bool pinned, struct source **ret);

/* Opens the source and asks for the group that the operand names, as source_group(). */
int cli_group(const struct cli *cli, struct source **ret, struct json_object **ret_reply);

/* Says why and returns the exit status for a source_*() function's error. */
int cli_fail(int error, const char *message);

#endif
