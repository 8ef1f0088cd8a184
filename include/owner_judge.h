/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a policy is judged by.  The programs in the kernel and ownerctl in user space run these
 * same lines; what differs, how a table is looked up, each brings along:
 *
 *   judge_policy                  the type by which a policy goes through here
 *   judge_firsts(policy, key)     const struct policy_firsts *, NULL: no rule selects by this key
 *   judge_names(policy, rule, allows, driver)  whether that list of drivers has the name
 *   judge_list(policy, list)      JUDGE_MATCH, JUDGE_NO_MATCH or JUDGE_UNREADABLE, by
 *                                 judge_facts() and judge_glob_step()
 *   judge_has_gid(subject, gid)   whether it is the subject's, or one of his supplementary groups
 *   judge_copy(to, n, from)       copies n < 64 bytes
 *
 * Written for the verifier of Linux 5.10: every index is masked, every loop has a bound.
 */
#ifndef OWNER_JUDGE_H
#define OWNER_JUDGE_H

#include "owner_policy.h"

#define JUDGE_NO_MATCH   0
#define JUDGE_MATCH      1
#define JUDGE_UNREADABLE (-1) /* closed: who asks refuses */

enum judgement {
	JUDGED_ALLOW = 0,
	JUDGED_DENY = 1,
	JUDGED_UNREADABLE = 2,
	JUDGED_NOT = 3, /* the rule does not decide: the default does */
};

/*
 * Selection.
 */

/* How many bytes a cut name is shorter: "0000:3b:00.0" without ".0", ":00.0", ":3b:00.0". */
static __always_inline __u32 judge_cut(__u32 kind)
{
	return kind == SELECT_SLOT ? 2 : kind == SELECT_BUS ? 5 : 8;
}

static __always_inline bool judge_is_pci(const struct owner_device *d)
{
	return d->id.bus[0] == 'p' && d->id.bus[1] == 'c' && d->id.bus[2] == 'i' && !d->id.bus[3];
}

/* The part of a key that is a number. */
static __always_inline __u64 judge_number(const struct owner_device *d, __u32 kind)
{
	switch (kind) {
	case SELECT_ID:
		return d->pci_id;
	case SELECT_VENDOR:
		return d->pci_id >> 16;
	case SELECT_CLASS:
		return d->pci_class;
	case SELECT_SUBCLASS:
		return d->pci_class >> 8;
	case SELECT_BASE_CLASS:
		return d->pci_class >> 16;
	default:
		return d->group;
	}
}

/* Makes the key by which the device is selected, of one kind.  False: it has none. */
static __always_inline bool judge_key(struct policy_select_key *key, const struct owner_device *d,
				      __u32 kind)
{
	__u32 cut;

	key->kind = kind;
	key->number = 0;
	__builtin_memset(&key->name, 0, sizeof(key->name));
	switch (kind) {
	case SELECT_DEVICE:
	case SELECT_PROTECTED:
		key->name = d->id;
		return true;
	case SELECT_SLOT:
	case SELECT_BUS:
	case SELECT_DOMAIN:
		cut = judge_cut(kind);
		if (!judge_is_pci(d) || d->name_len <= cut)
			return false;
		__builtin_memcpy(key->name.bus, d->id.bus, sizeof(d->id.bus));
		judge_copy(key->name.name, d->name_len - cut, d->id.name);
		return true;
	case SELECT_BUS_ANY:
		__builtin_memcpy(key->name.bus, d->id.bus, sizeof(d->id.bus));
		return true;
	case SELECT_ANY:
		return true;
	case SELECT_DRIVER:
		__builtin_memcpy(key->name.name, d->host_driver, sizeof(d->host_driver));
		return d->host_driver[0];
	default:
		key->number = judge_number(d, kind);
		return kind == SELECT_GROUP || judge_is_pci(d);
	}
}

/*
 * Lowers *first to the first rule that selects the device and speaks of the act.  The key is
 * scratch memory that has the generation.
 */
static __always_inline void judge_device(judge_policy policy, struct policy_select_key *key,
					 const struct owner_device *d, __u32 kinds, __u32 act,
					 __u32 *first)
{
	for (__u32 kind = 0; kind < SELECT_KINDS; kind++) {
		const struct policy_firsts *firsts;

		if (!(kinds & 1U << kind) || !judge_key(key, d, kind))
			continue;
		firsts = judge_firsts(policy, key);
		if (firsts && firsts->rule[act & (POLICY_ACTS - 1)] < *first)
			*first = firsts->rule[act & (POLICY_ACTS - 1)];
	}
}

