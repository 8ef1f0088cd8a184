# topology: shared
# ownerctl verify finds every way in which the map can be untrue, and nothing where it is not.
. ./tap.sh

fails "nothing is pinned: 3" 3 ownerctl verify
start_ownerd --mode enforce
to_vfio $E1000
to_nobody $RTL $PCNET
group=$(group_of $E1000)
single=$(group_of $E1000E)
ok "the map is true" ownerctl verify
hold all=$E1000
ok "with a user too" ownerctl verify
is "in JSON" "$(ownerctl verify --json | jq -c '[.groups > 5, .devices > 8, .differences]')" '[true,true,[]]'

ok "the user's group is recorded as nobody's" spoil owner "$group" 0 0
fails "that differs" 1 ownerctl verify
is "one line says it" "$(ownerctl verify --raw)" \
	"group $group: recorded as owned by none (0), by the kernel's words by user (1)"
cat "/sys/kernel/iommu_groups/$group/type" >/dev/null
ok "learnt anew, the map is true" ownerctl verify
ok "a count is wrong" spoil owner "$single" 1 2
is "that differs" "$(ownerctl verify --raw)" \
	"group $single: recorded as owned by kernel (2), by the kernel's words by kernel (1)"
kill -9 $OWNERD
wait $OWNERD 2>/dev/null
fails "also without the daemon" 1 ownerctl verify
cat "/sys/kernel/iommu_groups/$single/type" >/dev/null
ok "learnt anew without the daemon" ownerctl verify
ok "a device's record is lost" spoil forget $NVME
is "that differs" "$(ownerctl verify --raw)" \
	"group $(group_of $NVME): 0 devices recorded, 1 by sysfs"
release
start_ownerd --mode enforce
ok "the next ownerd has a true map" ownerctl verify
stop_ownerd
finish
