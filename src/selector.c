// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "selector.h"
#include "sysfs.h"
#include "util.h"

#define HEX     "0123456789abcdefABCDEF"
#define DECIMAL "0123456789"

static int parse_name(const char *text, struct owner_device_name *ret)
{
	return sysfs_parse_device(text, ret->bus, sizeof(ret->bus), ret->name, sizeof(ret->name));
}

/* What "0000:3b:*" is short of, and where its name ends again. */
static const struct {
	enum policy_select kind;
	const char *rest;
	char end;
	unsigned int colons; /* before that end */
} pci_parts[] = {
	{SELECT_SLOT, "0", '.', 2},
	{SELECT_BUS, "00.0", ':', 1},
	{SELECT_DOMAIN, "00:00.0", ':', 0},
};

static void cut_name(char *name, char end, unsigned int colons)
{
	char *p = name;

	while (colons--)
		p = strchr(p, ':') + 1;
	p = strchr(p, end);
	memset(p, 0, strlen(p));
}

/* Text up to a star: the first address in it is parsed, and cut. */
static int parse_pci_part(const char *stem, size_t n, struct policy_select_key *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(pci_parts); i++) {
		char full[32];
		int r;

		if (snprintf(full, sizeof(full), "%.*s%s", (int)n, stem, pci_parts[i].rest) >=
		    (int)sizeof(full))
			return -EINVAL;
		r = parse_name(full, &key->name);
		if (r == -ENOMEM)
			return r;
		if (r)
			continue;
		key->kind = pci_parts[i].kind;
		cut_name(key->name.name, pci_parts[i].end, pci_parts[i].colons);
		return 0;
	}
	return -EINVAL;
}

static int parse_pci(const char *value, struct policy_select_key *key)
{
	size_t n = strcspn(value, "*/");

	if (!value[n]) {
		key->kind = SELECT_DEVICE;
		return parse_name(value, &key->name);
	}
	if (strcmp(value + n, "*") != 0)
		return -EINVAL;
	if (n)
		return value[n - 1] == ':' || value[n - 1] == '.' ? parse_pci_part(value, n, key)
								  : -EINVAL;
	key->kind = SELECT_BUS_ANY;
	strcpy(key->name.bus, "pci");
	return 0;
}

static int parse_id(const char *value, struct policy_select_key *key)
{
	if (strspn(value, HEX) != 4 || value[4] != ':')
		return -EINVAL;
	key->number = strtoul(value, NULL, 16);
	value += 5;
	if (!strcmp(value, "*")) {
		key->kind = SELECT_VENDOR;
		return 0;
	}
	if (strspn(value, HEX) != 4 || value[4])
		return -EINVAL;
	key->kind = SELECT_ID;
	key->number = key->number << 16 | strtoul(value, NULL, 16);
	return 0;
}

static int parse_class(const char *value, struct policy_select_key *key)
{
	size_t n;

	if (!strncasecmp(value, "0x", 2)) /* as sysfs shows it */
		value += 2;
	n = strspn(value, HEX);
	if (value[n] || (n != 2 && n != 4 && n != 6))
		return -EINVAL;
	key->kind = n == 2 ? SELECT_BASE_CLASS : n == 4 ? SELECT_SUBCLASS : SELECT_CLASS;
	key->number = strtoul(value, NULL, 16);
	return 0;
}

static int parse_driver(const char *value, struct policy_select_key *key)
{
	size_t n = strlen(value);

	if (n == 0 || n >= OWNER_DRIVER_LEN || strpbrk(value, "/*"))
		return -EINVAL;
	for (const char *c = value; *c; c++)
		if (*c < ' ' || *c > '~')
			return -EINVAL;
	key->kind = SELECT_DRIVER;
	memcpy(key->name.name, value, n);
	return 0;
}

/* In the kernel it is an int. */
static int parse_group(const char *value, struct policy_select_key *key)
{
	size_t n = strspn(value, DECIMAL);

	if (n == 0 || n > 10 || value[n] || (n > 1 && *value == '0'))
		return -EINVAL;
	key->kind = SELECT_GROUP;
	key->number = strtoull(value, NULL, 10);
	return key->number > INT_MAX ? -EINVAL : 0;
}

/* A star for the name: any name serves to have the bus checked. */
static int parse_bus(const char *bus, size_t n, struct policy_select_key *key)
{
	char full[OWNER_BUS_LEN + sizeof("/x")];
	int r;

	if (n >= OWNER_BUS_LEN || memchr(bus, '*', n))
		return -EINVAL;
	snprintf(full, sizeof(full), "%.*s/%s", (int)n, bus, "x");
	if (n == 3 && !strncasecmp(bus, "pci", 3))
		return parse_pci("*", key);
	r = parse_name(full, &key->name);
	key->kind = SELECT_BUS_ANY;
	memset(key->name.name, 0, sizeof(key->name.name));
	return r;
}

static int parse_device(const char *value, struct policy_select_key *key)
{
	const char *slash = strchr(value, '/');
	int r;

	if (!strcmp(value, "*")) {
		key->kind = SELECT_ANY;
		return 0;
	}
	if (!slash)
		return -EINVAL;
	if (!strcmp(slash, "/*"))
		return parse_bus(value, slash - value, key);
	if (strchr(value, '*'))
		return -EINVAL;
	key->kind = SELECT_DEVICE;
	r = parse_name(value, &key->name);
	return r == -ENAMETOOLONG ? -EINVAL : r;
}

static const struct {
	const char *key;
	int (*parse)(const char *value, struct policy_select_key *key);
	const char *remedy;
} keys[] = {
	{"pci", parse_pci,
	 "give an address, such as \"0000:3b:00.0\", or a star for the rest of one: "
	 "\"0000:3b:00.*\", \"0000:3b:*\", \"0000:*\", \"*\""},
	{"id", parse_id,
	 "give vendor and device, such as \"15b3:101e\", or \"15b3:*\"; lspci -n shows them"},
	{"class", parse_class,
	 "give 2, 4 or 6 hexadecimal digits, such as \"01\", \"0108\" or \"010802\"; lspci -n "
	 "shows them"},
	{"driver", parse_driver, "give the name of one driver, of at most 31 bytes, such as nvme"},
	{"group", parse_group,
	 "give the number of an IOMMU group, as /sys/kernel/iommu_groups has it"},
	{"device", parse_device,
	 "give \"BUS/NAME\", \"BUS/*\" or, for any device, \"*\"; a bus has at most 15 bytes, a "
	 "name 63"},
};
_Static_assert(OWNER_DRIVER_LEN == 32 && OWNER_BUS_LEN == 16 && OWNER_DEVICE_LEN == 64,
	       "as the remedies say");

int selector_parse(const char *key, const char *value, struct policy_select_key *ret,
		   const char **ret_remedy)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct policy_select_key k = {};
		int r;

		if (strcmp(keys[i].key, key) != 0)
			continue;
		r = keys[i].parse(value, &k);
		if (r == -ENOMEM)
			return r;
		if (r) {
			*ret_remedy = keys[i].remedy;
			return -EINVAL;
		}
		*ret = k;
		return 0;
	}
	*ret_remedy = "give pci, id, class, driver, group or device";
	return -EINVAL;
}
