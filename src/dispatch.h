/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a call to its reply: org.varlink.service, who may call what, whether there is
 * such a method and parameter, then its handler.  Knows of no connection.
 */
#ifndef OWNERD_DISPATCH_H
#define OWNERD_DISPATCH_H

#include "control.h"

/* A stranger may call org.varlink.service, a reader all but what is root_only. */
enum dispatch_caller { CALLER_STRANGER, CALLER_READER, CALLER_ROOT };

/*
 * Answers `message`, whose parameters may be changed.  0 and the reply, a new reference, or NULL if
 * the caller wants none; 1: the call subscribes and has no reply yet, or, if ret_parts has a state,
 * is answered by those; negative: there can be no reply, so the connection has to end (-EBADMSG: it
 * was no call; else what the handler failed with).
 */
int dispatch_message(const struct control_config *config, enum dispatch_caller caller,
		     struct json_object *message, struct control_parts *ret_parts,
		     struct json_object **ret);

/* The next part as a reply, a new reference; returns what the part's `next` does. */
int dispatch_part(const struct control_parts *parts, struct json_object **ret);

/* In place of a reply that is too long, to a call of a method that answers in parts too; or NULL.
 */
struct json_object *dispatch_too_long(const struct control_config *config,
				      struct json_object *message);

#endif
