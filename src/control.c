// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "control.h"
#include "dispatch.h"
#include "log.h"
#include "varlink.h"

/* Calls answered for one client before the others have their turn. */
#define CALLS_PER_TURN 8
/* Parts of one answer made before that. */
#define PARTS_PER_TURN 4
/* How many bytes are read at once. */
#define READ_SIZE 4096
/* Clients that may not call share so many of the connections: they cannot shut out root. */
#define STRANGERS_MAX (CONTROL_CLIENTS_MAX / 4)
/* How long no client is accepted after accept() failed, for want of descriptors say. */
#define ACCEPT_PAUSE_USEC USEC_PER_SEC

/* Weak for the tests, which do not wait so long; not const, or gcc would fold its value. */
__attribute__((weak)) uint64_t control_idle_usec = CONTROL_IDLE_SEC * USEC_PER_SEC;

/* One connection. */
struct peer {
	struct control *control;
	unsigned int slot; /* in control->peers */
	int fd;
	enum dispatch_caller caller;
	bool eof;                   /* it sends no more */
	bool subscribed;            /* its call goes on, so what it sends after it is never read */
	struct control_parts parts; /* of the answer that is being given */
	uint64_t lost;              /* events since the last one delivered */
	struct varlink_buffer in, out;
	sd_event_source *io, *idle;
};

struct control {
	struct control_config config;
	sd_event *event;
	int fd;
	dev_t dev; /* what was bound, so that no other's socket is removed */
	ino_t ino;
	sd_event_source *listener, *resume;
	struct peer *peers[CONTROL_CLIENTS_MAX];
	unsigned int strangers;
	const struct peer *served; /* whose call is being handled; NULL: nobody's */
};

