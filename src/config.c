// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file is read in three steps, of which only the last touches the caller's config:
 *
 *   outline  libyaml's events: what no schema can see, and on which line each key is
 *   schema   libcyaml: which keys there are and of which type; its log names the key
 *   apply    what the file names replaces what was there
 */
#include <cyaml/cyaml.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include "config.h"
#include "outline.h"
#include "owner_abi.h"
#include "sysfs.h"
#include "util.h"

#define DEVICES_MAX 4096 /* of one list */
#define KEY_MAX     64   /* bytes: longer than any known key */
#define SOCKET_MAX  (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/* Where libcyaml's log says that the mistake is. */
struct fault {
	char key[KEY_MAX];
	unsigned int entry;
};

static const cyaml_strval_t mode_names[] = {
	{"observe", MODE_OBSERVE},
	{"enforce", MODE_ENFORCE},
};

static const cyaml_strval_t reprobe_names[] = {
	{"ask", REPROBE_ASK},
	{"never", REPROBE_NEVER},
	{"auto", REPROBE_AUTO},
};

/* Not CYAML_BOOL, for which every word but "false", "no" and "0" is true. */
static const cyaml_strval_t bool_names[] = {
	{"false", false}, {"no", false}, {"off", false},
	{"true", true},   {"yes", true}, {"on", true},
};

static const cyaml_schema_value_t device_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_ENUM("mode", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config, mode,
			 mode_names, ARRAY_SIZE(mode_names)),
	CYAML_FIELD_SEQUENCE_COUNT("reserve", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER,
				   struct config, reserve, n_reserve, &device_schema, 0,
				   DEVICES_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("dedicate", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER,
				   struct config, dedicate, n_dedicate, &device_schema, 0,
				   DEVICES_MAX),
	CYAML_FIELD_STRING_PTR("log", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR,
			       struct config, log, 1, PATH_MAX - 1),
	CYAML_FIELD_STRING_PTR("socket", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR,
			       struct config, socket, 1, SOCKET_MAX),
	CYAML_FIELD_ENUM("reprobe", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config, reprobe,
			 reprobe_names, ARRAY_SIZE(reprobe_names)),
	CYAML_FIELD_ENUM("allow-degraded",
			 CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT | CYAML_FLAG_CASE_INSENSITIVE,
			 struct config, allow_degraded, bool_names, ARRAY_SIZE(bool_names)),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, fields),
};

/* What to write instead, key by key. */
static const struct {
	const char *key, *remedy;
} remedies[] = {
	{"mode", "give observe or enforce"},
	{"reserve", "give a list of at most 4096 devices, such as [\"0000:3b:00.0\"]"},
	{"dedicate", "give a list of at most 4096 devices, such as [\"0000:3b:00.0\"]"},
	{"log", "give an absolute path of at most 4095 bytes, such as /var/log/ownerd.jsonl"},
	{"socket", "give an absolute path of at most 107 bytes"},
	{"reprobe", "give ask, never or auto"},
	{"allow-degraded", "give true or false"},
};
_Static_assert(SOCKET_MAX == 107 && DEVICES_MAX == 4096 && PATH_MAX == 4096, "as the remedies say");

static const char *remedy_for(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if (!strcmp(remedies[i].key, key))
			return remedies[i].remedy;
	return "correct it";
}

/* Schema: libcyaml, and its mistakes in words. */

