/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A record as people read it: a line on standard error, or, where that is the journal's, one entry
 * in it with the record's fields beside the line.  The entries' message ids are in the catalog,
 * systemd/ownerd.catalog.
 */
#ifndef OWNERD_JOURNAL_H
#define OWNERD_JOURNAL_H

#include <json-c/json.h>
#include "chain.h"

/* `chain`: what the log file's chain ends with now, that record; NULL: it is in no file. */
void journal_write(int level, struct json_object *record, const struct chain *chain);

/* The id of such a record's entries, 32 hexadecimal digits. */
const char *journal_id(struct json_object *record);

#endif
