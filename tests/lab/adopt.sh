# topology: shared
# kernels: 5.10 5.10+bpf 6.12 (one kernel of each kind is enough: this is ownerd's own)
# also: 5.10+bpf
# A new start takes over what an earlier ownerd left: the programs of the same build run on, those
# of another are replaced while they run. Records, counters and unread reports come along.
. ./tap.sh

counter() { ownerctl status --json | jq -r --arg name "$1" '.counters[] | select(.name == $name).value'; }
programs() { ls -i /sys/fs/bpf/ownerd/links; }
# To the second: it is computed from the time since boot, anew for each answer.
since() {
	ownerctl list --json | jq -c --arg dev $E1000 '.groups[] | select(.devices[].name == $dev) |
		[(.since / 1000000 | round), .holder.pid, .holder_seeded]'
}
refusals() { grep -c 'bind of .* to 8139cp .*: refused by' $LOG; }
refused_twice() { [ "$(refusals)" = 2 ]; }
kill_ownerd() {
	kill -9 "$OWNERD"
	wait "$OWNERD" 2>/dev/null
}

start_ownerd --mode enforce --reserve $NVME
to_vfio $E1000 $NVME
to_nobody $RTL $PCNET
hold all=$E1000
is "before: a bind beside the user" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
ok "is logged" logged "bind of $RTL to 8139cp by sh.*: refused by $KEEPER"
since=$(since) before=$(programs) opens=$(counter opens_denied)

kill_ownerd
is "killed: open of the reserved group: EPERM" "$(step open open=$NVME)" EPERM
is "killed: a bind beside the user" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
ok "the same build" start_ownerd --mode enforce --reserve $NVME
ok "says that the programs run on" logged 'the programs of an earlier ownerd run on'
is "they are the same ones" "$(programs)" "$before"
is "the record is the same" "$(since)" "$since"
ok "what was refused meanwhile is told: an open" logged "open by vfio-hold.*: refused by ownerd"
ok "and a bind" logged "bind of $RTL to 8139cp by sh.*: refused by $KEEPER"
is "once" "$(refusals)" 1
is "and counted" "$(counter opens_denied)" $((opens + 1))
like "why knows of it" "$(ownerctl why $NVME)" 'tried to open the group.s node: refused by ownerd'

kill_ownerd
ok "with another policy" start_ownerd --mode enforce --dedicate $E1000E
is "they are the same ones" "$(programs)" "$before"
is "what was reserved is not" "$(step open open=$NVME)" ok
unbind $E1000E
is "what is dedicated takes no driver" "$(bind_error $E1000E e1000e)" "$BIND_DENIED"
kill_ownerd
ok "in observe mode" start_ownerd
ok "a dedicated group's bind works" bind $E1000E e1000e
is "the record is the same still" "$(since)" "$since"
fails "a bad start" 2 ownerd --reserve nonsense
kill_ownerd
fails "another bad start" 1 ownerd --socket /nowhere/at/all
is "they are the same ones" "$(programs)" "$before"

is "a bind that only the old programs see" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
OWNERD_PROGRAM=ownerd-next
ok "another build" start_ownerd --mode enforce --reserve $NVME
ok "says that it has the records" logged 'the records of an earlier ownerd are taken over'
ok "its programs are others" [ "$(programs)" != "$before" ]
is "the record is the same" "$(since)" "$since"
ok "what the old ones refused is told" logged "bind of $RTL to 8139cp by sh.*: refused by $KEEPER"
is "once" "$(refusals)" 1
ok "and counted" [ "$(counter opens_denied)" -ge $((opens + 1)) ]
is "no record had to be corrected" "$(counter records_corrected)" 0
is "open of the reserved group: EPERM" "$(step open open=$NVME)" EPERM
is "a bind beside the user" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
ok "is logged" wait_for 5 refused_twice
is "one report each" "$(grep -c "open by vfio-hold.*: refused" $LOG)" 1
is "nobody else's programs" "$(ls /sys/fs/bpf)" "ownerd"
ok "the map is true" ownerctl verify

kill_ownerd
ok "more room is asked for" start_ownerd --mode enforce --max-groups 1000
ok "that replaces" logged 'the records of an earlier ownerd are taken over'
is "the record is the same" "$(since)" "$since"
kill_ownerd
ok "the same again" start_ownerd --mode enforce --max-groups 1000
ok "runs on" logged 'the programs of an earlier ownerd run on'
kill_ownerd
ok "a pin is lost" rm /sys/fs/bpf/ownerd/links/bound
ok "started" start_ownerd --mode enforce
ok "that is said" logged 'is incomplete, and is replaced'
fails "and nothing of the old runs on" 1 grep 'still run beside' $LOG
is "the record is the same" "$(since)" "$since"
kill_ownerd

OWNERD_PROGRAM=ownerd
ok "its maps are untrue" spoil owner "$(group_of $E1000E)" 2 1
ok "and of another version" spoil abi 1
ok "replaced without a look at them" start_ownerd --mode enforce
ok "the map is true" ownerctl verify
is "the holder is found" "$(record $E1000 HOLDER | grep -c vfio-hold)" 1
kill_ownerd
ok "its maps are untrue" spoil owner "$(group_of $E1000E)" 2 1
ok "a device's record is lost" spoil forget $NVME
ok "a holder is another" spoil holder "$(group_of $E1000)" 1
ok "started" start_ownerd --mode enforce
ok "what was untrue is said: the owner" logged "corrected: group $(group_of $E1000E): recorded as owned by user"
ok "the device" logged "corrected: group $(group_of $NVME): 0 devices"
ok "the holder" logged "corrected: group $(group_of $E1000): held by vfio-hold"
is "and counted" "$(counter records_corrected)" 3
ok "the map is true" ownerctl verify
release
is "after: released" "$(owned $E1000 none && echo yes)" yes
ok "the bind works" bind $RTL 8139cp
stop_ownerd
finish
