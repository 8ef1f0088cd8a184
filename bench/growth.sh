# How ownerd grows with the host, in a lab guest that counts instructions.  Prints "WHAT GROUPS DEVICES HOLDERS N"
# lines: what a start and a list cost, what an open of a group and other calls do, and how much memory is taken.
# shellcheck shell=sh disable=SC2086,SC2012,SC3045,SC2119
. ./tap.sh

echo "# kernel $(uname -r)"
echo 0 >/proc/sys/kernel/printk
for pf in "$pci"/devices/*/sriov_totalvfs; do
	[ -e "$pf" ] || continue
	echo 0 >"${pf%/*}/sriov_drivers_autoprobe"
	[ "$(cat "${pf%/*}/sriov_numvfs")" != 0 ] || cat "$pf" >"${pf%/*}/sriov_numvfs"
done
functions=$(for path in "$pci"/devices/*/physfn; do [ ! -e "$path" ] || basename "${path%/physfn}"; done)
[ -n "$functions" ] || functions="$SINGLE $SINGLE2"
modprobe -a vfio_iommu_type1 vfio-pci
ulimit -n 4096

give() { # DEV: to VFIO
	[ ! -e "$pci/devices/$1/driver" ] || unbind "$1"
	echo vfio-pci >"$pci/devices/$1/driver_override"
	echo "$1" >"$pci/drivers_probe"
}
report() { # WHAT N
	echo "$1 $(ls /sys/kernel/iommu_groups | wc -l) $(ls "$pci/devices" | wc -l) $held $2"
}
maps_bytes() {
	for map in /sys/fs/bpf/ownerd/maps/*; do bpftool -j map show pinned "$map"; done | jq -s 'map(.bytes_memlock) | add'
}
measure() {
	start_ownerd --mode enforce || { cat $LOG >&2 && exit 1; }
	report start "$(cut -d ' ' -f 1 /proc/$OWNERD/schedstat)"
	sleep 12
	for n in $(seq 3); do ownerctl list >/dev/null; done
	report resident "$(($(awk '/^VmRSS/ { print $2 }' /proc/$OWNERD/status) * 1024))"
	report private "$(($(awk '/^RssAnon/ { print $2 }' /proc/$OWNERD/status) * 1024))"
	report peak "$(($(awk '/^VmHWM/ { print $2 }' /proc/$OWNERD/status) * 1024))"
	report maps "$(maps_bytes)"
	calls --rounds 5 exec="$(command -v ownerctl),list" | sed -n 's/^exec //p' | while read -r n; do report list "$n"; done
	calls null=/dev/null ioctl granted="$GROUP" | while read -r call n; do report "$call" "$n"; done
	before=$(cut -d ' ' -f 1 /proc/$OWNERD/schedstat)
	sleep 60
	report minute $(($(cut -d ' ' -f 1 /proc/$OWNERD/schedstat) - before))
	stop_ownerd
}

held=0
free=$(echo "$functions" | tr ' ' '\n' | tail -n 1)
give "$free"
GROUP=/dev/vfio/$(group_of "$free")
measure
for dev in $functions; do
	[ "$dev" != "$free" ] || continue
	give "$dev"
	vfio-hold claim="$dev" hold >/dev/null &
	held=$((held + 1))
	case $held in 10 | 100 | 300) sleep 5 && measure ;; esac
done
sleep 10
measure
