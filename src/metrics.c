// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include "describe.h"
#include "metrics.h"
#include "util.h"

void metrics_count(struct metrics_tally *t, const struct owner_report *r)
{
	if (r->act >= METRICS_ACTS || r->by >= METRICS_BY || r->reason >= METRICS_REASONS)
		return;
	if (r->verdict == VERDICT_DENY)
		t->denied[r->act][r->by][r->reason]++;
	else if (r->verdict == VERDICT_WOULD_DENY)
		t->would_deny[r->act][r->reason]++;
	else if (r->verdict == VERDICT_ALLOW)
		t->allowed[r->act]++;
}

/* https://prometheus.io/docs/instrumenting/exposition_formats/ */

static void family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(FILE *f, const char *name, const char *type, uint64_t value, const char *help)
{
	family(f, name, type, help);
	fprintf(f, "%s %" PRIu64 "\n", name, value);
}

static void labelled(FILE *f, const char *name, const char *label, const char *text, uint64_t value)
{
	fprintf(f, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, text, value);
}

static void seconds(FILE *f, const char *name, uint64_t usec, const char *help)
{
	family(f, name, "gauge", help);
	fprintf(f, "%s %llu.%06llu\n", name, usec / USEC_PER_SEC, usec % USEC_PER_SEC);
}

/* A label's value.  Bytes beyond ASCII, of which one could be no UTF-8, are replaced too. */
static void quoted(FILE *f, const char *label, const char *text)
{
	fprintf(f, "%s=\"", label);
	for (const char *s = text ?: ""; *s; s++) {
		if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else
			fputc(*s < ' ' || *s > '~' ? '?' : *s, f);
	}
	fputc('"', f);
}

static void daemon_itself(FILE *f, const struct metrics *m)
{
	family(f, "ownerd_build_info", "gauge", "1, with what runs in its labels.");
	fputs("ownerd_build_info{", f);
	quoted(f, "version", m->version);
	fputc(',', f);
	quoted(f, "kernel", m->kernel);
	fputc(',', f);
	quoted(f, "attach", m->attach);
	fputc(',', f);
	quoted(f, "arbiter", m->arbiter);
	fputs("} 1\n", f);
	seconds(f, "ownerd_start_time_seconds", m->started,
		"When the daemon started, since the epoch.");
	family(f, "ownerd_mode", "gauge", "1 for the mode in force.");
	labelled(f, "ownerd_mode", "mode", "enforce", m->enforces);
	labelled(f, "ownerd_mode", "mode", "observe", !m->enforces);
	single(f, "ownerd_pinned", "gauge", m->pinned,
	       "1 when what is enforced stays so when the daemon ends.");
	single(f, "ownerd_hooks_wanted", "gauge", m->hooks_wanted,
	       "Programs that this kernel and the policy in force call for.");
	single(f, "ownerd_hooks_attached", "gauge", m->hooks_attached, "Programs that run.");
	single(f, "ownerd_hooks_missing", "gauge", m->hooks_missing,
	       "Needed programs that do not run: enforcement is weaker than asked.");
	single(f, "ownerd_policy_generation", "gauge", m->generation,
	       "Number of the policy in force; 0 when there is none.");
	single(f, "ownerd_policy_rules", "gauge", m->rules, "Rules of the policy in force.");
	single(f, "ownerd_policy_unconfirmed", "gauge", m->unconfirmed,
	       "1 while the policy in force waits for its confirmation.");
	single(f, "ownerd_policy_rejected", "gauge", m->rejected,
	       "1 when the configured policy was reverted or not confirmed.");
}

static void owner_map(FILE *f, const struct metrics *m)
{
	family(f, "ownerd_groups", "gauge", "IOMMU groups by owner.");
	for (uint32_t kind = 0; kind < ARRAY_SIZE(m->groups); kind++)
		labelled(f, "ownerd_groups", "owner", describe_owner(kind), m->groups[kind]);
	single(f, "ownerd_devices", "gauge", m->devices, "Devices in IOMMU groups.");
	single(f, "ownerd_claims", "gauge", m->claims, "Claims of users that stand.");
	single(f, "ownerd_mapped_groups", "gauge", m->mapped_groups,
	       "Groups of users whose DMA maps are counted.");
	single(f, "ownerd_mapped_bytes", "gauge", m->mapped_bytes,
	       "Bytes that the users of these groups have mapped for DMA; each group counts all "
	       "of the address space that it shares.");
}

struct share {
	const char *label;
	enum owner_counter counter;
};

