# topology: shared
# also: 5.10+bpf
# Who may map memory for DMA, and how much in all: the user's container is asked for every group in
# it, and bytes are counted as the kernel maps and unmaps them.
. ./tap.sh

cgroup=/sys/fs/cgroup
within() { # CGROUP COMMAND...
	mkdir -p "$cgroup$1"
	within_path=$cgroup$1
	shift
	sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$within_path" "$@"
}
# policy MODE NVME-RULE E1000E-RULE: what is said of each group, as YAML.
policy() {
	cat >/run/policy.yaml <<-END
		version: 1
		mode: $1
		rules:
		  - {name: nvme, devices: [{pci: "$NVME"}], $2}
		  - {name: e1000e, devices: [{pci: "$E1000E"}], ${3:-"bind: {deny: [nobody]}"}}
	END
}
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	wait_for 30 grep -qE 'mode, .* groups|not reloaded' $LOG # programs that go wait for all that run
	! grep -q 'not reloaded' $LOG
}
counter() {
	ownerctl status --json | jq --arg name "$1" '.counters[] | select(.name == $name).value'
}
# said STEP...: what every map and unmap of a user of NVME says, in a line.
said() {
	vfio-hold --keep-going claim=$NVME set-iommu "$@" | sed -nE 's/^(map|unmap): ([A-Za-z]+).*/\2/p' | xargs
}
mapped() {
	ownerctl show --json "${1:-$NVME}" | jq .group.maps.bytes
}

to_vfio $NVME $E1000E
group=$(group_of $NVME)
is "before: any size maps" "$(said map=8M map=8M@16M)" "ok ok"
policy enforce 'maps: {limit: 4MiB}'
start_ownerd --policy /run/policy.yaml

# The limit is one of bytes, and of what is mapped now.
is "a limit of 4 MiB: all of it" "$(said map=4M)" ok
is "a page more: EPERM" "$(said map=4100K)" EPERM
ok "logged" logged "group $group: map by vfio-hold.*: refused by ownerd with EPERM: more than 4 MiB would be mapped: rule \"nvme\" \(policy.yaml:4\)"
is "counted" "$(counter maps_denied)" 1
is "in parts" "$(said map=1M map=2M@4M map=1M@8M map=4K@16M map=4K@17M)" "ok ok ok EPERM EPERM"
is "what is unmapped gives room" "$(said map=4M unmap map=4M@8M map=4K@16M)" "ok ok ok EPERM"
is "so does each part" \
	"$(said map=1M map=2M@4M map=1M@8M unmap=2M@4M map=2M@4M map=4K@16M unmap=1M@8M map=1M@16M map=4K@32M)" \
	"ok ok ok ok ok EPERM ok ok EPERM"
is "a map that fails takes none" "$(said map=2M map=2M map=2M@4M map=4K@16M)" "ok EEXIST ok EPERM"
is "nor one that is refused" "$(said map=8M map=4M map=4K@16M)" "EPERM ok EPERM"
is "a size that is none is none of the limit's" "$(said map=4M unmap=4M@1M map=0@1M)" "ok ok EINVAL"
# A domain's address is often the next one's.
is "some users come and go" "$(said map=4M) $(said map=4M) $(said map=4M)" "ok ok ok"
ok "another maps less" hold claim=$NVME set-iommu map=2M
mapped_ever=$(ownerctl show --json $NVME | jq .group.maps.mapped)
ok "and his count has nothing of theirs: $mapped_ever" [ "$mapped_ever" -lt $((3 << 20)) ] # VFIO maps two pages to try the domain
release
is "of a domain that is gone nothing is kept" "$(spoil nothing domains)" 0
is "meanwhile: another group has no limit" "$(step map claim=$E1000E set-iommu map=64M)" ok
is "by 32-bit calls" "$(vfio-hold --compat --keep-going claim=$NVME set-iommu map=4M map=4K@16M |
	sed -nE 's/^map: ([A-Za-z]+).*/\1/p' | xargs)" "ok EPERM"

