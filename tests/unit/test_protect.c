// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "ancestry.h"
#include "protect.h"
#include "safeguard.h"
#include "tree_fixture.h"
#include "util.h"

/* A link to a place of the tree. */
static void link_to(const char *path, const char *place)
{
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%s%s", root, place);
	make_link(path, target);
}

static void join(char *to, size_t size, const char *a, const char *b)
{
	assert_true(snprintf(to, size, "%s/%s", a, b) < (int)size);
}

/* A directory of sysfs that is of a subsystem, "bus/pci", "class/net". */
static void make_device(const char *dir, const char *subsystem)
{
	char path[512], place[64];

	join(path, sizeof(path), dir, "subsystem");
	join(place, sizeof(place), "/sys", subsystem);
	link_to(path, place);
}

#define PCI "/sys/devices/pci0000:00"

static void make_pci(const char *dir)
{
	char path[512];

	make_device(dir, "bus/pci");
	join(path, sizeof(path), "/sys/bus/pci/devices", strrchr(dir, '/') + 1);
	link_to(path, dir);
}

static void make_disk(const char *dir, const char *number)
{
	char path[512];

	make_device(dir, "class/block");
	join(path, sizeof(path), "/sys/class/block", strrchr(dir, '/') + 1);
	link_to(path, dir);
	join(path, sizeof(path), "/sys/dev/block", number);
	link_to(path, dir);
}

static void make_net(const char *dir)
{
	char path[512];

	make_device(dir, "class/net");
	join(path, sizeof(path), "/sys/class/net", strrchr(dir, '/') + 1);
	link_to(path, dir);
}

/* A slave of a volume, or a lower interface. */
static void make_part(const char *dir, const char *name, const char *place)
{
	char path[512];

	join(path, sizeof(path), dir, name);
	link_to(path, place);
}

#define VIRTUAL "/sys/devices/virtual"

/* A disk on a controller of its own: 0000:00:0N.0, sdN or what is named. */
static void make_sata(int n, const char *disk, const char *number)
{
	char pci[64], dir[128];

	snprintf(pci, sizeof(pci), PCI "/0000:00:0%d.0", n);
	make_pci(pci);
	snprintf(dir, sizeof(dir), "%s/ata1/host0/target0:0:0/0:0:0:0/block/%s", pci, disk);
	make_disk(dir, number);
}

static void make_nic(int n, const char *name)
{
	char pci[64], dir[128];

	snprintf(pci, sizeof(pci), PCI "/0000:00:1%d.0", n);
	make_pci(pci);
	snprintf(dir, sizeof(dir), "%s/net/%s", pci, name);
	make_net(dir);
	snprintf(dir, sizeof(dir), "%s/net/%s/operstate", pci, name);
	make(dir, "up\n");
}

static void mount_lines(const char *text)
{
	make("/proc/self/mountinfo", text);
}

static void default_route(const char *interface)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"
		 "%s\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
		 "other\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n",
		 interface);
	make("/proc/self/net/route", text);
}

/* What is protected is this, each as "BUS/NAME REASON", and nothing else. */
static void check(const char *const *want)
{
	_cleanup_(protect_done) struct protection p = {};
	size_t n = 0;

	assert_int_equal(protect_find(&p, root), 0);
	for (; want[n]; n++) {
		struct owner_device_name d = {};
		const char *slash = strchr(want[n], '/'), *space = strchr(want[n], ' ');
		const char *reason;

		memcpy(d.bus, want[n], slash - want[n]);
		memcpy(d.name, slash + 1, space - slash - 1);
		reason = protect_reason(&p, &d);
		if (!reason)
			fail_msg("%s: not protected", want[n]);
		assert_string_equal(reason, space + 1);
	}
	for (size_t i = n; i < p.n; i++)
		print_error("# %s/%s %s\n", p.devices[i].bus, p.devices[i].name, p.reasons[i]);
	assert_int_equal(p.n, n);
}

