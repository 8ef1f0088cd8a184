/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an OCI runtime tells its hooks: a container's state on standard input, and config.json in
 * its bundle.  Both are read as from a stranger: bounded, and every type is looked at.
 */
#ifndef OWNERD_OCI_H
#define OWNERD_OCI_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OCI_STATE_MAX  (1024 * 1024)
#define OCI_CONFIG_MAX (4 * 1024 * 1024)
#define OCI_GROUPS_MAX 256

struct oci_state {
	struct json_object *json;
	/* in it */
	const char *id, *status, *bundle;
	pid_t pid;        /* 0: there is no process */
	const char *name; /* as annotations have it, of whoever writes those; NULL: none */
};

/* A node of a VFIO group that the container is given by itself. */
struct oci_group {
	uint32_t group;
	char *path; /* as the configuration has it */
};

struct oci_groups {
	struct oci_group *list;
	size_t n;
};

/* -EINVAL and other errors: *ret_error is one malloc'ed line, or NULL for want of memory. */
int oci_read_state(struct oci_state *ret, int fd, char **ret_error);
void oci_state_done(struct oci_state *s);

/* The bundle's config.json. */
int oci_read_config(struct json_object **ret, const char *bundle, char **ret_error);

/*
 * The groups of the nodes that `config` names: devices that are to be made, by their numbers, and
 * nodes of the host that are mounted.  Directories of them, and device cgroups, are not among them,
 * nor are the devices of one that may use all, a privileged one, which lists those that there are:
 * what is done with those is decided when it is opened.  `root`: of sysfs, "".
 */
int oci_find_groups(struct oci_groups *ret, struct json_object *config, const char *root,
		    char **ret_error);
void oci_groups_done(struct oci_groups *g);

/*
 * The cgroup that linux.cgroupsPath names, as a path or as "SLICE:PREFIX:NAME", malloc'ed; NULL:
 * none that can be told, or out of memory.
 */
char *oci_cgroup(struct json_object *config);

#endif
