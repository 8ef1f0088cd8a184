/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A document by its schema: libcyaml reads it, and what it finds wrong is put in words.
 *
 * libcyaml says where a mistake is only in its log.  That trace is followed through the
 * schema and the outline, so a message has the place, the keys that are known there, and
 * what to write instead.
 */
#ifndef OWNERD_SCHEMA_H
#define OWNERD_SCHEMA_H

#include <cyaml/cyaml.h>
#include "outline.h"

/* What to write for a key; of several that fit, the first. */
struct schema_remedy {
	const char *in; /* the key that it is below; NULL: any, or none */
	const char *key;
	const char *remedy;
};

/* Lists and mappings in lists are by pointer; no list is of lists. */
struct schema {
	const cyaml_schema_value_t *value;    /* a mapping by pointer */
	const struct schema_remedy *remedies; /* up to one without a key */
};

/*
 * Reads what outline_read() has read.  *ret is what the schema says, from realloc();
 * schema_free() frees it.  NULL: the document is empty, and no key is needed.
 * -EINVAL, -ENOMEM: f->error says why.
 */
int schema_load(const struct schema *s, struct outline *f, void **ret);
void schema_free(const struct schema *s, void *data);

/* 'key "KEY": "VALUE" is not valid; REMEDY'; without a remedy, that of the key.  -EINVAL. */
int schema_refuse(const struct schema *s, struct outline *f, const struct place *p,
		  const char *remedy);

/* 'key "KEY": says nothing; REMEDY' */
int schema_refuse_empty(const struct schema *s, struct outline *f, const struct place *p);

const char *schema_remedy(const struct schema *s, const struct place *p);

#endif
