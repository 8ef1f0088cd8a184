/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shapes of a policy as it is judged by, in the BPF maps and in user space alike.
 *
 * A policy is compiled whole, as a generation: a number that is never used again.  Every key
 * of every map carries it, so two generations stand side by side and owner_config.generation
 * says which one holds.  That word is the switch.  Who judges reads it once, and again when he
 * is done: if it changed meanwhile, he judges anew (owner_judge.h).
 *
 *   a device   -> "selects": for each act, the first rule that selects the device and speaks
 *                 of the act; the first of all devices of the group decides
 *   that rule  -> "rules": lists of matchers, lists of drivers, limits
 *   a subject  -> "matchers", in turn
 *
 * All of it fits OWNER_ABI_VERSION.
 */
#ifndef OWNER_POLICY_H
#define OWNER_POLICY_H

#include "owner_abi.h"

#define POLICY_RULES_MAX    4096
#define POLICY_SELECTS_MAX  16384
#define POLICY_MATCHERS_MAX 16384
#define POLICY_LIST_MAX     4096 /* matchers of one list */
#define POLICY_DRIVERS_MAX  8192
#define POLICY_GENERATIONS  3 /* in force, the one before, the one that is being made */

/* What a rule may speak of. */
enum policy_act {
	POLICY_BIND = 0,  /* bind of a driver */
	POLICY_CLAIM = 1, /* open, claim, receive a descriptor, map: who may have the group */
	POLICY_MAPS = 2,  /* DMA maps by its user */
	POLICY_SYSFS = 3, /* writes to sysfs files of its devices */
	POLICY_ACTS = 4,
};

#define POLICY_NO_RULE 0xffff

/* Map "generations": key __u32. */
struct policy_generation {
	__u64 hash;    /* of all that is below: the same policy has the same */
	__u64 applied; /* when it was switched to, CLOCK_BOOTTIME */
	__u32 rules, selects, matchers, drivers; /* how many there are of each */
	__u32 kinds;                             /* 1 << enum policy_select: those that are used */
	__u8 deny_bind; /* the default of what no rule decides: 0 allow, 1 deny */
	__u8 deny_claim;
	__u8 mode; /* enum rules_mode: what its files ask for */
	__u8 acts; /* 1 << enum policy_act: of what its rules speak */
};

/*
 * By what a device is selected.  The kinds from DEVICE to BUS_ANY have the names of
 * bus and device, of which the latter is cut: "0000:3b:00.0" "0000:3b:00" "0000:3b"
 * "0000" "".
 */
enum policy_select {
	SELECT_DEVICE = 0,
	SELECT_SLOT = 1,
	SELECT_BUS = 2,
	SELECT_DOMAIN = 3,
	SELECT_BUS_ANY = 4, /* any device of that bus type */
	SELECT_ANY = 5,     /* any device at all; no number, no name */
	SELECT_ID = 6,      /* number: vendor << 16 | device */
	SELECT_VENDOR = 7,  /* number: vendor */
	SELECT_CLASS = 8,   /* number: the class of 24 bits, as sysfs shows it */
	SELECT_SUBCLASS = 9,
	SELECT_BASE_CLASS = 10, /* number: its upper 16, its upper 8 bits */
	SELECT_DRIVER = 11,     /* name.name: its host driver, owner_device.host_driver */
	SELECT_GROUP = 12,      /* number: the group's */
	SELECT_KINDS = 13,
	/* No selection: by name, a device that the host needs to boot and to be reached.  Its
	 * drivers are denied only by a rule that selects it as SELECT_DEVICE. */
	SELECT_PROTECTED = 13,
};

/* Map "selects": what is not said by the kind is zero. */
struct policy_select_key {
	__u32 generation;
	__u32 kind;
	__u64 number;
	struct owner_device_name name;
};

/* Its value: for each act the first rule that selects by this key, or POLICY_NO_RULE. */
struct policy_firsts {
	__u16 rule[POLICY_ACTS];
};

/* A run of matchers, or of none: a list that is given and empty. */
struct policy_list {
	__u32 first;
	__u16 n;
	__u16 given; /* 0: the rule has no such list */
};

enum policy_files { /* bits of sysfs files, of devices and of drivers */
		    FILE_UNBIND = 1U << 0,
		    FILE_REMOVE = 1U << 1,
		    FILE_RESET = 1U << 2,
		    FILE_DRIVER_OVERRIDE = 1U << 3,
		    FILE_NEW_ID = 1U << 4,
		    FILE_SRIOV_NUMVFS = 1U << 5,
		    FILE_RESOURCE = 1U << 6, /* resourceN, also mapped */
		    FILE_CONFIG = 1U << 7,
		    FILE_BIND = 1U << 8, /* of no policy: it has rules for binds themselves */
};

