// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include "describe.h"
#include "exposure.h"
#include "inherit.h"
#include "log.h"
#include "manager.h"
#include "methods.h"
#include "pins.h"
#include "policy.h"
#include "prove.h"
#include "seed.h"
#include "util.h"
#include "verify.h"

#define RUN_DIR   "/run/ownerd"
#define LOCK_PATH RUN_DIR "/lock"

#define LOSS_INTERVAL_USEC (10 * USEC_PER_SEC)

int manager_lock(int *ret_fd)
{
	_cleanup_close_ int fd = -1;

	mkdir(RUN_DIR, 0755);
	fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		log_error("%s: %s; mount a writable /run", LOCK_PATH, strerror(errno));
		return EXIT_HOST;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		log_error("another ownerd is running (%s is locked); stop it first, or ask it: "
			  "ownerctl status",
			  LOCK_PATH);
		return EXIT_RUNNING;
	}
	*ret_fd = TAKE_FD(fd);
	return EXIT_OK;
}

static int check_host(void)
{
	_cleanup_free_ char *obstacle = feature_obstacle();

	if (!obstacle)
		return EXIT_OK;
	log_error("%s", obstacle);
	return EXIT_HOST;
}

/* `before`: where programs are pinned that these will replace, or NULL. */
static int load(struct loader **ret, const struct config *config, const char *before)
{
	struct loader_sizes sizes = seed_sizes(config);
	/* Kernels before 5.11 charge maps to RLIMIT_MEMLOCK. */
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	_cleanup_free_ char *error = NULL;
	int err;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	err = loader_new(ret, &sizes, before, &error);
	if (!err)
		return EXIT_OK;
	log_error("cannot load: %s; see ownerd --check", error ?: strerror(-err));
	return EXIT_HOST;
}

/* What an earlier ownerd left pinned is taken over as it is, or replaced. */
static int adopt_or_load(struct manager *m)
{
	struct loader_sizes sizes = seed_sizes(m->config);
	struct owner_config before;
	int err;

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
	return load(&m->loader, m->config, m->inherits ? REGISTRY_PIN_DIR : NULL);
}

