// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "loader.h"
#include "log.h"
#include "object.h"
#include "owner.skel.h"
#include "skips.h"
#include "util.h"
#include "warnings.h"

/* An LRU map sets 128 entries aside for each CPU: with fewer, one CPU evicts another's. */
#define LRU_PER_CPU 256

struct loader {
	struct owner *skel;
	struct features features;
	struct loader_hook *hooks;
	bool adopts;             /* the links were opened from pins */
	struct bpf_link **links; /* by index into feature_programs; the iterator's too */
	struct rings rings;
};

/* The same program and verdict, hung on security_NAME() itself. */
static int use_fmod_ret(struct bpf_program *prog, const char *hook)
{
	char function[80];

	snprintf(function, sizeof(function), "security_%s", hook);
	bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
	bpf_program__set_expected_attach_type(prog, BPF_MODIFY_RETURN);
	return bpf_program__set_attach_target(prog, 0, function);
}

static int choose_programs(struct loader *l)
{
	for (size_t i = 0; i < feature_n_programs; i++) {
		const struct feature_program *p = &feature_programs[i];
		struct bpf_program *prog = bpf_object__find_program_by_name(l->skel->obj, p->name);
		int err = 0;

		l->hooks[i].program = p;
		if (!prog)
			return -ENOENT;
		if (p->demand)
			l->hooks[i].state = HOOK_WAITING;
		if (!feature_applies(&l->features, p))
			l->hooks[i].state = HOOK_UNUSED;
		if (!feature_is_present(&l->features, &feature_programs[i]) ||
		    l->hooks[i].state == HOOK_UNUSED || p->demand)
			err = bpf_program__set_autoload(prog, false);
		else if (p->refuses && l->features.attach == ATTACH_FMOD_RET)
			err = use_fmod_ret(prog, p->symbol);
		if (err)
			return err;
	}
	return 0;
}

static int set_sizes(struct loader *l, const struct loader_sizes *s)
{
	const uint32_t lru = LRU_PER_CPU * libbpf_num_possible_cpus(), files = 4 * s->devices;
	const bool arbitrates = l->features.arbiter == ARBITER_OWNERD;
	const struct {
		struct bpf_map *map;
		uint32_t entries;
	} sizes[] = {
		{l->skel->maps.groups, s->groups},
		{l->skel->maps.holders, s->groups},
		{l->skel->maps.refusals, s->groups},
		{l->skel->maps.claims, arbitrates ? s->groups : 1},
		{l->skel->maps.minors, s->minors},
		{l->skel->maps.device_files, files > lru ? files : lru},
		{l->skel->maps.devices, s->devices},
		{l->skel->maps.names, s->devices},
		{l->skel->maps.same_ids, s->devices},
		{l->skel->maps.host_drivers, s->devices},
		{l->skel->maps.spaces, 4 * s->groups},
		{l->skel->maps.domains, 4 * s->groups},
		{l->skel->maps.guarded, s->groups},
		{l->skel->maps.pendings, lru},
		{l->skel->maps.own_refusals, lru},
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(sizes); i++)
		err = bpf_map__set_max_entries(sizes[i].map, sizes[i].entries);
	return err;
}

static int open_object(struct loader *l, char **ret_error)
{
	int err;

	warnings_begin();
	err = feature_probe(&l->features);
	if (err)
		return warnings_fail(ret_error, err, "kernel BTF");
	l->hooks = calloc(feature_n_programs, sizeof(*l->hooks));
	l->links = calloc(feature_n_programs, sizeof(*l->links));
	l->skel = object_open(&l->features);
	if (!l->hooks || !l->links || !l->skel)
		return warnings_fail(ret_error, -ENOMEM, "BPF object");
	err = choose_programs(l);
	return err ? warnings_fail(ret_error, err, "BPF programs") : 0;
}

