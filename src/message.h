/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report in one readable line: "group 14: claim refused by the kernel: ...".
 */
#ifndef OWNERD_MESSAGE_H
#define OWNERD_MESSAGE_H

#include "owner_abi.h"
#include "policy.h"

/* malloc'ed; NULL when out of memory.  `policy`: as for describe_event(). */
char *message_of(const struct owner_report *report, const struct policy *policy);

#endif
