# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# Attackers on every CPU, while the daemon is killed, started, reloaded, stopped and replaced by
# another build: nothing gets through, and everything refused is counted and reported.
# `make gap` goes through 200 cycles on each of these kernels.
. ./tap.sh

cycles=$(sed -n 's/.*gap_cycles=\([0-9]*\).*/\1/p' /proc/cmdline)
counter() { ownerctl status --json | jq "[.counters[] | select(.name | test(\"$1\")).value] | add"; }

kill_ownerd() {
	kill "-$1" "$OWNERD"
	wait "$OWNERD" 2>/dev/null
}

# The reports so far; the file goes, since there is no disk to fill. Only while no daemon runs.
collect_reports() {
	reported=$((reported + $(jq -c 'select(.verdict == "deny")' $JSON | wc -l)))
	rm -f $JSON
}

start() { # PROGRAM
	OWNERD_PROGRAM=$1
	start_ownerd --config /run/ownerd.yaml || echo "start of $1 failed" >>/run/failures
}

echo 3 >/proc/sys/kernel/printk # each refused bind is an error on a slow console
printf '%s\n' "mode: enforce" "reserve: [\"$NVME\"]" "dedicate: [\"$E1000E\"]" \
	"log-repeats: write" >/run/ownerd.yaml
to_vfio $E1000 $NVME
to_nobody $RTL $PCNET $E1000E
hold all=$E1000
node=/dev/vfio/$(group_of $NVME)
attack /run/go open "$node" claim "$node" bind $RTL 8139cp bind $E1000E e1000e >/run/attacked &
attack=$!
wait_for 10 sh -c "ls -l /proc/$attack/fd | grep -q /dev/vfio/vfio"
reported=0
: >/run/failures
start ownerd
echo "# before: judged=$(counter _judged)"
: >/run/go
build=ownerd
done=0
while [ $done -lt "${cycles:-6}" ]; do
	case $((done % 4)) in
	0) kill_ownerd KILL ;;
	1) kill -HUP "$OWNERD" && sleep 0.2 && kill_ownerd KILL ;;
	2) kill_ownerd TERM ;;
	3) # killed at any moment of a start, which may be in the middle of a replacement
		kill_ownerd KILL
		[ $build = ownerd ] && build=ownerd-next || build=ownerd
		$build --config /run/ownerd.yaml 2>/dev/null &
		OWNERD=$!
		sleep "$(awk -v seed="$done" 'BEGIN {srand(seed); print 2 * rand()}')"
		kill_ownerd KILL
		;;
	esac
	sleep 0.2
	collect_reports
	start $build
	done=$((done + 1))
done
sleep 1
kill $attack
wait $attack
sleep 1
ok "every start succeeded" test ! -s /run/failures
cat /run/failures
while read -r kind tried passed; do
	echo "# $kind: tried $tried, passed $passed"
	is "$kind: none got through" "$passed" 0
	ok "$kind: there were attempts" [ "$tried" -gt 50 ]
done </run/attacked
tried=$(awk '{sum += $2} END {print sum}' /run/attacked)
counted=$(counter '_denied$')
dropped=$(counter violations_dropped)
kill_ownerd TERM
collect_reports
echo "# cycles $done, attempts $tried, counted $counted, reported $reported, reports dropped $dropped"
is "every attempt is counted" "$counted" "$tried"
ok "and every one is reported, or its report counted as lost" [ $((reported + dropped)) -ge "$tried" ]
ok "none twice, but for those that a kill cut off" [ $((reported + dropped - tried)) -le "$done" ]
ok "the map is true" ownerctl verify
release
ownerd --unpin
ok "after: the bind works" bind $RTL 8139cp
finish