/* Reports what is weaker than complete; in enforce mode that ends the start. */
static int degraded(const struct manager *m, const char *what, const char *detail)
{
	if (m->config->mode == MODE_ENFORCE && !m->config->allow_degraded) {
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
static int check_refusing(const struct manager *m)
{
	const struct loader_hook *missing = loader_missing(m->loader, true);
	int status = EXIT_OK;
	char detail[160];

	if (missing) {
		describe_missing(missing, detail, sizeof(detail));
		status = degraded(m, missing->program->job, detail);
	}
	if (!status && prove_claim(m->loader) != 0)
		status = degraded(m, "a canary was not refused",
				  "the hooks are attached and are not called");
	if (!status && loader_attach_type(m->loader) == ATTACH_FMOD_RET && feature_preemptible())
		status = degraded(m, "bpf is not an active LSM and this kernel is preemptible",
				  "a refusal can be skipped; add bpf to lsm= or boot with "
				  "preempt=voluntary");
	if (!status && feature_iommufd())
		status = degraded(m, "this host has iommufd",
				  "what it hands out is neither seen nor refused yet");
	return status;
}

static uint64_t counter(struct manager *m, enum owner_counter which)
{
	struct registry_maps maps = loader_maps(m->loader);
	uint64_t value = 0;

	registry_counter(&maps, which, &value);
	return value;
}

/* What a full map or an unreadable field has cost, in records and reports. */
static uint64_t count_losses(struct manager *m)
{
	static const enum owner_counter losses[] = {
		COUNT_changes_dropped, COUNT_violations_dropped, COUNT_groups_full,
		COUNT_devices_full,    COUNT_holders_full,       COUNT_minors_full,
		COUNT_reads_failed,    COUNT_walks_cut,          COUNT_mirrors_unsettled,
		COUNT_claims_full,     COUNT_layouts_unknown,
	};
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(losses); i++)
		sum += counter(m, losses[i]);
	return sum;
}

/* Runs that the kernel skipped may have been the only ones to see something: all is learnt anew. */
static void make_up_for_skips(struct manager *m)
{
	uint64_t skipped = loader_skipped(m->loader);
	int err;

	if (skipped == m->skipped)
		return;
	err = seed_groups(m->loader);
	if (err)
		log_warning("the kernel skipped programs %" PRIu64 " times, and the groups cannot "
			    "be learnt anew: %s",
			    skipped - m->skipped, strerror(-err));
	else
		log_info("the kernel skipped programs %" PRIu64 " times; the groups are learnt "
			 "anew",
			 skipped - m->skipped);
	m->skipped = skipped;
}

/* Nothing is lost quietly: whatever the programs could not record or report is said. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	uint64_t losses = count_losses(m);

	if (losses > m->losses)
		log_warning("%" PRIu64 " records or reports were lost; see ownerctl status",
			    losses - m->losses);
	m->losses = losses;
	make_up_for_skips(m);
	sd_event_source_set_time_relative(source, LOSS_INTERVAL_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int check_losses(struct manager *m)
{
	m->losses = count_losses(m);
	if (counter(m, COUNT_groups_full) || counter(m, COUNT_devices_full))
		return degraded(m, "not every group and device could be recorded",
				"give more room by --max-groups");
	if (counter(m, COUNT_layouts_unknown))
		return degraded(m, "VFIO's structures are not as this ownerd knows them",
				"claims are refused");
	if (counter(m, COUNT_walks_cut))
		return degraded(m, "not every device could be recorded",
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
	size_t corrected = 0;
	int err = seed_state(m->loader, &corrected), status;

	m->corrected += corrected;
	m->skipped = loader_skipped(m->loader);
	status = check_losses(m);
	if (!status && err == -EAGAIN)
		status = degraded(m, "not every group could be learnt", "they keep changing");
	if (!status && err && err != -EAGAIN) {
		log_error("cannot learn the groups that are there: %s", strerror(-err));
		status = EXIT_FAILED;
	}
	return status;
}

static int attach_and_seed(struct manager *m)
{
	struct owner_config *config = loader_config(m->loader);
	int err = policy_apply(m->loader, m->config) ?: seed_canary(m->loader);
	int status;

	if (err) {
		log_error("cannot set the policies: %s", strerror(-err));
		return EXIT_FAILED;
	}
	if (getrandom(&config->canary, sizeof(config->canary), 0) != sizeof(config->canary)) {
		log_error("no random number for the canary: %s", strerror(errno));
		return EXIT_FAILED;
	}
	config->guard = !m->config->no_guard;
	config->overlap = !m->inherits;
	if (m->inherits) {
		config->from = OWNER_NEVER;
		err = inherit_records(m->loader, REGISTRY_PIN_DIR);
		if (err)
			log_warning("not every record of an earlier ownerd is taken over: %s",
				    strerror(-err));
	}
	loader_attach(m->loader);
	status = check_observers(loader_missing(m->loader, false)) ?: check_refusing(m);
	if (status)
		return status;
	status = seed(m);
	config->enforce = !status && m->config->mode == MODE_ENFORCE;
	return status;
}

/*
 * The programs of an earlier ownerd run on.  Nothing of what they do is changed before
 * everything that can fail is done.
 */
static int resume(struct manager *m)
{
	struct owner_config *config = loader_config(m->loader);
	int status = check_refusing(m), err;

	config->until = OWNER_NEVER;
	if (!status)
		status = reconcile(m) ?: seed(m);
	if (status)
		return status;
	err = policy_apply(m->loader, m->config);
	if (err) {
		log_error("cannot set the policies: %s", strerror(-err));
		return EXIT_FAILED;
	}
	config->guard = !m->config->no_guard;
	config->enforce = m->config->mode == MODE_ENFORCE;
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

static void warn_of_guard(struct manager *m)
{
	if (loader_arbiter(m->loader) == ARBITER_OWNERD && m->config->no_guard)
		log_warning("--no-guard: on this kernel nobody keeps a host driver out of a user's "
			    "group: the kernel stops with a BUG when one binds");
}

/* A group that policy reserves may already be a user's: nothing can be done, all can be said. */
static void warn_of_conflicts(struct manager *m)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};

	if (registry_read(&r, &maps) < 0)
		return;
	for (size_t i = 0; i < r.n_groups; i++) {
		const struct registry_group *g = &r.groups[i];
		uint32_t owner = OWNER_STATE_KIND(g->record.state);

		if (owner == OWNER_USER)
			warn_of_both(g);
		if (g->policy & POLICY_RESERVE && owner == OWNER_USER) {
			char holder[40] = "an unknown process";

			if (g->held)
				snprintf(holder, sizeof(holder), "%s[%u]", g->holder.task.comm,
					 g->holder.task.tgid);
			log_warning("group %u is reserved and already held by %s", g->id, holder);
		}
		if (g->policy & POLICY_DEDICATE && owner == OWNER_KERNEL)
			log_warning("group %u is dedicated and %u host drivers are already bound "
				    "in it",
				    g->id, OWNER_STATE_COUNT(g->record.state));
	}
}