# Who dies has unmapped all.
hold claim=$NVME set-iommu map=3M
is "show says how much" "$(mapped)" $((3 * 1024 * 1024))
like "in words" "$(ownerctl show $NVME)" 'mapped +3 MiB of at most 4 MiB'
release -KILL
owned $NVME none
is "killed: the next has the whole of it" "$(said map=4M map=4K@16M)" "ok EPERM"

# Two groups in a container have an address space: each with its own limit.
policy enforce 'maps: {limit: 4MiB}' 'maps: {limit: 2MiB}'
ok "another limit for another group" reload
ok "is said" grep -q "mode, " $LOG
is "both in one container: the lesser holds" \
	"$(vfio-hold --keep-going claim=$NVME open=$E1000E set-container set-iommu map=2M map=4K@4M map=1M@16M |
		sed -nE 's/^map: ([A-Za-z]+).*/\1/p' | xargs)" "ok EPERM EPERM"
ok "for the sake of it" logged "group $(group_of $E1000E): map by vfio-hold.*rule \"e1000e\""
is "one taken out: the other's" \
	"$(vfio-hold --keep-going claim=$NVME open=$E1000E set-container set-iommu map=2M map=4K@4M unset-container map=2M@4M map=4K@16M |
		sed -nE 's/^map: ([A-Za-z]+).*/\1/p' | xargs)" "ok EPERM ok EPERM"
vfio-hold --keep-going receive=/run/both open=$NVME set-container ready=/run/joined hold \
	map=4M map=4K@16M >/run/stays.out 2>&1 &
stays=$!
wait_for 10 test -e /run/both
vfio-hold claim=$E1000E set-iommu pass=/run/both hold unset-container ready=/run/left hold >/dev/null 2>&1 &
leaves=$!
wait_for 10 test -e /run/joined
kill $leaves
wait_for 10 test -e /run/left
kill $stays
wait $stays 2>/dev/null
is "the first taken out: the second's" "$(sed -nE 's/^map: ([A-Za-z]+).*/\1/p' /run/stays.out | xargs)" "ok EPERM"
kill $leaves
wait $leaves 2>/dev/null
is "each in its own: each has its own" \
	"$(said map=4M map=4K@16M) $(vfio-hold --keep-going claim=$E1000E set-iommu map=2M map=4K@4M |
		sed -nE 's/^map: ([A-Za-z]+).*/\1/p' | xargs)" "ok EPERM ok EPERM"

# The daemon goes, the programs stay, and what they have counted.
vfio-hold --keep-going claim=$NVME set-iommu map=3M ready=/run/1 hold map=1M@8M map=4K@16M ready=/run/2 hold \
	map=4K@17M unmap=1M@8M map=1M@8M map=4K@18M ready=/run/3 hold >/run/stays.out 2>&1 &
stays=$!
wait_for 10 test -e /run/1
kill -KILL "$OWNERD"
wait "$OWNERD" 2>/dev/null
kill $stays
wait_for 10 test -e /run/2
start_ownerd --policy /run/policy.yaml
is "a new daemon: still counted" "$(mapped)" $((4 * 1024 * 1024))
kill $stays
wait_for 10 test -e /run/3
is "without a daemon and with the next" "$(sed -nE 's/^(map|unmap): ([A-Za-z]+).*/\2/p' /run/stays.out | xargs)" \
	"ok ok EPERM EPERM ok ok EPERM"
kill $stays
wait $stays
owned $NVME none

