# Where the instructions of a call go: traces some, each in a few states, and prints the kernel's symbols of each state;
# bench/trace-report makes trees of them.
# shellcheck shell=sh disable=SC2086,SC2046,SC2034,SC2119
# shellcheck source=../../bench/lib.sh
. ./lib.sh

traced() { # STATE CALL
	calls --rounds 1000 "$2=$GROUP" >/run/calls &
	traced=$!
	sleep 0.7 # it is in the middle of them
	lab-trace "$1_$2"
	sleep 0.06 # two rounds of calls
	lab-trace
	wait $traced
	echo "clock $1_$2 $(cut -d ' ' -f 2 /run/calls)"
}
symbols() { # STATE [PATTERN]: of the text, or of what was loaded since the kernel started
	awk -v state="$1" '$2 ~ /[tTwW]/ { print "symbol", state, $1, $3 }' /proc/kallsyms | grep -e "${2:-}"
}

echo 1 >/proc/sys/net/core/bpf_jit_kallsyms
prepare_calls $RTL
to_vfio $SINGLE $SINGLE2
GROUP=/dev/vfio/$(group_of $SINGLE2)

for call in granted map vm; do traced nothing $call; done
symbols kernel

start_ownerd --mode enforce || { cat "$LOG" >&2 && exit 1; }
sleep 12
for call in granted map vm; do traced ownerd $call; done
symbols ownerd bpf_
empty --like /sys/fs/bpf/ownerd/links >/run/hooks
stop_ownerd

empty $(cat /run/hooks) >/run/empty &
beside=$!
wait_for 30 grep -qs ready /run/empty
for call in granted map vm; do traced hooks $call; done
symbols hooks bpf_
kill $beside

make_rules 1 $SINGLE2 >/run/policy.yaml
start_ownerd --policy /run/policy.yaml
sleep 12
traced rule granted
symbols rule bpf_
make_rules 1 $SINGLE2 'deny: [{any: true}]' >/run/refusing.yaml
ownerctl policy apply --raw /run/refusing.yaml >/dev/null
sleep 2
for call in refused again; do traced rule $call; done
