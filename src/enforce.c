// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include "counting.h"
#include "decide.h"
#include "enforce.h"
#include "follow.h"
#include "generation.h"
#include "guard.h"
#include "inherit.h"
#include "interrupts.h"
#include "log.h"
#include "losses.h"
#include "pins.h"
#include "policy.h"
#include "prove.h"
#include "safeguard.h"
#include "seed.h"
#include "spaces.h"
#include "sysfs.h"
#include "util.h"
#include "verify.h"

static int check_host(void)
{
	/* Kernels before 5.11 charge maps to RLIMIT_MEMLOCK. */
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	_cleanup_free_ char *obstacle = feature_obstacle();

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (!obstacle)
		return EXIT_OK;
	log_error("%s", obstacle);
	return EXIT_HOST;
}

/* `before`: where programs are pinned that these will replace, or NULL. */
static int load(struct loader **ret, const struct config *config, const char *before)
{
	struct loader_sizes sizes = seed_sizes(config);
	_cleanup_free_ char *error = NULL;
	int err = loader_new(ret, &sizes, before, &error);

	if (!err)
		return EXIT_OK;
	log_error("cannot load: %s; see ownerd --check", error ?: strerror(-err));
	return EXIT_HOST;
}

/* What an earlier ownerd left pinned is taken over as it is, or replaced. */
int enforce_load(struct manager *m)
{
	struct loader_sizes sizes = seed_sizes(&m->config);
	struct owner_config before;
	int err, status = check_host();

	if (status)
		return status;
	pins_mend();
	err = loader_adopt(&m->loader, &sizes, REGISTRY_PIN_DIR);
	m->adopted = !err;
	if (!err)
		return EXIT_OK;
	if (err != -ENOENT && err != -ESTALE)
		log_warning("what an earlier ownerd pinned in %s is incomplete, and is replaced: "
			    "%s",
			    REGISTRY_PIN_DIR, strerror(-err));
	m->inherits = registry_read_config(&before, REGISTRY_PIN_DIR) == 0 &&
		      before.abi == OWNER_ABI_VERSION;
	if (m->inherits && load(&m->loader, &m->config, REGISTRY_PIN_DIR) == EXIT_OK)
		return EXIT_OK;
	m->inherits = false;
	return load(&m->loader, &m->config, NULL);
}

/* Reports what is weaker than complete; in enforce mode that ends the start. */
static int degraded(const struct config *config, const char *what, const char *detail)
{
	if (config->mode == MODE_ENFORCE && !config->allow_degraded) {
		log_error("cannot enforce: %s: %s; see ownerd --check, or give --allow-degraded",
			  what, detail);
		return EXIT_DEGRADED;
	}
	log_warning("%s: %s", what, detail);
	return EXIT_OK;
}

static void describe_missing(const struct loader_hook *hook, char *buf, size_t size)
{
	if (hook->state == HOOK_ABSENT)
		snprintf(buf, size, "this kernel has no %s (came with %s)", hook->program->symbol,
			 hook->program->since);
	else
		snprintf(buf, size, "%s: %s", hook->program->symbol, strerror(-hook->error));
}

/* Without an observer the map would tell untruths: that is no mode to run in. */
static int check_observers(const struct loader_hook *missing)
{
	char detail[160];

	if (!missing)
		return EXIT_OK;
	describe_missing(missing, detail, sizeof(detail));
	log_error("cannot keep the owner map: %s; see ownerd --check", detail);
	return EXIT_HOST;
}

/* Everything that makes enforcement weaker than asked: the first ends the start, or all are said.
 */
static int check_refusing(const struct manager *m, const struct config *config)
{
	const struct loader_hook *missing = loader_missing(m->loader, true);
	int status = EXIT_OK;
	char detail[160];

	if (missing) {
		describe_missing(missing, detail, sizeof(detail));
		status = degraded(config, missing->program->job, detail);
	}
	if (!status && prove_claim(m->loader) != 0)
		status = degraded(config, "a canary was not refused",
				  "the hooks are attached and are not called");
	if (!status && loader_features(m->loader)->attach == ATTACH_FMOD_RET &&
	    feature_preemptible())
		status = degraded(config, "bpf is not an active LSM and this kernel is preemptible",
				  "a refusal can be skipped; add bpf to lsm= or boot with "
				  "preempt=voluntary");
	return status;
}

/* What is missing from the map is so since the counters were as in `before`. */
struct room {
	uint64_t full, cut;
};

static struct room count_room(struct loader *l)
{
	return (struct room){
		.full = losses_counter(l, COUNT_groups_full) +
			losses_counter(l, COUNT_devices_full) +
			losses_counter(l, COUNT_minors_full),
		.cut = losses_counter(l, COUNT_walks_cut),
	};
}

