# topology: shared
# kernels: 6.12-iommufd (Debian's kernels have no iommufd: make lab-kernel)
# append: intremap=off
# A host that does not remap interrupts: iommufd refuses the claim itself, before the kernel is asked who owns the group.
. ./tap.sh

start_ownerd
to_vfio $NVME
ok "VFIO's answers are seen" wait_for 15 attached device_answered
is "by the device's node: EPERM" "$(step bind-iommufd iommufd cdev=$NVME bind-iommufd)" EPERM
ok "why" says $NVME 'vfio-hold\[[0-9]+\] \(uid 0\) tried to claim the group: refused by the kernel, since the host does not remap interrupts'
is "by the group's: EPERM" "$(step device open=$NVME iommufd set-container device=$NVME)" EPERM
ok "both are counted" wait_for 5 sh -c "ownerctl metrics | grep -qx 'ownerd_denials_total{act=\"claim\",by=\"kernel\",reason=\"interrupts\"} 2'"
is "it is nobody's" "$(owner_of $NVME)" none
echo 1 >/sys/module/iommufd/parameters/allow_unsafe_interrupts
is "allowed: it works" "$(step bind-iommufd iommufd cdev=$NVME bind-iommufd)" ok
stop_ownerd
finish
