/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map "host_drivers": which driver the host would bind, for each model of PCI device.  The
 * programs copy from it into the records of devices that never had a host driver, each time that
 * they look at one; so who changes it has the groups touched again (seed_groups()).
 */
#ifndef OWNERD_MODELS_H
#define OWNERD_MODELS_H

#include <stdbool.h>
#include "loader.h"

/* Every PCI device that is there, looked up anew.  A negative errno: not all could be told. */
int models_seed(struct loader *l);

/* A device has joined its group: true if its model was not known, and is now. */
bool models_learn(struct loader *l, const struct owner_device *d);

#endif
