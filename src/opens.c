// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include "opens.h"
#include "util.h"

int opens_read(int link, struct owner_open **ret, size_t *ret_n)
{
	_cleanup_free_ char *buf = NULL;
	_cleanup_close_ int fd = -1;
	size_t used = 0, size = 0;

	if (link < 0)
		return link;
	fd = bpf_iter_create(link);
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n;

		if (size - used < 4096) {
			char *bigger = realloc(buf, size += 16384);

			if (!bigger)
				return -ENOMEM;
			buf = bigger;
		}
		n = read(fd, buf + used, size - used);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		if (n > 0)
			used += n;
	}
	*ret = (struct owner_open *)TAKE_PTR(buf);
	*ret_n = used / sizeof(struct owner_open);
	return 0;
}

int opens_refresh(struct opens *o, int link)
{
	uint64_t now = boottime_ns();
	struct opens fresh = {.read = now};
	int err;

	if (o->read && now < o->read + NSEC_PER_SEC)
		return 0;
	err = opens_read(link, &fresh.all, &fresh.n);
	if (err)
		return err;
	opens_done(o);
	*o = fresh;
	return 0;
}

void opens_done(struct opens *o)
{
	free(o->all);
	*o = (struct opens){};
}
