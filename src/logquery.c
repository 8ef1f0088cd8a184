// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "describe.h"
#include "logquery.h"
#include "output.h"
#include "text.h"

#define ID_PREFIX 12 /* as many digits of a container's id stand for it */

/* Times. */

static int parse_age(const char *text, int64_t now, int64_t *ret)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};
	char *end;
	long n = strtol(text, &end, 10);

	for (size_t i = 0; end != text && n >= 0 && n <= 100000000 && i < ARRAY_SIZE(units); i++)
		if (strcmp(end, units[i].name) == 0) {
			*ret = now - n * units[i].seconds * (int64_t)USEC_PER_SEC;
			return 0;
		}
	return -EINVAL;
}

/* The day that `days` before today begins. */
static int64_t day(int64_t now, int days)
{
	time_t sec = now / (int64_t)USEC_PER_SEC;
	struct tm tm;

	localtime_r(&sec, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= days;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * (int64_t)USEC_PER_SEC;
}

static int parse_date(const char *text, int64_t now, int64_t *ret)
{
	static const char *const formats[] = {
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d",          "%H:%M:%S",          "%H:%M"};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		time_t sec = now / (int64_t)USEC_PER_SEC;
		const char *end;
		struct tm tm;

		localtime_r(&sec, &tm);
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		tm.tm_isdst = -1;
		end = strptime(text, formats[i], &tm);
		if (!end || (*end && strcmp(end, "Z") != 0))
			continue;
		sec = *end ? timegm(&tm) : mktime(&tm);
		*ret = (int64_t)sec * (int64_t)USEC_PER_SEC;
		return 0;
	}
	return -EINVAL;
}

int logquery_time(const char *text, int64_t now, int64_t *ret)
{
	char *end;

	if (*text == '@' && isdigit((unsigned char)text[1])) {
		int64_t sec = strtoll(text + 1, &end, 10);

		if (*end || sec > 100000000000)
			return -EINVAL;
		*ret = sec * (int64_t)USEC_PER_SEC;
		return 0;
	}
	if (text_is(text, "now"))
		*ret = now;
	else if (text_is(text, "today"))
		*ret = day(now, 0);
	else if (text_is(text, "yesterday"))
		*ret = day(now, 1);
	else
		return parse_age(text, now, ret) == 0 ? 0 : parse_date(text, now, ret);
	return 0;
}

/* What is asked for. */

static void need(struct logquery *q, const char *fmt, ...) _printf_(2, 3);
static void need(struct logquery *q, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (q->n < LOGQUERY_NEEDLES && vasprintf(&q->needles[q->n++], fmt, ap) < 0)
		output_must(NULL);
	va_end(ap);
}

/* `text` as it stands between the quotes of a JSON string in the log, byte by byte. */
static char *json_inside(const char *text)
{
	struct json_object *o = output_must(json_object_new_string(text));
	const char *json = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *inside = output_format("%.*s", (int)strlen(json) - 2, json + 1);

	json_object_put(o);
	return inside;
}

static void need_string(struct logquery *q, const char *key, const char *value)
{
	_cleanup_free_ char *inside = json_inside(value);

	need(q, "\"%s\":\"%s\"", key, inside);
}

static const char *const own_acts[] = {"start", "stop", "mode",    "policy",
				       "gap",   "loss", "suppress"};

static bool is_act(const char *act)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_acts); i++)
		if (text_is(act, own_acts[i]))
			return true;
	for (uint32_t i = ACT_BIND; !text_is(describe_act(i), "unknown"); i++)
		if (text_is(act, describe_act(i)))
			return true;
	return false;
}

static bool is_verdict(const char *verdict)
{
	for (uint32_t i = 0; i <= VERDICT_WARN; i++)
		if (text_is(verdict, describe_verdict(i)))
			return true;
	return false;
}

struct logquery_fact {
	const char *name;
	size_t offset; /* in struct logtask */
};

/* clang-format off */
#define FACT(name) {#name, offsetof(struct logtask, name)},
/* clang-format on */
static const struct logquery_fact facts[] = {LOGTASK_MEMBERS(FACT)};