static int check_room(struct manager *m, const struct room *before)
{
	struct room now = count_room(m->loader);

	if (losses_counter(m->loader, COUNT_layouts_unknown))
		log_warning("VFIO's structures were not as this ownerd knows them: claims were "
			    "refused");
	if (now.full > before->full)
		return degraded(&m->config, "not every group, device and node could be recorded",
				"give more room by --max-groups");
	if (now.cut > before->cut)
		return degraded(&m->config, "not every device could be recorded",
				"a group has more than 256");
	return EXIT_OK;
}

/* Everything of the map that differs from the kernel's own state is said, corrected and counted. */
static int reconcile(struct manager *m)
{
	struct verify v;
	int err = verify_pinned(&v, REGISTRY_PIN_DIR);

	if (err) {
		log_error("cannot compare the map with the kernel: %s", strerror(-err));
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < v.n_differences; i++)
		log_warning("corrected: %s", v.differences[i]);
	m->corrected += v.n_differences;
	verify_done(&v);
	loader_config(m->loader)->correct = 1;
	err = verify_pinned(&v, REGISTRY_PIN_DIR);
	loader_config(m->loader)->correct = 0;
	if (!err)
		verify_done(&v);
	return EXIT_OK;
}

static int seed(struct manager *m)
{
	const struct room before = count_room(m->loader);
	size_t corrected = 0;
	int err = seed_state(m->loader, &corrected), status;

	m->corrected += corrected;
	m->skipped = loader_skipped(m->loader, ALWAYS);
	status = check_room(m, &before);
	if (!status && err == -EAGAIN)
		status = degraded(&m->config, "not every group could be learnt",
				  "they keep changing");
	if (!status && err && err != -EAGAIN) {
		log_error("cannot learn the groups that are there: %s", strerror(-err));
		status = EXIT_FAILED;
	}
	return status;
}

static int complain_of_policy(int err)
{
	if (err == -E2BIG)
		log_error("the policy is too large: at most %d rules, %d devices in all of them, "
			  "%d subjects and %d drivers",
			  POLICY_RULES_MAX, POLICY_SELECTS_MAX, POLICY_MATCHERS_MAX,
			  POLICY_DRIVERS_MAX);
	else
		log_error("cannot set the policy: %s", strerror(-err));
	return EXIT_FAILED;
}

/* The policy in force, and the one before it, as the programs have them. */
static void remember_policy(struct manager *m, struct policy *p, uint64_t content)
{
	const struct owner_config *config = loader_config(m->loader);
	struct registry_maps maps = loader_maps(m->loader);
	struct policy before = {};

	policy_done(&m->policy);
	m->policy = *p;
	*p = (struct policy){};
	m->content = content;
	if (config->fallback != config->generation) {
		generation_read(&before, &maps, config->fallback);
		policy_done(&m->before);
		m->before = before;
	}
	m->policy.before = &m->before;
}

static int find_protection(struct protection *ret)
{
	int err = safeguard_find(ret, "", SAFEGUARD_FILE);

	if (err)
		log_error("cannot tell which devices this host needs: %s", strerror(-err));
	return err ? EXIT_FAILED : EXIT_OK;
}

static void remember_protection(struct manager *m, struct protection *p)
{
	protect_done(&m->protection);
	m->protection = *p;
	*p = (struct protection){};
}

static int compile_policy(const struct rules *rules, const struct protection *needed,
			  struct policy *ret)
{
	int err = policy_compile(ret, rules, needed->devices, needed->n);

	return err ? complain_of_policy(err) : EXIT_OK;
}

static const char *pinned_in(const struct manager *m)
{
	return m->pinned || m->adopted ? REGISTRY_PIN_DIR : NULL;
}

/*
 * Attaches the programs that a policy needs, before it is switched to.  Those that are there stay
 * until it has been: the one that goes out of force may need them, an earlier daemon's too.
 */
static int attach_demanded(struct manager *m, const struct config *config, const struct policy *p)
{
	const unsigned int demands = loader_demands(m->loader) | policy_demands(p);
	const struct loader_hook *missing;
	char detail[160];

	counting_prepare(m->loader, demands);
	missing = loader_want(m->loader, demands, pinned_in(m));
	counting_begin(m->loader);
	if (!missing)
		return EXIT_OK;
	describe_missing(missing, detail, sizeof(detail));
	return degraded(config, missing->program->job, detail);
}

void enforce_settle(struct manager *m, bool less)
{
	unsigned int demands = guard_update(m->loader, &m->policy) | policy_demands(&m->policy) |
			       policy_demands(&m->before);

	if (!less)
		demands |= loader_demands(m->loader);
	counting_prepare(m->loader, demands);
	loader_want(m->loader, demands, pinned_in(m));
	counting_begin(m->loader);
	m->unsettled = false;
}

