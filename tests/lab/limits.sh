# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# The largest policy is applied, its last rule decides, and one that is larger is refused whole.  What a decision
# costs then: cost.sh.
. ./tap.sh

# policy N EACH: who may have NVME's group, by the last of the rules, is a unit.
policy() {
	make_rules "$1" $NVME "$2" | sed '$s/{uid: 0}/{unit: a.service}/' >/run/policy.yaml
}
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	wait_for 60 grep -qE 'mode, .* groups|not reloaded' $LOG
	! grep -q 'not reloaded' $LOG
}

to_vfio $NVME
make_rules 1 $NVME >/run/policy.yaml
ok "ownerd starts with one rule" start_ownerd --policy /run/policy.yaml
is "before: open works" "$(step open open=$NVME)" ok
make_rules 4096 $NVME 3 >/run/policy.yaml
ok "4,096 rules about 12,286 devices" reload
is "the last of them may allow" "$(step open open=$NVME)" ok
policy 4096 3
ok "4,096 others" reload
is "the last of them may refuse: EPERM" "$(step open open=$NVME)" EPERM
ok "by its name" logged 'rule "last"'
policy 4097 1
fails "4,097 rules" 1 reload
ok "are too many" grep -q '4096' $LOG
is "the old policy holds: EPERM" "$(step open open=$NVME)" EPERM
make_rules 1 $NVME >/run/policy.yaml
ok "one rule again" reload
is "open works again" "$(step open open=$NVME)" ok
stop_ownerd
is "after: open works" "$(step open open=$NVME)" ok
finish