static const char still_run[] =
	"the programs of an older ownerd still run beside these: a process holds them";

static void pin(struct manager *m)
{
	int err;

	if (m->adopted) {
		m->pinned = true;
		if (pins_clear(m->loader) == -ETIMEDOUT)
			log_warning(still_run);
		return;
	}
	if (!pins_possible()) {
		log_warning("bpffs is not mounted at /sys/fs/bpf: enforcement ends with this "
			    "process; mount -t bpf bpf /sys/fs/bpf and start again");
		loader_config(m->loader)->overlap = 0;
		return;
	}
	err = pins_replace(m->loader);
	loader_config(m->loader)->overlap = err == -ETIMEDOUT && !m->inherits;
	if (err && err != -ETIMEDOUT)
		loader_config(m->loader)->from = 0;
	m->pinned = !err || err == -ETIMEDOUT;
	if (err == -ETIMEDOUT)
		log_warning(still_run);
	else if (err)
		log_warning("cannot pin in %s: %s: enforcement ends with this process",
			    REGISTRY_PIN_DIR, strerror(-err));
}

static void publish(void *userdata, const struct owner_report *report)
{
	struct manager *m = userdata;
	struct json_object *event = describe_event(report);

	audit_write(&m->audit, report, event);
	control_publish(m->control, event);
	json_object_put(event);
}

static void on_report(void *userdata, const struct owner_report *report)
{
	struct manager *m = userdata;
	struct registry_maps maps = loader_maps(m->loader);

	publish(m, report);
	if (report->act == ACT_JOIN && report->owner == OWNER_USER &&
	    report->device.policy & POLICY_RESERVE)
		log_warning("group %u is a user's, and %s, which is reserved, has joined it",
			    report->group, report->device.id.name);
	exposure_check(report, &maps, publish, m);
}

static int on_ring(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct manager *m = userdata;

	loader_consume(m->loader);
	return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	return sd_event_exit(sd_event_source_get_event(source), EXIT_OK);
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;
	int err = audit_reopen(&m->audit);

	if (err)
		log_error("%s: %s; the old file is still written", m->audit.path, strerror(-err));
	return 0;
}

static int listen_on_control(struct manager *m)
{
	const struct group *readers = getgrnam("ownerd");
	const struct control_config config = {
		.path = m->config->socket ?: CONTROL_SOCKET_PATH,
		.interface = "io.ownerd",
		.description = methods_interface,
		.vendor = "ownerd",
		.product = "ownerd",
		.version = OWNERD_VERSION,
		.url = "",
		.readers = readers ? readers->gr_gid : (gid_t)-1,
		.methods = methods_table,
		.userdata = m,
	};
	int err = control_new(&m->control, m->event, &config);

	if (!err)
		return EXIT_OK;
	log_error("%s: %s%s", config.path, strerror(-err),
		  err == -EADDRINUSE ? "; another process answers there" : "");
	return err == -EADDRINUSE ? EXIT_RUNNING : EXIT_FAILED;
}