static void shares(FILE *f, const struct metrics *m, const char *name, const char *label,
		   const struct share *s, size_t n, const char *help)
{
	family(f, name, "counter", help);
	for (size_t i = 0; i < n; i++)
		labelled(f, name, label, s[i].label, m->counters[s[i].counter]);
}

static void counted_by_programs(FILE *f, const struct metrics *m)
{
	static const struct share judged[] = {
		{"bind", COUNT_binds_judged},
		{"open", COUNT_opens_judged},
		{"claim", COUNT_claims_judged},
		{"sysfs", COUNT_writes_judged},
	};
	static const struct share refused[] = {
		{"bind", COUNT_binds_denied},   {"open", COUNT_opens_denied},
		{"claim", COUNT_claims_denied}, {"receive", COUNT_receives_denied},
		{"map", COUNT_maps_denied},     {"sysfs", COUNT_writes_denied},
	};
	static const struct share others[] = {
		{"kernel", COUNT_kernel_denied},
		{"node", COUNT_nodes_denied},
		{"map", COUNT_spaces_denied},
		{"lsm", COUNT_lsm_denied},
	};

	shares(f, m, "ownerd_judged_total", "act", judged, ARRAY_SIZE(judged),
	       "Acts that were judged.");
	shares(f, m, "ownerd_refused_total", "act", refused, ARRAY_SIZE(refused),
	       "Acts that ownerd refused; none is missing, also while the daemon did not run.");
	shares(f, m, "ownerd_refused_by_others_total", "by", others, ARRAY_SIZE(others),
	       "Acts that the kernel (node: opens by mode, cgroup, or in use; map: maps and claims "
	       "by VFIO or iommufd, for each group) or another security module refused.");
	single(f, "ownerd_would_refuse_total", "counter", m->counters[COUNT_would_deny],
	       "Acts that enforce mode would have refused.");
	single(f, "ownerd_kernel_maps_total", "counter", m->counters[COUNT_kernel_maps],
	       "Maps of memory by the kernel, for DMA by devices of users, or kept for users.");
}

static void lost(FILE *f, const struct metrics *m)
{
	static const struct share dropped[] = {
		{"changes-ring", COUNT_changes_dropped},
		{"violations-ring", COUNT_violations_dropped},
		{"groups", COUNT_groups_full},
		{"devices", COUNT_devices_full},
		{"ids", COUNT_ids_full},
		{"holders", COUNT_holders_full},
		{"files", COUNT_files_full},
		{"minors", COUNT_minors_full},
		{"claims", COUNT_claims_full},
		{"spaces", COUNT_spaces_full},
		{"domains", COUNT_domains_full},
		{"tables", COUNT_tables_full},
		{"kernel-maps", COUNT_kernel_maps_full},
		{"stacks", COUNT_stacks_lost},
	};
	static const struct share unreadable[] = {
		{"fields", COUNT_reads_failed},      {"devices", COUNT_walks_cut},
		{"owners", COUNT_mirrors_unsettled}, {"layouts", COUNT_layouts_unknown},
		{"cgroups", COUNT_paths_unreadable}, {"memory", COUNT_thoughts_full},
		{"files", COUNT_files_unknown},      {"spaces", COUNT_spaces_unknown},
		{"writes", COUNT_writes_unreadable},
	};

	shares(f, m, "ownerd_dropped_total", "stage", dropped, ARRAY_SIZE(dropped),
	       "Reports and records that had no room, by the ring buffer or map that was full.");
	shares(f, m, "ownerd_unreadable_total", "what", unreadable, ARRAY_SIZE(unreadable),
	       "What the programs could not read or look up.");
	single(f, "ownerd_programs_skipped_total", "counter", m->skipped,
	       "Program runs that the kernel skipped.");
	single(f, "ownerd_relearns_total", "counter", m->relearns,
	       "How often everything was learnt anew since the daemon started.");
	seconds(f, "ownerd_last_relearn_timestamp_seconds", m->relearned,
		"When that was last, since the epoch; 0 when it was not yet.");
	single(f, "ownerd_records_corrected_total", "counter", m->corrected,
	       "Records that were not as the kernel had it, and were corrected.");
	single(f, "ownerd_refusals_displaced_total", "counter", m->displaced,
	       "Kinds of refusals of the last hour that ownerctl why no longer knows of: no room.");
	single(f, "ownerd_log_failures_total", "counter", m->log_failed,
	       "Records that could not be written to the log file.");
	single(f, "ownerd_metrics_file_failures_total", "counter", m->file_failed,
	       "How often these metrics could not be written to their file.");
}

