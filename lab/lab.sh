# Shell functions for scripts that run in the lab guest, there /usr/lib/lab.sh.
#
#   . /usr/lib/lab.sh
#
# A DEV is a PCI address with its domain, 0000:02:01.0. Each function returns 0 when what it says
# holds; what the kernel refuses goes to standard error as the shell's own message.
# shellcheck shell=sh disable=SC2034 # the variables are for the scripts

pci=/sys/bus/pci

# The devices of the topology that was booted: what is in one group, and what is alone in its own.
case $(cat /run/lab/topology 2>/dev/null) in
shared | none)
	BRIDGE=0000:01:00.0 E1000=0000:02:01.0 RTL=0000:02:02.0 PCNET=0000:02:03.0 EDU=0000:02:04.0
	E1000E=0000:03:00.0 NVME=0000:04:00.0
	SHARED="$E1000 $RTL $PCNET $EDU" SINGLE=$E1000E SINGLE2=$NVME
	;;
switch)
	E1000E=0000:03:00.0 NVME=0000:04:00.0 E1000E2=0000:05:00.0
	SHARED="$E1000E $NVME $E1000E2"
	;;
sriov_joined)
	E1000E=0000:01:00.0 PF=0000:02:00.0 VF1=0000:02:00.1 VF2=0000:02:00.2
	SHARED="$E1000E $PF"
	;;
hotplug)
	E1000E=0000:01:00.0 NVME=0000:02:00.0 PLUGGED=0000:03:00.0
	SHARED="$E1000E $NVME"
	;;
host)
	E1000E=0000:01:00.0 E1000E2=0000:02:00.0 NVME=0000:03:00.0 NVME2=0000:04:00.0
	SINGLE=$E1000E2 SINGLE2=$NVME2
	;;
sriov | many)
	PF=0000:01:00.0 VF1=0000:01:00.1 VF2=0000:01:00.2 VF3=0000:01:00.3 VF4=0000:01:00.4
	SINGLE=$VF1 SINGLE2=$VF2
	;;
esac

# group_of DEV: prints its IOMMU group's number; fails if it has none.
group_of() {
	lab_link=$(readlink "$pci/devices/$1/iommu_group") && echo "${lab_link##*/}"
}

# devices_of GROUP: prints its devices, one a line.
devices_of() {
	ls "/sys/kernel/iommu_groups/$1/devices"
}

# driver_of DEV: prints its driver's name; fails if it has none.
driver_of() {
	lab_link=$(readlink "$pci/devices/$1/driver") && echo "${lab_link##*/}"
}

# unbind DEV: from whatever driver it has; nothing to do if it has none.
unbind() {
	[ ! -e "$pci/devices/$1/driver" ] || echo "$1" >"$pci/devices/$1/driver/unbind"
}

# bind DEV DRIVER: to a driver whose module is loaded, by driver_override, so that the driver need
# not know the device's ids. Fails if the device is not bound to DRIVER afterwards.
bind() {
	[ "$(driver_of "$1")" != "$2" ] || return 0
	unbind "$1" || return
	echo "$2" >"$pci/devices/$1/driver_override" || return
	if echo "$1" >"$pci/drivers/$2/bind"; then lab_status=0; else lab_status=1; fi
	echo >"$pci/devices/$1/driver_override"
	[ $lab_status = 0 ] && [ "$(driver_of "$1")" = "$2" ]
}

# probe DEV: lets the kernel look for a driver, as at boot. Fails if the kernel refuses; a device
# that no driver wants is not a failure.
probe() {
	echo "$1" >"$pci/drivers_probe"
}

# to_vfio DEV...: loads vfio-pci and binds each device to it.
to_vfio() {
	modprobe -a vfio vfio_iommu_type1 vfio-pci || return
	for lab_dev; do
		bind "$lab_dev" vfio-pci || return
	done
}

# group_to_vfio DEV: DEV and all others of its group that are no bridges.
group_to_vfio() {
	for lab_member in $(devices_of "$(group_of "$1")"); do
		case $(cat "$pci/devices/$lab_member/class") in 0x06*) continue ;; esac
		to_vfio "$lab_member" || return
	done
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails when the time is up.
wait_for() {
	lab_tries=$(($1 * 10))
	shift
	until "$@"; do
		[ $((lab_tries = lab_tries - 1)) -gt 0 ] || return 1
		sleep 0.1
	done
}
