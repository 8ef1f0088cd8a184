#!/usr/bin/env bats
# Help, version, wrong usage, and no daemon.

load common

setup() {
	SOCKET=$BATS_TEST_TMPDIR/nobody
}

@test "--help lists every command and the exit statuses" {
	ctl --help
	[ "$status" -eq 0 ]
	says "Usage: ownerctl" list show why watch status verify doctor completion "Exit status: 0" 3
	[ -z "$errors" ]
}

@test "each command has its own help" {
	for c in list show why watch log history status metrics graph doctor help completion; do
		ctl "$c" --help
		[ "$status" -eq 0 ]
		says "Usage: ownerctl $c" Options: --socket
		ctl help "$c"
		[ "$status" -eq 0 ]
		says "Usage: ownerctl $c"
	done
}

@test "help of list names the columns, of doctor and why the exit statuses" {
	ctl list --help
	says GROUP OWNER HOLDER UNIT SINCE DEVICES DRIVERS NAMES POLICY --owner --no-headings
	ctl doctor --help
	says "Exit status: 0 all is well, 1 a need is not met, 2 there are warnings only"
	ctl why --help
	says "Exit status: 1" --claim --bind
	says_not --owner
}

@test "help fits into 100 columns" {
	for c in "" list show why watch log history status metrics graph doctor completion; do
		# shellcheck disable=SC2086
		ctl $c --help
		[ "$(wc -L <<<"$output")" -le 100 ]
	done
}

@test "--version" {
	ctl --version
	[ "$status" -eq 0 ]
	[[ $output == "ownerctl "[0-9]* ]]
}

@test "unknown command, option and help: 2, and the way on" {
	ctl frobnicate
	[ "$status" -eq 2 ]
	errs "ownerctl: no such command: frobnicate" "ownerctl --help"
	[ -z "$output" ]
	ctl --frobnicate
	[ "$status" -eq 2 ]
	ctl help frobnicate
	[ "$status" -eq 2 ]
}

@test "missing and surplus operands: 2" {
	for c in show why; do
		ctl "$c"
		[ "$status" -eq 2 ]
		errs "$c needs GROUP|DEVICE"
		ctl "$c" 1 2
		[ "$status" -eq 2 ]
	done
	ctl list 1
	[ "$status" -eq 2 ]
	errs "list takes no operand"
	ctl completion fish
	[ "$status" -eq 2 ]
}

@test "an option of another command: 2" {
	ctl status --owner user
	[ "$status" -eq 2 ]
	errs "--owner does not go with status"
	ctl list --claim
	[ "$status" -eq 2 ]
	ctl list --json --raw
	[ "$status" -eq 2 ]
	errs "exclude each other"
}

@test "wrong columns and owners are told before anybody is asked: 2" {
	ctl list --output NOPE
	[ "$status" -eq 2 ]
	errs "no such column: NOPE" "ownerctl list --help"
	ctl list -o GROUP,GROUP
	[ "$status" -eq 2 ]
	ctl list -o ,
	[ "$status" -eq 2 ]
	ctl list --owner me
	[ "$status" -eq 2 ]
	errs "none, kernel or user, not me"
}

@test "no daemon and nothing to read: 3, what is enforced, and the remedy" {
	[ ! -d /sys/fs/bpf/ownerd ] || skip "something is pinned on this host"
	for c in "" list "show 1" "why 1" status; do
		# shellcheck disable=SC2086
		ctl $c
		[ "$status" -eq 3 ]
		errs "ownerctl: ownerd is not running"
		[ -z "$output" ]
		[ "$(wc -l <<<"$errors")" -eq 1 ]
	done
	ctl watch
	[ "$status" -eq 3 ]
	errs "systemctl start ownerd"
}

@test "a file that is no socket: 3" {
	touch "$SOCKET"
	ctl watch
	[ "$status" -eq 3 ]
}

@test "doctor without the daemon: a failed check that names the remedy" {
	ctl doctor
	[ "$status" -eq 1 ]
	says "FAIL ownerd: not running" "systemctl start ownerd"
	ctl doctor --json
	[ "$status" -eq 1 ]
	json '.checks | map(select(.name == "ownerd"))[0] | .result == "fail" and (.remedy | length > 0)'
	ctl doctor --raw
	grep -q $'^fail\townerd\t' <<<"$output"
}

@test "an answer that cannot be written is an error" {
	[ -c /dev/full ] || skip "no /dev/full"
	run bash -c '"$0" --help >/dev/full' "$OWNERCTL"
	[ "$status" -eq 3 ]
	says "cannot write the answer"
}

@test "the completion script is bash and knows the words" {
	ctl completion bash
	[ "$status" -eq 0 ]
	bash -n <<<"$output"
	eval "$output"
	COMP_WORDS=(ownerctl wa) COMP_CWORD=1
	_ownerctl
	[ "${COMPREPLY[*]}" = watch ]
	COMP_WORDS=(ownerctl list --ow) COMP_CWORD=2
	_ownerctl
	[ "${COMPREPLY[*]}" = --owner ]
	COMP_WORDS=(ownerctl list --owner k) COMP_CWORD=3
	_ownerctl
	[ "${COMPREPLY[*]}" = kernel ]
}
