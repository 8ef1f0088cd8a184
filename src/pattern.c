// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "lookup.h"
#include "names.h"
#include "pattern.h"
#include "util.h"

#define DECIMAL "0123456789"
#define HEX     "0123456789abcdef"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

#define CONTAINER_ID 64 /* hex digits */
#define SHORT_ID     12 /* as docker ps prints them */
#define UNIT_MAX     255
#define MACHINE_MAX  52 /* of a machine's name that libvirt puts in the scope's, which has 64 */

#define DIGITS "\003"
_Static_assert(PATTERN_DIGITS == 3, "as DIGITS");

/* An entry that is being compiled. */
struct maker {
	struct pattern *p;
	struct lookup_mount *last_mount;
	struct policy_matcher all; /* tests that all alternatives have */
	const char *program;       /* the path of `exe` */
	const char *key;           /* that is looked at */
	size_t len;                /* of the last alternative's pattern */
	bool too_long;
};

static _printf_(2, 3) int refuse(struct maker *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	m->p->error.key = m->key;
	vsnprintf(m->p->error.text, sizeof(m->p->error.text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void warn(struct maker *m, const char *text)
{
	struct pattern_note *note = &m->p->warnings[m->p->n_warnings];

	if (m->p->n_warnings == PATTERN_WARNINGS)
		return;
	m->p->n_warnings++;
	note->key = m->key;
	snprintf(note->text, sizeof(note->text), "%s", text);
}

/* Writing patterns. */

static void begin(struct maker *m, uint32_t test)
{
	m->p->alternatives[m->p->n++].tests = test;
	m->len = 0;
}

static void put(struct maker *m, char c)
{
	char *pattern = m->p->alternatives[m->p->n - 1].pattern;

	if ((c == PATTERN_STAR || c == PATTERN_TREE) && m->len && pattern[m->len - 1] == c)
		return; /* once is enough */
	if (m->len == POLICY_PATTERN_LEN - 1)
		m->too_long = true;
	else
		pattern[m->len++] = c;
}

static void put_text(struct maker *m, const char *text)
{
	while (*text)
		put(m, *text++);
}

static char wildcard(char c)
{
	return c == '*' ? PATTERN_STAR : c == '?' ? PATTERN_CHAR : 0;
}

static void put_glob(struct maker *m, const char *text)
{
	for (; *text; text++)
		put(m, wildcard(*text) ?: *text);
}

static void put_escaped(struct maker *m, const char *text)
{
	for (const char *c = text; *c; c++) {
		char one[NAMES_ESCAPED_MAX];

		if (wildcard(*c))
			put(m, wildcard(*c));
		else
			put_text(m, names_escape(*c, c == text, one));
	}
}

/* Kubernetes' in the name of a slice, where "-" is between one slice and the next. */
static void put_underscored(struct maker *m, const char *text)
{
	for (; *text; text++)
		put(m, *text == '-' ? '_' : *text);
}

/* BEFORE, the name, AFTER, and all that is below. */
static void alternative(struct maker *m, uint32_t test, const char *before,
			void (*put_name)(struct maker *, const char *), const char *name,
			const char *after)
{
	begin(m, test);
	put_text(m, before);
	put_name(m, name);
	put_text(m, after);
	put(m, PATTERN_TREE);
}

/* cgroup */

static int check_component(struct maker *m, const char *at, size_t n)
{
	if (n == 0)
		return refuse(m, "leave out a \"/\" that is doubled or at the end");
	if ((n == 1 && *at == '.') || (n == 2 && !strncmp(at, "..", n)))
		return refuse(m, "leave out \".\" and \"..\"");
	if (n > 2 && memmem(at, n, "**", 2))
		return refuse(m, "let \"**\" stand alone between \"/\" and \"/\"; within a name "
				 "give \"*\"");
	return 0;
}

static int parse_cgroup(struct maker *m, const char *value)
{
	if (*value != '/')
		return refuse(m, "give the whole path, such as \"/system.slice/foo.service\" or "
				 "\"/kubepods.slice/**\"");
	begin(m, MATCH_PATH);
	if (!strcmp(value, "/")) {
		put(m, '/');
		return 0;
	}
	if (strpbrk(value, "[]{}"))
		warn(m, "brackets stand for themselves; only \"*\", \"?\" and \"**\" are "
			"wildcards");
	while (*value) {
		const char *at = value + 1;
		size_t n = strcspn(at, "/");
		int r = check_component(m, at, n);

		if (r)
			return r;
		value = at + n;
		if (n == 2 && !strncmp(at, "**", n)) {
			put(m, PATTERN_TREE);
			continue;
		}
		put(m, '/');
		for (; at < value; at++)
			put(m, wildcard(*at) ?: *at);
	}
	return 0;
}

/* unit */

static bool take_suffix(const char *text, const char *suffix, size_t *ret_stem)
{
	size_t n = strlen(text), s = strlen(suffix);

	if (n <= s || strcmp(text + n - s, suffix) != 0)
		return false;
	*ret_stem = n - s;
	return true;
}

/* "a-b.slice" is below "a.slice"; `prefix`: also where only some versions write "_". */
static void put_slices(struct maker *m, const char *stem, bool prefix)
{
	begin(m, MATCH_PATH);
	for (size_t n = 1; n <= strlen(stem); n++) {
		char part[UNIT_MAX + sizeof(".slice")];
		enum names_prefix needs;

		if (stem[n] != '-' && stem[n] != '\0')
			continue;
		snprintf(part, sizeof(part), "%.*s.slice", (int)n, stem);
		needs = names_cgroup_prefix(part);
		put(m, '/');
		if (needs == NAMES_PREFIX_ALWAYS || (needs == NAMES_PREFIX_SOMETIMES && prefix))
			put(m, '_');
		put_text(m, part);
	}
	put(m, PATTERN_TREE);
}

static int parse_slice(struct maker *m, const char *value, size_t n)
{
	char stem[UNIT_MAX + 1];

	snprintf(stem, sizeof(stem), "%.*s", (int)n, value);
	if (!strcmp(stem, "-"))
		return refuse(m, "the root slice holds everything: give {any: true}");
	if (strpbrk(stem, "*?"))
		return refuse(m, "give a slice's name without wildcards, or a cgroup, such as "
				 "{cgroup: \"/a.slice/*/**\"}");
	if (*stem == '-' || stem[n - 1] == '-' || strstr(stem, "--"))
		return refuse(m, "a slice's name has single dashes, each between two words");
	put_slices(m, stem, false);
	put_slices(m, stem, true);
	/* most are the same either way */
	if (!strcmp(m->p->alternatives[0].pattern, m->p->alternatives[1].pattern)) {
		m->p->n = 1;
		m->p->alternatives[1] = (struct policy_matcher){};
	}
	return 0;
}

static int parse_unit(struct maker *m, const char *value)
{
	enum names_prefix prefix = names_cgroup_prefix(value);
	size_t stem;

	if (strlen(value) > UNIT_MAX || value[strspn(value, LETTERS DECIMAL ":-_.\\@*?")])
		return refuse(m, "give a unit's name, as systemctl prints it, of at most 255 "
				 "bytes");
	if (take_suffix(value, ".slice", &stem))
		return parse_slice(m, value, stem);
	if (!take_suffix(value, ".service", &stem) && !take_suffix(value, ".scope", &stem))
		return refuse(m, "give a name that ends in .service, .scope or .slice");
	if (value[stem - 1] == '@')
		return refuse(m, "a template has no processes: name an instance, or \"*\" after "
				 "the \"@\"");
	if (prefix != NAMES_PREFIX_ALWAYS)
		alternative(m, MATCH_SCOPE, "/", put_glob, value, "");
	/* a star at the beginning takes the "_" too */
	if (prefix != NAMES_PREFIX_NEVER && *value != '*')
		alternative(m, MATCH_SCOPE, "/_", put_glob, value, "");
	return 0;
}

/* container, pod */

static bool consists_of(const char *text, const char *set)
{
	return *text && !text[strspn(text, set)];
}

/* Hexadecimal digits, in lower case as runtimes write them. */
static bool take_hex(const char *text, size_t n, char *ret)
{
	if (strlen(text) != n || !consists_of(text, HEX "ABCDEF"))
		return false;
	for (size_t i = 0; i < n; i++)
		ret[i] = text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i];
	ret[n] = '\0';
	return true;
}

static void put_container_id(struct maker *m, const char *id)
{
	static const struct {
		const char *before, *after;
	} names[] = {
		{"/docker-", ".scope"},  {"/cri-containerd-", ".scope"},
		{"/crio-", ".scope"},    {"/crio-", ""},
		{"/libpod-", ".scope"},  {"/libpod-", ""},
		{"/nerdctl-", ".scope"}, {"/", ""},
		{"/kata_", ""},
	};

	_Static_assert(ARRAY_SIZE(names) == PATTERN_CONTAINER, "as it says");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		alternative(m, MATCH_SCOPE, names[i].before, put_text, id, names[i].after);
}

void pattern_container(struct policy_matcher ret[static PATTERN_CONTAINER], const char *id)
{
	struct pattern p = {};
	struct maker m = {.p = &p};

	put_container_id(&m, id);
	memcpy(ret, p.alternatives, PATTERN_CONTAINER * sizeof(*ret));
}

/*
 * What libvirt keeps of a name in that of a machine: letters, digits, single dashes and dots
 * between them; and wildcards, which are ours.
 */
static bool keep_machine_name(const char *name, char ret[static MACHINE_MAX + 1])
{
	bool separated = true;
	size_t n = 0;

	for (; *name; name++) {
		bool separator = *name == '-' || *name == '.';

		if (separator ? separated : !strchr(LETTERS DECIMAL "*?", *name))
			continue;
		if (n == MACHINE_MAX)
			return false;
		ret[n++] = *name;
		separated = separator;
	}
	while (n && (ret[n - 1] == '-' || ret[n - 1] == '.'))
		n--;
	ret[n] = '\0';
	return true;
}

static int parse_container(struct maker *m, const char *value)
{
	char id[CONTAINER_ID + 1], kept[MACHINE_MAX + 1];

	if (take_hex(value, CONTAINER_ID, id)) {
		put_container_id(m, id);
		return 0;
	}
	if (!*value || *value == '.' || strpbrk(value, "/*?"))
		return refuse(m, "give an id of 64 hexadecimal digits, or a container's name; no "
				 "wildcards");
	if (take_hex(value, SHORT_ID, id) && !consists_of(value, DECIMAL))
		warn(m, "read as a name; an id needs all of its 64 digits, as docker ps "
			"--no-trunc prints them");
	begin(m, MATCH_PATH | MATCH_NAMED);
	put_text(m, value);
	alternative(m, MATCH_PATH, "/lxc.payload.", put_text, value, "");
	if (consists_of(value, DECIMAL))
		alternative(m, MATCH_PATH, "/lxc/", put_text, value, "");
	alternative(m, MATCH_PATH, "/machine.slice/machine-", put_escaped, value, ".scope");
	alternative(m, MATCH_PATH, "/machine.slice/systemd-nspawn@", put_escaped, value,
		    ".service");
	if (keep_machine_name(value, kept) && !strcmp(kept, value))
		alternative(m, MATCH_PATH, "/machine.slice/machine-lxc\\x2d" DIGITS "\\x2d",
			    put_escaped, kept, ".scope");
	return 0;
}

/* "8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f", or a static pod's 32 digits. */
static bool take_pod_uid(const char *text, char ret[static 37])
{
	static const size_t words[] = {8, 4, 4, 4, 12};
	size_t n = 0;

	if (take_hex(text, 32, ret))
		return true;
	if (strlen(text) != 36)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char word[13];

		snprintf(word, sizeof(word), "%.*s", (int)words[i], text + n);
		if (!take_hex(word, words[i], ret + n))
			return false;
		n += words[i];
		if (text[n] && text[n] != '-')
			return false;
		ret[n] = text[n];
		n++;
	}
	return true;
}

static int parse_pod(struct maker *m, const char *value)
{
	char id[CONTAINER_ID + 1];

	if (take_hex(value, CONTAINER_ID, id)) {
		alternative(m, MATCH_PATH, "/machine.slice/machine-libpod_pod_", put_text, id,
			    ".slice");
		alternative(m, MATCH_PATH, "/libpod_parent/libpod_pod_", put_text, id, "");
		return 0;
	}
	if (!take_pod_uid(value, id))
		return refuse(m, "give a pod's UID, as kubectl get pod -o yaml prints it, or the "
				 "64 digits of a Podman pod");
	alternative(m, MATCH_PATH, "/kubepods/pod", put_text, id, "");
	alternative(m, MATCH_PATH, "/kubepods/burstable/pod", put_text, id, "");
	alternative(m, MATCH_PATH, "/kubepods/besteffort/pod", put_text, id, "");
	alternative(m, MATCH_PATH, "/kubepods.slice/kubepods-pod", put_underscored, id, ".slice");
	alternative(m, MATCH_PATH,
		    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod",
		    put_underscored, id, ".slice");
	alternative(m, MATCH_PATH,
		    "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod",
		    put_underscored, id, ".slice");
	return 0;
}

/* vm */

static int parse_vm(struct maker *m, const char *value)
{
	char kept[MACHINE_MAX + 1];

	if (!keep_machine_name(value, kept))
		return refuse(m, "libvirt cuts a name that long: give its first 50 bytes and "
				 "\"*\", or its cgroup");
	if (!*kept)
		return refuse(m, "give the name of a libvirt domain, or Proxmox's number; \"*\" "
				 "and \"?\" are possible");
	if (strcmp(kept, value) != 0)
		warn(m, "libvirt's cgroups have only the letters, digits, dashes and dots of a "
			"name: machines that differ in nothing else are meant too");
	alternative(m, MATCH_PATH, "/machine.slice/machine-qemu\\x2d" DIGITS "\\x2d", put_escaped,
		    kept, ".scope");
	alternative(m, MATCH_PATH, "/machine/qemu-" DIGITS "-", put_glob, kept, ".libvirt-qemu");
	if (!strcmp(value, "*"))
		alternative(m, MATCH_PATH, "/qemu.slice/", put_text, DIGITS, ".scope");
	else if (consists_of(value, DECIMAL "*?"))
		alternative(m, MATCH_PATH, "/qemu.slice/", put_glob, value, ".scope");
	return 0;
}

/* uid, gid */

/* 0xffffffff is nobody's: (uid_t)-1. */
static bool parse_number(const char *text, uint32_t *ret)
{
	uint64_t number;

	if (!consists_of(text, DECIMAL) || strlen(text) > 10)
		return false;
	number = strtoull(text, NULL, 10);
	if (number >= UINT32_MAX)
		return false;
	*ret = number;
	return true;
}

static int parse_id(struct maker *m, const char *value, const char *what,
		    int (*lookup)(const char *, uint32_t *), uint32_t *ret)
{
	int r;

	if (parse_number(value, ret))
		return 0;
	r = consists_of(value, DECIMAL) || !*value || strlen(value) > LOGIN_NAME_MAX
		    ? -ENOENT
		    : lookup(value, ret);
	if (r == -ENOENT)
		return refuse(m, "there is no such %s on this host; give one that is, or a number",
			      what);
	return r ? refuse(m, "cannot be looked up: %s; give a number", strerror(-r)) : 0;
}

static int parse_uid(struct maker *m, const char *value)
{
	m->all.tests |= MATCH_UID;
	return parse_id(m, value, "user", lookup_user, &m->all.uid);
}

static int parse_gid(struct maker *m, const char *value)
{
	m->all.tests |= MATCH_GID;
	return parse_id(m, value, "group", lookup_group, &m->all.gid);
}

/* exe */

static int parse_exe(struct maker *m, const char *value)
{
	struct lookup_program program = {};
	int r;

	m->all.tests |= MATCH_EXE;
	m->program = value;
	if (*value != '/')
		return refuse(m, "give the absolute path of a program, such as "
				 "/usr/bin/qemu-system-x86_64");
	r = lookup_program(value, m->last_mount, &program);
	if (r == -ENOEXEC)
		return refuse(m, "it is no file; give the path of a program");
	if (r && r != -ENOENT)
		return refuse(m,
			      "cannot be looked at: %s; make it accessible, or name another "
			      "program",
			      strerror(-r));
	if (r)
		warn(m, "not there; until it is, this entry is about nobody");
	if (program.script)
		warn(m, "a script; what runs is its interpreter, so this entry is about nobody");
	m->all.exe_inode = program.inode;
	m->all.exe_device = program.device;
	return 0;
}

/* All of them. */

#define KEY(name, path)                                                                            \
	{                                                                                          \
#name, offsetof(struct pattern_subject, name), path, parse_##name                  \
	}

static const struct {
	const char *key;
	size_t offset;
	bool path; /* it is about the cgroup's path */
	int (*parse)(struct maker *m, const char *value);
} keys[] = {
	KEY(cgroup, true), KEY(unit, true), KEY(container, true), KEY(pod, true),
	KEY(vm, true),     KEY(uid, false), KEY(gid, false),      KEY(exe, false),
};

static int parse_key(struct maker *m, size_t i, const char *value)
{
	m->key = keys[i].key;
	if (keys[i].path && m->p->n)
		return refuse(m, "an entry has only one of cgroup, unit, container, pod and vm; "
				 "for both give a cgroup");
	if (!names_is_printable(value))
		return refuse(m, "leave out control characters, and write it in UTF-8");
	return keys[i].parse(m, value);
}

/* Before all others. */
static void put_program(struct maker *m)
{
	struct pattern *p = m->p;
	struct policy_matcher *first = p->alternatives;

	memmove(first + 1, first, p->n++ * sizeof(*first));
	*first = (struct policy_matcher){.tests = MATCH_EXE | MATCH_PROGRAM};
	if (strlen(m->program) < sizeof(first->pattern))
		strcpy(first->pattern, m->program);
	else
		warn(m, "longer than 255 bytes: when it is replaced, load the policy again");
}

static int finish(struct maker *m)
{
	struct pattern *p = m->p;

	if (m->too_long)
		return refuse(m, "its pattern is longer than 255 bytes; shorten it by \"*\" or "
				 "\"**\" in a cgroup");
	if (p->n == 0 && m->all.tests == 0)
		return refuse(m, "give {any: true} for everybody");
	if (p->n == 0)
		begin(m, 0);
	for (size_t i = 0; i < p->n; i++) {
		struct policy_matcher *a = &p->alternatives[i];

		a->tests |= m->all.tests;
		a->uid = m->all.uid;
		a->gid = m->all.gid;
		a->exe_device = m->all.exe_device;
		a->exe_inode = m->all.exe_inode;
	}
	if (m->program)
		put_program(m);
	return 0;
}
_Static_assert(POLICY_PATTERN_LEN == 256, "as it says");

int pattern_compile(struct pattern *ret, const struct pattern_subject *s,
		    struct lookup_mount *last_mount)
{
	struct maker m = {.p = ret, .last_mount = last_mount};

	*ret = (struct pattern){};
	if (s->any)
		m.all.tests = MATCH_ANY;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value;
		int r;

		memcpy(&value, (const char *)s + keys[i].offset, sizeof(value));
		r = value ? parse_key(&m, i, value) : 0;
		/* the key that the pattern is of */
		if (!r && m.too_long)
			r = finish(&m);
		if (r)
			return r;
	}
	return finish(&m);
}
