# Shell functions for the scenarios, which run in the lab guest: TAP on standard output.
# shellcheck shell=sh
#
# A denial has four parts: it works before, is denied with the exact errno, something
# allowed still works meanwhile, and it works again afterwards.

# shellcheck source=../../lab/lab.sh
. /usr/lib/lab.sh

tap_n=0
tap_failed=0
TAP_OUT=/run/tap.out # what the command of the test printed
LOG=/run/ownerd.log
JSON=/run/ownerd.jsonl

# Who refuses what breaks a group's ownership, and what the caller of a refused bind sees: of a
# refusal for ownership and for policy by sysfs, and of either by drivers_probe.
case $(uname -r) in
5.*)
	KEEPER=ownerd
	BIND_BUSY="No such device"
	BIND_DENIED="No such device"
	PROBE_DENIED=
	;;
*)
	KEEPER="the kernel"
	BIND_BUSY="Device or resource busy"
	BIND_DENIED="Cannot allocate memory"
	PROBE_DENIED="Invalid argument"
	;;
esac

# How many programs this kernel can have, of those that always run: from 6.2 on two more, for iommufd.
case $(uname -r) in 5.* | 6.1.*) PROGRAMS=20 ;; *) PROGRAMS=22 ;; esac

# How the refusing programs hang, and how `ownerctl doctor` ends with nothing worse than that.
case $(cat /proc/cmdline) in
*lsm=*bpf*) ATTACH=lsm ;;
*lsm=*) ATTACH=fmod_ret ;;
*) [ "$KEEPER" = ownerd ] && ATTACH=fmod_ret || ATTACH=lsm ;; # the default of 5.10 is without
esac
[ $ATTACH = lsm ] && DOCTOR=0 || DOCTOR=2

