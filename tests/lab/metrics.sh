# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# Real refusals and claims are in the numbers, exactly; by the socket, by HTTP and in the file.
. ./tap.sh

FILE=/run/metrics/ownerd.prom
mkdir -p /run/metrics
printf 'mode: enforce\nreserve: ["%s"]\nmetrics-file: %s\n' $SINGLE2 $FILE >/run/ownerd.yaml
ok "started with a metrics file" start_ownerd --config /run/ownerd.yaml

# value SERIES: of one series now; SERIES is fixed text.
value() {
	ownerctl metrics | awk -v s="$1" 'index($0, s " ") == 1 {print $NF}'
}
# reaches SERIES VALUE: reports take a moment to be read.
reaches() { [ "$(value "$1")" = "$2" ]; }

refused='ownerd_refused_total{act="open"}'
denied='ownerd_denials_total{act="open",by="ownerd",reason="reserved"}'
claims='ownerd_changes_total{act="claim"}'
users='ownerd_groups{owner="user"}'
to_vfio $SINGLE $SINGLE2

is "enforcing" "$(value 'ownerd_mode{mode="enforce"}')" 1
is "no hook is missing" "$(value ownerd_hooks_missing)" 0
is "all wanted are attached" "$(value ownerd_hooks_attached)" "$(value ownerd_hooks_wanted)"
is "a policy is in force" "$(value ownerd_policy_rules)" 1
is "before: nothing is refused" "$(value "$refused"),$(value "$denied")" 0,0
is "before: no user" "$(value "$users"),$(value ownerd_claims)" 0,0

is "denied: EPERM" "$(step open claim=$SINGLE2)" EPERM
is "counted in the kernel" "$(value "$refused")" 1
ok "and with its reason" wait_for 5 reaches "$denied" 1
is "denied again" "$(step open claim=$SINGLE2)" EPERM
ok "counted again" wait_for 5 reaches "$denied" 2
is "as in the kernel" "$(value "$refused")" 2

counting() { ownerctl status --raw --all | grep -q '^hook	map_ends	attached'; }
ok "a device waits for its user: maps are counted from now on" wait_for 15 counting
is "nothing is mapped" "$(value ownerd_mapped_bytes)" 0
ok "meanwhile: another group is claimed, and 3 MiB are mapped" hold claim=$SINGLE set-iommu map=3M
is "a user owns it" "$(value "$users"),$(value ownerd_claims)" 1,1
is "whose bytes are counted" "$(value ownerd_mapped_groups),$(value ownerd_mapped_bytes)" 1,3145728
ok "that is a claim" wait_for 5 reaches "$claims" 1
is "no refusal more" "$(value "$refused")" 2
release
ok "released" wait_for 5 reaches 'ownerd_changes_total{act="release"}' 1
is "nobody's" "$(value "$users"),$(value ownerd_claims)" 0,0
is "nothing is mapped" "$(value ownerd_mapped_bytes)" 0

printf 'mode: observe\nreserve: ["%s"]\nmetrics-file: %s\n' $SINGLE2 $FILE >/run/ownerd.yaml
kill -HUP "$OWNERD"
ok "observing" wait_for 5 reaches 'ownerd_mode{mode="observe"}' 1
is "again: it works" "$(step set-container claim=$SINGLE2)" ok
ok "would have been refused, with the reason" wait_for 5 reaches \
	'ownerd_would_be_denials_total{act="open",reason="reserved"}' 1
is "no refusal more" "$(value "$refused")" 2
ok "nothing was lost" sh -c "! ownerctl metrics | grep -E '^ownerd_(dropped|log_failures|metrics_file_failures)_total' | grep -v ' 0$'"

is "by HTTP, the same" "$(printf 'GET /metrics HTTP/1.1\r\n\r\n' | ownerctl metrics --http |
	grep -F "$denied")" "$denied 2"
is "and nothing else" "$(printf 'GET / HTTP/1.1\r\n\r\n' | ownerctl metrics --http |
	head -n 1 | tr -d '\r')" "HTTP/1.1 404 Not Found"

ok "the file is there" test -s $FILE
is "for all to read" "$(stat -c %a $FILE)" 644
ok "within ten seconds it has the numbers" wait_for 15 grep -qF "$denied 2" $FILE
rm -r /run/metrics
ok "a directory that is gone is said" wait_for 15 grep -q "$FILE: cannot write: No such file" $LOG
ok "and counted" wait_for 15 sh -c "ownerctl metrics | grep -q '^ownerd_metrics_file_failures_total [2-9]'"
is "once" "$(grep -c "$FILE: cannot write" $LOG)" 1
mkdir /run/metrics
ok "there again: written" wait_for 15 test -s $FILE
stop_ownerd
ok "at the end it is taken away" test ! -e $FILE
finish
