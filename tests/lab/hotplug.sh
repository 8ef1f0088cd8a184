# topology: hotplug
# flags-5.10: --allow-oops
# A device is plugged into a group that has an owner or a policy, and pulled out again. 5.10 itself
# warns of a device in a user's group (dev_WARN in vfio_group_nb_add_dev()), which the lab would take
# for a fault.
. ./tap.sh

port=0000:00:08.2 # of the empty slot, in the same group
start_ownerd --mode enforce
group=$(group_of $E1000E)

plugged() { [ -e $pci/devices/$PLUGGED ]; }
counted() { [ "$(record $E1000E OWNER,COUNT)" = "$(printf 'kernel\t%s' "$1")" ]; }
gone() { [ ! -e $pci/devices/$PLUGGED ]; }
recorded() { record $E1000E DEVICES | grep -q $PLUGGED; }
forgotten() { ! recorded; }
plug() { lab-plug e1000e rpD2 hp1 && wait_for 20 plugged && wait_for 5 recorded; }
unplug() { lab-unplug hp1 && wait_for 20 gone && wait_for 5 forgotten; }

ok "before: plugged into the kernel's group" plug
ok "before: its driver binds" wait_for 10 driver_of $PLUGGED
ok "before: and is counted" wait_for 5 counted 3
ok "before: unplugged" unplug
is "before: and no more" "$(record $E1000E OWNER,COUNT)" "$(printf 'kernel\t2')"

to_vfio $E1000E $NVME
is "nobody owns it, with pcieport bound in it" "$(record $E1000E OWNER,COUNT)" "$(printf 'none\t0')"
ok "a user claims" hold all=$E1000E
ok "plugged into the user's group" plug
ok "the bind of its driver is logged as refused" logged \
	"group $group: bind of $PLUGGED to e1000e by .*: refused by $KEEPER with EBUSY.*vfio-hold\[$HOLDER\]"
fails "it has no driver" 1 driver_of $PLUGGED
ok "a warning names it" logged "group $group: .*$PLUGGED.*peer-to-peer DMA.*vfio-hold\[$HOLDER\]"
is "the owner is the same" "$(record $E1000E OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
ok "meanwhile: pcieport rebinds in the user's group" unbind $port
ok "meanwhile: so" bind $port pcieport
ok "unplugged" unplug
ok "logged" logged "group $group: leave of $PLUGGED"
is "the owner is the same" "$(record $E1000E OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
release
ok "after: nobody owns it" owned $E1000E none
ok "after: plugged again" plug
ok "after: its driver binds" wait_for 10 driver_of $PLUGGED
ok "after: the kernel owns the group" wait_for 5 counted 1
ok "unplugged" unplug
stop_ownerd

start_ownerd --mode enforce --reserve $PLUGGED --dedicate $PLUGGED
ok "policy for a device that is not there is said" logged "$PLUGGED is not in any IOMMU group"
ok "before: the group opens" vfio-hold open=$E1000E
ok "plugged" plug
like "its policy acts on its group" "$(record $E1000E POLICY)" "dedicate $PLUGGED, reserve $PLUGGED"
is "open: EPERM" "$(step open open=$E1000E)" EPERM
ok "its driver is refused" logged "bind of $PLUGGED to e1000e by .*: refused by ownerd with EBUSY: .*dedicated"
fails "it has no driver" 1 driver_of $PLUGGED
ok "meanwhile: vfio-pci binds to it" to_vfio $PLUGGED
ok "unplugged" unplug
is "after: no policy acts" "$(record $E1000E POLICY)" -
ok "after: the group opens" vfio-hold open=$E1000E
ok "after: a driver binds in it" bind $NVME nvme
stop_ownerd
finish
