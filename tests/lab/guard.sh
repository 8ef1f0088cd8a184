# topology: shared
# kernels: 5.10 5.10+bpf (since 5.19 the kernel keeps ownership itself)
# Before 5.19 the kernel keeps no ownership: ownerd does, in observe mode too. The bind that would be a
# kernel BUG is refused; so is all that a user could do in a group in which host drivers are bound.
. ./tap.sh

counter() { ownerctl status --json | jq ".counters[] | select(.name == \"$1\").value"; }

# user STEP...: vfio-hold that does its first steps, and the rest at a `kill`; said NAME tells how
# step NAME ended.
user() {
	rm -f /run/user.ready
	vfio-hold --keep-going "$@" >/run/user.out 2>&1 &
	USER=$!
	wait_for 10 test -e /run/user.ready
}
said() { sed -n "s/^$1: \([A-Za-z]*\).*/\1/p" /run/user.out | tail -n 1; }
go_on() { kill $USER && wait $USER; }

to_vfio $E1000
to_nobody $PCNET
ok "without ownerd: a claim works beside a host driver" vfio-hold open=$E1000 container set-container set-iommu

user open=$E1000 container set-container ready=/run/user.ready hold set-iommu
start_ownerd --mode observe
group=$(group_of $E1000)
is "ownerd keeps the owners" "$(ownerctl status --raw | sed -n 's/^arbiter.//p')" ownerd
is "the user that was there is in the record" "$(record $E1000 OWNER,PID)" "$(printf 'user\t%s' $USER)"
ok "and the host driver beside it is named" logged "group $group is a user's, and $RTL is bound to 8139cp"
go_on
is "its SET_IOMMU: EPERM" "$(said set-iommu)" EPERM
ok "logged" logged "group $group: claim by vfio-hold\[$USER\]: refused by ownerd with EPERM: host drivers are bound"
is "a claim: EPERM" "$(step set-container claim=$E1000)" EPERM
is "of a 32-bit caller: EPERM" "$(step set-container --compat claim=$E1000)" EPERM
is "the kernel's it is" "$(owner_of $E1000)" kernel
fails "why says no" 1 ownerctl why --claim $E1000
like "and names device and driver" "$(ownerctl why --claim $E1000)" "$RTL is bound to 8139cp"
stop_ownerd

user open=$E1000 container set-container set-iommu ready=/run/user.ready hold map=2M
start_ownerd --mode observe
go_on
is "MAP_DMA in a group with a host driver: EPERM" "$(said map)" EPERM
ok "logged" logged "group $group: map by vfio-hold\[$USER\]: refused by ownerd with EPERM: host drivers are bound"
is "and counted" "$(counter maps_denied)" 1
ok "the driver goes" unbind $RTL
ok "now a user claims, and maps" hold all=$E1000
is "the user's it is" "$(record $E1000 OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"

is "a host driver beside it: refused" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
fails "it is not bound" 1 driver_of $RTL
ok "logged" logged "bind of $RTL to 8139cp by sh.*: refused by ownerd with EBUSY: the group is held by vfio-hold\[$HOLDER\]"
rmmod pcnet32
ok "a module is loaded" modprobe pcnet32
fails "its device is not bound" 1 driver_of $PCNET
like "why names the holder" "$(ownerctl why --bind $RTL)" "vfio-hold\[$HOLDER\]"
ok "the holder goes on" kill -0 $HOLDER
is "and owns it" "$(owner_of $E1000)" user
ok "meanwhile: vfio-pci binds beside it" to_vfio $PCNET
ok "meanwhile: a host driver binds elsewhere" unbind $NVME
ok "meanwhile: so" bind $NVME nvme
kill -9 $OWNERD
wait $OWNERD 2>/dev/null
is "the daemon is killed: the bind is refused" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
start_ownerd --mode observe
release
ok "after: nobody's" owned $E1000 none
unbind $PCNET
ok "after: the host driver binds" bind $RTL 8139cp
is "after: the kernel's" "$(owner_of $E1000)" kernel
ok "the end of a claim was not seen, and its thread is gone" spoil claim "$(group_of $E1000E)"
unbind $E1000E
is "its group is taken for a user's" "$(bind_error $E1000E e1000e)" "$BIND_BUSY"
ok "but not for long" wait_for 15 bind $E1000E e1000e
is "nothing was unreadable" "$(counter layouts_unknown) $(counter claims_full) $(counter walks_cut)" "0 0 0"
stop_ownerd
finish