#define CHECK(...) check((const char *const[]){__VA_ARGS__, NULL})

static void test_nothing(void **state)
{
	check((const char *const[]){NULL});
}

static void test_partition(void **state)
{
	make_sata(1, "sda", "8:0");
	make_sata(2, "sdb", "8:16");
	make_disk(PCI "/0000:00:01.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda2", "8:2");
	make_device(PCI "/0000:00:01.0/ata1/host0/target0:0:0/0:0:0:0", "bus/scsi");
	mount_lines("22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
		    "23 22 8:16 / /srv rw,relatime shared:2 - ext4 /dev/sdb rw\n"
		    "24 22 0:5 / /proc rw shared:3 - proc proc rw\n");
	CHECK("pci/0000:00:01.0 boot disk", "scsi/0:0:0:0 boot disk");
}

/* A volume of LVM on a disk of dm-crypt on NVMe with two controllers. */
static void test_lvm_on_crypt_on_nvme(void **state)
{
	static const char subsystem[] = VIRTUAL "/nvme-subsystem/nvme-subsys0";

	make_pci(PCI "/0000:00:05.0");
	make_pci(PCI "/0000:00:05.0/0000:01:00.0");
	make_pci(PCI "/0000:00:06.0");
	make_device(PCI "/0000:00:05.0/0000:01:00.0/nvme/nvme0", "class/nvme");
	make_device(PCI "/0000:00:06.0/nvme/nvme1", "class/nvme");
	make_device(subsystem, "class/nvme-subsystem");
	make_part(subsystem, "nvme0", PCI "/0000:00:05.0/0000:01:00.0/nvme/nvme0");
	make_part(subsystem, "nvme1", PCI "/0000:00:06.0/nvme/nvme1");
	make_disk(VIRTUAL "/nvme-subsystem/nvme-subsys0/nvme0n1", "259:0");
	make_disk(VIRTUAL "/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p3", "259:3");
	make_disk(VIRTUAL "/block/dm-0", "253:0");
	make_disk(VIRTUAL "/block/dm-1", "253:1");
	make_part(VIRTUAL "/block/dm-0/slaves", "nvme0n1p3",
		  VIRTUAL "/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p3");
	make_part(VIRTUAL "/block/dm-1/slaves", "dm-0", VIRTUAL "/block/dm-0");
	mount_lines("22 1 253:1 / / rw - xfs /dev/mapper/vg-root rw\n");
	CHECK("pci/0000:00:05.0 boot disk", "pci/0000:01:00.0 boot disk",
	      "pci/0000:00:06.0 boot disk");
}

static void test_md_and_swap(void **state)
{
	make_sata(1, "sda", "8:0");
	make_sata(2, "sdb", "8:16");
	make_sata(3, "sdc", "8:32");
	make_sata(4, "sdd", "8:48");
	make_disk(VIRTUAL "/block/md0", "9:0");
	make_part(VIRTUAL "/block/md0/slaves", "sda",
		  PCI "/0000:00:01.0/ata1/host0/target0:0:0/0:0:0:0/block/sda");
	make_part(VIRTUAL "/block/md0/slaves", "sdb",
		  PCI "/0000:00:02.0/ata1/host0/target0:0:0/0:0:0:0/block/sdb");
	mount_lines("22 1 0:2 / / rw - rootfs rootfs rw\n"
		    "23 22 9:0 / /var rw - ext4 /dev/md0 rw\n"
		    "24 22 8:48 / /a\\040b rw - ext4 /dev/sdd rw\n");
	make("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
			    "/dev/sdc                                partition\t1000\t0\t-2\n"
			    "/a\\040b/file                           file\t\t1000\t0\t-3\n");
	CHECK("pci/0000:00:01.0 boot disk", "pci/0000:00:02.0 boot disk", "pci/0000:00:03.0 swap",
	      "pci/0000:00:04.0 swap");
}

