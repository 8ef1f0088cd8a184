# topology: shared
# append: intremap=off
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# A host that does not remap interrupts: the kernel lets a user claim a group, and refuses him its IOMMU.
. ./tap.sh

start_ownerd
to_vfio $NVME
[ "$KEEPER" = ownerd ] || ok "VFIO's answers are seen" wait_for 15 attached container_answered
fails "can it be claimed? No" 1 ownerctl why --claim $NVME
like "and why" "$(ownerctl why --claim $NVME)" 'the host does not remap interrupts: who claims it is refused an IOMMU .EPERM.'
is "before: the claim itself works" "$(step set-container claim=$NVME)" ok
is "its IOMMU: EPERM" "$(step set-iommu claim=$NVME set-iommu)" EPERM
ok "why" says $NVME 'vfio-hold\[[0-9]+\] \(uid 0\) tried to claim the group: refused by the kernel, since the host does not remap interrupts, .*\(allow_unsafe_interrupts of vfio_iommu_type1, or of iommufd\)'
like "and what he saw" "$(ownerctl why $NVME)" 'its caller saw: EPERM'
ok "logged" logged "claim by vfio-hold.*: refused by the kernel with EPERM: the host does not remap interrupts"
like "counted" "$(ownerctl metrics)" '^ownerd_denials_total{act="claim",by="kernel",reason="interrupts"} 1$'
echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
ok "can it be claimed? Yes" ownerctl why --claim $NVME
is "as it says: it works" "$(step set-iommu claim=$NVME set-iommu map=64K)" ok
is "once" "$(grep -c 'does not remap interrupts' $LOG)" 1
stop_ownerd
finish
