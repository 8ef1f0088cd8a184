// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include "owner_policy.h"
#include "registry.h"
#include "util.h"

/*
 * Copies all values of a hash map; keys are `key_size` bytes.  Entries may come and
 * go meanwhile: a key that vanished is passed over, and the walk ends after as many
 * steps as the map has room for, so that a walk which the kernel restarts ends too.
 */
static int read_map(int fd, size_t key_size, size_t value_size, void **ret_keys, void **ret_values,
		    size_t *ret_n)
{
	struct bpf_map_info info = {};
	__u32 info_len = sizeof(info);
	_cleanup_free_ char *keys = NULL, *values = NULL;
	char key[16] = {}, *prev = NULL;
	size_t n = 0;

	if (bpf_obj_get_info_by_fd(fd, &info, &info_len) < 0)
		return -errno;
	if (info.key_size != key_size || info.value_size != value_size)
		return -ESTALE;
	keys = calloc(info.max_entries, key_size);
	values = calloc(info.max_entries, value_size);
	if (!keys || !values)
		return -ENOMEM;
	for (size_t i = 0; i < info.max_entries; i++) {
		if (bpf_map_get_next_key(fd, prev, key) < 0)
			break;
		prev = key;
		if (bpf_map_lookup_elem(fd, key, values + n * value_size) < 0)
			continue;
		memcpy(keys + n * key_size, key, key_size);
		n++;
	}
	*ret_keys = TAKE_PTR(keys);
	*ret_values = TAKE_PTR(values);
	*ret_n = n;
	return 0;
}

static int compare_groups(const void *a, const void *b)
{
	const struct registry_group *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int compare_devices(const void *a, const void *b)
{
	const struct owner_device *x = a, *y = b;
	int order;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	order = strncmp(x->id.bus, y->id.bus, sizeof(x->id.bus));
	return order ?: strncmp(x->id.name, y->id.name, sizeof(x->id.name));
}

/* A field's last byte is a NUL by contract; it is made sure of, since a map can be edited. */
static void terminate_device(struct owner_device *d)
{
	d->id.bus[sizeof(d->id.bus) - 1] = '\0';
	d->id.name[sizeof(d->id.name) - 1] = '\0';
	d->driver[sizeof(d->driver) - 1] = '\0';
	d->host_driver[sizeof(d->host_driver) - 1] = '\0';
}

static void terminate_task(struct owner_task *t)
{
	t->comm[sizeof(t->comm) - 1] = '\0';
}

static void read_group_details(struct registry_group *g, const struct registry_maps *maps)
{
	g->mappings = -1;
	if (bpf_map_lookup_elem(maps->holders, &g->id, &g->holder) == 0) {
		terminate_task(&g->holder.task);
		g->held = OWNER_STATE_KIND(g->record.state) == OWNER_USER;
	}
	if (g->held && g->holder.domain &&
	    bpf_map_lookup_elem(maps->domains, &g->holder.domain, &g->mapped) == 0) {
		if (g->mapped.held < 0)
			g->mapped.held = 0;
		g->counted = true;
		bpf_map_lookup_elem(maps->tables, &g->mapped.table, &g->mappings);
	}
	if (bpf_map_lookup_elem(maps->refusals, &g->id, &g->refusal) == 0) {
		terminate_device(&g->refusal.device);
		terminate_task(&g->refusal.task);
		terminate_task(&g->refusal.holder);
		g->refused = true;
	}
}

static int read_groups(struct registry *r, const struct registry_maps *maps)
{
	_cleanup_free_ void *keys = NULL, *values = NULL;
	size_t n = 0;
	int err = read_map(maps->groups, sizeof(__u32), sizeof(struct owner_group), &keys, &values,
			   &n);

	if (err)
		return err;
	r->groups = calloc(n ?: 1, sizeof(*r->groups));
	if (!r->groups)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct registry_group *g = &r->groups[r->n_groups];

		g->id = ((__u32 *)keys)[i];
		g->record = ((struct owner_group *)values)[i];
		if (!g->record.devices)
			continue;
		read_group_details(g, maps);
		r->n_groups++;
	}
	qsort(r->groups, r->n_groups, sizeof(*r->groups), compare_groups);
	return 0;
}

static int read_devices(struct registry *r, const struct registry_maps *maps)
{
	_cleanup_free_ void *keys = NULL;
	void *values = NULL;
	int err = read_map(maps->devices, sizeof(__u64), sizeof(struct owner_device), &keys,
			   &values, &r->n_devices);

	if (err)
		return err;
	r->devices = values;
	for (size_t i = 0; i < r->n_devices; i++)
		terminate_device(&r->devices[i]);
	qsort(r->devices, r->n_devices, sizeof(*r->devices), compare_devices);
	return 0;
}

