# topology: shared
# A bind and a claim race on two CPUs: each wins at times, both never, and the map is true after it.
# `make race` runs 10,000 rounds on each kernel.
. ./tap.sh

rounds=$(sed -n 's/.*race_rounds=\([0-9]*\).*/\1/p' /proc/cmdline)
start_ownerd --mode observe
to_vfio $E1000
to_nobody $RTL $PCNET
group=$(group_of $E1000)
count() { sed "s/.* $1 \([0-9]*\).*/\1/" /run/race.out; }

race "${rounds:-500}" "$([ -n "$rounds" ] && echo 3600 || echo 30)" "$group" $RTL 8139cp >/run/race.out
is "both win: never" "$? $(count both)" "0 0"
echo "# $(cat /run/race.out)"
ok "the bind won at times" test "$(count bind)" -gt 0
ok "the claim won at times" test "$(count claim)" -gt 0
ok "after: nobody owns it" owned $E1000 none
ok "after: a user claims" hold all=$E1000
is "after: beside it a bind is refused" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
release
is "nothing was unreadable" "$(ownerctl status --json |
	jq '[.counters[] | select(.name | test("unknown|full|failed|unsettled")) | .value] | add')" 0
stop_ownerd
finish