/* Slaves in a circle, links to nowhere and out of the tree, names that are no names. */
static void test_hostile(void **state)
{
	char name[256], lines[1024];

	make_sata(1, "sda", "8:0");
	make_disk(VIRTUAL "/block/dm-0", "253:0");
	make_disk(VIRTUAL "/block/dm-1", "253:1");
	make_part(VIRTUAL "/block/dm-0/slaves", "dm-1", VIRTUAL "/block/dm-1");
	make_part(VIRTUAL "/block/dm-1/slaves", "dm-0", VIRTUAL "/block/dm-0");
	make_part(VIRTUAL "/block/dm-1/slaves", "self", VIRTUAL "/block/dm-1/slaves/self");
	make_part(VIRTUAL "/block/dm-1/slaves", "gone", VIRTUAL "/block/gone");
	make_link(VIRTUAL "/block/dm-1/slaves/out", "/sys/devices");
	make_part(VIRTUAL "/block/dm-1/slaves", "\033[2J\n",
		  PCI "/0000:00:01.0/ata1/host0/target0:0:0/0:0:0:0/block/sda");
	memset(name, 'x', sizeof(name));
	name[200] = '\0';
	snprintf(lines, sizeof(lines),
		 "\n22\n22 1 253:0\n22 1 253:0 / / rw\n22 1 253:0 / / rw -\n22 1 253:0 / / rw - x\n"
		 "22 1 x:0 / / rw - ext4 /dev/sdb rw\n22 1 253:0x / / rw - ext4 /dev/sdb rw\n"
		 "22 1 0:30 / /boot rw - ext4 /dev/../../%s rw\n"
		 "22 1 253:0 / / rw - ext4 /dev/mapper/\\0 rw\n",
		 name);
	mount_lines(lines);
	make("/proc/swaps", "no\n/\n\\\n/dev/\\057 partition\n/dev/..\n");
	make("/sys/class/tty/console/active", "../../block/dm-0 . .. \n");
	make("/proc/self/net/route", "../x\t00000000\t0\t0001\t0\t0\t0\t00000000\n\n\t\nx\n");
	make("/proc/self/net/ipv6_route", "zz 00\n\n");
	CHECK("pci/0000:00:01.0 boot disk");
}

/* More than there is room for is cut, which is told. */
static void test_too_many(void **state)
{
	_cleanup_(protect_done) struct protection p = {};

	make_disk(VIRTUAL "/block/dm-0", "253:0");
	for (int i = 0; i < ANCESTRY_MAX + 10; i++) {
		char dir[128], name[32];

		snprintf(name, sizeof(name), "p%d", i);
		snprintf(dir, sizeof(dir), "/sys/devices/platform/%s/", name);
		make_device(dir, "bus/platform");
		dir[strlen(dir) - 1] = '\0';
		make_part(VIRTUAL "/block/dm-0/slaves", name, dir);
	}
	mount_lines("22 1 253:0 / / rw - ext4 /dev/x rw\n");
	assert_int_equal(protect_find(&p, root), 0);
	assert_true(p.cut);
	assert_int_equal(p.n, ANCESTRY_MAX - 1);
}

static void test_btrfs(void **state)
{
	make_sata(1, "sda", "8:0");
	make_sata(2, "sdb", "8:16");
	make_sata(3, "sdc", "8:32");
	make_part("/sys/fs/btrfs/1-2/devices", "sda", "/sys/class/block/sda");
	make_part("/sys/fs/btrfs/1-2/devices", "sdb", "/sys/class/block/sdb");
	make_part("/sys/fs/btrfs/3-4/devices", "sdc", "/sys/class/block/sdc");
	make("/sys/fs/btrfs/features/x", "0\n");
	mount_lines("22 1 0:30 /@ / rw - btrfs /dev/sda rw,subvol=/@\n");
	CHECK("pci/0000:00:01.0 boot disk", "pci/0000:00:02.0 boot disk");
}

