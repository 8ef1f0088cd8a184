# topology: shared
# flags: --icount
# A million refusals, as fast as a processor makes them, while the daemon reads what it gets: each is counted and told or
# counted as lost, the log gets a dozen lines, and the daemon grows by less than a byte for each.
. ./tap.sh

counter() { ownerctl status --json | jq ".counters[] | select(.name == \"$1\").value"; }
private() { sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$OWNERD/status"; }
told() { jq -s '[.[] | select(.act == "suppress").count // 0] | add + 10' $JSON; }
ended() { grep -q '"state":"ended"' $JSON; }

to_vfio $NVME
start_ownerd --mode enforce --reserve $NVME
sleep 12 # a tick has gone by
node=/dev/vfio/$(group_of $NVME)
first=$(hammer 1 flood "$node") # all that is looked up once is there
before=$(private)
refused=$(($(hammer 35 flood "$node") + first))
ok "a million are refused: $refused" [ "$refused" -ge 1000000 ]
is "each is counted" "$(counter opens_denied)" "$refused"
ok "it ends" wait_for 30 ended
is "what was not lost is told" $(($(told) + $(counter violations_dropped))) "$refused"
ok "in a few lines: $(wc -l <$JSON)" [ "$(wc -l <$JSON)" -lt 30 ]
ok "the daemon has not grown: $before kB, $(private) kB" [ "$(private)" -le $((before + 256)) ]
is "and lives on" "$(step open open=$NVME)" EPERM
stop_ownerd
finish
