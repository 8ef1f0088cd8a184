#!/usr/bin/env bats
# show, why, watch, status, doctor against a fake daemon.

load common

setup() {
	export LC_ALL=C.UTF-8 TZ=UTC
	start_fake "$BATS_TEST_DIRNAME/host.json"
}

teardown() {
	stop_fake
}

@test "show: everything known, by group and by device" {
	ctl show 14
	[ "$status" -eq 0 ]
	says "group 14" "user: 1 claim" "2023-11-14 22:13:20" "qemu-system-x86[812], uid 64055, alive" \
		'machine win10' 'unit machine-qemu\x2d1\x2dwin10.scope' "cgroup /machine.slice" "fd 27, with the claim" \
		"0000:02:01.0  vfio-pci, managed" "0000:02:02.0  no driver" "refused by ownerd (EBUSY)"
	first=$output
	for name in 0000:02:01.0 02:02.0 pci/0000:02:03.0; do
		ctl show "$name"
		[ "$output" = "$first" ]
	done
	ctl show 1
	says "when ownerd started and found it so" "2 host drivers bound"
	ctl show 3
	says "reserved: never goes to a user" "for claim: \"reserve 0000:06:00.0\" (--reserve 0000:06:00.0)"
}

@test "show --json is the answer itself, --raw has a key a line" {
	ctl show 14 --json
	json '.group.group == 14 and .opens[0].fd == 27 and .opens[0].claims'
	ctl show 14 --raw
	grep -qP '^owner\tuser$' <<<"$output"
	grep -qP '^holder\t812\tqemu-system-x86\t64055\talive\t' <<<"$output"
	grep -qP '^device\t0000:02:02.0\t-\t-\t' <<<"$output"
}

@test "a group or device that does not exist is named, with the remedy: 2" {
	for c in show why; do
		ctl "$c" 99
		[ "$status" -eq 2 ]
		errs "ownerctl: no such group: 99" "ownerctl list"
		[ -z "$output" ]
		ctl "$c" 99999999999999999999
		[ "$status" -eq 2 ]
		errs "no such group: 99999999999999999999"
		ctl "$c" ffff:ff:1f.7
		[ "$status" -eq 2 ]
		errs "ffff:ff:1f.7" "ownerctl list"
		ctl "$c" ../../etc/passwd
		[ "$status" -eq 2 ]
		ctl "$c" ""
		[ "$status" -eq 2 ]
		ctl "$c" -- -1
		[ "$status" -eq 2 ]
	done
}

@test "why of a user's group: neither is possible: 1" {
	ctl why 14
	[ "$status" -eq 1 ]
	says "Can a user (VFIO) claim it now?  No." "Can a host driver bind now?  No." \
		"qemu-system-x86[812] of machine win10" "virsh shutdown win10" \
		"0000:02:02.0 (no driver) is exposed" "0000:02:03.0 (on pci-stub) is exposed" \
		"modprobe[900] (uid 0) tried to bind e1000 to 0000:02:02.0: refused by ownerd" \
		"its caller saw: ENOMEM"
}

@test "why of the kernel's group: its drivers, the mending, the kernel's refusal: 0" {
	ctl why 1
	[ "$status" -eq 0 ]
	says "claim it now?  No." "bind now?  Yes." "0000:00:00.0 is bound to e1000e" \
		"0000:00:01.0 is bound to nvme" "driverctl set-override 0000:00:00.0 vfio-pci" \
		"echo 0000:00:00.0 > /sys/bus/pci/drivers/e1000e/unbind" \
		"refused by the kernel's own ownership check" "its caller saw: EPERM"
	says_not "is bound to pcieport"
}

@test "why --claim and --bind: the status is that answer's" {
	ctl why 1 --claim
	[ "$status" -eq 1 ]
	says_not "host driver bind now"
	ctl why 1 --bind
	[ "$status" -eq 0 ]
	says_not "claim it now"
	ctl why 1 --claim --bind
	[ "$status" -eq 0 ]
	ctl why 2 --claim
	[ "$status" -eq 0 ]
	ctl why 6 --bind --json
	[ "$status" -eq 1 ]
	json '.bind.obstacles[0].kind == "dedicated" and (has("claim") | not)'
}

@test "why of reserved, unbound, open and dedicated groups" {
	ctl why 3
	[ "$status" -eq 0 ]
	says "ownerd's policy: --reserve 0000:06:00.0" "no device of it is bound to a VFIO driver"
	ctl why platform/arm-smmu-test.0
	says "no device of it is bound to a VFIO driver" vfio-platform
	ctl why 6
	[ "$status" -eq 1 ]
	says "cat[99]" "EBUSY" "kill 99" "ownerd's policy: --dedicate 0000:08:00.0"
}

