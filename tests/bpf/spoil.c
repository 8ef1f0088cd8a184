// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the pinned owner map untrue, for the test of what finds that out:
 * spoil owner GROUP KIND COUNT, spoil holder GROUP PID, spoil forget DEVICE, spoil claim
 * GROUP, or spoil abi VERSION.  spoil nothing MAP prints how many entries a map has, of keys that
 * are eight bytes.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "owner_abi.h"
#include "registry.h"

static int spoil_owner(__u32 group, __u32 kind, __u32 count)
{
	int fd = bpf_obj_get(REGISTRY_PIN_DIR "/maps/groups");
	struct owner_group rec;

	if (fd < 0 || bpf_map_lookup_elem(fd, &group, &rec) < 0)
		return 1;
	rec.state = OWNER_STATE(kind, count);
	return bpf_map_update_elem(fd, &group, &rec, BPF_EXIST) < 0;
}

static int spoil_device(const char *name)
{
	int fd = bpf_obj_get(REGISTRY_PIN_DIR "/maps/devices");
	__u64 key, *prev = NULL;
	struct owner_device d;

	if (fd < 0)
		return 1;
	while (bpf_map_get_next_key(fd, prev, &key) == 0) {
		prev = &key;
		if (bpf_map_lookup_elem(fd, &key, &d) == 0 && strcmp(d.id.name, name) == 0)
			return bpf_map_delete_elem(fd, &key) < 0;
	}
	return 1;
}

static int spoil_holder(__u32 group, __u32 pid)
{
	int fd = bpf_obj_get(REGISTRY_PIN_DIR "/maps/holders");
	struct owner_holder h = {.file = 1, .task = {.tgid = pid, .comm = "nobody"}};

	return fd < 0 || bpf_map_update_elem(fd, &group, &h, BPF_EXIST) < 0;
}

/* A claim under way, by a thread that is not there. */
static int spoil_claim(__u32 group)
{
	int fd = bpf_obj_get(REGISTRY_PIN_DIR "/maps/claims");
	struct owner_claim claim = {.pid_tgid = ~0ULL >> 1};

	return fd < 0 || bpf_map_update_elem(fd, &group, &claim, BPF_NOEXIST) < 0;
}

static int spoil_nothing(const char *name)
{
	__u64 key, *prev = NULL;
	unsigned int n = 0;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), REGISTRY_PIN_DIR "/maps/%s", name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 1;
	for (; bpf_map_get_next_key(fd, prev, &key) == 0; prev = &key)
		n++;
	printf("%u\n", n);
	return 0;
}

static int spoil_abi(__u32 version)
{
	int fd = bpf_obj_get(REGISTRY_PIN_DIR "/maps/config");
	struct owner_config config;
	__u32 key = 0;

	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &config) < 0)
		return 1;
	config.abi = version;
	return bpf_map_update_elem(fd, &key, &config, BPF_EXIST) < 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "owner") == 0)
		return spoil_owner(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && strcmp(argv[1], "forget") == 0)
		return spoil_device(argv[2]);
	if (argc == 4 && strcmp(argv[1], "holder") == 0)
		return spoil_holder(atoi(argv[2]), atoi(argv[3]));
	if (argc == 3 && strcmp(argv[1], "claim") == 0)
		return spoil_claim(atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "abi") == 0)
		return spoil_abi(atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "nothing") == 0)
		return spoil_nothing(argv[2]);
	fputs("usage: spoil owner GROUP KIND COUNT | holder GROUP PID | forget DEVICE | claim "
	      "GROUP | abi VERSION | nothing MAP\n",
	      stderr);
	return 2;
}
