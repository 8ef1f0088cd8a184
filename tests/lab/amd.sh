# topology: switch
# kernels: 5.10 6.12 (one kernel of each kind is enough for another vendor's IOMMU)
# append: iommu=pt
# flags: --iommu amd
# The same ownership behind an AMD IOMMU. Passed through for host drivers, since QEMU's does not
# translate for them.
. ./tap.sh

start_ownerd --mode enforce --reserve $NVME
group=$(group_of $E1000E)
is "the kernel owns the group behind the switch" "$(record $E1000E OWNER,COUNT)" "$(printf 'kernel\t3')"
is "before: a claim beside host drivers" \
	"$(to_vfio $E1000E && step set-container open=$E1000E container set-container)" ""
ok "its node is reserved" logged "group $group: open by vfio-hold.*: refused by ownerd with EPERM"
stop_ownerd
start_ownerd --mode enforce
is "a claim beside host drivers: EPERM" \
	"$(step set-container open=$E1000E container set-container)" EPERM
to_nobody $NVME $E1000E2
ok "before: a host driver binds" bind $E1000E2 e1000e
to_nobody $E1000E2
ok "a user claims, maps and gets the device" hold all=$E1000E
is "the record says user" "$(record $E1000E OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
is "a host driver beside it" "$(bind_error $E1000E2 e1000e)" "$BIND_BUSY"
ok "is logged" logged "group $group: bind of $E1000E2 to e1000e by .*: refused by $KEEPER with EBUSY.*vfio-hold\[$HOLDER\]"
is "another" "$(bind_error $NVME nvme)" "$BIND_BUSY"
ok "meanwhile: a port of the switch rebinds" unbind 0000:02:00.2
ok "meanwhile: so" bind 0000:02:00.2 pcieport
ok "the map is true" ownerctl verify
release
ok "after: nobody owns it" owned $E1000E none
ok "after: the host driver binds" bind $E1000E2 e1000e
ok "after: the kernel owns it" owned $E1000E kernel
stop_ownerd
finish