static int compare_kernel_maps(const void *a, const void *b)
{
	const struct registry_kernel_maps *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->maps.first < y->maps.first ? -1 : x->maps.first > y->maps.first;
}

static int read_kernel_maps(struct registry *r, const struct registry_maps *maps)
{
	_cleanup_free_ void *keys = NULL, *values = NULL;
	size_t n = 0;
	int err = read_map(maps->kernel_maps, sizeof(struct owner_kernel_map),
			   sizeof(struct owner_kernel_maps), &keys, &values, &n);

	if (err)
		return err;
	r->kernel_maps = calloc(n ?: 1, sizeof(*r->kernel_maps));
	if (!r->kernel_maps)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct owner_kernel_map *key = (struct owner_kernel_map *)keys + i;
		struct registry_kernel_maps *k = &r->kernel_maps[i];

		k->group = key->group;
		k->maps = ((struct owner_kernel_maps *)values)[i];
		if (bpf_map_lookup_elem(maps->devices, &key->device, &k->device) == 0)
			terminate_device(&k->device);
		k->stack_id = key->stack;
		if (key->stack >= 0)
			bpf_map_lookup_elem(maps->stacks, &key->stack, k->stack);
	}
	r->n_kernel_maps = n;
	qsort(r->kernel_maps, n, sizeof(*r->kernel_maps), compare_kernel_maps);
	return 0;
}

/* All arrays are in the order of group ids. */
static void match_devices(struct registry *r)
{
	size_t d = 0, k = 0;

	for (size_t i = 0; i < r->n_groups; i++) {
		struct registry_group *g = &r->groups[i];

		while (d < r->n_devices && r->devices[d].group < g->id)
			d++;
		g->devices = r->devices + d;
		for (; d < r->n_devices && r->devices[d].group == g->id; d++)
			g->n_devices++;
		while (k < r->n_kernel_maps && r->kernel_maps[k].group < g->id)
			k++;
		g->kernel_maps = r->kernel_maps + k;
		for (; k < r->n_kernel_maps && r->kernel_maps[k].group == g->id; k++)
			g->n_kernel_maps++;
	}
}

int registry_read(struct registry *ret, const struct registry_maps *maps)
{
	struct registry r = {};
	int err = read_groups(&r, maps) ?: read_devices(&r, maps) ?: read_kernel_maps(&r, maps);

	if (err) {
		registry_done(&r);
		return err;
	}
	match_devices(&r);
	*ret = r;
	return 0;
}

void registry_done(struct registry *r)
{
	free(r->groups);
	free(r->devices);
	free(r->kernel_maps);
	*r = (struct registry){};
}

const struct registry_group *registry_find_group(const struct registry *r, uint32_t id)
{
	struct registry_group key = {.id = id};

	if (!r->n_groups)
		return NULL;
	return bsearch(&key, r->groups, r->n_groups, sizeof(*r->groups), compare_groups);
}

static bool is_device(const struct owner_device *d, const char *device)
{
	const char *slash = strchr(device, '/');
	size_t bus_len = slash ? (size_t)(slash - device) : 3;
	const char *bus = slash ? device : "pci";
	const char *name = slash ? slash + 1 : device;

	return strlen(d->id.bus) == bus_len && strncmp(d->id.bus, bus, bus_len) == 0 &&
	       strcmp(d->id.name, name) == 0;
}

const struct registry_group *registry_find_device(const struct registry *r, const char *device)
{
	for (size_t i = 0; i < r->n_devices; i++)
		if (is_device(&r->devices[i], device))
			return registry_find_group(r, r->devices[i].group);
	return NULL;
}

const struct registry_kernel_maps *registry_find_kernel_maps(const struct registry *r,
							     const struct owner_report *report)
{
	for (size_t i = 0; i < r->n_kernel_maps; i++) {
		const struct registry_kernel_maps *k = &r->kernel_maps[i];

		if (k->group == report->group && k->stack_id == report->stack &&
		    strcmp(k->device.id.name, report->device.id.name) == 0)
			return k;
	}
	return NULL;
}

int registry_counters(const struct registry_maps *maps, uint64_t ret[COUNT_MAX])
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(maps->counters, &zero, ret) < 0 ? -errno : 0;
}

/* The live counters, to be unmapped; MAP_FAILED. */
static uint64_t *map_counters(const struct registry_maps *maps)
{
	return mmap(NULL, COUNT_MAX * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
		    maps->counters, 0);
}

