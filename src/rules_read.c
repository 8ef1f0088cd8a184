// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <search.h>
#include <string.h>
#include "names.h"
#include "pattern.h"
#include "rulefile.h"
#include "rules_read.h"
#include "selector.h"
#include "util.h"

#define REMEDY_DRIVER                                                                              \
	"give the name of one driver, of at most 31 bytes, such as vfio-pci, or \"*\" for all"

/* A rule's name, and where it was first given. */
struct named {
	const char *name;
	char *place;
};

/* Lists that grow. */

/* Room for one more behind n, which is doubled when it is full: at 8, 16, 32, ... */
static void *with_room(void *array, size_t n, size_t size)
{
	if (n && (n < 8 || n & (n - 1)))
		return array;
	return reallocarray(array, n ? n * 2 : 8, size);
}

/* Whether there is room; the array is as before if not. */
#define GROW(array, n)                                                                             \
	({                                                                                         \
		__typeof__(array) roomy_ = with_room(array, n, sizeof(*(array)));                  \
		(array) = roomy_ ?: (array);                                                       \
		roomy_ != NULL;                                                                    \
	})

struct rule *rules_add(struct rules *r)
{
	if (!GROW(r->rules, r->n))
		return NULL;
	r->rules[r->n] = (struct rule){.limit = POLICY_NO_LIMIT};
	return &r->rules[r->n++];
}

static int warn(struct rules_reader *r, const struct outline *f, const struct place *p,
		const char *text)
{
	char shown[OUTLINE_QUOTE_MAX];
	char *warning;

	if (!GROW(r->rules.warnings, r->rules.n_warnings))
		return -ENOMEM;
	warning = outline_message(f, p->value, "key \"%s\": %s: %s", outline_key(p),
				  outline_quote(p->text ?: "", shown), text);
	if (!warning)
		return -ENOMEM;
	r->rules.warnings[r->rules.n_warnings++] = warning;
	return 0;
}

/* Limits that hold for all files together. */
static int count(struct outline *f, const struct place *p, size_t *n, size_t max, const char *what)
{
	if (*n == max)
		return outline_refuse(f, -E2BIG, p->value,
				      "key \"%s\": more than %zu %s in all rules; name fewer",
				      outline_key(p), max, what);
	(*n)++;
	return 0;
}

/* Settings of the whole. */

