// SPDX-License-Identifier: GPL-2.0-only
#include <pci/pci.h>
#include <stdlib.h>
#include <string.h>
#include "output.h"
#include "titles.h"

/* What the kernel tells of a PCI device when it comes: drivers/pci/pci-driver.c, pci_uevent(). */
struct facts {
	unsigned int class, vendor, model;
};

static bool read_facts(const char *device, struct facts *ret)
{
	_cleanup_free_ char *path = output_format("/sys/bus/pci/devices/%s/uevent", device);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	bool class = false, id = false;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		class |= sscanf(line, "PCI_CLASS=%x", &ret->class) == 1;
		id |= sscanf(line, "PCI_ID=%x:%x", &ret->vendor, &ret->model) == 2;
	}
	return class && id;
}

static void pci_silent(char *fmt, ...)
{
}

static void pci_dies(char *fmt, ...) __attribute__((noreturn));
static void pci_dies(char *fmt, ...)
{
	output_must(NULL); /* libpci has no other reason here than memory */
	abort();
}

/*
 * Loaded once: a look-up reads all of pci.ids.  Only pci_init() would set the
 * callbacks, and it wants access to a bus, which names do not need.
 */
static struct pci_access *pci_names(void)
{
	static struct pci_access *access;

	if (access)
		return access;
	access = output_must(pci_alloc());
	access->error = pci_dies;
	access->warning = pci_silent;
	access->debug = pci_silent;
	return access;
}

#define PCI_CLASS_BRIDGE 0x06 /* include/linux/pci_ids.h: PCI_BASE_CLASS_BRIDGE */

static void name_device(struct json_object *device)
{
	const char *bus = field_string(device, "bus"), *name = field_string(device, "name");
	struct facts facts;
	char text[256];

	/* A name becomes part of a path only if it is one of the PCI bus. */
	if (!name || !text_is(bus, "pci") || name[strspn(name, "0123456789abcdef:.")] ||
	    strstr(name, ".."))
		return;
	if (!read_facts(name, &facts))
		return;
	if (pci_lookup_name(pci_names(), text, sizeof(text), PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE,
			    (int)facts.vendor, (int)facts.model))
		field_add(device, "title", "%s", text);
	json_object_object_add(device, "bridge",
			       json_object_new_boolean(facts.class >> 16 == PCI_CLASS_BRIDGE));
}

void titles_add(struct json_object *group)
{
	struct json_object *devices = field_array(group, "devices");

	for (size_t i = 0; i < array_length(devices); i++)
		name_device(array_get(devices, i));
}
