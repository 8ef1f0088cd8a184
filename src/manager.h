/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's life: load, attach the observers, learn what is there, enforce, serve.
 */
#ifndef OWNERD_MANAGER_H
#define OWNERD_MANAGER_H

#include <stdint.h>
#include <systemd/sd-event.h>
#include "audit.h"
#include "config.h"
#include "containers.h"
#include "control.h"
#include "loader.h"
#include "metrics.h"
#include "opens.h"
#include "policy.h"
#include "protect.h"
#include "reader.h"
#include "recent.h"
#include "suppress.h"

/* Exit statuses of ownerd, as ownerd(8) lists them. */
enum manager_exit {
	EXIT_OK = 0,
	EXIT_FAILED = 1,  /* something failed while running */
	EXIT_USAGE = 2,   /* command line or configuration */
	EXIT_HOST = 3,    /* the host lacks what ownerd needs */
	EXIT_RUNNING = 4, /* another ownerd is running */
	EXIT_DEGRADED =
		5, /* enforce would be weaker than asked, and --allow-degraded is not given */
};

/*
 * Reads the configuration and the policy's rules anew; says itself what is wrong.  config->mode is
 * what holds when both have been asked.  An enum manager_exit.
 */
typedef int (*manager_load_config)(void *userdata, struct config *ret, struct rules *ret_rules);

/* What the log was last told of mode and policy. */
struct noted {
	bool begun; /* the start is written */
	bool known; /* the rest is valid */
	uint32_t generation;
	bool enforces, waits;
};

struct manager {
	struct config config;
	struct policy policy; /* in force */
	struct policy before; /* the one before it */
	char *policy_path;    /* where it was loaded from; NULL: not known */
	uint64_t content;     /* rules.content of it; 0: not known */
	struct policy
		stand_in; /* the last that was accepted, to be applied in place of a rejected one */
	bool stands_in;   /* it is */
	sd_event_source *confirm;     /* when an unconfirmed one ends */
	struct protection protection; /* what the policy in force protects */
	struct containers known;      /* by name, as follow.c keeps them */
	int watch_fd;                 /* inotify's, of the runtimes' files */
	sd_event_source *watch_timer; /* after a change of theirs */
	uint64_t fingerprint;         /* of them, as last read; 0: not read */
	size_t unread;                /* how many of them were not understood */
	bool stuck;                   /* the policy cannot follow them, which was said */
	manager_load_config load_config;
	void *userdata;
	struct loader *loader;
	struct audit audit;
	struct suppress suppress;
	struct recent recent;
	struct noted noted;
	pid_t signaller; /* who sent the signal that is being handled; 0: nobody */
	struct control *control;
	struct reader reader;
	sd_event *event;
	uint64_t losses;  /* records and reports lost, as last seen */
	uint64_t started; /* microseconds since the epoch */
	bool pinned;
	bool unsettled;     /* a report came that may change which programs are needed */
	bool adopted;       /* the programs are those that an earlier ownerd left pinned */
	bool inherits;      /* they replace others, of the same ABI */
	struct opens opens; /* who has VFIO's files open */
	uint64_t corrected; /* records that were not as the kernel had it, at start */
	bool settled;       /* everything was learnt once more since the programs were hung up */
	uint64_t skipped;   /* loader_skipped(), as last seen */
	uint64_t relearns;  /* how often everything was learnt anew */
	uint64_t relearned; /* when last, in microseconds since the epoch */
	struct metrics_tally tally;
	uint64_t metrics_failed; /* how often they could not be written to their file */
	bool metrics_failing;    /* nor could they the last time, which was said */
	int lock;                /* manager_lock() */
};

/* Runs until SIGTERM or SIGINT; says itself what went wrong.  An enum manager_exit. */
int manager_run(manager_load_config load_config, void *userdata);

/*
 * Takes the lock that one ownerd holds while it runs, until *ret_fd is closed.  An enum
 * manager_exit, after saying what is in the way.
 */
int manager_lock(int *ret_fd);

#endif