static int set(struct outline *f, struct rules_setting *s, const struct place *p)
{
	if (s->place && strcmp(s->value, p->text) != 0)
		return outline_refuse(f, -EINVAL, p->value,
				      "key \"%s\": %s here, %s at %s; keep one of them", p->key,
				      p->text, s->value, s->place);
	if (s->place)
		return 0;
	snprintf(s->value, sizeof(s->value), "%s", p->text);
	if (asprintf(&s->place, "%s:%u:%u", f->path, p->value.line, p->value.column) < 0) {
		s->place = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int read_settings(struct rules_reader *r, struct outline *f, const struct rulefile *file)
{
	const struct place *mode = outline_find(&f->root, "mode");
	const struct place *defaults = outline_find(&f->root, "defaults");
	const struct place *claim = defaults ? outline_find(defaults, "claim") : NULL;
	const struct place *bind = defaults ? outline_find(defaults, "bind") : NULL;
	int err = 0;

	if (defaults && !claim && !bind)
		return schema_refuse_empty(&rulefile_schema, f, defaults);
	if (mode) {
		r->rules.mode = file->mode;
		err = set(f, &r->mode, mode);
	}
	if (!err && claim) {
		r->rules.deny_claim = file->defaults->deny_claim;
		err = set(f, &r->claim, claim);
	}
	if (!err && bind) {
		r->rules.deny_bind = file->defaults->deny_bind;
		err = set(f, &r->bind, bind);
	}
	return err;
}

/* name */

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void free_named(void *p)
{
	free(((struct named *)p)->place);
	free(p);
}

/* "10-gpu.yaml:12", of which a long name is cut so that the line stays. */
static char *make_place(const struct outline *f, unsigned int line)
{
	const char *slash = strrchr(f->path, '/'), *base = slash ? slash + 1 : f->path;
	char number[16], *place;
	size_t room, n = strlen(base);

	snprintf(number, sizeof(number), ":%u", line);
	room = POLICY_PLACE_LEN - 1 - strlen(number);
	if (n > room)
		for (n = room - strlen("..."); n && ((unsigned char)base[n] & 0xc0) == 0x80; n--)
			;
	if (asprintf(&place, "%.*s%s%s", (int)n, base, base[n] ? "..." : "", number) < 0)
		return NULL;
	outline_make_printable(place);
	return place;
}

static int read_name(struct rules_reader *r, struct outline *f, struct rule *to,
		     const struct rulefile_rule *from, const struct place *p)
{
	const struct place *name = outline_find(p, "name");
	struct named *named;
	void **found;
	char shown[OUTLINE_QUOTE_MAX];

	if (!*from->name || strlen(from->name) >= POLICY_NAME_LEN ||
	    !names_is_printable(from->name))
		return schema_refuse(&rulefile_schema, f, name, NULL);
	to->name = strdup(from->name);
	to->place = make_place(f, p->value.line);
	named = calloc(1, sizeof(*named));
	if (named && to->name && to->place) {
		named->name = to->name;
		named->place = strdup(to->place);
	}
	found = named && named->place ? tsearch(named, &r->names, compare_names) : NULL;
	if (found && *found == named)
		return 0;
	if (named)
		free_named(named);
	if (!found)
		return -ENOMEM;
	named = *found;
	return outline_refuse(f, -EINVAL, name->value,
			      "key \"name\": another rule is named %s, at %s; rename one of them",
			      outline_quote(from->name, shown), named->place);
}

/* devices */

static int read_device(struct rules_reader *r, struct outline *f, struct rule *to,
		       const struct place *entry)
{
	const struct place *p = entry->first;
	struct policy_select_key key;
	const char *remedy;
	int err;

	if (!p)
		return outline_refuse(f, -EINVAL, entry->value,
				      "key \"devices\": an entry that says nothing; give it pci, "
				      "id, class, driver, group or device");
	if (p->next)
		return outline_refuse(f, -EINVAL, p->next->at,
				      "key \"%s\": beside \"%s\" in one entry; divide them among "
				      "two entries",
				      p->next->key, p->key);
	err = selector_parse(p->key, p->text, &key, &remedy);
	if (err)
		return err == -ENOMEM ? err : schema_refuse(&rulefile_schema, f, p, remedy);
	err = count(f, p, &r->n_selects, POLICY_SELECTS_MAX, "devices");
	if (!err && key.kind == SELECT_GROUP)
		err = warn(r, f, p,
			   "a group's number changes from one boot to the next; better name a "
			   "device of it");
	if (err)
		return err;
	if (!GROW(to->selects, to->n_selects))
		return -ENOMEM;
	to->selects[to->n_selects++] = key;
	return 0;
}

static int read_devices(struct rules_reader *r, struct outline *f, struct rule *to,
			const struct place *list)
{
	int err = 0;

	for (const struct place *p = list->first; !err && p; p = p->next)
		err = read_device(r, f, to, p);
	return err;
}

/* claim, maps */

static int add_matchers(struct rules_reader *r, struct outline *f, struct rules_subjects *to,
			const struct pattern *pattern, const struct place *entry)
{
	int err = 0;

	for (size_t i = 0; !err && i < pattern->n; i++) {
		if (to->n == POLICY_LIST_MAX)
			return outline_refuse(f, -E2BIG, entry->value,
					      "key \"%s\": more than %u patterns in one list; name "
					      "fewer subjects, or a cgroup that holds several",
					      outline_key(entry), POLICY_LIST_MAX);
		err = count(f, entry, &r->n_matchers, POLICY_MATCHERS_MAX, "patterns");
		if (err)
			return err;
		if (!GROW(to->matchers, to->n))
			return -ENOMEM;
		to->matchers[to->n++] = pattern->alternatives[i];
	}
	return err;
}

static int read_subject(struct rules_reader *r, struct outline *f, struct rules_subjects *to,
			const struct pattern_subject *from, const struct place *entry)
{
	struct pattern pattern;
	int err = pattern_compile(&pattern, from, &r->last_mount);

	if (err && pattern.error.key)
		return schema_refuse(&rulefile_schema, f, outline_find(entry, pattern.error.key),
				     pattern.error.text);
	if (err)
		return outline_refuse(f, -EINVAL, entry->value,
				      "key \"%s\": an entry that says nothing; %s",
				      outline_key(entry), pattern.error.text);
	for (size_t i = 0; !err && i < pattern.n_warnings; i++)
		err = warn(r, f, outline_find(entry, pattern.warnings[i].key),
			   pattern.warnings[i].text);
	return err ?: add_matchers(r, f, to, &pattern, entry);
}

/* One entry is as one place: libcyaml has read the same list. */
static int read_subjects(struct rules_reader *r, struct outline *f, struct rules_subjects *to,
			 struct pattern_subject *const *from, const struct place *list)
{
	const struct place *p = list ? list->first : NULL;
	int err = 0;

	to->given = list != NULL;
	for (size_t i = 0; !err && p; i++, p = p->next)
		err = read_subject(r, f, to, from[i], p);
	return err;
}

static int read_claim(struct rules_reader *r, struct outline *f, struct rule *to,
		      const struct rulefile_rule *from, const struct place *section)
{
	return read_subjects(r, f, &to->claim_allow, from->claim->allow,
			     outline_find(section, "allow"))
		       ?: read_subjects(r, f, &to->claim_deny, from->claim->deny,
					outline_find(section, "deny"));
}

/* A decimal number, and perhaps a unit; 0 and what is no limit are none. */
static bool parse_limit(const char *text, uint64_t *ret)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	size_t digits = strspn(text, "0123456789");
	unsigned int shift = text[digits] ? 64 : 0;
	unsigned long long number;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(text + digits, units[i]))
			shift = 10 * (i + 1);
	errno = 0;
	number = digits ? strtoull(text, NULL, 10) : 0;
	if (number == 0 || errno || shift == 64 || number > (POLICY_NO_LIMIT - 1) >> shift)
		return false;
	*ret = number << shift;
	return true;
}

