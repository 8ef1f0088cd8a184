/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts that are made when something is wrong.
 */
#ifndef OWNERD_TEXT_H
#define OWNERD_TEXT_H

#include "util.h"

/* Puts the reason into *ret_error, which the caller frees; NULL when there is no memory.  Returns
 * `error`. */
_printf_(3, 4) int text_refuse(int error, char **ret_error, const char *fmt, ...);

#endif
