// SPDX-License-Identifier: GPL-2.0-only
#include "rulefile.h"
#include "rules.h"
#include "util.h"

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define TEXT     (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER)
#define SECTION  (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR)
#define WORD     (CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT)

#define TEXT_FIELD(type, member)                                                                   \
	CYAML_FIELD_STRING_PTR(#member, TEXT, type, member, 0, CYAML_UNLIMITED)

/* devices */

static const cyaml_schema_field_t device_fields[] = {
	TEXT_FIELD(struct rulefile_device, pci),
	TEXT_FIELD(struct rulefile_device, id),
	TEXT_FIELD(struct rulefile_device, class),
	TEXT_FIELD(struct rulefile_device, driver),
	TEXT_FIELD(struct rulefile_device, group),
	TEXT_FIELD(struct rulefile_device, device),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t device = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct rulefile_device, device_fields),
};

/* claim, maps */

static const cyaml_strval_t true_names[] = {{"true", true}, {"yes", true}, {"on", true}};

static const cyaml_schema_field_t subject_fields[] = {
	TEXT_FIELD(struct pattern_subject, cgroup),
	TEXT_FIELD(struct pattern_subject, unit),
	TEXT_FIELD(struct pattern_subject, container),
	TEXT_FIELD(struct pattern_subject, pod),
	TEXT_FIELD(struct pattern_subject, vm),
	TEXT_FIELD(struct pattern_subject, uid),
	TEXT_FIELD(struct pattern_subject, gid),
	TEXT_FIELD(struct pattern_subject, exe),
	CYAML_FIELD_ENUM("any", WORD, struct pattern_subject, any, true_names,
			 ARRAY_SIZE(true_names)),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t subject = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct pattern_subject, subject_fields),
};

#define SUBJECT_LISTS                                                                              \
	CYAML_FIELD_SEQUENCE_COUNT("allow", TEXT, struct rulefile_subjects, allow, n_allow,        \
				   &subject, 0, POLICY_LIST_MAX),                                  \
		CYAML_FIELD_SEQUENCE_COUNT("deny", TEXT, struct rulefile_subjects, deny, n_deny,   \
					   &subject, 0, POLICY_LIST_MAX)

static const cyaml_schema_field_t claim_fields[] = {
	SUBJECT_LISTS,
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t maps_fields[] = {
	SUBJECT_LISTS,
	TEXT_FIELD(struct rulefile_subjects, limit),
	CYAML_FIELD_END,
};

/* bind */

static const cyaml_schema_value_t driver = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t bind_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("allow", TEXT, struct rulefile_bind, allow, n_allow, &driver, 0,
				   POLICY_DRIVERS_MAX),
	CYAML_FIELD_SEQUENCE_COUNT("deny", TEXT, struct rulefile_bind, deny, n_deny, &driver, 0,
				   POLICY_DRIVERS_MAX),
	CYAML_FIELD_END,
};

/* sysfs */

static const cyaml_strval_t file_names[] = {
	{"unbind", FILE_UNBIND},     {"remove", FILE_REMOVE},
	{"reset", FILE_RESET},       {"driver_override", FILE_DRIVER_OVERRIDE},
	{"new_id", FILE_NEW_ID},     {"sriov_numvfs", FILE_SRIOV_NUMVFS},
	{"resource", FILE_RESOURCE}, {"config", FILE_CONFIG},
};

const char *rulefile_file_name(uint32_t file)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_names); i++)
		if (file_names[i].val == file)
			return file_names[i].str;
	return file == FILE_BIND ? "bind" : "unknown";
}

static const cyaml_schema_value_t file = {
	CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, uint32_t, file_names, ARRAY_SIZE(file_names)),
};

static const cyaml_schema_field_t sysfs_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("deny-while-owned", TEXT, struct rulefile_sysfs, deny_owned,
				   n_deny_owned, &file, 0, ARRAY_SIZE(file_names)),
	CYAML_FIELD_SEQUENCE_COUNT("deny", TEXT, struct rulefile_sysfs, deny, n_deny, &file, 0,
				   ARRAY_SIZE(file_names)),
	CYAML_FIELD_END,
};

/* rules */

static const cyaml_schema_field_t rule_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct rulefile_rule, name, 0,
			       CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("devices", CYAML_FLAG_POINTER, struct rulefile_rule, devices,
				   n_devices, &device, 1, POLICY_SELECTS_MAX),
	CYAML_FIELD_MAPPING_PTR("claim", SECTION, struct rulefile_rule, claim, claim_fields),
	CYAML_FIELD_MAPPING_PTR("maps", SECTION, struct rulefile_rule, maps, maps_fields),
	CYAML_FIELD_MAPPING_PTR("bind", SECTION, struct rulefile_rule, bind, bind_fields),
	CYAML_FIELD_MAPPING_PTR("sysfs", SECTION, struct rulefile_rule, sysfs, sysfs_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t rule = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct rulefile_rule, rule_fields),
};

/* the file */

static const cyaml_strval_t verdict_names[] = {{"allow", false}, {"deny", true}};

