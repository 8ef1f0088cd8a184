// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "accept.h"
#include "apply.h"
#include "cmdline.h"
#include "enforce.h"
#include "follow.h"
#include "generation.h"
#include "log.h"
#include "notes.h"
#include "resolve.h"
#include "text.h"
#include "util.h"

/* Loading. */

static int add_options(struct rules *r, const struct config *config)
{
	int err = 0;

	for (size_t i = 0; !err && i < config->n_reserve; i++)
		err = rules_add_device(r, config->reserve[i], REASON_RESERVED);
	for (size_t i = 0; !err && i < config->n_dedicate; i++)
		err = rules_add_device(r, config->dedicate[i], REASON_DEDICATED);
	return err;
}

/* A policy that is too large has none; whoever compiles it finds out. */
static uint64_t content_of(const struct rules *files)
{
	_cleanup_(policy_done) struct policy p = {};

	return policy_compile(&p, files, NULL, 0) < 0 ? 0 : policy_content(&p);
}

int apply_load(const struct config *config, const char *path, struct rules *ret, char **ret_error)
{
	_cleanup_(rules_done) struct rules rules = {}, files = {};
	int err = add_options(&rules, config);

	if (err == -E2BIG)
		return text_refuse(-EINVAL, ret_error,
				   "more than %d devices by --reserve and --dedicate together",
				   POLICY_RULES_MAX);
	if (!err)
		err = rules_load(&files, path, ret_error);
	if (err)
		return err;
	files.content = content_of(&files);
	err = rules_append(&rules, &files);
	if (err)
		return err;
	*ret = rules;
	rules = (struct rules){};
	return 0;
}

/* The kernel command line wins over all that is configured. */
static void heed_command_line(struct config *config)
{
	enum cmdline_mode mode = cmdline_mode("");

	if (mode == CMDLINE_UNKNOWN)
		log_warning("%s on the kernel command line is neither off nor observe: it changes "
			    "nothing",
			    cmdline_word(mode));
	if (mode < CMDLINE_OBSERVE || config->mode == MODE_OBSERVE)
		return;
	log_warning("NOT ENFORCING: enforce is asked for, and %s on the kernel command line wins: "
		    "what policy forbids is only reported",
		    cmdline_word(mode));
	config->mode = MODE_OBSERVE;
}

void apply_mode(struct config *config, const struct rules *rules)
{
	if (!config->mode_given)
		config->mode = rules->mode == RULES_MODE_ENFORCE ? MODE_ENFORCE : MODE_OBSERVE;
	heed_command_line(config);
}

void apply_admit(struct manager *m, struct config *config, const struct rules *rules)
{
	const char *path = config->policy ?: RULES_DIR;
	bool enforce = false;
	int err;

	policy_done(&m->stand_in);
	m->stands_in = accept_is_rejected(rules->content);
	if (!m->stands_in)
		return;
	err = accept_load(&m->stand_in, &enforce);
	if (!config->mode_given)
		config->mode = enforce ? MODE_ENFORCE : MODE_OBSERVE;
	heed_command_line(config);
	if (err)
		log_error("the policy of %s was reverted or not confirmed, and is not loaded; nor "
			  "is there one to take its place (%s/policy.accepted: %s): NO POLICY IS "
			  "IN FORCE; ownerctl policy apply",
			  path, ACCEPT_DIR, strerror(-err));
	else
		log_warning(
			"the policy of %s was reverted or not confirmed, and is not loaded: the "
			"last accepted one is in its place, until the files are changed, or: "
			"ownerctl policy apply",
			path);
}

/* Bookkeeping. */

static void set_path(char **to, const char *path)
{
	char *copy = path ? strdup(path) : NULL;

	free(*to);
	*to = copy;
}

void apply_accept(struct manager *m, const char *path)
{
	int err = accept_save(&m->policy, m->config.mode == MODE_ENFORCE);

	set_path(&m->policy_path, path);
	if (err)
		log_warning("%s: the policy cannot be kept there: %s; make it writable", ACCEPT_DIR,
			    strerror(-err));
}

/* It is the generation before that is in force now; the rules of the other stay known. */
static void follow_back(struct manager *m)
{
	const struct owner_config *config = loader_config(m->loader);
	struct registry_maps maps = loader_maps(m->loader);

	policy_done(&m->before);
	m->before = m->policy;
	m->before.before = NULL;
	m->policy = (struct policy){};
	generation_read(&m->policy, &maps, config->generation);
	m->policy.before = &m->before;
	m->content = 0;
	m->config.mode = config->enforce ? MODE_ENFORCE : MODE_OBSERVE;
	set_path(&m->policy_path, NULL);
	m->confirm = sd_event_source_disable_unref(m->confirm);
	follow_check(m);
}

static const char *mode_name(const struct manager *m)
{
	return m->config.mode == MODE_ENFORCE ? "enforce" : "observe";
}

void apply_settle(struct manager *m)
{
	uint32_t over = loader_config(m->loader)->generation;

	if (!generation_settle(loader_config(m->loader)))
		return;
	follow_back(m);
	notes_policy_as(
		m, LOG_WARNING,
		"policy %u was not confirmed in time: policy %u is in force again, in %s mode",
		over, m->policy.number, mode_name(m));
}

static int on_end(sd_event_source *source, uint64_t usec, void *userdata)
{
	apply_settle(userdata);
	return 0;
}

/* Without the timer the programs go back all the same, and the next call finds out. */
static void watch_end(struct manager *m, uint64_t confirm_by)
{
	m->confirm = sd_event_source_disable_unref(m->confirm);
	if (sd_event_add_time(m->event, &m->confirm, CLOCK_BOOTTIME, confirm_by / NSEC_PER_USEC + 1,
			      1, on_end, m) < 0)
		log_warning("no timer for the end of policy %u", m->policy.number);
}

