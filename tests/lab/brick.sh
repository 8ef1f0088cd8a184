# topology: host
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# What the host needs has its drivers, whatever a policy says of it by class or driver: the disk
# that a file system of the host is on, and the interface with the default route. A rule that names
# it by its address does refuse.
. ./tap.sh

# policy DEVICES: in one rule, to which nobody may bind but vfio-pci
policy() {
	cat >/run/policy.yaml <<-END
		version: 1
		rules:
		- name: not to the host
		  devices: [$1]
		  bind: {allow: [vfio-pci]}
	END
}
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	wait_for 10 grep -q 'mode, .* groups, ' $LOG
}
routed() { # DEV
	routed_name=$(ls "$pci/devices/$1/net") && ip link set "$routed_name" up &&
		ip route add default dev "$routed_name"
}
rebinds() { # DEV DRIVER: it loses its driver, and has it again
	unbind "$1" && [ -z "$(bind_error "$1" "$2")" ] && [ "$(driver_of "$1")" = "$2" ]
}
denied() { # DEV DRIVER: the error of a bind; no driver is there after it
	unbind "$1"
	bind_error "$1" "$2"
	[ ! -e "$pci/devices/$1/driver" ] || echo "and bound"
}

# The controllers are probed side by side, so the disk's number is not known.
disk() {
	ls /dev/nvme?n1
}

modprobe ext4
mkdir -p /boot /var/lib
ok "there is a disk" wait_for 10 disk
ok "with a file system" mke2fs "$(disk)"
ok "mounted as /boot" mount -o ro "$(disk)" /boot
ok "a default route" routed $E1000E

by_class='{class: "02"}, {class: "0108"}, {class: "0604"}'
policy "$by_class"
start_ownerd --mode enforce --policy /run/policy.yaml
ok "the interface is protected" logged "$E1000E \(default route\) keeps its drivers unless a rule names it"
ok "and the disk" logged "$NVME \(boot disk\) keeps its drivers unless"
ok "and the port above it" logged "0000:00:04.0 \(boot disk\) keeps its drivers unless"
ok "that it is in no accord with a rule is said" logged \
	"$E1000E \(default route\) keeps its drivers although rule \"not to the host\" \(policy.yaml:3\) says otherwise"
ok "of the disk too" logged "$NVME \(boot disk\) keeps its drivers although rule"
is "and of no other" "$(grep -c "although rule" $LOG)" 2
is "another interface: ENOMEM" "$(denied $E1000E2 e1000e)" "$BIND_DENIED"
is "another disk: ENOMEM" "$(denied $NVME2 nvme)" "$BIND_DENIED"
ok "the interface with the route has its driver again" rebinds $E1000E e1000e
ok "the disk too" umount /boot
ok "that is" rebinds $NVME nvme
ok "for a user both can be had" to_vfio $E1000E $NVME
ok "and are taken" vfio-hold claim=$E1000E
ok "and given back" bind $E1000E e1000e
ok "both" bind $NVME nvme

policy "$by_class, {pci: \"$E1000E\"}, {pci: \"$NVME\"}"
ok "rules that name them" reload
is "nothing is overruled now" "$(grep -cE "($E1000E|$NVME).*although" $LOG)" 0
is "the interface: ENOMEM" "$(denied $E1000E e1000e)" "$BIND_DENIED"
is "the disk: ENOMEM" "$(denied $NVME nvme)" "$BIND_DENIED"
policy "$by_class"
ok "rules that do not" reload
ok "the interface, without driver or route, is remembered" rebinds $E1000E e1000e
is "the disk, which nothing is mounted from, is not" "$(denied $NVME nvme)" "$BIND_DENIED"
is "nor is the other interface" "$(denied $E1000E2 e1000e)" "$BIND_DENIED"

unbind $E1000E
ok "the daemon is started anew" stop_ownerd
start_ownerd --mode enforce --policy /run/policy.yaml
ok "it remembers still" rebinds $E1000E e1000e

printf 'version: 1\nrules: []\n' >/run/policy.yaml
ok "no rules" reload
ok "the other interface binds" rebinds $E1000E2 e1000e
ok "the disk binds" rebinds $NVME nvme
policy "$by_class"
ok "rules again" reload
number() { ownerctl status --json | jq '.counters[] | select(.name == "binds_denied").value'; }
before=$(number)
ok "a route by the other interface, later" routed $E1000E2
ok "is seen" wait_for 25 grep -q "$E1000E2 (default route) keeps" $LOG
ok "that interface is protected" rebinds $E1000E2 e1000e
is "nothing was refused meanwhile" "$(number)" "$before"
ok "there is the disk again" wait_for 10 disk
ok "swap, later" mkswap "$(disk)"
ok "that is" swapon "$(disk)"
ok "is seen" wait_for 25 grep -q "$NVME (swap) keeps its drivers although" $LOG
swapoff "$(disk)"
ok "that disk is protected" rebinds $NVME nvme
is "and no other: ENOMEM" "$(denied $NVME2 nvme)" "$BIND_DENIED"
stop_ownerd

start_ownerd --mode observe --policy /run/policy.yaml
ok "observe: others bind too" rebinds $NVME2 nvme
stop_ownerd
start_ownerd --mode enforce --dedicate $E1000E2
is "--dedicate names it: ENOMEM" "$(denied $E1000E2 e1000e)" "$BIND_DENIED"
stop_ownerd
ok "after: it binds" rebinds $E1000E2 e1000e
finish
