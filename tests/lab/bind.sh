# topology: shared
# also: 5.10+bpf
# A host driver binds beside a device that a user holds: refused, by every way that leads to a bind.
. ./tap.sh

start_ownerd --mode enforce
to_vfio $E1000
to_nobody $RTL $PCNET
group=$(group_of $E1000)

ok "before: sysfs bind works" bind $RTL 8139cp
is "and the kernel owns the group" "$(owner_of $E1000)" kernel
ok "and unbind" unbind $RTL
is "and nobody owns it" "$(owner_of $E1000)" none
ok "a user claims" hold all=$E1000
is "the record says user" "$(owner_of $E1000)" user
is "and who" "$(record $E1000 PID)" "$HOLDER"

is "sysfs bind: EBUSY" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
fails "no driver" 1 driver_of $RTL
ok "logged as the kernel's, with the holder" \
	logged "group $group: bind of $RTL to 8139cp by sh.* refused by $KEEPER with EBUSY.*vfio-hold\[$HOLDER\]"
is "drivers_probe: EINVAL" "$(write_error $RTL $pci/drivers_probe)" "$PROBE_DENIED"
fails "no driver" 1 driver_of $RTL
fails "why says that no driver can bind" 1 ownerctl why --bind $RTL
like "and names the holder's pid" "$(ownerctl why --bind $RTL)" "vfio-hold.*$HOLDER"

ok "a driver's module is unloaded" rmmod pcnet32
ok "and loaded: that succeeds" modprobe pcnet32
fails "its device stays unbound" 1 driver_of $PCNET
ok "logged for modprobe" logged "bind of $PCNET to pcnet32 by modprobe.* refused by $KEEPER"
rmmod pcnet32
ok "loaded with async probe" modprobe pcnet32 async_probe=1
ok "logged for a kernel worker" logged "bind of $PCNET to pcnet32 by kworker.* refused by $KEEPER"
fails "its device stays unbound" 1 driver_of $PCNET

ok "meanwhile: unbind in another group works" unbind $E1000E
ok "meanwhile: and bind" bind $E1000E e1000e
is "the holder goes on" "$(owner_of $E1000)" user
is "it is the same" "$(record $E1000 PID)" "$HOLDER"

release
ok "after: nobody owns it" owned $E1000 none
ok "after: the bind works" bind $RTL 8139cp
is "after: the kernel owns it" "$(owner_of $E1000)" kernel
ok "after: the other one too" probe $PCNET
is "after: by its module's driver" "$(driver_of $PCNET)" pcnet32
stop_ownerd
finish