/* Whether the rule selects the device by its own name, and not as one of many. */
static __always_inline bool judge_names_device(judge_policy policy, struct policy_select_key *key,
					       const struct owner_device *d, __u32 act, __u32 rule)
{
	const struct policy_firsts *firsts;

	if (rule == POLICY_NO_RULE)
		return false;
	judge_key(key, d, SELECT_DEVICE);
	firsts = judge_firsts(policy, key);
	return firsts && firsts->rule[act & (POLICY_ACTS - 1)] == rule;
}

static __always_inline bool judge_protected(judge_policy policy, struct policy_select_key *key,
					    const struct owner_device *d)
{
	judge_key(key, d, SELECT_PROTECTED);
	return judge_firsts(policy, key);
}

/*
 * Subjects.
 */

/* All tests but that of the path. */
static __always_inline bool judge_facts(const struct policy_matcher *m,
					const struct policy_subject *s)
{
	if (m->tests & MATCH_UID && m->uid != s->uid)
		return false;
	if (m->tests & MATCH_EXE &&
	    (!m->exe_inode || m->exe_inode != s->exe_inode || m->exe_device != s->exe_device))
		return false;
	return !(m->tests & MATCH_GID) || judge_has_gid(s, m->gid);
}

/*
 * A pattern is fitted to a text in steps.  What a star or a tree took is remembered, and is
 * made longer when what follows does not fit: the latest star first, then the tree before it.
 * More than JUDGE_STEPS_MAX steps are not taken; then nobody knows, and the act is refused.
 */
#define JUDGE_STEPS_MAX 4096

#define JUDGE_PATH(i)    ((i) & (POLICY_PATH_MAX - 1))
#define JUDGE_PATTERN(i) ((i)&0xff)

struct judge_glob {
	__u32 text, pattern;    /* where they are compared now */
	__u32 star, after_star; /* up to where in the text the star reaches, and what follows it */
	__u32 tree, after_tree; /* 0: there is none */
	__u32 skips;            /* the tree is taking in a component, byte by byte */
	__s32 result;           /* JUDGE_*, once judge_glob_step() has returned false */
};

static __always_inline void judge_glob_start(struct judge_glob *g, __u32 at)
{
	__builtin_memset(g, 0, sizeof(*g));
	g->text = at;
	g->result = JUDGE_UNREADABLE;
}

static __always_inline bool judge_glob_end(struct judge_glob *g, __s32 result)
{
	g->result = result;
	return false;
}

/* What does not fit here may fit if a star or tree takes more. */
static __always_inline bool judge_glob_back(struct judge_glob *g, const char *path)
{
	char c = path[JUDGE_PATH(g->star)];

	if (g->after_star && c && c != '/') {
		g->text = ++g->star;
		g->pattern = g->after_star;
		return true;
	}
	if (g->after_tree && path[JUDGE_PATH(g->tree)] == '/') {
		g->tree++;
		g->skips = 1;
		return true;
	}
	return judge_glob_end(g, JUDGE_NO_MATCH);
}

static __always_inline void judge_glob_skip(struct judge_glob *g, const char *path)
{
	char c = path[JUDGE_PATH(g->tree)];

	if (c && c != '/') {
		g->tree++;
		return;
	}
	g->skips = 0;
	g->after_star = 0;
	g->text = g->tree;
	g->pattern = g->after_tree;
}

static __always_inline bool judge_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One step; false when the result is there. */
static __always_inline bool judge_glob_step(struct judge_glob *g, const char *path,
					    const char *pattern)
{
	char p = pattern[JUDGE_PATTERN(g->pattern)], c = path[JUDGE_PATH(g->text)];

	if (g->skips) {
		judge_glob_skip(g, path);
		return true;
	}
	switch (p) {
	case PATTERN_STAR:
		g->after_star = ++g->pattern;
		g->star = g->text;
		return true;
	case PATTERN_TREE:
		g->after_tree = ++g->pattern;
		g->tree = g->text;
		g->after_star = 0;
		return true;
	case PATTERN_DIGITS:
		if (!judge_is_digit(c))
			return judge_glob_back(g, path);
		g->text++;
		if (!judge_is_digit(path[JUDGE_PATH(g->text)]))
			g->pattern++;
		return true;
	case PATTERN_CHAR:
		if (!c || c == '/')
			return judge_glob_back(g, path);
		break;
	case '\0':
		return c ? judge_glob_back(g, path) : judge_glob_end(g, JUDGE_MATCH);
	default:
		if (p != c)
			return judge_glob_back(g, path);
	}
	g->text++;
	g->pattern++;
	return true;
}

