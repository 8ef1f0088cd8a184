# What the daemon itself costs, in a lab guest that counts instructions: prints "WHAT N" lines.
# shellcheck shell=sh disable=SC2086,SC2119
# shellcheck source=../../bench/lib.sh
. ./lib.sh

for _ in 1 2 3; do
	start_ownerd --mode enforce || { cat "$LOG" >&2 && exit 1; }
	echo "start $(instructions)"
	sleep 12 # a tick has gone by
	before=$(instructions)
	sleep 60
	echo "minute $(($(instructions) - before))"
	echo "resident $(($(kilobytes VmRSS) * 1024))"
	echo "private $(($(kilobytes RssAnon) * 1024))"
	echo "peak $(($(kilobytes VmHWM) * 1024))"
	echo "maps $(maps_bytes)"
	calls --rounds 5 exec="$(command -v ownerctl),list" | sed -n 's/^exec /list /p'
	make_rules 4096 $SINGLE2 >/run/policy.yaml
	before=$(instructions)
	ownerctl policy apply --raw /run/policy.yaml >/dev/null
	echo "apply $(($(instructions) - before))"
	sleep 11 # the next tick gives back what was freed
	echo "private_4096 $(($(kilobytes RssAnon) * 1024))"
	stop_ownerd
done

# Refused opens, of which each is written, or all but the first ten are counted.
to_vfio $SINGLE2
make_rules 1 $SINGLE2 'deny: [{any: true}]' >/run/policy.yaml
lost() { ownerctl status --json | jq '.counters[] | select(.name == "violations_dropped").value'; }
for repeats in write count; do
	echo "log-repeats: $repeats" >/run/ownerd.yaml
	start_ownerd --config /run/ownerd.yaml --policy /run/policy.yaml
	sleep 12
	before_lost=$(lost)
	before=$(instructions)
	refused=$(hammer 1 flood "/dev/vfio/$(group_of $SINGLE2)")
	sleep 2
	after=$(instructions)
	echo "report_$repeats $(((after - before) / (refused - $(lost) + before_lost)))"
	stop_ownerd
done
