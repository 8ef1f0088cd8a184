# topology: none
# A host without an IOMMU: ownerd runs, has nothing to own, and says why.
. ./tap.sh

is "no group" "$(ls /sys/kernel/iommu_groups)" ""
ok "ownerd starts" start_ownerd --mode enforce
ok "and says so" logged "0 groups, 0 devices"
is "the list is empty" "$(ownerctl list --raw)" ""
like "and says why" "$(ownerctl list 2>&1)" "no IOMMU group"
fails "a group is unknown" 2 ownerctl show 1
like "by its number" "$(ownerctl show 1 2>&1)" "1"
fails "a device in no group too" 2 ownerctl show $E1000
like "by its name" "$(ownerctl show $E1000 2>&1)" "$E1000"
ownerctl doctor >/run/doctor.out 2>&1
is "doctor warns" $? 2
like "of this" "$(cat /run/doctor.out)" "no IOMMU group"
like "with a remedy" "$(cat /run/doctor.out)" "intel_iommu=on"
ok "a driver unbinds" unbind $E1000
ok "and binds" bind $E1000 e1000
modprobe vfio-pci
fails "VFIO takes no device" 1 bind $E1000 vfio-pci
ok "ownerd still runs" ownerctl status
ok "and stops cleanly" stop_ownerd
finish
