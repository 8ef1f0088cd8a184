// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include "apply.h"
#include "collect.h"
#include "decide.h"
#include "describe.h"
#include "enforce.h"
#include "exposure.h"
#include "follow.h"
#include "generation.h"
#include "guard.h"
#include "log.h"
#include "losses.h"
#include "manager.h"
#include "methods.h"
#include "models.h"
#include "notes.h"
#include "reprobe.h"
#include "seed.h"
#include "sysfs.h"
#include "util.h"

#define RUN_DIR   "/run/ownerd"
#define LOCK_PATH RUN_DIR "/lock"

#define LOSS_INTERVAL_USEC (10 * USEC_PER_SEC)
#define HEAP_SPARE         (128 * 1024)

static uint64_t epoch_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * USEC_PER_SEC + now.tv_nsec / NSEC_PER_USEC;
}

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

/* Runs that the kernel skipped may have been the only ones to see something: all is learnt anew. */
static void make_up_for_skips(struct manager *m)
{
	uint64_t skipped = loader_skipped(m->loader, ALWAYS);
	int err;

	if (skipped == m->skipped && m->settled)
		return;
	err = enforce_relearn(m);
	if (err)
		log_warning("not everything can be learnt anew, and is tried again: %s",
			    strerror(-err));
	else if (skipped != m->skipped)
		log_info("the kernel skipped programs %" PRIu64 " times; the groups are learnt "
			 "anew",
			 skipped - m->skipped);
	if (err)
		return;
	m->skipped = skipped;
	m->settled = true;
	m->relearns++;
	m->relearned = epoch_usec();
}

/* Nothing is lost quietly: whatever the programs could not record or report is said. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	uint64_t losses = losses_count(m->loader);

	rings_catch_up(loader_rings(m->loader)); /* also what nobody was woken for, see reader.c */
	if (losses > m->losses)
		notes_losses(m, losses - m->losses, losses);
	m->losses = losses;
	suppress_settle(&m->suppress, boottime_ns(), false);
	audit_catch_up(&m->audit);
	seed_drop_claims(m->loader);
	make_up_for_skips(m);
	enforce_protect(m);
	follow_check(m);
	enforce_settle(m, true);
	collect_write(m);
	malloc_trim(
		0); /* what it took to start, to read a policy, or to answer who asked for much */
	sd_event_source_set_time_relative(source, LOSS_INTERVAL_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Who called the kernel's maps of a report, and how much they are by now. */
static void add_kernel_maps(struct manager *m, const struct owner_report *report,
			    struct json_object *event)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};
	const struct registry_kernel_maps *k;

	if (report->act != ACT_DMA || registry_read(&r, &maps) < 0)
		return;
	k = registry_find_kernel_maps(&r, report);
	if (k)
		json_object_object_add(event, "kernel_maps", describe_kernel_maps(k));
}

/* What an operator reads at the default level: refusals, and every change of an owner. */
static int level_of(const struct owner_report *r)
{
	if (r->verdict != VERDICT_ALLOW)
		return LOG_WARNING;
	switch (r->act) {
	case ACT_CLAIM:
	case ACT_RELEASE:
		return LOG_INFO;
	case ACT_BIND:
	case ACT_UNBIND:
		return r->device.managed ? LOG_DEBUG : LOG_INFO;
	default:
		return LOG_DEBUG;
	}
}

static void tell(struct manager *m, const struct owner_report *report, bool written)
{
	struct json_object *event = describe_event(report, &m->policy);

	containers_add_names(&m->known, event);
	add_kernel_maps(m, report, event);
	if (written)
		audit_write(&m->audit, level_of(report), report->when, event);
	control_publish(m->control, event);
	json_object_put(event);
}

/* What repeats and nobody watches is counted, and not put into words. */
static void publish(void *userdata, const struct owner_report *report)
{
	struct manager *m = userdata;
	bool written = m->config.log_repeats == REPEATS_WRITE ||
		       !suppress_check(&m->suppress, report, boottime_ns());

	recent_note(&m->recent, report);
	metrics_count(&m->tally, report);
	if (written || control_has_subscribers(m->control))
		tell(m, report, written);
}

static bool is_reserved(const struct manager *m, const struct owner_device *d)
{
	uint16_t rule = decide_rule(&m->policy, d, 1, POLICY_CLAIM);

	return rule < m->policy.head.rules && m->policy.rules[rule].reason == REASON_RESERVED;
}

