// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills a ring buffer of the size of ownerd's with records, when it is run by BPF_PROG_TEST_RUN: so
 * that reading is measured on kernels too that refuse the programs of ownerd.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "owner_abi.h"

#define BARE_SIZE 64

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} ring SEC(".maps");

struct owner_report report = {}; /* is what is written */
__u64 made = 0, lost = 0;        /* by `whole`, of which one runs at a time */

SEC("socket")
int bare(void *ctx)
{
	return bpf_ringbuf_output(&ring, &report, BARE_SIZE, 0) != 0;
}

SEC("socket")
int whole(void *ctx)
{
	bool full = bpf_ringbuf_output(&ring, &report, sizeof(report), 0) != 0;

	made++;
	lost += full;
	return full;
}

char LICENSE[] SEC("license") = "GPL";