@test "why in observe mode: policy warns and does not stand in the way" {
	jq '.status.mode = "observe"' "$BATS_TEST_DIRNAME/host.json" >"$BATS_TEST_TMPDIR/o.json"
	stop_fake
	start_fake "$BATS_TEST_TMPDIR/o.json"
	ctl why 6 --bind
	[ "$status" -eq 0 ]
	says "only observes"
}

@test "why --json and --raw" {
	ctl why 14 --json
	[ "$status" -eq 1 ]
	json '.claim.possible == false and .claim.obstacles[0].task.pid == 812'
	json '.claim.remedies[0].commands == ["virsh shutdown win10"]'
	json '.refused.by == "ownerd" and (.warnings | length == 2)'
	ctl why 14 --raw
	grep -qP '^claim\tno$' <<<"$output"
	grep -qP '^bind\tobstacle\tholder\t' <<<"$output"
	grep -qP '^refused\t1700000123456789\tbind\townerd\t' <<<"$output"
}

@test "watch: a line an event with local time, until it is interrupted" {
	run timeout 1 "$OWNERCTL" -s "$SOCKET" watch
	[ "$status" -eq 124 ]
	says "2023-11-14 22:15:23 group 14: bind of e1000" "group 14: released"
	says_not $'\033'
}

@test "watch is line-buffered: a reader gets the first line while it runs" {
	# shellcheck disable=SC2016
	run timeout 5 bash -c '"$0" -s "$1" watch | head -n 1' "$OWNERCTL" "$SOCKET"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "watch ends by SIGINT as the shell expects: 130" {
	# What is started in the background may have been told to ignore it, and so would all of this.
	# shellcheck disable=SC2016
	run env --default-signal=INT bash -c 'set -m; "$0" -s "$1" watch >/dev/null & sleep 0.5
		kill -INT $!; wait $!' \
		"$OWNERCTL" "$SOCKET"
	[ "$status" -eq 130 ]
}

@test "watch --json: one object a line; --raw: 13 fields" {
	run timeout 1 "$OWNERCTL" -s "$SOCKET" watch --json
	for line in "${lines[@]}"; do
		jq -e '.group and .act and .time_iso' <<<"$line" >/dev/null
	done
	[ "${#lines[@]}" -ge 3 ]
	run timeout 1 "$OWNERCTL" -s "$SOCKET" watch --raw
	[ "$(printf '%s\n' "${lines[@]}" | awk -F'\t' '{print NF}' | sort -u)" = 13 ]
}

@test "watch when the daemon ends: a message, and 3" {
	stop_fake
	start_fake "$BATS_TEST_DIRNAME/host.json" 2
	SECONDS=0
	ctl watch
	[ "$status" -eq 3 ]
	errs "ownerctl: ownerd ended the connection"
	[ "$SECONDS" -lt 10 ]
}

@test "status: mode, hooks that are not attached, counters that are not zero, losses" {
	ctl status
	[ "$status" -eq 0 ]
	says "ownerd 0.1.0, pid 4711" "mode     enforce" "1 of 3 attached" \
		"absent   file_ioctl_compat" "this kernel has no 32-bit calls" \
		"failed   kernfs_init_security" "(needed)" "12 binds_judged" "LOSS" "3 violations_dropped"
	says_not opens_denied "attached file_open"
	ctl status --all
	says "0 opens_denied" "attached file_open"
	ctl status --json
	json '.running and .mode == "enforce" and (.counters | length == 4)'
	ctl status --raw
	grep -qP '^counter\tviolations_dropped\t3$' <<<"$output"
	grep -qP '^mode\tenforce$' <<<"$output"
}

@test "doctor adds the daemon's proof, each line with its result" {
	ctl doctor
	says "PASS canary open: refused with EPERM" "PASS canary claim"
	[ "$(grep -cvE '^(PASS|FAIL|WARN|SKIP|    ) ' <<<"$output")" -eq 0 ]
	ctl doctor --json
	json '.checks | map(select(.name == "canary open")) | length == 1'
	worst=0
	json '.checks | any(.result == "warn")' && worst=2
	json '.checks | any(.result == "fail")' && worst=1
	[ "$status" -eq "$worst" ]
}

@test "doctor: a proof that fails is 1" {
	jq '.checks[0].result = "fail" | .checks[0].remedy = "mend it"' \
		"$BATS_TEST_DIRNAME/host.json" >"$BATS_TEST_TMPDIR/f.json"
	stop_fake
	start_fake "$BATS_TEST_TMPDIR/f.json"
	ctl doctor
	[ "$status" -eq 1 ]
	says "FAIL canary open" "     mend it"
}
