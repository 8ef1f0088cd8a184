# topology: shared
# skips-5.10: 4
# also: 5.10+bpf
# skips-5.10+bpf: 3
# A map that VFIO itself refuses, or another security module: the caller saw one errno of several causes; why
# and the log know which.
. ./tap.sh

limit=/sys/module/vfio_iommu_type1/parameters/dma_entry_limit
why() { ok "why: $3" says "$1" "$2"; }
gone() {
	for module in vfio_pci vfio_pci_core vfio_iommu_type1 vfio; do rmmod $module 2>/dev/null; done
	[ ! -e /sys/module/vfio ]
}
other() {
	rm -f /run/other.out
	lsm-deny 10 "$1" >/run/other.out 2>&1 &
	other=$!
	wait_for 10 grep -qs attached /run/other.out
}
refusals() { grep -c 'map by vfio-hold.*refused by the kernel' $LOG; }
answers() { grep -c '\(map\|claim\) by vfio-hold.*refused by the kernel' $LOG; }

start_ownerd
waits() { [ "$KEEPER" = ownerd ] || [ "$(ownerctl status --raw --all | grep -c '^hook	container_answered	waiting')" = 1 ]; }
ok "no device is at VFIO: nobody looks at its answers" waits
to_vfio $NVME $E1000E
if [ "$KEEPER" = ownerd ]; then
	skip "a device is at VFIO: VFIO's answers are seen" "before 5.19 they are seen at the end of the system call"
else
	ok "a device is at VFIO: VFIO's answers are seen" wait_for 15 attached container_answered
fi
ok "before: a map, and the same again once it is unmapped" vfio-hold claim=$NVME set-iommu map=64K unmap map=64K
is "nothing was refused" "$(refusals)" 0

is "where something is mapped: EEXIST" "$(vfio-hold --keep-going claim=$NVME set-iommu map=64K map=64K 2>&1 | sed -n 's/^map: \(E[A-Z]*\).*/\1/p')" EEXIST
why $NVME 'vfio-hold\[[0-9]+\] \(uid 0\) tried to map memory for DMA: refused by the kernel, since something is mapped at these addresses already' "something is mapped there"
like "and what he saw" "$(ownerctl why $NVME)" 'its caller saw: EEXIST'
is "the same of a 32-bit caller" "$(vfio-hold --compat --keep-going claim=$NVME set-iommu map=64K map=64K 2>&1 | sed -n 's/^map: \(E[A-Z]*\).*/\1/p')" EEXIST
ok "is counted, too" wait_for 5 sh -c "ownerctl why $NVME | grep -q '(2 times)'"
is "of no whole pages: EINVAL" "$(step map claim=$NVME set-iommu map=4097)" EINVAL
why $NVME 'refused by the kernel, since what it asked for cannot be mapped: no whole pages, ' "no whole pages"
is "reserved for interrupts: EINVAL" "$(step map claim=$NVME set-iommu map=64K@0xfee00000)" EINVAL
is "what may not be written to: EFAULT" "$(step map-read-only claim=$NVME set-iommu map-read-only=64K)" EFAULT
why $NVME 'refused by the kernel, since the memory could not be pinned: it is not its own, or not its own to write' "not his to write"

chown 65534 "/dev/vfio/$(group_of $NVME)"
# shellcheck disable=SC3045 # busybox has it
ulimit -l 64
is "more than he may lock: ENOMEM" "$(step map uid=65534 claim=$NVME set-iommu map=128K)" ENOMEM
why $NVME 'vfio-hold\[[0-9]+\] \(uid 65534\) tried to map .*, since it may lock no more memory \(RLIMIT_MEMLOCK: LimitMEMLOCK= of a unit' "what he may lock"
is "root may lock what he likes" "$(step map claim=$NVME set-iommu map=128K)" ok
# shellcheck disable=SC3045 # busybox has it
ulimit -l unlimited

before=$(cat $limit)
echo 1 >$limit
is "more than dma_entry_limit: ENOSPC" "$(vfio-hold --keep-going claim=$NVME set-iommu map=64K map=64K@2M 2>&1 | sed -n 's/^map: \(E[A-Z]*\).*/\1/p')" ENOSPC
why $NVME 'since there are as many mappings as may be \(dma_entry_limit of vfio_iommu_type1\)' "as many as may be"
echo "$before" >$limit

