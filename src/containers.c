// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "containers.h"
#include "util.h"

#define HEX   "0123456789abcdef"
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

void containers_done(struct containers *c)
{
	free(c->list);
	*c = (struct containers){};
}

bool containers_is_id(const char *text)
{
	return strlen(text) == CONTAINER_ID_LEN && strspn(text, HEX) == CONTAINER_ID_LEN;
}

bool containers_is_name(const char *text)
{
	size_t n = strlen(text);

	return n && n <= CONTAINER_NAME_MAX && strchr(ALNUM, *text) &&
	       strspn(text, ALNUM "_.-") == n;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(((const struct container *)a)->id, ((const struct container *)b)->id);
}

static int compare(const void *a, const void *b)
{
	return compare_ids(a, b)
		       ?: strcmp(((const struct container *)a)->name,
				 ((const struct container *)b)->name);
}

void containers_sort(struct containers *c)
{
	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), compare);
}

static struct container *add(struct containers *c, const char *id, const char *name)
{
	struct container *entry;

	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct container *list = reallocarray(c->list, room, sizeof(*list));

		if (!list)
			return NULL;
		c->list = list;
		c->room = room;
	}
	entry = &c->list[c->n++];
	*entry = (struct container){.age = ++c->clock};
	strncpy(entry->id, id, sizeof(entry->id) - 1);
	strncpy(entry->name, name, sizeof(entry->name) - 1);
	return entry;
}

int containers_add(struct containers *c, const char *id, const char *name)
{
	struct container *entry;

	if (!containers_is_id(id) || !containers_is_name(name))
		return 0;
	if (c->n == CONTAINERS_MAX) {
		c->cut = true;
		return 0;
	}
	entry = add(c, id, name);
	if (!entry)
		return -ENOMEM;
	entry->state = CONTAINER_NAMED;
	return 0;
}

static struct container *find(const struct container *list, size_t n, const char *id,
			      const char *name)
{
	struct container key = {};

	strncpy(key.id, id, sizeof(key.id) - 1);
	strncpy(key.name, name, sizeof(key.name) - 1);
	return n ? bsearch(&key, list, n, sizeof(*list), compare) : NULL;
}

/* The oldest of those that no runtime names goes. */
static void forget_one(struct containers *c)
{
	size_t oldest = c->n;

	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].state != CONTAINER_NAMED &&
		    (oldest == c->n || c->list[i].age < c->list[oldest].age))
			oldest = i;
	if (oldest == c->n)
		return;
	memmove(&c->list[oldest], &c->list[oldest + 1], (c->n - oldest - 1) * sizeof(*c->list));
	c->n--;
}

static void forget_old(struct containers *c)
{
	size_t others = 0;

	for (size_t i = 0; i < c->n; i++)
		others += c->list[i].state != CONTAINER_NAMED;
	for (; others > CONTAINERS_OTHER_MAX; others--)
		forget_one(c);
}

int containers_update(struct containers *c, const struct containers *named)
{
	const size_t n = c->n;

	for (size_t i = 0; i < named->n; i++) {
		const struct container *now = &named->list[i];
		struct container *entry = find(c->list, n, now->id, now->name);

		entry = entry ?: add(c, now->id, now->name);
		if (!entry)
			return -ENOMEM;
		entry->state = CONTAINER_NAMED;
	}
	for (size_t i = 0; i < n; i++) {
		struct container *entry = &c->list[i];

		if (entry->state != CONTAINER_NAMED ||
		    find(named->list, named->n, entry->id, entry->name))
			continue;
		entry->state = CONTAINER_GONE;
		entry->age = ++c->clock;
	}
	c->cut = named->cut;
	containers_sort(c);
	forget_old(c);
	return 0;
}

int containers_register(struct containers *c, const char *id, const char *name)
{
	struct container *entry;

	if (!containers_is_id(id) || (name && !containers_is_name(name)))
		return -EINVAL;
	entry = find(c->list, c->n, id, name ?: "");
	entry = entry ?: add(c, id, name ?: "");
	if (!entry)
		return -ENOMEM;
	if (entry->state != CONTAINER_NAMED)
		entry->state = CONTAINER_REGISTERED;
	entry->age = ++c->clock;
	containers_sort(c);
	forget_old(c);
	return 0;
}

void containers_unregister(struct containers *c, const char *id)
{
	for (size_t i = 0; i < c->n; i++) {
		struct container *entry = &c->list[i];

		if (strcmp(entry->id, id) != 0 || entry->state != CONTAINER_REGISTERED)
			continue;
		entry->state = CONTAINER_GONE;
		entry->age = ++c->clock;
	}
}

size_t containers_find(const struct containers *c, const char *name,
		       const char *ids[static CONTAINERS_SAME_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->list[i].state != CONTAINER_NAMED || strcmp(c->list[i].name, name) != 0)
			continue;
		if (n < CONTAINERS_SAME_MAX)
			ids[n] = c->list[i].id;
		n++;
	}
	return n;
}

/* Rather what a runtime calls it than what it was registered as, and the youngest of those. */
static bool is_better(const struct container *a, const struct container *b)
{
	return !b || (a->state != b->state ? a->state > b->state : a->age > b->age);
}

const char *containers_name(const struct containers *c, const char *id)
{
	const struct container *best = NULL, *first;
	struct container key = {};

	if (!c->n || !containers_is_id(id))
		return NULL;
	memcpy(key.id, id, sizeof(key.id));
	first = bsearch(&key, c->list, c->n, sizeof(*c->list), compare_ids);
	while (first && first > c->list && strcmp(first[-1].id, id) == 0)
		first--;
	for (; first && first < c->list + c->n && strcmp(first->id, id) == 0; first++)
		if (*first->name && is_better(first, best))
			best = first;
	return best ? best->name : NULL;
}

void containers_add_names(const struct containers *c, struct json_object *o)
{
	struct json_object *id = NULL;
	const char *name = NULL;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			containers_add_names(c, json_object_array_get_idx(o, i));
		return;
	}
	if (!json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, key, value)
	{
		(void)key;
		containers_add_names(c, value);
	}
	if (json_object_object_get_ex(o, "container", &id) &&
	    json_object_is_type(id, json_type_string))
		name = containers_name(c, json_object_get_string(id));
	if (name)
		json_object_object_add(o, "container_name", json_object_new_string(name));
}
