# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# Who may have a group is said by his cgroup, user, group or program, as the kernel has them at the
# moment of the act: of a container from its first instruction, wherever it nests or moves itself.
. ./tap.sh

cgroup=/sys/fs/cgroup
H=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
J=fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210
UID1=8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f

# policy LISTS: who may claim the group of NVME, as YAML.
policy() {
	cat >/run/policy.yaml <<-END
		version: 1
		mode: enforce
		rules:
		  - name: who
		    devices: [{pci: "$NVME"}]
		    claim: $1
	END
}
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	logged 'mode, .* groups|not reloaded'
	! grep -q 'not reloaded' $LOG
}
# within CGROUP COMMAND...
within() {
	mkdir -p "$cgroup$1"
	within_path=$cgroup$1
	shift
	sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$within_path" "$@"
}
# opens CGROUP: what an open says there.
opens() {
	mkdir -p "$cgroup$1"
	sh -c 'echo 0 >"$0/cgroup.procs" && exec vfio-hold open="$1"' "$cgroup$1" $NVME |
		sed -n "s/^open: \([A-Za-z]*\).*/\1/p"
}

to_vfio $NVME $E1000E
group=$(group_of $NVME)
policy '{allow: [{unit: "dpdk@*.service"}]}'
is "before: open works" "$(opens /system.slice/other.service)" ok
start_ownerd --policy /run/policy.yaml

# SUBJECT | CGROUP | WANT
while IFS='|' read -r subject path want; do
	[ -n "$subject" ] || continue
	policy "{allow: [{$subject}]}"
	ok "{$subject}" reload
	is "$path: $want" "$(opens "$path")" "$want"
done <<-END
	unit: dpdk@*.service|/system.slice/system-dpdk.slice/dpdk@0.service|ok
	unit: dpdk@*.service|/system.slice/dpdk@0.service/payload/deep|ok
	unit: dpdk@*.service|/system.slice/dpdk.service|EPERM
	unit: dpdk@*.service|/system.slice/evil.service/dpdk@0.service|EPERM
	unit: dpdk@*.service|/user.slice/user-1000.slice/user@1000.service/app.slice/dpdk@0.service|EPERM
	container: $H|/system.slice/docker-$H.scope|ok
	container: $H|/system.slice/docker-$J.scope|EPERM
	container: $H|/docker/$H/payload|ok
	container: $H|/system.slice/docker-$J.scope/docker/$H|EPERM
	container: $H|/kubepods.slice/kubepods-burstable.slice/cri-containerd-$H.scope|ok
	container: $H|/machine.slice/libpod-conmon-$H.scope|EPERM
	container: $H|/libpod_parent/libpod-$H|ok
	container: $H|/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-$H.scope|EPERM
	pod: $UID1|/kubepods.slice/kubepods-pod8f14e45f_ceea_467f_a9c5_0d1c2b3a4e5f.slice/crio-$H.scope|ok
	pod: $UID1|/kubepods/burstable/pod$UID1/$H|ok
	pod: $UID1|/docker/$H/kubepods/burstable/pod$UID1/$J|EPERM
	vm: tenant-a*|/machine.slice/machine-qemu\\x2d3\\x2dtenant\\x2da1.scope/libvirt/emulator|ok
	vm: tenant-a*|/machine.slice/machine-qemu\\x2d3\\x2dx\\x2dtenant\\x2da1.scope|EPERM
	cgroup: /a/**/z|/a/b/c/z|ok
	cgroup: /a/**/z|/a/b/c/z/y|EPERM
	cgroup: /a/*/z|/a/b/c/z|EPERM
	cgroup: /**|/|ok
	cgroup: /|/a|EPERM
END

policy "{deny: [{container: $H}], allow: [{any: true}]}"
ok "a deny list" reload
is "whom it names, does not" "$(opens /docker/$H)" EPERM
is "nor if he nests himself elsewhere" "$(opens /docker/$H/system.slice/docker-$J.scope)" EPERM
is "others do" "$(opens /docker/$J)" ok
policy "{deny: [{uid: 0, cgroup: \"/a/**\"}]}"
ok "two conditions" reload
is "both hold" "$(opens /a/b)" EPERM
is "one holds" "$(opens /b)" ok
policy '{allow: [{gid: 0}]}'
ok "a group" reload
is "its member" "$(opens /a)" ok
policy '{allow: [{gid: 4711}, {uid: 4711}]}'
ok "of which nobody is a member" reload
is "anybody" "$(opens /a)" EPERM
policy "{allow: [{exe: $(command -v vfio-hold)}]}"
ok "a program" reload
is "it" "$(opens /a)" ok
cp "$(command -v vfio-hold)" /run/copy
is "a copy of it" "$(/run/copy open=$NVME | sed -n 's/^open: \([A-Za-z]*\).*/\1/p')" EPERM

# A migration counts at once, and so does where the claim is made: not where the file was opened.
policy '{allow: [{cgroup: "/in/**"}]}'
ok "a cgroup" reload
ok "a file that was opened there" within /in sh -c "vfio-hold open=$NVME container ready=/run/opened hold set-container \
	>/run/moved.out 2>&1 & echo \$! >/run/moved.pid"
ok "is open" wait_for 10 test -e /run/opened
mkdir -p $cgroup/out && cat /run/moved.pid >$cgroup/out/cgroup.procs
kill "$(cat /run/moved.pid)"
ok "does not claim outside" wait_for 10 grep -q '^set-container: EPERM' /run/moved.out
ok "which names the rule" logged "group $group: claim by vfio-hold.*: refused by ownerd with EPERM: rule \"who\" \(policy.yaml:4\)"

# Deeper than can be judged, or longer: closed, and counted.
deep=/in/$(seq -s / 1 40)
long=/in/$(for i in 1 2 3 4 5 6; do printf "%0200d/" $i; done)x
is "a path of 41 components" "$(opens $deep)" EPERM
is "a path of 1,200 bytes" "$(opens $long)" EPERM
is "are counted" "$(ownerctl status --json | jq '.counters[] | select(.name == "paths_unreadable").value > 1')" true
is "meanwhile: within" "$(opens /in)" ok
is "meanwhile: another group" "$(step open open=$E1000E)" ok
cat >/run/policy.yaml <<-END
	version: 1
	mode: enforce
	defaults: {claim: deny}
	rules:
	  - {name: one, devices: [{pci: "$NVME"}], claim: {allow: [{cgroup: "/in/**"}]}}
END
ok "deny by default" reload
is "what no rule speaks of" "$(step open open=$E1000E)" EPERM
ok "says so" logged "group $(group_of $E1000E): open by .*: no rule allows it, and the policy's default is to deny"
is "what one allows" "$(opens /in)" ok
ok "stopped" stop_ownerd
is "after: open works" "$(opens /out)" ok
finish
