/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A refusal in words: who tried what, who refused it and why, and which error its caller saw.
 */
#ifndef OWNERD_REFUSAL_H
#define OWNERD_REFUSAL_H

#include <json-c/json.h>

/* A new reference to a Refusal (explain.h) of an Event; NULL if that is NULL. */
struct json_object *refusal_explain(struct json_object *event);

/* The same of an array of Refused, with "count" and "first"; an array. */
struct json_object *refusal_explain_all(struct json_object *refused);

#endif