# Claims that VFIO refuses for reasons of its own.
if [ "$KEEPER" = ownerd ]; then
	skip "a group in its container: EINVAL" "before 5.19 VFIO's own answer to a claim is not seen"
else
	is "a group in its container: EINVAL" "$(vfio-hold --keep-going claim=$NVME set-container 2>&1 | sed -n 's/^set-container: \(E[A-Z]*\).*/\1/p')" EINVAL
	ok "is told" logged "group $(group_of $NVME): claim by vfio-hold.*: refused by the kernel with EINVAL"
fi
is "an IOMMU is set twice: EINVAL" "$(vfio-hold --keep-going claim=$NVME set-iommu set-iommu 2>&1 | sed -n 's/^set-iommu: \(E[A-Z]*\).*/\1/p')" EINVAL
why $NVME 'tried to claim the group: refused by the kernel$' "the errno is all that is known"
is "before its IOMMU is set, a map: EINVAL" "$(step map claim=$NVME map=64K)" EINVAL

# A container of two groups: both know.
is "a container of two groups" "$(vfio-hold --keep-going claim=$NVME set-iommu open=$E1000E set-container map=64K map=64K 2>&1 | sed -n 's/^map: \(E[A-Z]*\).*/\1/p')" EEXIST
why $E1000E 'something is mapped at these addresses already' "the other group knows, too"
is "each record names the act and the cause" "$(ownerctl log --json | jq -r 'select(.act == "map") | "\(.by) \(.reason) \(.errno)"' | sort -u | tr '\n' ';')" \
	"kernel argument EINVAL;kernel mappings ENOSPC;kernel memlock ENOMEM;kernel memory EFAULT;kernel overlap EEXIST;"
for reason in overlap mappings memlock memory argument; do
	like "the metrics know $reason" "$(ownerctl metrics)" "^ownerd_denials_total\{act=\"map\",by=\"kernel\",reason=\"$reason\"\} [1-9]"
done
like "and how many in all" "$(ownerctl metrics)" "^ownerd_refused_by_others_total\{by=\"map\"\} $(answers)\$"

# ownerd's own refusal, and another module's, are none of the kernel's.
told=$(refusals)
printf 'version: 1\nmode: enforce\nrules:\n  - {name: a little, devices: [{pci: "%s"}], maps: {limit: 1MiB}}\n' $NVME >/run/policy.yaml
ok "a limit" ownerctl policy apply /run/policy.yaml
is "beyond it: ownerd's EPERM" "$(step map claim=$NVME set-iommu map=2M)" EPERM
ok "told as its" logged 'map by vfio-hold.*: refused by ownerd with EPERM'
is "within it: mapped" "$(step map claim=$NVME set-iommu map=64K)" ok
if [ $ATTACH = lsm ]; then
	other map
	is "another module: EACCES" "$(step map claim=$NVME set-iommu map=64K)" EACCES
	why $NVME 'tried to map memory for DMA: refused by another security module' "another module"
	kill $other
	wait $other 2>/dev/null
	ok "it ends: mapped" wait_for 10 vfio-hold claim=$NVME set-iommu map=64K
	other iommu
	is "another module, of the IOMMU: EACCES" "$(step set-iommu claim=$NVME set-iommu)" EACCES
	ok "is told as its" logged 'claim by vfio-hold.*: refused by another security module with EACCES'
	kill $other
	wait $other 2>/dev/null
else
	skip "another module" "lsm-deny needs bpf among the LSMs"
fi
is "ownerd is not taken for another, nor for the kernel" "$(grep -c 'map by .*refused by another' $LOG) $(refusals)" "$([ $ATTACH = lsm ] && echo 1 || echo 0) $told"

# A module that is hung on stays loaded, and goes when nobody hangs on it.
if [ "$KEEPER" = ownerd ]; then
	skip "VFIO can be unloaded" "nothing hangs on it"
else
	to_nobody $NVME $E1000E
	ok "no device is at VFIO: VFIO can be unloaded" wait_for 30 gone
	modprobe vfio-pci
	to_vfio $NVME
	ok "it comes again: its answers are seen again" wait_for 15 attached container_answered
fi
stop_ownerd
finish
