// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include "schema.h"

#define KEY_MAX  64  /* bytes: longer than any known key */
#define KEYS_MAX 512 /* of a list of all known keys */

/* One line of libcyaml's trace: in the value of a key, or in an entry of a list, from 1. */
struct step {
	char key[KEY_MAX];
	unsigned int entry;
};

/* The trace, innermost first. */
struct fault {
	struct step steps[OUTLINE_DEPTH_MAX + 1];
	size_t n;
};

/* Where steps lead to. */
struct spot {
	const cyaml_schema_value_t *value;
	const struct place *place;
};

/* libcyaml's trace. */

static void note_fault(cyaml_log_t level, void *ctx, const char *fmt, va_list ap)
{
	struct fault *fault = ctx;
	struct step *step = &fault->steps[fault->n];
	char line[128];

	if (fault->n == ARRAY_SIZE(fault->steps))
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	*step = (struct step){};
	if (sscanf(line, " in mapping field '%63[^']'", step->key) == 1 ||
	    sscanf(line, " in sequence entry '%u'", &step->entry) == 1)
		fault->n++;
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_value_t *mapping, const char *key)
{
	const cyaml_schema_field_t *field = mapping->mapping.fields;

	while (field->key && strcmp(field->key, key) != 0)
		field++;
	return field->key ? field : NULL;
}

static bool follow(struct spot *spot, const struct step *step)
{
	const cyaml_schema_field_t *field;
	const struct place *p;

	if (spot->value->type == CYAML_MAPPING && *step->key) {
		field = find_field(spot->value, step->key);
		p = outline_find(spot->place, step->key);
		if (!field || !p)
			return false;
		*spot = (struct spot){&field->value, p};
		return true;
	}
	if (spot->value->type == CYAML_SEQUENCE && step->entry) {
		p = spot->place->first;
		for (unsigned int i = 1; p && i < step->entry; i++)
			p = p->next;
		if (!p)
			return false;
		*spot = (struct spot){spot->value->sequence.entry, p};
		return true;
	}
	return false;
}

/* From the outermost step on, but for the last `without`. */
static struct spot find_spot(const struct schema *s, const struct outline *f,
			     const struct fault *fault, size_t without)
{
	struct spot spot = {s->value, &f->root};
	bool ok = true;

	for (size_t i = fault->n; ok && i > without; i--)
		ok = follow(&spot, &fault->steps[i - 1]);
	return spot;
}

/* In words. */

const char *schema_remedy(const struct schema *s, const struct place *p)
{
	const char *key, *in;

	while (p && !p->key)
		p = p->parent;
	key = p ? p->key : "";
	in = p ? outline_key(p->parent) : "";
	for (const struct schema_remedy *r = s->remedies; r->key; r++)
		if (!strcmp(r->key, key) && (!r->in || !strcmp(r->in, in)))
			return r->remedy;
	return "correct it";
}

int schema_refuse(const struct schema *s, struct outline *f, const struct place *p,
		  const char *remedy)
{
	char shown[OUTLINE_QUOTE_MAX];

	return outline_refuse(f, -EINVAL, p->value, "key \"%s\": %s is not valid; %s",
			      outline_key(p),
			      p->text   ? outline_quote(p->text, shown)
			      : p->list ? "this list"
					: "this mapping",
			      remedy ?: schema_remedy(s, p));
}

int schema_refuse_empty(const struct schema *s, struct outline *f, const struct place *p)
{
	return outline_refuse(f, -EINVAL, p->value, "key \"%s\": says nothing; %s", outline_key(p),
			      schema_remedy(s, p));
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, without regard to case; `known` is shorter than KEY_MAX. */
static size_t edit_distance(const char *text, const char *known)
{
	size_t row[KEY_MAX], n = strlen(known);

	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 0; text[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < n; k++) {
			size_t same = strncasecmp(&text[i], &known[k], 1) ? 1 : 0;
			size_t best = min_size(diagonal + same, min_size(row[k], row[k + 1]) + 1);

			diagonal = row[k + 1];
			row[k + 1] = best;
		}
	}
	return row[n];
}

/* The known key that differs by a slip of the finger or two; NULL: none is that near. */
static const char *nearest_key(const cyaml_schema_field_t *field, const char *text)
{
	const char *nearest = NULL;
	size_t distance = 3;

	if (strlen(text) >= KEY_MAX)
		return NULL;
	for (; field->key; field++) {
		size_t d = edit_distance(text, field->key);

		if (d < distance && d < strlen(field->key) / 2 + 1) {
			distance = d;
			nearest = field->key;
		}
	}
	return nearest;
}

static const char *list_keys(const cyaml_schema_field_t *field, char buf[static KEYS_MAX])
{
	size_t n = 0;

	buf[0] = '\0';
	for (const char *comma = ""; field->key && n < KEYS_MAX; field++, comma = ", ")
		n += snprintf(buf + n, KEYS_MAX - n, "%s%s", comma, field->key);
	return buf;
}

