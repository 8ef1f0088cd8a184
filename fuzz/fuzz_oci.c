// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as an OCI container's state, and as its configuration: an answer, and one line if it is
 * no.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "jsonfile.h"
#include "oci.h"
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

static void try_state(int fd)
{
	_cleanup_(oci_state_done) struct oci_state s = {};
	_cleanup_free_ char *error = NULL;

	if (oci_read_state(&s, fd, &error)) {
		check_line(error);
		CHECK(!s.json);
	} else {
		check_line(s.id);
		CHECK(*s.bundle == '/' && s.status && s.pid >= 0 && !error);
	}
}

static void try_config(int fd)
{
	_cleanup_(oci_groups_done) struct oci_groups g = {};
	_cleanup_free_ char *cgroup = NULL, *error = NULL;
	struct json_object *o = NULL;

	if (jsonfile_read(fd, OCI_CONFIG_MAX, &o))
		return;
	if (oci_find_groups(&g, o, "", &error))
		check_line(error);
	CHECK(g.n <= OCI_GROUPS_MAX);
	cgroup = oci_cgroup(o);
	CHECK(!cgroup || *cgroup == '/');
	json_object_put(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("oci", MFD_CLOEXEC);

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	try_state(fd);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	try_config(fd);
	return 0;
}