int registry_take_counters(const struct registry_maps *to, const struct registry_maps *from)
{
	uint64_t *ours = map_counters(to), *theirs = map_counters(from);
	int err = ours == MAP_FAILED || theirs == MAP_FAILED ? -errno : 0;

	for (size_t i = 0; !err && i < COUNT_MAX; i++)
		__atomic_fetch_add(&ours[i], __atomic_exchange_n(&theirs[i], 0, __ATOMIC_RELAXED),
				   __ATOMIC_RELAXED);
	if (ours != MAP_FAILED)
		munmap(ours, COUNT_MAX * sizeof(*ours));
	if (theirs != MAP_FAILED)
		munmap(theirs, COUNT_MAX * sizeof(*theirs));
	return err;
}

int registry_open_map(const char *dir, const char *name, int *ret)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/maps/%s", dir, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

/* The object's data section is an array map of one value, the configuration. */
int registry_read_config(struct owner_config *ret, const char *dir)
{
	_cleanup_close_ int fd = -1;
	struct bpf_map_info info = {};
	__u32 info_len = sizeof(info), key = 0;
	_cleanup_free_ struct owner_config *config = NULL;
	int err = registry_open_map(dir, "config", &fd);

	if (err)
		return err;
	if (bpf_obj_get_info_by_fd(fd, &info, &info_len) < 0)
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.key_size != sizeof(key) ||
	    info.value_size < sizeof(*config))
		return -ESTALE;
	config = malloc(info.value_size);
	if (!config)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &key, config) < 0)
		return -errno;
	*ret = *config;
	return 0;
}

static int check_abi(const char *dir)
{
	struct owner_config config;
	int err = registry_read_config(&config, dir);

	return err ?: config.abi == OWNER_ABI_VERSION ? 0 : -ESTALE;
}

/* What is read from a pinned map has the shape of owner_abi.h, or the map is none of ours. */
static int open_shaped(const char *dir, const char *name, enum bpf_map_type type, size_t key_size,
		       size_t value_size, int *ret)
{
	struct bpf_map_info info = {};
	__u32 info_len = sizeof(info);
	_cleanup_close_ int fd = -1;
	int err = registry_open_map(dir, name, &fd);

	if (err)
		return err;
	if (bpf_obj_get_info_by_fd(fd, &info, &info_len) < 0)
		return -errno;
	if (info.type != type || info.key_size != key_size || info.value_size != value_size)
		return -ESTALE;
	*ret = TAKE_FD(fd);
	return 0;
}

int registry_open_pinned(struct registry_maps *ret, const char *dir)
{
	struct registry_maps maps = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
	const struct {
		const char *name;
		int *fd;
		enum bpf_map_type type;
		size_t key_size, value_size;
	} table[] = {
#define HASH(name, key, value) {#name, &maps.name, BPF_MAP_TYPE_HASH, sizeof(key), sizeof(value)}
		HASH(groups, __u32, struct owner_group),
		HASH(holders, __u32, struct owner_holder),
		HASH(devices, __u64, struct owner_device),
		HASH(refusals, __u32, struct owner_report),
		HASH(domains, __u64, struct owner_domain),
		HASH(tables, __u64, __s64),
		HASH(kernel_maps, struct owner_kernel_map, struct owner_kernel_maps),
		HASH(generations, __u32, struct policy_generation),
		HASH(selects, struct policy_select_key, struct policy_firsts),
		HASH(rules, struct policy_index, struct policy_rule),
		HASH(matchers, struct policy_index, struct policy_matcher),
		HASH(drivers, struct policy_driver, __u8),
#undef HASH
		{"counters", &maps.counters, BPF_MAP_TYPE_ARRAY, sizeof(__u32),
		 COUNT_MAX * sizeof(__u64)},
		{"stacks", &maps.stacks, BPF_MAP_TYPE_STACK_TRACE, sizeof(__u32),
		 OWNER_STACK_DEPTH * sizeof(__u64)},
		{"recent", &maps.recent, BPF_MAP_TYPE_ARRAY, sizeof(__u32),
		 sizeof(struct owner_recent)},
	};
	int err = check_abi(dir);

	for (size_t i = 0; !err && i < ARRAY_SIZE(table); i++)
		err = open_shaped(dir, table[i].name, table[i].type, table[i].key_size,
				  table[i].value_size, table[i].fd);
	if (err) {
		registry_close_maps(&maps);
		return err;
	}
	*ret = maps;
	return 0;
}

void registry_close_maps(struct registry_maps *maps)
{
	close_fd(&maps->groups);
	close_fd(&maps->holders);
	close_fd(&maps->domains);
	close_fd(&maps->tables);
	close_fd(&maps->kernel_maps);
	close_fd(&maps->stacks);
	close_fd(&maps->recent);
	close_fd(&maps->devices);
	close_fd(&maps->refusals);
	close_fd(&maps->generations);
	close_fd(&maps->selects);
	close_fd(&maps->rules);
	close_fd(&maps->matchers);
	close_fd(&maps->drivers);
	close_fd(&maps->counters);
}
