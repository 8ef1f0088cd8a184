# topology: hotplug
# kernels: 5.10 6.12 (one kernel of each kind is enough for what modules say)
# flags: --no-drivers
# flags-5.10: --allow-oops
# A rule that names a driver selects what the host would bind to it too: devices that VFIO had before
# any host driver, from boot or since they were plugged in. (5.10 warns of the latter itself: hotplug.sh.)
. ./tap.sh

AHCI=0000:00:1f.2 # in a group of its own

rule() { # RULE...: the policy, from now on
	printf 'version: 1\nmode: enforce\nrules:\n' >/run/policy.yaml
	for rule; do printf '  - {name: "%s", %s}\n' "${rule%%:*}" "${rule#*: }"; done >>/run/policy.yaml
	ownerctl policy apply
}
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	logged 'mode, .* groups'
}
opens() { step open open=$E1000E; }
is_open() { [ "$(opens)" = "$1" ]; }
plugged() { [ -e $pci/devices/$PLUGGED ]; }
gone() { [ ! -e $pci/devices/$PLUGGED ]; }
deny="claim: {deny: [{any: true}]}"

to_vfio $E1000E $AHCI
echo vfio-pci >$pci/devices/$NVME/driver_override
echo $NVME >$pci/drivers_probe
is "no host driver was ever bound: there is none" "$(ls -d /sys/module/e1000e /sys/module/nvme 2>/dev/null)" ""
is "VFIO has the device by its override" "$(driver_of $NVME)" vfio-pci
is "before: the group opens" "$(opens)" ok
printf 'version: 1\nmode: enforce\n' >/run/policy.yaml
start_ownerd --policy /run/policy.yaml

ok "a rule for a driver" rule "net: devices: [{driver: e1000e}], $deny"
is "open: EPERM" "$(opens)" EPERM
ok "by that rule" logged "group $(group_of $E1000E): open by .*: refused by ownerd with EPERM: rule \"net\""
fails "can says so" 1 ownerctl can --as uid=0 claim $E1000E
fails "test too" 1 ownerctl policy test --as uid=0 claim $E1000E
is "meanwhile: another group is claimed" "$(step set-container claim=$AHCI)" ok
ok "and can says so" ownerctl can --as uid=0 claim $AHCI
ok "of the other device's driver" rule "disks: devices: [{driver: nvme}], $deny"
is "open: EPERM" "$(opens)" EPERM
ok "of neither" rule "net: devices: [{driver: e1000}], $deny"
is "after: the group opens" "$(opens)" ok

ok "what is blacklisted the host would not bind" rule "net: devices: [{driver: e1000e}], $deny"
mkdir -p /etc/modprobe.d && echo "blacklist e1000e" >/etc/modprobe.d/lab.conf
ok "once it is loaded anew" reload
is "open works" "$(opens)" ok
ok "can says so" ownerctl can --as uid=0 claim $E1000E
ok "no more" rm /etc/modprobe.d/lab.conf
ok "once it is loaded anew" reload
is "open: EPERM" "$(opens)" EPERM

ok "a rule for binds" rule "disks: devices: [{driver: nvme}], bind: {allow: [vfio-pci]}"
modprobe nvme
unbind $NVME
echo >$pci/devices/$NVME/driver_override
is "the first bind of its driver: refused" "$(bind_error $NVME nvme)" "$BIND_DENIED"
fails "can says so" 1 ownerctl can bind $NVME nvme
ok "vfio-pci binds" to_vfio $NVME
ok "without the rule" rule "net: devices: [{driver: e1000}], $deny"
unbind $NVME
ok "after: it binds" bind $NVME nvme
ok "and leaves" to_vfio $NVME

# Plugged in, and VFIO's from the start.  A device is there a moment before it can be bound (pci_bus_add_device).
echo 0 >$pci/drivers_autoprobe
ok "a rule for what is to come" rule "usb: devices: [{driver: xhci_pci}], $deny"
is "before: the group opens" "$(opens)" ok
ok "it is plugged in" lab-plug qemu-xhci rpD2 hp1
ok "is there" wait_for 20 plugged
ok "VFIO has it" wait_for 5 to_vfio $PLUGGED
ok "open: EPERM" wait_for 5 is_open EPERM
ok "by that rule" logged "open by .*: refused by ownerd with EPERM: rule \"usb\""
fails "can says so" 1 ownerctl can --as uid=0 claim $PLUGGED
is "meanwhile: another group is claimed" "$(step set-container claim=$AHCI)" ok
modprobe xhci_pci
ok "its module is loaded" reload
is "whose driver has another name: open works" "$(opens)" ok
ok "a rule for that" rule "usb: devices: [{driver: xhci_hcd}], $deny"
is "open: EPERM" "$(opens)" EPERM
unbind $PLUGGED
ok "it is pulled out" lab-unplug hp1
ok "is gone" wait_for 20 gone
ok "after: the group opens" wait_for 5 is_open ok

# What is known of one is known of the next like it, by the kernel alone.
verify_clean
kill -9 "$OWNERD"
wait "$OWNERD" 2>/dev/null
ok "without ownerd another is plugged in" lab-plug qemu-xhci rpD2 hp2
ok "is there" wait_for 20 plugged
ok "VFIO has it" wait_for 5 to_vfio $PLUGGED
is "open: EPERM" "$(opens)" EPERM
is "meanwhile: another group is claimed" "$(step set-container claim=$AHCI)" ok
unbind $PLUGGED
ok "it is pulled out" lab-unplug hp2
ok "is gone" wait_for 20 gone
ok "after: the group opens" wait_for 5 is_open ok
ownerd --unpin 2>/dev/null

# Without libkmod such a rule selects less, which is said, and all else works.
printf 'version: 1\nmode: enforce\nrules:\n  - {name: net, devices: [{driver: e1000e}], %s}\n' "$deny" >/run/policy.yaml
echo "  - {name: ahci, devices: [{pci: \"$AHCI\"}], $deny}" >>/run/policy.yaml
library=$(ls /lib/*/libkmod.so.2)
mv "$library" /run/
ok "without libkmod it starts" start_ownerd --policy /run/policy.yaml
ok "and says what it does not know" grep -q "libkmod.so.2.*install libkmod2: which driver" $LOG
is "once" "$(grep -c libkmod2 $LOG)" 1
is "the rule does not select it: open works" "$(opens)" ok
is "another rule does" "$(step open open=$AHCI)" EPERM
stop_ownerd
mv /run/libkmod.so.2 "$library"
ok "after: with it" start_ownerd --policy /run/policy.yaml
is "open: EPERM" "$(opens)" EPERM
stop_ownerd
finish
