# What make run shows in the lab guest: a user's group, a host driver that wants in, the refusal
# and its explanation.
# shellcheck shell=sh disable=SC2086,SC1091 # addresses have no spaces
. /usr/lib/lab.sh

say() {
	printf '\n# %s\n' "$*"
}

run() {
	echo "\$ $*"
	"$@"
}

ownerd --mode enforce --reserve $NVME 2>/run/ownerd.log &
wait_for 30 grep -q 'mode, .* groups' /run/ownerd.log

say "Kernel $(uname -r), ownerd enforcing, $NVME reserved for the host: who owns what?"
run ownerctl list

say "A user-space driver takes $E1000; its siblings lose their host drivers first."
rmmod pcnet32
unbind $RTL
to_vfio $E1000
vfio-hold all=$E1000 ready=/run/held hold >/run/hold.out &
wait_for 10 test -e /run/held
run ownerctl list --device $E1000

say "Conflict: the host loads the driver of $PCNET, in the same group."
run modprobe pcnet32
echo "modprobe: exit $?"
driver_of $PCNET >/dev/null || echo "$PCNET has no driver: the bind was refused"
run ownerctl why $PCNET

say "Conflict: a user wants $NVME, which is reserved."
to_vfio $NVME
run vfio-hold open=$NVME
run ownerctl why $NVME

say "What ownerd said meanwhile:"
cat /run/ownerd.log
exit 0
