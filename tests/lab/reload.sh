# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# SIGHUP: another configuration is taken whole, or nothing of it; enforcement never pauses.
. ./tap.sh

config() { printf '%s\n' "$@" >/run/ownerd.yaml; }
reload() {
	: >$LOG
	kill -HUP "$OWNERD"
	logged 'mode, .* groups|not reloaded'
}

to_vfio $NVME $E1000E
config "mode: observe"
start_ownerd --config /run/ownerd.yaml
is "before: open works" "$(step open open=$NVME)" ok
config "mode: enforce" "reserve: [\"$NVME\"]"
ok "reloaded" reload
ok "in enforce mode" grep -q 'enforce mode' $LOG
is "reserved now: EPERM" "$(step open open=$NVME)" EPERM
is "the other group opens" "$(step open open=$E1000E)" ok
like "the record says so" "$(record $NVME POLICY)" "reserve $NVME"

config "mode: enforce" "reserve: [\"$E1000E\"]" "reservee: []"
mv $JSON $JSON.1
ok "a mistake" reload
ok "is said with its place" grep -q 'ownerd.yaml:3:1: key "reservee"' $LOG
ok "and that all is as before" grep -q 'not reloaded: all is as before' $LOG
is "the old policy holds: EPERM" "$(step open open=$NVME)" EPERM
is "the new one does not" "$(step open open=$E1000E)" ok
ok "the log file is a new one all the same" wait_for 5 grep -q '"act":"open"' $JSON
ok "and its chain goes on" ownerctl log --verify
config "mode: enforce" "reserve: [\"$E1000E\"]"
mv $JSON /run/rotated && mkdir $JSON
ok "a log that cannot be written" reload
ok "is said" grep -q "$JSON: Is a directory" $LOG
rmdir $JSON
is "the old policy holds: EPERM" "$(step open open=$NVME)" EPERM

# One is reserved before and after: it opens at no moment.
hammer 8 open "/dev/vfio/$(group_of $NVME)" >/run/hammered &
hammer=$!
for i in 1 2 3 4 5 6 7 8; do
	case $i in *[13579]) config "mode: enforce" "reserve: [\"$E1000E\", \"$NVME\"]" ;; *)
		config "mode: enforce" "dedicate: [\"$E1000E\"]" "reserve: [\"$NVME\"]"
		;;
	esac
	reload
done
wait $hammer
is "no open got through 8 reloads" "$(cat /run/hammered)" "EPERM many, others 0"
mv $JSON /run/rotated
ok "the log file is gone" test ! -e $JSON
config "mode: enforce" "reserve: [\"$NVME\"]" "log-repeats: write" # the hammered kind may still be suppressed
reload
is "open: EPERM" "$(step open open=$NVME)" EPERM
ok "and written anew" wait_for 5 grep -q '"act":"open"' $JSON

config "mode: observe"
ok "back to observe" reload
is "after: open works" "$(step open open=$NVME)" ok
like "nothing is reserved" "$(record $NVME POLICY)" '^-$'
stop_ownerd
finish
