/* SPDX-License-Identifier: GPL-2.0-only */
/* A small file that others read at any moment, whole. */
#ifndef OWNERD_TEXTFILE_H
#define OWNERD_TEXTFILE_H

/*
 * Puts a new file of mode 0644 in the place of `path`, by way of PATH.new, which it makes itself:
 * nothing that is at either is followed or written to.  On failure `path` is as before.
 */
int textfile_write(const char *path, const char *text);

#endif
