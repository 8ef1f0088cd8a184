/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a record wakes who reads its ring: not while the reader looks for records by itself
 * (owner_config.polled), unless it fills another quarter of the ring, which is too fast for that.
 *
 * Otherwise the kernel wakes the reader for a record that finds the ring empty; for another one we
 * do, since whoever was kept for long from writing one may have left it behind the last look.
 */
#ifndef OWNER_WAKE_BPF_H
#define OWNER_WAKE_BPF_H

#include "owner_abi.h"

#define RING_QUARTER (OWNER_RING_SIZE / 4)

/* Of bpf_ringbuf_output(); `filled`: what BPF_RB_AVAIL_DATA said before. */
static __always_inline __u64 wake_flags(__u64 filled, __u64 when, __u64 polled)
{
	if (when >= polled)
		return filled ? BPF_RB_FORCE_WAKEUP : 0;
	if (filled / RING_QUARTER != (filled + sizeof(struct owner_report)) / RING_QUARTER)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

#endif
