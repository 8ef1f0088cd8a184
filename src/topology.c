// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <pci/pci.h>
#include <stdarg.h>
#include <string.h>
#include "log.h"
#include "output.h"
#include "topology.h"

/* What the kernel wants of a port: REQ_ACS_FLAGS in drivers/iommu/iommu.c. */
#define ACS_WANTED                                                                                 \
	(PCI_ACS_CTRL_VALID | PCI_ACS_CTRL_REQ_RED | PCI_ACS_CTRL_CMPLT_RED | PCI_ACS_CTRL_FORWARD)

/* What others than root may read: PCI_STD_HEADER_SIZEOF, include/uapi/linux/pci_regs.h. */
#define STANDARD_HEADER 64

struct topology {
	struct pci_access *access;
	char *root;
};

/* libpci expects that this does not return. */
static _Noreturn void die(char *fmt, ...)
{
	log_error("libpci cannot go on: %s", fmt);
	exit(EXIT_FAILURE);
}

static void be_silent(char *fmt, ...)
{
}

struct topology *topology_new(const char *root)
{
	struct topology *t = output_must(calloc(1, sizeof(*t)));
	_cleanup_free_ char *path = output_format("%s/sys/bus/pci", root);

	t->root = output_format("%s", root);
	t->access = output_must(pci_alloc());
	t->access->method = PCI_ACCESS_SYS_BUS_PCI;
	t->access->error = die;
	t->access->warning = be_silent;
	t->access->debug = be_silent;
	pci_set_param(t->access, "sysfs.path", path);
	pci_init(t->access);
	return t;
}

void topology_free(struct topology *t)
{
	if (!t)
		return;
	pci_cleanup(t->access);
	free(t->root);
	free(t);
}

/* Its place in the tree: the last directory but one. */
static bool read_above(const struct topology *t, const char *name, struct topology_device *ret)
{
	_cleanup_free_ char *link = output_format("%s/sys/bus/pci/devices/%s", t->root, name);
	char path[PATH_MAX], *above;

	if (!realpath(link, path))
		return false;
	*strrchr(path, '/') = '\0';
	above = strrchr(path, '/');
	if (above && strlen(above + 1) < sizeof(ret->above))
		memcpy(ret->above, above + 1, strlen(above + 1) + 1);
	return true;
}

/* As pci_acs_flags_enabled(), drivers/pci/pci.c: what a port does not have need not be switched on.
 */
static enum topology_fault judge_acs(struct pci_dev *dev, enum topology_fault without)
{
	struct pci_cap *acs = pci_find_cap(dev, PCI_EXT_CAP_ID_ACS, PCI_CAP_EXTENDED);
	u16 wanted;

	if (!acs)
		return without;
	wanted = ACS_WANTED & pci_read_word(dev, acs->addr + PCI_ACS_CAP);
	if ((pci_read_word(dev, acs->addr + PCI_ACS_CTRL) & wanted) == wanted)
		return FAULT_NONE;
	return without == FAULT_PORT ? FAULT_PORT_OFF : without;
}

/* As pci_acs_enabled(), drivers/pci/pci.c, without what it knows of single models. */
static enum topology_fault judge(struct pci_dev *dev, const struct topology_device *d)
{
	u8 beyond[4];
	struct pci_cap *express;

	if (!pci_read_block(dev, STANDARD_HEADER, beyond, sizeof(beyond)))
		return FAULT_UNREADABLE;
	express = pci_find_cap(dev, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
	if (!express)
		return d->bridge ? FAULT_CONVENTIONAL : FAULT_LEGACY;
	switch ((pci_read_word(dev, express->addr + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4) {
	case PCI_EXP_TYPE_PCI_BRIDGE:
	case PCI_EXP_TYPE_PCIE_BRIDGE:
		return FAULT_CONVENTIONAL;
	case PCI_EXP_TYPE_ROOT_PORT:
	case PCI_EXP_TYPE_DOWNSTREAM:
		return judge_acs(dev, FAULT_PORT);
	default:
		return d->functions ? judge_acs(dev, FAULT_FUNCTION) : FAULT_NONE;
	}
}

bool topology_read(struct topology *t, const char *name, struct topology_device *ret)
{
	struct topology_device d = {.fault = FAULT_UNREADABLE};
	unsigned int domain, bus, slot, function;
	struct pci_dev *dev;

	if (!name || name[strspn(name, "0123456789abcdef:.")] || strstr(name, "..") ||
	    sscanf(name, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4 ||
	    !read_above(t, name, &d))
		return false;
	dev = pci_get_dev(t->access, (int)domain, (int)bus, (int)slot, (int)function);
	if (dev) {
		u8 type = pci_read_byte(dev, PCI_HEADER_TYPE);

		d.bridge = (type & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
		d.functions = (type & 0x80) != 0 || function > 0;
		pci_fill_info(dev, PCI_FILL_CAPS | PCI_FILL_EXT_CAPS);
		d.fault = judge(dev, &d);
		pci_free_dev(dev);
	}
	*ret = d;
	return true;
}

const char *topology_words(enum topology_fault fault)
{
	static const char *const words[] = {
		[FAULT_UNREADABLE] = "ACS not known",
		[FAULT_CONVENTIONAL] = "bridge to conventional PCI",
		[FAULT_PORT] = "no ACS",
		[FAULT_PORT_OFF] = "ACS off",
		[FAULT_FUNCTION] = "no ACS between functions",
		[FAULT_LEGACY] = "conventional PCI",
	};

	return words[fault];
}

bool topology_same_slot(const char *a, const char *b)
{
	size_t n = strcspn(a, ".");

	return strncmp(a, b, n) == 0 && b[n] == '.';
}

/* Of one device, or NULL: it may separate the others, as far as can be seen. */
static char *reason(const char *name, const struct topology_device *d, bool sibling)
{
	switch (d->fault) {
	case FAULT_CONVENTIONAL:
		return output_format("%s is a bridge to conventional PCI: what is behind it "
				     "cannot be told apart",
				     name);
	case FAULT_PORT:
		return output_format("port %s has no ACS: what is behind it reaches its siblings "
				     "past the IOMMU",
				     name);
	case FAULT_PORT_OFF:
		return output_format("port %s has ACS, which is not switched on", name);
	case FAULT_FUNCTION:
	case FAULT_LEGACY:
		return sibling ? output_format("%.*s is a multifunction device without ACS: its "
					       "functions reach each other",
					       (int)strcspn(name, "."), name)
			       : NULL;
	default:
		return NULL;
	}
}

static void add(char ***list, size_t *n, char *line)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*list)[i], line) == 0) {
			free(line);
			return;
		}
	*list = output_must(reallocarray(*list, *n + 2, sizeof(**list)));
	(*list)[(*n)++] = line;
	(*list)[*n] = NULL;
}

char **topology_reasons(const char *const *names, const struct topology_device *devices, size_t n)
{
	char **list = output_must(calloc(1, sizeof(*list)));
	bool unreadable = false;
	size_t found = 0;

	for (size_t i = 0; n > 1 && i < n; i++) {
		bool sibling = false;
		char *line;

		unreadable |= devices[i].fault == FAULT_UNREADABLE;
		for (size_t j = 0; j < n; j++)
			sibling |= j != i && topology_same_slot(names[i], names[j]);
		line = reason(names[i], &devices[i], sibling);
		if (line)
			add(&list, &found, line);
	}
	if (n > 1 && !found)
		add(&list, &found,
		    output_format("%s", unreadable
						? "why cannot be read: run it as root"
						: "why is not in their configuration space: "
						  "the IOMMU's driver or the firmware has it so"));
	return list;
}