# Who maps is asked, whoever claimed.
policy enforce 'maps: {allow: [{cgroup: "/mappers/**"}]}'
ok "a list of who may map" reload
is "who may not: EPERM" "$(said map=2M)" EPERM
ok "logged" logged "group $group: map by vfio-hold.*: refused by ownerd with EPERM: rule \"nvme\""
is "who may" "$(within /mappers/a vfio-hold --keep-going claim=$NVME set-iommu map=2M | sed -nE 's/^map: ([A-Za-z]+).*/\1/p')" ok
within /mappers/a sh -c "vfio-hold --keep-going claim=$NVME set-iommu map=2M ready=/run/moved hold map=2M@8M >/run/moved.out 2>&1 & echo \$! >/run/moved.pid"
wait_for 10 test -e /run/moved
mkdir -p $cgroup/elsewhere && cat /run/moved.pid >$cgroup/elsewhere/cgroup.procs
kill "$(cat /run/moved.pid)"
ok "nor when he has moved elsewhere" wait_for 10 grep -q '^map: EPERM' /run/moved.out
owned $NVME none
# A container is handed over by a socket; the group's file, which is judged, is not.
within /mappers/a sh -c "vfio-hold receive=/run/pass map=4M@8M >/run/got.out 2>&1" &
wait_for 10 test -S /run/pass
within /elsewhere vfio-hold --keep-going claim=$NVME set-iommu map=2M pass=/run/pass >/run/gave.out 2>&1
wait $!
is "who claimed may not" "$(sed -nE 's/^map: ([A-Za-z]+).*/\1/p' /run/gave.out)" EPERM
is "who got it may" "$(sed -nE 's/^map: ([A-Za-z]+).*/\1/p' /run/got.out)" ok
policy enforce 'maps: {deny: [{cgroup: "/mappers/**"}]}'
ok "a list of who may not" reload
is "whom it names: EPERM" "$(within /mappers/a vfio-hold --keep-going claim=$NVME set-iommu map=2M | sed -nE 's/^map: ([A-Za-z]+).*/\1/p')" EPERM
is "others may" "$(said map=2M)" ok

# Who may no longer have the group maps no more of it; what he has mapped he keeps.
vfio-hold --keep-going claim=$NVME set-iommu map=2M ready=/run/late hold map=2M@8M unmap=2M@1M >/run/late.out 2>&1 &
late=$!
wait_for 10 test -e /run/late
policy enforce 'claim: {allow: [{cgroup: "/mappers/**"}]}'
ok "a policy that takes the group away" reload
kill $late
wait $late
is "its user maps no more, and unmaps" "$(sed -nE 's/^(map|unmap): ([A-Za-z]+).*/\2/p' /run/late.out | xargs)" "ok EPERM ok"
ok "logged" logged "group $group: map by vfio-hold.*: refused by ownerd with EPERM: rule \"nvme\""

# Another build takes over, and knows the containers.
policy enforce 'maps: {allow: [{cgroup: "/mappers/**"}]}'
ok "who may map, again" reload
vfio-hold --keep-going claim=$NVME set-iommu ready=/run/next hold map=2M >/run/next.out 2>&1 &
next=$!
wait_for 10 test -e /run/next
kill "$OWNERD" && wait "$OWNERD"
OWNERD_PROGRAM=ownerd-next
start_ownerd --policy /run/policy.yaml
kill $next
wait $next
is "another build: a container that it has not seen" "$(sed -nE 's/^map: ([A-Za-z]+).*/\1/p' /run/next.out)" EPERM
owned $NVME none

# Observe.
policy observe 'maps: {limit: 1MiB}'
ok "a policy to observe" reload
before=$(counter would_deny)
is "nothing is refused" "$(said map=2M map=2M@8M)" "ok ok"
is "all is counted" $(($(counter would_deny) - before)) 2
ok "and said" logged "group $group: map by vfio-hold.*: would be refused in enforce mode: more than 1 MiB"
policy enforce 'bind: {deny: [nobody]}'
ok "a policy without maps" reload
policy enforce 'bind: {deny: [nobody, no-driver]}'
ok "and another, so that there is no way back to one" reload
is "its observers stay: a device waits for its user" \
	"$(ownerctl status --json | jq -r '.hooks[] | select(.name == "map_ends").state')" attached
is "any size maps" "$(said map=64M)" ok
ok "stopped" stop_ownerd

# What was there before ownerd.
hold --keep-going claim=$NVME set-iommu map=2M ready=/run/old hold map=2M@8M
policy enforce 'maps: {limit: 1MiB}'
start_ownerd --policy /run/policy.yaml
kill "$HOLDER"
ok "a container from before: EPERM, as of any" wait_for 10 grep -q '^map: EPERM' /run/hold.out
release
is "no map was in a container that is not known" "$(counter spaces_unknown)" 0
ok "stopped" stop_ownerd
is "after: any size maps" "$(said map=8M)" ok
finish
