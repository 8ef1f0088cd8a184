# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# A flood of refusals while the daemon stands still: none is let through, each is counted, and what
# the ring had no room for is counted as lost, and said.
. ./tap.sh

to_vfio $NVME $E1000E $E1000
to_nobody $RTL $PCNET
start_ownerd --mode enforce --reserve $NVME --reserve $E1000E
counter() { ownerctl status --json | jq ".counters[] | select(.name == \"$1\").value"; }

rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$OWNERD/status"; }
is "one is refused" "$(step open open=$NVME)" EPERM
ok "and told" logged "open by vfio-hold"

steps=$(for _ in $(seq 1500); do printf 'open=%s ' $NVME; done)
kill -STOP "$OWNERD"
flood=$(vfio-hold --keep-going $steps | sort | uniq -c | sed 's/^ *//')
is "every open is refused" "$flood" "1500 open: EPERM (Operation not permitted)"
is "then one of another kind" "$(step open open=$E1000E)" EPERM
kill -CONT "$OWNERD"
is "every refusal is counted" "$(counter opens_denied)" 1502
lost=$(counter violations_dropped)
ok "some found the ring full: $lost" test "$lost" -gt 0
wait_for 5 test "$(wc -l <$JSON)" -gt 0
sleep 2
sum() { jq -s "[.[] | select(.act == \"suppress\").count] | add" $JSON; }
told() { grep -q '"state":"ended"' $JSON; }
is "the first ones are in the log, and the other kind" "$(grep -c '"act":"open"' $JSON)" 11
others() { [ "$(grep -c "\"group\":$(group_of $E1000E),\"act\":\"open\"" $JSON)" = "$1" ]; }
ok "which no flood hides" others 1
ok "then that they are counted" grep -q '"state":"begins"' $JSON
ok "and how many they were" wait_for 20 told
is "what was not lost is told" $((11 + $(sum) + lost)) 1502
is "the daemon's own counter" "$(counter log_suppressed)" "$(sum)"
ok "the loss is in the log" wait_for 15 grep -q "\"lost\":$lost" $JSON
ok "the loss is said" wait_for 15 grep -q "$lost records or reports were lost" $LOG
like "status shows it" "$(ownerctl status)" "violations_dropped"
# As fast as all CPUs can, while it reads.  What it maps of the rings it has touched by now.
before=$(rss)
flood=$(hammer 5 flood "/dev/vfio/$(group_of $NVME)")
is "each of $flood in five seconds is counted" "$(counter opens_denied)" $((1502 + flood))
ok "the daemon has not grown: $before kB, $(rss) kB" [ "$(rss)" -le $((before + 128)) ]
# Who is refused again and again, and not too fast to be read, wakes it no more than the time between two readings does.
switches() { sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$OWNERD/status"; }
before=$(switches) lost=$(counter violations_dropped)
drip=$(hammer 2 drip "/dev/vfio/$(group_of $NVME)")
woken=$(($(switches) - before))
ok "refused $drip times in two seconds, it was woken $woken times" [ "$drip" -gt 600 -a $woken -le 500 ]
is "each is counted" "$(counter opens_denied)" $((1502 + flood + drip))
is "and none is lost" "$(counter violations_dropped)" "$lost"
# What is only counted is told to those who watch.
ownerctl watch --json >/run/watched &
watcher=$!
sleep 2
is "who tries again is refused" "$(vfio-hold --keep-going $(for _ in $(seq 15); do printf 'open=%s ' $NVME; done) | grep -c EPERM)" 15
watched() { [ "$(grep -c '"act":"open"' /run/watched)" = 15 ]; }
ok "who watches is told of each" wait_for 5 watched
kill $watcher

# Violations have a ring of their own: no flood of changes hides one.  That one has room for 885 of them.
group=$(group_of $E1000)
before=$(counter violations_dropped)
kill -STOP "$OWNERD"
is "claims and releases while the daemon stands still" \
	"$(vfio-hold open=$E1000 container $(for _ in $(seq 600); do echo set-container unset-container; done) |
		grep -c 'set-container: ok')" 1200
is "then one refusal, of another group" "$(step open open=$E1000E)" EPERM
kill -CONT "$OWNERD"
ok "the refusal is in the log" wait_for 15 others 2
lost=$(counter changes_dropped)
ok "some changes found their ring full: $lost" test "$lost" -gt 0
is "no violation did" "$(counter violations_dropped)" "$before"
kept() { [ "$(grep -cE "\"group\":$group,\"act\":\"(claim|release)\",\"verdict\":\"allow\"" $JSON)" = $((1200 - lost)) ]; }
ok "every other change is in the log" wait_for 20 kept
loss_told() { [ "$(jq 'select(.act == "loss").total' $JSON | tail -n 1)" = $((before + lost)) ]; }
ok "the loss too" wait_for 15 loss_told
is "the group's record is the kernel's all the same" "$(owner_of $E1000)" none

# Who has endless names: of one group 256 are written, and then two a second; and he displaces his own refusals alone.
by_mode() { jq -c 'select(.act == "open" and .reason == "mode")' $JSON | wc -l; }
ok "the node's mode is looked at" wait_for 15 attached mode_judged
before=$(counter nodes_denied)
four=$(for _ in $(seq 4); do printf 'open=%s ' $E1000; done)
ok "300 users try, each four times" sh -c "for uid in \$(seq 1001 1300); do vfio-hold --keep-going uid=\$uid $four; done | grep -c EACCES | grep -qx 1200"
is "each is counted" "$(counter nodes_denied)" $((before + 1200))
ok "256 are written, and that there are more" wait_for 10 grep -q '"many":true' $JSON
like "which is said" "$(grep -m 1 'one of too many kinds' $LOG)" "group $group: open by vfio-hold.*: the node's mode, owner and ACL do not allow it: one of too many kinds; from now on it is counted, not written"
written=$(by_mode)
ok "256 are, and two more each second: $written" test "$written" -ge 256 -a "$written" -lt 1200
like "why knows the other group's" "$(ownerctl why --json $E1000E | jq -c '[.refusals[].reason]')" reserved
like "how many it has forgotten is known" "$(ownerctl metrics)" '^ownerd_refusals_displaced_total [1-9]'
ok "by status, too" [ "$(counter refusals_displaced)" -gt 0 ]
ok "how many were not written is told" wait_for 25 grep -q '"many":true,"state":"ended","count":'$((1200 - written)), $JSON
is "the daemon lives on" "$(step open open=$NVME)" EPERM
stop_ownerd
finish