pid_t control_caller(const struct control *control)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (!control || !control->served ||
	    getsockopt(control->served->fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return 0;
	return cred.pid;
}

/* A reply that is too long for the queue is refused, if it can be had in parts. */
static int append_reply(struct peer *peer, struct json_object *message, struct json_object *reply)
{
	_cleanup_(varlink_put) struct json_object *refusal = NULL;
	int r = reply ? varlink_append(&peer->out, reply, CONTROL_QUEUE_MAX) : 0;

	if (r == -ENOBUFS)
		refusal = dispatch_too_long(&peer->control->config, message);
	if (refusal)
		r = varlink_append(&peer->out, refusal, CONTROL_QUEUE_MAX);
	return r < 0 ? r : 1;
}

/* Takes one message and answers it: 1, 0 if none waits, or negative to end the peer. */
static int serve_call(struct peer *peer)
{
	_cleanup_(varlink_put) struct json_object *message = NULL, *reply = NULL;
	int r;

	r = varlink_take(&peer->in, CONTROL_MESSAGE_MAX, &message);
	if (r <= 0)
		return r;
	peer->control->served = peer;
	r = dispatch_message(&peer->control->config, peer->caller, message, &peer->parts, &reply);
	peer->control->served = NULL;
	if (r < 0)
		return r;
	if (r > 0 && peer->parts.state)
		return 1;
	if (r > 0) {
		peer->subscribed = true;
		varlink_buffer_done(&peer->in);
		return 1;
	}
	return append_reply(peer, message, reply);
}

static void peer_end_parts(struct peer *peer)
{
	if (peer->parts.state)
		peer->parts.done(peer->parts.state);
	peer->parts = (struct control_parts){};
}

static void peer_free(struct peer *peer)
{
	if (!peer)
		return;
	peer->control->peers[peer->slot] = NULL;
	peer->control->strangers -= peer->caller == CALLER_STRANGER;
	sd_event_source_disable_unref(peer->io);
	sd_event_source_disable_unref(peer->idle);
	close_fd(&peer->fd);
	varlink_buffer_done(&peer->in);
	varlink_buffer_done(&peer->out);
	peer_end_parts(peer);
	free(peer);
}

/* Sends what the socket takes. */
static int peer_send(struct peer *peer)
{
	while (varlink_buffer_length(&peer->out) > 0) {
		ssize_t n = send(peer->fd, peer->out.data + peer->out.start,
				 varlink_buffer_length(&peer->out), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		varlink_buffer_consume(&peer->out, n);
	}
	return 0;
}

/* The next part of the answer that is being given, when nothing waits to be sent. */
static int peer_answer(struct peer *peer)
{
	_cleanup_(varlink_put) struct json_object *reply = NULL;
	int r, follows = dispatch_part(&peer->parts, &reply);

	if (follows <= 0)
		peer_end_parts(peer);
	if (follows < 0)
		return follows;
	r = varlink_append(&peer->out, reply, CONTROL_QUEUE_MAX);
	return r < 0 ? r : peer_send(peer);
}

/* recv() without a control buffer: the kernel closes descriptors that were sent along. */
static int peer_receive(struct peer *peer)
{
	ssize_t n;
	int r;

	r = varlink_buffer_reserve(&peer->in, READ_SIZE);
	if (r < 0)
		return r;
	n = recv(peer->fd, peer->in.data + peer->in.end, READ_SIZE, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		peer->eof = true;
	peer->in.end += n;
	if (varlink_buffer_length(&peer->in) == 0)
		varlink_buffer_done(&peer->in);
	return 0;
}

/* It has a part to be given now. */
static bool is_answering(const struct peer *peer)
{
	return peer->parts.state && varlink_buffer_length(&peer->out) == 0;
}

/* It is not to be served another call. */
static bool is_busy(const struct peer *peer)
{
	return peer->subscribed || peer->parts.state || varlink_buffer_length(&peer->out) > 0;
}

/*
 * Does what can be done now.  A call is served when the answers before it have left, so
 * that a client that does not read holds up itself and not the daemon's memory.
 * Negative: the peer has ended.
 */
static int peer_work(struct peer *peer, uint32_t revents)
{
	int r;

	if (peer->subscribed && (revents & (EPOLLHUP | EPOLLERR)))
		return -EPIPE;
	r = peer_send(peer);
	for (int i = 0; r >= 0 && i < PARTS_PER_TURN && is_answering(peer); i++)
		r = peer_answer(peer);
	if (r < 0 || is_busy(peer))
		return r;
	if (!peer->eof && !varlink_complete(&peer->in)) {
		r = peer_receive(peer);
		if (r < 0)
			return r;
	}
	for (int i = 0; i < CALLS_PER_TURN; i++) {
		r = serve_call(peer);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		r = peer_send(peer);
		if (r < 0 || is_busy(peer))
			return r;
	}
	return peer->eof && !varlink_complete(&peer->in) ? -EPIPE : 0;
}

/* Says what to wait for: room to send, for an answer or the next call, or more bytes. */
static int peer_wait(struct peer *peer)
{
	bool sending = peer->parts.state || varlink_buffer_length(&peer->out) > 0, waiting = false;
	uint32_t events;
	int r;

	if (sending || varlink_complete(&peer->in))
		events = EPOLLOUT;
	else
		events = peer->subscribed ? 0 : EPOLLIN;
	waiting = events == EPOLLIN && varlink_buffer_length(&peer->in) > 0;
	r = sd_event_source_set_io_events(peer->io, events);
	if (r < 0)
		return r;
	if (!waiting)
		return sd_event_source_set_enabled(peer->idle, SD_EVENT_OFF);
	r = sd_event_source_set_time_relative(peer->idle, control_idle_usec);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(peer->idle, SD_EVENT_ONESHOT);
}

static int on_peer(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct peer *peer = userdata;
	int r = peer_work(peer, revents);

	if (r >= 0)
		r = peer_wait(peer);
	if (r < 0) {
		if (r != -EPIPE && r != -ECONNRESET)
			log_message(r == -EBADMSG || r == -EMSGSIZE ? LOG_DEBUG : LOG_WARNING,
				    "control: client closed: %s", strerror(-r));
		peer_free(peer);
	}
	return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata)
{
	log_debug("control: client closed: it stopped in the middle of a message");
	peer_free(userdata);
	return 0;
}

/* A member of the group, by a supplementary one. */
static bool is_member(int fd, gid_t readers)
{
	_cleanup_free_ gid_t *groups = NULL;
	socklen_t size = 0; /* first how many there are: ERANGE, unless none */

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return false;
	groups = malloc(size);
	if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(*groups); i++)
		if (groups[i] == readers)
			return true;
	return false;
}

/* Root, or a member of the group, primary or supplementary, when it connected. */
static enum dispatch_caller who_calls(int fd, gid_t readers)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return CALLER_STRANGER;
	if (cred.uid == 0)
		return CALLER_ROOT;
	if (readers == (gid_t)-1)
		return CALLER_STRANGER;
	return cred.gid == readers || is_member(fd, readers) ? CALLER_READER : CALLER_STRANGER;
}

/* Takes `fd` over, also on failure.  -EUSERS: there are too many. */
static int peer_new(struct control *control, int fd)
{
	enum dispatch_caller caller = who_calls(fd, control->config.readers);
	bool stranger = caller == CALLER_STRANGER;
	unsigned int slot = 0;
	struct peer *peer;
	int r;

	while (slot < CONTROL_CLIENTS_MAX && control->peers[slot])
		slot++;
	if (slot == CONTROL_CLIENTS_MAX || (stranger && control->strangers == STRANGERS_MAX)) {
		close(fd);
		return -EUSERS;
	}
	peer = calloc(1, sizeof(*peer));
	if (!peer) {
		close(fd);
		return -ENOMEM;
	}
	*peer = (struct peer){.control = control, .slot = slot, .fd = fd, .caller = caller};
	control->peers[slot] = peer;
	control->strangers += stranger;
	r = sd_event_add_io(control->event, &peer->io, fd, EPOLLIN, on_peer, peer);
	if (r >= 0)
		r = sd_event_add_time_relative(control->event, &peer->idle, CLOCK_MONOTONIC,
					       control_idle_usec, 0, on_idle, peer);
	if (r >= 0)
		r = sd_event_source_set_enabled(peer->idle, SD_EVENT_OFF);
	if (r < 0)
		peer_free(peer);
	return r;
}

static int on_resume(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct control *control = userdata;

	sd_event_source_set_enabled(control->listener, SD_EVENT_ON);
	return 0;
}

/* The connection stays in the queue, so without a pause the loop would do nothing else. */
static void pause_accept(struct control *control, int error)
{
	log_warning("control: cannot accept a client: %s", strerror(error));
	if (sd_event_source_set_time_relative(control->resume, ACCEPT_PAUSE_USEC) >= 0 &&
	    sd_event_source_set_enabled(control->resume, SD_EVENT_ONESHOT) >= 0)
		sd_event_source_set_enabled(control->listener, SD_EVENT_OFF);
}

static int on_listener(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct control *control = userdata;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), r;

	if (peer < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accept(control, errno);
		return 0;
	}
	r = peer_new(control, peer);
	if (r < 0)
		log_debug("control: client closed: %s", strerror(-r));
	return 0;
}

