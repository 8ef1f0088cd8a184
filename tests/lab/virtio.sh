# topology: switch
# kernels: 6.12 (one kernel is enough for another kind of IOMMU, and 5.10 and 6.1 have no driver for it)
# append: vfio_iommu_type1.allow_unsafe_interrupts=1
# flags: --iommu virtio --no-drivers
# A virtio IOMMU, whose driver comes after ownerd; a device has a group only when a driver probes it,
# and a probe that comes before the IOMMU is deferred.
. ./tap.sh

start_ownerd --mode enforce --dedicate $E1000E2
is "there is no group yet" "$(ownerctl list --json | jq '.groups | length')" 0
modprobe e1000e
fails "the probe is deferred" 1 driver_of $E1000E2
modprobe virtio_iommu
ok "the deferred probe is judged" logged \
	"bind of $E1000E2 to e1000e by kworker.*: refused by ownerd with EBUSY: .*dedicated"
fails "it has no driver" 1 driver_of $E1000E2
ok "the map is true" ownerctl verify
rmmod e1000e
stop_ownerd

start_ownerd --mode enforce --reserve $NVME
fails "a device has no group without a driver" 1 group_of $NVME
ok "vfio-pci probes another" to_vfio $E1000E
group=$(group_of $E1000E)
is "its group is known" "$(owner_of $E1000E)" none
like "with its devices" "$(record $E1000E DEVICES)" "$E1000E"
ok "a user claims, maps and gets the device" hold all=$E1000E
is "the record says user" "$(record $E1000E OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
modprobe e1000e
fails "a device that joins with its driver has none" 1 driver_of $E1000E2
ok "is logged" logged "group $group: bind of $E1000E2 to e1000e by .*: refused by the kernel with EBUSY.*vfio-hold\[$HOLDER\]"
is "the holder goes on" "$(record $E1000E OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
ok "the map is true" ownerctl verify
release
ok "after: nobody owns it" owned $E1000E none
ok "after: the driver binds" probe $E1000E2
is "so" "$(driver_of $E1000E2)" e1000e
is "the kernel owns the group" "$(owner_of $E1000E)" kernel
unbind $E1000E2
ok "before: the group opens" vfio-hold open=$E1000E
modprobe nvme
ok "a device that policy names has joined" wait_for 5 group_of $NVME
is "the same group" "$(group_of $NVME)" "$group"
is "reserved now: EPERM" "$(step open open=$E1000E)" EPERM
stop_ownerd
finish
