# topology: shared
# What was there before ownerd started is in its map, and followed from then on.
. ./tap.sh

start_ownerd --mode enforce
is "host drivers are counted: three" "$(record $E1000 OWNER,COUNT)" "$(printf 'kernel\t3')"
is "one" "$(record $E1000E OWNER,COUNT)" "$(printf 'kernel\t1')"
is "every group is there" "$(ownerctl list --raw --output GROUP | sort)" \
	"$(sysfs_groups)"
is "every device is there" "$(ownerctl list --raw --output DEVICES | tr ',' '\n' | sort)" \
	"$(for dev in /sys/kernel/iommu_groups/*/devices/*; do basename "$dev"; done | sort)"
ok "an unbind is followed" unbind $PCNET
is "by the count" "$(record $E1000 OWNER,COUNT)" "$(printf 'kernel\t2')"
stop_ownerd

# Two processes share the claim; the older one made it. NVME has an open and no claim.
to_vfio $E1000 $NVME
to_nobody $RTL $PCNET
rm -f /run/first.ready /run/second.ready
vfio-hold all=$E1000 pass=/run/pass ready=/run/first.ready hold >/run/first.out 2>&1 &
first=$!
usleep 200000 # so that the second is younger by more than a tick of the clock
vfio-hold receive=/run/pass ready=/run/second.ready hold >/run/second.out 2>&1 &
second=$!
ok "a user claims before ownerd starts" wait_for 10 test -e /run/first.ready
ok "and passes it on" wait_for 10 test -e /run/second.ready
ok "another opens and does not claim" hold open=$NVME
sleep 2 # a start later than the claim by whole seconds
before=$(date +%s)
start_ownerd --mode enforce
is "the record says user" "$(owner_of $E1000)" user
is "by the process that made the claim" "$(record $E1000 PID)" $first
json=$(ownerctl show --json $E1000 | tr -d ' \n')
like "marked as found" "$json" '"seeded":true.*"holder_seeded":true'
like "the other process has it open, too" "$json" "\"opens\":.*\"pid\":$second,.*\"claims\":true"
since=$(record $E1000 SINCE)
ok "since: when it was found" [ $((since / 1000000)) -ge $((before - 1)) ]
ok "and not later than now" [ $((since / 1000000)) -le "$(date +%s)" ]
is "an open is no claim" "$(owner_of $NVME)" none
like "and shown all the same" "$(ownerctl show --json $NVME | tr -d ' \n')" \
	"\"opens\":.*\"pid\":$HOLDER,.*\"claims\":false"
release
is "the other group is the kernel's" "$(record $E1000E OWNER,COUNT)" "$(printf 'kernel\t1')"

is "a host driver is refused: EBUSY" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
ok "logged with the holder that was found" \
	logged "bind of $RTL to 8139cp by sh.* refused by $KEEPER with EBUSY.*vfio-hold\[$first\]"
ok "meanwhile: a driver binds in another group" bind $NVME nvme
HOLDER=$first
release
is "the first process ends: still the user's" "$(owner_of $E1000)" user
HOLDER=$second
release
ok "the second one too: nobody's" owned $E1000 none
ok "the release is logged" logged "released, held by vfio-hold\[$first\]; owner: none"
ok "after: the bind works" bind $RTL 8139cp
like "and is seen, not found" "$(ownerctl show --json $E1000 | tr -d ' \n')" '"owner":"kernel".*"seeded":false'
stop_ownerd
finish
