// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a policy file: an answer, one line if it is no, and rules that are wholly
 * valid or not there at all.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "names.h"
#include "rules.h"
#include "util.h"

#define CHECK(x)                                                                                   \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

static void check_line(const char *line)
{
	CHECK(line && *line);
	for (; *line; line++)
		CHECK((unsigned char)*line >= ' ' && *line != 0x7f);
}

static void check_subjects(const struct rules_subjects *s, bool spoken)
{
	CHECK(s->given || s->n == 0);
	CHECK(spoken || !s->given);
	CHECK(s->n <= POLICY_LIST_MAX);
	for (size_t i = 0; i < s->n; i++) {
		const struct policy_matcher *m = &s->matchers[i];
		size_t n = strnlen(m->pattern, sizeof(m->pattern));

		CHECK(m->tests && m->tests < MATCH_PROGRAM << 1);
		CHECK(!(m->tests & MATCH_RESOLVED));
		if (m->tests & MATCH_PROGRAM) {
			CHECK(m->tests == (MATCH_PROGRAM | MATCH_EXE) && !m->exe_inode);
			CHECK(n < sizeof(m->pattern) && (n == 0 || m->pattern[0] == '/'));
			continue;
		}
		if (m->tests & MATCH_NAMED) {
			CHECK(m->tests & MATCH_PATH && n > 0 && n < sizeof(m->pattern));
			CHECK(m->pattern[0] != '/' && (unsigned char)m->pattern[0] >= ' ');
			continue;
		}
		CHECK((m->tests & (MATCH_PATH | MATCH_SCOPE)) != (MATCH_PATH | MATCH_SCOPE));
		CHECK(!(m->tests & (MATCH_PATH | MATCH_SCOPE)) == (n == 0));
		CHECK(n < sizeof(m->pattern));
		CHECK(n == 0 || m->pattern[0] == '/' || m->pattern[0] == PATTERN_TREE);
		for (size_t k = 0; k < n; k++)
			CHECK(m->pattern[k] < 0 || m->pattern[k] >= ' ' ||
			      m->pattern[k] <= PATTERN_CHAR);
	}
}

static void check_drivers(const struct rules_drivers *d, bool spoken)
{
	CHECK(d->given || d->n == 0);
	CHECK(spoken || !d->given);
	for (size_t i = 0; i < d->n; i++)
		CHECK(*d->names[i] && strlen(d->names[i]) < OWNER_DRIVER_LEN);
}

static void check_rule(const struct rule *r)
{
	CHECK(names_is_printable(r->name) && *r->name && strlen(r->name) < POLICY_NAME_LEN);
	check_line(r->place);
	CHECK(strlen(r->place) < POLICY_PLACE_LEN);
	CHECK(r->n_selects > 0 && r->n_selects <= POLICY_SELECTS_MAX);
	for (size_t i = 0; i < r->n_selects; i++)
		CHECK(r->selects[i].kind < SELECT_KINDS && r->selects[i].generation == 0);
	CHECK(r->acts && r->acts < 1U << POLICY_ACTS && r->reason == REASON_RULE);
	check_subjects(&r->claim_deny, r->acts & 1U << POLICY_CLAIM);
	check_subjects(&r->claim_allow, r->acts & 1U << POLICY_CLAIM);
	check_subjects(&r->maps_deny, r->acts & 1U << POLICY_MAPS);
	check_subjects(&r->maps_allow, r->acts & 1U << POLICY_MAPS);
	check_drivers(&r->bind_deny, r->acts & 1U << POLICY_BIND);
	check_drivers(&r->bind_allow, r->acts & 1U << POLICY_BIND);
	CHECK(r->limit > 0 && (r->limit == POLICY_NO_LIMIT || r->acts & 1U << POLICY_MAPS));
	CHECK(!(r->files | r->files_owned) || r->acts & 1U << POLICY_SYSFS);
	CHECK((r->files | r->files_owned) < FILE_CONFIG << 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("rules", MFD_CLOEXEC);
	struct rules rules, before;
	char path[32], *error = NULL;

	CHECK(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, data, size) == (ssize_t)size);
	memset(&rules, 0x5a, sizeof(rules));
	before = rules;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (rules_load(&rules, path, &error)) {
		check_line(error);
		CHECK(!memcmp(&rules, &before, sizeof(rules)));
	} else {
		CHECK(!error && rules.n <= POLICY_RULES_MAX && rules.mode <= RULES_MODE_ENFORCE);
		for (size_t i = 0; i < rules.n; i++)
			check_rule(&rules.rules[i]);
		for (size_t i = 0; i < rules.n_warnings; i++)
			check_line(rules.warnings[i]);
		CHECK(rules_add_device(&rules, "0000:3b:00.0", REASON_RESERVED) == 0);
		rules_done(&rules);
	}
	free(error);
	return 0;
}
