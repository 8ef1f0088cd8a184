/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads of kernel memory that may not be there; what cannot be read is 0.
 *
 * The programs are compiled twice: for kernels since 6.2, which have bpf_rdonly_cast(), and for
 * those before (SINCE_6_2).  With it a read is a load that the kernel lets fail, one instruction;
 * without, a helper's call, some hundred.  To choose when they are loaded would leave a dead branch
 * at each read, and to take those out takes the verifier longer than all else about them.
 *
 * What is loaded is a structure that is nothing but a number, wherever it points: to the verifier
 * what comes out is a number, which any function takes, and it need not look for members in types
 * as large as struct task_struct.
 */
#ifndef OWNER_READ_BPF_H
#define OWNER_READ_BPF_H

#include <bpf/bpf_core_read.h>

#if SINCE_6_2
extern void *bpf_rdonly_cast(void *obj, __u32 btf_id) __ksym;

static __always_inline long kernel_read(void *to, __u32 size, const void *from)
{
	volatile struct timespec64 *at =
		bpf_rdonly_cast((void *)from, bpf_core_type_id_kernel(struct timespec64));

	if (size == sizeof(__u64))
		*(__u64 *)to = *(volatile __u64 *)at;
	else if (size == sizeof(__u32))
		*(__u32 *)to = *(volatile __u32 *)at;
	else if (size == sizeof(__u16))
		*(__u16 *)to = *(volatile __u16 *)at;
	else
		*(__u8 *)to = *(volatile __u8 *)at;
	return 0;
}

/* What BPF_CORE_READ() is made of. */
#undef bpf_core_read
#define bpf_core_read(to, size, from)                                                              \
	({                                                                                         \
		_Static_assert(size == 1 || size == 2 || size == 4 || size == 8, "a number");      \
		kernel_read(to, size, (const void *)__builtin_preserve_access_index(from));        \
	})
#else
#define kernel_read(to, size, from) bpf_probe_read_kernel(to, size, from)
#endif

#endif
