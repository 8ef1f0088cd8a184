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

# A descriptor that is handed over; and sysfs, of a device and of a driver, which is no group's.
ok "another module, against descriptors" other receive
vfio-hold receive=/run/pass >/run/got.out 2>&1 &
receiver=$!
wait_for 10 test -S /run/pass
vfio-hold claim=$E1000 pass=/run/pass >/dev/null 2>&1
wait $receiver
ok "a hand-over: reported as its" logged \
	"group $group: hand-over of its descriptor to vfio-hold\[$receiver\]: refused by another security module with EACCES"
like "with who has it" "$(grep '"act":"receive","verdict":"deny"' $JSON)" '"owner":"user".*"holder":.*"comm":"vfio-hold"'
like "why" "$(ownerctl why $E1000)" \
	'was to get a descriptor of it from another process: refused by another security module'
ok "it ends" no_other

ok "another module, against writes to sysfs" other sysfs
fails "a device's file" 1 sh -c "echo >$pci/devices/$E1000/driver_override"
ok "reported as its" logged \
	"group $group: open of driver_override of $E1000 by sh.*: refused by another security module with EACCES"
fails "a driver's" 1 sh -c "echo $E1000 >$pci/drivers/vfio-pci/unbind"
ok "reported as its, of no group" logged \
	"driver vfio-pci: open of unbind by sh.*: refused by another security module with EACCES"
fails "the file by which a driver is bound" 1 sh -c "echo $RTL >$pci/drivers/vfio-pci/bind"
ok "too" logged "driver vfio-pci: open of bind by sh.*: refused by another security module"
like "why, of who is bound to it" "$(ownerctl why $E1000)" \
	'sh\[[0-9]+\] .* tried to open unbind of the driver vfio-pci in sysfs: refused by another security module'
like "and of who may be" "$(ownerctl why $RTL)" 'tried to open bind of the driver vfio-pci in sysfs'
fails "another driver's" 1 sh -c "echo $NVME >$pci/drivers/nvme/unbind"
ok "is logged too" logged "driver nvme: open of unbind by sh"
fails "and nobody's here who is not bound to it" 1 sh -c "ownerctl why $E1000 | grep -q 'the driver nvme'"
ok "it may be read" cat $pci/devices/$E1000/driver_override
ok "a driver on a bus of no groups" test -e /sys/bus/serio/drivers/atkbd/unbind
fails "refused too" 1 sh -c "echo x >/sys/bus/serio/drivers/atkbd/unbind"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo $RTL >$pci/drivers/nvme/bind; done 2>/dev/null
ok "what is told in all" logged "driver nvme: open of bind by sh.*repeats"
is "is not that: it is nobody's business" "$(grep -c atkbd $LOG)" 0
grep '"act":"suppress".*"driver":"nvme"' $JSON | head -n 1 | sed 's/^/# record: /'
ok "the record of what repeats says which driver" grep -q '"act":"suppress".*"driver":"nvme"' $JSON
grep "\"driver\":\"vfio-pci\",\"by\"" $JSON | head -n 1 | sed 's/^/# record: /'
like "an event says which driver" "$(grep "\"driver\":\"vfio-pci\",\"by\"" $JSON | head -n 1)" \
	'"act":"sysfs",.*"file":"unbind","driver":"vfio-pci","by":"lsm"'
ok "it ends" no_other
ok "after: it is unbound" sh -c "echo $E1000 >$pci/drivers/vfio-pci/unbind"
stop_ownerd
finish
