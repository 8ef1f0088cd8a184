# topology: shared
# skips-5.10: 1
# also: 5.10+bpf
# Why was it refused?  Each cause by its own words, also where the caller saw only an errno that has many:
# what the last hour refused, and what is in the way now.
. ./tap.sh

cgroup=/sys/fs/cgroup
cat >/run/policy.yaml <<-END
	version: 1
	mode: enforce
	rules:
	  - name: the tenant's
	    devices: [{pci: "$E1000E"}]
	    claim: {allow: [{unit: tenant.service}]}
	  - name: a little memory
	    devices: [{pci: "$NVME"}]
	    maps: {limit: 4MiB}
	    sysfs: {deny-while-owned: [unbind]}
END
why() { ok "why: $3" says "$1" "$2"; }

start_ownerd --policy /run/policy.yaml
is "nobody could be refused: nobody looks" \
	"$(ownerctl status --raw --all | grep -cE '^hook	(node_opened|cgroup_judged|mode_judged)	waiting')" 3
to_vfio $NVME $E1000E
for hook in node_opened cgroup_judged mode_judged; do
	ok "a node is there: $hook looks" wait_for 15 attached $hook
done
node=/dev/vfio/$(group_of $NVME)
major=$(sed -n 's/ vfio$//p' /proc/devices | tr -d ' ')
is "before: the open works" "$(step open open=$NVME)" ok
ok "nothing was refused" sh -c "! ownerctl why $NVME | grep -q 'refusal'"

# The node's mode: EACCES.
chmod 0600 "$node"
fails "can says no" 1 ownerctl can --as uid=65534 open $NVME
like "and why" "$(ownerctl can --as uid=65534 open $NVME)" "$node is of user 0 and group 0 with mode 0600: an open by user 65534 gets EACCES"
is "another user: EACCES" "$(step open uid=65534 open=$NVME)" EACCES
why $NVME "vfio-hold\[[0-9]+\] \(uid 65534\) tried to open the group's node: refused by the kernel, since the node's mode, owner and ACL do not allow it" "the node's mode"
like "and what he saw" "$(ownerctl why $NVME)" 'its caller saw: EACCES'
chown 65534 "$node"
ok "the node is his: can says yes" ownerctl can --as uid=65534 open $NVME
is "the node is his: it opens" "$(step open uid=65534 open=$NVME)" ok

# The cgroup's device program: EPERM, as ownerd says it, too.
mkdir -p $cgroup/caged.service
is "a unit without DeviceAllow=: EPERM" \
	"$(cgroup-deny $cgroup/caged.service "$major" vfio-hold open=$NVME | sed -n 's/^open: \([A-Z]*\).*/\1/p')" EPERM
why $NVME 'vfio-hold\[[0-9]+\] of caged.service .uid 0. tried to open .*: refused by the kernel, since its cgroup does not allow it the node' "the cgroup"
is "in no such cgroup it opens" "$(step open open=$NVME)" ok

# What the user may lock: ENOMEM.
# shellcheck disable=SC3045 # busybox has it
ulimit -l 64
is "who may lock 64 KiB maps 60" "$(step map uid=65534 claim=$NVME set-iommu map=60K)" ok
is "and no 128: ENOMEM" "$(step map uid=65534 claim=$NVME set-iommu map=128K)" ENOMEM
why $NVME 'tried to map memory for DMA: refused by the kernel, since it may lock no more memory .RLIMIT_MEMLOCK' "what he may lock"
hold uid=65534 claim=$NVME set-iommu map=60K
why $NVME "vfio-hold\[$HOLDER\] .*may lock 64 KiB \(RLIMIT_MEMLOCK\), of which 60 KiB are: a map of more gets ENOMEM" "what he may lock, and has"
like "there is a page left" "$(ownerctl why --raw $NVME)" '^lock	yes'
like "a remedy" "$(ownerctl why $NVME)" "prlimit --pid $HOLDER --memlock=unlimited"
release
hold claim=$NVME set-iommu map=128K
is "root may lock what he likes" "$(ownerctl why --raw $NVME | grep -c '^lock	')" 0
release
# shellcheck disable=SC3045 # busybox has it
ulimit -l unlimited

# The node opens once: EBUSY.
hold open=$NVME
is "another open: EBUSY" "$(step open open=$NVME)" EBUSY
why $NVME 'tried to open .*: refused by the kernel, since the node opens once, and was in use' "in use"
why $NVME "vfio-hold\[$HOLDER\] has the group's node open \(fd [0-9]+\): it opens once" "and by whom; who has what open may be a second old"
release
is "closed: it opens" "$(step open open=$NVME)" ok