static int set_policy(struct manager *m, const struct config *config, const struct rules *rules,
		      uint64_t confirm_by)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(protect_done) struct protection needed = {};
	_cleanup_(policy_done) struct policy p = m->stand_in;
	int status = find_protection(&needed), err;

	m->stand_in = (struct policy){};
	if (!status && !m->stands_in)
		status = compile_policy(rules, &needed, &p);
	if (status)
		return status;
	status = attach_demanded(m, config, &p);
	if (status)
		return status;
	err = follow_resolve(m, &p)
		      ?: generation_apply(&maps, loader_config(m->loader), &p,
					  config->mode == MODE_ENFORCE, confirm_by);
	if (err)
		return complain_of_policy(err);
	remember_policy(m, &p, m->stands_in ? 0 : rules->content);
	enforce_settle(m, true);
	remember_protection(m, &needed);
	return EXIT_OK;
}

int enforce_replace(struct manager *m, struct policy *p)
{
	struct registry_maps maps = loader_maps(m->loader);
	const uint32_t number = m->policy.number;
	int err = generation_replace(&maps, loader_config(m->loader), p);

	if (err)
		return err;
	if (p->number == number + 1)
		p->since = m->policy.since ?: number;
	remember_policy(m, p, m->content);
	return 0;
}

/* For who goes back, this is no policy of its own. */
static int change_protection(struct manager *m, const struct protection *needed)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(policy_done) struct policy now = {}, p = {};
	int err = generation_read(&now, &maps, loader_config(m->loader)->generation);

	if (err == -ENOENT)
		return 0; /* no policy: nothing is refused */
	return err ?: policy_protect(&p, &now, needed->devices, needed->n)
			      ?: enforce_replace(m, &p);
}

void enforce_protect(struct manager *m)
{
	_cleanup_(protect_done) struct protection needed = {};
	int err = 0;

	if (loader_config(m->loader)->confirm_by || find_protection(&needed) != EXIT_OK)
		return;
	for (size_t i = 0; !err && i < m->protection.n; i++)
		err = protect_add(&needed, &m->protection.devices[i], m->protection.reasons[i]);
	if (err || protect_same(&needed, &m->protection))
		return;
	rings_catch_up(loader_rings(m->loader));
	err = change_protection(m, &needed);
	if (err) {
		complain_of_policy(err);
		return;
	}
	remember_protection(m, &needed);
	safeguard_say(m);
}

static int attach_and_seed(struct manager *m, const struct rules *rules)
{
	struct owner_config *config = loader_config(m->loader);
	int status = set_policy(m, &m->config, rules, 0), err;

	if (status)
		return status;
	config->fallback = config->generation; /* there was none before */
	config->enforce = 0;                   /* until all is learnt */
	if (getrandom(&config->canary, sizeof(config->canary), 0) != sizeof(config->canary)) {
		log_error("no random number for the canary: %s", strerror(errno));
		return EXIT_FAILED;
	}
	config->guard = !m->config.no_guard;
	config->overlap = !m->inherits;
	config->remaps = interrupts_are_remapped("");
	config->keeps_direct = loader_features(m->loader)->keeps_direct;
	if (m->inherits) {
		config->from = OWNER_NEVER;
		err = inherit_records(m->loader, REGISTRY_PIN_DIR);
		if (err)
			log_warning("not every record of an earlier ownerd is taken over: %s",
				    strerror(-err));
	}
	loader_attach(m->loader);
	err = spaces_note_old(m->loader);
	if (err)
		log_warning("who maps memory in containers from before ownerd may be refused: %s",
			    strerror(-err));
	status = check_observers(loader_missing(m->loader, false)) ?: check_refusing(m, &m->config);
	if (status)
		return status;
	status = seed(m);
	config->enforce = !status && m->config.mode == MODE_ENFORCE;
	return status;
}

/*
 * The programs of an earlier ownerd run on.  Nothing of what they do is changed before
 * everything that can fail is done.
 */
static int resume(struct manager *m, const struct rules *rules)
{
	struct owner_config *config = loader_config(m->loader);
	int status = check_observers(loader_missing(m->loader, false))
			     ?: check_refusing(m, &m->config)
			     ?: reconcile(m)
			     ?: seed(m)
			     ?: set_policy(m, &m->config, rules, 0);

	if (status)
		return status;
	config->guard = !m->config.no_guard;
	config->enforce = m->config.mode == MODE_ENFORCE;
	return EXIT_OK;
}

