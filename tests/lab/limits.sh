# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# The largest policy is applied, its last rule decides, and one that is larger is refused whole.  What a decision
# costs then: cost.sh.
. ./tap.sh

A_UNIT_MAY='allow: [{unit: a.service}]'

# reload N CLAIM [EACH]: so many rules.
reload() {
	make_rules "$1" $NVME "$2" "${3:-}" >/run/policy.yaml
	: >$LOG
	kill -HUP "$OWNERD"
	wait_for 60 grep -qE 'mode, .* groups|not reloaded' $LOG
	! grep -q 'not reloaded' $LOG
}

to_vfio $NVME
is "before: open works" "$(step open open=$NVME)" ok
make_rules 1 $NVME "$A_UNIT_MAY" >/run/policy.yaml
ok "ownerd starts" start_ownerd --policy /run/policy.yaml
is "one rule: EPERM" "$(step open open=$NVME)" EPERM
ok "4,096 rules about 12,286 devices" reload 4096 "$ROOT_MAY" 3
is "the last of them may allow" "$(step open open=$NVME)" ok
ok "4,096 others" reload 4096 "$A_UNIT_MAY" 3
is "the last of them may refuse: EPERM" "$(step open open=$NVME)" EPERM
ok "by its name" logged 'rule "last"'
fails "4,097 rules" 1 reload 4097 "$ROOT_MAY"
ok "are too many" grep -q '4096' $LOG
is "the old policy holds: EPERM" "$(step open open=$NVME)" EPERM
ok "one rule again" reload 1 "$ROOT_MAY"
is "open works again" "$(step open open=$NVME)" ok
stop_ownerd
is "after: open works" "$(step open open=$NVME)" ok
finish
