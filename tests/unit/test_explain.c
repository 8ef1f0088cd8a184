// SPDX-License-Identifier: GPL-2.0-only
/*
 * ownerctl why: a table of groups, and what must and must not be said of each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "explain.h"
#include "output.h"

#define TASK(pid, comm, unit, cgroup, alive)                                                       \
	"{\"pid\":" #pid ",\"start\":1,\"uid\":0,\"comm\":\"" comm "\",\"unit\":" unit             \
	",\"cgroup\":" cgroup ",\"alive\":" alive "}"
#define SERVICE   TASK(812, "spdk_tgt", "\"spdk.service\"", "\"/system.slice/spdk.service\"", "true")
#define EXITED    TASK(812, "spdk_tgt", "\"spdk.service\"", "\"/system.slice/spdk.service\"", "false")
#define UNKNOWN   "null"
#define HEIR      TASK(813, "heir", "null", "null", "true")
#define OPEN(t)   "[{\"task\":" t ",\"fd\":7,\"claims\":false}]"
#define CLAIMS(t) "[{\"task\":" t ",\"fd\":7,\"claims\":true}]"

#define DEVICE(name, driver, managed, more)                                                        \
	"{\"bus\":\"pci\",\"name\":\"" name "\",\"driver\":" driver ",\"managed\":" managed more "}"
#define E1000    DEVICE("0000:02:01.0", "\"e1000\"", "false", "")
#define NVME     DEVICE("0000:02:02.0", "\"nvme\"", "false", "")
#define VFIO     DEVICE("0000:02:01.0", "\"vfio-pci\"", "true", "")
#define MLX5     DEVICE("0000:02:01.0", "\"mlx5_vfio_pci\"", "true", "")
#define STUB     DEVICE("0000:02:02.0", "\"pci-stub\"", "true", "")
#define BARE     DEVICE("0000:02:03.0", "null", "false", "")
#define PORT     DEVICE("0000:00:1c.0", "\"pcieport\"", "true", "")
#define BRIDGE   DEVICE("0000:01:00.0", "null", "false", ",\"bridge\":true")
#define PLATFORM "{\"bus\":\"platform\",\"name\":\"dma0\",\"driver\":\"pl330\",\"managed\":false}"
#define HOSTILE  DEVICE("a'b;reboot", "\"x$(id)\"", "false", "")

#define GROUP(owner, count, holder, more, devices)                                                 \
	"{\"group\":14,\"owner\":\"" owner "\",\"count\":" #count ",\"since\":1,\"seeded\":false," \
	"\"reserved\":" more ",\"holder\":" holder                                                 \
	",\"holder_seeded\":false,\"devices\":[" devices "]}"
#define NO_POLICY "false,\"dedicated\":false"
#define RULE(act, name, place)                                                                     \
	",\"rules\":[{\"act\":\"" act "\",\"name\":\"" name "\",\"place\":\"" place "\"}]"
#define IS_RESERVED                                                                                \
	"true,\"dedicated\":false" RULE("claim", "reserve 0000:02:01.0", "--reserve 0000:02:01.0")
#define IS_DEDICATED                                                                               \
	"false,\"dedicated\":true" RULE("bind", "dedicate 0000:02:01.0", "--dedicate 0000:02:01.0")
#define HAS_RULE NO_POLICY RULE("claim", "gpu0", "10-gpu.yaml:4")
#define REFUSED(act, verdict, by, reason, error, device)                                           \
	NO_POLICY ",\"refused\":{\"time\":5,\"group\":14,\"act\":\"" act                           \
		  "\",\"verdict\":\"" verdict "\",\"by\":\"" by "\",\"reason\":\"" reason          \
		  "\",\"error\":1,\"errno\":\"" error "\",\"owner\":\"user\",\"device\":" device   \
		  ",\"task\":" HEIR ",\"holder\":" SERVICE ",\"message\":\"m\"}"

#define MAX_WORDS 8

struct row {
	const char *name, *group, *opens, *mode;
	bool claim, bind;
	const char *says[MAX_WORDS], *not_says[MAX_WORDS];
};

static struct row rows[] = {
	{"free group with a VFIO device: both",
	 GROUP("none", 0, "null", NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {"driverctl unset-override 0000:02:01.0",
	  "echo 0000:02:01.0 > /sys/bus/pci/drivers/vfio-pci/unbind",
	  "echo > /sys/bus/pci/devices/0000:02:01.0/driver_override"},
	 {"obstacles\":[{", "warnings\":[\""}},
	{"vendor's VFIO driver makes a node too",
	 GROUP("none", 0, "null", NO_POLICY, MLX5),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {},
	 {"no-node"}},
	{"kernel-owned: every DMA driver is named",
	 GROUP("kernel", 2, "null", NO_POLICY, E1000 "," NVME "," VFIO "," PORT),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"0000:02:01.0 is bound to e1000", "0000:02:02.0 is bound to nvme",
	  "driverctl set-override 0000:02:01.0 vfio-pci",
	  "echo vfio-pci > /sys/bus/pci/devices/0000:02:02.0/driver_override",
	  "echo 0000:02:02.0 > /sys/bus/pci/drivers/nvme/unbind",
	  "echo 0000:02:02.0 > /sys/bus/pci/drivers_probe", "end the use of 0000:02:02.0"},
	 {"0000:00:1c.0", "no-node"}},
	{"kernel-owned and no device shows a driver",
	 GROUP("kernel", 1, "null", NO_POLICY, BARE),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"counts 1 host drivers"},
	 {}},
	{"kernel-owned without any VFIO device has no node",
	 GROUP("kernel", 1, "null", NO_POLICY, E1000 "," BARE),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"no-node", "driverctl set-override 0000:02:03.0 vfio-pci"},
	 {}},
	{"platform device: no driverctl, vfio-platform",
	 GROUP("kernel", 1, "null", NO_POLICY, PLATFORM),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"platform/dma0 is bound to pl330",
	  "echo vfio-platform > /sys/bus/platform/devices/dma0/driver_override",
	  "echo dma0 > /sys/bus/platform/drivers/pl330/unbind"},
	 {"driverctl set"}},
	{"live holder stands in the way of both",
	 GROUP("user", 1, SERVICE, NO_POLICY, VFIO),
	 CLAIMS(SERVICE),
	 "enforce",
	 false,
	 false,
	 {"spdk_tgt[812] of spdk.service holds it", "systemctl stop spdk.service"},
	 {"kind\":\"open\"", "exited"}},
	{"live holder, and another has its descriptor",
	 GROUP("user", 1, SERVICE, NO_POLICY, VFIO),
	 CLAIMS(HEIR),
	 "enforce",
	 false,
	 false,
	 {"spdk_tgt[812] of spdk.service holds it", "heir[813] has the group's node open (fd 7)",
	  "kill 813"},
	 {"EBUSY"}},
	{"dead holder, descriptor passed on: the heir is named",
	 GROUP("user", 1, EXITED, NO_POLICY, VFIO),
	 CLAIMS(HEIR),
	 "enforce",
	 false,
	 false,
	 {"has exited, but the claim stands", "heir[813] has the group's node open", "kill 813"},
	 {"systemctl stop spdk", "ls -l /proc"}},
	{"dead holder and nobody has the node open: search",
	 GROUP("user", 1, EXITED, NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"has exited, but the claim stands", "ls -l /proc/[0-9]*/fd"},
	 {"systemctl stop spdk"}},
	{"unknown holder",
	 GROUP("user", 1, UNKNOWN, NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"a user holds it, whose claim ownerd has not seen", "ls -l /proc"},
	 {}},
	{"unknown holder with the node open",
	 GROUP("user", 1, UNKNOWN, NO_POLICY, VFIO),
	 OPEN(HEIR),
	 "enforce",
	 false,
	 false,
	 {"heir[813] has the group's node open", "kill 813"},
	 {"ls -l"}},
	{"user-owned and opens not known",
	 GROUP("user", 1, SERVICE, NO_POLICY, VFIO),
	 NULL,
	 NULL,
	 false,
	 false,
	 {"not known while ownerd is not running"},
	 {}},
	{"user-owned beside a DMA driver: both are named",
	 GROUP("user", 1, SERVICE, NO_POLICY, VFIO "," NVME),
	 "[]",
	 NULL,
	 false,
	 false,
	 {"0000:02:02.0 is bound to nvme", "spdk_tgt[812]"},
	 {}},
	{"reserved: no claim, and --reserve is named",
	 GROUP("none", 0, "null", IS_RESERVED, VFIO),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"ownerd's policy: --reserve 0000:02:01.0", "systemctl restart ownerd.service",
	  "kind\":\"reserved\""},
	 {"dedicate"}},
	{"a rule says who may claim it",
	 GROUP("none", 0, "null", HAS_RULE, VFIO),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {"rule \\\"gpu0\\\" (10-gpu.yaml:4) says who may claim it",
	  "ownerctl can --as SUBJECT claim 14"},
	 {}},
	{"reserved, mode not known: taken for enforce",
	 GROUP("none", 0, "null", IS_RESERVED, VFIO),
	 "[]",
	 NULL,
	 false,
	 true,
	 {"reserved"},
	 {}},
	{"reserved, observe mode: a warning",
	 GROUP("none", 0, "null", IS_RESERVED, VFIO),
	 "[]",
	 "observe",
	 true,
	 true,
	 {"only observes"},
	 {"obstacles\":[{"}},
	{"dedicated: no host driver",
	 GROUP("none", 0, "null", IS_DEDICATED, VFIO),
	 "[]",
	 "enforce",
	 true,
	 false,
	 {"ownerd's policy: --dedicate 0000:02:01.0", "kind\":\"dedicated\""},
	 {"unset-override", "reserve"}},
	{"dedicated, observe mode: a warning",
	 GROUP("none", 0, "null", IS_DEDICATED, VFIO),
	 "[]",
	 "observe",
	 true,
	 true,
	 {"only observes"},
	 {"obstacles\":[{"}},
	{"open but not claimed: EBUSY for others",
	 GROUP("none", 0, "null", NO_POLICY, VFIO),
	 OPEN(HEIR),
	 "enforce",
	 false,
	 true,
	 {"heir[813] has the group's node open (fd 7): it opens once, and another open gets EBUSY",
	  "kill 813", "may claim the group at any moment"},
	 {}},
	{"no VFIO device: no node, and how to bind",
	 GROUP("none", 0, "null", NO_POLICY, BARE),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"no-node", "driverctl set-override 0000:02:03.0 vfio-pci",
	  "echo 0000:02:03.0 > /sys/bus/pci/drivers_probe"},
	 {"unbind", "exposed"}},
	{"exposed siblings beside a user: stub and driverless, not the bridges",
	 GROUP("user", 1, SERVICE, NO_POLICY, VFIO "," STUB "," BARE "," PORT "," BRIDGE),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"0000:02:02.0 (on pci-stub) is exposed", "0000:02:03.0 (no driver) is exposed"},
	 {"0000:00:1c.0", "0000:01:00.0"}},
	{"bridges are nothing to bind",
	 GROUP("none", 0, "null", NO_POLICY, VFIO "," PORT "," BRIDGE),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {},
	 {"0000:00:1c.0", "0000:01:00.0"}},
	{"an empty group",
	 GROUP("none", 0, "null", NO_POLICY, ""),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"no-node"},
	 {}},
	{"libvirt's machine is shut down by name",
	 GROUP("user", 1,
	       TASK(9, "qemu", "null",
		    "\"/machine.slice/machine-qemu\\\\x2d1\\\\x2dwin\\\\x2010.scope\"", "true"),
	       NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"virsh shutdown 'win 10'"},
	 {"kill"}},
	{"machine's name that is none",
	 GROUP("user", 1,
	       TASK(9, "qemu", "null", "\"/machine.slice/machine-qemu\\\\x2d\\\\x.scope\"", "true"),
	       NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"kill 9"},
	 {"virsh"}},
	{"container by its engine",
	 GROUP("user", 1,
	       TASK(9, "dpdk", "null",
		    "\"/system.slice/"
		    "docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		    ".scope\"",
		    "true"),
	       NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"docker stop 0123456789ab\""},
	 {"kill"}},
	{"a scope that only looks like a container's",
	 GROUP("user", 1,
	       TASK(9, "conmon", "null", "\"/system.slice/crio-conmon-01.scope\"", "true"),
	       NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"kill 9"},
	 {"crictl"}},
	{"Proxmox machine",
	 GROUP("user", 1, TASK(9, "kvm", "\"104.scope\"", "\"/qemu.slice/104.scope\"", "true"),
	       NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"qm shutdown 104"},
	 {"kill"}},
	{"a session's process is killed, its session is not",
	 GROUP("user", 1, TASK(9, "vi", "\"session-3.scope\"", "null", "true"), NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"kill 9"},
	 {"systemctl stop", "loginctl"}},
	{"sshd is never stopped for one process",
	 GROUP("user", 1, TASK(9, "vi", "\"ssh.service\"", "\"/system.slice/ssh.service\"", "true"),
	       NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"kill 9"},
	 {"systemctl stop"}},
	{"a user's own service",
	 GROUP("user", 1, TASK(9, "vi", "\"vm.service\"", "\"/user.slice/u/vm.service\"", "true"),
	       NO_POLICY, VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"kill 9"},
	 {"systemctl stop"}},
	{"hostile names are quoted for the shell",
	 GROUP("kernel", 1, "null", NO_POLICY, HOSTILE),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"driverctl set-override 'a'\\\\''b;reboot' vfio-pci", "drivers/'x$(id)'/unbind"},
	 {}},
	{"refused bind: what the caller saw",
	 GROUP("user", 1, SERVICE, REFUSED("bind", "deny", "ownerd", "user-owned", "EBUSY", E1000),
	       VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"heir[813] (uid 0) tried to bind e1000 to 0000:02:01.0: refused by ownerd",
	  "since spdk_tgt[812] of spdk.service held the group", "ENOMEM", "ENODEV", "EINVAL"},
	 {}},
	{"the kernel's refusal of a bind",
	 GROUP("user", 1, SERVICE, REFUSED("bind", "deny", "kernel", "user-owned", "EBUSY", E1000),
	       VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"the kernel's own ownership check", "EBUSY from bind"},
	 {"ENOMEM"}},
	{"the kernel's refusal of a claim",
	 GROUP("kernel", 1, "null",
	       REFUSED("claim", "deny", "kernel", "kernel-owned", "EPERM", "null"), E1000),
	 "[]",
	 "enforce",
	 false,
	 true,
	 {"tried to claim the group: refused by the kernel's own", "saw\":\"EPERM\"",
	  "since host drivers were bound"},
	 {"ENOMEM"}},
	{"another module's refusal of an open",
	 GROUP("none", 0, "null", REFUSED("open", "deny", "lsm", "other-lsm", "EACCES", "null"),
	       VFIO),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {"tried to open the group's node: refused by another security module", "saw\":\"EACCES\""},
	 {}},
	{"observe mode refused nothing",
	 GROUP("none", 0, "null",
	       REFUSED("open", "would-deny", "ownerd", "reserved", "EPERM", "null"), VFIO),
	 "[]",
	 "observe",
	 true,
	 true,
	 {"would have refused it", "no error: it went through"},
	 {}},
	{"an open while the node was in use",
	 GROUP("none", 0, "null", REFUSED("open", "deny", "kernel", "in-use", "EBUSY", "null"),
	       VFIO),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {"refused by the kernel, since the node opens once, and was in use", "saw\":\"EBUSY\""},
	 {"ownership check"}},
	{"an open that the cgroup does not allow",
	 GROUP("none", 0, "null", REFUSED("open", "deny", "kernel", "cgroup", "EPERM", "null"),
	       VFIO),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {"its cgroup does not allow it the node", "DeviceAllow="},
	 {"ownership check"}},
	{"an open that the node's mode does not allow",
	 GROUP("none", 0, "null", REFUSED("open", "deny", "kernel", "mode", "EACCES", "null"),
	       VFIO),
	 "[]",
	 "enforce",
	 true,
	 true,
	 {"since the node's mode, owner and ACL do not allow it"},
	 {"ownership check"}},
	{"a map beyond a limit",
	 GROUP("user", 1, SERVICE, REFUSED("map", "deny", "ownerd", "limit", "EPERM", "null"),
	       VFIO),
	 "[]",
	 "enforce",
	 false,
	 false,
	 {"tried to map memory for DMA: refused by ownerd, since more would be mapped"},
	 {}},
	{"a device's descriptor keeps the claim of one who has gone",
	 GROUP("user", 1, EXITED, NO_POLICY, VFIO),
	 "[{\"task\":" HEIR ",\"fd\":7,\"device\":true,\"claims\":false}]",
	 "enforce",
	 false,
	 false,
	 {"the claim stands", "heir[813] has a device's descriptor open (fd 7)", "kill 813"},
	 {"grep", "may claim the group"}},
	{"an object that is none", "{}", NULL, NULL, false, true, {"no-node"}, {}},
	{"wrong types are as good as absent",
	 "{\"group\":\"x\",\"owner\":7,\"devices\":{},\"holder\":[],\"refused\":3}",
	 "{}",
	 NULL,
	 false,
	 true,
	 {"owner\":\"?\""},
	 {}},
};

