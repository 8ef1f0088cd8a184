#!/usr/bin/env bats
# ownerctl policy and can: without a daemon on a made-up host, and before a fake one.

load common

setup() {
	SOCKET=$BATS_TEST_TMPDIR/nobody
	ROOT=$BATS_TEST_TMPDIR/root
	P=$BATS_TEST_TMPDIR/p.yaml
	cat >"$P" <<-'END'
		version: 1
		mode: enforce
		rules:
		  - name: gpu
		    devices: [{pci: "0000:3b:00.0"}]
		    claim: {deny: [{uid: 5}], allow: [{vm: "tenant-a*"}]}
		    bind: {allow: [vfio-pci], deny: [uio_pci_generic]}
		  - name: late
		    devices: [{pci: "0000:3b:00.0"}]
		    claim: {deny: [{any: true}]}
		  - name: sound
		    devices: [{class: "0403"}]
		    claim: {deny: [{any: true}]}
		  - name: disks
		    devices: [{driver: nvme}]
		    claim: {deny: [{any: true}]}
		  - name: elsewhere
		    devices: [{id: "15b3:*"}]
		    claim: {deny: [{any: true}]}
	END
	device 14 0000:3b:00.0 0x10de 0x2204 0x030000 nvidia
	device 14 0000:3b:00.1 0x10de 0x1aef 0x040300 ""
	device 2 0000:04:00.0 0x144d 0xa808 0x010802 nvme
}

teardown() {
	stop_fake
}

# device GROUP NAME VENDOR DEVICE CLASS DRIVER: in a copy of sysfs.
device() {
	local dir=$ROOT/sys/devices/$2
	mkdir -p "$dir" "$ROOT/sys/kernel/iommu_groups/$1/devices" "$ROOT/sys/bus/pci/drivers/x$6"
	echo "$3" >"$dir/vendor"
	echo "$4" >"$dir/device"
	echo "$5" >"$dir/class"
	ln -s ../../bus/pci "$dir/subsystem"
	[ -z "$6" ] || ln -s "../../bus/pci/drivers/$6" "$dir/driver"
	ln -s "../../../../devices/$2" "$ROOT/sys/kernel/iommu_groups/$1/devices/$2"
}

no_maps() {
	[ ! -d /sys/fs/bpf/ownerd ] || skip "something is pinned on this host"
}

@test "check: OK, with counts, conflicts, rules that never decide or select nothing" {
	ctl policy check "$P" --host "$ROOT"
	[ "$status" -eq 0 ]
	says "OK $P: 5 rules" "mode enforce" \
		'p.yaml:8: rule "late" never decides claim' \
		'group 14, claim: rule "gpu" by 0000:3b:00.0 and rule "sound" by 0000:3b:00.1; "gpu" decides' \
		'p.yaml:17: rule "elsewhere" selects nothing that is here'
	says_not "never decides bind" '"disks" selects' "group 2"
	ctl policy check "$P" --host "$ROOT" --json
	json '.ok and .rules == 5 and (.notes | map(.kind) | sort) == ["absent", "conflict", "never"]'
	ctl policy check "$P" --host "$ROOT" --raw
	[ "${lines[-1]}" = "$(printf 'ok\t%s' "$P")" ]
}

@test "check: a rule behind one about every device never decides" {
	printf 'version: 1\nrules:\n- {name: all, devices: [{device: "*"}], claim: {deny: [{any: true}]}}\n- {name: one, devices: [{pci: "3b:00.0"}], claim: {allow: [{uid: 1}]}, bind: {allow: []}}\n' >"$P"
	ctl policy check "$P" --host "$ROOT"
	[ "$status" -eq 0 ]
	says 'rule "one" never decides claim'
	says_not "decides bind"
}

@test "check: a mistake names file, line, column and remedy: 1" {
	sed -i 's/uid: 5/uidd: 5/' "$P"
	ctl policy check "$P" --host "$ROOT"
	[ "$status" -eq 1 ]
	errs "p.yaml:6:21: " uidd
	[ -z "$output" ]
	ctl policy check "$BATS_TEST_TMPDIR/nothing.yaml"
	[ "$status" -eq 1 ]
	errs "nothing.yaml: No such file"
}

