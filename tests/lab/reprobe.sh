# topology: shared
# When a user has gone, the devices whose drivers were refused meanwhile get them, if that is wanted.
. ./tap.sh

left="a refused bind left $RTL without a driver"
# One that was refused, and one that nobody wanted: PCNET.
refuse() {
	to_nobody $RTL $PCNET
	hold all=$E1000
	bind_error $RTL 8139cp >/dev/null
}

to_vfio $E1000
start_ownerd --mode enforce
to_nobody $RTL $PCNET
hold all=$E1000
release
sleep 1
fails "nothing was refused: nothing is said" 1 grep 'a refused bind' $LOG
refuse
fails "the device has no driver" 1 driver_of $RTL
release
ok "ask: how to give it one is said" logged "$left; to give it one: echo $RTL >/sys/bus/pci/drivers_probe"
fails "and it is not done" 1 driver_of $RTL
fails "nothing is said of the other" 1 grep "a refused bind left $PCNET" $LOG
ok "what is said works" sh -c "echo $RTL >/sys/bus/pci/drivers_probe"
is "so" "$(driver_of $RTL)" 8139cp
stop_ownerd

start_ownerd --mode enforce --reprobe auto
refuse
release
ok "auto: the device is probed" wait_for 5 driver_of $RTL
ok "that is said" grep -q "$left: it is probed again" $LOG
fails "the other is not" 1 driver_of $PCNET
refuse
kill -9 $OWNERD
wait $OWNERD 2>/dev/null
release
fails "without a daemon nobody does" 1 driver_of $RTL
start_ownerd --mode enforce --reprobe auto
ok "the next one does" wait_for 5 driver_of $RTL
refuse
kill -9 $OWNERD
wait $OWNERD 2>/dev/null
OWNERD_PROGRAM=ownerd-next
start_ownerd --mode enforce --reprobe auto
release
ok "nor does another build forget" wait_for 5 driver_of $RTL
stop_ownerd
OWNERD_PROGRAM=ownerd

start_ownerd --mode enforce --reprobe never
refuse
release
sleep 1
fails "never: it is not" 1 driver_of $RTL
fails "and nothing is said" 1 grep 'a refused bind' $LOG
ok "after: it is bound by hand" probe $RTL
stop_ownerd
finish
