# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# append: ownerd.mode=off
# The way out: with ownerd.mode=off on the kernel command line nothing is loaded and what is pinned
# goes, whatever is configured; with ownerd.mode=observe nothing is enforced.
. ./tap.sh

to_vfio $E1000
to_nobody $RTL $PCNET

socat -u UNIX-RECV:/run/notify CREATE:/run/notified &
notify=$!
wait_for 5 test -e /run/notify
NOTIFY_SOCKET=/run/notify ownerd --mode enforce --reserve $E1000 2>/run/err
is "off: enforce ends with 0" $? 0
is "and says in one line that it is off" "$(cat /run/err)" \
	"ownerd: ownerd.mode=off on the kernel command line: nothing is loaded, nothing is refused"
ok "a service manager is told that all is well" wait_for 5 grep -q '^READY=1' /run/notified
like "and that it is off" "$(cat /run/notified)" '^STATUS=off, by ownerd.mode=off'
kill $notify
fails "nothing is pinned" 1 test -e /sys/fs/bpf/ownerd
is "open works" "$(step open open=$E1000)" ok
ok "claim works" vfio-hold claim=$E1000
echo "mode: nonsense" >/run/bad.yaml
ok "a mistake in the configuration does not matter" ownerd --config /run/bad.yaml
fails "a mistake on the command line does" 2 ownerd --mode nonsense
ownerctl status >/run/status 2>&1
is "status: not running" $? 3
like "since it is off" "$(cat /run/status)" "ownerd.mode=off on the kernel command line keeps it out"
like "doctor says it" "$(ownerctl doctor)" "WARN kernel command line: ownerd.mode=off"
like "--check says it" "$(ownerd --check)" "warn +kernel command line: ownerd.mode=off"

# Another command line for a while.
line() { # WORDS
	echo "console=ttyS0 $*" >/run/cmdline
	mount -o bind /run/cmdline /proc/cmdline
}

line quiet
start_ownerd --mode enforce --reserve $E1000
ok "without the word it enforces" stop_ownerd keep
is "and what it pinned does" "$(step open open=$E1000)" EPERM
umount /proc/cmdline
ownerd --mode enforce --reserve $E1000 2>/run/err
is "off: what is pinned is taken down" $? 0
like "which is said" "$(cat /run/err)" "nothing is refused; what was pinned is taken down"
fails "nothing is pinned" 1 test -e /sys/fs/bpf/ownerd
is "open works again" "$(step open open=$E1000)" ok

line ownerd.mode=observe
start_ownerd --mode enforce --reserve $E1000
ok "observe: that enforce does not hold is said" logged \
	"NOT ENFORCING: enforce is asked for, and ownerd.mode=observe on the kernel command line wins"
ok "the mode is observe" logged "observe mode, "
is "open works" "$(step open open=$E1000)" ok
ok "what would be refused is told" logged "open by vfio-hold.*: would be refused in enforce mode"
like "status says by what" "$(ownerctl status)" "mode +observe, by ownerd.mode=observe"
like "doctor too" "$(ownerctl doctor)" "WARN kernel command line: ownerd.mode=observe"
: >$LOG
kill -HUP "$OWNERD"
ok "a reload does not change that" logged "observe mode, "
is "open works" "$(step open open=$E1000)" ok
ok "stopped" stop_ownerd
umount /proc/cmdline

line ownerd.mode=of
start_ownerd --mode enforce --reserve $E1000
ok "a word that is none is told" logged "neither off nor observe: it changes nothing"
is "and changes nothing" "$(step open open=$E1000)" EPERM
stop_ownerd
umount /proc/cmdline
finish