/* The node is a link to dm-0, or not a link and known by its name. */
static void test_mapper(void **state)
{
	make_sata(1, "sda", "8:0");
	make_disk(VIRTUAL "/block/dm-3", "253:3");
	make(VIRTUAL "/block/dm-3/dm/name", "vg-swap\n");
	make_part(VIRTUAL "/block/dm-3/slaves", "sda", "/sys/class/block/sda");
	make("/proc/swaps", "/dev/mapper/vg-swap partition 1 0 -2\n");
	CHECK("pci/0000:00:01.0 swap");
	make_link("/dev/mapper/other", "../dm-3");
	make("/dev/dm-3", "");
	make("/proc/swaps", "/dev/mapper/other partition 1 0 -2\n");
	CHECK("pci/0000:00:01.0 swap");
}

/* A live system: an overlay of memory and a file on a USB disk. */
static void test_overlay(void **state)
{
	static const char usb[] = PCI "/0000:00:14.0/usb2/2-1";

	make_pci(PCI "/0000:00:14.0");
	make_device(usb, "bus/usb");
	make_disk(PCI "/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb", "8:16");
	make_sata(1, "sda", "8:0");
	make_disk(VIRTUAL "/block/loop0", "7:0");
	make(VIRTUAL "/block/loop0/loop/backing_file", "/run/live/medium/fs.squashfs\n");
	mount_lines("20 1 8:16 / /run/live/medium ro - iso9660 /dev/sdb ro\n"
		    "21 1 7:0 / /run/live/rootfs ro - squashfs /dev/loop0 ro\n"
		    "22 1 0:40 / /run/live/overlay rw - tmpfs tmpfs rw\n"
		    "23 1 0:41 / / rw - overlay overlay rw,lowerdir=/run/live/rootfs/,"
		    "upperdir=/run/live/overlay/rw,workdir=/run/live/overlay/work\n");
	CHECK("pci/0000:00:14.0 boot disk", "usb/2-1 boot disk");
}

/* Where it cannot be told what it is on, it may be on any disk. */
static void test_unknown(void **state)
{
	static const char *const lines[] = {
		"22 1 0:41 / / rw - overlay overlay rw,lowerdir=/run/x,upperdir=/run/y\n",
		"22 1 0:41 / / rw - overlay overlay rw,lowerdir=relative\n",
		"22 1 0:41 / / rw - overlay overlay rw\n",
		"22 1 0:30 / / rw - zfs rpool/ROOT/debian rw\n",
		"22 1 0:30 / / rw - btrfs /dev/root rw\n",
		"22 1 8:99 / / rw - ext4 /dev/root rw\n",
	};

	make_sata(1, "sda", "8:0");
	make_sata(2, "sdb", "8:16");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		mount_lines(lines[i]);
		CHECK("pci/0000:00:01.0 boot disk", "pci/0000:00:02.0 boot disk");
	}
	mount_lines("22 1 0:30 / / rw - bcachefs /dev/sda:/dev/sdb rw\n");
	CHECK("pci/0000:00:01.0 boot disk", "pci/0000:00:02.0 boot disk");
	mount_lines("22 1 0:2 / / rw - tmpfs tmpfs rw\n");
	check((const char *const[]){NULL});
}

