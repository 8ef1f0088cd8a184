// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ownerctl can be asked, and how.
 */
#include <string.h>
#include "commands.h"
#include "control.h"
#include "log.h"

#define HELP_SUBJECT                                                                               \
	"SUBJECT is pid=N, that process as it is, or facts separated by commas: one of "           \
	"cgroup=/a/b,\n"                                                                           \
	"unit=foo.service, container=ID|NAME, pod=UID, vm=NAME; and uid=, gid=, exe=/PATH.  A "    \
	"container,\n"                                                                             \
	"unit, pod or vm stands for a path that such a one has.  What is not said is root in /.\n"
#define HELP_PATH                                                                                  \
	"PATH is a file, or a directory of *.yaml; without it, where ownerd loads its policy "     \
	"from.\n"

const struct command commands[N_COMMANDS] = {
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
		 "one second.\nMAPPED and MAPPINGS are what there is now, with > at least that; "
		 "MAPPED/s and CALLS/s what\nwas mapped since the line before.  With ? nobody has "
		 "counted.\n",
		 0, 0, cmd_top, NULL},
	[LOG] = {"log", "", "the audit log: what happened, what was refused, and why",
		 "Reads it with what was rotated: FILE.N to FILE.1 first.  A TIME is \"2026-11-26 "
		 "18:00\", 18:00,\ntoday, yesterday, @SECONDS, or 2h for two hours ago.  SUBJECT "
		 "is "
		 "a name or pid, or one of pid=,\nuid=, comm=, cgroup=, unit=, container=, pod=, "
		 "vm= "
		 "and a value; of who did it, or held it.\nExit status: with --verify 1 if a "
		 "record "
		 "was removed, moved or changed.\n",
		 0, 0, cmd_log, cmd_log_describe_acts},
	[HISTORY] = {"history", "GROUP|DEVICE", "who owned it, from when to when",
		     "By the audit log; how it is now, by ownerd, if it runs.\n", 1, 1, cmd_history,
		     NULL},
	[STATUS] = {"status", "", "the daemon: mode, hooks, counters, losses",
		    "Exit status: 3 if ownerd is not running, also if its pinned state was read.\n",
		    0, 0, cmd_status, NULL},
	[METRICS] = {"metrics", "", "the daemon's numbers, as Prometheus reads them",
		     "With --http it answers one HTTP request, GET /metrics, on standard input and "
		     "output,\nfor a socket that systemd has accepted: ownerd-metrics.socket.\n",
		     0, 0, cmd_metrics, NULL},
	[GRAPH] =
		{"graph", "", "a picture: buses, groups, owners, and why devices share a group",
		 "Prints DOT, the language of Graphviz, or with --svg what Graphviz draws of it.  "
		 "Root\nalone can read all of why devices share a group.\n",
		 0, 0, cmd_graph, NULL},
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

#define TO(member) offsetof(struct cli, member)

const struct cli_option options[] = {
	{"output", 'o', "COLUMNS", "show these columns, separated by commas", TO(columns),
	 ON(LIST)},
	{"owner", 0, "OWNER", "only groups that none, kernel or user owns", TO(filter.owner),
	 ON(LIST)},
	{"device", 0, "NAME", "only the group of this device", TO(filter.device),
	 ON(LIST) | ON(LOG)},
	{"driver", 0, "NAME", "only groups with a device bound to this driver", TO(filter.driver),
	 ON(LIST)},
	{"no-headings", 'n', NULL, "no line of headings", TO(no_headings),
	 ON(LIST) | ON(LOG) | ON(HISTORY)},
	{"since", 0, "TIME", "only from then on", TO(log.since), ON(LOG) | ON(HISTORY)},
	{"until", 0, "TIME", "only before", TO(log.until), ON(LOG) | ON(HISTORY)},
	{"group", 0, "GROUP", "only of this group", TO(log.group), ON(LOG)},
	{"subject", 0, "SUBJECT", "only who it is", TO(log.subject), ON(LOG)},
	{"verdict", 0, "VERDICT", "only allow, deny, would-deny or warn", TO(log.verdict), ON(LOG)},
	{"rule", 0, "NAME", "only what this rule decided", TO(log.rule), ON(LOG)},
	{"act", 0, "ACT", "only this act", TO(log.act), ON(LOG)},
	{"follow", 'f', NULL, "go on with what is written from now on", TO(follow), ON(LOG)},
	{"verify", 0, NULL, "was any record removed, moved or changed?", TO(verify), ON(LOG)},
	{"file", 0, "FILE", "the log, if not where ownerd says", TO(file), ON(LOG) | ON(HISTORY)},
	{"claim", 0, NULL, "ask only if a user (VFIO) can claim it", TO(claim), ON(WHY)},
	{"bind", 0, NULL, "ask only if a host driver can bind", TO(bind), ON(WHY)},
	{"as", 0, "SUBJECT", "who asks", TO(as), ON(CAN) | ON(POLICY_TEST)},
	{"host", 0, "DIR", "of another host, whose /sys was copied to DIR/sys", TO(host),
	 ON(POLICY_CHECK) | ON(POLICY_TEST) | ON(GRAPH)},
	{"confirm-within", 0, "TIME", "go back in so many s, m or h, unless confirmed before",
	 TO(confirm_within), ON(POLICY_APPLY)},
	{"http", 0, NULL, "answer one HTTP request on standard input", TO(http), ON(METRICS)},
	{"dot", 0, NULL, "print DOT (the default)", TO(dot), ON(GRAPH)},
	{"svg", 0, NULL, "print SVG, which needs Graphviz", TO(svg), ON(GRAPH)},
	{"all", 'a', NULL, "also counters that are zero, and each attached hook", TO(all),
	 ON(STATUS)},
	{"socket", 's', "PATH", "ownerd's socket, if not " CONTROL_SOCKET_PATH, TO(socket), ON_ALL},
	{"json", 'j', NULL, "print JSON", TO(json), ON_ALL},
	{"raw", 'r', NULL, "print fields separated by tabs, for scripts", TO(raw), ON_ALL},
	{"help", 'h', NULL, "print this help", TO(help), ON_ALL},
	{"version", 'V', NULL, "print the version", TO(version), ON_ALL},
	{},
};

const struct command *commands_find(char *const *words, int *ret_words)
{
	_cleanup_free_ char *both = output_format("%s %s", words[0], words[1] ? words[1] : "");

	for (size_t i = 0; i < N_COMMANDS; i++) {
		*ret_words = text_is(commands[i].name, both) ? 2 : 1;
		if (*ret_words == 2 || text_is(commands[i].name, words[0]))
			return &commands[i];
	}
	return NULL;
}

bool commands_begin(const struct command *c, const char *word)
{
	size_t n = strlen(word);

	return strncmp(c->name, word, n) == 0 && c->name[n] == ' ';
}

int commands_refuse(char *const *words)
{
	_cleanup_free_ char *verbs = NULL;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		_cleanup_free_ char *before = verbs;

		verbs = commands_begin(&commands[i], words[0])
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
