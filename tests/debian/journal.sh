# system: debian
# topology: shared
# ownerd as a unit: what it tells is in the journal once, with fields that can be asked for, and ids that
# the catalog knows; rotated by logrotate, and the chain goes on.
. ./tap.sh

entries() { journalctl --quiet --no-pager --output json --unit ownerd-test.service "$@"; }
has_entry() { [ -n "$(entries "$@")" ]; }
fields() { entries OWNERD_ACT=open OWNERD_VERDICT=deny | head -n 1 | jq -r ".$1"; }

to_vfio $SINGLE $SINGLE2
printf '%s\n' "mode: enforce" "reserve: [\"$SINGLE2\"]" "log: $JSON" >/run/ownerd.yaml
ok "it starts as a unit" systemd-run --quiet --collect --unit ownerd-test.service -p Type=notify \
	ownerd --config /run/ownerd.yaml
ok "the start is an entry" wait_for 10 has_entry MESSAGE_ID=c785e4572a31415fbfc74d937f0af39b
is "reserved: EPERM" "$(step open open=$SINGLE2)" EPERM
ok "the denial is an entry" wait_for 10 has_entry MESSAGE_ID=05959a0613594052a6ba61ed4bcd00cd OWNERD_VERDICT=deny
is "once" "$(entries | jq -r 'select(.MESSAGE | tostring | test("open by vfio-hold")).MESSAGE' | wc -l)" 1
is "its group" "$(fields OWNERD_GROUP)" "$(group_of $SINGLE2)"
is "its errno" "$(fields OWNERD_ERRNO),$(fields ERRNO)" EPERM,1
is "who" "$(fields OWNERD_COMM)" vfio-hold
is "how bad" "$(fields PRIORITY)" 4
is "which record of the file" \
	"$(jq -r 'select(.act == "open") | [.seq, .hash] | @csv' $JSON | tr -d '"' | head -n 1)" \
	"$(fields OWNERD_SEQ),$(fields OWNERD_HASH)"
ok "meanwhile: another group is claimed" hold claim=$SINGLE
ok "a change is an entry" wait_for 10 has_entry OWNERD_ACT=claim OWNERD_VERDICT=allow "OWNERD_PID=$HOLDER"
release
sed "s|/var/log/ownerd.jsonl|$JSON|; s|ownerd.service|ownerd-test.service|" ./logrotate.conf >/run/logrotate.conf
records=$(wc -l <$JSON)
ok "rotated, as examples/ has it" logrotate --force --state /run/logrotate.state /run/logrotate.conf
ok "moved away" test "$(wc -l <$JSON.1)" -ge "$records"
is "there is a new file" "$(stat -c %U,%a $JSON)" root,640
is "reserved: EPERM" "$(step open open=$SINGLE2)" EPERM
ok "it is written" wait_for 5 test -s $JSON
ok "the chain holds" ownerctl log --verify
systemctl stop ownerd-test.service
ok "the stop is an entry" wait_for 10 has_entry MESSAGE_ID=586ac531c8bb4a0a8268a231dccc4fa0
ownerd --unpin 2>/dev/null
is "after: the open works" "$(step open open=$SINGLE2)" ok
finish