/* Makes way for a socket: nothing is there, or what a dead daemon left. */
static int clear_path(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
	    errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

/* The last directory of the path. */
static int make_directory(struct sockaddr_un address)
{
	char *slash = strrchr(address.sun_path, '/');

	if (!slash || slash == address.sun_path)
		return 0;
	*slash = '\0';
	if (mkdir(address.sun_path, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	return chmod(address.sun_path, 0755) < 0 ? -errno : 0; /* whatever the umask is */
}

static int listen_at(struct control *control, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	r = make_directory(address);
	if (r < 0)
		return r;
	r = clear_path(&address);
	if (r < 0)
		return r;
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0)
		return -errno;
	if (bind(control->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	control->dev = st.st_dev;
	control->ino = st.st_ino;
	if (chmod(path, 0666) < 0 || listen(control->fd, CONTROL_CLIENTS_MAX) < 0)
		return -errno;
	return 0;
}

int control_new(struct control **ret, sd_event *event, const struct control_config *config)
{
	struct control *control = calloc(1, sizeof(*control));
	int r;

	if (!control)
		return -ENOMEM;
	control->config = *config;
	control->fd = -1;
	control->event = sd_event_ref(event);
	r = listen_at(control, config->path);
	if (r < 0)
		goto fail;
	r = sd_event_add_io(event, &control->listener, control->fd, EPOLLIN, on_listener, control);
	if (r < 0)
		goto fail;
	r = sd_event_add_time_relative(event, &control->resume, CLOCK_MONOTONIC, 0, 0, on_resume,
				       control);
	if (r < 0)
		goto fail;
	*ret = control;
	return 0;
fail:
	control_free(control);
	return r;
}

/* The reply is text around the event's, which is made once for all subscribers. */
static void peer_publish(struct peer *peer, const char *event)
{
	_cleanup_free_ char *text = NULL;
	int length;

	length = asprintf(&text, "{\"parameters\":{\"event\":%s,\"lost\":%llu},\"continues\":true}",
			  event, (unsigned long long)peer->lost);
	if (length < 0)
		text = NULL;
	if (!text || varlink_append_text(&peer->out, text, length, CONTROL_QUEUE_MAX) < 0) {
		peer->lost++;
		return;
	}
	peer->lost = 0;
	if (peer_send(peer) < 0 || peer_wait(peer) < 0)
		peer_free(peer);
}

static bool is_subscribed(const struct peer *peer)
{
	return peer && peer->subscribed;
}

bool control_has_subscribers(const struct control *control)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (is_subscribed(control->peers[i]))
			return true;
	return false;
}

void control_publish(struct control *control, struct json_object *event)
{
	const char *text;

	if (!control_has_subscribers(control))
		return;
	text = json_object_to_json_string_ext(event, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (is_subscribed(control->peers[i]))
			peer_publish(control->peers[i], text);
}

void control_free(struct control *control)
{
	struct stat st;

	if (!control)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		peer_free(control->peers[i]);
	sd_event_source_disable_unref(control->listener);
	sd_event_source_disable_unref(control->resume);
	if (control->ino && lstat(control->config.path, &st) == 0 && st.st_dev == control->dev &&
	    st.st_ino == control->ino)
		unlink(control->config.path);
	close_fd(&control->fd);
	sd_event_unref(control->event);
	free(control);
}
