# topology: shared
# kernels: 6.12-iommufd (Debian's kernels have no iommufd: make lab-kernel)
# A user takes devices by their own nodes and iommufd, or a group by iommufd: the owner map, the
# kernel's refusals and ownerd's policy are those of VFIO's groups.
. ./tap.sh

by_node="iommufd cdev=$E1000 bind-iommufd ioas attach ioas-map=2M"
hold_in_steps() { # STEP...: of which some are ready=FILE hold
	vfio-hold --keep-going "$@" >/run/hold.out 2>&1 &
	HOLDER=$!
}
count() { ownerctl list --json | jq --arg dev "$E1000" '.groups[] | select(.devices[].name == $dev).count'; }

to_vfio $E1000E
start_ownerd --mode enforce --reserve $NVME
ok "every program is there" [ "$(ownerctl status --json | jq '[.hooks[] | select(.state != "attached" and .state != "waiting")] | length')" = 0 ]
to_vfio $E1000 $NVME
to_nobody $RTL $PCNET
group=$(group_of $E1000)

# The cdev of a reserved group; one that was there before ownerd, and one that came later.
is "reserved: open of its node: EPERM" "$(step cdev cdev=$NVME)" EPERM
ok "is logged" logged "group $(group_of $NVME): open by vfio-hold.*: refused by ownerd with EPERM"
is "its group's too" "$(step open open=$NVME)" EPERM
is "the other's opens" "$(step cdev cdev=$E1000E)" ok
is "an open is no claim" "$(owner_of $E1000E)" none

# The claim, and what it means for others.
hold $by_node
is "claimed by iommufd" "$(owner_of $E1000)" user
like "by whom" "$(record $E1000 HOLDER)" "vfio-hold.$HOLDER"
ok "is logged" logged "group $group: claim by vfio-hold\[$HOLDER\]; owner: user"
like "who has it open" "$(ownerctl show $E1000)" "vfio-hold.$HOLDER"
is "a host driver beside it" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
ok "is logged" logged "bind of $RTL to 8139cp by .*: refused by the kernel.*held by vfio-hold\[$HOLDER\]"
to_vfio $RTL
is "another iommufd, another device of the group: EPERM" \
	"$(step bind-iommufd iommufd cdev=$RTL bind-iommufd)" EPERM
ok "is logged" logged "group $group: claim by vfio-hold.*: refused by the kernel with EPERM: .*held by vfio-hold\[$HOLDER\]"
is "the group's node is busy for everyone" "$(step open open=$E1000)" EBUSY
is "the holder is the same" "$(record $E1000 HOLDER | grep -c $HOLDER)" 1
maps_of() { ownerctl show --json $E1000 | jq -r ".group.maps | $1"; }
bytes() { maps_of .bytes; }
mappings() { maps_of .mappings; }
is "what is mapped" "$(bytes)" $((2 * 1024 * 1024))
is "in one mapping" "$(mappings)" 1
like "which is told" "$(ownerctl show $E1000)" '2 MiB, 1 mapping$'
is "another group is claimed meanwhile" \
	"$(step ioas-map iommufd cdev=$E1000E bind-iommufd ioas attach ioas-map=2M)" ok
ok "the map is true" ownerctl verify
user=$HOLDER
release
is "released" "$(owned $E1000 none && echo yes)" yes
ok "is logged" logged "group $group: released, held by vfio-hold\[$user\]"

# Two devices of a group, one iommufd.
hold $by_node cdev=$RTL bind-iommufd attach
is "two devices for one iommufd: two claims" "$(count)" 2
is "one holder" "$(record $E1000 HOLDER | grep -c $HOLDER)" 1
ok "the map is true" ownerctl verify
is "a host driver beside them" "$(bind_error $PCNET pcnet32)" "$BIND_BUSY"
release
hold iommufd cdev=$E1000 bind-iommufd cdev=$RTL bind-iommufd close=device
is "one is given back: one claim" "$(count)" 1
is "it is the user's still" "$(owner_of $E1000)" user
release
ok "all are given back" owned $E1000 none

