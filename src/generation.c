// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "generation.h"
#include "util.h"

#define KEY_MAX sizeof(struct policy_select_key)

/* Every key begins with the generation's number. */
static uint32_t number_of(const void *key)
{
	uint32_t number;

	memcpy(&number, key, sizeof(number));
	return number;
}

static int write_entry(int map, const void *key, const void *value)
{
	return bpf_map_update_elem(map, key, value, BPF_ANY) < 0 ? -errno : 0;
}

static int write_tables(const struct registry_maps *maps, const struct policy *p)
{
	const uint8_t named = 1;
	int err = 0;

	for (uint32_t i = 0; !err && i < p->head.selects; i++)
		err = write_entry(maps->selects, &p->selects[i].key, &p->selects[i].firsts);
	for (uint32_t i = 0; !err && i < p->head.rules; i++)
		err = write_entry(maps->rules, &(struct policy_index){p->number, i}, &p->rules[i]);
	for (uint32_t i = 0; !err && i < p->head.matchers; i++)
		err = write_entry(maps->matchers, &(struct policy_index){p->number, i},
				  &p->matchers[i]);
	for (uint32_t i = 0; !err && i < p->head.drivers; i++)
		err = write_entry(maps->drivers, &p->drivers[i], &named);
	return err ?: write_entry(maps->generations, &p->number, &p->head);
}

/* Keys of one generation in one map, after each other; malloc'ed. */
static int read_keys(int map, size_t key_size, uint32_t number, void **ret, size_t *ret_n)
{
	char key[KEY_MAX], *previous = NULL;
	_cleanup_free_ char *keys = NULL;
	size_t n = 0, room = 0;

	while (bpf_map_get_next_key(map, previous, key) == 0) {
		previous = key;
		if (number_of(key) != number)
			continue;
		if (n == room) {
			char *more = reallocarray(keys, room = 2 * room + 64, key_size);

			if (!more)
				return -ENOMEM;
			keys = more;
		}
		memcpy(keys + n++ * key_size, key, key_size);
	}
	*ret = TAKE_PTR(keys);
	*ret_n = n;
	return 0;
}

static int read_selects(struct policy *p, int map)
{
	_cleanup_free_ void *keys = NULL;
	const struct policy_select_key *key;
	size_t n = 0;
	int err = read_keys(map, sizeof(*key), p->number, &keys, &n);

	if (err || n != p->head.selects)
		return err ?: -EUCLEAN;
	key = keys;
	for (size_t i = 0; i < n; i++) {
		p->selects[i].key = key[i];
		if (bpf_map_lookup_elem(map, &key[i], &p->selects[i].firsts) < 0)
			return -EUCLEAN;
	}
	return 0;
}

static int read_drivers(struct policy *p, int map)
{
	_cleanup_free_ void *keys = NULL;
	size_t n = 0;
	int err = read_keys(map, sizeof(*p->drivers), p->number, &keys, &n);

	if (err || n != p->head.drivers)
		return err ?: -EUCLEAN;
	if (n)
		memcpy(p->drivers, keys, n * sizeof(*p->drivers));
	return 0;
}

static int read_indexed(int map, uint32_t number, void *values, size_t size, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (bpf_map_lookup_elem(map, &(struct policy_index){number, i},
					(char *)values + i * size) < 0)
			return -EUCLEAN;
	return 0;
}

static int make_room(struct policy *p)
{
	if (p->head.selects > POLICY_SELECTS_MAX || p->head.rules > POLICY_RULES_MAX ||
	    p->head.matchers > POLICY_MATCHERS_MAX || p->head.drivers > POLICY_DRIVERS_MAX)
		return -EUCLEAN;
	p->selects = calloc(p->head.selects + 1, sizeof(*p->selects));
	p->rules = calloc(p->head.rules + 1, sizeof(*p->rules));
	p->matchers = calloc(p->head.matchers + 1, sizeof(*p->matchers));
	p->drivers = calloc(p->head.drivers + 1, sizeof(*p->drivers));
	return p->selects && p->rules && p->matchers && p->drivers ? 0 : -ENOMEM;
}

int generation_read(struct policy *ret, const struct registry_maps *maps, uint32_t number)
{
	_cleanup_(policy_done) struct policy p = {.number = number};
	int err;

	if (!number || bpf_map_lookup_elem(maps->generations, &number, &p.head) < 0)
		return -ENOENT;
	err = make_room(&p)
		      ?: read_selects(&p, maps->selects)
		      ?: read_indexed(maps->rules, number, p.rules, sizeof(*p.rules), p.head.rules)
		      ?: read_indexed(maps->matchers, number, p.matchers, sizeof(*p.matchers),
				      p.head.matchers)
		      ?: read_drivers(&p, maps->drivers);
	if (err)
		return err;
	policy_sort(&p);
	*ret = p;
	p = (struct policy){};
	return 0;
}

