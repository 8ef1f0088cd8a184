// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "losses.h"
#include "prove.h"
#include "util.h"

static const char remedy_dead[] =
	"restart ownerd; if it stays, another module removed the hook: see ownerctl status";

int prove_claim(struct loader *l)
{
	_cleanup_close_ int fd = memfd_create("ownerd-canary", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, OWNER_CANARY_IOCTL, loader_config(l)->canary) < 0 && errno == EPERM)
		return 0;
	return -ENOANO;
}

/* The node leads to no device: whoever opens it while the hook is dead gets ENXIO. */
static int prove_open(struct loader *l)
{
	uint32_t major = loader_config(l)->vfio_major, group = OWNER_CANARY_GROUP;
	uint32_t dev = OWNER_DEV(major, OWNER_CANARY_MINOR);
	_cleanup_close_ int fd = -1;
	char path[64];
	int err;

	if (major == OWNER_NO_MAJOR)
		return -ENODEV;
	if (bpf_map_update_elem(loader_map_fd(l, "minors"), &dev, &group, BPF_ANY) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/.ownerd-canary-%d", getpid());
	if (mknod(path, S_IFCHR | 0600, makedev(major, OWNER_CANARY_MINOR)) < 0)
		return -errno;
	fd = open(path, O_RDWR | O_CLOEXEC);
	err = fd < 0 && errno == EPERM ? 0 : -ENOANO;
	unlink(path);
	return err;
}

static struct json_object *check(const char *name, int err, const char *detail)
{
	if (err == 0)
		return feature_check(name, "pass", NULL, "%s: refused with EPERM", detail);
	if (err == -ENOANO)
		return feature_check(name, "fail", remedy_dead, "%s: not refused", detail);
	return feature_check(name, "skip", NULL, "%s: could not be tried: %s", detail,
			     err == -ENODEV ? "VFIO is not loaded" : strerror(-err));
}

/* No act without effect leads to the bind hook: what can be shown is that it is called. */
static struct json_object *check_bind(struct loader *l)
{
	uint64_t judged = losses_counter(l, COUNT_binds_judged);

	if (judged)
		return feature_check("canary bind", "pass", NULL,
				     "the hook judged %" PRIu64 " binds since ownerd started",
				     judged);
	return feature_check("canary bind", "skip", NULL,
			     "no driver was bound since ownerd started, so nothing shows that the "
			     "hook is called");
}

struct json_object *prove_all(struct loader *l)
{
	struct json_object *checks = json_object_new_array();

	json_object_array_add(checks, check("canary open", prove_open(l),
					    "open of a VFIO node that leads nowhere"));
	json_object_array_add(checks, check("canary claim", prove_claim(l),
					    "ioctl that no driver has, by ownerd itself"));
	json_object_array_add(checks, check_bind(l));
	return checks;
}