# A group whose devices are claimed one by one, by the group's node.
hold open=$E1000 iommufd set-container
is "a group with an iommufd is nobody's" "$(owner_of $E1000)" none
release
hold open=$E1000 iommufd set-container device=$E1000
is "until one of its devices is taken" "$(owner_of $E1000)" user
is "a host driver beside it" "$(bind_error $PCNET pcnet32)" "$BIND_BUSY"
release
ok "released" owned $E1000 none

# Mappings: of an address space that is filled before it has a device; of which all goes; of which a
# part goes by VFIO's own call, which cuts one in two and says nothing of it.
hold iommufd cdev=$E1000 bind-iommufd ioas ioas-map=1M ioas-copy=4 ioas-copy=8 attach
is "mapped before there was a device: three" "$(mappings)" 3
release
hold_in_steps iommufd cdev=$E1000 bind-iommufd ioas ioas-vfio set-iommu=1 attach map=2M@16M map=1M@32M ready=/run/whole hold \
	unmap=512K@17M ready=/run/cut hold ioas-unmap ioas-map=1M@64M ready=/run/anew hold
ok "maps by VFIO's own call" wait_for 10 test -e /run/whole
is "two mappings" "$(mappings)" 2
ok "a part is unmapped" kill "$HOLDER"
ok "by it" wait_for 10 test -e /run/cut
like "as it says" "$(cat /run/hold.out)" '^unmap: ok 524288 bytes'
is "so one was cut, and how many there are nobody knows" "$(mappings)" null
is "what they hold is known" "$(bytes)" $((5 * 512 * 1024))
ok "all goes" kill "$HOLDER"
ok "and one comes" wait_for 10 test -e /run/anew
is "which is counted" "$(mappings)" 1
release

# Policy that comes while a node is open: what is judged is the claim.
vfio-hold --keep-going iommufd cdev=$E1000E ready=/run/open.ready hold bind-iommufd >/run/late.out 2>&1 &
late=$!
wait_for 10 test -e /run/open.ready
stop_ownerd keep
start_ownerd --mode enforce --reserve $E1000E
is "seeded: the nodes of before: EPERM" "$(step cdev cdev=$E1000E)" EPERM
kill $late
wait $late
like "the claim by an open node: EPERM" "$(cat /run/late.out)" '^bind-iommufd: EPERM'
ok "is logged" logged "group $(group_of $E1000E): claim by vfio-hold.*: refused by ownerd with EPERM"
is "the other group's works" "$(step bind-iommufd iommufd cdev=$E1000 bind-iommufd)" ok

# A holder by iommufd who was there before ownerd.
hold $by_node
stop_ownerd
ownerd --unpin
start_ownerd --mode enforce
is "a user from before is in the map" "$(owner_of $E1000)" user
like "by its own node" "$(record $E1000 HOLDER)" "vfio-hold.$HOLDER"
ok "the map is true" ownerctl verify

# Maps, of one who was there before ownerd, and of others.
cat >/run/policy.yaml <<-END
	version: 1
	mode: enforce
	rules:
	  - {name: few, devices: [{pci: "$E1000"}], maps: {limit: 4MiB}}
	  - {name: nobody, devices: [{pci: "$E1000E"}], maps: {deny: [{uid: 0}]}}
END
said() { # STEP...: what each map says
	vfio-hold --keep-going "$@" | sed -nE 's/^ioas-(map|copy|unmap): ([A-Za-z]+).*/\2/p' | xargs
}
release
hold_in_steps iommufd cdev=$E1000 bind-iommufd ioas attach ioas-map=2M ready=/run/old hold ioas-map=3M@16M \
	hold
ok "who was there before" wait_for 10 test -e /run/old
stop_ownerd
ownerd --unpin
start_ownerd --policy /run/policy.yaml
ok "limits are counted from now" kill "$HOLDER"
ok "a map by who was there before" wait_for 10 grep -q '^ioas-map: ok 3145728' /run/hold.out
like "at least so much" "$(ownerctl show $E1000)" 'mapped +at least 3 MiB of at most 4 MiB'
is "of how many mappings nobody knows" "$(mappings)" null
release
owned $E1000 none
is "the limit: EPERM beyond it" \
	"$(said iommufd cdev=$E1000 bind-iommufd ioas attach ioas-map=4M ioas-map=4K@16M ioas-unmap ioas-map=4M@16M)" \
	"ok EPERM ok ok"
