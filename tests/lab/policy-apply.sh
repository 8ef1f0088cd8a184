# topology: shared
# kernels: 5.10 5.10+bpf 6.12 (one kernel of each kind is enough: this is ownerd's own)
# A policy is applied, confirmed and taken back while ownerd runs. One that nobody confirms ends by
# itself, ownerd or not, and does not come back: not by a reload, a restart or a reboot.
. ./tap.sh

echo "nobody:x:65534:65534::/:/bin/sh" >>/etc/passwd
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	logged 'mode, .* groups|not reloaded'
}
policy() { ownerctl policy "$@"; }
number() { policy show --raw 2>/dev/null | sed -n 's/^generation	//p'; }
mode() { policy show --raw 2>/dev/null | sed -n 's/^mode	//p'; }
# counts NAME: of a rule, "DENIED WOULD".
counts() { policy show --raw 2>/dev/null | awk -F '\t' -v name="$1" '$1 == "rule" && $2 == name { print $4, $5 }'; }
killed() {
	kill -9 "$OWNERD"
	wait "$OWNERD" 2>/dev/null
}
# rules MODE [RULE]...: a policy.
rules() {
	printf 'version: 1\nmode: %s\nrules:\n' "$1"
	shift
	for rule; do printf '  - %s\n' "$rule"; done
}
nvme="{name: nvme stays, devices: [{pci: \"$NVME\"}], claim: {deny: [{any: true}]}}"
nvme_too="{name: nvme stays, devices: [{pci: \"$NVME\"}], claim: {allow: [{uid: 7}]}}"
net="{name: only vfio, devices: [{pci: \"$E1000E\"}], bind: {allow: [vfio-pci]}}"

to_vfio $NVME $E1000E
rules observe "$nvme" >/run/policy.yaml
rules enforce "$nvme" "$net" >/run/next.yaml
rules enforce "$nvme" "$net" "{name: 7}" >/run/bad.yaml
is "before: open works" "$(step open open=$NVME)" ok
start_ownerd --policy /run/policy.yaml

is "observe: open works" "$(step open open=$NVME)" ok
is "and is counted at its rule" "$(counts "nvme stays")" "0 1"
step open open=$E1000E >/dev/null
is "another group's is not" "$(counts "nvme stays")" "0 1"
like "show: the table" "$(policy show)" "nvme stays +claim +0 +1 +.* +policy.yaml:4"
like "where it is from" "$(policy show)" "policy 1, observe mode, .*from /run/policy.yaml"
like "check: what is configured" "$(policy check)" "^OK /run/policy.yaml: 1 rules"
fails "test: refused" 1 policy test --as uid=0 claim $NVME
ok "test of a file: allowed" policy test /run/next.yaml --as uid=0 claim $E1000E
fails "test of a file: bind refused" 1 policy test /run/next.yaml bind $E1000E e1000e
ok "can, since it only observes" ownerctl can --as unit=foo.service open $NVME
like "which is said" "$(ownerctl can --as unit=foo.service open $NVME)" "only observes"
ok "diff with itself" policy diff
fails "diff with another" 1 policy diff /run/next.yaml
is "says what is added" "$(policy diff --raw /run/next.yaml)" "$(printf 'added\tonly vfio\tnext.yaml:5')"

fails "a bad file" 1 policy apply /run/bad.yaml
like "is said with its place" "$(policy apply /run/bad.yaml 2>&1)" "/run/bad.yaml:6:[0-9]+: "
fails "no file" 1 policy apply /run/nothing.yaml
is "the old policy is in force" "$(number) $(mode)" "1 observe"
like "others may not" "$(su nobody -s /bin/sh -c 'ownerctl policy apply /run/next.yaml' 2>&1)" "not allowed"
is "open works" "$(step open open=$NVME)" ok

# Not confirmed, while ownerd lives.
ok "applied, to be confirmed" policy apply /run/next.yaml --confirm-within 5s
is "enforced: EPERM" "$(step open open=$NVME)" EPERM
is "the other group opens" "$(step open open=$E1000E)" ok
is "counted at its rule" "$(counts "nvme stays")" "1 0"
like "show: it waits" "$(policy show)" "Not confirmed: at .* policy 1 is in force again"
like "status: so too" "$(ownerctl status)" "policy +2, 2 rules, waits"
fails "no other meanwhile" 1 policy apply /run/policy.yaml
mv $JSON $JSON.1
reload
ok "nor a reload" grep -q "waits for its confirmation" $LOG
ok "but that opens the log file anew" test -e $JSON
ok "it ends" wait_for 8 grep -q "policy 2 was not confirmed in time: policy 1 is in force again, in observe mode" $LOG
is "open works again" "$(step open open=$NVME)" ok
is "policy 1, as it was" "$(number) $(mode) $(counts "nvme stays")" "1 observe 0 3"
fails "nothing to confirm" 1 policy confirm
fails "nothing to go back to" 1 policy revert

# Not confirmed, and ownerd is gone: the kernel goes back.
ok "again" policy apply /run/next.yaml --confirm-within 6s
killed
is "killed -9: EPERM" "$(step open open=$NVME)" EPERM
is "the other group opens" "$(step open open=$E1000E)" ok
like "show without ownerd" "$(policy show 2>&1)" "Not confirmed: "
sleep 7
is "the time is over: open works" "$(step open open=$NVME)" ok
like "show says so" "$(policy show 2>&1)" "Policy [0-9]+ was not confirmed in time"
is "in observe mode" "$(mode)" observe
is "counted at its rule, without ownerd" "$(counts "nvme stays")" "0 4"
start_ownerd --policy /run/policy.yaml
ok "the next start says so" grep -q "was not confirmed, and is over" $LOG
is "open works" "$(step open open=$NVME)" ok