static const cyaml_schema_field_t defaults_fields[] = {
	CYAML_FIELD_ENUM("claim", WORD, struct rulefile_defaults, deny_claim, verdict_names,
			 ARRAY_SIZE(verdict_names)),
	CYAML_FIELD_ENUM("bind", WORD, struct rulefile_defaults, deny_bind, verdict_names,
			 ARRAY_SIZE(verdict_names)),
	CYAML_FIELD_END,
};

static const cyaml_strval_t versions[] = {{"1", 1}};

static const cyaml_strval_t mode_names[] = {
	{"observe", RULES_MODE_OBSERVE},
	{"enforce", RULES_MODE_ENFORCE},
};

static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_ENUM("version", CYAML_FLAG_STRICT, struct rulefile, version, versions,
			 ARRAY_SIZE(versions)),
	CYAML_FIELD_ENUM("mode", WORD, struct rulefile, mode, mode_names, ARRAY_SIZE(mode_names)),
	CYAML_FIELD_MAPPING_PTR("defaults", SECTION, struct rulefile, defaults, defaults_fields),
	CYAML_FIELD_SEQUENCE_COUNT("rules", TEXT, struct rulefile, rules, n_rules, &rule, 0,
				   POLICY_RULES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t mapping = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct rulefile, fields),
};

#define SUBJECTS                                                                                   \
	"give a list of at most 4096 subjects, such as [{vm: \"web*\"}, {uid: 1000}]; [] is "      \
	"nobody"
#define DRIVERS                                                                                    \
	"give a list of at most 8192 drivers, such as [vfio-pci], or [\"*\"] for all; [] is none"
#define FILES                                                                                      \
	"give a list of unbind, remove, reset, driver_override, new_id, sriov_numvfs, resource, "  \
	"config, each once"
_Static_assert(POLICY_RULES_MAX == 4096 && POLICY_LIST_MAX == 4096 && POLICY_DRIVERS_MAX == 8192 &&
		       POLICY_SELECTS_MAX == 16384 && POLICY_NAME_LEN == 64,
	       "as the remedies say");

static const struct schema_remedy remedies[] = {
	{NULL, "version", "write \"version: 1\" at the beginning of the file"},
	{NULL, "mode", "give observe or enforce"},
	{NULL, "defaults", "give {claim: allow, bind: allow}, or deny"},
	{"defaults", "claim", "give allow or deny"},
	{"defaults", "bind", "give allow or deny"},
	{NULL, "rules",
	 "give a list of at most 4096 rules, each with name, devices, and claim, maps, bind or "
	 "sysfs"},
	{NULL, "name", "give a name of 1 to 63 bytes, in UTF-8 and without control characters"},
	{NULL, "devices",
	 "give a list of 1 to 16384 devices, such as [{pci: \"0000:3b:00.0\"}, {id: "
	 "\"15b3:101e\"}]"},
	{NULL, "claim", "give it an allow or deny list, such as {allow: [{vm: web}]}"},
	{NULL, "maps", "give it an allow or deny list or a limit, such as {limit: 64GiB}"},
	{NULL, "bind", "give it an allow or deny list, such as {allow: [vfio-pci]}"},
	{NULL, "sysfs",
	 "give it a deny or deny-while-owned list, such as {deny-while-owned: [unbind]}"},
	{"claim", "allow", SUBJECTS},
	{"claim", "deny", SUBJECTS},
	{"maps", "allow", SUBJECTS},
	{"maps", "deny", SUBJECTS},
	{"bind", "allow", DRIVERS},
	{"bind", "deny", DRIVERS},
	{"sysfs", "deny", FILES},
	{"sysfs", "deny-while-owned", FILES},
	{NULL, "limit",
	 "give a number of bytes above 0, or one with KiB, MiB, GiB or TiB, such as 64GiB"},
	{NULL, "any", "give true, or leave it out"},
	/* those that are wrong by their type only: else selector and pattern say more */
	{NULL, "pci", "give an address, such as \"0000:3b:00.0\""},
	{NULL, "id", "give vendor and device, such as \"15b3:101e\""},
	{NULL, "class", "give 2, 4 or 6 hexadecimal digits, such as \"0108\""},
	{NULL, "driver", "give the name of one driver, such as nvme"},
	{NULL, "group", "give the number of one IOMMU group"},
	{NULL, "device", "give \"BUS/NAME\", \"BUS/*\" or \"*\""},
	{NULL, "cgroup", "give one path; further ones in entries of their own"},
	{NULL, "unit", "give one unit; further ones in entries of their own"},
	{NULL, "container", "give one container; further ones in entries of their own"},
	{NULL, "pod", "give one pod; further ones in entries of their own"},
	{NULL, "vm", "give one name; further ones in entries of their own"},
	{NULL, "uid", "give one user; further ones in entries of their own"},
	{NULL, "gid", "give one group; further ones in entries of their own"},
	{NULL, "exe", "give one path; further ones in entries of their own"},
	{},
};

const struct schema rulefile_schema = {&mapping, remedies};
