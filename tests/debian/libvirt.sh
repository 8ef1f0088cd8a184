# system: debian
# topology: shared
# A real libvirtd passes a device to a QEMU in the guest (managed='yes': it takes the device from its
# host driver and gives it back): ownerctl names the machine, and a reserved group is refused, as is
# one that a policy gives to another machine.
#
# The domain has no disk and is created paused: QEMU claims the group before the first instruction of
# the machine. QEMU sees a /dev of its own, in which libvirt makes the node: the same minor.
. ./tap.sh

# domain DEV NAME: prints a machine with it.
domain() {
	address=${1#0000:}
	bus=${address%%:*} slot=${address#*:}
	cat <<-END
		<domain type='qemu'>
		<name>$2</name>
		<memory unit='MiB'>16</memory>
		<os><type arch='x86_64' machine='pc'>hvm</type></os>
		<devices>
		<emulator>/usr/bin/qemu-system-x86_64</emulator>
		<controller type='usb' model='none'/>
		<memballoon model='none'/>
		<hostdev mode='subsystem' type='pci' managed='yes'>
		<source><address domain='0x0000' bus='0x$bus' slot='0x${slot%.*}' function='0x${slot#*.}'/></source>
		</hostdev>
		</devices>
		</domain>
	END
}

create() { # DEV [NAME]: guest-1
	domain "$1" "${2:-guest-1}" >/run/guest.xml
	virsh --quiet create --paused /run/guest.xml
}

# policy NAME: the single device is for that machine alone.
policy() {
	cat >/run/policy.yaml <<-END
		version: 1
		mode: enforce
		rules:
		  - {name: lent, devices: [{pci: "$SINGLE"}], claim: {allow: [{vm: $1}]}, bind: {allow: [vfio-pci, $host]}}
	END
}

# holder FIELD: of the group, as ownerctl has it.
holder() {
	ownerctl show --json $SINGLE | jq -r ".group.holder.$1"
}

back() { # DEV DRIVER
	wait_for 10 is_back "$@"
}

is_back() {
	[ "$(driver_of "$1")" = "$2" ]
}

group=$(group_of $SINGLE) reserved=$(group_of $SINGLE2)
host=$(driver_of $SINGLE) host2=$(driver_of $SINGLE2)

start_ownerd --mode observe --reserve $SINGLE2
ok "observe: a machine has the reserved device" create $SINGLE2
ok "that is logged" logged "group $reserved: claim by qemu-system-x86.*: would be refused in enforce mode"
ok "destroyed" virsh --quiet destroy guest-1
ok "the host driver is back" back $SINGLE2 $host2
stop_ownerd

start_ownerd --mode enforce --reserve $SINGLE2
fails "reserved: no machine" 1 create $SINGLE2
like "for that reason" "$(cat $TAP_OUT)" "/dev/vfio/$reserved: Operation not permitted"
ok "logged as ownerd's" \
	logged "group $reserved: open by qemu-system-x86.*: refused by ownerd with EPERM: .*reserved"
ok "the host driver is back" back $SINGLE2 $host2

ok "meanwhile: another device" create $SINGLE
is "libvirt has bound it" "$(driver_of $SINGLE)" vfio-pci
ok "a user owns it" owned $SINGLE user
is "the holder is QEMU" "$(holder comm)" qemu-system-x86
is "as libvirt's user" "$(holder uid)" "$(id -u libvirt-qemu)"
is "ownerctl names the machine" "$(holder vm)" guest-1
is "and the runtime" "$(holder runtime)" libvirt
is "and the unit, of systemd-machined" "$(holder unit)" 'machine-qemu\x2d3\x2dguest\x2d1.scope'
like "why says how to end it" "$(ownerctl why $SINGLE)" "virsh shutdown guest-1"
is "the host has to wait: EBUSY" "$(step open open=$SINGLE)" EBUSY
ok "destroyed" virsh --quiet destroy guest-1
ok "the host driver is back" back $SINGLE $host
ok "after: the kernel owns it" owned $SINGLE kernel

# By a policy: libvirt takes the device from its host driver and gives it back as ever, and QEMU has it
# in the machine's own scope by the time that it claims.
stop_ownerd
ok "before: the other machine has the device" create $SINGLE guest-2
ok "destroyed" virsh --quiet destroy guest-2
ok "the host driver is back" back $SINGLE $host
policy guest-1
start_ownerd --policy /run/policy.yaml
fails "can: the other machine may not" 1 ownerctl can --as vm=guest-2 open $SINGLE
fails "a policy for one machine: no other" 1 create $SINGLE guest-2
like "for that reason" "$(cat $TAP_OUT)" "/dev/vfio/$group: Operation not permitted"
ok "logged with the rule" \
	logged "group $group: open by qemu-system-x86.*: refused by ownerd with EPERM: rule \"lent\" \(policy.yaml:4\)"
ok "the host driver is back" back $SINGLE $host
ok "the machine has it" create $SINGLE
ok "a user owns it" owned $SINGLE user
is "the holder is QEMU" "$(holder comm)" qemu-system-x86
is "in that machine" "$(holder vm)" guest-1
ok "meanwhile: another device, in the other machine" create $SINGLE2 guest-2
ok "both destroyed" virsh --quiet destroy guest-1
ok "that is" virsh --quiet destroy guest-2
ok "the host driver is back" back $SINGLE $host
ok "VFIO has it without libvirt" to_vfio $SINGLE
is "the host itself: EPERM" "$(step open open=$SINGLE)" EPERM
ok "logged with the rule" logged "group $group: open by vfio-hold.*: refused by ownerd with EPERM: rule \"lent\""
ok "its driver has it again" bind $SINGLE $host
policy guest-2
ok "a policy for the other machine" ownerctl policy apply /run/policy.yaml
ok "which has it now" create $SINGLE guest-2
ok "a user owns it" owned $SINGLE user
is "in that machine" "$(holder vm)" guest-2
ok "destroyed" virsh --quiet destroy guest-2
ok "the host driver is back" back $SINGLE $host

stop_ownerd
ok "after: a machine has the device" create $SINGLE2
ok "destroyed" virsh --quiet destroy guest-1
ok "the host driver is back" back $SINGLE2 $host2
finish
