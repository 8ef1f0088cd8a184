# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# Each refusing hook goes on refusing when the daemon has been killed, and lets go when taken down.
. ./tap.sh

to_vfio $NVME $E1000
to_nobody $E1000E $RTL $PCNET
is "before: open works" "$(step open open=$NVME)" ok
ok "before: the driver binds" bind $E1000E e1000e
unbind $E1000E
open_before $NVME
start_ownerd --mode enforce --reserve $NVME --dedicate $E1000E
hold all=$E1000
kill -9 "$OWNERD"
wait "$OWNERD" 2>/dev/null

is "open: EPERM" "$(step open open=$NVME)" EPERM
kill $NATIVE
is "claim by a file of before: EPERM" "$(claim_said native 1)" EPERM
kill $COMPAT
is "of a 32-bit caller: EPERM" "$(claim_said compat 1)" EPERM
is "bind in the dedicated group" "$(bind_error $E1000E e1000e)" "$BIND_DENIED"
is "bind beside a user" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
ok "meanwhile: vfio-pci binds" to_vfio $E1000E
is "meanwhile: and is claimed" "$(step set-container claim=$E1000E)" ok
ok "the map is true without a daemon" ownerctl verify
release
ok "taken down" ownerd --unpin
kill $NATIVE
is "after: the file of before claims" "$(claim_said native 2)" ok
kill $NATIVE $COMPAT
wait $NATIVE $COMPAT
is "after: open works" "$(step open open=$NVME)" ok
ok "after: the driver binds" bind $E1000E e1000e
ok "after: the other too" bind $RTL 8139cp
finish
