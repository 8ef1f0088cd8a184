// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "hash.h"
#include "kind.h"

uint64_t kind_of(const struct owner_report *r)
{
	const uint64_t facts[] = {r->act,  r->verdict,    r->by,    r->reason,      r->file,
				  r->rule, r->generation, r->group, r->task.cgroup, r->task.uid};
	uint64_t key = hash_bytes(HASH_START, facts, sizeof(facts));

	key = hash_bytes(key, r->device.id.name, strnlen(r->device.id.name, OWNER_DEVICE_LEN));
	if (r->group == OWNER_NO_GROUP)
		key = hash_bytes(key, r->device.driver,
				 strnlen(r->device.driver, OWNER_DRIVER_LEN));
	return key ?: 1;
}

uint32_t kind_class(const struct owner_report *r)
{
	const uint32_t class = (r->act * (BY_LSM + 1) + r->by) * REASON_MAX + r->reason;

	return class < KIND_CLASSES ? class : 0; /* nobody writes such a report */
}