@test "check: a directory without policies is one without rules" {
	mkdir "$BATS_TEST_TMPDIR/d"
	ctl policy check "$BATS_TEST_TMPDIR/d" --host "$ROOT"
	[ "$status" -eq 0 ]
	says ": 0 rules"
}

@test "the examples are policies" {
	for f in examples/*.yaml; do
		ctl policy check "$f" --host "$ROOT"
		[ "$status" -eq 0 ] || { echo "$f: $errors"; return 1; }
		says "OK $f"
		says_not "Warning" "never decides"
	done
}

# answers STATUS WORDS OPERAND...
answers() {
	local want=$1 words=$2
	shift 2
	ctl policy test "$P" --host "$ROOT" "$@"
	[ "$status" -eq "$want" ] || { echo "$*: $status" "$output" "$errors"; return 1; }
	says "$words"
}

@test "a device that VFIO has is selected by the driver that the host would bind" {
	device 3 0000:05:00.0 0x144d 0xa808 0x010802 vfio-pci
	echo pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02 >"$ROOT/sys/devices/0000:05:00.0/modalias"
	answers 0 "no rule speaks of it" --as uid=0 claim 3
	mkdir -p "$ROOT/proc/sys/kernel" "$ROOT/etc/modprobe.d"
	echo 6.1.0 >"$ROOT/proc/sys/kernel/osrelease"
	echo "alias pci:v0000144Dd*sv*sd*bc01sc08i02* nvme" >"$ROOT/etc/modprobe.d/here.conf"
	answers 1 'rule "disks"' --as uid=0 claim 3
	echo "blacklist nvme" >>"$ROOT/etc/modprobe.d/here.conf"
	answers 0 "no rule speaks of it" --as uid=0 claim 3
}

@test "test: each act, by group and by device" {
	answers 0 'Yes: rule "gpu" (p.yaml:4) does not refuse it' --as vm=tenant-a1 claim 14
	answers 0 Yes --as vm=tenant-a1 open 0000:3b:00.1
	answers 1 'No: rule "gpu" (p.yaml:4) refuses it' --as vm=tenant-b claim 3b:00.1
	answers 1 'refuses it' --as vm=tenant-a1,uid=5 claim 14
	answers 1 'rule "disks"' --as uid=0 claim 2
	answers 0 'does not refuse' bind 3b:00.1 vfio-pci
	answers 1 'rule "gpu"' bind 3b:00.1 snd_hda_intel
	answers 1 'rule "gpu"' bind 3b:00.0 uio_pci_generic
	answers 0 'no rule speaks of it' bind 04:00.0 nvme
}

@test "test: --json and --raw" {
	ctl policy test "$P" --host "$ROOT" --as uid=5 claim 14 --json
	[ "$status" -eq 1 ]
	json '.allowed == false and .group == 14 and .rule == "gpu" and .reason == "rule" and .cgroup == "/"'
	ctl policy test "$P" --host "$ROOT" --as uid=5 claim 14 --raw
	[ "$output" = "$(printf 'no\trule\tgpu\tp.yaml:4')" ]
}

@test "test: the default decides what no rule does" {
	sed -i 's/^mode: enforce/defaults: {claim: deny}/' "$P"
	device 3 0000:05:00.0 0x8086 0x1533 0x020000 igb
	answers 1 'no rule speaks of it, and the default is to deny' --as uid=0 claim 3
}

@test "test: what decides and was not said is told" {
	answers 0 Yes --as vm=tenant-a1 claim 14
	errs 'rule "gpu" asks for the user, and --as names none: taken for root'
	answers 0 Yes --as vm=tenant-a1,uid=3 claim 14
	[ -z "$errors" ]
}

# is_who SUBJECT RULE...: the subject is whom a rule of that entry allows.
is_who() {
	printf 'version: 1\nrules:\n- {name: r, devices: [{device: "*"}], claim: {allow: [{%s}]}}\n' "$2" >"$P"
	answers 0 Yes --as "$1" claim 14
}

@test "--as: every kind of subject is one that a rule knows" {
	id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	is_who cgroup=/a/b 'cgroup: "/a/*"'
	is_who unit=foo.service 'unit: foo.service'
	is_who unit=a.scope 'unit: a.scope'
	is_who unit=a-b.slice 'unit: a-b.slice'
	is_who unit=cgroup.x.service 'unit: cgroup.x.service'
	is_who container=$id "container: $id"
	is_who container=web 'container: web'
	is_who pod=8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f 'pod: 8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f'
	is_who pod=$id "pod: $id"
	is_who vm=win-10 'vm: win-10'
	is_who uid=7 'uid: "7"'
	is_who uid=root 'uid: root'
	is_who gid=7 'gid: "7"'
	is_who gid=1,gid=7 'gid: "7"'
	is_who exe="$(readlink -f "$(command -v bash)")" "exe: $(readlink -f "$(command -v bash)")"
	is_who "unit=foo.service,uid=7" 'unit: foo.service, uid: "7"'
}

@test "--as pid=N: the process as it is" {
	sleep 60 3>&- &
	pid=$!
	is_who "pid=$pid" "exe: $(readlink -f "$(command -v sleep)"), uid: \"$(id -u)\", gid: \"$(id -g)\""
	kill $pid
	ctl policy test "$P" --host "$ROOT" --as pid=999999999 claim 14
	[ "$status" -eq 2 ]
	errs "there is no process 999999999"
}

@test "--as: a mistake says what to write: 2" {
	while IFS='|' read -r subject words; do
		ctl policy test "$P" --host "$ROOT" --as "$subject" claim 14
		[ "$status" -eq 2 ] || { echo "$subject: $status"; return 1; }
		errs "--as: $words"
		[ -z "$output" ]
	done <<-'END'
		|give pid=N, or cgroup=
		foo|give pid=N, or cgroup=
		unix=1|give pid=N, or cgroup=
		pid=x|give a process by its number
		pid=1,uid=2|pid=N says everything
		cgroup=a|give a cgroup's whole path
		cgroup=/a//b|give a cgroup's whole path
		cgroup=/a,unit=b.service|give only one of
		unit=foo|give one unit
		container=a/b|give a container's id
		pod=abc|give a pod's UID
		vm=a*|give the name of one machine
		uid=nobody-at-all|there is no user
		uid=4294967295|no user has the number
		gid=nobody-at-all|there is no group
		exe=bash|no program
		exe=/nothing|no program
	END
}

@test "test: wrong usage: 2" {
	for operands in "$P claim" "$P bind 3b:00.0" "$P bind 14 e1000" "$P claim 14 x" "$P claim 99" \
		"$P claim 0000:99:00.0" "claim 14"; do
		# shellcheck disable=SC2086
		ctl policy test --host "$ROOT" $operands
		[ "$status" -eq 2 ] || { echo "$operands: $status" "$errors"; return 1; }
		[ -z "$output" ]
	done
	errs "--as says who asks"
}

@test "no verb, or another: 2, and which there are" {
	ctl policy
	[ "$status" -eq 2 ]
	errs "policy needs a verb: show, check, test, diff, apply, confirm, revert"
	ctl policy frobnicate
	[ "$status" -eq 2 ]
	errs "no such command: policy frobnicate"
	ctl policy show --as uid=1
	[ "$status" -eq 2 ]
	errs "--as does not go with policy show"
}

@test "each verb has its help, which fits into 100 columns" {
	for verb in "can" "policy show" "policy check" "policy test" "policy diff" "policy apply" "policy confirm" \
		"policy revert"; do
		# shellcheck disable=SC2086
		ctl help $verb
		[ "$status" -eq 0 ]
		says "Usage: ownerctl $verb" Options:
		[ "$(wc -L <<<"$output")" -le 100 ]
	done
	ctl policy apply --help
	says --confirm-within
}

@test "completion knows verbs and their options" {
	ctl completion bash
	eval "$output"
	COMP_WORDS=(ownerctl policy co) COMP_CWORD=2
	_ownerctl
	[ "${COMPREPLY[*]}" = confirm ]
	COMP_WORDS=(ownerctl policy apply --con) COMP_CWORD=3
	_ownerctl
	[ "${COMPREPLY[*]}" = --confirm-within ]
	COMP_WORDS=(ownerctl pol) COMP_CWORD=1
	_ownerctl
	[ "${COMPREPLY[*]}" = policy ]
	COMP_WORDS=(ownerctl can cl) COMP_CWORD=2
	_ownerctl
	[ "${COMPREPLY[*]}" = claim ]
}

@test "no daemon and nothing pinned: 3" {
	no_maps
	for c in "policy show" "policy diff $P" "policy apply $P" "policy confirm" "policy revert"; do
		# shellcheck disable=SC2086
		ctl $c
		[ "$status" -eq 3 ] || { echo "$c: $status"; return 1; }
		errs "ownerd is not running"
	done
	ctl can --as uid=0 claim 14
	[ "$status" -eq 3 ]
	errs "ownerctl policy test"
}

@test "show: a table, JSON, raw" {
	start_fake tests/cli/host.json
	ctl policy show
	[ "$status" -eq 0 ]
	says "policy 3, enforce mode" "from /etc/ownerd/policy.d" "claim allow, bind allow" RULE DENIED 10-a.yaml:4
	[[ $output =~ gpu\ +bind,claim\ +7\ +2 ]]
	is_safe <(echo "$output")
	ctl policy show --json
	json '.generation == 3 and .rules[1].denied == 7 and (.rules | length) == 4'
	ctl policy show --raw
	grep -q "$(printf '^rule\tgpu\tbind,claim\t7\t2\t10-a.yaml:4$')" <<<"$output"
	is_safe <(echo "$output" | tr '\t' ' ')
}

@test "show: what waits, what was rejected" {
	jq '.policy += {confirm_by: 1700000200000000, rejected: true}' tests/cli/host.json >"$BATS_TEST_TMPDIR/f.json"
	start_fake "$BATS_TEST_TMPDIR/f.json"
	ctl policy show
	says "Not confirmed: " "policy 2 is in force again" "Rejected: what is at /etc/ownerd/policy.d"
}

@test "diff: added, removed, changed, moved, defaults; --reserve is in no file" {
	start_fake tests/cli/host.json
	cat >"$P" <<-'END'
		version: 1
		defaults: {bind: deny}
		rules:
		  - {name: net, devices: [{driver: e1000}], claim: {deny: [{any: true}]}}
		  - {name: gpu, devices: [{driver: nvidia}], claim: {deny: [{any: true}]}}
		  - {name: new, devices: [{driver: x}], claim: {deny: [{any: true}]}}
	END
	ctl policy diff "$P" --raw
	[ "$status" -eq 1 ]
	[ "$(cut -f 1,2 <<<"$output" | sort | tr '\n\t' ' :')" = \
		'added:new changed:gpu changed:net default:bind: deny moved:gpu moved:net removed:evil \x1b[31m ' ]
	ctl policy diff "$P"
	says "+ added   new (p.yaml:6)" "= default bind: deny" "~ changed gpu"
	ctl policy diff "$P" --json
	json '.changes | length == 7'
	ctl policy diff "$BATS_TEST_TMPDIR/nothing.yaml"
	[ "$status" -eq 2 ]
}

@test "apply: the path made absolute, the time, the warnings" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	start_fake tests/cli/host.json
	cd "$BATS_TEST_TMPDIR"
	for t in 120 120s 2m; do
		ctl policy apply p.yaml --confirm-within $t --json
		[ "$status" -eq 0 ]
		json ".path == \"$P\" and .asked == 120"
		errs "a.yaml:1:1: look at this"
	done
	ctl policy apply
	[ "$status" -eq 0 ]
	says "policy 3"
	ctl policy revert
	[ "$status" -eq 0 ]
}

@test "apply: what the daemon refuses, in its words: 1" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	start_fake tests/cli/host.json
	cp "$P" "$BATS_TEST_TMPDIR/bad.yaml"
	ctl policy apply "$BATS_TEST_TMPDIR/bad.yaml"
	[ "$status" -eq 1 ]
	errs 'bad.yaml:3:1: key "x": no'
	is_safe "$BATS_TEST_TMPDIR/errors"
	ctl policy confirm
	[ "$status" -eq 1 ]
	errs "nothing waits"
	ctl policy apply "$BATS_TEST_TMPDIR/nothing.yaml"
	[ "$status" -eq 1 ]
}

@test "apply: a time that is none: 2" {
	for t in "" 0 0s x 5d 25h 1s2 -1 9999999; do
		ctl policy apply "$P" --confirm-within "$t"
		[ "$status" -eq 2 ] || { echo "$t: $status"; return 1; }
		errs "--confirm-within: give 1s to 24h"
	done
}