static void run_row(void **state)
{
	const struct row *row = *state;
	_cleanup_json_ struct json_object *group = json_tokener_parse(row->group);
	_cleanup_json_ struct json_object *opens = NULL, *why = NULL;
	const char *text;

	assert_non_null(group);
	if (row->opens) {
		opens = json_tokener_parse(row->opens);
		assert_non_null(opens);
	}
	why = explain_group(
		&(struct explain_question){.group = group, .opens = opens, .mode = row->mode});
	text = json_object_to_json_string_ext(why, JSON_C_TO_STRING_PLAIN |
							   JSON_C_TO_STRING_NOSLASHESCAPE);
	assert_int_equal(field_bool(field_object(why, "claim"), "possible"), row->claim);
	assert_int_equal(field_bool(field_object(why, "bind"), "possible"), row->bind);
	for (size_t i = 0; i < MAX_WORDS && row->says[i]; i++)
		if (!strstr(text, row->says[i]))
			fail_msg("\"%s\" is not said in %s", row->says[i], text);
	for (size_t i = 0; i < MAX_WORDS && row->not_says[i]; i++)
		if (strstr(text, row->not_says[i]))
			fail_msg("\"%s\" is said in %s", row->not_says[i], text);
}

/* Without an obstacle an act is possible, and the other way round. */
static void test_possible_means_no_obstacle(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static const char *const acts[] = {"claim", "bind"};
		_cleanup_json_ struct json_object *group = json_tokener_parse(rows[i].group);
		_cleanup_json_ struct json_object *why = NULL;

		why = explain_group(&(struct explain_question){.group = group});
		for (size_t j = 0; j < 2; j++) {
			struct json_object *answer = field_object(why, acts[j]);

			assert_int_equal(field_bool(answer, "possible"),
					 array_length(field_array(answer, "obstacles")) == 0);
		}
	}
}

