/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's configuration: command line over file over defaults.
 *
 * The file is YAML, read by libcyaml's schema, so a mistake names file, line, column and key.
 * It is one mapping in one document of at most 1 MiB of UTF-8, without aliases or
 * directives; an empty file changes nothing:
 *
 *   mode: enforce              # or observe
 *   reserve: ["0000:3b:00.0"]  # groups that never go to a user
 *   dedicate: ["0000:5e:00.0"] # groups in which no host driver that does DMA may bind
 *   log: /var/log/ownerd.jsonl # one JSON object a line
 *   log-fsync: violations      # or never, or always
 *   log-repeats: count         # or write
 *   socket: /run/ownerd/io.ownerd
 *   reprobe: ask               # or never, or auto
 *   allow-degraded: false
 *   policy: /etc/ownerd/policy.d
 *   metrics-file: /var/lib/prometheus/node-exporter/ownerd.prom
 *
 * A list takes the place of the one before, at most 4096 devices.  log, socket, policy and
 * metrics-file are absolute paths; empty, ~ or null: none, which for socket and policy means the
 * default.
 */
#ifndef OWNERD_CONFIG_H
#define OWNERD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

enum config_mode { MODE_OBSERVE, MODE_ENFORCE };

/* What to do about devices whose driver was refused, when the user has gone. */
enum config_reprobe { REPROBE_ASK, REPROBE_NEVER, REPROBE_AUTO };

/* Which records of the log are on the disk before more are read. */
enum config_fsync { FSYNC_VIOLATIONS, FSYNC_NEVER, FSYNC_ALWAYS };

/* What becomes of a refusal that repeats and repeats. */
enum config_repeats { REPEATS_COUNT, REPEATS_WRITE };

struct config {
	enum config_mode mode;
	bool mode_given; /* here or by an option; else the policy says */
	char **reserve;  /* device names as given, checked by sysfs_parse_device() */
	size_t n_reserve;
	char **dedicate;
	size_t n_dedicate;
	char *log; /* NULL: none */
	enum config_fsync log_fsync;
	enum config_repeats log_repeats;
	char *socket;       /* NULL: CONTROL_SOCKET_PATH */
	char *policy;       /* file or directory; NULL: RULES_DIR */
	char *metrics_file; /* NULL: none */
	enum config_reprobe reprobe;
	bool allow_degraded;
	bool no_guard;           /* option only: before 5.19, ownership is only reported */
	unsigned int max_groups; /* room for this many groups; 0: by what the host has */
};

/*
 * Reads `path`, a regular file, over what is in *c: a key that is not in it leaves its
 * member alone.  On failure *c is as before and *ret_error is one malloc'ed line,
 * without a newline or control character, that names the file, line, column, key and remedy;
 * NULL if there was no memory for it.  -EINVAL: a mistake in the file, or no file to
 * read from (FIFO, device); -EISDIR; -EFBIG; what open(2) and read(2) say.
 */
int config_load(struct config *c, const char *path, char **ret_error);

/* Appends a copy of one device name; -EINVAL, -ENAMETOOLONG as sysfs_parse_device(). */
int config_add_device(char ***list, size_t *n, const char *device);

void config_done(struct config *c);

#endif
