// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "asker.h"
#include "lookup.h"
#include "names.h"
#include "output.h"
#include "text.h"
#include "util.h"

#define HEX "0123456789abcdefABCDEF"

static void add_gid(struct asker *a, uint32_t gid)
{
	a->gids = output_must(reallocarray(a->gids, a->subject.n_gids + 1, sizeof(*a->gids)));
	a->gids[a->subject.n_gids++] = gid;
	a->subject.gids = a->gids;
}

/* Paths. */

static int set_path(struct asker *a, const char *path, char **ret_error)
{
	struct policy_subject *s = &a->subject.facts;

	if (a->said & MATCH_PATH)
		return text_refuse(-EINVAL, ret_error,
				   "--as: give only one of cgroup, unit, container, pod and "
				   "vm");
	if (*path != '/' || (path[1] && path[strlen(path) - 1] == '/') || strstr(path, "//"))
		return text_refuse(-EINVAL, ret_error,
				   "--as: give a cgroup's whole path, such as "
				   "/system.slice/foo.service, not '%s'",
				   path);
	if (strlen(path) >= sizeof(s->path))
		return text_refuse(-EINVAL, ret_error,
				   "--as: a cgroup's path has at most %zu bytes",
				   sizeof(s->path) - 1);
	memset(s->path, 0, sizeof(s->path));
	memcpy(s->path, path, strlen(path));
	a->said |= MATCH_PATH;
	return 0;
}

static bool ends_in(const char *text, const char *suffix)
{
	size_t n = strlen(text), s = strlen(suffix);

	return n > s && strcmp(text + n - s, suffix) == 0;
}

/* "a-b.slice" is in "a.slice". */
static char *slice_path(const char *unit)
{
	char *path = output_format("%s", "");

	for (const char *dash = unit; *dash; dash++) {
		_cleanup_free_ char *above = NULL;

		if (*dash != '-' && !text_is(dash, ".slice"))
			continue;
		above = path;
		path = output_format("%s/%.*s.slice", above, (int)(dash - unit), unit);
	}
	return path;
}

static int set_unit(struct asker *a, const char *value, char **ret_error)
{
	bool slice = ends_in(value, ".slice");
	_cleanup_free_ char *path = NULL;

	if ((!slice && !ends_in(value, ".service") && !ends_in(value, ".scope")) ||
	    strpbrk(value, "/*?"))
		return text_refuse(-EINVAL, ret_error,
				   "--as: give one unit, such as unit=foo.service, not '%s'",
				   value);
	path = slice ? slice_path(value)
		     : output_format("/system.slice/%s%s",
				     names_cgroup_prefix(value) == NAMES_PREFIX_ALWAYS ? "_" : "",
				     value);
	return set_path(a, path, ret_error);
}

static bool is_hex(const char *value, size_t n)
{
	return strlen(value) == n && strspn(value, HEX) == n;
}

static int set_container(struct asker *a, const char *value, char **ret_error)
{
	const char *ids[CONTAINERS_SAME_MAX];
	_cleanup_free_ char *path = NULL;
	size_t n = a->known ? containers_find(a->known, value, ids) : 0;

	if (!*value || strpbrk(value, "/*?"))
		return text_refuse(
			-EINVAL, ret_error,
			"--as: give a container's id of 64 digits, or its name, not '%s'", value);
	if (n > 1)
		return text_refuse(-EINVAL, ret_error,
				   "--as: %zu containers are called '%s': give an id", n, value);
	value = n ? ids[0] : value;
	path = is_hex(value, 64) ? output_format("/system.slice/docker-%s.scope", value)
				 : output_format("/lxc.payload.%s", value);
	for (char *c = path; is_hex(value, 64) && *c; c++)
		*c = *c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c;
	return set_path(a, path, ret_error);
}

