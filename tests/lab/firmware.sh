# topology: shared
# flags: --rmrr 03.0/00.0
# kernels: 5.10 6.1 6.12 6.12-iommufd 7.3
# Firmware that wants memory of a device mapped as it is: the kernel refuses who claims the group, by
# EINVAL since 6.6; before 5.19 it is the IOMMU that he is refused.
. ./tap.sh

seen() { ownerctl why $E1000E | sed -nE 's/.*its caller saw: ([A-Z]+).*/\1/p'; }

case $(uname -r) in
5.10.*) step=set-iommu error=EPERM ;;
6.1.*) step=set-container error=EPERM ;;
*) step=set-container error=EINVAL ;;
esac
start_ownerd
to_vfio $E1000E $NVME
[ "$KEEPER" = ownerd ] || ok "VFIO's answers are seen" wait_for 15 attached container_answered
fails "can it be claimed? No" 1 ownerctl why --claim $E1000E
like "and why" "$(ownerctl why --claim $E1000E)" 'the firmware wants memory of a device in it mapped as it is'
like "and where it says so" "$(ownerctl why --claim $E1000E)" "cat /sys/kernel/iommu_groups/$(group_of $E1000E)/reserved_regions"
like "as it says: direct" "$(cat /sys/kernel/iommu_groups/$(group_of $E1000E)/reserved_regions)" ' direct$'
like "can says it too" "$(ownerctl can claim $E1000E --as uid=0)" 'the firmware wants memory'
is "the claim, or its IOMMU: $error" "$(step $step claim=$E1000E set-iommu)" $error
ok "why" says $E1000E 'vfio-hold\[[0-9]+\] \(uid 0\) tried to claim the group: refused by the kernel, probably since the firmware wants memory'
is "and what he saw" "$(seen)" $error
ok "logged" logged "claim by vfio-hold.*: refused by the kernel with $error: probably the firmware wants memory of a device mapped as it is"
like "counted" "$(ownerctl metrics)" '^ownerd_denials_total{act="claim",by="kernel",reason="firmware"} 1$'
[ ! -e /dev/iommu ] || is "by iommufd too" "$(step bind-iommufd iommufd cdev=$E1000E bind-iommufd)" $error
[ ! -e /dev/iommu ] || like "counted" "$(ownerctl metrics)" '^ownerd_denials_total{act="claim",by="kernel",reason="firmware"} 2$'
is "nobody has it" "$(owner_of $E1000E)" none
ok "another: can it be claimed? Yes" ownerctl why --claim $NVME
is "it can" "$(step map claim=$NVME set-iommu map=64K)" ok
ok "the host can have the first" bind $E1000E e1000e
stop_ownerd
finish
