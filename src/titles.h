/* SPDX-License-Identifier: GPL-2.0-only */
/* What PCI devices are called: by pci.ids, with libpci. */
#ifndef OWNERD_TITLES_H
#define OWNERD_TITLES_H

#include <json-c/json.h>

/*
 * Adds to each Device of a Group what the daemon does not tell: `title`, vendor and model of a PCI
 * device as pci.ids has them (numbers without it), and `bridge`.
 */
void titles_add(struct json_object *group);

#endif