/* Applying. */

static int check_wait(struct manager *m, char **ret_error)
{
	const struct owner_config *config = loader_config(m->loader);

	if (!generation_waits(config))
		return 0;
	return text_refuse(
		-EBUSY, ret_error,
		"policy %u waits for its confirmation: first ownerctl policy confirm, or "
		"ownerctl policy revert",
		config->generation);
}

static int check_path(const char *path, char **ret_error)
{
	if (*path != '/')
		return text_refuse(-EINVAL, ret_error, "%s: give an absolute path", path);
	if (access(path, F_OK) < 0)
		return text_refuse(-EINVAL, ret_error, "%s: ownerd cannot find it: %s", path,
				   strerror(errno));
	return 0;
}

static int check_size(const struct rules *rules, char **ret_error)
{
	_cleanup_(policy_done) struct policy p = {};
	int err = policy_compile(&p, rules, NULL, 0);

	if (err == -E2BIG)
		return text_refuse(
			-EINVAL, ret_error,
			"it is too large, together with --reserve and --dedicate: at most "
			"%d rules, %d devices in all of them, %d subjects and %d drivers",
			POLICY_RULES_MAX, POLICY_SELECTS_MAX, POLICY_MATCHERS_MAX,
			POLICY_DRIVERS_MAX);
	return err;
}

/* Before it takes effect, so that it does not come back whatever happens then. */
static int reject_first(const struct rules *rules, char **ret_error)
{
	int err = accept_reject(rules->content);

	if (err)
		return text_refuse(-EBUSY, ret_error,
				   "%s: that the policy waits for its confirmation cannot be noted "
				   "there: %s; make it writable",
				   ACCEPT_DIR, strerror(-err));
	return 0;
}

/* Those that are in force already need no confirmation. */
static bool is_in_force(const struct manager *m, const struct config *config,
			const struct rules *rules)
{
	return rules->content == m->content && config->mode == m->config.mode;
}

static int change(struct manager *m, const struct config *config, const struct rules *rules,
		  uint32_t within, char **ret_error)
{
	uint64_t confirm_by = within ? boottime_ns() + within * NSEC_PER_SEC : 0;
	int err = within ? reject_first(rules, ret_error) : 0;
	const bool stood_in = m->stands_in;

	if (err)
		return err;
	m->stands_in = false;
	if (enforce_change(m, config, rules, confirm_by) != EXIT_OK) {
		m->stands_in = stood_in;
		if (within)
			accept_forget(rules->content);
		return text_refuse(-EBUSY, ret_error, "ownerd cannot apply it: its log says why");
	}
	m->config.mode = config->mode;
	if (within)
		watch_end(m, confirm_by);
	return 0;
}

int apply_policy(struct manager *m, const char *path, uint32_t within, struct rules *ret_warnings,
		 char **ret_error)
{
	_cleanup_(rules_done) struct rules rules = {};
	struct config config = m->config; /* borrows */
	int err;

	apply_settle(m);
	path = path ?: m->config.policy ?: RULES_DIR;
	err = check_wait(m, ret_error)
		      ?: check_path(path, ret_error)
		      ?: apply_load(&m->config, path, &rules, ret_error)
		      ?: check_size(&rules, ret_error);
	if (err)
		return err;
	apply_mode(&config, &rules);
	if (is_in_force(m, &config, &rules))
		within = 0;
	err = change(m, &config, &rules, within, ret_error);
	if (err)
		return err;
	if (within) {
		set_path(&m->policy_path, path);
		notes_policy_as(m, LOG_INFO,
				"policy %u, of %s, is in force in %s mode; it ends in %u s unless "
				"confirmed",
				m->policy.number, path, mode_name(m), within);
	} else {
		accept_forget(rules.content);
		apply_accept(m, path);
		notes_policy_as(m, LOG_INFO, "policy %u, of %s, is in force in %s mode",
				m->policy.number, path, mode_name(m));
	}
	enforce_warn(m);
	resolve_warn(&rules, &m->policy, &m->known);
	*ret_warnings = rules;
	rules = (struct rules){};
	return 0;
}

int apply_confirm(struct manager *m, char **ret_error)
{
	struct owner_config *config = loader_config(m->loader);

	apply_settle(m);
	if (!generation_waits(config))
		return text_refuse(-EBUSY, ret_error,
				   "no policy waits for its confirmation; policy %u is in force",
				   config->generation);
	generation_confirm(config);
	m->confirm = sd_event_source_disable_unref(m->confirm);
	accept_forget(m->content);
	apply_accept(m, m->policy_path);
	notes_policy_as(m, LOG_INFO, "policy %u is confirmed", m->policy.number);
	return 0;
}

int apply_revert(struct manager *m, char **ret_error)
{
	struct owner_config *config = loader_config(m->loader);
	uint32_t over = config->generation;

	apply_settle(m);
	if (config->fallback == config->generation && !generation_waits(config))
		return text_refuse(-EBUSY, ret_error, "there is no policy before policy %u",
				   config->generation);
	if (m->content && accept_reject(m->content) < 0)
		log_warning("%s is not writable: the policy may come back", ACCEPT_DIR);
	if (m->config.mode_given)
		config->fallback_enforce = config->enforce;
	generation_revert(config);
	follow_back(m);
	apply_accept(m, NULL);
	notes_policy_as(m, LOG_INFO, "policy %u is reverted: policy %u is in force, in %s mode",
			over, m->policy.number, mode_name(m));
	return 0;
}
