// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "identity.h"
#include "names.h"
#include "subject.h"
#include "util.h"

#define ID_LEN 64 /* hex digits of a container's id */

/* Part of a path: not terminated. */
struct part {
	const char *at;
	size_t len;
};

/* Where on the path a pattern is looked for. */
struct place {
	struct part name, parent;
	bool in_kubepods, in_pod;
};

static bool is(struct part p, const char *text)
{
	return p.len == strlen(text) && memcmp(p.at, text, p.len) == 0;
}

static bool take_prefix(struct part *p, const char *prefix)
{
	size_t n = strlen(prefix);

	if (p->len < n || memcmp(p->at, prefix, n) != 0)
		return false;
	p->at += n;
	p->len -= n;
	return true;
}

static bool take_suffix(struct part *p, const char *suffix)
{
	size_t n = strlen(suffix);

	if (p->len < n || memcmp(p->at + p->len - n, suffix, n) != 0)
		return false;
	p->len -= n;
	return true;
}

/* Up to the separator, which is taken too; false, with *p as it was, if there is none. */
static bool take_until(struct part *p, const char *separator, struct part *ret)
{
	const char *found = memmem(p->at, p->len, separator, strlen(separator));

	if (!found)
		return false;
	*ret = (struct part){p->at, found - p->at};
	p->len -= ret->len + strlen(separator);
	p->at = found + strlen(separator);
	return true;
}

static bool consists_of(struct part p, const char *set)
{
	for (size_t i = 0; i < p.len; i++)
		if (!strchr(set, p.at[i]) || !p.at[i])
			return false;
	return p.len > 0;
}

static bool is_number(struct part p)
{
	return consists_of(p, "0123456789");
}

static bool is_id(struct part p)
{
	return p.len == ID_LEN && consists_of(p, "0123456789abcdef");
}

