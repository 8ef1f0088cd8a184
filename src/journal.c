// SPDX-License-Identifier: GPL-2.0-only
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include "journal.h"
#include "log.h"
#include "util.h"

#define FIELDS_MAX 48
#define SOCKET     "/run/systemd/journal/socket"

/* By act, for the daemon's own and the kernel's maps; else by verdict. */
static const struct {
	const char *name, *id;
} ids[] = {
	{"policy", "13a1fccc73724cdfb5c546a692c4bc43"},
	{"mode", "6afe3aed1c6449c2b615483388633c6c"},
	{"start", "c785e4572a31415fbfc74d937f0af39b"},
	{"stop", "586ac531c8bb4a0a8268a231dccc4fa0"},
	{"gap", "f2c2e2b2f43d4c20936d6d7963ad03eb"},
	{"loss", "811047468c4f41768c7d74839a08b2af"},
	{"suppress", "2f5efeb33dd04019849be14fdff8a9c7"},
	{"dma", "273c3cc1e2b5404cb5b5c499084fa771"},
	{"allow", "109a5f985dbc45a5adcff0aa67164b87"},
	{"deny", "05959a0613594052a6ba61ed4bcd00cd"},
	{"would-deny", "79e28fe6414f4b1a8d70043882bf5273"},
	{"warn", "1180615022894e7ebdd79af164afc496"},
};

struct fields {
	struct iovec v[FIELDS_MAX];
	size_t n;
};

static const char *text_of(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

static const char *id_of(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(ids); i++)
		if (strcmp(ids[i].name, name) == 0)
			return ids[i].id;
	return NULL;
}

const char *journal_id(struct json_object *record)
{
	return id_of(text_of(record, "act")) ?: id_of(text_of(record, "verdict"));
}

/* A value with newlines is sent with its length, so that it can begin no field of its own. */
static void add(struct fields *f, const char *key, const char *value)
{
	char *text;
	int n;

	if (!value || f->n == FIELDS_MAX)
		return;
	n = asprintf(&text, "%s=%s", key, value);
	if (n >= 0)
		f->v[f->n++] = (struct iovec){text, n};
}

static void add_number(struct fields *f, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	add(f, key, text);
}

static void add_all(struct fields *f, struct json_object *o, const char *const (*names)[2],
		    size_t n)
{
	for (size_t i = 0; o && i < n; i++)
		add(f, names[i][1], text_of(o, names[i][0]));
}

static void add_record(struct fields *f, struct json_object *record)
{
	static const char *const of_record[][2] = {
		{"act", "OWNERD_ACT"},       {"verdict", "OWNERD_VERDICT"},
		{"by", "OWNERD_BY"},         {"reason", "OWNERD_REASON"},
		{"errno", "OWNERD_ERRNO"},   {"group", "OWNERD_GROUP"},
		{"owner", "OWNERD_OWNER"},   {"generation", "OWNERD_GENERATION"},
		{"rule", "OWNERD_RULE"},     {"place", "OWNERD_PLACE"},
		{"file", "OWNERD_FILE"},     {"count", "OWNERD_COUNT"},
		{"missed", "OWNERD_MISSED"}, {"lost", "OWNERD_LOST"},
		{"mode", "OWNERD_MODE"},     {"time", "OWNERD_TIME"},
		{"driver", "OWNERD_DRIVER"},
	};
	static const char *const of_device[][2] = {
		{"name", "OWNERD_DEVICE"},
		{"bus", "OWNERD_BUS"},
		{"driver", "OWNERD_DRIVER"},
	};
	static const char *const of_task[][2] = {
		{"pid", "OWNERD_PID"},   {"start", "OWNERD_PID_START"},     {"uid", "OWNERD_UID"},
		{"comm", "OWNERD_COMM"}, {"cgroup", "OWNERD_CGROUP"},       {"unit", "OWNERD_UNIT"},
		{"vm", "OWNERD_VM"},     {"container", "OWNERD_CONTAINER"}, {"pod", "OWNERD_POD"},
	};
	static const char *const of_holder[][2] = {
		{"pid", "OWNERD_HOLDER_PID"},       {"start", "OWNERD_HOLDER_START"},
		{"uid", "OWNERD_HOLDER_UID"},       {"comm", "OWNERD_HOLDER_COMM"},
		{"cgroup", "OWNERD_HOLDER_CGROUP"}, {"unit", "OWNERD_HOLDER_UNIT"},
		{"vm", "OWNERD_HOLDER_VM"},         {"container", "OWNERD_HOLDER_CONTAINER"},
		{"pod", "OWNERD_HOLDER_POD"},
	};

	add_all(f, record, of_record, ARRAY_SIZE(of_record));
	add_all(f, json_object_object_get(record, "device"), of_device, ARRAY_SIZE(of_device));
	add_all(f, json_object_object_get(record, "task"), of_task, ARRAY_SIZE(of_task));
	add_all(f, json_object_object_get(record, "holder"), of_holder, ARRAY_SIZE(of_holder));
}

static int send_entry(int level, struct json_object *record, const struct chain *chain)
{
	_cleanup_free_ char *message = strdup(text_of(record, "message") ?: "");
	struct fields f = {};
	int r;

	if (message)
		log_replace_controls(message);
	add(&f, "MESSAGE", message);
	add(&f, "MESSAGE_ID", journal_id(record));
	add_number(&f, "PRIORITY", level);
	add(&f, "SYSLOG_IDENTIFIER", "ownerd");
	if (json_object_get_int(json_object_object_get(record, "error")))
		add(&f, "ERRNO", text_of(record, "error"));
	if (chain) {
		add_number(&f, "OWNERD_SEQ", chain->seq);
		add(&f, "OWNERD_HASH", chain->hash);
	}
	add_record(&f, record);
	r = sd_journal_sendv(f.v, f.n);
	for (size_t i = 0; i < f.n; i++)
		free(f.v[i].iov_base);
	return r;
}

void journal_write(int level, struct json_object *record, const struct chain *chain)
{
	if (!log_wants(level))
		return;
	/* sd_journal_sendv() calls it a success where there is none. */
	if (log_is_journal() && access(SOCKET, F_OK) == 0 && send_entry(level, record, chain) >= 0)
		return;
	log_message(level, "%s", text_of(record, "message"));
}
