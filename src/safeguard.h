/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices that the host needs (protect.h), as the daemon keeps them: across boots too, since
 * when it starts there is no route yet, and at the next boot the driver of the interface that has
 * the default route must not be refused for that.
 */
#ifndef OWNERD_SAFEGUARD_H
#define OWNERD_SAFEGUARD_H

#include "manager.h"
#include "protect.h"
#include "rules.h"

/* One "BUS/NAME" a line: the devices of the last default route. */
#define SAFEGUARD_FILE "/var/lib/ownerd/default-route"

/*
 * What is protected now.  While no interface has a default route it is also what is in `file`;
 * while one has, that is what is written there if it is not there already; the directory is made,
 * not those above it.  Negative errno.
 */
int safeguard_find(struct protection *ret, const char *root, const char *file);

/* Says which devices are protected (debug), and which of them a rule would refuse its driver. */
void safeguard_say(struct manager *m);

#endif