/* "8c9f4b2e-0d0a-4a53-8f14-2f4b7a1f0c11", or a static pod's 32 digits. */
static bool is_pod_uid(struct part p)
{
	static const size_t dashes[] = {8, 13, 18, 23};

	if (p.len == 32)
		return consists_of(p, "0123456789abcdef");
	if (p.len != 36 || !consists_of(p, "0123456789abcdef-_"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(dashes); i++)
		if (p.at[dashes[i]] != '-' && p.at[dashes[i]] != '_')
			return false;
	return true;
}

/* Takes the place of what was found further out; -ENOMEM. */
static int set(char **to, struct part p)
{
	char *copy = strndup(p.at, p.len);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int found_container(struct subject *s, const char *runtime, struct part name)
{
	s->runtime = runtime;
	free(s->vm);
	s->vm = NULL;
	return set(&s->container, name) ?: 1;
}

static int found_vm(struct subject *s, const char *runtime, struct part name)
{
	s->runtime = runtime;
	free(s->container);
	s->container = NULL;
	return set(&s->vm, name) ?: 1;
}

/*
 * A pattern each: 1 it fits, and what it says is in *s; 0 it does not; -ENOMEM.
 */

/*
 * "docker-ID.scope" and its like: the systemd drivers. Bare, "crio-ID" and "libpod-ID": cgroupfs;
 * "libpod-payload-ID": podman run --cgroups=split, in the unit that podman runs in.
 */
static int match_scope(struct subject *s, const struct place *at)
{
	static const struct {
		const char *prefix, *runtime;
		bool bare;
	} kinds[] = {
		{"docker-", "docker", false},
		{"cri-containerd-", "cri-containerd", false},
		{"crio-", "crio", true},
		{"libpod-", "libpod", true},
		{"libpod-payload-", "libpod", true},
		{"nerdctl-", "nerdctl", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct part id = at->name;
		bool scope = take_suffix(&id, ".scope");

		if (take_prefix(&id, kinds[i].prefix) && is_id(id) && (scope || kinds[i].bare))
			return found_container(s, kinds[i].runtime, id);
	}
	return 0;
}

/* cgroupfs drivers: "docker/ID", and "podUID/ID" below kubepods. */
static int match_bare_id(struct subject *s, const struct place *at)
{
	if (!is_id(at->name))
		return 0;
	if (is(at->parent, "docker"))
		return found_container(s, "docker", at->name);
	return at->in_pod ? found_container(s, "kubernetes", at->name) : 0;
}

/* "podUID" and "kubepods-burstable-podUID.slice", below kubepods only. */
static int match_kubernetes_pod(struct subject *s, const struct place *at)
{
	struct part uid = at->name;
	int r;

	if (!at->in_kubepods)
		return 0;
	if (take_suffix(&uid, ".slice")) {
		if (!take_prefix(&uid, "kubepods-"))
			return 0;
		if (!take_prefix(&uid, "burstable-"))
			take_prefix(&uid, "besteffort-");
	}
	if (!take_prefix(&uid, "pod") || !is_pod_uid(uid))
		return 0;
	r = set(&s->pod, uid);
	for (char *p = r ? NULL : strchr(s->pod, '_'); p; p = strchr(p, '_'))
		*p = '-';
	return r ?: 1;
}

/* "libpod_pod_ID", or the slice of that name below machine.slice or user.slice. */
static int match_podman_pod(struct subject *s, const struct place *at)
{
	struct part id = at->name;

	if (take_suffix(&id, ".slice") && !take_prefix(&id, "machine-"))
		take_prefix(&id, "user-");
	if (!take_prefix(&id, "libpod_pod_") || !is_id(id))
		return 0;
	return set(&s->pod, id) ?: 1;
}

/* "podUID/kata_SANDBOX": what is in it is the machine of that sandbox. */
static int match_kata(struct subject *s, const struct place *at)
{
	struct part id = at->name;

	if (!at->in_pod || !take_prefix(&id, "kata_") || !is_id(id))
		return 0;
	return found_container(s, "kata", id);
}

/* A machine of systemd-machined: libvirt's have a number before the name. */
static int match_machine(struct subject *s, const struct place *at)
{
	struct part name = at->name, number;
	int r;

	if (!is(at->parent, "machine.slice") || !take_prefix(&name, "machine-") ||
	    !take_suffix(&name, ".scope") || !name.len)
		return 0;
	if (take_prefix(&name, "qemu\\x2d")) {
		if (!take_until(&name, "\\x2d", &number) || !is_number(number) || !name.len)
			return 0;
		r = found_vm(s, "libvirt", name);
		if (r > 0)
			names_unescape(s->vm);
		return r;
	}
	if (take_prefix(&name, "lxc\\x2d")) {
		if (!take_until(&name, "\\x2d", &number) || !is_number(number) || !name.len)
			return 0;
		r = found_container(s, "libvirt-lxc", name);
	} else {
		r = found_container(s, "nspawn", name);
	}
	if (r > 0)
		names_unescape(s->container);
	return r;
}

static int match_nspawn_service(struct subject *s, const struct place *at)
{
	struct part name = at->name;
	int r;

	if (!take_prefix(&name, "systemd-nspawn@") || !take_suffix(&name, ".service") || !name.len)
		return 0;
	r = found_container(s, "nspawn", name);
	if (r > 0)
		names_unescape(s->container);
	return r;
}

/* libvirt without systemd: "machine/qemu-3-NAME.libvirt-qemu". */
static int match_libvirt(struct subject *s, const struct place *at)
{
	struct part name = at->name, number;

	if (!is(at->parent, "machine") || !take_suffix(&name, ".libvirt-qemu") ||
	    !take_prefix(&name, "qemu-") || !take_until(&name, "-", &number) ||
	    !is_number(number) || !name.len)
		return 0;
	return found_vm(s, "libvirt", name);
}

/* "qemu.slice/100.scope" and "lxc/101". */
static int match_proxmox(struct subject *s, const struct place *at)
{
	struct part id = at->name;

	if (is(at->parent, "lxc") && is_number(id))
		return found_container(s, "proxmox", id);
	if (is(at->parent, "qemu.slice") && take_suffix(&id, ".scope") && is_number(id))
		return found_vm(s, "proxmox", id);
	return 0;
}

static int match_lxc(struct subject *s, const struct place *at)
{
	struct part name = at->name;

	if (!take_prefix(&name, "lxc.payload.") || !name.len)
		return 0;
	return found_container(s, "lxc", name);
}

static int match(struct subject *s, const struct place *at)
{
	static int (*const patterns[])(struct subject *, const struct place *) = {
		match_scope,   match_bare_id, match_kubernetes_pod, match_podman_pod,
		match_kata,    match_machine, match_nspawn_service, match_libvirt,
		match_proxmox, match_lxc,
	};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(patterns); i++)
		r = patterns[i](s, at);
	return r;
}

/* "user@1000.service": from here on a user's own manager makes the cgroups. */
static bool is_user_manager(struct part p)
{
	return take_prefix(&p, "user@") && take_suffix(&p, ".service") && is_number(p);
}

static int walk(struct subject *s, const char *path)
{
	struct place at = {};
	int r = 0;

	while (r >= 0 && *path) {
		bool was_pod = s->pod != NULL;

		path += strspn(path, "/");
		at.name = (struct part){path, strcspn(path, "/")};
		path += at.name.len;
		at.in_kubepods |= is(at.name, "kubepods") || is(at.name, "kubepods.slice");
		s->of_user |= is_user_manager(at.name);
		r = match(s, &at);
		at.in_pod |= at.in_kubepods && !was_pod && s->pod;
		at.parent = at.name;
	}
	return r < 0 ? r : 0;
}

int subject_of_path(struct subject *ret, const char *cgroup_path)
{
	struct subject s = {};
	int r = walk(&s, cgroup_path);

	if (!r)
		r = identity_unit(cgroup_path, &s.unit);
	if (r && r != -ENOENT) {
		subject_done(&s);
		return r;
	}
	*ret = s;
	return 0;
}

void subject_done(struct subject *s)
{
	free(s->container);
	free(s->pod);
	free(s->vm);
	free(s->unit);
	*s = (struct subject){};
}
