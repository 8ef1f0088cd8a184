/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel and host have: the only place that knows kernels.
 *
 * One table has a row for each BPF program, with what it hangs on, the version or
 * commit that came with, and whether enforcement needs it; another a row for each
 * need of the host.  The loader asks them what to load and how; "ownerctl doctor"
 * and "ownerd --check" print them.
 */
#ifndef OWNERD_FEATURES_H
#define OWNERD_FEATURES_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include "owner_policy.h"

/* How the refusing programs attach. */
enum feature_attach {
	ATTACH_LSM,      /* `bpf` is an active LSM */
	ATTACH_FMOD_RET, /* it is not: fmod_ret on security_*, the same verdicts */
};

enum feature_need {
	NEED_NO,         /* without it less is explained */
	NEED_IF_PRESENT, /* a kernel without it does the same another way */
	NEED_YES,        /* without it the map is untrue, or enforcement weaker than asked */
};

/* Who decides on ownership: the kernel itself since 5.19, before that ownerd. */
enum feature_arbiter {
	ARBITER_ANY,
	ARBITER_KERNEL,
	ARBITER_OWNERD,
};

/* What costs every user of the host, and only some need, is attached for those alone. */
enum feature_demand {
	ALWAYS = 0,
	FOR_MAPS = 1U << POLICY_MAPS,   /* a rule limits DMA maps */
	FOR_SYSFS = 1U << POLICY_SYSFS, /* a rule speaks of sysfs files */
	FOR_USERS = 1U << POLICY_ACTS,  /* a group is a user's, may become one's, or is guarded */
	FOR_VFIO = FOR_USERS << 1, /* a device is at VFIO: to hang on a module keeps it loaded */
	FOR_AREAS = FOR_VFIO << 1, /* the same, all of it or none: what is counted up and down */
};

struct feature_program {
	const char *name;   /* of the program in bpf/owner.bpf.c */
	const char *job;    /* in a few words */
	const char *symbol; /* the kernel function, LSM hook or tracepoint it hangs on */
	const char *since;  /* the kernel that brought it */
	bool refuses;       /* LSM program: attaches by enum feature_attach */
	enum feature_need need;
	enum feature_arbiter arbiter; /* only where this one decides */
	enum feature_demand demand;
	const char *unless; /* the kernel function that replaces its own, where it is there; NULL */
	bool if_present;    /* a kernel without its own has nothing for it to see */
	const char *module; /* that the symbol is of, unless it is built in; NULL: it always is */
};

extern const struct feature_program feature_programs[];
extern const size_t feature_n_programs;

/* Which of the programs' symbols the running kernel has: by its BTF, read once. */
struct features {
	enum feature_attach attach;
	enum feature_arbiter arbiter; /* KERNEL or OWNERD */
	bool *built_in, *needless;    /* by index into feature_programs */
	unsigned int map_arguments; /* how many iommu_map() has: 5, since 6.3 6; 0: it is absent */
	unsigned int capable_arguments; /* the same of capable_wrt_inode_uidgid() */
	bool casts;                     /* it has bpf_rdonly_cast(): since 6.2 */
	bool keeps_direct;              /* feature_keeps_direct() */
};

/* -ENOENT: the kernel has no BTF. */
int feature_probe(struct features *ret);

/* Whether the kernel has what the program hangs on: now, since modules come and go. */
bool feature_is_present(const struct features *f, const struct feature_program *p);

/* Whether the program has a job on this kernel. */
bool feature_applies(const struct features *f, const struct feature_program *p);

void feature_done(struct features *f);

/*
 * Whether a task in the kernel may be preempted by another: then the kernel skips a
 * program that is hung on a function (not an LSM program) when the same program is
 * already running on that CPU (bpf_prog_check_recur(), since 5.12).
 */
bool feature_preemptible(void);

/*
 * Whether the kernel keeps a device, of which the firmware wants memory mapped as it is, from
 * users: since 6.6 all kernels do (struct dev_iommu, require_direct), before, those with an Intel
 * IOMMU.
 */
bool feature_keeps_direct(void);

/* The active LSMs as the kernel lists them, malloc'ed; works with securityfs not mounted. */
int feature_lsm_list(char **ret);

/*
 * Every row probed on this host, as an array of Check (io.ownerd.varlink): name,
 * result (pass, fail, warn, skip), detail, remedy.  A new reference, NULL: no memory.
 */
struct json_object *feature_checks(void);

/* One Check; detail is a format.  A new reference. */
struct json_object *feature_check(const char *name, const char *result, const char *remedy,
				  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The first failing need of the host in one line, malloc'ed, or NULL when ownerd can run. */
char *feature_obstacle(void);

#endif