/* Where in the text a matcher's pattern begins. */
static __always_inline __u32 judge_start(const struct policy_matcher *m,
					 const struct policy_subject *s)
{
	return m->tests & MATCH_SCOPE ? s->scope : 0;
}

#define JUDGE_BEGINS(path, at, text) judge_begins(path, at, text, sizeof(text) - 1)

/* The length is compared last: a compiler that knows it before takes it for the loop's bound. */
#define JUDGE_IS(path, at, len, text) (JUDGE_BEGINS(path, at, text) && (len) == sizeof(text) - 1)

static __always_inline bool judge_begins(const char *path, __u32 at, const char *text, __u32 n)
{
	for (__u32 i = 0; i < n; i++)
		if (path[JUDGE_PATH(at + i)] != text[i])
			return false;
	return true;
}

/*
 * Whether only root makes cgroups directly below the component that begins at `at`: a slice of
 * systemd's, or what the cgroupfs drivers of container runtimes and libvirt put theirs in.  A
 * scope, a service or a container may have been handed to who runs in it, and below it names
 * mean what he says.
 */
static __always_inline bool judge_is_parent(const char *path, __u32 at, __u32 len)
{
	if (len > 6 && JUDGE_BEGINS(path, at + len - 6, ".slice"))
		return true;
	if ((len == 39 || len == 35) && JUDGE_BEGINS(path, at, "pod"))
		return true;
	return JUDGE_IS(path, at, len, "docker") || JUDGE_IS(path, at, len, "kubepods") ||
	       JUDGE_IS(path, at, len, "burstable") || JUDGE_IS(path, at, len, "besteffort") ||
	       JUDGE_IS(path, at, len, "machine") || JUDGE_IS(path, at, len, "lxc") ||
	       JUDGE_IS(path, at, len, "libpod_parent");
}

/*
 * Rules.
 */

static __always_inline enum judgement
judge_subject(judge_policy policy, const struct policy_list *deny, const struct policy_list *allow)
{
	int match = deny->given ? judge_list(policy, deny) : JUDGE_NO_MATCH;

	if (match != JUDGE_NO_MATCH)
		return match == JUDGE_MATCH ? JUDGED_DENY : JUDGED_UNREADABLE;
	if (!allow->given)
		return JUDGED_NOT;
	match = judge_list(policy, allow);
	if (match == JUDGE_UNREADABLE)
		return JUDGED_UNREADABLE;
	return match == JUDGE_MATCH ? JUDGED_ALLOW : JUDGED_DENY;
}

/* A managed driver does no DMA of its own: it is refused only where a deny list names it. */
static __always_inline enum judgement judge_driver(judge_policy policy,
						   const struct policy_rule *rule, __u32 index,
						   bool managed, const char *driver)
{
	if (rule->flags & RULE_DENY_ALL)
		return JUDGED_DENY;
	if (rule->flags & RULE_DRIVERS_DENY && judge_names(policy, index, 0, driver))
		return JUDGED_DENY;
	if (managed)
		return JUDGED_ALLOW;
	if (!(rule->flags & RULE_DRIVERS_ALLOW))
		return JUDGED_NOT;
	if (rule->flags & RULE_ALLOW_ALL || judge_names(policy, index, 1, driver))
		return JUDGED_ALLOW;
	return JUDGED_DENY;
}

/* `owned`: a user owns the group of the device whose file (enum policy_files) it is. */
static __always_inline enum judgement judge_file(const struct policy_rule *rule, __u32 file,
						 bool owned)
{
	__u32 denied = rule->files | (owned ? rule->files_owned : 0);

	return denied & file ? JUDGED_DENY : JUDGED_NOT;
}

/* `held` bytes are mapped, and so many more are asked for; POLICY_NO_LIMIT: nobody knows. */
static __always_inline __u8 judge_limit(const struct policy_rule *rule, __u64 held, __u64 more)
{
	if (rule->limit == POLICY_NO_LIMIT)
		return REASON_NONE;
	if (held == POLICY_NO_LIMIT || more == POLICY_NO_LIMIT)
		return REASON_UNREADABLE;
	return more > rule->limit || held > rule->limit - more ? REASON_LIMIT : REASON_NONE;
}

static __always_inline __u8 judge_reason(enum judgement judged, const struct policy_rule *rule,
					 bool deny_by_default)
{
	if (judged == JUDGED_NOT || !rule)
		return deny_by_default ? REASON_DEFAULT : REASON_NONE;
	if (judged == JUDGED_UNREADABLE)
		return REASON_UNREADABLE;
	return judged == JUDGED_DENY ? rule->reason : REASON_NONE;
}

#endif
