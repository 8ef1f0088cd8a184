// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills a ring buffer of the size of ownerd's with records, when it is run by BPF_PROG_TEST_RUN: so
 * that reading is measured on kernels too that refuse the programs of ownerd.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "owner_abi.h"
#include "bpf/wake.bpf.h"

#define BARE_SIZE 64

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, OWNER_RING_SIZE);
} ring SEC(".maps");

struct owner_report report = {}; /* is what is written */
__u64 made = 0, lost = 0;        /* by `whole`, of which one runs at a time */
__u64 polled = 0;                /* owner_config's */

SEC("socket")
int bare(void *ctx)
{
	return bpf_ringbuf_output(&ring, &report, BARE_SIZE, 0) != 0;
}

SEC("socket")
int whole(void *ctx)
{
	__u64 filled = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	__u64 flags = wake_flags(filled, bpf_ktime_get_boot_ns(), polled);
	bool full = bpf_ringbuf_output(&ring, &report, sizeof(report), flags) != 0;

	made++;
	lost += full;
	return full;
}

char LICENSE[] SEC("license") = "GPL";
