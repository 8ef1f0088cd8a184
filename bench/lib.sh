# Shell functions for what is measured in the lab guest.  Prints "STATE CALL INSTRUCTIONS" lines.
# shellcheck shell=sh disable=SC2034,SC2086 # what is set here is for the scripts that read this
. ./tap.sh

echo "# kernel $(uname -r)"
modprobe -a vfio_iommu_type1 vfio-pci

# What the calls of row() are made on: a device without a driver, and a network interface, if there is one.
prepare_calls() { # DEV [LINK]
	STUB=$1
	LINK=${2:-}
	mkdir /sys/fs/cgroup/bench /run/alone
	mount -t tmpfs alone /run/alone # nobody watches there
	: >/run/alone/file
	echo 3 >/proc/sys/kernel/printk
	if [ -n "$LINK" ]; then
		ip link set "$LINK" up
		sleep 5 # until there is a carrier
	fi
	echo 4 >/proc/sys/vm/nr_hugepages
	modprobe pci-stub
	[ ! -e $pci/devices/$STUB/driver ] || unbind $STUB
	echo pci-stub >$pci/devices/$STUB/driver_override
}

GROUP=
WRAPPER=
row() { # STATE [OPTION]...: every call there is in it
	state=$1
	shift
	# shellcheck disable=SC2086 # lists of words
	$WRAPPER calls "$@" file=/run/alone/file null=/dev/null ioctl node=/sys/fs/cgroup/bench/x bind=$STUB,pci-stub \
		fork exec=/bin/true ${LINK:+dma=$LINK} \
		${GROUP:+granted=$GROUP map=$GROUP map_2m=$GROUP vm=$GROUP} | sed "s/^/$state /"
}

# Beside empty programs: at ownerd's three refusing hooks, as it hangs there, and at kernel maps; or at all that it
# has, where the kernel tells (since 5.13: bpf_link_info.tracing).
beside_empty() { # STATE HOOK...
	state=$1
	shift
	rm -f /run/empty
	empty "$@" >/run/empty &
	beside=$!
	if wait_for 30 grep -qs ready /run/empty; then row "$state"; fi
	kill $beside
	wait $beside 2>/dev/null
}
[ $ATTACH = lsm ] && AT=lsm:bpf_lsm || AT=fmod_ret:security
REFUSING="${AT}_kernfs_init_security ${AT}_file_open ${AT}_file_ioctl"
MAPS=$(grep -o -m 1 -w -E 'dma_map_phys|dma_map_page_attrs' /proc/kallsyms)

ownerd_row() { # STATE OPTION...
	state=$1
	shift
	start_ownerd --mode enforce "$@" || { cat $LOG >&2 && exit 1; }
	sleep 12 # what is attached on demand is, and the first tick has gone by
	row "$state"
}

# Of many groups.

create_functions() { # all virtual ones that the host can have: $functions
	echo 0 >/proc/sys/kernel/printk
	for pf in "$pci"/devices/*/sriov_totalvfs; do
		[ -e "$pf" ] || continue
		echo 0 >"${pf%/*}/sriov_drivers_autoprobe"
		[ "$(cat "${pf%/*}/sriov_numvfs")" != 0 ] || cat "$pf" >"${pf%/*}/sriov_numvfs"
	done
	functions=$(for path in "$pci"/devices/*/physfn; do [ ! -e "$path" ] || basename "${path%/physfn}"; done)
	# shellcheck disable=SC3045 # busybox has it
	ulimit -n 4096
}
give() { # DEV: to VFIO
	[ ! -e "$pci/devices/$1/driver" ] || unbind "$1"
	echo vfio-pci >"$pci/devices/$1/driver_override"
	echo "$1" >"$pci/drivers_probe"
}
keep_free() { # of the functions the last: $free, of the group $GROUP
	free=$(echo "$functions" | tr ' ' '\n' | tail -n 1)
	give "$free"
	GROUP=/dev/vfio/$(group_of "$free")
}

# Of the daemon.

instructions() { # that it has taken so far
	cut -d ' ' -f 1 "/proc/$OWNERD/schedstat"
}
kilobytes() { # LINE of the daemon's status
	awk -v line="$1:" '$1 == line { print $2 }' "/proc/$OWNERD/status"
}
maps_bytes() {
	for map in /sys/fs/bpf/ownerd/maps/*; do bpftool -j map show pinned "$map"; done | jq -s 'map(.bytes_memlock) | add'
}
