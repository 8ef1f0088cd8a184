/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's numbers as Prometheus reads them: text exposition format 0.0.4.
 *
 * Names and labels are an interface.  Every label has a fixed set of values, so that the number of
 * series does not grow with groups, devices, processes or rules; no name from the host is in them
 * but the kernel's release.
 */
#ifndef OWNERD_METRICS_H
#define OWNERD_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include "owner_abi.h"

#define METRICS_ACTS    (ACT_SYSFS + 1)
#define METRICS_BY      (BY_LSM + 1)
#define METRICS_REASONS REASON_MAX

/* What was reported since the daemon started. */
struct metrics_tally {
	uint64_t denied[METRICS_ACTS][METRICS_BY][METRICS_REASONS];
	uint64_t would_deny[METRICS_ACTS][METRICS_REASONS];
	uint64_t allowed[METRICS_ACTS];
};

void metrics_count(struct metrics_tally *t, const struct owner_report *report);

/* All of one moment; a renderer needs no kernel.  Times are microseconds since the epoch. */
struct metrics {
	const char *version, *kernel; /* any text */
	const char *attach, *arbiter; /* as GetStatus() has them */
	uint64_t started;
	bool enforces, pinned;
	uint64_t groups[OWNER_USER + 1]; /* by enum owner_kind */
	uint64_t claims;                 /* that stand */
	uint64_t devices;
	uint64_t mapped_groups, mapped_bytes; /* of users whose maps are counted */
	uint64_t hooks_wanted, hooks_attached, hooks_missing;
	uint32_t generation, rules;
	bool unconfirmed, rejected;
	uint64_t relearns, relearned, corrected; /* relearned: when last; 0: not yet */
	uint64_t skipped;
	uint64_t log_failed, file_failed;
	uint64_t counters[COUNT_MAX];
	uint64_t displaced; /* recent.displaced */
	struct metrics_tally tally;
};

/* malloc'ed; NULL: no memory. */
char *metrics_render(const struct metrics *m);

#endif