static int set_pod(struct asker *a, const char *value, char **ret_error)
{
	_cleanup_free_ char *path = NULL;
	char *uid;

	if (is_hex(value, 64)) {
		path = output_format("/machine.slice/machine-libpod_pod_%s.slice", value);
		return set_path(a, path, ret_error);
	}
	if (strlen(value) != 36 || strspn(value, HEX "-") != 36)
		return text_refuse(
			-EINVAL, ret_error,
			"--as: give a pod's UID, as kubectl get pod -o yaml prints it, not "
			"'%s'",
			value);
	path = output_format("/kubepods.slice/kubepods-pod%s.slice", value);
	uid = strstr(path, "-pod") + strlen("-pod");
	for (char *dash = strchr(uid, '-'); dash; dash = strchr(dash, '-'))
		*dash = '_';
	return set_path(a, path, ret_error);
}

static int set_vm(struct asker *a, const char *value, char **ret_error)
{
	_cleanup_free_ char *path = output_format("/machine.slice/machine-qemu\\x2d1\\x2d");

	if (!*value || strpbrk(value, "/*?"))
		return text_refuse(-EINVAL, ret_error,
				   "--as: give the name of one machine, not '%s'", value);
	for (const char *c = value; *c; c++) {
		char one[NAMES_ESCAPED_MAX];
		char *before = path;

		path = output_format("%s%s", before, names_escape(*c, false, one));
		free(before);
	}
	path = output_must(realloc(path, strlen(path) + sizeof(".scope")));
	strcat(path, ".scope");
	return set_path(a, path, ret_error);
}

/* Users, groups, programs. */

static int parse_id(const char *value, const char *what, int (*look)(const char *, uint32_t *),
		    uint32_t *ret, char **ret_error)
{
	unsigned long long number;

	if (!*value || strspn(value, "0123456789") != strlen(value)) {
		if (!*value || look(value, ret) < 0)
			return text_refuse(-EINVAL, ret_error,
					   "--as: there is no %s '%s' on this host", what, value);
		return 0;
	}
	number = strlen(value) > 10 ? UINT32_MAX : strtoull(value, NULL, 10);
	if (number >= UINT32_MAX)
		return text_refuse(-EINVAL, ret_error, "--as: no %s has the number %s", what,
				   value);
	*ret = number;
	return 0;
}

static int set_uid(struct asker *a, const char *value, char **ret_error)
{
	a->said |= MATCH_UID;
	return parse_id(value, "user", lookup_user, &a->subject.facts.uid, ret_error);
}

/* The first is his own. */
static int set_gid(struct asker *a, const char *value, char **ret_error)
{
	uint32_t gid;
	int r = parse_id(value, "group", lookup_group, &gid, ret_error);

	if (r < 0)
		return r;
	if (a->said & MATCH_GID)
		add_gid(a, gid);
	else
		a->subject.facts.gid = gid;
	a->said |= MATCH_GID;
	return 0;
}

static int set_exe(struct asker *a, const char *value, char **ret_error)
{
	struct lookup_program program = {};
	struct lookup_mount mount = {};
	int r = *value == '/' ? lookup_program(value, &mount, &program) : -ENOENT;

	if (r < 0)
		return text_refuse(-EINVAL, ret_error, "--as: no program: '%s': %s", value,
				   *value == '/' ? strerror(-r) : "give its absolute path");
	a->subject.facts.exe_inode = program.inode;
	a->subject.facts.exe_device = program.device;
	a->said |= MATCH_EXE;
	return 0;
}

/* A process. */

static FILE *open_proc(const char *pid, const char *name)
{
	_cleanup_free_ char *path = output_format("/proc/%s/%s", pid, name);

	return fopen(path, "re");
}

static int read_cgroup(struct asker *a, const char *pid, char **ret_error)
{
	_cleanup_fclose_ FILE *f = open_proc(pid, "cgroup");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) == 0)
			return set_path(a, line + 3, ret_error);
	}
	return text_refuse(-EINVAL, ret_error, "--as: the cgroup of process %s cannot be read: %s",
			   pid, f ? "it has none in the v2 hierarchy" : strerror(errno));
}

