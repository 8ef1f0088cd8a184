// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "policy.h"
#include "sysfs.h"
#include "util.h"

struct rule {
	struct owner_device_name device;
	uint32_t policy; /* POLICY_* */
};

/* In the order of devices; one rule for each. */
struct rules {
	struct rule *rules;
	size_t n;
};

static int compare_rules(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct owner_device_name));
}

static int parse(struct rule *rules, size_t *n, char *const *names, size_t n_names, uint32_t policy)
{
	for (size_t i = 0; i < n_names; i++) {
		struct rule *r = &rules[(*n)++];
		struct owner_device_name *d = &r->device;
		int err = sysfs_parse_device(names[i], d->bus, sizeof(d->bus), d->name,
					     sizeof(d->name));

		if (err)
			return err;
		r->policy = policy;
	}
	return 0;
}

static void merge_equal(struct rules *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (n && compare_rules(&r->rules[n - 1], &r->rules[i]) == 0)
			r->rules[n - 1].policy |= r->rules[i].policy;
		else
			r->rules[n++] = r->rules[i];
	}
	r->n = n;
}

static int make_rules(struct rules *r, const struct config *c)
{
	int err;

	r->rules = calloc(c->n_reserve + c->n_dedicate + 1, sizeof(*r->rules));
	if (!r->rules)
		return -ENOMEM;
	err = parse(r->rules, &r->n, c->reserve, c->n_reserve, POLICY_RESERVE)
		      ?: parse(r->rules, &r->n, c->dedicate, c->n_dedicate, POLICY_DEDICATE);
	if (err)
		return err;
	qsort(r->rules, r->n, sizeof(*r->rules), compare_rules);
	merge_equal(r);
	return 0;
}

static void warn_of_absent(const struct rules *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct owner_device_name *d = &r->rules[i].device;
		uint32_t group;

		if (sysfs_device_group("", d->bus, d->name, &group) < 0)
			log_warning(
				"%s/%s is not in any IOMMU group now; its policy acts when it is",
				d->bus, d->name);
	}
}

static int add(int map, const struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (bpf_map_update_elem(map, &r->rules[i].device, &r->rules[i].policy, BPF_ANY) < 0)
			return -errno;
	return 0;
}

/* A key is deleted after the one behind it is known, so the walk never starts anew. */
static int remove_others(int map, const struct rules *r)
{
	struct owner_device_name key, next;
	bool more = bpf_map_get_next_key(map, NULL, &next) == 0;

	while (more) {
		key = next;
		more = bpf_map_get_next_key(map, &key, &next) == 0;
		if (bsearch(&key, r->rules, r->n, sizeof(*r->rules), compare_rules))
			continue;
		if (bpf_map_delete_elem(map, &key) < 0)
			return -errno;
	}
	return 0;
}

int policy_apply(struct loader *l, const struct config *config)
{
	int err, map = loader_maps(l).policies;
	struct rules r = {};

	err = make_rules(&r, config);
	if (!err && r.n > OWNER_POLICIES_MAX)
		err = -E2BIG;
	if (!err)
		err = add(map, &r);
	if (!err) {
		loader_config(l)->policies |= r.n;
		err = remove_others(map, &r);
	}
	if (!err) {
		loader_config(l)->policies = r.n;
		warn_of_absent(&r);
	}
	free(r.rules);
	return err;
}
