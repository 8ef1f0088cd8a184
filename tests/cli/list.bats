#!/usr/bin/env bats
# list: columns, filters, formats, and names that are not to be trusted.

load common

setup() {
	export LC_ALL=C.UTF-8
	start_fake "$BATS_TEST_DIRNAME/host.json"
}

teardown() {
	stop_fake
}

@test "the default command is list, with headings" {
	ctl
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == GROUP*OWNER*HOLDER*UNIT*SINCE*DEVICES*DRIVERS*NAMES* ]]
	says "qemu-system-x86[812]" "0000:02:03.0" pci-stub "ago"
	[ -z "$errors" ]
	first=$output
	ctl list
	[ "$output" = "$first" ]
}

@test "one row a device; the group's cells on the first one only" {
	ctl list --device 0000:02:01.0 --no-headings
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} =~ ^\ *14\ +user\ +qemu-system-x86\[812\].*0000:02:01.0\ +vfio-pci ]]
	[[ ${lines[1]} =~ ^[\ ]+0000:02:02.0[\ ]+-[\ ] ]]
	[[ ${lines[2]} =~ ^[\ ]+0000:02:03.0[\ ]+pci-stub[\ ] ]]
}

@test "an owner that was found at start has a lower bound for an age" {
	ctl list -o SINCE --no-headings --owner kernel
	[[ $output == ">"*" ago" ]]
}

@test "--output selects and orders, + adds, names in any case" {
	ctl list -o owner,GROUP
	[[ ${lines[0]} =~ ^OWNER\ +GROUP$ ]]
	[ "${#lines[@]}" -eq 8 ]
	ctl list -o +PID,CGROUP
	[[ ${lines[0]} == GROUP*NAMES*PID*CGROUP* ]]
}

@test "filters by owner, device and driver" {
	ctl list --owner user --raw -o GROUP
	[ "$output" = $'4\n14' ]
	ctl list --owner none --raw -o GROUP
	[ "$output" = $'2\n3\n5\n6' ]
	ctl list --driver pci-stub --raw -o GROUP
	[ "$output" = 14 ]
	ctl list --device 02:01.0 --raw -o GROUP
	[ "$output" = 14 ]
	ctl list --device platform/arm-smmu-test.0 --raw -o GROUP
	[ "$output" = 5 ]
	ctl list --owner kernel --driver vfio-pci --raw
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "an empty list is 0, and said on standard error" {
	ctl list --driver nothing
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	errs "no IOMMU group that matches"
	ctl list --driver nothing --json
	[ "$status" -eq 0 ]
	json '.groups == []'
}

@test "--raw: one line a group, tabs, - for nothing, times in microseconds" {
	ctl list --raw
	[ "${#lines[@]}" -eq 7 ]
	[ "$(awk -F'\t' '{print NF}' <<<"$output" | sort -u)" = 8 ]
	grep -qP '^14\tuser\tqemu-system-x86\[812\]\t\S+\t1700000000000000\t0000:02:01.0,0000:02:02.0,0000:02:03.0\tvfio-pci,-,pci-stub\t' <<<"$output"
	grep -qP '^2\tnone\t-\t-\t' <<<"$output"
	grep -qF 'machine-qemu\x5cx2d1\x5cx2dwin10.scope' <<<"$output"
}

@test "--json: the objects, with ISO times" {
	ctl list --json
	json '.groups | length == 7'
	json '.groups[6] | .group == 14 and .holder.pid == 812 and .since == 1700000000000000'
	json '.groups[6].since_iso == "2023-11-14T22:13:20.000000Z"'
	json '.groups[6].refused.time_iso | startswith("2023-11-14T22:15:23.456789")'
	ctl list --json -o GROUP,POLICY
	json '.groups[2] | .group == 3 and .rules[0].name == "reserve 0000:06:00.0"'
}

@test "hostile names reach no terminal, table, script or JSON as they are" {
	for args in "" "list --raw" "list --json" "show 4" "show 4 --json" "show 4 --raw" "why 4" \
		"why 4 --json" "why 4 --raw" "list -o HOLDER,UNIT,CGROUP"; do
		for locale in C C.UTF-8; do
			# shellcheck disable=SC2086
			LC_ALL=$locale "$OWNERCTL" -s "$SOCKET" $args >"$BATS_TEST_TMPDIR/out" || true
			[ -s "$BATS_TEST_TMPDIR/out" ]
			sed 's/\t//g' "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/no-tabs"
			is_safe "$BATS_TEST_TMPDIR/no-tabs"
		done
	done
	ctl list --raw -o HOLDER --device 0000:07:00.0
	[[ $output == '\x1b]0;pwned\x07'* ]]
	ctl show 4
	ctl list --json
	json '.groups[3].holder.comm | startswith("\u001b]0;")'
}

@test "UTF-8 is shown where the locale has it, and escaped where not" {
	jq '.groups[0].group.devices[0].driver = "grün"' "$BATS_TEST_DIRNAME/host.json" \
		>"$BATS_TEST_TMPDIR/utf8.json"
	stop_fake
	start_fake "$BATS_TEST_TMPDIR/utf8.json"
	LC_ALL=C.UTF-8 ctl list
	says grün
	LC_ALL=C ctl list
	says 'gr\xc3\xbcn'
}

@test "no colour without a terminal; with one, NO_COLOR is kept" {
	command -v script >/dev/null || skip "no script(1)"
	export TERM=xterm
	for c in list "why 14" status doctor; do
		# shellcheck disable=SC2086
		ctl $c
		says_not $'\033'
		script -qec "NO_COLOR=1 $OWNERCTL -s $SOCKET $c" /dev/null >"$BATS_TEST_TMPDIR/plain" || true
		is_safe <(tr -d '\r\t' <"$BATS_TEST_TMPDIR/plain")
		script -qec "env -u NO_COLOR $OWNERCTL -s $SOCKET $c" /dev/null >"$BATS_TEST_TMPDIR/color" || true
		grep -q $'\033\\[' "$BATS_TEST_TMPDIR/color"
	done
}

@test "the name of a PCI device of this host comes from its ids" {
	device=$(find /sys/bus/pci/devices -mindepth 1 2>/dev/null | head -n 1)
	[ -n "$device" ] || skip "no PCI device here"
	jq --arg name "${device##*/}" '.groups[0].group.devices[0].name = $name' \
		"$BATS_TEST_DIRNAME/host.json" >"$BATS_TEST_TMPDIR/pci.json"
	stop_fake
	start_fake "$BATS_TEST_TMPDIR/pci.json"
	ctl list --json --device "${device##*/}"
	json '.groups[0].devices[0].title | length > 3'
}

@test "a list longer than any one reply may be (4 MiB)" {
	jq '.groups = [range(12000) as $n | .groups[0] | .group.group = $n | .group.path = "x" * 350]' \
		"$BATS_TEST_DIRNAME/host.json" >"$BATS_TEST_TMPDIR/long.json"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/long.json")" -gt $((4 * 1024 * 1024)) ]
	stop_fake
	start_fake "$BATS_TEST_TMPDIR/long.json"
	[ "$("$OWNERCTL" -s "$SOCKET" list --raw | wc -l)" = 12000 ]
	[ "$("$OWNERCTL" -s "$SOCKET" list --json | jq -c '[.groups | length, .[-1].group]')" = "[12000,11999]" ]
	ctl list --device 0000:99:00.0 --json
	json '.groups == []'
}
