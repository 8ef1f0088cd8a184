# topology: shared
# append: lsm=lockdown,capability,selinux,bpf
# SELinux refuses an open before it is one, which no hook of opens sees: it is told all the same, and so
# is a file of sysfs.
. ./tap.sh

confined() { # COMMAND...: by who may not write to devices' nodes
	sh -c 'printf system:any:confined:s0 >/proc/self/attr/current && exec "$@"' sh "$@"
}
start_ownerd
to_vfio $E1000E
ok "what others refuse is seen" wait_for 15 attached inode_audited
mkdir -p /run/selinux && mount -t selinuxfs selinuxfs /run/selinux
ok "a policy is loaded" sh -c 'cat policy >/run/selinux/load'
ok "before: it is not enforced, the open works" confined vfio-hold open=$E1000E
echo 1 >/run/selinux/enforce
is "open: EACCES" "$(confined vfio-hold open=$E1000E | sed -nE 's/^open: ([A-Z]+).*/\1/p')" EACCES
ok "why" says $E1000E 'vfio-hold\[[0-9]+\] \(uid 0\) tried to open the group.s node: refused by another security module'
like "and what he saw" "$(ownerctl why $E1000E)" 'its caller saw: EACCES'
ok "logged" logged "group $(group_of $E1000E): open by vfio-hold.*: refused by another security module with EACCES"
is "once" "$(grep -c 'open by vfio-hold' $LOG)" 1
ok "who may opens it" vfio-hold open=$E1000E
like "it may be read: nothing is told" "$(confined cat /sys/bus/pci/devices/$E1000E/vendor)" 0x8086
fails "a file of the device in sysfs: refused" 1 confined sh -c "echo >/sys/bus/pci/devices/$E1000E/driver_override"
ok "why" says $E1000E "sh\[[0-9]+\] \(uid 0\) tried to get at driver_override of $E1000E in sysfs: refused by another security module"
fails "a driver's: refused" 1 confined sh -c "echo $E1000E >/sys/bus/pci/drivers/vfio-pci/unbind"
ok "why" says $E1000E 'sh\[[0-9]+\] \(uid 0\) tried to open unbind of the driver vfio-pci in sysfs: refused by another security module'
is "three in all" "$(grep -c 'refused by another' $LOG)" 3
like "counted" "$(ownerctl metrics)" '^ownerd_denials_total{act="sysfs",by="lsm",reason="other-lsm"} 2$'
echo 0 >/run/selinux/enforce
ok "after: it opens again" confined vfio-hold open=$E1000E
stop_ownerd
finish
