// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "fd-pass.h"

/* Room for the descriptors, aligned as a control message must be. */
union control {
	char bytes[CMSG_SPACE(sizeof(int) * FD_PASS_MAX)];
	struct cmsghdr align;
};

static int socket_address(const char *path, struct sockaddr_un *ret_address)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	*ret_address = address;
	return 0;
}

/* Connects; the receiver may be slower to start than the sender, so it tries for ten seconds. */
static int socket_connect(const char *path)
{
	struct sockaddr_un address;
	int s, ret = socket_address(path, &address);

	if (ret)
		return ret;
	s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	for (int i = 0; s >= 0 && i < 100; i++) {
		if (!connect(s, (struct sockaddr *)&address, sizeof(address)))
			return s;
		usleep(100000);
	}
	ret = -errno;
	close(s);
	return ret;
}

static int socket_accept(const char *path)
{
	struct sockaddr_un address;
	int listener, s, ret = socket_address(path, &address);

	if (ret)
		return ret;
	unlink(path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1))
		s = -errno;
	else
		s = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (s == -1)
		s = -errno;
	close(listener);
	return s;
}

int fd_pass_send(const char *path, const int *fds, const char *kinds, size_t n)
{
	union control control = {0};
	struct iovec iov = {.iov_base = (void *)kinds, .iov_len = n};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int s = socket_connect(path), ret = 0;

	if (s < 0)
		return s;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(header), fds, n * sizeof(int));
	if (sendmsg(s, &message, 0) < 0)
		ret = -errno;
	close(s);
	return ret;
}

int fd_pass_receive(const char *path, int *ret_fds, char *ret_kinds)
{
	union control control;
	struct iovec iov = {.iov_base = ret_kinds, .iov_len = FD_PASS_MAX};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header;
	ssize_t n;
	int s = socket_accept(path);

	if (s < 0)
		return s;
	n = recvmsg(s, &message, MSG_CMSG_CLOEXEC);
	close(s);
	header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (!header || header->cmsg_len != CMSG_LEN((size_t)n * sizeof(int)))
		return -EBADMSG;
	memcpy(ret_fds, CMSG_DATA(header), (size_t)n * sizeof(int));
	return (int)n;
}
