/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner map in words: registry and reports as the JSON objects that
 * io.ownerd.varlink defines, made by the daemon and, when it is down, by ownerctl
 * from the pinned maps.  All strings leave here as valid UTF-8.
 *
 * Every function returns a new reference, or NULL when out of memory.
 */
#ifndef OWNERD_DESCRIBE_H
#define OWNERD_DESCRIBE_H

#include <json-c/json.h>
#include "owner_abi.h"
#include "policy.h"
#include "recent.h"
#include "registry.h"

struct json_object *describe_task(const struct owner_task *task);
struct json_object *describe_device(const struct owner_device *device);
/* `policy`: the one in force, and before it those that reports may be of; NULL: none. */
struct json_object *describe_group(const struct registry_group *group, const struct policy *policy);
struct json_object *describe_event(const struct owner_report *report, const struct policy *policy);
struct json_object *describe_kernel_maps(const struct registry_kernel_maps *kernel_maps);
/* What was refused in the last hour: an array of Refused. */
struct json_object *describe_recent(const struct recent *recent, const struct registry_group *group,
				    const struct policy *policy);
struct json_object *describe_open(const struct registry_group *group,
				  const struct owner_open *open);

/*
 * A policy with the counts of its rules, and what the configuration says of it: a Policy without
 * what only the daemon knows: path, configured, rejected.
 */
struct json_object *describe_policy(const struct policy *policy, const struct owner_config *config);

/* A record of the daemon's own: with "time", now, "act", "verdict" and "error" 0. */
struct json_object *describe_note(const char *act, const char *verdict);

/* Adds a text from the host; nothing if it is NULL or empty. */
void describe_add(struct json_object *o, const char *key, const char *text);

/* "64 GiB", in the largest unit that divides it.  malloc'ed. */
char *describe_bytes(uint64_t bytes);

/* Names as they stand in the interface: "user", "bind", "would-deny". */
const char *describe_owner(uint32_t kind);
const char *describe_act(uint32_t act);
const char *describe_verdict(uint32_t verdict);
const char *describe_reason(uint32_t reason);

#endif
