# topology: shared
# kernels: 5.10 5.10+bpf 6.12 (one kernel of each kind is enough: this is ownerd's own)
# The daemon's life: starts, refuses to start with a reason and a status, stops.
. ./tap.sh

echo "nobody:x:65534:65534::/:/bin/sh" >>/etc/passwd
as_nobody() { su nobody -s /bin/sh -c "$*"; }

# says STATUS PATTERN COMMAND...: ends so, with exactly one line on standard error.
says() {
	says_want=$1 says_pattern=$2
	shift 2
	says_err=$("$@" 2>&1 >/dev/null)
	says_rc=$?
	is "$* exits $says_want" "$says_rc" "$says_want"
	like "and says why" "$says_err" "$says_pattern"
	is "in one line" "$(printf '%s\n' "$says_err" | wc -l)" 1
}

ok "--check passes" ownerd --check
says 3 'needs root.*run it as root' as_nobody ownerd
says 2 'mode "strict": it is observe or enforce' ownerd --mode strict
says 2 'reserve "../etc": give a PCI address' ownerd --reserve ../etc
says 2 'max-groups "0"' ownerd --max-groups 0
says 2 'ownerd.yaml' ownerd --config /nowhere/ownerd.yaml
says 2 '/nowhere/log: No such file' ownerd --log /nowhere/log
printf 'mode: enforce\nreserv: []\n' >/run/bad.yaml
says 2 '/run/bad.yaml.*2.*reserv' ownerd --config /run/bad.yaml

mount -t tmpfs none /sys/kernel/btf
says 3 'BTF' ownerd
umount /sys/kernel/btf

printf 'mode: enforce\nreserve: ["%s"]\n' $NVME >/run/good.yaml
socat -u UNIX-RECV:/run/notify CREATE:/run/notified &
notify=$!
wait_for 5 test -e /run/notify
export NOTIFY_SOCKET=/run/notify
ok "a configuration starts it" start_ownerd --config /run/good.yaml
unset NOTIFY_SOCKET
ok "a service manager is told that it is ready" wait_for 5 grep -q '^READY=1' /run/notified
is "its mode holds" "$(ownerctl status --json | grep -c '"mode": *"enforce"')" 1
like "its policy holds" "$(ownerctl show $NVME)" reserve
says 4 'another ownerd is running' ownerd

mv $JSON /run/rotated.jsonl
kill -HUP "$OWNERD"
ok "SIGHUP opens the log file anew" wait_for 5 test -e $JSON
before=$(ls /sys/fs/bpf/ownerd/links)
says 4 'another ownerd is running' ownerd --unpin
is "and nothing is unpinned" "$(ls /sys/fs/bpf/ownerd/links)" "$before"
kill -INT "$OWNERD"
wait "$OWNERD"
is "Ctrl-C ends it with 0" $? 0
ok "a service manager is told that it stops" wait_for 5 grep -q 'STOPPING=1' /run/notified
kill $notify
ok "started again" start_ownerd
ok "SIGTERM ends it with 0" stop_ownerd

# Nothing of this host's but the daemon's own view: a pid namespace, a /proc without devices.
to_vfio $NVME
: >$LOG
unshare -m -p -f sh -c "mount -t proc -o subset=pid proc /proc && exec ownerd --mode enforce \
	--reserve $NVME" 2>>$LOG &
ok "starts in a pid namespace, with half a /proc" wait_for 30 grep -q 'mode, .* groups, ' $LOG
is "and refuses" "$(step open open=$NVME)" EPERM
killall ownerd
wait $!
ownerd --unpin 2>/dev/null
bind $NVME nvme

ownerd --mode enforce --max-groups 4 2>/run/full.log
is "enforce with too little room is refused" $? 5
like "with the remedy" "$(cat /run/full.log)" 'cannot enforce: not every group.*--max-groups'
ok "unless allowed" start_ownerd --mode enforce --max-groups 4 --allow-degraded
like "status shows what had no room" "$(ownerctl status)" 'groups_full'
ok "a bind in a group without a record goes on (open)" unbind $NVME
ok "and back" bind $NVME nvme
fails "verify finds what is not recorded" 1 ownerctl verify
stop_ownerd untrue
finish