/* What its user may lock is told where it is limited; there may be some left. */
static void test_lock(void **state)
{
	static const struct {
		struct memlock memlock;
		bool possible;
		const char *says;
	} cases[] = {
		{{65536, 4096}, true, "may lock 64 KiB (RLIMIT_MEMLOCK), of which 4 KiB are"},
		{{65536, 65536}, false, "of which 64 KiB are"},
		{{4095, 0}, false, "may lock 4095 bytes"},
		{{65536, 1 << 20}, false, "of which 1 MiB are"},
	};
	_cleanup_json_ struct json_object *group =
		json_tokener_parse(GROUP("user", 1, SERVICE, NO_POLICY, VFIO));

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ struct json_object *why = explain_group(
			&(struct explain_question){.group = group, .memlock = &cases[i].memlock});
		struct json_object *lock = field_object(why, "lock");
		struct json_object *obstacles = field_array(lock, "obstacles");

		assert_int_equal(field_bool(lock, "possible"), cases[i].possible);
		assert_int_equal(array_length(obstacles), 1);
		assert_string_equal(field_string(array_get(obstacles, 0), "kind"), "memlock");
		assert_non_null(
			strstr(field_string(array_get(obstacles, 0), "text"), cases[i].says));
	}
}

static void test_lock_is_no_limit(void **state)
{
	static const struct memlock memlock = {};
	_cleanup_json_ struct json_object *users =
		json_tokener_parse(GROUP("user", 1, SERVICE, NO_POLICY, VFIO));
	_cleanup_json_ struct json_object *nobodys =
		json_tokener_parse(GROUP("none", 0, "null", NO_POLICY, VFIO));
	_cleanup_json_ struct json_object *without =
		explain_group(&(struct explain_question){.group = users});
	_cleanup_json_ struct json_object *unowned =
		explain_group(&(struct explain_question){.group = nobodys, .memlock = &memlock});

	assert_null(field_object(without, "lock"));
	assert_null(field_object(unowned, "lock"));
}