static int check_written(const struct registry_maps *maps, const struct policy *p)
{
	_cleanup_(policy_done) struct policy read = {};
	int err = generation_read(&read, maps, p->number);

	return err ?: policy_hash(&read) == p->head.hash ? 0 : -EUCLEAN;
}

/* Deletes what has neither number.  A key is deleted after the one behind it is known. */
static void remove_others(int map, uint32_t one, uint32_t other)
{
	char key[KEY_MAX], next[KEY_MAX];
	bool more = bpf_map_get_next_key(map, NULL, next) == 0;

	while (more) {
		memcpy(key, next, sizeof(key));
		more = bpf_map_get_next_key(map, key, next) == 0;
		if (number_of(key) != one && number_of(key) != other)
			bpf_map_delete_elem(map, key);
	}
}

static void keep(const struct registry_maps *maps, uint32_t one, uint32_t other)
{
	const int tables[] = {maps->generations, maps->selects, maps->rules, maps->matchers,
			      maps->drivers};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		remove_others(tables[i], one, other);
}

static bool is_expired(const struct owner_config *config)
{
	return config->confirm_by && boottime_ns() >= config->confirm_by;
}

uint32_t generation_in_force(const struct owner_config *config)
{
	return is_expired(config) ? config->fallback : config->generation;
}

bool generation_enforces(const struct owner_config *config)
{
	return is_expired(config) ? config->fallback_enforce : config->enforce;
}

bool generation_waits(const struct owner_config *config)
{
	return config->confirm_by && !is_expired(config);
}

/* The programs see it after all that was stored before. */
#define STORE(to, value) __atomic_store_n(&(to), value, __ATOMIC_RELEASE)

/* What has expired is not looked at any more until confirm_by is 0. */
bool generation_settle(struct owner_config *config)
{
	if (!is_expired(config))
		return false;
	config->generation = config->fallback;
	config->enforce = config->fallback_enforce;
	STORE(config->confirm_by, 0);
	return true;
}

void generation_confirm(struct owner_config *config)
{
	STORE(config->confirm_by, 0);
}

void generation_revert(struct owner_config *config)
{
	STORE(config->confirm_by, 1);
	generation_settle(config);
}

/*
 * With a time limit, it is there before the policy is.  Between the stores of mode and policy
 * nothing is refused that either of the two pairs would not refuse.
 */
static void switch_to(struct owner_config *config, uint32_t number, bool enforce,
		      uint64_t confirm_by)
{
	if (number != config->generation || confirm_by) {
		config->fallback = config->generation;
		config->fallback_enforce = config->enforce;
	}
	STORE(config->confirm_by, confirm_by);
	if (!enforce)
		STORE(config->enforce, 0);
	STORE(config->generation, number);
	STORE(config->enforce, enforce);
}

/* Then it is as old as that. */
static bool is_same(const struct registry_maps *maps, uint32_t number, struct policy *p)
{
	struct policy_generation head;

	if (!number)
		return policy_is_empty(p);
	if (bpf_map_lookup_elem(maps->generations, &number, &head) < 0 || head.hash != p->head.hash)
		return false;
	p->head.applied = head.applied;
	return true;
}

/* -ENOENT: neither the one in force nor the one before it is the same. */
static int find_same(const struct registry_maps *maps, const struct owner_config *config,
		     struct policy *p)
{
	const uint32_t numbers[] = {config->generation, config->fallback};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (!is_same(maps, numbers[i], p))
			continue;
		policy_number(p, numbers[i]);
		return 0;
	}
	return -ENOENT;
}

/* A number that was not there before, so nobody judges by it yet. */
static int write_new(const struct registry_maps *maps, struct owner_config *config,
		     struct policy *p)
{
	int err = 0;

	keep(maps, config->generation, config->fallback);
	policy_number(p, policy_is_empty(p) ? 0 : ++config->made);
	p->head.applied = boottime_ns();
	if (p->number)
		err = write_tables(maps, p) ?: check_written(maps, p);
	if (err)
		keep(maps, config->generation, config->fallback);
	return err;
}

int generation_apply(const struct registry_maps *maps, struct owner_config *config,
		     struct policy *p, bool enforce, uint64_t confirm_by)
{
	int err;

	if (config->confirm_by)
		generation_revert(config);
	err = find_same(maps, config, p);
	if (err)
		err = write_new(maps, config, p);
	if (!err)
		switch_to(config, p->number, enforce, confirm_by);
	return err;
}

int generation_replace(const struct registry_maps *maps, struct owner_config *config,
		       struct policy *p)
{
	const uint32_t number = config->generation;
	int err;

	if (is_same(maps, number, p)) {
		policy_number(p, number);
		return 0;
	}
	err = write_new(maps, config, p);
	if (err)
		return err;
	/* itself: there is none to go back to, not even for a moment */
	if (config->fallback == number && !config->confirm_by)
		config->fallback = p->number;
	STORE(config->generation, p->number);
	return 0;
}
