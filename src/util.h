/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every file needs: cleanup attributes, sizes, and nothing that is ownerd's.
 *
 * _cleanup_(f) calls f with the variable's address when it leaves its scope; TAKE_FD
 * and TAKE_PTR hand a value on, so that the scope's end no longer frees it.
 */
#ifndef OWNERD_UTIL_H
#define OWNERD_UTIL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define _cleanup_(f)        __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define NSEC_PER_SEC  1000000000ULL
#define NSEC_PER_USEC 1000ULL
#define USEC_PER_SEC  1000000ULL

/* CLOCK_BOOTTIME, as bpf_ktime_get_boot_ns() has it. */
static inline uint64_t boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_   _cleanup_(free_ptr)
#define _cleanup_close_  _cleanup_(close_fd)
#define _cleanup_fclose_ _cleanup_(close_file)

#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

#endif
