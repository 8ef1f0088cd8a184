# topology: shared
# kernels: 5.10 5.10+bpf 6.12 (one kernel of each kind is enough: this is ownerd's own)
# What is enforced outlives the daemon: killed, restarted, taken down.
. ./tap.sh

to_vfio $NVME
is "before: open works" "$(step open open=$NVME)" ok
start_ownerd --mode enforce --reserve $NVME --dedicate $E1000
unbind $E1000
is "refused by the daemon's programs" "$(step open open=$NVME)" EPERM

kill -9 "$OWNERD"
wait "$OWNERD" 2>/dev/null
is "killed: open is still refused" "$(step open open=$NVME)" EPERM
fails "killed: bind is still refused" 1 bind $E1000 e1000
to_vfio $E1000E
is "killed: what is allowed still works" "$(step set-container claim=$E1000E)" ok

list=$(ownerctl list --device $NVME 2>/run/err)
like "ownerctl reads the pinned records" "$list" "$NVME"
like "says that the daemon is gone" "$(cat /run/err)" 'not running'
like "and what is still enforced" "$(cat /run/err)" 'enforce'
hold all=$E1000E
like "records are kept without it" "$(ownerctl list --device $E1000E 2>/dev/null)" 'user'
fails "status needs the daemon: 3" 3 ownerctl status
fails "doctor sees it: 1" 1 ownerctl doctor

ok "a new start replaces it" start_ownerd --mode enforce --reserve $NVME
is "open is refused" "$(step open open=$NVME)" EPERM
is "the holder is found again" "$(ownerctl list --json | grep -c "\"pid\": *$HOLDER")" 1
ok "what the old one dedicated is free again" bind $E1000 e1000
is "one refusal, one report, also of the one meanwhile" \
	"$(grep -c 'open by vfio-hold.*refused by ownerd' $LOG)" 2
release

ok "stopped" stop_ownerd keep
mv /sys/fs/bpf/ownerd /sys/fs/bpf/ownerd-old # as a start leaves it that is killed half way
ok "leftovers are taken down too" ownerd --unpin
is "at once: open works" "$(step open open=$NVME)" ok
ok "started" start_ownerd --mode enforce --reserve $NVME
ok "stopped" stop_ownerd keep
is "stopped: still refused" "$(step open open=$NVME)" EPERM
ok "--unpin" ownerd --unpin
is "after: open works again" "$(step open open=$NVME)" ok
ok "nothing is left in bpffs" test ! -e /sys/fs/bpf/ownerd
ok "--unpin again is no error" ownerd --unpin
finish
