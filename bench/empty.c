// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches empty programs, which is the least that any program there can cost, and waits for
 * SIGTERM.
 *
 *   empty TYPE:SYMBOL...     TYPE is lsm, fentry, fexit, fmod_ret or tp_btf
 *
 * An LSM program's SYMBOL is the hook's name, a tracepoint's its own.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

static const struct {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
} types[] = {
	{"lsm", BPF_PROG_TYPE_LSM, BPF_LSM_MAC},
	{"fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY},
	{"fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT},
	{"fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN},
	{"tp_btf", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP},
};

static int attach(const char *what)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	const char *symbol = strchr(what, ':');
	char log[4096] = "";
	int fd;

	for (size_t i = 0; symbol && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strncmp(what, types[i].name, symbol - what) != 0)
			continue;
		fd = libbpf_find_vmlinux_btf_id(symbol + 1, types[i].attach);
		if (fd < 0)
			return fd;
		opts.attach_btf_id = fd;
		opts.expected_attach_type = types[i].attach;
		opts.log_buf = log;
		opts.log_size = sizeof(log);
		opts.log_level = 1;
		fd = bpf_prog_load(types[i].type, "empty", "GPL", nothing, 2, &opts);
		if (fd < 0)
			fprintf(stderr, "%s", log);
		return fd < 0 ? fd : bpf_raw_tracepoint_open(NULL, fd);
	}
	return -EINVAL;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int err = attach(argv[i]);

		if (err < 0) {
			fprintf(stderr, "empty: %s: %s\n", argv[i], strerror(-err));
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
