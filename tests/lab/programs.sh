# topology: shared
# Every program loads and attaches, and the next ownerd takes over without a gap.
. ./tap.sh

hooks() { # STATE: how many programs
	ownerctl status --raw --all | awk -v state="$1" '$1 == "hook" && $3 == state { n++ } END { print n + 0 }'
}

ok "--check" ownerd --check
fails "nothing is missing" 1 grep -E '^(fail|      remedy: a kernel)' $TAP_OUT
is "nothing is left attached" "$(ls /sys/fs/bpf)" ""

modprobe vfio-pci # so that the canary of the open can be tried
start_ownerd --mode enforce --reserve $E1000
is "every program is attached" "$(programs_running)" $PROGRAMS
is "none failed or absent" "$(hooks failed) $(hooks absent)" "0 0"
is "by LSM where it is active" "$(ownerctl status --raw | sed -n 's/^attach.//p')" "$ATTACH"
ownerctl doctor >/run/doctor.out 2>&1
like "doctor proves the open's refusal" "$(cat /run/doctor.out)" "canary open.*(pass|refused with EPERM)"
like "and the claim's" "$(cat /run/doctor.out)" "canary claim.*(pass|refused with EPERM)"
fails "and finds no failure" 1 grep -iE '^ *fail' /run/doctor.out

to_vfio $E1000
to_nobody $RTL $PCNET
is "open of the reserved group: EPERM" "$(step open open=$E1000)" EPERM
kill -9 $OWNERD
wait $OWNERD 2>/dev/null
is "ownerd killed: still EPERM" "$(step open open=$E1000)" EPERM
is "and the record can be read" "$(record $E1000 OWNER,POLICY 2>/dev/null)" "$(printf 'none\treserve %s' $E1000)"
# Opens go on while the next ownerd takes over: none may get through.
(while [ ! -e /run/stop ]; do step open open=$E1000; done >/run/opens.out) &
opens=$!
start_ownerd --mode enforce --reserve $E1000
sleep 2
: >/run/stop
wait $opens
ok "the next one takes over, some opens meanwhile" grep -q EPERM /run/opens.out
is "none got through" "$(sort -u /run/opens.out)" EPERM
is "every program is attached" "$(programs_running)" $PROGRAMS
step open open=$E1000 >/dev/null
ok "its refusals are its own" logged "open by vfio-hold.*: refused by ownerd with EPERM"
fails "and none another module's" 1 grep "another security module" $LOG
stop_ownerd keep
start_ownerd --mode enforce
ok "the next one without the policy: the open works" vfio-hold open=$E1000
stop_ownerd
is "nothing is left" "$(ls /sys/fs/bpf)" ""
finish
