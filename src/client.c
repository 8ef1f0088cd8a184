// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include "client.h"
#include "control.h"
#include "varlink.h"

#define READ_SIZE (64 * 1024)

/* Weak for the tests, which do not wait so long; not const, or gcc would fold its value. */
__attribute__((weak)) unsigned int client_timeout_msec = 10 * 1000;

struct client {
	int fd; /* -1 once the connection failed: its next reply would be to an older call */
	struct varlink_buffer in;
};

static int connect_to(int fd, const char *path)
{
	struct timeval timeout = {.tv_sec = client_timeout_msec / 1000,
				  .tv_usec = client_timeout_msec % 1000 * 1000};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	/* It blocks while the daemon's queue is full; nothing else here does. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return 0;
}

int client_connect(struct client **ret, const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct client *client;
	int r;

	if (fd < 0)
		return -errno;
	r = connect_to(fd, path);
	if (r < 0)
		return r;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->fd = TAKE_FD(fd);
	*ret = client;
	return 0;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	close_fd(&client->fd);
	varlink_buffer_done(&client->in);
	free(client);
}

static int64_t now_msec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* `deadline` in now_msec()'s time, negative for none; -EINTR only then. */
static int wait_for(struct client *client, short events, int64_t deadline)
{
	struct pollfd pfd = {.fd = client->fd, .events = events};
	int64_t left = -1;
	int r;

	do {
		if (deadline >= 0) {
			left = deadline - now_msec();
			if (left <= 0)
				return -ETIMEDOUT;
		}
		r = poll(&pfd, 1, left);
		if (r < 0 && (errno != EINTR || deadline < 0))
			return -errno;
	} while (r <= 0);
	return 0;
}

/* -ECONNRESET is what a daemon leaves that died with a call unread. */
static int connection_error(int error)
{
	return error == ECONNRESET ? -EPIPE : -error;
}

static int send_message(struct client *client, struct json_object *message, int64_t deadline)
{
	struct varlink_buffer out = {};
	int r = varlink_append(&out, message, SIZE_MAX);

	while (r >= 0 && varlink_buffer_length(&out) > 0) {
		ssize_t n = send(client->fd, out.data + out.start, varlink_buffer_length(&out),
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			varlink_buffer_consume(&out, n);
		else if (errno == EAGAIN)
			r = wait_for(client, POLLOUT, deadline);
		else if (errno != EINTR)
			r = connection_error(errno);
	}
	varlink_buffer_done(&out);
	return r;
}

static int receive_message(struct client *client, int64_t deadline, struct json_object **ret)
{
	for (;;) {
		ssize_t n;
		int r = varlink_take(&client->in, CONTROL_QUEUE_MAX, ret);

		if (r != 0)
			return r == -EMSGSIZE ? -EBADMSG : r;
		r = varlink_buffer_reserve(&client->in, READ_SIZE);
		if (r < 0)
			return r;
		n = recv(client->fd, client->in.data + client->in.end, READ_SIZE, MSG_DONTWAIT);
		if (n > 0)
			client->in.end += n;
		else if (n == 0)
			return -EPIPE;
		else if (errno == EAGAIN)
			r = wait_for(client, POLLIN, deadline);
		else if (errno != EINTR)
			r = connection_error(errno);
		if (r < 0)
			return r;
	}
}

static int receive_reply(struct client *client, int64_t deadline, struct json_object **ret,
			 bool *ret_continues, char **ret_error)
{
	_cleanup_(varlink_put) struct json_object *message = NULL, *parameters = NULL;
	struct varlink_reply reply;
	char *error;
	int r;

	r = receive_message(client, deadline, &message);
	if (r < 0)
		return r;
	r = varlink_parse_reply(&reply, message);
	if (r < 0)
		return r;
	parameters = json_object_get(reply.parameters);
	if (!reply.error) {
		if (!parameters)
			parameters = json_object_new_object();
		if (!parameters)
			return -ENOMEM;
		*ret = TAKE_PTR(parameters);
		*ret_continues = reply.continues;
		return 0;
	}
	error = strdup(reply.error);
	if (!error)
		return -ENOMEM;
	*ret = TAKE_PTR(parameters);
	*ret_error = error;
	return -EREMOTEIO;
}

/* After any failure but the daemon's own "no" the connection is out of step. */
static int check(struct client *client, int r)
{
	if (r < 0 && r != -EREMOTEIO && r != -EINTR) {
		close_fd(&client->fd);
		client->fd = -1;
	}
	return r;
}

/* Takes `parameters` over. */
static int send_call(struct client *client, const char *method, struct json_object *parameters,
		     bool more, int64_t deadline)
{
	_cleanup_(varlink_put) struct json_object *message = json_object_new_object();
	_cleanup_(varlink_put) struct json_object *taken = parameters;
	struct json_object *name = json_object_new_string(method);

	if (client->fd < 0) {
		json_object_put(name);
		return -EPIPE;
	}
	if (!message || !name || json_object_object_add(message, "method", name) < 0) {
		json_object_put(name);
		return -ENOMEM;
	}
	if (taken && json_object_object_add(message, "parameters", json_object_get(taken)) < 0) {
		json_object_put(parameters);
		return -ENOMEM;
	}
	if (more && json_object_object_add(message, "more", json_object_new_boolean(true)) < 0)
		return -ENOMEM;
	return send_message(client, message, deadline);
}

int client_call(struct client *client, const char *method, struct json_object *parameters,
		struct json_object **ret, char **ret_error)
{
	int64_t deadline = now_msec() + client_timeout_msec;
	bool continues;
	int r;

	r = send_call(client, method, parameters, false, deadline);
	if (r >= 0)
		r = receive_reply(client, deadline, ret, &continues, ret_error);
	return check(client, r);
}

int client_call_each(struct client *client, const char *method, struct json_object *parameters,
		     int (*each)(void *userdata, struct json_object *reply), void *userdata,
		     struct json_object **ret, char **ret_error)
{
	int r = send_call(client, method, parameters, true, now_msec() + client_timeout_msec);
	bool continues = true;

	while (r >= 0 && continues) {
		_cleanup_(varlink_put) struct json_object *reply = NULL;

		r = receive_reply(client, now_msec() + client_timeout_msec, &reply, &continues,
				  ret_error);
		if (r >= 0)
			r = each(userdata, reply);
		else if (reply)
			*ret = TAKE_PTR(reply);
	}
	return check(client, r);
}

int client_subscribe(struct client *client, const char *method, struct json_object *parameters)
{
	return check(client,
		     send_call(client, method, parameters, true, now_msec() + client_timeout_msec));
}

int client_next(struct client *client, struct json_object **ret, char **ret_error)
{
	bool continues;

	if (client->fd < 0)
		return -EPIPE;
	return check(client, receive_reply(client, -1, ret, &continues, ret_error));
}
