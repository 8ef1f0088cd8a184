# topology: shared
# also: 5.10+bpf
# A descriptor that is handed over, of a group or of a device, is judged for who gets it; a hand-over
# that is allowed makes him the holder, as when libvirt opens and QEMU drives.
. ./tap.sh

cgroup=/sys/fs/cgroup
within() { # CGROUP COMMAND...
	mkdir -p "$cgroup$1"
	within_path=$cgroup$1
	shift
	sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$within_path" "$@"
}
# take CGROUP FD KIND: what it says there to take the holder's descriptor.
take() {
	within "$1" vfio-hold take="$HOLDER:$2:$3" | sed -n 's/^take: \([A-Za-z]*\).*/\1/p'
}
# fd_of TEXT: the holder's descriptor of what its link has the text of.
fd_of() {
	for fd in /proc/"$HOLDER"/fd/*; do
		case $(readlink "$fd") in *"$1"*) basename "$fd" ;; esac
	done | tail -n 1
}

to_vfio $NVME
group=$(group_of $NVME)
cat >/run/policy.yaml <<-END
	version: 1
	mode: enforce
	rules:
	  - name: libvirt and its machines
	    devices: [{pci: "$NVME"}]
	    claim: {allow: [{unit: libvirtd.service}, {vm: "*"}]}
END
vm='/machine.slice/machine-qemu\x2d1\x2da.scope'
libvirtd=/system.slice/libvirtd.service
mkdir -p $cgroup$vm $cgroup$libvirtd
hold all=$NVME
is "before: anybody takes the group's descriptor" "$(take /other "$(fd_of "/dev/vfio/$group")" g)" ok
is "before: and the device's" "$(take /other "$(fd_of '[vfio-device]')" d)" ok
release

start_ownerd --policy /run/policy.yaml
ok "a holder in a unit that may" within $libvirtd sh -c "vfio-hold all=$NVME ready=/run/hold.ready2 hold >/run/hold.out 2>&1 & echo \$! >/run/hold.pid"
ok "holds" wait_for 10 test -e /run/hold.ready2
HOLDER=$(cat /run/hold.pid)
is "the group's descriptor, by who may not: EPERM" "$(take /other "$(fd_of "/dev/vfio/$group")" g)" EPERM
ok "logged" logged "group $group: hand-over of its descriptor to vfio-hold.*: refused by ownerd with EPERM: rule \"libvirt and its machines\""
is "the device's: EPERM" "$(take /other "$(fd_of '[vfio-device]')" d)" EPERM
is "counted" "$(ownerctl status --json | jq '.counters[] | select(.name == "receives_denied").value')" 2
is "any other descriptor" "$(take /other 1 c)" ok
is "the holder is who it was" "$(record $NVME PID)" "$HOLDER"
is "the device's descriptor, by a machine" "$(take "$vm" "$(fd_of '[vfio-device]')" d)" ok
is "which is no claim" "$(record $NVME PID)" "$HOLDER"

# As libvirt does it: all descriptors by a socket, and the giver goes.
kill "$HOLDER" && wait_for 10 is_owned $NVME none
within "$vm" sh -c 'vfio-hold receive=/run/pass map=2M ready=/run/hold.ready3 hold >/run/got.out 2>&1 & echo $! >/run/hold.pid'
wait_for 10 test -S /run/pass
ok "libvirtd claims and passes all on" within $libvirtd vfio-hold claim=$NVME set-iommu device=$NVME pass=/run/pass
ok "the machine has it" wait_for 10 test -e /run/hold.ready3
is "and is the holder" "$(record $NVME PID)" "$(cat /run/hold.pid)"
ok "logged" logged "group $group: hand-over of its descriptor to vfio-hold\[$(cat /run/hold.pid)\]; owner: user"
is "still a user's" "$(owner_of $NVME)" user
kill "$(cat /run/hold.pid)"
ok "released by the machine" owned $NVME none

within /other sh -c 'vfio-hold receive=/run/pass2 >/run/got2.out 2>&1; echo ended >>/run/got2.out' &
wait_for 10 test -S /run/pass2
ok "passed to who may not" within $libvirtd vfio-hold claim=$NVME pass=/run/pass2
ok "who gets nothing" wait_for 10 grep -q ended /run/got2.out
fails "not even a part" 1 grep -q 'receive: ok' /run/got2.out
is "and each was told as ownerd's" "$(grep -c 'hand-over.*refused by another' $LOG)" 0
is "and so counted" "$(ownerctl status --json | jq '.counters[] | select(.name == "lsm_denied").value')" 0
ok "stopped" stop_ownerd

ok "after: a holder" hold all=$NVME
is "after: anybody takes its descriptor" "$(take /other "$(fd_of "/dev/vfio/$group")" g)" ok
release
finish
