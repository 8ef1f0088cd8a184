# topology: sriov
# Virtual functions are groups of their own, which come and go with the physical one's count.
. ./tap.sh

vfs() { echo "$1" >$pci/devices/$PF/sriov_numvfs; }
groups() { ownerctl list --raw --output GROUP | sort; }

start_ownerd --mode enforce --reserve $VF2
is "every group is recorded" "$(groups)" "$(sysfs_groups)"
is "the physical function is the kernel's" "$(record $PF OWNER,COUNT)" "$(printf 'kernel\t1')"
is "a virtual one nobody's" "$(record $VF1 OWNER)" none
to_vfio $VF1 $VF2 $VF3
is "one is reserved: EPERM" "$(step open open=$VF2)" EPERM
ok "another is claimed" hold claim=$VF1
is "and the user's" "$(record $VF1 OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
is "the physical function still the kernel's" "$(record $PF OWNER,COUNT)" "$(printf 'kernel\t1')"
is "the next one nobody's" "$(record $VF3 OWNER)" none
# Without its last VFIO device a group cannot stay claimed: the kernel ends the claim, or, before 5.19,
# has the unbind wait for the user.
unbind $VF1 &
unbinding=$!
[ "$KEEPER" != ownerd ] || release
ok "vfio-pci unbound while only the group is open" wait $unbinding
ok "ends the claim" owned $VF1 none
ok "logged with who held it" logged "group $(group_of $VF1): released, held by vfio-hold"
[ "$KEEPER" = ownerd ] || release

to_nobody $VF1 $VF2 $VF3
ok "the virtual functions go" vfs 0
is "and their records" "$(groups)" "$(sysfs_groups)"
fails "they are unknown" 2 ownerctl show $VF1
ok "new ones come" vfs 3
is "and are recorded" "$(groups)" "$(sysfs_groups)"
like "the policy names its device still" "$(record $VF2 POLICY)" "reserve $VF2"
to_vfio $VF1 $VF2
is "one is reserved: EPERM" "$(step open open=$VF2)" EPERM
ok "another is claimed" hold claim=$VF1
is "and the user's" "$(record $VF1 OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
release
stop_ownerd
ok "after: the reserved one opens" vfio-hold claim=$VF2
finish
