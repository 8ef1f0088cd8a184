# system: debian
# topology: shared
# systemd's units: a group that is held in one is known to be the unit's, and a reserved group is
# refused there as anywhere. What the unit's own sandbox refuses never reaches ownerd: DevicePolicy= and
# DeviceAllow= are the device cgroup, which is asked before the LSMs and answers EPERM too;
# PrivateDevices= leaves no node to open.
. ./tap.sh

# said NAME PROPERTY... -- STEP...: what one step says in a unit, as tap.sh's step.
said() {
	name=$1 properties=
	shift
	while [ "$1" != -- ]; do
		properties="$properties -p $1"
		shift
	done
	shift
	systemd-run --quiet --collect --pipe --wait $properties vfio-hold "$@" |
		sed -n "s/^$name: \([A-Za-z]*\).*/\1/p" | tail -n 1
}

# unit NAME OPTION...: a unit that holds the single group, until the record says so.
unit() {
	UNIT=$1
	shift
	systemd-run --quiet --collect --unit "$UNIT" "$@" vfio-hold claim=$SINGLE hold || return
	wait_for 20 is_owned $SINGLE user
}

# holder FIELD: of the single group, as ownerctl has it.
holder() {
	ownerctl show --json $SINGLE | jq -r ".group.holder.$1"
}

stopped() {
	systemctl stop "$UNIT" && owned $SINGLE none
}

to_vfio $SINGLE $SINGLE2
single=/dev/vfio/$(group_of $SINGLE) reserved=/dev/vfio/$(group_of $SINGLE2)
closed=DevicePolicy=closed
container=DeviceAllow=/dev/vfio/vfio

ok "the group that may ask" systemd-sysusers "$PWD/ownerd.sysusers"
start_ownerd --mode observe --reserve $SINGLE2
is "observe: a unit claims" "$(said set-container -- claim=$SINGLE2)" ok
ok "that is logged" logged "group ${reserved##*/}: claim by vfio-hold.*: would be refused in enforce mode"
is "with DeviceAllow too" \
	"$(said set-container $closed $container "DeviceAllow=$reserved" -- claim=$SINGLE2)" ok
stop_ownerd

start_ownerd --mode enforce --reserve $SINGLE2
is "reserved: open in a unit: EPERM" "$(said open -- claim=$SINGLE2)" EPERM
ok "logged as ownerd's" \
	logged "group ${reserved##*/}: open by vfio-hold.*: refused by ownerd with EPERM: .*reserved"
is "with DeviceAllow too: EPERM" \
	"$(said open $closed $container "DeviceAllow=$reserved" -- claim=$SINGLE2)" EPERM
refusals() { grep -c "refused by ownerd" $LOG; }
refused_twice() { [ "$(refusals)" = 2 ]; }
ok "ownerd's again" wait_for 5 refused_twice

is "without DeviceAllow: EPERM" "$(said open $closed $container -- claim=$SINGLE)" EPERM
is "reserved, without DeviceAllow: EPERM" "$(said open $closed $container -- claim=$SINGLE2)" EPERM
is "with PrivateDevices: ENOENT" "$(said open PrivateDevices=yes -- claim=$SINGLE2)" ENOENT
is "none of these was ownerd's" "$(refusals)" 2
like "why says whose" "$(ownerctl why $SINGLE)" \
	'vfio-hold\[[0-9]+\] of run-.*\.service .uid 0. tried to open .*: refused by the kernel, since its cgroup does not allow it the node'

cp ./ownerd-metrics.socket /run/systemd/system/
sed "s|/usr/bin/ownerctl|$(command -v ownerctl)|" ./ownerd-metrics@.service >/run/systemd/system/ownerd-metrics@.service
metrics() { printf 'GET %s HTTP/1.0\r\n\r\n' "$1" | socat -t 20 - TCP:127.0.0.1:9757; }
systemctl daemon-reload
ok "the metrics' socket" systemctl start ownerd-metrics.socket
like "answers Prometheus, by an unprivileged unit" "$(metrics /metrics)" '^ownerd_refused_total\{act="open"\} 2'
like "and nothing else" "$(metrics /etc/passwd)" '^HTTP/1.[01] 404'
systemctl stop ownerd-metrics.socket

ok "meanwhile: a unit holds another group" unit holder.service
is "ownerctl names it" "$(holder unit)" holder.service
is "it is no container" "$(holder runtime),$(holder container)" null,null
is "list names it" "$(record $SINGLE UNIT)" holder.service
like "why says how to end it" "$(ownerctl why $SINGLE)" "systemctl stop holder.service"
is "the host has to wait: EBUSY" "$(step open open=$SINGLE)" EBUSY
ok "stopped: nobody owns it" stopped

ok "with DeviceAllow, in a slice, from a template" \
	unit holder@1.service --slice lab-guests -p $closed -p $container -p DeviceAllow=$single
is "ownerctl names it" "$(holder unit)" holder@1.service
like "and its cgroup" "$(holder cgroup)" "^/lab.slice/lab-guests.slice/"
ok "stopped: nobody owns it" stopped

ok "the nodes for anyone" chmod 666 $single $reserved
ok "as another user, with what is named in /proc/devices" \
	unit holder.service -p User=daemon -p $closed -p $container -p DeviceAllow=char-vfio
is "ownerctl names him" "$(holder unit),$(holder uid)" "holder.service,$(id -u daemon)"
is "meanwhile: reserved: EPERM" "$(said open User=daemon -- claim=$SINGLE2)" EPERM
ok "stopped: nobody owns it" stopped

systemd-run --quiet --collect --scope --unit holder.scope vfio-hold claim=$SINGLE hold >/dev/null 2>&1 &
UNIT=holder.scope
ok "in a scope" owned $SINGLE user
is "ownerctl names it" "$(holder unit)" holder.scope
ok "stopped: nobody owns it" stopped

stop_ownerd
is "after: a unit claims" "$(said set-container -- claim=$SINGLE2)" ok
finish
