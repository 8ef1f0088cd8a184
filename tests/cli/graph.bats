#!/usr/bin/env bats
# ownerctl graph: owners of a fake daemon, the wiring of a tree made up here, drawn by the real dot.

load common

setup() {
	export LC_ALL=C.UTF-8 TZ=UTC
	SOCKET=$BATS_TEST_TMPDIR/none
	FAKE_PID=
	ROOT=$BATS_TEST_TMPDIR/root
}

teardown() {
	stop_fake
}

# config NAME HEADER [TYPE [ACS CONTROL]]: configuration space with its header type, the type of a
# PCI Express device, and its ACS capability and control, all in hexadecimal.
config() {
	perl -e '
		my ($header, $type, $acs, $control) = map { hex } @ARGV[0 .. $#ARGV];
		my $space = "\0" x 4096;
		substr($space, 0, 4) = pack "vv", 0x8086, 0x10d3;
		substr($space, 0x0e, 1) = chr $header;
		if (@ARGV > 1) {
			substr($space, 6, 2) = pack "v", 0x10;
			substr($space, 0x34, 1) = chr 0x40;
			substr($space, 0x40, 4) = pack "CCv", 0x10, 0, 2 | $type << 4;
		}
		substr($space, 0x100, 8) = pack "Vvv", 0x1000d, $acs, $control if @ARGV > 2;
		print $space' "${@:2}" >"$DIR/$1/config"
}

# device PATH GROUP HEADER [TYPE [ACS CONTROL]]: a PCI device at PATH below the root bus.
device() {
	local name=${1##*/}
	DIR=$ROOT/sys/devices/pci0000:00/$1
	mkdir -p "$DIR" "$ROOT/sys/kernel/iommu_groups/$2/devices" "$ROOT/sys/bus/pci/devices"
	ln -s "$DIR" "$ROOT/sys/bus/pci/devices/$name"
	ln -s "$DIR" "$ROOT/sys/kernel/iommu_groups/$2/devices/$name"
	ln -s "$ROOT/sys/kernel/iommu_groups/$2" "$DIR/iommu_group"
	ln -s "$ROOT/sys/bus/pci" "$DIR/subsystem"
	echo 0x8086 >"$DIR/vendor"
	echo 0x10d3 >"$DIR/device"
	echo 0x020000 >"$DIR/class"
	DIR=${DIR%/*} config "$name" "${@:3}"
}

# Ports: 4 of the root complex, 5 and 6 of a switch, up and down, 7 to conventional PCI.
tree() {
	device 0000:00:02.0 1 01 4 1f 1d
	device 0000:00:02.0/0000:01:00.0 5 01 7
	device 0000:00:02.0/0000:01:00.0/0000:02:01.0 5 00
	device 0000:00:02.0/0000:01:00.0/0000:02:02.0 5 00
	device 0000:00:03.0 2 01 4 1f 1d
	device 0000:00:03.0/0000:03:00.0 6 00 0
	device 0000:00:08.0 7 81 4
	device 0000:00:08.1 7 01 4 1f 0
	device 0000:00:08.0/0000:04:00.0 7 00 0
	device 0000:00:09.0 8 80 0
	device 0000:00:09.1 8 00 0
	device 0000:00:0a.0 9 80 0
	device 0000:00:0a.1 9 80 0 1f 1d
}

# drawn: $output is DOT, as Graphviz has it.
drawn() {
	dot -Tdot -o "$BATS_TEST_TMPDIR/drawn" <<<"$output" 2>"$BATS_TEST_TMPDIR/dot.errors"
	[ ! -s "$BATS_TEST_TMPDIR/dot.errors" ] || { cat "$BATS_TEST_TMPDIR/dot.errors"; return 1; }
}

# group N: its part of the picture.
group() {
	output=$(sed -n "/cluster_$1\"/,/^\t}/p" <<<"$picture" | tr -d '\n' | sed 's/\\l  / /g')
}

@test "graph: why devices share a group" {
	tree
	ctl graph --host "$ROOT"
	[ "$status" -eq 0 ]
	drawn
	says '"pci0000:00" -> "0000:00:02.0"' '"0000:00:02.0" -> "0000:01:00.0";' \
		'"0000:01:00.0" -> "0000:02:01.0" [style=dashed' 'label="bridge to conventional PCI"]'
	picture=$output
	group 5
	says "group 5: owner not known" "0000:01:00.0 is a bridge to conventional PCI" 0000:02:02.0
	group 6
	says 0000:03:00.0
	says_not "not isolated" ACS
	group 7
	says "port 0000:00:08.0 has no ACS" "port 0000:00:08.1 has ACS, which is not switched on"
	group 8
	says "0000:00:09 is a multifunction device without ACS"
	group 9
	says "0000:00:0a is a multifunction device without ACS" '0000:00:0a.0\nno driver\n! no ACS'
	group 1
	says_not ACS
}

@test "graph: what is not readable is not guessed" {
	tree
	for config in "$ROOT"/sys/bus/pci/devices/*/config; do truncate -s 64 "$config"; done
	ctl graph --host "$ROOT"
	[ "$status" -eq 0 ]
	drawn
	says "run it as root" "ACS not known"
	says_not "has no ACS"
}

@test "graph: owners, holders and hostile names of a daemon's groups" {
	start_fake "$BATS_TEST_DIRNAME/host.json"
	ctl graph
	[ "$status" -eq 0 ]
	says "group 14: owner user" "group 1: owner kernel" "holds group 14" "qemu-system-x86[812]" \
		"rules: claim: reserve 0000:06:00.0"
	drawn
	is_safe <(printf '%s\n' "$output")
}

@test "graph --svg is what dot draws" {
	tree
	ctl graph --svg --host "$ROOT"
	[ "$status" -eq 0 ]
	says "<svg" "</svg>" "group 7: owner not known" 0000:00:08.1
	# Colour is not needed: the words are there.
	says "not isolated from each other"
}

@test "graph --svg without Graphviz: one error, with the remedy" {
	tree
	mkdir "$BATS_TEST_TMPDIR/bin"
	run env PATH="$BATS_TEST_TMPDIR/bin" "$OWNERCTL" graph --svg --host "$ROOT"
	[ "$status" -eq 3 ]
	says "install graphviz" "--dot"
	[ "${#lines[@]}" -eq 1 ]
}

@test "graph: wrong usage, and no daemon" {
	ctl graph --dot --svg
	[ "$status" -eq 2 ]
	errs "exclude each other"
	ctl graph --json
	[ "$status" -eq 2 ]
	errs "ownerctl list"
	ctl graph
	[ "$status" -eq 3 ]
	[ -z "$output" ]
}
