// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file is read in three steps, of which only the last touches the caller's config:
 *
 *   outline  libyaml's events: what no schema can see, and where each key is
 *   schema   libcyaml: which keys there are and of which type
 *   apply    what the file names replaces what was there
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/un.h>
#include "config.h"
#include "owner_abi.h"
#include "schema.h"
#include "sysfs.h"
#include "util.h"

#define DEVICES_MAX 4096 /* of one list */
#define FILE_MAX    (1024 * 1024)
#define METRICS_MAX (PATH_MAX - 5) /* ".new" comes after it */
#define SOCKET_MAX  (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static const cyaml_strval_t mode_names[] = {
	{"observe", MODE_OBSERVE},
	{"enforce", MODE_ENFORCE},
};

static const cyaml_strval_t reprobe_names[] = {
	{"ask", REPROBE_ASK},
	{"never", REPROBE_NEVER},
	{"auto", REPROBE_AUTO},
};

static const cyaml_strval_t fsync_names[] = {
	{"violations", FSYNC_VIOLATIONS},
	{"never", FSYNC_NEVER},
	{"always", FSYNC_ALWAYS},
};

static const cyaml_strval_t repeats_names[] = {
	{"count", REPEATS_COUNT},
	{"write", REPEATS_WRITE},
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
	CYAML_FIELD_ENUM("log-fsync", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config,
			 log_fsync, fsync_names, ARRAY_SIZE(fsync_names)),
	CYAML_FIELD_ENUM("log-repeats", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config,
			 log_repeats, repeats_names, ARRAY_SIZE(repeats_names)),
	CYAML_FIELD_STRING_PTR("socket", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR,
			       struct config, socket, 1, SOCKET_MAX),
	CYAML_FIELD_STRING_PTR("policy", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR,
			       struct config, policy, 1, PATH_MAX - 1),
	CYAML_FIELD_STRING_PTR("metrics-file", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR,
			       struct config, metrics_file, 1, METRICS_MAX),
	CYAML_FIELD_ENUM("reprobe", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config, reprobe,
			 reprobe_names, ARRAY_SIZE(reprobe_names)),
	CYAML_FIELD_ENUM("allow-degraded",
			 CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT | CYAML_FLAG_CASE_INSENSITIVE,
			 struct config, allow_degraded, bool_names, ARRAY_SIZE(bool_names)),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t mapping = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, fields),
};

/* What to write instead, key by key. */
static const struct schema_remedy remedies[] = {
	{NULL, "mode", "give observe or enforce"},
	{NULL, "reserve", "give a list of at most 4096 devices, such as [\"0000:3b:00.0\"]"},
	{NULL, "dedicate", "give a list of at most 4096 devices, such as [\"0000:3b:00.0\"]"},
	{NULL, "log", "give an absolute path of at most 4095 bytes, such as /var/log/ownerd.jsonl"},
	{NULL, "log-fsync", "give never, violations or always"},
	{NULL, "log-repeats", "give count or write"},
	{NULL, "socket", "give an absolute path of at most 107 bytes"},
	{NULL, "policy",
	 "give an absolute path of at most 4095 bytes, such as /etc/ownerd/policy.d"},
	{NULL, "metrics-file",
	 "give an absolute path of at most 4091 bytes, such as "
	 "/var/lib/prometheus/node-exporter/ownerd.prom"},
	{NULL, "reprobe", "give ask, never or auto"},
	{NULL, "allow-degraded", "give true or false"},
	{},
};
_Static_assert(SOCKET_MAX == 107 && DEVICES_MAX == 4096 && PATH_MAX == 4096, "as the remedies say");

static const struct schema schema = {&mapping, remedies};

/* Meaning: what the schema cannot say. */

static int check_device(const char *device)
{
	char bus[OWNER_BUS_LEN], name[OWNER_DEVICE_LEN];

	return sysfs_parse_device(device, bus, sizeof(bus), name, sizeof(name));
}

static int check_devices(struct outline *f, const char *key, char **list, size_t n)
{
	const struct place *p = n ? outline_find(&f->root, key)->first : NULL;

	for (size_t i = 0; i < n; i++, p = p->next) {
		int r = check_device(list[i]);

		if (r == -ENOMEM)
			return r;
		if (r == -ENAMETOOLONG)
			return schema_refuse(&schema, f, p,
					     "a bus has at most 15 bytes, a device 63");
		if (r)
			return schema_refuse(
				&schema, f, p,
				"give a PCI address, such as 0000:3b:00.0, or BUS/NAME");
	}
	return 0;
}

static int check_path(struct outline *f, const char *key, const char *path)
{
	if (!path || *path == '/')
		return 0;
	return schema_refuse(&schema, f, outline_find(&f->root, key), NULL);
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
	if (!r)
		r = check_path(f, "policy", c->policy);
	if (!r)
		r = check_path(f, "metrics-file", c->metrics_file);
	return r;
}

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) swap_ = (a);                                                         \
		(a) = (b);                                                                         \
		(b) = swap_;                                                                       \
	} while (0)

static bool is_given(const struct outline *f, const char *key)
{
	return outline_find(&f->root, key) != NULL;
}

/* Cannot fail.  What *c had before is in *from afterwards, to be freed with it. */
static void apply(const struct outline *f, struct config *c, struct config *from)
{
	if (is_given(f, "mode")) {
		c->mode = from->mode;
		c->mode_given = true;
	}
	if (is_given(f, "reserve")) {
		SWAP(c->reserve, from->reserve);
		SWAP(c->n_reserve, from->n_reserve);
	}
	if (is_given(f, "dedicate")) {
		SWAP(c->dedicate, from->dedicate);
		SWAP(c->n_dedicate, from->n_dedicate);
	}
	if (is_given(f, "log"))
		SWAP(c->log, from->log);
	if (is_given(f, "log-fsync"))
		c->log_fsync = from->log_fsync;
	if (is_given(f, "log-repeats"))
		c->log_repeats = from->log_repeats;
	if (is_given(f, "socket"))
		SWAP(c->socket, from->socket);
	if (is_given(f, "policy"))
		SWAP(c->policy, from->policy);
	if (is_given(f, "metrics-file"))
		SWAP(c->metrics_file, from->metrics_file);
	if (is_given(f, "reprobe"))
		c->reprobe = from->reprobe;
	if (is_given(f, "allow-degraded"))
		c->allow_degraded = from->allow_degraded;
}

int config_load(struct config *c, const char *path, char **ret_error)
{
	_cleanup_(outline_done) struct outline f = {
		.path = path,
		.max = FILE_MAX,
		.example = "mode: observe",
	};
	struct config *from = NULL;
	void *data = NULL;
	int r;

	r = outline_read(&f);
	if (!r)
		r = schema_load(&schema, &f, &data);
	from = data;
	if (!r && from)
		r = check_config(&f, from);
	if (!r && from)
		apply(&f, c, from);
	if (from)
		config_done(from);
	free(from);
	if (r == -ENOMEM)
		outline_refuse(&f, r, (struct mark){}, "cannot be read: out of memory");
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
	free(c->policy);
	free(c->metrics_file);
	*c = (struct config){};
}