/* Where a map of the object is pinned below `dir`; false: it is not, being of constants. */
static bool map_path(const struct bpf_map *map, const char *dir, char *buf, size_t size)
{
	const char *name = bpf_map__name(map);
	const char *dot = strrchr(name, '.');

	/* The object's .data holds the configuration. */
	if (dot && strcmp(dot, ".rodata") == 0)
		return false;
	if (dot)
		name = strcmp(dot, ".data") == 0 ? "config" : dot + 1;
	snprintf(buf, size, "%s/maps/%s", dir, name);
	return true;
}

/* -ESTALE: what is pinned is of another shape, or has less room. */
static int reuse_map(struct bpf_map *map, const char *dir)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	_cleanup_close_ int fd = -1;
	char path[256];

	if (bpf_map__fd(map) >= 0 || !map_path(map, dir, path, sizeof(path)))
		return 0;
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return -errno;
	if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
	    info.value_size != bpf_map__value_size(map) ||
	    info.max_entries < bpf_map__max_entries(map))
		return -ESTALE;
	return bpf_map__reuse_fd(map, fd);
}

/*
 * Acts that are under way while one instance of the programs takes over from another are
 * known to both.  A map with less room than asked for is used as it is.
 */
static int share_maps(struct loader *l, const char *dir)
{
	struct bpf_map *shared[] = {l->skel->maps.pendings, l->skel->maps.own_refusals,
				    l->skel->maps.claims};

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		int err = bpf_map__set_max_entries(shared[i], 1) ?: reuse_map(shared[i], dir);

		if (err)
			return err;
	}
	return 0;
}

int loader_new(struct loader **ret, const struct loader_sizes *sizes, const char *before,
	       char **ret_error)
{
	_cleanup_(loader_freep) struct loader *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	err = open_object(l, ret_error);
	if (err)
		return err;
	err = set_sizes(l, sizes);
	if (!err && before)
		err = share_maps(l, before);
	l->skel->data->config.build = object_build(l->skel);
	if (!err)
		err = owner__load(l->skel);
	if (err)
		return warnings_fail(ret_error, err, "BPF programs");
	*ret = TAKE_PTR(l);
	return 0;
}

/* What is pinned was made by this very build, or -ESTALE. */
static int check_build(const struct loader *l, const struct owner_config *pinned)
{
	return pinned->abi == OWNER_ABI_VERSION && pinned->build == object_build(l->skel) ? 0
											  : -ESTALE;
}

/*
 * Every program that this kernel can have must be there, attached, but for those without which
 * only less is explained.
 */
static int open_links(struct loader *l, const char *dir)
{
	char path[256];

	for (size_t i = 0; i < feature_n_programs; i++) {
		if (!feature_is_present(&l->features, &feature_programs[i]) ||
		    l->hooks[i].state == HOOK_UNUSED)
			continue;
		snprintf(path, sizeof(path), "%s/links/%s", dir, feature_programs[i].name);
		l->links[i] = bpf_link__open(path);
		if (!l->links[i] && errno == ENOENT && feature_programs[i].demand)
			continue;
		l->hooks[i].state = l->links[i] ? HOOK_ATTACHED : HOOK_FAILED;
		l->hooks[i].error = l->links[i] ? 0 : -errno;
		if (!l->links[i] && feature_programs[i].need != NEED_NO)
			return -EUCLEAN;
	}
	return 0;
}

int loader_adopt(struct loader **ret, const struct loader_sizes *sizes, const char *dir)
{
	_cleanup_(loader_freep) struct loader *l = NULL;
	_cleanup_free_ char *error = NULL;
	struct bpf_program *prog = NULL;
	struct owner_config pinned;
	struct bpf_map *map;
	int err = registry_read_config(&pinned, dir);

	if (err)
		return err;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->adopts = true;
	err = open_object(l, &error)
		      ?: check_build(l, &pinned) ?: set_sizes(l, sizes) ?: share_maps(l, dir);
	if (err)
		return err;
	bpf_object__for_each_map(map, l->skel->obj)
	{
		err = reuse_map(map, dir);
		if (err)
			return err;
	}
	while ((prog = bpf_object__next_program(l->skel->obj, prog)))
		bpf_program__set_autoload(prog, false);
	err = owner__load(l->skel) ?: open_links(l, dir);
	if (err)
		return err;
	*ret = TAKE_PTR(l);
	return 0;
}

