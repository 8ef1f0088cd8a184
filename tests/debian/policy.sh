# system: debian
# topology: shared
# A group for one container, and for nobody else: not for one that is privileged and has all of /dev,
# nor by a node of its own, nor by a cgroup that it names itself. And the same for units.
. ./tap.sh

ROOT=/run/rootfs
runtime=crun

# Busybox, and vfio-hold with its libraries: no registry, no network.
make_rootfs() {
	mkdir -p $ROOT/bin $ROOT/dev $ROOT/etc $ROOT/proc $ROOT/run $ROOT/sys $ROOT/tmp
	cp /bin/busybox /usr/bin/vfio-hold $ROOT/bin/ && ln -sf busybox $ROOT/bin/sh || return
	for library in $(ldd /usr/bin/vfio-hold | sed -nE 's,^[^/]*(/[^ ]+) \(0x.*,\1,p'); do
		mkdir -p "$ROOT${library%/*}"
		cp -L "$library" "$ROOT$library" || return
	done
}

# create COMMAND...: a privileged container with all of /dev, which is not started yet; prints its id.
create() {
	podman --runtime $runtime create --network none --privileged -v /dev:/dev --rootfs $ROOT "$@"
}

# said NAME ID: starts it; what one step says there.
said() {
	podman start -a "$2" 2>/run/podman.err | sed -n "s/^$1: \([A-Za-z]*\).*/\1/p" | tail -n 1
}

# policy ONE TWO: who may have the groups of SINGLE and of SINGLE2.
policy() {
	cat >/run/policy.yaml <<-END
		version: 1
		mode: enforce
		rules:
		  - {name: one, devices: [{pci: "$SINGLE"}], claim: {allow: [$1]}}
		  - {name: two, devices: [{pci: "$SINGLE2"}], claim: {allow: [$2]}}
	END
	: >$LOG
	kill -HUP "$OWNERD"
	logged 'mode, .* groups' && ! grep -q 'not reloaded' $LOG
}

# Each container tries the other's group, and then has its own.
check_runtime() {
	a=$(create vfio-hold --keep-going open=$SINGLE2 claim=$SINGLE)
	b=$(create vfio-hold --keep-going open=$SINGLE claim=$SINGLE2)
	node=$(create vfio-hold --keep-going select=$SINGLE2 mknod=/dev/node-$runtime)
	nested=$(create sh -c "mkdir /sys/fs/cgroup/docker-$b.scope &&
		echo 0 >/sys/fs/cgroup/docker-$b.scope/cgroup.procs && vfio-hold open=$SINGLE2")
	ok "$runtime: a policy for containers that have not started" policy "{container: $a}" "{container: $b}"
	for id in $a $b; do
		podman start -a "$id" >/run/said 2>&1
		is "the other's group: EPERM, its own: claimed" \
			"$(sed -nE 's/^(open|set-container): ([A-Za-z]*).*/\1 \2/p' /run/said | tr '\n' ' ')" \
			"open EPERM open ok set-container ok "
	done
	is "by its own node: EPERM" "$(said mknod "$node")" EPERM
	is "from a cgroup that it names after the other: EPERM" "$(said open "$nested")" EPERM
	is "the host itself: EPERM" "$(step open open=$SINGLE)" EPERM
	podman rm -f -t 0 "$a" "$b" "$node" "$nested" >/dev/null; rm -f /dev/node-$runtime
}

# unit NAME OPTION...: what an open of SINGLE says in a unit.
unit() {
	name=$1
	shift
	systemd-run --quiet --wait --pipe --collect --unit "$name" "$@" vfio-hold open=$SINGLE 2>/dev/null |
		sed -n "s/^open: \([A-Za-z]*\).*/\1/p"
}

ok "a root file system" make_rootfs
to_vfio $SINGLE $SINGLE2
group=$(group_of $SINGLE)
id=$(create vfio-hold claim=$SINGLE)
is "before: any container claims" "$(said set-container "$id")" ok
podman rm -f -t 0 "$id" >/dev/null
is "before: any unit opens" "$(unit other.service)" ok

echo 'version: 1' >/run/policy.yaml
start_ownerd --policy /run/policy.yaml
for runtime in crun runc; do
	check_runtime
done

ok "a policy for units" policy '{unit: "dpdk@*.service"}' '{any: true}'
is "it opens" "$(unit dpdk@0.service)" ok
is "another does not: EPERM" "$(unit other.service)" EPERM
ok "by that rule" logged "group $group: open by vfio-hold.*: refused by ownerd with EPERM: rule \"one\""
is "with DeviceAllow neither: EPERM" \
	"$(unit other.service -p DevicePolicy=closed -p "DeviceAllow=/dev/vfio/$group rw")" EPERM
is "it does with DeviceAllow" \
	"$(unit dpdk@1.service -p DevicePolicy=closed -p "DeviceAllow=/dev/vfio/$group rw")" ok
refusals=$(grep -c "refused by ownerd" $LOG)
is "and without the device in it: EPERM, not by ownerd" "$(unit dpdk@2.service -p DevicePolicy=closed)" EPERM
is "who was not asked" "$(grep -c "refused by ownerd" $LOG)" "$refusals"
is "meanwhile: the other group" "$(step open open=$SINGLE2)" ok
stop_ownerd
is "after: any unit opens" "$(unit other.service)" ok
finish
