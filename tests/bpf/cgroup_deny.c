// SPDX-License-Identifier: GPL-2.0-only
/*
 * cgroup-deny CGROUP MAJOR COMMAND...: runs it in a cgroup whose device program refuses nodes of
 * that major, and no others; the program goes with the cgroup.
 */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* linux/filter.h has no copy for user space. */
#define INSN(c, d, s, o, i)                                                                        \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})

static int program(unsigned int major)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct bpf_cgroup_dev_ctx, major),
		     0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 1, major),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	return bpf_prog_load(BPF_PROG_TYPE_CGROUP_DEVICE, "deny", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), NULL);
}

static int enter(int cgroup)
{
	int procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	return procs < 0 || write(procs, "0", 1) != 1 ? -1 : 0;
}

int main(int argc, char **argv)
{
	int cgroup, prog;

	if (argc < 4)
		return 2;
	cgroup = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	prog = program(strtoul(argv[2], NULL, 10));
	if (cgroup < 0 || prog < 0 || bpf_prog_attach(prog, cgroup, BPF_CGROUP_DEVICE, 0) ||
	    enter(cgroup)) {
		perror("cgroup-deny");
		return 1;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 1;
}