static int init_subject(struct logquery *q, const char *subject, char **ret_error)
{
	const char *equal = strchr(subject, '='), *fact;
	_cleanup_free_ char *inside = NULL;

	q->value = equal ? equal + 1 : subject;
	for (size_t i = 0; equal && i < ARRAY_SIZE(facts); i++)
		if (strlen(facts[i].name) == (size_t)(equal - subject) &&
		    strncmp(facts[i].name, subject, equal - subject) == 0)
			q->fact = &facts[i];
	if (equal && !q->fact)
		return text_refuse(-EINVAL, ret_error,
				   "--subject %s: it is a name, or pid=, uid=, comm=, cgroup=, "
				   "unit=, container=, pod=, vm= and a value",
				   subject);
	if (!*q->value)
		return text_refuse(-EINVAL, ret_error, "--subject %s: say which", subject);
	inside = json_inside(q->value);
	fact = q->fact ? q->fact->name : NULL;
	if (!fact)
		need(q, "%s", inside);
	else if (text_is(fact, "pid") || text_is(fact, "uid"))
		need(q, "\"%s\":%s,", fact, inside);
	else if (text_is(fact, "container"))
		need(q, "\"%s", inside); /* by its name too, and by the first digits */
	else
		need_string(q, fact, q->value);
	return 0;
}

static int init_time(const char *option, const char *text, int64_t *ret, char **ret_error)
{
	if (!text || logquery_time(text, output_now(), ret) == 0)
		return 0;
	return text_refuse(-EINVAL, ret_error,
			   "%s %s: give a time, such as \"2026-11-26 18:00\", 18:00, yesterday, or "
			   "2h for two hours ago",
			   option, text);
}

static int init_group(struct logquery *q, const char *text, char **ret_error)
{
	char *end;

	q->group = strtoll(text, &end, 10);
	if (*end || !isdigit((unsigned char)*text) || q->group > UINT32_MAX)
		return text_refuse(-EINVAL, ret_error, "--group %s: give a number", text);
	need(q, "\"group\":%" PRId64 ",", q->group);
	return 0;
}

int logquery_init(struct logquery *q, const struct logquery_options *o, char **ret_error)
{
	int err;

	*q = (struct logquery){.options = *o, .group = -1, .device_group = -1};
	if (o->verdict && !is_verdict(o->verdict))
		return text_refuse(-EINVAL, ret_error,
				   "--verdict %s: it is allow, deny, would-deny or warn",
				   o->verdict);
	if (o->act && !is_act(o->act))
		return text_refuse(-EINVAL, ret_error,
				   "--act %s: there is no such act; ownerctl log --help lists them",
				   o->act);
	err = init_time("--since", o->since, &q->since, ret_error)
		      ?: init_time("--until", o->until, &q->until, ret_error);
	if (!err && o->group)
		err = init_group(q, o->group, ret_error);
	if (!err && o->subject)
		err = init_subject(q, o->subject, ret_error);
	if (err)
		return err;
	if (o->rule)
		need_string(q, "rule", o->rule);
	if (o->verdict)
		need_string(q, "verdict", o->verdict);
	if (o->act)
		need_string(q, "act", o->act);
	return 0;
}

void logquery_done(struct logquery *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->needles[i]);
	q->n = 0;
}

/* Judging. */

bool logquery_is_any(const struct logquery *q)
{
	return !q->n && !q->since && !q->until && !q->options.device;
}

/* The first "time" of a line is the record's own: what comes before it has no text of others. */
static bool in_time(const struct logquery *q, const char *line, size_t size)
{
	static const char key[] = "\"time\":";
	const char *at = memmem(line, size, key, sizeof(key) - 1);
	const char *end = line + size;
	int64_t time = 0;

	if (!at)
		return true;
	for (at += sizeof(key) - 1; at < end && *at >= '0' && *at <= '9' && time < INT64_MAX / 10;
	     at++)
		time = 10 * time + (*at - '0');
	return time >= q->since && (!q->until || time < q->until);
}

static bool has(const char *line, size_t size, const char *text)
{
	return memmem(line, size, text, strlen(text)) != NULL;
}