static int read_maps(struct rules_reader *r, struct outline *f, struct rule *to,
		     const struct rulefile_rule *from, const struct place *section)
{
	const struct place *limit = outline_find(section, "limit");
	int err;

	err = read_subjects(r, f, &to->maps_allow, from->maps->allow,
			    outline_find(section, "allow"))
		      ?: read_subjects(r, f, &to->maps_deny, from->maps->deny,
				       outline_find(section, "deny"));
	if (!err && limit && !parse_limit(from->maps->limit, &to->limit))
		err = schema_refuse(&rulefile_schema, f, limit, NULL);
	return err;
}

/* bind */

static int read_driver(struct rules_reader *r, struct outline *f, struct rules_drivers *to,
		       const char *name, const struct place *p)
{
	struct policy_select_key key;
	const char *remedy;
	int err;

	if (strcmp(name, "*") != 0 && selector_parse("driver", name, &key, &remedy))
		return schema_refuse(&rulefile_schema, f, p, REMEDY_DRIVER);
	err = count(f, p, &r->n_drivers, POLICY_DRIVERS_MAX, "drivers");
	if (err)
		return err;
	if (!GROW(to->names, to->n))
		return -ENOMEM;
	to->names[to->n] = strdup(name);
	return to->names[to->n++] ? 0 : -ENOMEM;
}

