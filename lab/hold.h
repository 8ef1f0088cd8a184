/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the steps of vfio-hold have in common: the open descriptors, and how they are used.
 */
#ifndef HOLD_H
#define HOLD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "fd-pass.h"

#define FD_MAX FD_PASS_MAX
#define IOVA   (1024 * 1024)

enum kind { GROUP = 'g', CONTAINER = 'c', DEVICE = 'd', IOMMUFD = 'i' };

/* All that is open; of each kind, the last one opened is the one that steps act on. */
struct hold {
	int fds[FD_MAX];
	char kinds[FD_MAX];
	int fd_count;
	char node[PATH_MAX]; /* of the group that open= or select= named last */
	uint32_t ioas;       /* id of the IO address space that ioas made last */
	void *memory;        /* what map= or ioas-map= has mapped */
	uint64_t memory_size, iova;
	void *low; /* a page below 4 GiB for the arguments of 32-bit calls; NULL: 64-bit calls */
	bool keep_going;
	bool failed;
};

/* What a step has to say beyond "ok". */
struct value {
	char text[256];
};

void value_set(struct value *v, const char *format, ...);

/* The descriptor of the kind, or -1, which the kernel answers with EBADF. */
int hold_fd(const struct hold *h, enum kind kind);

/* Takes the descriptor over; a negative one stands for errno. */
int hold_add(struct hold *h, enum kind kind, int fd);

/*
 * One ioctl, with the argument copied to and from the low page if the call is to enter the kernel
 * by the 32-bit gate, as a 32-bit program's would. A size of 0: the argument is a plain value.
 */
int hold_ioctl(const struct hold *h, int fd, unsigned long request, void *arg, size_t size);

/* "2M@1G": a size and where; without a place it is IOVA.  What is no number is 0. */
void hold_range(const char *arg, uint64_t *ret_size, uint64_t *ret_iova);

/* Allocates so much memory as "4K" or "2M@1G" say, to be mapped at IOVA or there. */
int hold_allocate(struct hold *h, const char *arg);

/* Steps with memory (hold-map.c); 0 or a negative errno. */
int do_map(struct hold *h, const char *arg, struct value *v);
int do_map_read_only(struct hold *h, const char *arg, struct value *v);
int do_unmap(struct hold *h, const char *arg, struct value *v);

/* Steps with iommufd (hold-iommufd.c); 0 or a negative errno. */
int do_iommufd(struct hold *h, const char *arg, struct value *v);
int do_cdev(struct hold *h, const char *arg, struct value *v);
int do_bind_iommufd(struct hold *h, const char *arg, struct value *v);
int do_ioas(struct hold *h, const char *arg, struct value *v);
int do_ioas_vfio(struct hold *h, const char *arg, struct value *v);
int do_attach(struct hold *h, const char *arg, struct value *v);
int do_ioas_map(struct hold *h, const char *arg, struct value *v);
int do_ioas_copy(struct hold *h, const char *arg, struct value *v);
int do_ioas_unmap(struct hold *h, const char *arg, struct value *v);

/* hold-sysfs.c */
int do_poke(struct hold *h, const char *arg, struct value *v);

#endif