#define POLICY_NO_LIMIT 0xffffffffffffffffULL

#define RULE_DRIVERS_DENY  (1U << 0) /* bind has a deny list, an allow list, */
#define RULE_DRIVERS_ALLOW (1U << 1)
#define RULE_DENY_ALL      (1U << 2) /* in which "*" stands */
#define RULE_ALLOW_ALL     (1U << 3)

#define POLICY_NAME_LEN  64
#define POLICY_PLACE_LEN 64

/* Map "rules": key struct policy_index. */
struct policy_rule {
	char name[POLICY_NAME_LEN];
	char place[POLICY_PLACE_LEN]; /* "10-gpu.yaml:12", "--reserve 0000:3b:00.0" */
	struct policy_list claim_deny, claim_allow, maps_deny, maps_allow;
	__u64 limit;       /* bytes of DMA maps by the user of one group */
	__u32 acts;        /* 1 << enum policy_act: what it speaks of */
	__u32 flags;       /* RULE_* */
	__u32 files_owned; /* enum policy_files: denied while a user owns the group */
	__u32 files;       /* always denied */
	__u8 reason;       /* enum owner_reason of its refusals */
	__u8 pad[3];
	__u32 digest; /* of what the rule says, wherever it stands */
	/* Counted by the programs, also in observe mode, and not part of the hash. */
	__u64 denied, would_deny;
	__u64 first, last; /* when it refused, or would have; 0: never */
};

struct policy_index {
	__u32 generation;
	__u32 index; /* from 0 */
};

/* Map "drivers": key, with no value that matters: this list of this rule names the driver. */
struct policy_driver {
	__u32 generation;
	__u16 rule;
	__u16 allows; /* 1: the allow list, 0: the deny list */
	char name[OWNER_DRIVER_LEN];
};

/* All tests of a matcher must hold. */
#define MATCH_ANY   (1U << 0) /* always holds */
#define MATCH_PATH  (1U << 1) /* the cgroup's path, as a whole, fits the pattern */
#define MATCH_SCOPE (1U << 2) /* so does its part from policy_subject.scope on */
#define MATCH_UID   (1U << 3) /* the real user id, in the initial user namespace */
#define MATCH_GID   (1U << 4) /* the effective group id, or a supplementary one */
#define MATCH_EXE   (1U << 5) /* the file that is executed */

/*
 * Marks, which are no tests: what a matcher stands for, so that it can be found out anew.
 *
 * NAMED has a container's name for its pattern, which is no path and never fits.  Behind it come
 * those of the containers that are called so, RESOLVED.  PROGRAM has the path of a program, or
 * nothing if it is too long, and a test that never holds; it stands before all others of its entry,
 * whose exe_* are that program's.
 */
#define MATCH_NAMED    (1U << 6)
#define MATCH_RESOLVED (1U << 7)
#define MATCH_PROGRAM  (1U << 8)

#define POLICY_PATTERN_LEN 256 /* with its NUL */

/*
 * A pattern's bytes stand for themselves but for these, which no text has.
 */
#define PATTERN_STAR   1 /* any run of bytes, without "/" */
#define PATTERN_TREE   2 /* any number of components, each with the "/" before it */
#define PATTERN_DIGITS 3 /* one decimal digit or more, as many as there are */
#define PATTERN_CHAR   4 /* one byte but "/" */

/* Map "matchers": key struct policy_index. */
struct policy_matcher {
	__u32 tests; /* MATCH_* */
	__u32 uid, gid;
	__u32 exe_device; /* super_block.s_dev, as the kernel has it (major << 20 | minor) */
	__u64 exe_inode;  /* 0: that file is not there, the test never holds */
	char pattern[POLICY_PATTERN_LEN];
};

#define POLICY_PATH_MAX 1024 /* with its NUL; a longer path cannot be judged */

/* Who acts, as the kernel has it at the moment of the act. */
struct policy_subject {
	__u32 uid, gid;
	__u32 exe_device;
	__u32 scope; /* where in the path the first component begins (with its "/") that is no
		      * slice and nothing else below which only root makes cgroups; what
		      * follows is named by who lives there */
	__u64 exe_inode;
	char path[POLICY_PATH_MAX];
};

OWNER_CHECK_SIZE(struct policy_generation, 40);
OWNER_CHECK_SIZE(struct policy_select_key, 96);
OWNER_CHECK_SIZE(struct policy_firsts, 8);
OWNER_CHECK_SIZE(struct policy_rule, 224);
OWNER_CHECK_SIZE(struct policy_driver, 40);
OWNER_CHECK_SIZE(struct policy_matcher, 280);
OWNER_CHECK_SIZE(struct policy_subject, 1048);

#endif