static void test_virtio(void **state)
{
	make_pci(PCI "/0000:00:01.0");
	make_device(PCI "/0000:00:01.0/virtio0", "bus/virtio");
	make_disk(PCI "/0000:00:01.0/virtio0/block/vda", "254:0");
	make_pci(PCI "/0000:00:02.0");
	make_device(PCI "/0000:00:02.0/virtio1", "bus/virtio");
	link_to("/sys/bus/virtio/drivers/virtio_console/virtio1", PCI "/0000:00:02.0/virtio1");
	make_pci(PCI "/0000:00:03.0");
	make_device(PCI "/0000:00:03.0/virtio2", "bus/virtio");
	link_to("/sys/bus/virtio/drivers/virtiofs/virtio2", PCI "/0000:00:03.0/virtio2");
	make("/sys/class/tty/console/active", "hvc0\n");
	mount_lines("22 1 254:0 / / rw - ext4 /dev/vda rw\n");
	CHECK("pci/0000:00:01.0 boot disk", "virtio/virtio0 boot disk", "pci/0000:00:02.0 console",
	      "virtio/virtio1 console");
	mount_lines("22 1 0:30 / / rw - virtiofs root rw\n");
	CHECK("pci/0000:00:03.0 boot disk", "virtio/virtio2 boot disk", "pci/0000:00:02.0 console",
	      "virtio/virtio1 console");
}

static void test_console(void **state)
{
	make_pci(PCI "/0000:00:02.0");
	make(PCI "/0000:00:02.0/boot_vga", "1\n");
	make_pci(PCI "/0000:00:03.0");
	make(PCI "/0000:00:03.0/boot_vga", "0\n");
	make_pci(PCI "/0000:00:04.0");
	make_device(PCI "/0000:00:04.0/graphics/fb0", "class/graphics");
	link_to("/sys/class/graphics/fb0", PCI "/0000:00:04.0/graphics/fb0");
	make_pci(PCI "/0000:00:05.0");
	make_device(PCI "/0000:00:05.0/tty/ttyS4", "class/tty");
	link_to("/sys/class/tty/ttyS4", PCI "/0000:00:05.0/tty/ttyS4");
	make_device("/sys/devices/pnp0/00:01/tty/ttyS0", "class/tty");
	make_device("/sys/devices/pnp0/00:01", "bus/pnp");
	link_to("/sys/class/tty/ttyS0", "/sys/devices/pnp0/00:01/tty/ttyS0");
	make_device(VIRTUAL "/tty/tty0", "class/tty");
	link_to("/sys/class/tty/tty0", VIRTUAL "/tty/tty0");
	make("/sys/class/tty/console/active", "tty0 ttyS4 ttyS0\n");
	CHECK("pci/0000:00:02.0 console", "pci/0000:00:04.0 console", "pci/0000:00:05.0 console",
	      "pnp/00:01 console");
}

