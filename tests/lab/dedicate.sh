# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# No host driver binds in a dedicated group. The kernel itself would allow it here, so these are
# ownerd's own refusals, before probe; the caller sees what the kernel makes of them.
. ./tap.sh

start_ownerd --mode enforce --dedicate $E1000
group=$(group_of $E1000)
ok "drivers that are bound already are warned of" \
	logged "group $group is dedicated and 3 host drivers are already bound"
is "and stay" "$(owner_of $E1000)" kernel
like "the record says dedicated" "$(record $E1000 POLICY)" "dedicate $E1000"
to_nobody $E1000 $RTL $PCNET
is "without them nobody owns it" "$(owner_of $E1000)" none

denied() { # DEV DRIVER: no trace of a bind is left
	[ ! -e "$pci/devices/$1/driver" ] && [ ! -e "$pci/drivers/$2/$1" ]
}
for pair in $E1000/e1000 $RTL/8139cp $PCNET/pcnet32; do
	dev=${pair%/*} driver=${pair#*/}
	is "$driver: sysfs bind: ENOMEM" "$(bind_error "$dev" "$driver")" "$BIND_DENIED"
	ok "$driver: nothing is left of it" denied "$dev" "$driver"
	ok "$driver: logged as ownerd's" logged \
		"group $group: bind of $dev to $driver by sh.*: refused by ownerd with EBUSY: .*dedicated"
done
is "drivers_probe: EINVAL" "$(write_error $RTL $pci/drivers_probe)" "$PROBE_DENIED"
ok "nothing is left of it" denied $RTL 8139cp
ok "and of the other driver for it" denied $RTL 8139too
fails "why says no" 1 ownerctl why --bind $RTL
like "for that reason" "$(ownerctl why --bind $RTL)" "[Dd]edicate"

rmmod pcnet32
ok "a module loads" modprobe pcnet32
ok "its device stays unbound" denied $PCNET pcnet32
ok "logged for modprobe" logged "bind of $PCNET to pcnet32 by modprobe.*: refused by ownerd with EBUSY"
rmmod pcnet32
ok "with async probe" modprobe pcnet32 async_probe=1
ok "logged for a kernel worker" \
	logged "bind of $PCNET to pcnet32 by kworker.*: refused by ownerd with EBUSY"
ok "its device stays unbound" denied $PCNET pcnet32
is "nobody owns it" "$(owner_of $E1000)" none

dmesg -c >/dev/null
i=0
while [ $((i = i + 1)) -le 50 ]; do echo $RTL >$pci/drivers/8139cp/bind; done 2>/dev/null
ok "50 more leave nothing" denied $RTL 8139cp
is "and only the kernel's line for each in its log" \
	"$(dmesg | grep -cvE 'driver_sysfs_add.* failed|8139cp')" 0
is "the count is right: none" "$(record $E1000 OWNER,COUNT)" "$(printf 'none\t0')"

ok "meanwhile: a driver binds in another group" unbind $E1000E
ok "meanwhile: that is" bind $E1000E e1000e
ok "meanwhile: vfio-pci binds in this one" to_vfio $E1000 $PCNET
modprobe pci-stub
ok "meanwhile: and pci-stub" bind $RTL pci-stub
ok "meanwhile: a user claims it and uses it" hold all=$E1000
is "meanwhile: and owns it" "$(owner_of $E1000)" user
to_nobody $PCNET
is "now the kernel refuses first: EBUSY" "$(bind_error $PCNET pcnet32)" "$BIND_BUSY"
ok "logged as the kernel's" logged "bind of $PCNET to pcnet32 by sh.*: refused by $KEEPER with EBUSY"
release
to_nobody $E1000 $RTL $PCNET

ok "stopped" stop_ownerd keep
is "what is pinned still refuses: ENOMEM" "$(bind_error $RTL 8139cp)" "$BIND_DENIED"
ok "--unpin" ownerd --unpin
ok "after: the bind works" bind $RTL 8139cp
ok "after: drivers_probe works" probe $E1000
is "after: it is bound" "$(driver_of $E1000)" e1000
to_nobody $E1000 $RTL

start_ownerd --mode observe --dedicate $E1000
ok "observe: the bind works" bind $RTL 8139cp
ok "and is logged" logged "bind of $RTL to 8139cp by sh.*: would be refused in enforce mode: .*dedicated"
is "the kernel owns it" "$(owner_of $E1000)" kernel
stop_ownerd
finish
