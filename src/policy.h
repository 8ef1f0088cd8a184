/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy put together: the rules of all files and options as the tables that are judged by
 * (owner_policy.h).  Pure.
 */
#ifndef OWNERD_POLICY_H
#define OWNERD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include "rules.h"

struct policy_select_entry {
	struct policy_select_key key;
	struct policy_firsts firsts;
};

/* Keys have the generation of `number`; 0 until it is given one. */
struct policy {
	uint32_t number;
	uint32_t since; /* those from here to `number` had the same rules; 0: it alone */
	const struct policy *before; /* another that may be asked for; not owned */
	struct policy_generation head;
	struct policy_select_entry *selects; /* by key */
	struct policy_rule *rules;
	struct policy_matcher *matchers;
	struct policy_driver *drivers; /* by key */
};

/*
 * `protected`: devices whose drivers only a rule that names them may deny.  -E2BIG: more than the
 * maps have room for.
 */
int policy_compile(struct policy *ret, const struct rules *rules,
		   const struct owner_device_name *protected, size_t n_protected);

/* The same policy, with what it has counted, and other devices that are protected. */
int policy_protect(struct policy *ret, const struct policy *from,
		   const struct owner_device_name *protected, size_t n_protected);
int policy_copy(struct policy *ret, const struct policy *from);
void policy_done(struct policy *p);

/* Gives every key the number of a generation. */
void policy_number(struct policy *p, uint32_t number);

/* It refuses nothing, whatever happens. */
bool policy_is_empty(const struct policy *p);

/* enum feature_demand: the programs that it needs beside those that always run. */
unsigned int policy_demands(const struct policy *p);

/* Puts the tables into the order that the members say; of those that were read from somewhere. */
void policy_sort(struct policy *p);

/* By key, whose generation must be the policy's; NULL: none. */
const struct policy_firsts *policy_find_firsts(const struct policy *p,
					       const struct policy_select_key *key);
bool policy_has_driver(const struct policy *p, const struct policy_driver *key);

/* The rule of a generation, of this policy or one before it; NULL: it is not known. */
const struct policy_rule *policy_find_rule(const struct policy *p, uint32_t generation,
					   uint16_t rule);

/* policy_generation.hash, of all but numbers, times and counters. */
uint64_t policy_hash(const struct policy *p);

/* Of what the policy says, wherever that stands: mode, defaults, its rules one after the other. */
uint64_t policy_content(const struct policy *p);

#endif
