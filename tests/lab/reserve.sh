# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# A reserved group never goes to a user: neither its open, by whatever node, nor the claim by a
# descriptor that was there before, from 64-bit and 32-bit callers.
. ./tap.sh

to_vfio $E1000
to_nobody $RTL $PCNET
group=$(group_of $E1000)

fails "a DEVICE that is none: usage" 2 ownerd --reserve 02:zz
like "it is named" "$(ownerd --reserve 02:zz 2>&1)" '"02:zz"'

ok "before: open and claim work" vfio-hold claim=$E1000
ok "before: a node made elsewhere too" vfio-hold select=$E1000 mknod=/run/node0
ok "before: a 32-bit claim too" vfio-hold --compat claim=$E1000

ok "a file opened before" open_before $E1000
start_ownerd --mode enforce --reserve $E1000
like "the record says so" "$(record $E1000 POLICY)" "reserve $E1000"
kill $NATIVE
is "claim by a file from before: EPERM" "$(claim_said native 1)" EPERM
ok "logged as ownerd's" logged "group $group: claim by vfio-hold\[$NATIVE\]: refused by ownerd with EPERM: .*reserved"
kill $COMPAT
is "by a 32-bit call: EPERM" "$(claim_said compat 1)" EPERM
ok "logged as ownerd's" logged "group $group: claim by vfio-hold\[$COMPAT\]: refused by ownerd with EPERM"
is "nobody owns it" "$(owner_of $E1000)" none

is "open: EPERM" "$(step open open=$E1000)" EPERM
ok "logged as ownerd's" logged "group $group: open by vfio-hold.*: refused by ownerd with EPERM: .*reserved"
is "by a node made in /run: EPERM" "$(step mknod select=$E1000 mknod=/run/node1)" EPERM
is "by a node made before: EPERM" "$(step open open=/run/node0)" EPERM
is "by a node on another file system: EPERM" "$(step mknod select=$E1000 mknod=/dev/shm/node)" EPERM
is "by a hard link: EPERM" "$(ln /run/node1 /run/node2 && step open open=/run/node2)" EPERM
fails "why says no" 1 ownerctl why --claim $E1000
like "for that reason" "$(ownerctl why --claim $E1000)" "[Rr]eserve"

ok "meanwhile: a host driver binds in it" bind $RTL 8139cp
ok "meanwhile: and unbinds" unbind $RTL
ok "meanwhile: another group" to_vfio $E1000E
ok "meanwhile: is opened and claimed" vfio-hold claim=$E1000E
ok "meanwhile: and by a 32-bit call" vfio-hold --compat claim=$E1000E
ok "meanwhile: /dev/vfio/vfio opens" vfio-hold container

ok "stopped" stop_ownerd keep
is "what is pinned still refuses: EPERM" "$(step open open=$E1000)" EPERM
ok "--unpin" ownerd --unpin
kill $NATIVE
is "after: the same file claims" "$(claim_said native 2)" ok
wait $NATIVE
kill $COMPAT
is "after: by a 32-bit call too" "$(claim_said compat 2)" ok
wait $COMPAT
ok "after: open and claim work" vfio-hold claim=$E1000
ok "after: by the node made elsewhere" vfio-hold open=/run/node1

start_ownerd --mode observe --reserve $E1000
ok "observe: open and claim work" vfio-hold claim=$E1000
ok "and are logged: open" logged "group $group: open by vfio-hold.*: would be refused in enforce mode: .*reserved"
ok "and claim" logged "group $group: claim by vfio-hold.*: would be refused in enforce mode"
fails "nothing is logged as refused" 1 grep "refused by" $LOG
ok "stopped" stop_ownerd

ok "a holder from before a reserve" hold claim=$E1000
start_ownerd --mode enforce --reserve $E1000
ok "is warned of" logged "group $group is reserved and already held by vfio-hold\[$HOLDER\]"
is "and goes on" "$(owner_of $E1000)" user
release
is "but gets it no more: EPERM" "$(step open open=$E1000)" EPERM
stop_ownerd
finish