static int watch_events(struct manager *m)
{
	static const struct {
		int signal;
		sd_event_signal_handler_t handler;
	} signals[] = {{SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, on_hangup}};
	int err = loader_set_handler(m->loader, on_report, m);

	if (!err)
		err = sd_event_add_io(m->event, NULL, loader_ring_fd(m->loader), EPOLLIN, on_ring,
				      m);
	if (err >= 0)
		err = sd_event_add_time_relative(m->event, NULL, CLOCK_MONOTONIC,
						 LOSS_INTERVAL_USEC, 0, on_timer, m);
	for (size_t i = 0; err >= 0 && i < ARRAY_SIZE(signals); i++)
		err = sd_event_add_signal(m->event, NULL, signals[i].signal, signals[i].handler, m);
	if (err >= 0)
		return EXIT_OK;
	log_error("cannot wait for events: %s", strerror(-err));
	return EXIT_FAILED;
}

/* Blocked from the first moment, so that a signal while loading ends the start in order. */
static int block_signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	return sigprocmask(SIG_BLOCK, &mask, NULL);
}

static int start(struct manager *m)
{
	int status, err;

	block_signals();
	err = sd_event_new(&m->event);
	if (err < 0) {
		log_error("event loop: %s", strerror(-err));
		return EXIT_FAILED;
	}
	err = audit_open(&m->audit, m->config->log);
	if (err) {
		log_error("%s: %s; name another file by --log", m->config->log, strerror(-err));
		return EXIT_USAGE;
	}
	status = check_host() ?: manager_lock(&m->lock) ?: adopt_or_load(m);
	if (!status)
		status = watch_events(m) ?: listen_on_control(m)
					 ?: m->adopted ? resume(m) : attach_and_seed(m);
	return status;
}

static void announce(struct manager *m)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};
	const char *mode = m->config->mode == MODE_ENFORCE ? "enforce" : "observe";

	registry_read(&r, &maps);
	log_info("%s mode, %zu groups, %zu devices%s", mode, r.n_groups, r.n_devices,
		 m->adopted    ? "; the programs of an earlier ownerd run on"
		 : m->inherits ? "; the records of an earlier ownerd are taken over"
			       : "");
	sd_notifyf(false, "READY=1\nSTATUS=%s mode, %zu groups", mode, r.n_groups);
}

static void stop(struct manager *m)
{
	if (m->event) {
		sd_notify(false, "STOPPING=1");
		sd_event_unref(m->event);
	}
	control_free(m->control);
	loader_free(m->loader);
	audit_done(&m->audit);
	free(m->opens);
	close_fd(&m->lock);
}

int manager_run(const struct config *config)
{
	struct manager m = {.config = config, .lock = -1};
	struct timespec now;
	int status;

	clock_gettime(CLOCK_REALTIME, &now);
	m.started = now.tv_sec * USEC_PER_SEC + now.tv_nsec / NSEC_PER_USEC;
	m.audit.fd = -1;
	status = start(&m);
	if (!status) {
		pin(&m);
		warn_of_guard(&m);
		warn_of_conflicts(&m);
		announce(&m);
		status = sd_event_loop(m.event) < 0 ? EXIT_FAILED : EXIT_OK;
		log_info("stopped; %s", m.pinned ? "what is pinned still enforces, until ownerd "
						   "--unpin"
						 : "nothing enforces any more");
	}
	stop(&m);
	return status;
}

int manager_check(const struct config *config)
{
	struct loader *l = NULL;
	int status = check_host() ?: load(&l, config, NULL);

	if (!status)
		status = check_observers(loader_absent(l));
	loader_free(l);
	return status;
}