# What was not confirmed does not come back from the configured path.
cp /run/next.yaml /run/policy.yaml
reload
ok "a reload does not load it" grep -q "policy.yaml was reverted or not confirmed, and is not loaded" $LOG
is "open works" "$(step open open=$NVME)" ok
stop_ownerd keep
start_ownerd --policy /run/policy.yaml
ok "nor does a restart" grep -q "is not loaded: the last accepted one is in its place" $LOG
is "open works" "$(step open open=$NVME) $(mode)" "ok observe"
like "status says so" "$(ownerctl status)" "policy .*the last accepted, in place of the configured one"
like "and show" "$(policy show)" "Rejected: what is at /run/policy.yaml"
stop_ownerd
start_ownerd --policy /run/policy.yaml
ok "nor one after which nothing is pinned" grep -q "is not loaded: the last accepted one is in its place" $LOG
is "open works, and is counted" "$(step open open=$NVME) $(counts "nvme stays")" "ok 0 1"

# Confirmed.
ok "it is applied on purpose" policy apply --confirm-within 4
ok "and confirmed" policy confirm
sleep 5
is "it stays: EPERM" "$(step open open=$NVME) $(mode)" "EPERM enforce"
is "binds are by it" "$(to_nobody $E1000E; bind_error $E1000E e1000e)" "$BIND_DENIED"
ok "vfio-pci binds" to_vfio $E1000E
fails "can: no" 1 ownerctl can --as unit=foo.service claim $NVME
like "by which rule" "$(ownerctl can --as unit=foo.service claim $NVME)" "No: rule .nvme stays. \(policy.yaml:4\) refuses it"
fails "can bind: no" 1 ownerctl can bind $E1000E e1000e
ok "can bind vfio-pci" ownerctl can bind $E1000E vfio-pci
ok "can claim the other" ownerctl can --as pid=$$ claim $E1000E
hold all=$E1000E
fails "but not one that is held" 1 ownerctl can --as pid=$$ claim $E1000E
like "by whom" "$(ownerctl can --as pid=$$ claim $E1000E)" "vfio-hold\[$HOLDER\] holds it"
release
reload
ok "a reload loads it now" grep -q "enforce mode" $LOG
is "and it is the same: EPERM" "$(step open open=$NVME)" EPERM

# Reverted.
before=$(number)
rules enforce "$nvme_too" >/run/third.yaml
ok "a third, without confirmation" policy apply /run/third.yaml
is "root is not user 7: EPERM" "$(step open open=$NVME)" EPERM
is "diff: the rule is changed, one has gone" "$(policy diff --raw | cut -f 1,2 | sort | tr '\n\t' ' :')" \
	"added:only vfio changed:nvme stays "
is "the driver binds" "$(to_nobody $E1000E; bind_error $E1000E e1000e)" ""
to_vfio $E1000E
ok "reverted" policy revert
is "the one before is in force" "$(number) $(mode)" "$before enforce"
is "bind: denied" "$(to_nobody $E1000E; bind_error $E1000E e1000e)" "$BIND_DENIED"
to_vfio $E1000E
fails "only once" 1 policy revert
cp /run/third.yaml /run/policy.yaml
reload
ok "a reload does not load what was reverted" grep -q "was reverted or not confirmed, and is not loaded" $LOG
is "bind: denied" "$(to_nobody $E1000E; bind_error $E1000E e1000e)" "$BIND_DENIED"
to_vfio $E1000E
rules observe "$nvme" >/run/policy.yaml
reload
is "after: a changed file is loaded; open works" "$(step open open=$NVME) $(mode)" "ok observe"

# As after a reboot before the end: nothing is pinned, the file is there.
rules enforce "$net" >/run/policy.yaml
ok "applied, to be confirmed" policy apply --confirm-within 1h
killed
is "killed -9: bind: denied" "$(to_nobody $E1000E; bind_error $E1000E e1000e)" "$BIND_DENIED"
ownerd --unpin
start_ownerd --policy /run/policy.yaml
ok "it is not loaded" grep -q "is not loaded: the last accepted one is in its place" $LOG
is "after: the driver binds" "$(bind_error $E1000E e1000e) $(mode)" " observe"
stop_ownerd

# A mode that is given stays, whatever a policy asks for.
rules observe "$nvme" >/run/policy.yaml
start_ownerd --mode observe --policy /run/policy.yaml
ok "a policy that asks for enforce, under --mode observe" policy apply /run/next.yaml
is "observes: open works" "$(step open open=$NVME) $(mode)" "ok observe"
ok "and is counted" [ "$(counts "nvme stays")" = "0 1" ]
ok "a mistake in a reload" sh -c 'echo x >>/run/policy.yaml'
reload
ok "is told, and the policy stays" grep -q "not reloaded: all is as before" $LOG
is "it does" "$(counts "nvme stays")" "0 1"
stop_ownerd
rules enforce "$net" >/run/policy.yaml
rm /var/lib/ownerd/policy.accepted
start_ownerd --policy /run/policy.yaml
ok "nor without one in its place" grep -q "NO POLICY IS IN FORCE" $LOG
is "which observes" "$(number) $(mode)" "0 observe"
stop_ownerd
finish
