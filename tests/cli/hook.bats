#!/usr/bin/env bats
# ownerd-oci-hook where no ownerd is, and names of containers on a made-up host.

load common

HOOK=${HOOK:-$BUILD/ownerd-oci-hook}
A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
B=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb

setup() {
	SOCKET=$BATS_TEST_TMPDIR/nobody
	ROOT=$BATS_TEST_TMPDIR/root
	P=$BATS_TEST_TMPDIR/p.yaml
	BUNDLE=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$BUNDLE" "$ROOT/sys/kernel/iommu_groups/14/devices/0000:3b:00.0" \
		"$ROOT/var/lib/docker/containers/$A"
	printf 'version: 1\nrules:\n- {name: r, devices: [{device: "*"}], claim: {allow: [{container: gpu-job}]}}\n' >"$P"
}

# hook STATE [ARGUMENT]: on its standard input.
hook() {
	local state=$1
	shift
	run bash -c 'printf %s "$1" | "${@:2}" 2>&1' hook "$state" "$HOOK" "$@"
}

nothing_runs() {
	[ ! -d /sys/fs/bpf/ownerd ] && [ ! -e /run/ownerd/io.ownerd ] || skip "an ownerd is on this host"
}

@test "hook: what is no state: one line, 1" {
	local state
	for state in '' '{' '[]' '{"id": "a"}' '{"id": "a", "status": "creating", "bundle": "b"}' \
		'{"id": "../a", "status": "creating", "bundle": "/b"}'; do
		hook "$state"
		[ "$status" -eq 1 ]
		[ "${#lines[@]}" -eq 1 ]
		says "ownerd-oci-hook: "
	done
}

@test "hook: a bundle without a config.json, or with none that is one: 1" {
	hook "{\"id\": \"a\", \"status\": \"creating\", \"bundle\": \"$BUNDLE\"}"
	[ "$status" -eq 1 ]
	says "$BUNDLE/config.json: No such file"
	echo '[' >"$BUNDLE/config.json"
	hook "{\"id\": \"a\", \"status\": \"creating\", \"bundle\": \"$BUNDLE\"}"
	[ "$status" -eq 1 ]
	says "$BUNDLE/config.json: it is no JSON"
}

@test "hook: without ownerd every container is made and unmade, with a warning" {
	nothing_runs
	echo '{}' >"$BUNDLE/config.json"
	hook "{\"id\": \"$A\", \"status\": \"creating\", \"bundle\": \"$BUNDLE\", \"pid\": 1}"
	[ "$status" -eq 0 ]
	says "ownerd is not running"
	hook "{\"id\": \"$A\", \"status\": \"stopped\", \"bundle\": \"$BUNDLE\"}"
	[ "$status" -eq 0 ]
	rm "$BUNDLE/config.json"
	hook "{\"id\": \"a\", \"status\": \"creating\", \"bundle\": \"$BUNDLE\"}" poststop
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "hook: usage" {
	hook '' --help
	[ "$status" -eq 0 ]
	says createRuntime poststop
	hook '{}' prestart
	[ "$status" -eq 1 ]
	says Usage
}

@test "names: what Docker calls it, and nobody else" {
	printf '{"ID": "%s", "Name": "/gpu-job"}' $A >"$ROOT/var/lib/docker/containers/$A/config.v2.json"
	ctl policy test "$P" --host "$ROOT" --as container=$A claim 14
	[ "$status" -eq 0 ]
	ctl policy test "$P" --host "$ROOT" --as container=gpu-job claim 14
	[ "$status" -eq 0 ]
	ctl policy test "$P" --host "$ROOT" --as container=$B claim 14
	[ "$status" -eq 1 ]
	rm "$ROOT/var/lib/docker/containers/$A/config.v2.json"
	ctl policy test "$P" --host "$ROOT" --as container=$A claim 14
	[ "$status" -eq 1 ]
}

@test "names: check warns of a denied container that nobody knows" {
	sed -i 's/allow/deny/' "$P"
	ctl policy check "$P" --host "$ROOT"
	[ "$status" -eq 0 ]
	says 'Warning: p.yaml:3: rule "r" denies container "gpu-job", and no runtime here has one'
	printf '{"ID": "%s", "Name": "/gpu-job"}' $A >"$ROOT/var/lib/docker/containers/$A/config.v2.json"
	ctl policy check "$P" --host "$ROOT"
	says_not Warning
}
