# topology: sriov_joined
# flags-5.10: --allow-oops
# Devices join a user's group by themselves: found anew by a rescan, or created as virtual functions.
# What their drivers then do is judged like any bind. 5.10 itself warns of a device in a user's group.
. ./tap.sh

start_ownerd --mode enforce
modprobe vfio-pci enable_sriov=1
group=$(group_of $E1000E)
vfs() { echo "$1" >$pci/devices/$PF/sriov_numvfs; }
there() { [ -e "$pci/devices/$1" ]; }
same_group() { [ "$(group_of "$1")" = "$group" ]; }
refused() { logged "group $group: bind of $1 to $2 by .*: refused by $KEEPER with EBUSY.*vfio-hold\[$HOLDER\]"; }

to_vfio $PF
to_nobody $E1000E
ok "before: a rescan" sh -c "echo 1 >$pci/devices/$E1000E/remove; echo 1 >/sys/bus/pci/rescan"
ok "before: finds the device, and its driver binds" wait_for 5 driver_of $E1000E
to_nobody $E1000E
ok "before: virtual functions come and go" vfs 2
ok "before: in the group" same_group $VF1
vfs 0

ok "a user claims" hold all=$PF
: >$LOG
ok "a device of the group is removed" sh -c "echo 1 >$pci/devices/$E1000E/remove"
ok "and found by a rescan" sh -c "echo 1 >/sys/bus/pci/rescan"
ok "it is in the user's group" same_group $E1000E
fails "it has no driver" 1 driver_of $E1000E
ok "the bind is logged as refused" refused $E1000E e1000e
ok "virtual functions are created" vfs 2
ok "they are in the user's group" same_group $VF1
is "vfio-pci, which does no DMA, has them" "$(driver_of $VF1)" vfio-pci
to_nobody $VF1
is "a host driver: refused" "$(bind_error_by_override $VF1 nvme)" "$BIND_BUSY"
ok "is logged" refused $VF1 nvme
is "the owner is the same" "$(record $PF OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
ok "the map is true" ownerctl verify
ok "the functions go" vfs 0
ok "so" wait_for 5 sh -c "[ ! -e $pci/devices/$VF1 ]"
release
ok "after: nobody owns it" owned $PF none
ok "after: the driver binds" probe $E1000E
is "so" "$(driver_of $E1000E)" e1000e
stop_ownerd
finish
