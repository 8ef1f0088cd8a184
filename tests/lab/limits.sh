# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# The largest policy is judged as fast as the smallest, and one that is larger is refused whole.
. ./tap.sh

# policy RULES DEVICES [root]: so many rules about that many devices each, which are not here, and the
# last about NVME's group, which goes to a unit, or to root.
policy() {
	who='{unit: a.service}'
	[ -z "${3:-}" ] || who='{uid: 0}'
	awk -v rules="$1" -v devices="$2" -v last="$NVME" -v who="$who" 'BEGIN {
		print "version: 1\nmode: enforce\nrules:"
		for (i = 1; i < rules; i++) {
			printf "  - name: rule %d\n    devices: [", i
			for (j = 0; j < devices; j++)
				printf "{pci: \"%04x:%02x:%02x.%d\"}, ", 4096 + i, j / 8 % 256, j % 32, j % 8
			print "]\n    claim: {allow: [{uid: 1}]}"
		}
		print "  - name: the last\n    devices: [{pci: \"" last "\"}]\n    claim: {allow: [" who "]}"
	}' >/run/policy.yaml
}
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	wait_for 60 grep -qE 'mode, .* groups|not reloaded' $LOG
	! grep -q 'not reloaded' $LOG
}
opens() {
	hammer 2 count "/dev/vfio/$group"
}
# middle A B C: the number that is neither the least nor the largest.
middle() { printf '%s\n' "$@" | sort -n | sed -n 2p; }

to_vfio $NVME
group=$(group_of $NVME)
policy 1 0
is "before: open works" "$(step open open=$NVME)" ok
start_ownerd --policy /run/policy.yaml
is "one rule: EPERM" "$(step open open=$NVME)" EPERM
# Opens that are allowed, so that nothing is reported.  In turns, since the host has other work too.
for i in 1 2 3; do
	policy 1 0 root
	ok "one rule" reload
	eval "few$i=$(opens)"
	policy 4096 3 root
	begun=$(cut -d. -f1 /proc/uptime)
	ok "4,096 rules about 12,286 devices" reload
	echo "# applied within $(($(cut -d. -f1 /proc/uptime) - begun + 1)) s"
	eval "many$i=$(opens)"
done
few=$(middle $few1 $few2 $few3) many=$(middle $many1 $many2 $many3)
echo "# opens in 2 s: with one rule $few, with 4,096 rules $many"
ok "the more rules are not slower by more than a third" [ $((many * 3)) -gt $((few * 2)) ]
policy 4096 3
ok "the last of them may refuse" reload
is "the open: EPERM" "$(step open open=$NVME)" EPERM
ok "by its name" logged 'rule "the last"'
policy 4097 1
fails "4,097 rules" 1 reload
ok "are too many" grep -q '4096' $LOG
is "the old policy holds: EPERM" "$(step open open=$NVME)" EPERM
policy 1 0
ok "one rule again" reload
stop_ownerd
is "after: open works" "$(step open open=$NVME)" ok
finish
