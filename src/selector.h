/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One entry of a rule's `devices`, as the key by which devices are looked up.  Pure.
 *
 *   pci     "0000:3b:00.0"; "3b:00.0" is of domain 0000; a star stands for the rest:
 *           "0000:3b:00.*" "0000:3b:*" "0000:*" "*"
 *   id      "15b3:101e" "15b3:*", vendor and device as lspci -n shows them
 *   class   "01" "0108" "010802", as far as it matters
 *   driver  the name of the host driver that is bound
 *   group   "14"; such numbers change from one boot to the next
 *   device  "BUS/NAME", a star for NAME, or for both
 */
#ifndef OWNERD_SELECTOR_H
#define OWNERD_SELECTOR_H

#include "owner_policy.h"

/*
 * -EINVAL: not a value of that key, and *ret_remedy says what is; -ENOMEM.  The key's
 * generation is 0, and so is all that its kind does not use.
 */
int selector_parse(const char *key, const char *value, struct policy_select_key *ret,
		   const char **ret_remedy);

#endif
