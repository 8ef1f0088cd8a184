# topology: shared
# flags: --icount
# kernels: 6.12 (one kernel is enough for a guard; make bench measures the others)
# What is not ownerd's passes its two hottest hooks for little more than an empty program there costs, and what a
# policy decides costs the same however many rules it has: in a guest that counts instructions, so that no
# machine's speed counts.
. ./tap.sh

# What may be added, as thousandths of what an empty program adds: measured 1033, 1033 and 1021.
CEILING_OPEN=1045
CEILING_IOCTL=1035

# Of the newest names there are: what the kernel has learnt meanwhile may stand before an older one in its hash of
# names, and takes six instructions more to pass.
n=0
count() {
	n=$((n + 1))
	: >/file$n
	mknod /null$n c 1 3
	calls file=/file$n null=/null$n ioctl
}
of() { # FILE CALL
	awk -v call="$2" '$1 == call { print $2 }' "$1"
}
added() { # CALL WITH: thousandths of what an empty program adds
	echo "$(of /run/nothing "$1") $(of /run/empty "$1") $(of "$2" "$1")" |
		awk '{ printf "%d", 1000 * ($3 - $1) / ($2 - $1) + 0.5 }'
}
costs() { # DESCRIPTION CALL CEILING
	ratio=$(added "$2" /run/with)
	ok "$1: $ratio thousandths of an empty program's, at most $3" [ "$ratio" -le "$3" ]
	ok "and it is there" [ "$ratio" -ge 1000 ]
}

count >/run/nothing
empty lsm:bpf_lsm_file_open lsm:bpf_lsm_file_ioctl >/run/ready &
beside=$!
ok "an empty program is attached" wait_for 20 grep -q ready /run/ready
count >/run/empty
kill $beside
wait $beside 2>/dev/null
start_ownerd --mode enforce
sleep 12 # a tick has gone by: all that is on demand is there
count >/run/with
costs "an open of a regular file" file $CEILING_OPEN
costs "an open of a device" null $CEILING_OPEN
costs "an ioctl" ioctl $CEILING_IOCTL
stop_ownerd
count >/run/again
is "without it, it is as before" "$(cat /run/again)" "$(cat /run/nothing)"

to_vfio $NVME
granted() { # RULES: what an open costs that the last of them grants
	make_rules "$1" $NVME >/run/policy.yaml
	start_ownerd --policy /run/policy.yaml || return
	sleep 12
	calls granted="/dev/vfio/$(group_of $NVME)" | cut -d ' ' -f 2
	stop_ownerd
}
one=$(granted 1) most=$(granted 4096)
like "one rule grants an open" "$one" "^[1-9][0-9.]+$"
ratio=$(echo "$one $most" | awk '$1 { printf "%d", 1000 * $2 / $1 + 0.5 }')
ok "the last of 4,096 does for $ratio thousandths of it, at most 1010" [ "$ratio" -le 1010 -a "$ratio" -ge 990 ]
finish
