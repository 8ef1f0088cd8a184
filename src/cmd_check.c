// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl policy check: is it a policy, and what would it come to on this host?
 */
#include <string.h>
#include "cli.h"
#include "decide.h"
#include "log.h"
#include "trial.h"

static const char *const acts[POLICY_ACTS] = {"bind", "claim", "maps", "sysfs"};

/* What is said of the policy: text lines, and in JSON {kind, text}. */
static void note(struct json_object *notes, const char *kind, char *text)
{
	struct json_object *o = output_must(json_object_new_object());
	_cleanup_free_ char *owned = text;

	field_add(o, "kind", "%s", kind);
	field_add(o, "text", "%s", owned);
	json_object_array_add(notes, o);
}

static void note_warnings(const struct rules *rules, struct json_object *notes)
{
	for (size_t i = 0; i < rules->n_warnings; i++)
		note(notes, "warning", output_format("%s", rules->warnings[i]));
}

/* Never decide. */

static bool selects_any(const struct rule *r)
{
	for (size_t i = 0; i < r->n_selects; i++)
		if (r->selects[i].kind == SELECT_ANY)
			return true;
	return false;
}

/* Whether the rule is the first for the act by one of its selectors. */
static bool is_first(const struct policy *p, const struct rule *r, uint16_t rule, uint32_t act)
{
	for (size_t i = 0; i < r->n_selects; i++) {
		const struct policy_firsts *firsts = policy_find_firsts(p, &r->selects[i]);

		if (firsts && firsts->rule[act] == rule)
			return true;
	}
	return false;
}

static void note_shadowed(const struct trial *t, struct json_object *notes)
{
	bool all_taken[POLICY_ACTS] = {};

	for (size_t i = 0; i < t->rules.n; i++) {
		const struct rule *r = &t->rules.rules[i];

		for (uint32_t act = 0; act < POLICY_ACTS; act++) {
			if (!(r->acts & 1U << act))
				continue;
			if (all_taken[act] || !is_first(&t->policy, r, i, act))
				note(notes, "never",
				     output_format("%s: rule \"%s\" never decides %s: all that it "
						   "selects is selected by rules before it",
						   r->place, r->name, acts[act]));
			all_taken[act] |= selects_any(r);
		}
	}
}

/* On this host. */

static bool selects_here(const struct rules *rules, size_t i, const struct host *h)
{
	const struct rules one = {.rules = &rules->rules[i], .n = 1};
	_cleanup_(policy_done) struct policy p = {};
	bool found = false;

	if (policy_compile(&p, &one, NULL, 0) < 0)
		return true;
	for (uint32_t act = 0; act < POLICY_ACTS && !found; act++)
		found = one.rules->acts & 1U << act &&
			decide_rule(&p, h->registry.devices, h->registry.n_devices, act) !=
				POLICY_NO_RULE;
	return found;
}

static void note_absent(const struct trial *t, const struct host *h, struct json_object *notes)
{
	for (size_t i = 0; i < t->rules.n; i++)
		if (!selects_here(&t->rules, i, h))
			note(notes, "absent",
			     output_format("%s: rule \"%s\" selects nothing that is here now",
					   t->rules.rules[i].place, t->rules.rules[i].name));
}

/* Two devices of one group, each of which leads to a rule of its own; the earlier rule decides. */
static void note_conflict(const struct trial *t, const struct registry_group *g, uint32_t act,
			  struct json_object *notes)
{
	const struct owner_device *by[2] = {};
	uint16_t rules[2] = {POLICY_NO_RULE, POLICY_NO_RULE};

	for (size_t i = 0; i < g->n_devices; i++) {
		uint16_t rule = decide_rule(&t->policy, &g->devices[i], 1, act);

		if (rule < rules[0]) {
			rules[1] = rules[0];
			by[1] = by[0];
			rules[0] = rule;
			by[0] = &g->devices[i];
		} else if (rule > rules[0] && rule < rules[1]) {
			rules[1] = rule;
			by[1] = &g->devices[i];
		}
	}
	if (rules[1] == POLICY_NO_RULE)
		return;
	note(notes, "conflict",
	     output_format("group %u, %s: rule \"%s\" by %s and rule \"%s\" by %s; \"%s\" decides "
			   "for all of it",
			   g->id, acts[act], t->policy.rules[rules[0]].name, by[0]->id.name,
			   t->policy.rules[rules[1]].name, by[1]->id.name,
			   t->policy.rules[rules[0]].name));
}

