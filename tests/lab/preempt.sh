# topology: shared
# kernels: 6.1 6.12 7.3 (5.10 cannot be made preemptible at boot)
# append: preempt=full
# flags: --smp 1
# On a preemptible kernel the kernel may skip an observer that is preempted by itself: nothing of
# the map is missing all the same, and no open gets past an LSM program.
. ./tap.sh

groups=$(sysfs_groups)
hammer 40 read /sys/kernel/iommu_groups/[1-5]/type &
hammer=$!
ok "starts while others read the groups' files" start_ownerd --mode enforce --reserve $NVME
is "and has every group" "$(ownerctl list --json | jq -r '.groups[].group')" "$groups"
kill $hammer
to_vfio $NVME
is "many threads, one CPU: every open is refused" \
	"$(hammer 4 open "/dev/vfio/$(group_of $NVME)")" "EPERM many, others 0"
to_vfio $E1000E
is "another group opens" "$(step open open=$E1000E)" ok
stop_ownerd
is "after: it opens" "$(step open open=$NVME)" ok
finish
