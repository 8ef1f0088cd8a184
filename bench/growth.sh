# How ownerd grows with the host, in a lab guest that counts instructions.  Prints lines of
# "WHAT GROUPS DEVICES HOLDERS RULES N": what a start, a list and a policy cost, what an open of a group and other
# calls do, and how much memory is taken.
# shellcheck shell=sh disable=SC2012,SC2086,SC2119,SC3045
# shellcheck source=../../bench/lib.sh
. ./lib.sh

create_functions
[ -n "$functions" ] || functions="$SINGLE $SINGLE2"
report() { # WHAT N
	echo "$1 $(ls /sys/kernel/iommu_groups | wc -l) $(ls "$pci/devices" | wc -l) $held $rules $2"
}
measure() { # OPTION...
	start_ownerd --mode enforce "$@" || { cat "$LOG" >&2 && exit 1; }
	report start "$(instructions)"
	sleep 12
	for _ in 1 2 3; do ownerctl list >/dev/null; done
	report resident $(($(kilobytes VmRSS) * 1024))
	report private $(($(kilobytes RssAnon) * 1024))
	report peak $(($(kilobytes VmHWM) * 1024))
	report maps "$(maps_bytes)"
	calls --rounds 5 exec="$(command -v ownerctl),list" | sed -n 's/^exec //p' | while read -r n; do report list "$n"; done
	calls null=/dev/null ioctl granted="$GROUP" | while read -r call n; do report "$call" "$n"; done
	before=$(instructions)
	sleep 60
	report minute $(($(instructions) - before))
	stop_ownerd
}
# A policy of so many rules is applied while ownerd runs, and is in force at its start.
measure_rules() { # N
	rules=$1
	make_rules "$1" "$free" >/run/policy.yaml
	start_ownerd --mode enforce || { cat "$LOG" >&2 && exit 1; }
	before=$(instructions)
	ownerctl policy apply --raw /run/policy.yaml >/dev/null || exit
	report apply $(($(instructions) - before))
	stop_ownerd
	measure --policy /run/policy.yaml
	rules=0
}

held=0
rules=0
keep_free
measure
for n in 1 16 256 4096; do measure_rules $n; done
for dev in $functions; do
	[ "$dev" != "$free" ] || continue
	give "$dev"
	vfio-hold claim="$dev" hold >/dev/null &
	held=$((held + 1))
	case $held in 10 | 100 | 300) sleep 5 && measure ;; esac
done
sleep 10
measure