static void note_conflicts(const struct trial *t, const struct host *h, struct json_object *notes)
{
	for (size_t i = 0; i < h->registry.n_groups; i++)
		for (uint32_t act = 0; act < POLICY_ACTS; act++)
			note_conflict(t, &h->registry.groups[i], act, notes);
}

/* Without groups there is nothing to be compared with. */
static void note_host(const struct trial *t, const struct host *h, struct json_object *notes)
{
	if (!h->registry.n_groups) {
		note(notes, "host",
		     output_format("there is no IOMMU group here: what the rules select cannot be "
				   "told"));
		return;
	}
	note_conflicts(t, h, notes);
	note_absent(t, h, notes);
}

static const char *mode_name(const struct rules *rules)
{
	return rules->mode == RULES_MODE_ENFORCE   ? "enforce"
	       : rules->mode == RULES_MODE_OBSERVE ? "observe"
						   : "not given";
}

static void print_text(const struct trial *t, struct json_object *notes)
{
	const struct policy_generation *head = &t->policy.head;

	for (size_t i = 0; i < array_length(notes); i++) {
		struct json_object *n = array_get(notes, i);

		output_text(STYLE_WARN, "%s",
			    text_is(field_string(n, "kind"), "warning") ? "Warning: " : "Note: ");
		output_line("%s", field_string(n, "text"));
	}
	output_text(STYLE_GOOD, "OK");
	output_line(" %s: %u rules, %u selectors, %u matchers, %u drivers; mode %s, default of "
		    "claim %s, of bind %s",
		    t->path, head->rules, head->selects, head->matchers, head->drivers,
		    mode_name(&t->rules), head->deny_claim ? "deny" : "allow",
		    head->deny_bind ? "deny" : "allow");
}

static void print_json(const struct trial *t, struct json_object *notes)
{
	_cleanup_json_ struct json_object *o = output_must(json_object_new_object());
	const struct policy_generation *head = &t->policy.head;

	field_add(o, "path", "%s", t->path);
	json_object_object_add(o, "ok", json_object_new_boolean(true));
	json_object_object_add(o, "rules", json_object_new_int64(head->rules));
	json_object_object_add(o, "selectors", json_object_new_int64(head->selects));
	json_object_object_add(o, "matchers", json_object_new_int64(head->matchers));
	json_object_object_add(o, "drivers", json_object_new_int64(head->drivers));
	if (t->rules.mode != RULES_MODE_NONE)
		field_add(o, "mode", "%s", mode_name(&t->rules));
	json_object_object_add(o, "notes", json_object_get(notes));
	output_json(o);
}

static void print_raw(const struct trial *t, struct json_object *notes)
{
	for (size_t i = 0; i < array_length(notes); i++)
		output_raw((const char *[]){field_string(array_get(notes, i), "kind"),
					    field_string(array_get(notes, i), "text")},
			   2);
	output_raw((const char *[]){"ok", t->path}, 2);
}

int cmd_policy_check(const struct cli *cli)
{
	_cleanup_json_ struct json_object *notes = output_must(json_object_new_array());
	_cleanup_(trial_done) struct trial t = {};
	_cleanup_(host_done) struct host h = {};
	int r = trial_load(&t, cli, cli->operands[0]) ?: trial_host(&h, cli);

	if (r)
		return r;
	note_warnings(&t.rules, notes);
	note_shadowed(&t, notes);
	note_host(&t, &h, notes);
	if (cli->format == OUTPUT_JSON)
		print_json(&t, notes);
	else if (cli->format == OUTPUT_RAW)
		print_raw(&t, notes);
	else
		print_text(&t, notes);
	return CLI_OK;
}