/* What can be refused for which reason is there from the beginning, so that its first is a rise. */
static bool is_possible(uint32_t act, uint32_t by, uint32_t reason)
{
	switch (reason) {
	case REASON_USER_OWNED:
		return by != BY_LSM && (act == ACT_BIND || act == ACT_CLAIM);
	case REASON_KERNEL_OWNED:
		return by != BY_LSM && act == ACT_CLAIM;
	case REASON_OTHER_DOMAIN:
		return by == BY_KERNEL && (act == ACT_BIND || act == ACT_CLAIM);
	case REASON_OTHER_LSM:
		return by == BY_LSM && act != ACT_BIND;
	case REASON_RESERVED:
		return by == BY_OWNERD && act != ACT_BIND;
	case REASON_DEDICATED:
		return by == BY_OWNERD && (act == ACT_BIND || act == ACT_SYSFS);
	case REASON_IN_USE:
	case REASON_CGROUP:
	case REASON_MODE:
		return by == BY_KERNEL && act == ACT_OPEN;
	case REASON_INTERRUPTS:
	case REASON_FIRMWARE:
		return by == BY_KERNEL && act == ACT_CLAIM;
	case REASON_ERRNO:
		return by == BY_KERNEL && (act == ACT_CLAIM || act == ACT_MAP);
	case REASON_OVERLAP:
	case REASON_MAPPINGS:
	case REASON_MEMLOCK:
	case REASON_MEMORY:
	case REASON_ARGUMENT:
		return by == BY_KERNEL && act == ACT_MAP;
	case REASON_LIMIT:
		return by == BY_OWNERD && act == ACT_MAP;
	case REASON_UNREADABLE:
	case REASON_RULE:
	case REASON_DEFAULT:
		return by == BY_OWNERD;
	default:
		return false;
	}
}

static const uint8_t acts[] = {ACT_BIND, ACT_OPEN, ACT_CLAIM, ACT_RECEIVE, ACT_MAP, ACT_SYSFS};

static void denials(FILE *f, const struct metrics *m)
{
	static const char *const names[] = {"nobody", "ownerd", "kernel", "lsm"};
	const struct metrics_tally *t = &m->tally;

	family(f, "ownerd_denials_total", "counter",
	       "Refusals by act, by whom and why, as reported since the daemon started.");
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
		for (uint32_t by = 0; by < METRICS_BY; by++)
			for (uint32_t why = 0; why < METRICS_REASONS; why++)
				if (t->denied[acts[i]][by][why] || is_possible(acts[i], by, why))
					fprintf(f,
						"ownerd_denials_total{act=\"%s\",by=\"%s\","
						"reason=\"%s\"} %" PRIu64 "\n",
						describe_act(acts[i]), names[by],
						describe_reason(why) ?: "none",
						t->denied[acts[i]][by][why]);
}

static void would_be_denials(FILE *f, const struct metrics *m)
{
	const struct metrics_tally *t = &m->tally;

	family(f, "ownerd_would_be_denials_total", "counter",
	       "What enforce mode would have refused, by act and why, as reported since the "
	       "daemon started.");
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
		for (uint32_t why = 0; why < METRICS_REASONS; why++)
			if (t->would_deny[acts[i]][why] || is_possible(acts[i], BY_OWNERD, why))
				fprintf(f,
					"ownerd_would_be_denials_total{act=\"%s\",reason=\"%s\"} "
					"%" PRIu64 "\n",
					describe_act(acts[i]), describe_reason(why) ?: "none",
					t->would_deny[acts[i]][why]);
}

static void changes(FILE *f, const struct metrics *m)
{
	static const uint8_t changing[] = {ACT_BIND,    ACT_UNBIND, ACT_CLAIM,
					   ACT_RELEASE, ACT_JOIN,   ACT_LEAVE};

	family(f, "ownerd_changes_total", "counter",
	       "Ownership changes by act, as reported since the daemon started.");
	for (size_t i = 0; i < ARRAY_SIZE(changing); i++)
		labelled(f, "ownerd_changes_total", "act", describe_act(changing[i]),
			 m->tally.allowed[changing[i]]);
}

char *metrics_render(const struct metrics *m)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	bool failed;

	if (!f)
		return NULL;
	daemon_itself(f, m);
	owner_map(f, m);
	changes(f, m);
	counted_by_programs(f, m);
	denials(f, m);
	would_be_denials(f, m);
	lost(f, m);
	failed = ferror(f);
	if (fclose(f) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