/* A VLAN on a bridge on a bond of two. */
static void test_stacked_interfaces(void **state)
{
	for (int i = 0; i < 4; i++)
		make_nic(i, (const char *const[]){"eth0", "eth1", "eth2", "eth3"}[i]);
	make_net(VIRTUAL "/net/bond0");
	make_part(VIRTUAL "/net/bond0", "lower_eth0", PCI "/0000:00:10.0/net/eth0");
	make_part(VIRTUAL "/net/bond0", "lower_eth1", PCI "/0000:00:11.0/net/eth1");
	make_net(VIRTUAL "/net/br0");
	make_part(VIRTUAL "/net/br0", "lower_bond0", VIRTUAL "/net/bond0");
	make_part(VIRTUAL "/net/br0", "upper_x", PCI "/0000:00:13.0/net/eth3");
	make_net(VIRTUAL "/net/br0.5");
	make_part(VIRTUAL "/net/br0.5", "lower_br0", VIRTUAL "/net/br0");
	default_route("br0.5");
	CHECK("pci/0000:00:10.0 default route", "pci/0000:00:11.0 default route");
	default_route("eth2");
	make("/proc/self/net/ipv6_route",
	     "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	     "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth3\n"
	     "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	     "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n");
	CHECK("pci/0000:00:12.0 default route", "pci/0000:00:13.0 default route");
}

/* Behind a tunnel stands no device: then any interface that is up may be in use. */
static void test_tunnel(void **state)
{
	make_nic(0, "eth0");
	make_nic(1, "eth1");
	make(PCI "/0000:00:11.0/net/eth1/operstate", "down\n");
	make_net(VIRTUAL "/net/wg0");
	default_route("wg0");
	CHECK("pci/0000:00:10.0 default route");
	default_route("none-of-this-name");
	check((const char *const[]){NULL});
}

static void test_virtual_function(void **state)
{
	make_nic(0, "eth0");
	make_nic(1, "eth1");
	make_part(PCI "/0000:00:11.0", "physfn", PCI "/0000:00:10.0");
	default_route("eth1");
	CHECK("pci/0000:00:10.0 default route", "pci/0000:00:11.0 default route");
}

/* A root by NFS or iSCSI: all interfaces that routes lead to. */
static void test_network_root(void **state)
{
	static const char iscsi[] = "/sys/devices/platform/host3/session1/target3:0:0/3:0:0:0/"
				    "block/sda";

	make_nic(0, "eth0");
	make_nic(1, "other");
	default_route("eth0");
	mount_lines("22 1 0:30 / / rw - nfs4 server:/ rw,addr=192.168.0.1\n");
	CHECK("pci/0000:00:10.0 default route", "pci/0000:00:11.0 boot disk");
	make_disk(iscsi, "8:0");
	mount_lines("22 1 8:0 / / rw - ext4 /dev/sda rw\n");
	CHECK("pci/0000:00:10.0 default route", "pci/0000:00:11.0 boot disk");
}

static void test_usb_interface(void **state)
{
	make_pci(PCI "/0000:00:14.0");
	make_device(PCI "/0000:00:14.0/usb1/1-2", "bus/usb");
	make_net(PCI "/0000:00:14.0/usb1/1-2/1-2:1.0/net/enx0");
	default_route("enx0");
	CHECK("pci/0000:00:14.0 default route", "usb/1-2 default route");
}

/* The interface of the last default route is known at the next start, before there is one. */
static void test_remembered(void **state)
{
	_cleanup_(protect_done) struct protection p = {}, q = {}, r = {};
	char file[64];

	snprintf(file, sizeof(file), "%s/state/default-route", root);
	make_nic(0, "eth0");
	make_nic(1, "eth1");
	assert_int_equal(safeguard_find(&p, root, file), 0);
	assert_int_equal(p.n, 0);
	default_route("eth0");
	assert_int_equal(safeguard_find(&p, root, file), 0);
	assert_int_equal(p.n, 1);
	make("/proc/self/net/route", "");
	assert_int_equal(safeguard_find(&q, root, file), 0);
	assert_true(protect_same(&p, &q));
	assert_string_equal(protect_reason(&q, &p.devices[0]), PROTECT_ROUTE);
	default_route("eth1");
	assert_int_equal(safeguard_find(&r, root, file), 0);
	assert_false(protect_same(&p, &r));
	protect_done(&r);
	make("/proc/self/net/route", "");
	make("/state/default-route", "pci/../x\npci/0000:00:00.9\n/\n\npci\nplatform/ok\n");
	assert_int_equal(safeguard_find(&r, root, file), 0);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.devices[0].name, "ok");
}

/* The host that runs the test: whatever it has, reading it is no error. */
static void test_this_host(void **state)
{
	_cleanup_(protect_done) struct protection p = {};

	assert_int_equal(protect_find(&p, ""), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_root, remove_root)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_partition),
		TEST(test_lvm_on_crypt_on_nvme),
		TEST(test_md_and_swap),
		TEST(test_hostile),
		TEST(test_too_many),
		TEST(test_btrfs),
		TEST(test_mapper),
		TEST(test_overlay),
		TEST(test_unknown),
		TEST(test_virtio),
		TEST(test_console),
		TEST(test_stacked_interfaces),
		TEST(test_tunnel),
		TEST(test_virtual_function),
		TEST(test_network_root),
		TEST(test_usb_interface),
		TEST(test_remembered),
		cmocka_unit_test(test_this_host),
	};

	return cmocka_run_group_tests_name("protect", tests, NULL, NULL);
}
