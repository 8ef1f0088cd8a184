/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy file as it is written: which keys there are, of which type, and what to write
 * instead.  What is in it is libcyaml's, and goes by schema_free().
 */
#ifndef OWNERD_RULEFILE_H
#define OWNERD_RULEFILE_H

#include <stdint.h>
#include "pattern.h"
#include "schema.h"

struct rulefile_device {
	char *pci, *id, *class, *driver, *group, *device;
};

struct rulefile_subjects {
	struct pattern_subject **allow, **deny;
	unsigned int n_allow, n_deny;
	char *limit; /* of maps */
};

struct rulefile_bind {
	char **allow, **deny;
	unsigned int n_allow, n_deny;
};

struct rulefile_sysfs {
	uint32_t *deny_owned, *deny; /* enum policy_files */
	unsigned int n_deny_owned, n_deny;
};

/* Sections are NULL if they are not given, and also if nothing is in them ("claim:"). */
struct rulefile_rule {
	char *name;
	struct rulefile_device **devices;
	unsigned int n_devices;
	struct rulefile_subjects *claim, *maps;
	struct rulefile_bind *bind;
	struct rulefile_sysfs *sysfs;
};

struct rulefile_defaults {
	bool deny_claim, deny_bind;
};

struct rulefile {
	int version;
	int mode; /* enum rules_mode */
	struct rulefile_defaults *defaults;
	struct rulefile_rule **rules;
	unsigned int n_rules;
};

/* Of one of enum policy_files, as it is written. */
const char *rulefile_file_name(uint32_t file);

extern const struct schema rulefile_schema;

#endif