static bool is_known(const char *key)
{
	for (const cyaml_schema_field_t *field = fields; field->key; field++)
		if (!strcmp(field->key, key))
			return true;
	return false;
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
static const char *nearest_key(const char *text)
{
	const char *nearest = NULL;
	size_t distance = 3;

	if (strlen(text) >= KEY_MAX)
		return NULL;
	for (const cyaml_schema_field_t *field = fields; field->key; field++) {
		size_t d = edit_distance(text, field->key);

		if (d < distance && d < strlen(field->key) / 2 + 1) {
			distance = d;
			nearest = field->key;
		}
	}
	return nearest;
}

static int refuse_unknown(struct outline *f)
{
	const struct place *p = f->places, *end = f->places + f->n_places;
	char shown[OUTLINE_QUOTE_MAX];
	const char *near;

	while (p < end && is_known(p->key))
		p++;
	if (p == end)
		return outline_refuse(f, -EINVAL, 0, "an unknown key; remove it");
	near = nearest_key(p->key);
	if (near)
		return outline_refuse(f, -EINVAL, p->line, "key %s: unknown; did you mean \"%s\"?",
				      outline_quote(p->key, shown), near);
	return outline_refuse(f, -EINVAL, p->line,
			      "key %s: unknown; the keys are mode, reserve, dedicate, log, socket, "
			      "reprobe, allow-degraded",
			      outline_quote(p->key, shown));
}

static int refuse_twice(struct outline *f, const char *key, unsigned int line)
{
	return outline_refuse(f, -EINVAL, line,
			      "key \"%s\": given before, on line %u; keep one of them", key,
			      outline_find(f, key, 0, 0)->line);
}

static int refuse_value(struct outline *f, const char *key, unsigned int entry, const char *remedy)
{
	const struct place *p = outline_find(f, key, entry, 0);
	char shown[OUTLINE_QUOTE_MAX];

	if (!p) /* libcyaml may name no entry, or one beyond the last */
		p = outline_find(f, key, 0, 0);
	return outline_refuse(f, -EINVAL, p ? p->line : 0, "key \"%s\": %s is not valid; %s", key,
			      p && p->text ? outline_quote(p->text, shown) : "this list or mapping",
			      remedy);
}

/* libcyaml tells where a mistake is only in its log, innermost first. */
static void note_fault(cyaml_log_t level, void *ctx, const char *fmt, va_list ap)
{
	struct fault *fault = ctx;
	char line[256];
	const char *p;

	vsnprintf(line, sizeof(line), fmt, ap);
	p = strstr(line, "in mapping field '");
	if (p)
		sscanf(p, "in mapping field '%63[^']'", fault->key);
	p = strstr(line, "in sequence entry '");
	if (p)
		sscanf(p, "in sequence entry '%u'", &fault->entry);
}

static int refuse_schema(struct outline *f, cyaml_err_t error, const struct fault *fault)
{
	const struct place *again = outline_find(f, fault->key, 0, 1);

	if (error == CYAML_ERR_OOM)
		return -ENOMEM;
	if (error == CYAML_ERR_INVALID_KEY)
		return refuse_unknown(f);
	if (error == CYAML_ERR_UNEXPECTED_EVENT && again)
		return refuse_twice(f, fault->key, again->line);
	if (error == CYAML_ERR_SEQUENCE_ENTRIES_MAX)
		return refuse_value(f, fault->key, 0, remedy_for(fault->key));
	if (is_known(fault->key))
		return refuse_value(f, fault->key, fault->entry, remedy_for(fault->key));
	return outline_refuse(f, -EINVAL, 0, "%s; correct it", cyaml_strerror(error));
}

/* *ret is NULL if the file says nothing; its members and itself are malloc'ed. */
static int read_schema(struct outline *f, struct config **ret)
{
	struct fault fault = {};
	const cyaml_config_t cyaml = {
		.log_fn = note_fault,
		.log_ctx = &fault,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = cyaml_mem, /* realloc() and free() */
		.flags = CYAML_CFG_NO_ALIAS,
	};
	cyaml_data_t *data = NULL;
	cyaml_err_t error;

	if (f->n_places == 0) {
		*ret = NULL;
		return 0;
	}
	error = cyaml_load_data((const uint8_t *)f->text, f->size, &cyaml, &schema, &data, NULL);
	if (error)
		return refuse_schema(f, error, &fault);
	*ret = data;
	return 0;
}

/* Meaning: what the schema cannot say. */

static int check_device(const char *device)
{
	char bus[OWNER_BUS_LEN], name[OWNER_DEVICE_LEN];

	return sysfs_parse_device(device, bus, sizeof(bus), name, sizeof(name));
}

static int check_devices(struct outline *f, const char *key, char **list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = check_device(list[i]);

		if (r == -ENOMEM)
			return r;
		if (r == -ENAMETOOLONG)
			return refuse_value(f, key, i + 1,
					    "a bus has at most 15 bytes, a device 63");
		if (r)
			return refuse_value(
				f, key, i + 1,
				"give a PCI address, such as 0000:3b:00.0, or BUS/NAME");
	}
	return 0;
}

static int check_path(struct outline *f, const char *key, const char *path)
{
	return path && *path != '/' ? refuse_value(f, key, 0, remedy_for(key)) : 0;
}

static int check_config(struct outline *f, const struct config *c)
{
	int r = check_devices(f, "reserve", c->reserve, c->n_reserve);

	if (!r)
		r = check_devices(f, "dedicate", c->dedicate, c->n_dedicate);
	if (!r)
		r = check_path(f, "log", c->log);
	if (!r)
		r = check_path(f, "socket", c->socket);
	return r;
}

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) swap_ = (a);                                                         \
		(a) = (b);                                                                         \
		(b) = swap_;                                                                       \
	} while (0)

/* Cannot fail.  What *c had before is in *from afterwards, to be freed with it. */
static void apply(const struct outline *f, struct config *c, struct config *from)
{
	if (outline_find(f, "mode", 0, 0))
		c->mode = from->mode;
	if (outline_find(f, "reserve", 0, 0)) {
		SWAP(c->reserve, from->reserve);
		SWAP(c->n_reserve, from->n_reserve);
	}
	if (outline_find(f, "dedicate", 0, 0)) {
		SWAP(c->dedicate, from->dedicate);
		SWAP(c->n_dedicate, from->n_dedicate);
	}
	if (outline_find(f, "log", 0, 0))
		SWAP(c->log, from->log);
	if (outline_find(f, "socket", 0, 0))
		SWAP(c->socket, from->socket);
	if (outline_find(f, "reprobe", 0, 0))
		c->reprobe = from->reprobe;
	if (outline_find(f, "allow-degraded", 0, 0))
		c->allow_degraded = from->allow_degraded;
}

int config_load(struct config *c, const char *path, char **ret_error)
{
	_cleanup_(outline_done) struct outline f = {.path = path};
	struct config *from = NULL;
	int r;

	r = outline_read(&f);
	if (!r)
		r = read_schema(&f, &from);
	if (!r && from)
		r = check_config(&f, from);
	if (!r && from)
		apply(&f, c, from);
	if (from)
		config_done(from);
	free(from);
	if (r == -ENOMEM)
		outline_refuse(&f, r, 0, "cannot be read: out of memory");
	if (r)
		*ret_error = TAKE_PTR(f.error);
	return r;
}

int config_add_device(char ***list, size_t *n, const char *device)
{
	char **longer;
	int r = check_device(device);

	if (r)
		return r;
	longer = reallocarray(*list, *n + 1, sizeof(**list));
	if (!longer)
		return -ENOMEM;
	*list = longer;
	longer[*n] = strdup(device);
	if (!longer[*n])
		return -ENOMEM;
	(*n)++;
	return 0;
}

static void free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void config_done(struct config *c)
{
	free_list(c->reserve, c->n_reserve);
	free_list(c->dedicate, c->n_dedicate);
	free(c->log);
	free(c->socket);
	*c = (struct config){};
}
