# system: debian
# topology: shared
# Podman's containers, by crun and by runc: a group that is held in one is known to be the container's,
# and a reserved group is refused in one as anywhere.
#
# The device cgroup refuses with EPERM too, for a node that --device has not named. It is asked before
# the LSMs (inode_permission() in may_open()): ownerd does not see such an open, and says nothing.
. ./tap.sh

ROOT=/run/rootfs
runtime=crun

# Busybox, and vfio-hold with its libraries: no registry, no network.
make_rootfs() {
	mkdir -p $ROOT/bin $ROOT/dev $ROOT/etc $ROOT/proc $ROOT/run $ROOT/sys $ROOT/tmp
	cp /bin/busybox /usr/bin/vfio-hold $ROOT/bin/ || return
	for library in $(ldd /usr/bin/vfio-hold | sed -nE 's,^[^/]*(/[^ ]+) \(0x.*,\1,p'); do
		mkdir -p "$ROOT${library%/*}"
		cp -L "$library" "$ROOT$library" || return
	done
}

# run OPTIONS STEP...: vfio-hold in a container, with podman's options.
run() {
	options=$1
	shift
	podman --runtime $runtime ${manager:-} run --network none --device /dev/vfio/vfio $options \
		--rootfs $ROOT vfio-hold "$@" 2>/run/podman.err
}

# said NAME OPTIONS STEP...: what one step says there, as tap.sh's step.
said() {
	name=$1
	shift
	run "--rm $1" "$2" | sed -n "s/^$name: \([A-Za-z]*\).*/\1/p" | tail -n 1
}

# contain OPTIONS: a container that holds the single group, until the record says so; ID is its id.
contain() {
	ID=$(run "-d --name held --device $single $1" claim=$SINGLE hold) || return
	wait_for 20 is_owned $SINGLE user
}

remove() {
	podman ${manager:-} rm -f -t 0 held >/dev/null
}

# holder FIELD: of the single group, as ownerctl has it.
holder() {
	ownerctl show --json $SINGLE | jq -r ".group.holder.$1"
}

# Everything that is denied in a container; the rest works in it meanwhile.
check_runtime() {
	is "$runtime: reserved: open: EPERM" "$(said open "--device $reserved" claim=$SINGLE2)" EPERM
	ok "logged as ownerd's" logged "$refused"
	is "$runtime: privileged too: EPERM" "$(said open --privileged claim=$SINGLE2)" EPERM
	ok "meanwhile: a container holds another group" contain
	is "ownerctl names the container" "$(holder container)" "$ID"
	is "and the runtime" "$(holder runtime)" libpod
	is "and the unit" "$(holder unit)" "libpod-$ID.scope"
	like "why says how to end it" "$(ownerctl why $SINGLE)" "podman stop $(printf %.12s "$ID")"
	is "the host has to wait: EBUSY" "$(step open open=$SINGLE)" EBUSY
	ok "removed" remove
	ok "after: nobody owns it" owned $SINGLE none
	is "after: the host claims it" "$(step set-container claim=$SINGLE)" ok
}

ok "a root file system" make_rootfs
to_vfio $SINGLE $SINGLE2
single=/dev/vfio/$(group_of $SINGLE) reserved=/dev/vfio/$(group_of $SINGLE2)
refused="group ${reserved##*/}: open by vfio-hold.*: refused by ownerd with EPERM: .*reserved"

start_ownerd --mode observe --reserve $SINGLE2
is "observe: a container claims" "$(said set-container "--device $reserved" claim=$SINGLE2)" ok
ok "that is logged" logged "group ${reserved##*/}: claim by vfio-hold.*: would be refused in enforce mode"
stop_ownerd

start_ownerd --mode enforce --reserve $SINGLE2
for runtime in crun runc; do
	check_runtime
done

runtime=crun
refusals=$(grep -c "refused by ownerd" $LOG)
is "a node without --device: EPERM" "$(said open "-v /dev/vfio:/dev/vfio" claim=$SINGLE)" EPERM
is "a reserved one: EPERM" "$(said open "-v /dev/vfio:/dev/vfio" claim=$SINGLE2)" EPERM
is "neither was ownerd's" "$(grep -c "refused by ownerd" $LOG)" "$refusals"

# Without systemd podman makes the cgroup itself: libpod_parent/libpod-ID, which is no scope.
manager="--cgroup-manager cgroupfs"
ok "cgroupfs: a container holds the group" contain
is "ownerctl names the container" "$(holder container)" "$ID"
is "and the runtime" "$(holder runtime)" libpod
is "there is no unit" "$(holder unit)" null
ok "removed" remove
manager=

# As quadlet has it: podman's own unit holds the container, in libpod-payload-ID.
ok "split: a container holds the group" contain "--cgroups split"
is "ownerctl names the container" "$(holder container)" "$ID"
is "and podman's unit" "$(holder unit)" lab.service
ok "removed" remove

stop_ownerd
is "after: a container claims" "$(said set-container "--device $reserved" claim=$SINGLE2)" ok
finish
