/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Canaries: acts that touch nothing and that live hooks refuse.  What is configured
 * proves nothing; a refusal does.
 */
#ifndef OWNERD_PROVE_H
#define OWNERD_PROVE_H

#include <json-c/json.h>
#include "loader.h"

/* 0: the claim hook refused.  -ENOANO: it did not.  Others: it could not be tried. */
int prove_claim(struct loader *l);

/* All canaries as an array of Check (io.ownerd.varlink). */
struct json_object *prove_all(struct loader *l);

#endif
