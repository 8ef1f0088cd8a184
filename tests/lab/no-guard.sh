# topology: shared
# kernels: 5.10 5.10+bpf (since 5.19 the kernel keeps ownership itself)
# flags: --allow-oops
# Before 5.19, with --no-guard: ownerd only says what it would refuse, and what it keeps away happens.
. ./tap.sh

start_ownerd --mode enforce --no-guard
ok "the start says what that means" logged 'no-guard: .*BUG'
is "nobody keeps the owners" "$(ownerctl status --raw | sed -n 's/^arbiter.//p')" nobody
to_vfio $E1000
to_nobody $PCNET
group=$(group_of $E1000)
ok "a claim beside a host driver works" vfio-hold claim=$E1000
ok "and is reported" logged "group $group: claim by vfio-hold.*: would be refused without --no-guard: host drivers are bound"
unbind $RTL
ok "a user claims" hold all=$E1000
fails "dmesg has no BUG" 1 sh -c 'dmesg | grep "kernel BUG"'
(bind $RTL 8139cp) 2>/dev/null
ok "a host driver beside it: kernel BUG" sh -c 'dmesg | grep "kernel BUG at drivers/vfio/vfio.c"'
ok "what led to it was reported" logged "bind of $RTL to 8139cp by sh.*: would be refused without --no-guard: the group is held by vfio-hold\[$HOLDER\]"
echo "1..$tap_n" # the dead writer holds locks: nothing can be taken down in order
exit $tap_failed
