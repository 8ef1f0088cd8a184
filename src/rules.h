/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy as it is written: YAML files, read by libcyaml's schema and checked, one rule after
 * the other in the order of the files' names.  What is in it is in the shapes that it is judged
 * by (owner_policy.h), not yet numbered or put together: that is policy.c's.
 */
#ifndef OWNERD_RULES_H
#define OWNERD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "owner_policy.h"
#include "util.h"

#define RULES_DIR "/etc/ownerd/policy.d"

/* A list that is given may be empty: an empty allow list allows nobody. */
struct rules_subjects {
	bool given;
	struct policy_matcher *matchers;
	size_t n;
};

struct rules_drivers {
	bool given;
	char **names; /* "*": every driver */
	size_t n;
};

struct rule {
	char *name;
	char *place;                       /* "10-gpu.yaml:12", or the option that it comes from */
	struct policy_select_key *selects; /* their generation is 0 */
	size_t n_selects;
	struct rules_subjects claim_deny, claim_allow, maps_deny, maps_allow;
	struct rules_drivers bind_deny, bind_allow;
	uint64_t limit;       /* bytes; POLICY_NO_LIMIT */
	uint32_t acts;        /* 1 << enum policy_act */
	uint32_t files_owned; /* enum policy_files */
	uint32_t files;
	uint8_t reason; /* enum owner_reason */
};

enum rules_mode { RULES_MODE_NONE, RULES_MODE_OBSERVE, RULES_MODE_ENFORCE };

struct rules {
	struct rule *rules;
	size_t n;
	enum rules_mode mode; /* what the files ask for, if they do */
	bool deny_bind, deny_claim;
	uint64_t content; /* policy_content() of the files alone, of who has filled it in; 0: not
			   * known
			   */
	char **warnings;  /* one line each, as an error's */
	size_t n_warnings;
};

/*
 * Reads a file, or every *.yaml of a directory by name, but for hidden ones: at most 256 files
 * and 4 MiB together.  A directory that is empty or not there is a policy without rules.  Root
 * reads only what root alone may write.  On failure *ret is untouched and *ret_error is one
 * malloc'ed line, "FILE:LINE:COLUMN: ...", that names the key and the remedy; NULL if there was no
 * memory for it.
 */
int rules_load(struct rules *ret, const char *path, char **ret_error);

/*
 * Adds, behind what is there, the rule that --reserve (REASON_RESERVED) or --dedicate
 * (REASON_DEDICATED) of a device is.  -E2BIG: POLICY_RULES_MAX are there; -EINVAL,
 * -ENAMETOOLONG as sysfs_parse_device().
 */
int rules_add_device(struct rules *r, const char *device, uint8_t reason);

/* Adds, behind what is there, all that `from` has, which is empty then; mode and defaults are its.
 */
int rules_append(struct rules *r, struct rules *from);

/* One more warning, a line.  -ENOMEM. */
int rules_warn(struct rules *r, const char *fmt, ...) _printf_(2, 3);

void rules_done(struct rules *r);

#endif