static void on_report(void *userdata, const struct owner_report *report)
{
	struct manager *m = userdata;
	struct registry_maps maps = loader_maps(m->loader);

	publish(m, report);
	m->unsettled |= guard_changes(report);
	if (report->act == ACT_JOIN && models_learn(m->loader, &report->device))
		sysfs_touch_group("", report->group);
	if (report->act == ACT_JOIN && report->owner == OWNER_USER &&
	    is_reserved(m, &report->device))
		log_warning("group %u is a user's, and %s, which is reserved, has joined it",
			    report->group, report->device.id.name);
	exposure_check(report, &maps, publish, m);
	reprobe_check(report, &maps, m->config.reprobe);
}

static void after_reports(void *userdata)
{
	struct manager *m = userdata;

	if (m->unsettled)
		enforce_settle(m, false);
}

/* An answer knows of all that was reported before it was asked for. */
static void before_call(void *userdata)
{
	struct manager *m = userdata;

	rings_catch_up(loader_rings(m->loader));
	after_reports(m);
}

/* After each batch of whatever came: what it changed of the policy, and that it is on the disk. */
static int on_post(sd_event_source *source, void *userdata)
{
	struct manager *m = userdata;

	notes_policy(m, LOG_INFO, NULL);
	audit_sync(&m->audit);
	return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	return sd_event_exit(sd_event_source_get_event(source), EXIT_OK);
}

static void announce(struct manager *m)
{
	struct registry_maps maps = loader_maps(m->loader);
	_cleanup_(registry_done) struct registry r = {};
	_cleanup_free_ char *message = NULL;
	const char *mode = m->config.mode == MODE_ENFORCE ? "enforce" : "observe";

	registry_read(&r, &maps);
	if (asprintf(&message, "%s mode, %zu groups, %zu devices%s", mode, r.n_groups, r.n_devices,
		     m->adopted    ? "; the programs of an earlier ownerd run on"
		     : m->inherits ? "; the records of an earlier ownerd are taken over"
				   : "") < 0)
		message = NULL;
	if (!m->noted.begun) {
		notes_start(m, message);
	} else {
		log_info("%s", message);
		notes_policy(m, LOG_INFO, NULL);
	}
	sd_notifyf(false, "READY=1\nSTATUS=%s mode, %zu groups", mode, r.n_groups);
}

static int check_confirmed(struct manager *m)
{
	apply_settle(m);
	if (!generation_waits(loader_config(m->loader)))
		return EXIT_OK;
	log_error("policy %u waits for its confirmation: ownerctl policy confirm, or revert",
		  m->policy.number);
	return EXIT_FAILED;
}

/* In place of a rejected policy the accepted one is there already. */
static void accept_loaded(struct manager *m)
{
	if (!m->stands_in)
		apply_accept(m, m->config.policy ?: RULES_DIR);
}

/* All of a new configuration is taken, or nothing of it. */
static int reload(struct manager *m)
{
	_cleanup_(rules_done) struct rules rules = {};
	struct config changed = {}, old = m->config;
	struct audit audit = {.fd = -1};
	const bool stood_in = m->stands_in;
	int status = check_confirmed(m) ?: m->load_config(m->userdata, &changed, &rules), err;

	err = status ? 0 : audit_open(&audit, changed.log, changed.log_fsync);
	if (err) {
		log_error("%s: %s", changed.log, strerror(-err));
		status = EXIT_FAILED;
	}
	if (!status) {
		apply_admit(m, &changed, &rules);
		status = enforce_change(m, &changed, &rules, 0);
	}
	if (status) {
		m->stands_in = stood_in;
		audit_done(&audit);
		config_done(&changed);
		return status;
	}
	audit_follow(&audit, &m->audit);
	audit_done(&m->audit);
	m->audit = audit;
	m->config = changed;
	if (!changed.metrics_file || !old.metrics_file ||
	    strcmp(changed.metrics_file, old.metrics_file) != 0)
		collect_remove(&old);
	m->metrics_failing = false;
	config_done(&old);
	accept_loaded(m);
	models_seed(m->loader); /* what is installed may be other modules now */
	seed_groups(m->loader);
	return EXIT_OK;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;
	uint64_t now;

	sd_event_now(m->event, CLOCK_MONOTONIC, &now);
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now);
	m->signaller = si->ssi_pid;
	rings_catch_up(loader_rings(m->loader)); /* what happened by the policy until now */
	audit_reopen(&m->audit);                 /* whatever becomes of the configuration */
	if (reload(m) == EXIT_OK) {
		enforce_warn(m);
		follow_warn(m);
		announce(m);
		collect_write(m);
	} else {
		log_error("not reloaded: all is as before");
		sd_notify(false, "READY=1");
	}
	m->signaller = 0;
	return 0;
}

