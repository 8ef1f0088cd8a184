// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include "lookup.h"
#include "owner_abi.h"
#include "util.h"

/* getpwnam(3): that there is none may be told by any of these. */
static int error_of(int error)
{
	switch (error) {
	case 0:
	case ESRCH:
	case EBADF:
	case EPERM:
		return -ENOENT;
	default:
		return -error;
	}
}

int lookup_user(const char *name, uint32_t *ret)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (!user)
		return error_of(errno);
	*ret = user->pw_uid;
	return 0;
}

int lookup_group(const char *name, uint32_t *ret)
{
	const struct group *group;

	errno = 0;
	group = getgrnam(name);
	if (!group)
		return error_of(errno);
	*ret = group->gr_gid;
	return 0;
}

/* Its device, if it is in our mount namespace; else *ret stays. */
static int find_mount(uint64_t mount, uint32_t *ret)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file)
		return -errno;
	errno = 0;
	while (getline(&line, &size, file) >= 0) {
		unsigned long long id;
		unsigned int major, minor;

		if (sscanf(line, "%llu %*u %u:%u", &id, &major, &minor) == 3 && id == mount) {
			*ret = OWNER_DEV(major, minor);
			return 0;
		}
	}
	return ferror(file) || errno == ENOMEM ? -errno : 0;
}

/* Mount ids: since 5.8. */
static int device_of(struct lookup_mount *last, const struct statx *st, uint32_t *ret)
{
	uint32_t device = OWNER_DEV(st->stx_dev_major, st->stx_dev_minor);
	int r;

	if (!(st->stx_mask & STATX_MNT_ID)) {
		*ret = device;
		return 0;
	}
	if (!last->known || last->id != st->stx_mnt_id) {
		r = find_mount(st->stx_mnt_id, &device);
		if (r)
			return r;
		*last = (struct lookup_mount){st->stx_mnt_id, device, true};
	}
	*ret = last->device;
	return 0;
}

static bool is_script(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char magic[2];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       !memcmp(magic, "#!", sizeof(magic));
}

int lookup_program(const char *path, struct lookup_mount *last, struct lookup_program *ret)
{
	struct statx st = {};
	uint32_t device;
	int r;

	if (statx(AT_FDCWD, path, 0, STATX_TYPE | STATX_INO | STATX_MNT_ID, &st) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (!S_ISREG(st.stx_mode))
		return -ENOEXEC;
	r = device_of(last, &st, &device);
	if (r)
		return r == -ENOENT ? -EIO : r;
	*ret = (struct lookup_program){
		.inode = st.stx_ino,
		.device = device,
		.script = is_script(path),
	};
	return 0;
}
