# topology: shared
# kernels: 5.10 6.1 6.12 (with bpf among the LSMs there is no need; 7.3 is preemptible, see preempt)
# append: lsm=lockdown,capability
# Without bpf among the active LSMs the same refusals are made by fmod_ret.
. ./tap.sh

fails "bpf is no active LSM" 1 grep -q bpf /sys/kernel/security/lsm
to_vfio $E1000 $E1000E
to_nobody $RTL $PCNET
ok "before: open and claim work" vfio-hold claim=$E1000E

open_before $E1000E

ok "ownerd enforces" start_ownerd --mode enforce --reserve $E1000E --dedicate $E1000
like "by fmod_ret" "$(ownerctl status --raw)" '^attach.fmod_ret$'
is "every program is attached" "$(programs_running)" $PROGRAMS
kill $NATIVE
is "claim of the reserved group: EPERM" "$(claim_said native 1)" EPERM
kill $COMPAT
is "by a 32-bit call: EPERM" "$(claim_said compat 1)" EPERM
ok "logged as ownerd's" logged "claim by vfio-hold\[$COMPAT\]: refused by ownerd with EPERM"
is "open: EPERM" "$(step open open=$E1000E)" EPERM
ok "logged as ownerd's" logged "open by vfio-hold.*: refused by ownerd with EPERM"
is "by a node made elsewhere: EPERM" "$(step mknod select=$E1000E mknod=/run/node)" EPERM
is "bind in the dedicated group: ENOMEM" "$(bind_error $RTL 8139cp)" "$BIND_DENIED"
ok "logged as ownerd's" logged "bind of $RTL to 8139cp by sh.*: refused by ownerd with EBUSY"
fails "no driver" 1 driver_of $RTL
fails "no refusal is taken for another module's" 1 grep "another security module" $LOG

ok "meanwhile: the dedicated group is claimed" hold all=$E1000
is "meanwhile: and the user's" "$(record $E1000 OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
is "the kernel refuses beside it: EBUSY" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
ok "reported as the kernel's" logged "bind of $RTL to 8139cp by sh.*: refused by $KEEPER with EBUSY"
release
ok "meanwhile: a driver binds elsewhere" unbind $NVME
ok "meanwhile: so" bind $NVME nvme

stop_ownerd
kill $NATIVE
is "after: the same file claims" "$(claim_said native 2)" ok
wait $NATIVE
kill $COMPAT
is "after: by a 32-bit call too" "$(claim_said compat 2)" ok
wait $COMPAT
ok "after: the bind works" bind $RTL 8139cp
finish
