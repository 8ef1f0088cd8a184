// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "textfile.h"
#include "util.h"

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= n;
	}
	return 0;
}

/* close() too may say that there is no room. */
static int make(const char *path, const char *text)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, text, strlen(text));
	if (!err && fchmod(fd, 0644) < 0) /* whatever the umask is */
		err = -errno;
	if (close(TAKE_FD(fd)) < 0 && !err)
		err = -errno;
	return err;
}

int textfile_write(const char *path, const char *text)
{
	char new[PATH_MAX];
	int err;

	if (snprintf(new, sizeof(new), "%s.new", path) >= (int)sizeof(new))
		return -ENAMETOOLONG;
	if (unlink(new) < 0 && errno != ENOENT)
		return -errno;
	err = make(new, text);
	if (!err && rename(new, path) < 0)
		err = -errno;
	if (err)
		unlink(new);
	return err;
}