like "32-bit calls the kernel does not take" "$(vfio-hold --compat --keep-going iommufd ioas ioas-map=4M)" '^ioas: ENOTTY'
is "a copy is a map" \
	"$(said iommufd cdev=$E1000 bind-iommufd ioas attach ioas-map=2M ioas-copy=16 ioas-copy=32 ioas-map=4K@64M)" \
	"ok ok EPERM EPERM"
ok "is logged" logged "group $group: map by vfio-hold.*: refused by ownerd with EPERM: more than 4 MiB would be mapped: rule \"few\""
# What is held is exact, whatever fails, is unmapped in part, or dies.
next() { kill "$HOLDER" && wait_for 10 test -e "/run/$1"; }
mib=$((1024 * 1024))
last() { sed -nE 's/^ioas-(map|unmap): ([A-Za-z]+).*/\2/p' /run/hold.out | tail -n "$1" | xargs; }
hold_in_steps iommufd cdev=$E1000 bind-iommufd ioas attach ioas-map=1M ioas-map=1M@16M ready=/run/two hold \
	ioas-map=512K@17M ioas-map=1M ioas-map=64K@16896K ioas-map=0@32M ioas-map=1M@0xfffffffffff80000 \
	ready=/run/failed hold ioas-unmap=512K@1M ioas-unmap=512K@1536K ioas-unmap=1M@1536K ioas-unmap=4K@64M \
	ready=/run/part hold ioas-unmap=1536K@16M ready=/run/one hold ioas-map=2M@3M ready=/run/again hold
wait_for 10 test -e /run/two
is "two maps" "$(bytes)" $((2 * mib))
is "two mappings" "$(mappings)" 2
next failed
is "one more; where one is already, or in it; of no size; around the end" "$(last 5)" "ok EEXIST EEXIST EINVAL EOVERFLOW"
is "what failed is not held" "$(bytes)" $((5 * mib / 2))
is "nor is it a mapping" "$(mappings)" 3
next part
ok "why the one on the other failed" wait_for 5 sh -c "ownerctl why $E1000 | grep -q 'refused by the kernel, since something is mapped at these addresses already'"
like "and the one of no size" "$(ownerctl why $E1000)" 'refused by the kernel, since what it asked for cannot be mapped'
is "no part of one is unmapped, nor what is not there" "$(last 4)" "ENOENT ENOENT ENOENT ENOENT"
is "which changes nothing" "$(bytes) $(mappings)" "$((5 * mib / 2)) 3"
next one
is "two are unmapped at once" "$(last 1) $(bytes)" "ok $mib"
is "one is left" "$(mappings)" 1
next again
is "one more is mapped" "$(last 1) $(bytes)" "ok $((3 * mib))"
is "two again" "$(mappings)" 2
release -KILL
ok "killed: nobody's" owned $E1000 none
is "nothing is held" "$(bytes)" "null"
is "of its domain nothing is kept" "$(spoil nothing domains)" 0
is "nor of its address space" "$(spoil nothing tables)" 0
is "the next has the whole limit" "$(said iommufd cdev=$E1000 bind-iommufd ioas attach ioas-map=4M ioas-map=4K@16M)" "ok EPERM"
is "who may not map: EPERM" "$(said iommufd cdev=$E1000E bind-iommufd ioas attach ioas-map=4K)" EPERM
is "before he has a device he maps for none" "$(said iommufd ioas ioas-map=64M)" ok
stop_ownerd
is "after: any size maps" "$(said iommufd cdev=$E1000 bind-iommufd ioas attach ioas-map=64M)" ok
start_ownerd --mode enforce
ok "after: a host driver binds again" bind $PCNET pcnet32
stop_ownerd
finish