# A leaked descriptor: the one who claimed has gone.
rm -f /run/pass
vfio-hold receive=/run/pass ready=/run/leaked hold >/run/leak.out 2>&1 &
leak=$!
wait_for 10 test -S /run/pass
ok "one claims, passes a device's descriptor on, and goes" vfio-hold claim=$NVME set-iommu device=$NVME close=group close=container pass=/run/pass
ok "it has it" wait_for 10 test -e /run/leaked
is "the group is still a user's: EBUSY" "$(step open open=$NVME)" EBUSY
why $NVME "vfio-hold\[$leak\] has a device's descriptor open \(fd [0-9]+\)" "who has the descriptor"
like "and that the one who claimed has gone" "$(ownerctl why $NVME)" 'claimed it and has exited, but the claim stands: its descriptor was passed on or leaked'
kill $leak
wait $leak 2>/dev/null
ok "closed: it is nobody's" owned $NVME none

# Another security module: its errno.
if [ $ATTACH = lsm ]; then
	lsm-deny "$major" open >/run/other.out 2>&1 &
	other=$!
	wait_for 10 grep -q attached /run/other.out
	is "another module: EACCES" "$(step open open=$NVME)" EACCES
	why $NVME 'refused by another security module, whose verdict stands' "the other module"
	kill $other
	wait $other 2>/dev/null
	ok "it ends: it opens" wait_for 10 vfio-hold open=$NVME
else
	skip "another security module" "lsm-deny needs bpf among the LSMs"
fi

# A rule, with its place.
is "a rule: EPERM" "$(step open open=$E1000E)" EPERM
why $E1000E 'refused by ownerd, by rule "the tenant.s" \(policy.yaml:4\)' "the rule and its place"
hold --keep-going claim=$NVME set-iommu map=8M ready=/run/mapped hold
like "a map beyond a limit: EPERM" "$(cat /run/hold.out)" 'map: EPERM'
why $NVME 'tried to map memory for DMA: refused by ownerd, since more would be mapped than rule "a little memory" \(policy.yaml:7\) allows' "the limit"
ok "an unbind: refused" sh -c "! echo $NVME >$pci/drivers/vfio-pci/unbind"
why $NVME "tried to get at unbind of $NVME in sysfs: refused by ownerd, by rule \"a little memory\"" "the write"

# The kernel's own viability: a claim beside a host driver, a bind beside a user.
ok "all of them are there, the latest first" sh -c \
	"ownerctl why --json $NVME | jq -e '[.refusals[].reason] | index(\"rule\") == 0 and contains([\"limit\", \"in-use\", \"cgroup\", \"mode\"])'"
to_vfio $E1000
ok "a host driver binds" bind $RTL 8139cp
fails "a claim beside a host driver" 1 vfio-hold claim=$E1000
why $E1000 "tried to claim the group: refused by $([ "$KEEPER" = ownerd ] && echo ownerd || echo "the kernel's own ownership check"), since host drivers were bound" "viability"
like "and which" "$(ownerctl why --claim $E1000)" "$RTL is bound to 8139cp, a host driver that does DMA"
to_nobody $RTL $PCNET
release -KILL
hold claim=$E1000
fails "a bind beside a user is refused" 1 bind $RTL 8139cp
why $RTL "tried to bind 8139cp to $RTL: refused by .*, since vfio-hold\[$HOLDER\] held the group" "the user"
like "and what he saw" "$(ownerctl why $RTL)" 'its caller saw: (EBUSY from bind|ENOMEM from bind .ENODEV on 5.10.)'
release
# It outlives the daemon: while there is none, and for the next one.
before=$(ownerctl why --json $NVME | jq -c '[.refusals[] | [.reason, .count]]')
like "before a restart" "$before" '"mode",1'
stop_ownerd keep
is "without a daemon" "$(ownerctl why --json $NVME 2>/dev/null | jq -c '[.refusals[] | [.reason, .count]]')" "$before"
start_ownerd --policy /run/policy.yaml
is "and by the next" "$(ownerctl why --json $NVME | jq -c '[.refusals[] | [.reason, .count]]')" "$before"
ok "how often, of one kind" sh -c "for i in 1 2 3; do vfio-hold open=$E1000E; done; sleep 1; ownerctl why $E1000E | grep -q '(4 times)'"
stop_ownerd
finish