/* Programs that go through a map are named after it: check_groups. */
static struct bpf_link *attach_to_map(struct loader *l, struct bpf_program *prog)
{
	union bpf_iter_link_info info = {};
	struct bpf_iter_attach_opts opts;
	const char *map = strchr(bpf_program__name(prog), '_') + 1;

	memset(&opts, 0, sizeof(opts)); /* libbpf refuses padding that is not zero */
	opts.sz = sizeof(opts);
	opts.link_info = &info;
	opts.link_info_len = sizeof(info);
	info.map.map_fd = bpf_object__find_map_fd_by_name(l->skel->obj, map);
	return bpf_program__attach_iter(prog, &opts);
}

static void attach_one(struct loader *l, size_t i)
{
	struct loader_hook *hook = &l->hooks[i];
	struct bpf_program *prog =
		bpf_object__find_program_by_name(l->skel->obj, hook->program->name);

	if (!feature_is_present(&l->features, &feature_programs[i]) || hook->state == HOOK_UNUSED ||
	    hook->program->demand)
		return;
	if (strcmp(hook->program->symbol, "bpf_iter_bpf_map_elem") == 0)
		l->links[i] = attach_to_map(l, prog);
	else
		l->links[i] = bpf_program__attach(prog);
	if (l->links[i]) {
		hook->state = HOOK_ATTACHED;
	} else {
		hook->state = HOOK_FAILED;
		hook->error = -errno;
	}
}

void loader_attach(struct loader *l)
{
	for (size_t i = 0; i < feature_n_programs; i++)
		if (!feature_programs[i].refuses)
			attach_one(l, i);
	for (size_t i = 0; i < feature_n_programs; i++)
		if (feature_programs[i].refuses)
			attach_one(l, i);
}

static bool is_missing(const struct loader_hook *hook)
{
	if (hook->state == HOOK_UNUSED || hook->state == HOOK_WAITING)
		return false;
	return (hook->program->need == NEED_YES && hook->state != HOOK_ATTACHED) ||
	       (hook->program->need == NEED_IF_PRESENT && hook->state == HOOK_FAILED);
}

/* What has failed is tried again when it has not been wanted for a while. */
static bool is_wanted(const struct loader *l, size_t i, unsigned int demand)
{
	const struct loader_hook *hook = &l->hooks[i];

	return hook->program->demand == demand && hook->state != HOOK_UNUSED &&
	       hook->state != HOOK_FAILED &&
	       feature_is_present(&l->features, &feature_programs[i]) && !l->links[i];
}

#define ALL SIZE_MAX

/* Loads what is wanted, or of that only one, from another object, which has the maps of this one.
 */
static int load_wanted(struct loader *l, struct owner *skel, unsigned int demand, size_t only)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, skel->obj)
	{
		int fd = bpf_object__find_map_fd_by_name(l->skel->obj, bpf_map__name(map));

		err = err ?: fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
	}
	for (size_t i = 0; !err && i < feature_n_programs; i++) {
		const struct feature_program *p = &feature_programs[i];
		struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, p->name);
		bool wanted = (only == ALL || only == i) && is_wanted(l, i, demand);

		err = bpf_program__set_autoload(prog, wanted);
		if (!err && wanted && p->refuses && l->features.attach == ATTACH_FMOD_RET)
			err = use_fmod_ret(prog, p->symbol);
	}
	return err ?: owner__load(skel);
}

static int attach_wanted(struct loader *l, struct owner *skel, size_t i, const char *dir)
{
	const char *name = feature_programs[i].name;
	struct bpf_link *link =
		bpf_program__attach(bpf_object__find_program_by_name(skel->obj, name));
	char path[256];
	int err = 0;

	if (!link)
		return -errno;
	snprintf(path, sizeof(path), "%s/links/%s", dir ?: "", name);
	if (dir)
		err = bpf_link__pin(link, path);
	if (err) /* what would end with this process is as good as not attached */
		bpf_link__destroy(link);
	else
		l->links[i] = link;
	return err;
}

