# topology: shared
# also: 5.10+bpf
# Opening a group is not claiming it; what the kernel refuses of either is explained; a claim ends
# when its last descriptor does, wherever that is.
. ./tap.sh

# told PID: its release, before anybody asks: who asks has the record brought up to date.
told() { wait_for 3 grep -q "released, held by vfio-hold\\[$1\\]" $JSON; }

start_ownerd --mode enforce
to_vfio $E1000
group=$(group_of $E1000)

is "with siblings bound, the kernel owns it" "$(owner_of $E1000)" kernel
ok "an open works all the same" vfio-hold open=$E1000 status
is "a claim: EPERM" "$(step set-container claim=$E1000)" EPERM
ok "logged as the kernel's" logged \
	"group $group: claim by vfio-hold.* refused by $KEEPER with EPERM: host drivers are bound"
is "the record has every device in the way, and its driver" \
	"$(record $E1000 DEVICES,DRIVERS | tr -s ',\t' '\n' | grep -cE "^($RTL|8139cp|$PCNET|pcnet32)$")" 4
fails "why says no" 1 ownerctl why --claim $E1000
like "names one" "$(ownerctl why --claim $E1000)" "$RTL.*8139cp|8139cp.*$RTL"
like "and the other" "$(ownerctl why --claim $E1000)" "$PCNET.*pcnet32|pcnet32.*$PCNET"
ok "the last refusal is kept" \
	sh -c "ownerctl show --json $E1000 | grep -A 12 refused | grep -q kernel-owned"
is "nothing has changed" "$(owner_of $E1000)" kernel
ok "meanwhile: a claim of a group without a host driver works" to_vfio $E1000E
ok "meanwhile: it is claimed" vfio-hold claim=$E1000E

to_nobody $RTL $PCNET
is "without them nobody owns it" "$(owner_of $E1000)" none
ok "an open without a claim" hold open=$E1000
is "changes nothing" "$(owner_of $E1000)" none
is "a second open: EBUSY" "$(step open open=$E1000)" EBUSY
like "show names who has it open" "$(ownerctl show $E1000)" "vfio-hold.*$HOLDER"
release

ok "a claim" hold claim=$E1000
is "the user owns it" "$(owner_of $E1000)" user
is "by its pid" "$(record $E1000 PID)" "$HOLDER"
is "a second open: EBUSY" "$(step open open=$E1000)" EBUSY
like "why names the holder" "$(ownerctl why --claim $E1000)" "vfio-hold.*$HOLDER"
holder=$HOLDER
is "kill -9 of the holder" "$(release -KILL)" ""
ok "is told, though no IOMMU was set" told "$holder"
ok "frees the group" owned $E1000 none
ok "logged with who held it" logged "group $group: released, held by vfio-hold"

ok "a claim by 32-bit calls" hold --compat claim=$E1000
ok "is told before anybody asks" wait_for 3 grep -q "claim by vfio-hold\\[$HOLDER\\]; owner: user" $JSON
release
ok "and is free again" owned $E1000 none

ok "the same file claims again after UNSET_CONTAINER" \
	vfio-hold claim=$E1000 unset-container set-container set-iommu device=$E1000
ok "and is free again" owned $E1000 none
ok "a claim given up, the file still open" hold claim=$E1000 unset-container
is "is no claim" "$(owner_of $E1000)" none
release

# The first hold ends by SIGTERM, and the device is closed while the process lives on.
rm -f /run/hold.ready /run/closed
vfio-hold all=$E1000 close=group ready=/run/hold.ready hold close=device ready=/run/closed hold \
	>/run/hold.out 2>&1 &
HOLDER=$!
wait_for 10 test -e /run/hold.ready
is "the group's descriptor closed, the device's open: still the user's" "$(owner_of $E1000)" user
is "still known whose" "$(record $E1000 PID)" "$HOLDER"
kill "$HOLDER"
wait_for 10 test -e /run/closed
ok "the device's closed: that is told" told "$HOLDER"
ok "the device's closed: free, before the process ends" owned $E1000 none
ok "it is still there" kill -0 "$HOLDER"
release

vfio-hold receive=/run/pass ready=/run/received hold >/run/receive.out 2>&1 &
receiver=$!
ok "a claim whose descriptors are passed on" hold all=$E1000 pass=/run/pass
ok "and received" wait_for 10 test -e /run/received
release
is "it outlives who made it" "$(owner_of $E1000)" user
is "who has got it is the holder" "$(record $E1000 PID)" "$receiver"
like "as is shown" "$(ownerctl show $E1000)" "holder .*vfio-hold.*$receiver"
is "a bind beside it: EBUSY" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
HOLDER=$receiver
release
ok "after: free" owned $E1000 none
ok "after: the bind works" bind $RTL 8139cp
stop_ownerd
finish
