/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: a Varlink server on a UNIX stream socket.
 *
 * Varlink is NUL-terminated JSON: a call {"method", "parameters", "more", "oneway"},
 * a reply {"parameters", "continues", "error"}.  Calls on one connection are answered
 * in order.  A client costs its own connection and nothing else:
 *   - a message longer than CONTROL_MESSAGE_MAX, malformed JSON or a message that is
 *     not a call ends the connection;
 *   - a client that does not read has at most CONTROL_QUEUE_MAX bytes waiting: events
 *     beyond that are counted as lost for it, a reply beyond that is refused, where it can be had
 * in parts, or ends it;
 *   - at most CONTROL_CLIENTS_MAX connections; one more is closed at once; those who may
 *     not call have a quarter of them, so that they cannot shut out those who may;
 *   - a client that stops in the middle of a message for CONTROL_IDLE_SEC is closed;
 *   - a half-closed client gets its answers, then is closed;
 *   - a call is run when the answers before it have left; what a subscriber sends after
 *     its call, which has no end, is never read.
 * Everything runs in the daemon's one event loop; nothing blocks.
 */
#ifndef OWNERD_CONTROL_H
#define OWNERD_CONTROL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#define CONTROL_MESSAGE_MAX (64 * 1024)
#define CONTROL_QUEUE_MAX   (4 * 1024 * 1024)
#define CONTROL_CLIENTS_MAX 64
#define CONTROL_IDLE_SEC    10

#define CONTROL_SOCKET_PATH "/run/ownerd/io.ownerd"

struct control;

/*
 * Handles one method.  `parameters` is an object, or NULL, of the caller; no parameter
 * in it is unknown to the method's table entry, and none is null (that is not given).
 * Returns 0 with the reply's parameters in *ret (a new reference, taken over), or an
 * error: *ret_error its full name ("io.ownerd.NoSuchGroup", static storage) and *ret
 * its parameters or NULL, return value negative.  Negative without *ret_error: there is
 * no answer, the connection ends.
 */
typedef int (*control_handler)(void *userdata, struct json_object *parameters,
			       struct json_object **ret, const char **ret_error);

/*
 * An answer that is given in parts, to who calls with "more": each is made when the one before has
 * left, so that none is larger than it has to be, however much there is to say.  `next` makes the
 * parameters of a reply, and says whether others follow: 1; 0, it was the last; negative: the
 * connection ends.
 */
struct control_parts {
	int (*next)(void *state, struct json_object **ret);
	void (*done)(void *state);
	void *state; /* NULL: there is no such answer */
};

/* Begins such an answer; else as control_handler. */
typedef int (*control_parts_handler)(void *userdata, struct json_object *parameters,
				     struct control_parts *ret_parts, struct json_object **ret,
				     const char **ret_error);

/* The table of methods ends with a NULL name.  A NULL handler subscribes: needs "more". */
struct control_method {
	const char *name; /* "io.ownerd.GetStatus" */
	control_handler handler;
	const char *const *parameters; /* names, NULL-terminated */
	bool root_only;                /* it changes something */
	control_parts_handler parts;   /* NULL: it has no answer in parts */
};

struct control_config {
	const char *path;        /* of the socket; its directory is made if it is not there, 0755 */
	const char *interface;   /* "io.ownerd" */
	const char *description; /* text of the interface, for GetInterfaceDescription */
	const char *vendor, *product, *version, *url; /* for GetInfo */
	gid_t readers; /* besides root, members of this group may call; (gid_t)-1: nobody */
	const struct control_method *methods;
	void (*before)(void *userdata); /* each call of them; may be NULL */
	void *userdata;
};

/*
 * Listens (socket mode 0666; peers are checked by SO_PEERCRED and SO_PEERGROUPS, so
 * that a refusal is an answer and not a closed door) and serves from `event`.
 * -EADDRINUSE: another process answers there; a stale socket is replaced.
 */
int control_new(struct control **ret, sd_event *event, const struct control_config *config);

/* Whether anybody would get what is published. */
bool control_has_subscribers(const struct control *control);

/* Sends {parameters: event, lost} to every subscriber; takes no reference to `event`. */
void control_publish(struct control *control, struct json_object *event);

/* Closes every connection and removes the socket. */
void control_free(struct control *control);

/* The process whose call is being handled, as it was when it connected; 0: none. */
pid_t control_caller(const struct control *control);

#endif