/* A kernel's build may lack a function of a module, which spoils the others of its demand. */
static int want_alone(struct loader *l, size_t i, const char *dir)
{
	struct owner *skel = object_open(&l->features);
	int err = skel ? load_wanted(l, skel, feature_programs[i].demand, i) : -errno;

	err = err ?: attach_wanted(l, skel, i, dir);
	owner__destroy(skel);
	return err;
}

/* All programs of one demand together: to open an object takes longer than to load most of them. */
static void want(struct loader *l, unsigned int demand, const char *dir)
{
	struct owner *skel = NULL;
	int err = 0;

	for (size_t i = 0; i < feature_n_programs; i++) {
		struct loader_hook *hook = &l->hooks[i];

		if (!is_wanted(l, i, demand))
			continue;
		if (!skel && !err) {
			skel = object_open(&l->features);
			err = skel ? load_wanted(l, skel, demand, ALL) : -errno;
		}
		hook->error = err ? want_alone(l, i, dir) : attach_wanted(l, skel, i, dir);
		hook->state = hook->error ? HOOK_FAILED : HOOK_ATTACHED;
		if (hook->error && hook->program->need == NEED_NO)
			log_warning("%s (%s) cannot be attached: %s", hook->program->name,
				    hook->program->job, strerror(-hook->error));
	}
	owner__destroy(skel);
}

static void take_off(struct loader *l, size_t i)
{
	l->hooks[i].state = HOOK_WAITING;
	if (!l->links[i])
		return;
	bpf_link__unpin(l->links[i]); /* fails where it was not pinned */
	bpf_link__destroy(l->links[i]);
	l->links[i] = NULL;
}

const struct loader_hook *loader_want(struct loader *l, unsigned int demands, const char *dir)
{
	const struct loader_hook *missing = NULL;

	for (unsigned int demand = 1; demand <= FOR_AREAS; demand <<= 1)
		if (demand & demands)
			want(l, demand, dir);
	for (size_t i = 0; i < feature_n_programs; i++) {
		const struct feature_program *p = &feature_programs[i];
		struct loader_hook *hook = &l->hooks[i];

		if (!p->demand || hook->state == HOOK_UNUSED)
			continue;
		if (!(p->demand & demands))
			take_off(l, i);
		else if (!feature_is_present(&l->features, p))
			hook->state = p->module ? HOOK_WAITING : HOOK_ABSENT;
		if (!missing && is_missing(hook))
			missing = hook;
	}
	return missing;
}

unsigned int loader_demands(const struct loader *l)
{
	unsigned int demands = 0;

	for (size_t i = 0; i < feature_n_programs; i++)
		if (l->links[i])
			demands |= feature_programs[i].demand;
	return demands;
}

const struct loader_hook *loader_hooks(const struct loader *l)
{
	return l->hooks;
}

const struct loader_hook *loader_missing(const struct loader *l, bool refusing)
{
	for (size_t i = 0; i < feature_n_programs; i++)
		if (feature_programs[i].refuses == refusing && is_missing(&l->hooks[i]))
			return &l->hooks[i];
	return NULL;
}

const struct loader_hook *loader_absent(const struct loader *l)
{
	for (size_t i = 0; i < feature_n_programs; i++)
		if (feature_programs[i].need == NEED_YES &&
		    !feature_is_present(&l->features, &feature_programs[i]) &&
		    l->hooks[i].state != HOOK_UNUSED && l->hooks[i].state != HOOK_WAITING)
			return &l->hooks[i];
	return NULL;
}

const struct features *loader_features(const struct loader *l)
{
	return &l->features;
}

struct owner_config *loader_config(struct loader *l)
{
	return (struct owner_config *)&l->skel->data->config;
}

