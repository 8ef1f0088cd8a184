# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# no-mount: bpffs securityfs
# Neither bpffs nor securityfs is mounted: everything works while the daemon runs, which says so.
. ./tap.sh

to_vfio $NVME
ok "starts" start_ownerd --mode enforce --reserve $NVME
like "says that enforcement ends with it" "$(cat $LOG)" 'bpffs is not mounted.*mount -t bpf'
is "hangs on the same hooks" "$(ownerctl status --raw | sed -n 's/^attach.//p')" "$ATTACH"
is "refuses" "$(step open open=$NVME)" EPERM
stop_ownerd
is "after: open works" "$(step open open=$NVME)" ok
ownerctl list 2>/run/err
is "ownerctl without anything: 3" $? 3
like "nothing is enforced, it says" "$(cat /run/err)" 'not running'
finish
