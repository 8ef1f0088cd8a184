/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open descriptors from one process to another, by SCM_RIGHTS over a UNIX socket at a
 * path. Each has a byte beside it that says what it is.
 */
#ifndef LAB_FD_PASS_H
#define LAB_FD_PASS_H

#include <stddef.h>

#define FD_PASS_MAX 240 /* below SCM_MAX_FD, so that all go in one message */

/* The receiver may start later: it is waited for ten seconds. 0 or a negative errno. */
int fd_pass_send(const char *path, const int *fds, const char *kinds, size_t n);

/* Waits for one sender; returns how many came, at most FD_PASS_MAX, or a negative errno. */
int fd_pass_receive(const char *path, int *ret_fds, char *ret_kinds);

#endif