static int read_drivers(struct rules_reader *r, struct outline *f, struct rules_drivers *to,
			char *const *from, const struct place *list)
{
	const struct place *p = list ? list->first : NULL;
	int err = 0;

	to->given = list != NULL;
	for (size_t i = 0; !err && p; i++, p = p->next)
		err = read_driver(r, f, to, from[i], p);
	return err;
}

static int read_bind(struct rules_reader *r, struct outline *f, struct rule *to,
		     const struct rulefile_rule *from, const struct place *section)
{
	return read_drivers(r, f, &to->bind_allow, from->bind->allow,
			    outline_find(section, "allow"))
		       ?: read_drivers(r, f, &to->bind_deny, from->bind->deny,
				       outline_find(section, "deny"));
}

/* sysfs */

static int read_sysfs(struct rules_reader *r, struct outline *f, struct rule *to,
		      const struct rulefile_rule *from, const struct place *section)
{
	for (size_t i = 0; i < from->sysfs->n_deny_owned; i++)
		to->files_owned |= from->sysfs->deny_owned[i];
	for (size_t i = 0; i < from->sysfs->n_deny; i++)
		to->files |= from->sysfs->deny[i];
	return 0;
}

/* Rules. */

static const struct {
	const char *key;
	enum policy_act act;
	int (*read)(struct rules_reader *r, struct outline *f, struct rule *to,
		    const struct rulefile_rule *from, const struct place *section);
} sections[] = {
	{"claim", POLICY_CLAIM, read_claim},
	{"maps", POLICY_MAPS, read_maps},
	{"bind", POLICY_BIND, read_bind},
	{"sysfs", POLICY_SYSFS, read_sysfs},
};

static int read_sections(struct rules_reader *r, struct outline *f, struct rule *to,
			 const struct rulefile_rule *from, const struct place *p)
{
	char shown[OUTLINE_QUOTE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		const struct place *section = outline_find(p, sections[i].key);
		int err;

		if (!section)
			continue;
		if (!section->first)
			return schema_refuse_empty(&rulefile_schema, f, section);
		to->acts |= 1U << sections[i].act;
		err = sections[i].read(r, f, to, from, section);
		if (err)
			return err;
	}
	if (to->acts)
		return 0;
	return outline_refuse(f, -EINVAL, p->value,
			      "rule %s: speaks of no act; give it claim, maps, bind or sysfs",
			      outline_quote(to->name, shown));
}

static int read_rule(struct rules_reader *r, struct outline *f, const struct rulefile_rule *from,
		     const struct place *p)
{
	struct rule *to;
	int err;

	if (r->rules.n == POLICY_RULES_MAX)
		return outline_refuse(f, -E2BIG, p->value,
				      "key \"rules\": more than %u rules in all files; unite some",
				      POLICY_RULES_MAX);
	to = rules_add(&r->rules);
	if (!to)
		return -ENOMEM;
	to->reason = REASON_RULE;
	err = read_name(r, f, to, from, p);
	if (!err)
		err = read_devices(r, f, to, outline_find(p, "devices"));
	return err ?: read_sections(r, f, to, from, p);
}

int rules_read(struct rules_reader *r, struct outline *f)
{
	const struct place *rules, *p;
	struct rulefile *file;
	void *data = NULL;
	int err;

	f->before = r->size;
	err = outline_read(f);
	r->size += f->size;
	if (!err)
		err = schema_load(&rulefile_schema, f, &data);
	if (err)
		return err;
	file = data;
	rules = outline_find(&f->root, "rules");
	p = rules ? rules->first : NULL;
	err = read_settings(r, f, file);
	for (size_t i = 0; !err && p; i++, p = p->next)
		err = read_rule(r, f, file->rules[i], p);
	schema_free(&rulefile_schema, data);
	return err;
}

void rules_reader_done(struct rules_reader *r)
{
	rules_done(&r->rules);
	free(r->mode.place);
	free(r->claim.place);
	free(r->bind.place);
	tdestroy(r->names, free_named);
}