static int refuse_unknown(struct outline *f, struct spot in)
{
	char shown[OUTLINE_QUOTE_MAX], known[KEYS_MAX];
	const cyaml_schema_field_t *fields = in.value->mapping.fields;
	const struct place *p = in.place->first;
	const char *near;

	while (p && find_field(in.value, p->key))
		p = p->next;
	if (!p)
		return outline_refuse(f, -EINVAL, in.place->at, "an unknown key; remove it");
	near = nearest_key(fields, p->key);
	if (near)
		return outline_refuse(f, -EINVAL, p->at, "key %s: unknown; did you mean \"%s\"?",
				      outline_quote(p->key, shown), near);
	return outline_refuse(f, -EINVAL, p->at, "key %s: unknown; the keys are %s",
			      outline_quote(p->key, shown), list_keys(fields, known));
}

static int refuse_missing(const struct schema *s, struct outline *f, struct spot in)
{
	const cyaml_schema_field_t *field = in.value->mapping.fields;
	struct place absent = {.parent = in.place};

	while (field->key &&
	       (field->value.flags & CYAML_FLAG_OPTIONAL || outline_find(in.place, field->key)))
		field++;
	absent.key = field->key ?: "";
	return outline_refuse(f, -EINVAL, in.place->at.line ? in.place->at : (struct mark){1, 1},
			      "key \"%s\": missing; %s", absent.key, schema_remedy(s, &absent));
}

/* 0: that key is there but once. */
static int refuse_twice(struct outline *f, struct spot in, const char *key)
{
	const struct place *p = outline_find(in.place, key), *again = p ? p->next : NULL;

	while (again && strcmp(again->key, key) != 0)
		again = again->next;
	if (!again)
		return 0;
	return outline_refuse(f, -EINVAL, again->at,
			      "key \"%s\": given before, on line %u; keep one of them", key,
			      p->at.line);
}

static int refuse_longer(const struct schema *s, struct outline *f, struct spot list)
{
	unsigned int max = list.value->sequence.max;
	const struct place *p = list.place->first;

	for (unsigned int i = 0; p && i < max; i++)
		p = p->next;
	return outline_refuse(f, -EINVAL, (p ?: list.place)->value,
			      "key \"%s\": more than %u entries; %s", outline_key(list.place), max,
			      schema_remedy(s, list.place));
}

static int refuse(const struct schema *s, struct outline *f, cyaml_err_t error,
		  const struct fault *fault)
{
	struct spot spot = find_spot(s, f, fault, 0), around = find_spot(s, f, fault, 1);
	int r = 0;

	switch (error) {
	case CYAML_ERR_OOM:
	case CYAML_ERR_LIBYAML_PARSER_INIT:
	case CYAML_ERR_LIBYAML_PARSER: /* it has parsed the same for outline */
		return -ENOMEM;
	case CYAML_ERR_INVALID_KEY:
		if (spot.value->type == CYAML_MAPPING)
			return refuse_unknown(f, spot);
		break;
	case CYAML_ERR_MAPPING_FIELD_MISSING:
		if (around.value->type == CYAML_MAPPING)
			return refuse_missing(s, f, around);
		break;
	case CYAML_ERR_UNEXPECTED_EVENT:
		if (around.value->type == CYAML_MAPPING && fault->n)
			r = refuse_twice(f, around, fault->steps[0].key);
		break;
	case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
		return schema_refuse_empty(s, f, around.place);
	case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
		if (around.value->type == CYAML_SEQUENCE)
			return refuse_longer(s, f, around);
		break;
	default:
		break;
	}
	if (!r && spot.place != &f->root)
		r = schema_refuse(s, f, spot.place, NULL);
	return r ?: outline_refuse(f, -EINVAL, f->root.at, "%s; correct it", cyaml_strerror(error));
}

/* Reading. */

static const cyaml_config_t reader = {
	.log_fn = note_fault,
	.log_level = CYAML_LOG_ERROR,
	.mem_fn = cyaml_mem, /* realloc() and free() */
	.flags = CYAML_CFG_NO_ALIAS,
};

static bool needs_keys(const struct schema *s)
{
	for (const cyaml_schema_field_t *f = s->value->mapping.fields; f->key; f++)
		if (!(f->value.flags & CYAML_FLAG_OPTIONAL))
			return true;
	return false;
}

int schema_load(const struct schema *s, struct outline *f, void **ret)
{
	struct fault fault = {};
	cyaml_config_t config = reader;
	cyaml_data_t *data = NULL;
	cyaml_err_t error;

	if (!f->root.first) {
		if (needs_keys(s))
			return refuse_missing(s, f, (struct spot){s->value, &f->root});
		*ret = NULL;
		return 0;
	}
	config.log_ctx = &fault;
	error = cyaml_load_data((const uint8_t *)f->text, f->size, &config, s->value, &data, NULL);
	if (error)
		return refuse(s, f, error, &fault);
	*ret = data;
	return 0;
}

void schema_free(const struct schema *s, void *data)
{
	cyaml_free(&reader, s->value, data, 0);
}
