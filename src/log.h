/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages for people, to standard error, one line each; with a syslog level prefix
 * ("<4>") when standard error is the journal's.  Control characters in a message
 * become "?", so that no name from the host can forge a line.
 */
#ifndef OWNERD_LOG_H
#define OWNERD_LOG_H

#include <stdbool.h>
#include <syslog.h>
#include "util.h"

/* Messages above this level are not shown; LOG_INFO unless changed. */
void log_set_level(int level);

/* Whether they are. */
bool log_wants(int level);

/* Whether standard error is the journal's. */
bool log_is_journal(void);

/* Each control character of the text becomes "?", by each of its bytes. */
void log_replace_controls(char *text);

/* The name before each message ("ownerd: ..."); must outlive its use. */
void log_set_name(const char *name);

void log_message(int level, const char *fmt, ...) _printf_(2, 3);

#define log_error(...)   log_message(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_message(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_message(LOG_DEBUG, __VA_ARGS__)

#endif
