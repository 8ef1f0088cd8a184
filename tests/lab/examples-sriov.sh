# topology: sriov
# kernels: 5.10 6.12 (one kernel of each kind is enough for what examples/ says)
# The policy of examples/sriov-k8s.yaml, enforced: functions are for pods, from the moment they are
# made. The guest's card has the id of its functions, so the card is named by its address; and its
# host driver cannot use a function: what binds is vfio-pci.
. ./tap.sh

pod=/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod8f14e45f_ceea_467f_a9c5_0d1c2b3a4e5f.slice
vfs() { echo "$1" >$pci/devices/$PF/sriov_numvfs; }
# claims CGROUP DEV: what a claim says there.
claims() {
	mkdir -p "/sys/fs/cgroup$1"
	sh -c 'echo 0 >"$0/cgroup.procs" && exec vfio-hold claim="$1"' "/sys/fs/cgroup$1" "$2" |
		sed -nE 's/^(open|set-container): ([A-Za-z]*).*/\2/p' | tail -n 1
}
refused() { # DEV ACT RULE
	logged "group $(group_of "$1"): $2.*: refused by ownerd with E[A-Z]*: rule \"$3\""
}

to_vfio $VF1
sed "s/^mode: observe$/mode: enforce/; s/{id: \"15b3:101d\"}/{pci: \"$PF\"}/; s/15b3:101e/1b36:0010/" \
	sriov-k8s.yaml >/run/example.yaml
printf 'version: 1\nmode: enforce\n' >/run/none.yaml
start_ownerd --policy /run/none.yaml
is "before: the node claims" "$(claims /system.slice/x.service $VF1)" ok
to_nobody $VF1
vfs 0

ok "sriov-k8s" ownerctl policy apply /run/example.yaml
ok "functions are made" vfs 2
ok "no other driver has them: refused" refused $VF1 "bind of $VF1 to nvme" "functions go to pods only"
ok "of the second too" refused $VF2 "bind of $VF2 to nvme" "functions go to pods only"
ok "vfio-pci has" to_vfio $VF1 $VF2
is "a pod claims" "$(claims $pod/cri-containerd-0.scope $VF1)" ok
is "the node does not: EPERM" "$(claims /system.slice/x.service $VF1)" EPERM
ok "by that rule" refused $VF1 "open by vfio-hold" "functions go to pods only"
is "nor root's shell: EPERM" "$(claims / $VF2)" EPERM
is "nor what calls itself a pod in a unit: EPERM" "$(claims /system.slice/x.service$pod $VF2)" EPERM
to_nobody $VF1 $VF2
ok "the card, without functions" vfs 0
ok "and host driver" unbind $PF
ok "vfio-pci binds to it" to_vfio $PF
is "a pod does not have it: EPERM" "$(claims $pod/cri-containerd-0.scope $PF)" EPERM
ok "by that rule" refused $PF "open by vfio-hold" "the card stays with the host"

ok "no rules" ownerctl policy apply /run/none.yaml
is "after: the node claims the card" "$(claims /system.slice/x.service $PF)" ok
ok "its host driver binds" bind $PF nvme
echo 0 >$pci/devices/$PF/sriov_drivers_autoprobe # the host's driver takes its time with a function
ok "functions are made again" vfs 1
ok "and bound" to_vfio $VF1
is "after: the node claims it" "$(claims /system.slice/x.service $VF1)" ok
to_nobody $VF1
stop_ownerd
finish