/* Before 5.19 the kernel lets both in; such a group is was so before ownerd came. */
static void warn_of_both(const struct registry_group *g)
{
	for (size_t i = 0; i < g->n_devices; i++) {
		const struct owner_device *d = &g->devices[i];

		if (d->driver[0] && !d->managed)
			log_warning(
				"group %u is a user's, and %s is bound to %s: each can reach the "
				"other's memory",
				g->id, d->id.name, d->driver);
	}
}

static bool governed_by(const struct manager *m, const struct registry_group *g,
			enum policy_act act, uint8_t reason)
{
	uint16_t rule = decide_rule(&m->policy, g->devices, g->n_devices, act);

	return rule < m->policy.head.rules && m->policy.rules[rule].reason == reason;
}

static void warn_of_reserved(const struct registry_group *g)
{
	char holder[40] = "an unknown process";

	if (g->held)
		snprintf(holder, sizeof(holder), "%s[%u]", g->holder.task.comm,
			 g->holder.task.tgid);
	log_warning("group %u is reserved and already held by %s", g->id, holder);
}

static void warn_of_guard(struct manager *m)
{
	if (loader_features(m->loader)->arbiter == ARBITER_OWNERD && m->config.no_guard)
		log_warning("--no-guard: on this kernel nobody keeps a host driver out of a user's "
			    "group: the kernel stops with a BUG when one binds");
}

static void warn_of_absent(const struct policy *p)
{
	for (size_t i = 0; i < p->head.selects; i++) {
		const struct policy_select_key *key = &p->selects[i].key;
		uint32_t group;

		if (key->kind == SELECT_DEVICE &&
		    sysfs_device_group("", key->name.bus, key->name.name, &group) < 0)
			log_warning(
				"%s/%s is not in any IOMMU group now; its policy acts when it is",
				key->name.bus, key->name.name);
	}
}

/* A group that policy reserves may already be a user's: nothing can be done, all can be said. */
void enforce_warn(struct manager *m)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};

	warn_of_guard(m);
	warn_of_absent(&m->policy);
	safeguard_say(m);
	if (registry_read(&r, &maps) < 0)
		return;
	for (size_t i = 0; i < r.n_groups; i++) {
		const struct registry_group *g = &r.groups[i];
		uint32_t owner = OWNER_STATE_KIND(g->record.state);

		if (owner == OWNER_USER)
			warn_of_both(g);
		if (owner == OWNER_USER && governed_by(m, g, POLICY_CLAIM, REASON_RESERVED))
			warn_of_reserved(g);
		if (owner == OWNER_KERNEL && governed_by(m, g, POLICY_BIND, REASON_DEDICATED))
			log_warning("group %u is dedicated and %u host drivers are already bound "
				    "in it",
				    g->id, OWNER_STATE_COUNT(g->record.state));
	}
}

static void pin(struct manager *m)
{
	int err;

	if (!pins_possible()) {
		log_warning("bpffs is not mounted at /sys/fs/bpf: enforcement ends with this "
			    "process; mount -t bpf bpf /sys/fs/bpf and start again");
		return;
	}
	err = m->adopted ? pins_clear(m->loader) : pins_replace(m->loader);
	m->pinned = m->adopted || !err || err == -ETIMEDOUT;
	loader_config(m->loader)->overlap = err == -ETIMEDOUT && !m->adopted && !m->inherits;
	if (err == -ETIMEDOUT)
		log_warning("the programs of an older ownerd still run beside these: a process "
			    "holds them");
	else if (err)
		log_warning("cannot pin in %s: %s: what this process adds ends with it",
			    REGISTRY_PIN_DIR, strerror(-err));
}

void enforce_pin(struct manager *m)
{
	loader_config(m->loader)->overlap = 0;
	pin(m);
	inherit_silence(m->loader);
	m->losses = losses_count(m->loader);
	if (m->losses && (m->adopted || m->inherits))
		log_warning("%" PRIu64 " records or reports were lost since the programs were "
			    "first loaded; see ownerctl status",
			    m->losses);
}

int enforce_relearn(struct manager *m)
{
	size_t corrected = 0;
	int err;

	if (m->pinned && reconcile(m) != EXIT_OK)
		return -EIO;
	err = seed_state(m->loader, &corrected);
	m->corrected += corrected;
	return err;
}

int enforce_start(struct manager *m, const struct rules *rules)
{
	return m->adopted ? resume(m, rules) : attach_and_seed(m, rules);
}

int enforce_change(struct manager *m, const struct config *config, const struct rules *rules,
		   uint64_t confirm_by)
{
	int status = check_refusing(m, config);

	return status ?: set_policy(m, config, rules, confirm_by);
}

int enforce_check(const struct config *config)
{
	struct loader *l = NULL;
	int status = check_host() ?: load(&l, config, NULL);

	if (!status)
		status = check_observers(loader_absent(l));
	loader_free(l);
	return status;
}
