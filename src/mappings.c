// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "mappings.h"
#include "sysfs.h"
#include "util.h"

#define MODULE      "vfio_iommu_type1"
#define MODULE_PATH "/sys/module/" MODULE
#define NOT_THERE   UINT32_MAX

/* Where a structure of a module, or of the kernel that it is built into, has a member: in bytes. */
static uint32_t offset_in(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), member) == 0)
			return btf_member_bit_offset(t, i) / 8;
	return NOT_THERE;
}

static uint32_t find_offset(struct btf *vmlinux, const char *module, const char *type,
			    const char *member)
{
	uint32_t offset = offset_in(vmlinux, type, member);
	struct btf *btf;

	if (offset != NOT_THERE)
		return offset;
	btf = btf__load_module_btf(module, vmlinux);
	offset = btf ? offset_in(btf, type, member) : NOT_THERE;
	btf__free(btf);
	return offset;
}

/* Modules have no BTF before 5.11: the offsets of 5.10, x86-64 without lock debugging. */
static const struct owner_layout layout_5_10 = {
	.container_driver = 64,
	.container_data = 72,
	.dma_avail = 128,
};

static void learn(struct owner_layout *ret, bool before_btf)
{
	struct btf *vmlinux = before_btf ? NULL : btf__load_vmlinux_btf();
	struct owner_layout l = layout_5_10;

	if (vmlinux)
		l = (struct owner_layout){
			.container_driver =
				find_offset(vmlinux, "vfio", "vfio_container", "iommu_driver"),
			.container_data =
				find_offset(vmlinux, "vfio", "vfio_container", "iommu_data"),
			.dma_avail = find_offset(vmlinux, MODULE, "vfio_iommu", "dma_avail"),
		};
	btf__free(vmlinux);
	if (l.container_driver != NOT_THERE && l.container_data != NOT_THERE &&
	    l.dma_avail != NOT_THERE && (vmlinux || before_btf))
		*ret = l;
	ret->looked_up = 1;
}

/* Of the container that the group's user has claimed by; below 0: not known. */
static int64_t count(const struct opens *opens, const struct owner_holder *holder, uint32_t limit)
{
	for (size_t i = 0; holder->space && i < opens->n; i++) {
		const struct owner_open *o = &opens->all[i];

		if (o->space == holder->space && o->avail != OWNER_NO_COUNT && o->avail <= limit)
			return limit - o->avail;
	}
	return -1;
}

void mappings_count(struct loader *l, const struct opens *opens, struct registry *r)
{
	struct owner_layout *layout = &loader_config(l)->layout;
	char line[32];

	if (sysfs_read_line(MODULE_PATH "/parameters/dma_entry_limit", line, sizeof(line)) < 0)
		return;
	if (!layout->looked_up)
		learn(layout, loader_features(l)->arbiter == ARBITER_OWNERD);
	for (size_t i = 0; i < r->n_groups; i++)
		if (r->groups[i].held && r->groups[i].mappings < 0)
			r->groups[i].mappings =
				count(opens, &r->groups[i].holder, strtoul(line, NULL, 10));
}
