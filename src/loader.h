/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF side of the daemon: the only file that sees the skeleton.
 *
 * Life: loader_new (open and load, nothing runs yet), fill the maps, loader_attach,
 * loader_pin; or loader_adopt.  loader_free closes everything; what is pinned goes on running.
 */
#ifndef OWNERD_LOADER_H
#define OWNERD_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "feature.h"
#include "owner_abi.h"
#include "registry.h"
#include "rings.h"

struct loader;

/* Sizes of the maps, in entries. */
struct loader_sizes {
	uint32_t groups, devices, minors;
};

/*
 * UNUSED: a program for kernels of another kind.  WAITING: one that no policy in force needs
 * (feature_program.demand).
 */
enum loader_state { HOOK_ABSENT, HOOK_FAILED, HOOK_ATTACHED, HOOK_UNUSED, HOOK_WAITING };

struct loader_hook {
	const struct feature_program *program;
	enum loader_state state;
	int error; /* of a failed attach */
};

/*
 * Opens and loads all programs that this kernel can have.  `before`: what is pinned there, of
 * the same ABI, will run beside them for a while; or NULL.  On failure *ret_error is one
 * malloc'ed line that says what the kernel or libbpf refused.
 */
int loader_new(struct loader **ret, const struct loader_sizes *sizes, const char *before,
	       char **ret_error);

/*
 * Takes what is pinned in `dir` for its own, as if it had loaded, attached and pinned it.
 * Negative, with nothing touched: -ENOENT, nothing is there; -ESTALE, another build's, or it
 * has less room than asked for; -EUCLEAN and others, when it is incomplete.
 */
int loader_adopt(struct loader **ret, const struct loader_sizes *sizes, const char *dir);

/* Attaches what was loaded: first the observers, then what refuses.  See loader_hooks(). */
void loader_attach(struct loader *l);

/*
 * Loads and attaches what these demands (enum feature_demand) need, and takes off what no other
 * needs. `dir`: where all is pinned, and this is too; NULL: it is not.  The first that is needed
 * and not attached, or NULL.
 */
const struct loader_hook *loader_want(struct loader *l, unsigned int demands, const char *dir);

/* Those that the programs which are attached now were attached for. */
unsigned int loader_demands(const struct loader *l);

/* State of every program, by index into feature_programs. */
const struct loader_hook *loader_hooks(const struct loader *l);

/* The first needed hook, of those that refuse or of the observers, that is not attached, or NULL.
 */
const struct loader_hook *loader_missing(const struct loader *l, bool refusing);

/* The first needed hook that this kernel does not have, or NULL; before loader_attach() too. */
const struct loader_hook *loader_absent(const struct loader *l);

const struct features *loader_features(const struct loader *l);

/* The live configuration of the programs: writes take effect at once. */
struct owner_config *loader_config(struct loader *l);

/* Descriptors owned by the loader. */
struct registry_maps loader_maps(const struct loader *l);
int loader_map_fd(const struct loader *l, const char *name); /* any other, by its name */

/* Where the programs' reports arrive; `handler` gets each. */
int loader_set_handler(struct loader *l, rings_handler handler, void *userdata);
struct rings *loader_rings(struct loader *l);

/*
 * How often the kernel skipped a program, of all together or (not ALWAYS) of those for this demand,
 * because it was preempted by another run of itself (see feature_preemptible()).
 */
uint64_t loader_skipped(const struct loader *l, unsigned int demand);

/* The link of the iterator that opens_read() reads; negative: there is none. */
int loader_opens_fd(const struct loader *l);

/* Pins all links and maps below `dir`, which must not exist. */
int loader_pin(struct loader *l, const char *dir);

void loader_free(struct loader *l);

static inline void loader_freep(struct loader **l)
{
	loader_free(*l);
}

#endif
