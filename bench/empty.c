// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches empty programs, which is the least that any program there can cost, and waits for
 * SIGTERM.
 *
 *   empty TYPE:SYMBOL...     TYPE is lsm, fentry, fexit, fmod_ret or tp_btf
 *   empty --like DIRECTORY   prints TYPE:SYMBOL of each link that is pinned there, and ends
 *
 * SYMBOL is a function; of an LSM program bpf_lsm_HOOK, of a tracepoint btf_trace_NAME; of a module
 * FUNCTION@ID, the ID being that of the module's BTF.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
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

#define N_TYPES (sizeof(types) / sizeof(types[0]))

static struct btf *btf;

/* The types of a module, on top of the kernel's; of what is none, the kernel's. */
static struct btf *types_of(__u32 id)
{
	struct btf *split = id ? btf__load_from_kernel_by_id_split(id, btf) : btf;

	if (split)
		return split;
	fprintf(stderr, "empty: BTF %u: %s\n", id, strerror(errno));
	exit(1);
}

static int attach(const char *what)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	const char *symbol = strchr(what, ':'), *at = strchr(what, '@');
	__u32 id = at ? strtoul(at + 1, NULL, 10) : 0;
	char name[128];
	int fd;

	for (size_t i = 0; symbol && i < N_TYPES; i++) {
		if (strncmp(what, types[i].name, symbol - what) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(symbol + 1, "@"), symbol + 1);
		fd = btf__find_by_name_kind(types_of(id), name,
					    types[i].attach == BPF_TRACE_RAW_TP ? BTF_KIND_TYPEDEF
										: BTF_KIND_FUNC);
		if (fd < 0)
			return fd;
		opts.attach_btf_id = fd;
		opts.attach_btf_obj_fd = id ? bpf_btf_get_fd_by_id(id) : 0;
		opts.expected_attach_type = types[i].attach;
		fd = bpf_prog_load(types[i].type, "empty", "GPL", nothing, 2, &opts);
		return fd < 0 ? fd : bpf_raw_tracepoint_open(NULL, fd);
	}
	return -EINVAL;
}

static void print_target(const char *type, __u32 object, __u32 id)
{
	__u32 module = id < btf__type_cnt(btf) ? 0 : object;
	struct btf *its = types_of(module);

	printf("%s:%s", type, btf__str_by_offset(its, btf__type_by_id(its, id)->name_off));
	if (module)
		printf("@%u", module);
	putchar('\n');
}

static void print_like(const char *path)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0) {
		fprintf(stderr, "empty: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	close(fd);
	for (size_t i = 0; info.type == BPF_LINK_TYPE_TRACING && i < N_TYPES; i++)
		if (types[i].attach == info.tracing.attach_type)
			print_target(types[i].name, info.tracing.target_obj_id,
				     info.tracing.target_btf_id);
}

static int like(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	char path[PATH_MAX];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] != '.')
			print_like(path);
	}
	return dir ? 0 : 1;
}

int main(int argc, char **argv)
{
	btf = btf__load_vmlinux_btf();
	if (argc == 3 && strcmp(argv[1], "--like") == 0)
		return like(argv[2]);
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
