# topology: shared
# kernels: 5.10+bpf 6.1 6.12 7.3 (the other module needs bpf among the LSMs)
# Another security module refuses an open, or a claim: its errno stands, and the report says that it was not
# ownerd's. Which of two refusing modules is asked first is the kernel's choice; one is reported.
. ./tap.sh

to_vfio $E1000 $E1000E
to_nobody $RTL $PCNET
major=$(sed -n 's/ vfio$//p' /proc/devices | tr -d ' ')
group=$(group_of $E1000)
reserved=$(group_of $E1000E)

other() { # starts the other module, against "open" or "claim"
	rm -f /run/other.out
	lsm-deny "$major" "$1" >/run/other.out 2>&1 &
	other=$!
	wait_for 10 grep -q attached /run/other.out
}
no_other() { kill $other && { wait $other 2>/dev/null || true; }; }
refusals() { grep -c "group $1: open by .*refused by" $LOG; }

start_ownerd --mode enforce --reserve $E1000E
ok "before: the open works" vfio-hold open=$E1000
ok "another module, after ownerd" other open
is "open: its EACCES" "$(step open open=$E1000)" EACCES
ok "reported as its" logged \
	"group $group: open by vfio-hold.*: refused by another security module with EACCES"
is "once" "$(refusals "$group")" 1
like "also in the record" "$(ownerctl show --json $E1000 | tr -d ' \n')" \
	'"refused":.*"verdict":"deny","by":"lsm","reason":"other-lsm","error":13,"errno":"EACCES"'
like "a group that both refuse" "$(step open open=$E1000E)" "^(EPERM|EACCES)$"
ok "is reported" logged "group $reserved: open by vfio-hold.*: refused by"
is "once" "$(refusals "$reserved")" 1
ok "meanwhile: what it does not refuse opens" vfio-hold container
ok "it ends" no_other
ok "after: the open works" wait_for 10 vfio-hold open=$E1000
is "the reserved one: EPERM" "$(step open open=$E1000E)" EPERM
ok "logged as ownerd's" logged "group $reserved: open by vfio-hold.*: refused by ownerd with EPERM"
stop_ownerd

ok "another module, before ownerd" other open
start_ownerd --mode enforce --reserve $E1000E
is "open: its EACCES" "$(step open open=$E1000)" EACCES
ok "reported as its" logged \
	"group $group: open by vfio-hold.*: refused by another security module with EACCES"
like "a group that both refuse" "$(step open open=$E1000E)" "^(EPERM|EACCES)$"
ok "is reported" logged "group $reserved: open by vfio-hold.*: refused by"
is "once" "$(refusals "$reserved")" 1
ok "it ends" no_other
ok "after: the open works" wait_for 10 vfio-hold open=$E1000
is "the reserved one: ownerd's EPERM" "$(step open open=$E1000E)" EPERM

ok "another module, against claims" other claim
is "claim: its EACCES" "$(step set-container claim=$E1000)" EACCES
ok "reported as its" logged \
	"group $group: claim by vfio-hold.*: refused by another security module with EACCES"
is "32-bit claim: its EACCES" "$(step set-container --compat claim=$E1000)" EACCES
is "each once" "$(grep -c "group $group: claim by .*refused by" $LOG)" 2
ok "meanwhile: the open works" vfio-hold open=$E1000
ok "it ends" no_other
ok "after: the claim works" wait_for 10 vfio-hold claim=$E1000
stop_ownerd
finish
