# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# VFIO's modules come after ownerd, go, and come again: what they make then is tracked and judged.
. ./tap.sh

fails "no VFIO yet" 1 grep -q vfio /proc/devices
ok "ownerd starts" start_ownerd --mode enforce --reserve $E1000E
fails "still none" 1 grep -q vfio /proc/devices
is "the kernel owns what it has drivers for" "$(owner_of $E1000)" kernel
ok "VFIO comes" to_vfio $E1000 $E1000E
to_nobody $RTL $PCNET
is "nobody owns it" "$(owner_of $E1000)" none
ok "a claim" hold all=$E1000
is "is tracked" "$(record $E1000 OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
is "open of the reserved group: EPERM" "$(step open open=$E1000E)" EPERM
ok "logged" logged "group $(group_of $E1000E): open by vfio-hold.*: refused by ownerd with EPERM"
is "a host driver beside the user: EBUSY" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
release
ok "the release is tracked" owned $E1000 none

# The other order, so that each group gets the other's minor.
minor() { stat -c %T "/dev/vfio/$(group_of "$1")"; }
minors="$(minor $E1000) $(minor $E1000E)"
to_nobody $E1000 $E1000E
# Its modules stay until ownerd, which hangs on their functions while a device is at VFIO, has taken that off.
gone() {
	for module in vfio_pci vfio_pci_core vfio_iommu_type1 vfio_virqfd vfio; do rmmod $module 2>/dev/null; done
	! grep -q ' vfio$' /proc/devices
}
ok "VFIO goes" wait_for 30 gone
ok "VFIO comes again" to_vfio $E1000E $E1000
is "with the minors exchanged" "$(minor $E1000E) $(minor $E1000)" "$minors"
is "the reserved group is still the one refused: EPERM" "$(step open open=$E1000E)" EPERM
ok "and the other still not" hold all=$E1000
is "its claim is tracked" "$(record $E1000 OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
release

# Gone for good: another driver may get VFIO's device numbers, and is not VFIO.
dev=$(stat -c '%t %T' "/dev/vfio/$(group_of $E1000E)")
to_nobody $E1000 $E1000E
wait_for 30 gone
mknod /run/other c $((0x${dev% *})) $((0x${dev#* }))
like "its numbers lead nowhere: ENXIO" "$(cat /run/other 2>&1)" 'No such device or address'
ok "VFIO comes back" to_vfio $E1000E $E1000

ok "stopped" stop_ownerd
ok "after: the reserved group opens" vfio-hold claim=$E1000E
finish