tap_result() { # STATUS DESCRIPTION
	tap_n=$((tap_n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_n - $2"
	else
		echo "not ok $tap_n - $2"
		tap_failed=$((tap_failed + 1))
	fi
}

# ok DESCRIPTION COMMAND...: the command succeeds; what it prints is shown if it does not.
ok() {
	tap_what=$1
	shift
	"$@" >$TAP_OUT 2>&1
	tap_rc=$?
	tap_result $tap_rc "$tap_what"
	[ $tap_rc = 0 ] || { echo "exit $tap_rc of: $*" && cat $TAP_OUT; } | sed 's/^/# /'
}

# fails DESCRIPTION STATUS COMMAND...: the command ends with exactly this status.
fails() {
	tap_what=$1 tap_want=$2
	shift 2
	"$@" >$TAP_OUT 2>&1
	tap_rc=$?
	[ $tap_rc = "$tap_want" ]
	tap_result $? "$tap_what"
	[ $tap_rc = "$tap_want" ] ||
		{ echo "exit $tap_rc, expected $tap_want: $*" && cat $TAP_OUT; } | sed 's/^/# /'
}

# is DESCRIPTION GOT WANT
is() {
	[ "$2" = "$3" ]
	tap_result $? "$1"
	[ "$2" = "$3" ] || printf '%s\n' "got:  $2" "want: $3" | sed 's/^/# /'
}

# like DESCRIPTION TEXT PATTERN: an extended regular expression matches in the text.
like() {
	printf '%s\n' "$2" | grep -qE -- "$3"
	tap_rc=$?
	tap_result $tap_rc "$1"
	[ $tap_rc = 0 ] || printf '%s\n' "no match for: $3" "$2" | sed 's/^/# /'
}

# skip DESCRIPTION REASON: only where the kernel cannot have it; tests/guest fails on others.
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# verify_clean: the map must be the kernel's state now.
verify_clean() {
	ownerctl verify >>/run/verify.out 2>&1 || : >/run/untrue
}

# records: of the audit log the first record of each act and verdict, and of each kind of container or machine
# that acts, as it was written: tests/guest holds them against the schema.  What is no JSON is left out: some
# scenarios make such lines.
records() {
	cat $JSON.[0-9]* $JSON 2>/dev/null |
		jq -Rr '. as $line | fromjson? | objects | "\(.act) \(.verdict) \(.task.runtime)\t\($line)"' |
		awk -F '\t' '!seen[$1]++ { print "# record: " $2 }'
}

# Every scenario ends with this: the plan, and the daemon's log if something failed.
finish() {
	if [ -e /run/verify.out ]; then
		ok "the map was the kernel's whenever ownerd stopped" sh -c 'cat /run/verify.out; [ ! -e /run/untrue ]'
	fi
	records
	echo "1..$tap_n"
	if [ $tap_failed != 0 ] && [ -e $LOG ]; then sed 's/^/# log: /' $LOG; fi
	exit $tap_failed
}

# start_ownerd OPTION...: in the background, until it says that it is ready; OWNERD_PROGRAM is
# another build.
start_ownerd() {
	: >$LOG
	${OWNERD_PROGRAM:-ownerd} --log $JSON -v "$@" 2>>$LOG &
	OWNERD=$!
	wait_for 30 grep -q 'mode, .* groups, ' $LOG
}

# stop_ownerd: by SIGTERM; what it left pinned goes too, unless the first argument is "keep".  Before,
# the map must be true, unless it is "untrue": finish tells.
stop_ownerd() {
	[ ! -e /sys/fs/bpf/ownerd ] || [ "${1:-}" = untrue ] || verify_clean
	kill "$OWNERD" && wait "$OWNERD"
	tap_status=$?
	[ "${1:-}" = keep ] || ownerd --unpin 2>/dev/null
	return $tap_status
}

# logged PATTERN: waits until a line of the daemon's log matches.
logged() {
	wait_for 15 grep -qE -- "$1" $LOG
}

# says DEV PATTERN: waits until a line of `ownerctl why DEV` matches; prints all of it if none does.
says() {
	wait_for 5 sh -c 'ownerctl why "$0" | grep -qE -- "$1"' "$@" || { ownerctl why "$1" && false; }
}

# attached PROGRAM: it is, now.
attached() {
	[ "$(ownerctl status --raw --all | sed -nE "s/^hook	$1	([a-z]*).*/\1/p")" = attached ]
}

# programs_running: how many of those that always run are attached, and not only while they are needed.
programs_running() {
	ownerctl status --raw --all | awk '$1 == "hook" && $3 == "attached" && $2 !~ /^(dma_.*|map_.*|unmapped.*|domain_freed|area.*|table_.*|node_opened|.*_audited|.*_judged|.*_judged_compat|.*_answered)$/' | wc -l
}

# hold STEP...: vfio-hold in the background, until its steps are done; HOLDER is its pid and
# /run/hold.out what it says.
hold() {
	rm -f /run/hold.ready
	vfio-hold "$@" ready=/run/hold.ready hold >/run/hold.out 2>&1 &
	HOLDER=$!
	wait_for 10 test -e /run/hold.ready
}

# release: ends the holder, and waits for the kernel to have released.
release() {
	kill "${1:--TERM}" "$HOLDER"
	wait "$HOLDER" 2>/dev/null
	HOLDER=
}

# step NAME STEP...: what one step of vfio-hold says, as "ok" or an errno's name.
step() {
	tap_step=$1
	shift
	vfio-hold "$@" | sed -n "s/^$tap_step: \([A-Za-z]*\).*/\1/p" | tail -n 1
}

# record DEV COLUMN: of the device's group, as ownerctl has it.
record() {
	ownerctl list --raw --output "$2" --device "$1"
}

owner_of() { # DEV
	record "$1" OWNER
}

# owned DEV OWNER: waits until the record says so; for what the kernel does in its own time.
owned() {
	wait_for 5 is_owned "$@"
}

is_owned() {
	[ "$(owner_of "$1")" = "$2" ]
}

# write_error TEXT FILE: the error's text of a write to a file of sysfs, nothing if it works.
write_error() {
	echo "$1" 2>&1 >"$2" | sed 's/.*: //'
}

# bind_error DEV DRIVER: the same for a bind by sysfs to a driver that knows the device.
bind_error() {
	write_error "$1" "$pci/drivers/$2/bind"
}

# bind_error_by_override DEV DRIVER: the same to a driver that need not know the device.
bind_error_by_override() {
	echo "$2" >"$pci/devices/$1/driver_override"
	bind_error "$1" "$2"
	echo >"$pci/devices/$1/driver_override"
}

# to_nobody DEV...: no driver for any of them.
to_nobody() {
	for tap_dev; do
		unbind "$tap_dev" || return
	done
}

# sysfs_groups: the numbers of all groups, one a line, in the order of `sort`.
sysfs_groups() {
	for tap_path in /sys/kernel/iommu_groups/*; do
		basename "$tap_path"
	done | sort
}

# open_before DEV: one open file of the group in two processes, NATIVE and COMPAT (which calls as a
# 32-bit program). Each claims with it at every `kill`, twice; claim_said tells what came of it.
open_before() {
	vfio-hold --compat --keep-going receive=/run/before container ready=/run/before.ready hold \
		set-container hold=60 set-container >/run/compat.out 2>&1 &
	COMPAT=$!
	vfio-hold --keep-going open="$1" pass=/run/before container hold \
		set-container hold=60 set-container unset-container >/run/native.out 2>&1 &
	NATIVE=$!
	wait_for 10 test -e /run/before.ready
}

# claim_said NAME COUNT: after COUNT claims by native or compat, how the last one ended.
claim_said() {
	wait_for 10 claimed_times "$@"
	sed -n 's/^set-container: \([A-Za-z]*\).*/\1/p' "/run/$1.out" | tail -n 1
}

claimed_times() {
	[ "$(grep -c ^set-container: "/run/$1.out")" = "$2" ]
}

# make_rules N DEV [CLAIM [EACH]]: a policy of so many rules, about EACH devices (1) that are not here; the last is
# about DEV, and says who may claim it: root.
ROOT_MAY='allow: [{uid: 0}]'
make_rules() {
	awk -v rules="$1" -v last="$2" -v claim="${3:-$ROOT_MAY}" -v each="${4:-1}" 'BEGIN {
		print "version: 1\nmode: enforce\nrules:"
		for (i = 1; i < rules; i++) {
			printf "  - name: rule %d\n    devices: [", i
			for (j = 0; j < each; j++)
				printf "{pci: \"%04x:%02x:%02x.%d\"}, ", 4096 + i, j / 8 % 256, j % 32, j % 8
			print "]\n    claim: {allow: [{uid: 7}]}"
		}
		print "  - name: last\n    devices: [{pci: \"" last "\"}]\n    claim: {" claim "}"
	}'
}