/* Real user, effective group, supplementary groups: what a rule asks for. */
static int read_ids(struct asker *a, const char *pid, char **ret_error)
{
	_cleanup_fclose_ FILE *f = open_proc(pid, "status");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		const char *groups = strncmp(line, "Groups:", 7) == 0 ? line + 7 : NULL;
		uint32_t gid;
		int n = 0;

		if (sscanf(line, "Uid: %" SCNu32, &a->subject.facts.uid) == 1)
			a->said |= MATCH_UID;
		if (sscanf(line, "Gid: %*u %" SCNu32, &a->subject.facts.gid) == 1)
			a->said |= MATCH_GID;
		for (; groups && sscanf(groups, "%" SCNu32 "%n", &gid, &n) == 1; groups += n)
			add_gid(a, gid);
	}
	if (a->said & MATCH_UID && a->said & MATCH_GID)
		return 0;
	return text_refuse(-EINVAL, ret_error, "--as: the user of process %s cannot be read", pid);
}

/* A kernel thread has none. */
static void read_exe(struct asker *a, const char *pid)
{
	_cleanup_free_ char *path = output_format("/proc/%s/exe", pid), *error = NULL;

	set_exe(a, path, &error);
	a->said |= MATCH_EXE;
}

static int read_process(struct asker *a, const char *pid, char **ret_error)
{
	_cleanup_free_ char *path = output_format("/proc/%s", pid);
	int r;

	if (!*pid || strspn(pid, "0123456789") != strlen(pid))
		return text_refuse(-EINVAL, ret_error,
				   "--as: give a process by its number, not '%s'", pid);
	if (access(path, F_OK) < 0) {
		text_refuse(-EINVAL, ret_error, "--as: there is no process %s", pid);
		return -ESRCH;
	}
	r = read_cgroup(a, pid, ret_error) ?: read_ids(a, pid, ret_error);
	if (!r)
		read_exe(a, pid);
	return r;
}

/* All of them. */

static const struct {
	const char *key;
	int (*set)(struct asker *a, const char *value, char **ret_error);
} keys[] = {
	{"cgroup", set_path}, {"unit", set_unit}, {"container", set_container},
	{"pod", set_pod},     {"vm", set_vm},     {"uid", set_uid},
	{"gid", set_gid},     {"exe", set_exe},
};

static int parse_fact(struct asker *a, char *fact, char **ret_error)
{
	char *value = strchr(fact, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; value && i < ARRAY_SIZE(keys); i++)
		if (text_is(keys[i].key, fact))
			return keys[i].set(a, value, ret_error);
	if (value && text_is(fact, "pid"))
		return text_refuse(-EINVAL, ret_error,
				   "--as: pid=N says everything: give nothing beside it");
	return text_refuse(
		-EINVAL, ret_error,
		"--as: give pid=N, or cgroup=, unit=, container=, pod=, vm=, uid=, gid=, "
		"exe=, separated by commas, not '%s'",
		fact);
}

int asker_parse(struct asker *ret, const char *text, const struct containers *known,
		char **ret_error)
{
	_cleanup_free_ char *copy = output_must(strdup(text));
	struct asker a = {.subject.facts.path = "/", .known = known};
	char *rest = copy, *fact;
	int r = 0;

	if (strncmp(text, "pid=", 4) == 0 && !strchr(text, ',')) {
		r = read_process(&a, text + 4, ret_error);
		rest = NULL;
	}
	while (!r && (fact = strsep(&rest, ",")))
		r = parse_fact(&a, fact, ret_error);
	if (r < 0)
		asker_done(&a);
	else
		*ret = a;
	return r;
}

void asker_done(struct asker *a)
{
	free(a->gids);
	*a = (struct asker){};
}
