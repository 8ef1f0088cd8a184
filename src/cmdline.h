/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ownerd.mode= on the kernel command line: the way out for who cannot log in.
 */
#ifndef OWNERD_CMDLINE_H
#define OWNERD_CMDLINE_H

enum cmdline_mode {
	CMDLINE_NONE,    /* nothing is said */
	CMDLINE_UNKNOWN, /* ownerd.mode= with a word that is none */
	CMDLINE_OBSERVE, /* ownerd.mode=observe: nothing that policy adds is refused */
	CMDLINE_OFF,     /* ownerd.mode=off: nothing is loaded */
};

/*
 * Of several words the one that lets most pass.  Quotes around a word are as the kernel has them,
 * none.  Without /proc it is NONE.
 */
enum cmdline_mode cmdline_mode(const char *root);

/* The word as it stands there: "ownerd.mode=off". */
const char *cmdline_word(enum cmdline_mode mode);

#endif
