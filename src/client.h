/* SPDX-License-Identifier: GPL-2.0-only */
/* The other end of the control socket: blocking Varlink calls. */
#ifndef OWNERD_CLIENT_H
#define OWNERD_CLIENT_H

#include <json-c/json.h>

struct client;

/* -ENOENT, -ECONNREFUSED: nobody answers there; -EACCES: not ours to connect to. */
int client_connect(struct client **ret, const char *path);

/*
 * Calls `method` with `parameters` (taken over; NULL: none).  0 and the reply's
 * parameters in *ret (a new reference), or -EREMOTEIO and the error's name in
 * *ret_error (malloc'ed) with its parameters in *ret (may be NULL); other errors are
 * the connection's: -EPIPE when the daemon went away, -EBADMSG for what is no reply,
 * -ETIMEDOUT after 10 seconds.  After any of these every later call is -EPIPE.
 */
int client_call(struct client *client, const char *method, struct json_object *parameters,
		struct json_object **ret, char **ret_error);

/*
 * The same with "more": `each` gets the parameters of each reply, an object, until one says that no
 * other follows.  Negative from it ends the call, and the connection.
 */
int client_call_each(struct client *client, const char *method, struct json_object *parameters,
		     int (*each)(void *userdata, struct json_object *reply), void *userdata,
		     struct json_object **ret, char **ret_error);

/*
 * Starts a call with "more": read each reply with client_next(), which waits without
 * limit; -EINTR when a signal handler ran meanwhile, it may be called again then.
 */
int client_subscribe(struct client *client, const char *method, struct json_object *parameters);
int client_next(struct client *client, struct json_object **ret, char **ret_error);

void client_free(struct client *client);

#endif