static int listen_on_control(struct manager *m)
{
	const struct group *readers = getgrnam("ownerd");
	const struct control_config config = {
		.path = m->config.socket ?: CONTROL_SOCKET_PATH,
		.interface = "io.ownerd",
		.description = methods_interface,
		.vendor = "ownerd",
		.product = "ownerd",
		.version = OWNERD_VERSION,
		.url = "",
		.readers = readers ? readers->gr_gid : (gid_t)-1,
		.methods = methods_table,
		.before = before_call,
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

	if (err >= 0)
		err = reader_start(&m->reader, m->event, loader_rings(m->loader),
				   loader_config(m->loader), after_reports, m);
	if (err >= 0)
		err = sd_event_add_time_relative(m->event, NULL, CLOCK_MONOTONIC,
						 LOSS_INTERVAL_USEC, 0, on_timer, m);
	for (size_t i = 0; err >= 0 && i < ARRAY_SIZE(signals); i++)
		err = sd_event_add_signal(m->event, NULL, signals[i].signal, signals[i].handler, m);
	if (err >= 0)
		err = sd_event_add_post(m->event, NULL, on_post, m);
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
	signal(SIGCHLD, SIG_IGN); /* reprobe.c: nobody waits */
	return sigprocmask(SIG_BLOCK, &mask, NULL);
}

/* What waits for its confirmation when its daemon dies is over when the next one starts. */
static void say_unconfirmed(struct manager *m)
{
	const struct owner_config *config = loader_config(m->loader);

	if (m->adopted && config->confirm_by)
		log_warning("policy %u was not confirmed, and is over", config->generation);
}

static int start(struct manager *m, const struct rules *rules)
{
	int status, err;

	block_signals();
	err = sd_event_new(&m->event);
	if (err < 0) {
		log_error("event loop: %s", strerror(-err));
		return EXIT_FAILED;
	}
	status = manager_lock(&m->lock);
	if (status)
		return status;
	err = audit_open(&m->audit, m->config.log, m->config.log_fsync);
	if (err) {
		log_error("%s: %s; name another file by --log", m->config.log, strerror(-err));
		return EXIT_USAGE;
	}
	status = enforce_load(m);
	if (status)
		return status;
	err = recent_open(&m->recent, loader_map_fd(m->loader, "recent"), true);
	if (err)
		log_warning("what is refused is not remembered for ownerctl why: %s",
			    strerror(-err));
	say_unconfirmed(m);
	apply_admit(m, &m->config, rules);
	follow_start(m);
	status = watch_events(m) ?: listen_on_control(m) ?: enforce_start(m, rules);
	if (status)
		return status;
	accept_loaded(m);
	enforce_settle(m, true); /* the groups are known now */
	return EXIT_OK;
}

static void stop(struct manager *m)
{
	if (m->event) {
		sd_notify(false, "STOPPING=1");
		sd_event_source_disable_unref(m->confirm);
		follow_stop(m);
		reader_stop(&m->reader);
		sd_event_unref(m->event);
	}
	control_free(m->control);
	recent_done(&m->recent);
	loader_free(m->loader);
	audit_done(&m->audit);
	opens_done(&m->opens);
	close_fd(&m->lock);
	policy_done(&m->policy);
	policy_done(&m->before);
	policy_done(&m->stand_in);
	free(m->policy_path);
	protect_done(&m->protection);
	config_done(&m->config);
}

/*
 * What is large is given back when it is freed.  By itself glibc learns from the first large thing
 * that is freed to keep as much.
 */
static void keep_heap_small(void)
{
	mallopt(M_MMAP_THRESHOLD, HEAP_SPARE);
	mallopt(M_TRIM_THRESHOLD, HEAP_SPARE);
}

int manager_run(manager_load_config load_config, void *userdata)
{
	struct manager m = {
		.lock = -1, .watch_fd = -1, .load_config = load_config, .userdata = userdata};
	_cleanup_(rules_done) struct rules rules = {};
	int status;

	keep_heap_small();
	m.started = epoch_usec();
	m.audit.fd = -1;
	m.suppress.tell = notes_suppression;
	m.suppress.userdata = &m;
	status = load_config(userdata, &m.config, &rules) ?: start(&m, &rules);
	rules_done(&rules);
	if (!status) {
		enforce_pin(&m);
		enforce_warn(&m);
		follow_warn(&m);
		announce(&m);
		collect_write(&m);
		status = sd_event_loop(m.event) < 0 ? EXIT_FAILED : EXIT_OK;
		rings_catch_up(loader_rings(m.loader));
		notes_stop(&m, m.pinned ? "stopped; what is pinned still enforces, until ownerd "
					  "--unpin"
					: "stopped; nothing enforces any more");
		collect_remove(&m.config);
	}
	stop(&m);
	return status;
}