struct registry_maps loader_maps(const struct loader *l)
{
	return (struct registry_maps){
		.groups = bpf_map__fd(l->skel->maps.groups),
		.holders = bpf_map__fd(l->skel->maps.holders),
		.domains = bpf_map__fd(l->skel->maps.domains),
		.tables = bpf_map__fd(l->skel->maps.tables),
		.devices = bpf_map__fd(l->skel->maps.devices),
		.kernel_maps = bpf_map__fd(l->skel->maps.kernel_maps),
		.stacks = bpf_map__fd(l->skel->maps.stacks),
		.refusals = bpf_map__fd(l->skel->maps.refusals),
		.recent = bpf_map__fd(l->skel->maps.recent),
		.generations = bpf_map__fd(l->skel->maps.generations),
		.selects = bpf_map__fd(l->skel->maps.selects),
		.rules = bpf_map__fd(l->skel->maps.rules),
		.matchers = bpf_map__fd(l->skel->maps.matchers),
		.drivers = bpf_map__fd(l->skel->maps.drivers),
		.counters = bpf_map__fd(l->skel->maps.data_counters),
	};
}

int loader_map_fd(const struct loader *l, const char *name)
{
	return bpf_object__find_map_fd_by_name(l->skel->obj, name);
}

int loader_set_handler(struct loader *l, rings_handler handler, void *userdata)
{
	const int maps[RINGS] = {
		[RING_VIOLATIONS] = bpf_map__fd(l->skel->maps.violations),
		[RING_CHANGES] = bpf_map__fd(l->skel->maps.changes),
	};

	return rings_open(&l->rings, maps, handler, userdata);
}

struct rings *loader_rings(struct loader *l)
{
	return &l->rings;
}

uint64_t loader_skipped(const struct loader *l, unsigned int demand)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < feature_n_programs; i++)
		if (l->hooks[i].state == HOOK_ATTACHED &&
		    (demand == ALWAYS || feature_programs[i].demand == demand))
			sum += skips_of(bpf_link__fd(l->links[i]));
	return sum;
}

int loader_opens_fd(const struct loader *l)
{
	for (size_t i = 0; i < feature_n_programs; i++)
		if (strcmp(feature_programs[i].name, "open_files") == 0 && l->links[i])
			return bpf_link__fd(l->links[i]);
	return -EOPNOTSUPP;
}

static int pin_links(struct loader *l, const char *dir)
{
	char path[256];

	for (size_t i = 0; i < feature_n_programs; i++) {
		int err;

		if (!l->links[i])
			continue;
		snprintf(path, sizeof(path), "%s/links/%s", dir, feature_programs[i].name);
		err = bpf_link__pin(l->links[i], path);
		if (err)
			return err;
	}
	return 0;
}

static int pin_maps(struct loader *l, const char *dir)
{
	struct bpf_map *map;
	char path[256];

	bpf_object__for_each_map(map, l->skel->obj)
	{
		int err = map_path(map, dir, path, sizeof(path)) ? bpf_map__pin(map, path) : 0;

		if (err)
			return err;
	}
	return 0;
}

int loader_pin(struct loader *l, const char *dir)
{
	static const char *const parts[] = {"", "/links", "/maps"};
	char path[256];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(path, sizeof(path), "%s%s", dir, parts[i]);
		if (mkdir(path, 0700) < 0)
			return -errno;
	}
	return pin_maps(l, dir) ?: pin_links(l, dir);
}

/*
 * Unpinned links end with their descriptors, at exit: closing each here would wait
 * for a grace period, once for every trampoline.
 */
void loader_free(struct loader *l)
{
	if (!l)
		return;
	rings_close(&l->rings);
	for (size_t i = 0; l->links && i < feature_n_programs; i++) {
		if (!l->links[i])
			continue;
		if (!l->adopts) /* else the pin keeps it, and the descriptor is in the way */
			bpf_link__disconnect(l->links[i]);
		bpf_link__destroy(l->links[i]);
	}
	owner__destroy(l->skel);
	feature_done(&l->features);
	free(l->links);
	free(l->hooks);
	free(l);
}