static bool may_be_of_device(const struct logquery *q, const char *line, size_t size)
{
	const char *name = q->options.device, *slash = strrchr(name, '/');
	char group[40];

	snprintf(group, sizeof(group), "\"group\":%" PRId64 ",", q->device_group);
	return has(line, size, group) || has(line, size, slash ? slash + 1 : name);
}

bool logquery_may_match(const struct logquery *q, const char *line, size_t size)
{
	if (q->options.device && has(line, size, "\"act\":\"start\""))
		return true; /* it tells the device's group */
	if (q->options.device && !may_be_of_device(q, line, size))
		return false;
	if ((q->since || q->until) && !in_time(q, line, size))
		return false;
	for (size_t i = 0; i < q->n; i++)
		if (!has(line, size, q->needles[i]))
			return false;
	return true;
}

static struct logvalue value_of(const struct logtask *task, const struct logquery_fact *fact)
{
	struct logvalue v;

	memcpy(&v, (const char *)task + fact->offset, sizeof(v));
	return v;
}

/* A container goes by its name too, and by the first digits of its id. */
static bool is_container(const struct logtask *task, const char *value)
{
	_cleanup_free_ char *id = logvalue_text(task->container);

	return (id && strlen(value) >= ID_PREFIX && strncmp(id, value, strlen(value)) == 0) ||
	       logvalue_is(task->container_name, value);
}

static bool has_fact(const struct logtask *task, const struct logquery_fact *fact,
		     const char *value)
{
	if (logvalue_is(value_of(task, fact), value))
		return true;
	return text_is(fact->name, "container") && is_container(task, value);
}

static bool is_subject(const struct logquery *q, const struct logtask *task)
{
	if (q->fact)
		return has_fact(task, q->fact, q->value);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		if (!text_is(facts[i].name, "uid") && has_fact(task, &facts[i], q->value))
			return true;
	return false;
}

bool logquery_is_device(const char *wanted, const char *bus, const char *name)
{
	_cleanup_free_ char *full = name ? output_device_name(bus, name) : NULL;

	if (!full)
		return false;
	if (text_is(full, wanted))
		return true;
	return strncmp(full, "0000:", 5) == 0 && text_is(full + 5, wanted);
}

static bool is_device(const struct logquery *q, struct json_object *device)
{
	return logquery_is_device(q->options.device, field_string(device, "bus"),
				  field_string(device, "name"));
}

/* Which group the device was in, when ownerd started. */
static void learn_group(struct logquery *q, const struct logrecord *r)
{
	_cleanup_free_ char *text = output_format("%.*s", (int)r->groups.size, r->groups.at);
	_cleanup_json_ struct json_object *groups = json_tokener_parse(text);

	for (size_t i = 0; i < array_length(groups); i++) {
		struct json_object *devices = field_array(array_get(groups, i), "devices");

		for (size_t j = 0; j < array_length(devices); j++)
			if (is_device(q, array_get(devices, j)))
				q->device_group = field_int(array_get(groups, i), "group");
	}
}

static bool is_of_device(struct logquery *q, const struct logrecord *r)
{
	_cleanup_free_ char *bus = logvalue_text(r->device.bus);
	_cleanup_free_ char *name = logvalue_text(r->device.name);

	if (r->groups.at)
		learn_group(q, r);
	if (logquery_is_device(q->options.device, bus, name)) {
		q->device_group = logvalue_int(r->group);
		return true;
	}
	return !name && r->group.at && logvalue_int(r->group) == q->device_group;
}

static bool is_wanted(const char *wanted, struct logvalue v)
{
	return !wanted || logvalue_is(v, wanted);
}

bool logquery_matches(struct logquery *q, const struct logrecord *r)
{
	const struct logquery_options *o = &q->options;
	bool of_device = !o->device || is_of_device(q, r);
	int64_t time = logvalue_int(r->time);

	if (time < q->since || (q->until && time >= q->until))
		return false;
	if (q->group >= 0 && (!r->group.at || logvalue_int(r->group) != q->group))
		return false;
	if (!of_device)
		return false;
	if (o->subject && !is_subject(q, &r->task) && !is_subject(q, &r->holder))
		return false;
	return is_wanted(o->verdict, r->verdict) && is_wanted(o->rule, r->rule) &&
	       is_wanted(o->act, r->act);
}