/* Those of the last hour are explained each, with how often. */
static void test_refusals(void **state)
{
	_cleanup_json_ struct json_object *group =
		json_tokener_parse(GROUP("none", 0, "null", NO_POLICY, VFIO));
	_cleanup_json_ struct json_object *refusals = json_tokener_parse(
		"[{\"event\":{\"time\":9,\"act\":\"open\",\"verdict\":\"deny\",\"by\":\"kernel\","
		"\"reason\":\"mode\",\"errno\":\"EACCES\",\"task\":" HEIR
		"},\"count\":3,\"first\":5},"
		"{\"count\":7}, null]");
	_cleanup_json_ struct json_object *why =
		explain_group(&(struct explain_question){.group = group, .refusals = refusals});
	struct json_object *all = field_array(why, "refusals");

	assert_int_equal(array_length(all), 1);
	assert_int_equal(field_int(array_get(all, 0), "count"), 3);
	assert_int_equal(field_int(array_get(all, 0), "first"), 5);
	assert_string_equal(field_string(array_get(all, 0), "reason"), "mode");
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 4] = {
		cmocka_unit_test(test_possible_means_no_obstacle), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_lock), cmocka_unit_test(test_lock_is_no_limit)};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[i + 4] = (struct CMUnitTest){rows[i].name, run_row, NULL, NULL, &rows[i]};
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
