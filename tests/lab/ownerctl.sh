# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# ownerctl against the real daemon: each command, its words, its statuses.
. ./tap.sh

echo "nobody:x:65534:65534::/:/bin/sh" >>/etc/passwd
start_ownerd --mode enforce --reserve $NVME
group=$(group_of $E1000)
to_vfio $E1000
unbind $RTL
unbind $PCNET

like "list names owner, devices, drivers" "$(ownerctl)" "$E1000 +vfio-pci"
ok "list --json is JSON" sh -c 'ownerctl list --json | jq -e ".groups | length > 5"'
is "list --owner" "$(ownerctl list --raw --no-headings --output GROUP --owner user | wc -l)" 0
is "list --driver" "$(ownerctl list --raw --no-headings --output GROUP --driver vfio-pci)" "$group"
fails "no such group: 2" 2 ownerctl show 99
like "and names it" "$(ownerctl show 99 2>&1)" '99'
fails "no such device: 2" 2 ownerctl show 0000:ff:1f.7
fails "no such command: 2" 2 ownerctl lits
is "no colour in a pipe" "$(ownerctl | grep -c "$(printf '\033')")" 0

ok "free: why has no objection" ownerctl why $E1000
hold all=$E1000
fails "held: why says no: 1" 1 ownerctl why $E1000
why=$(ownerctl why $E1000)
like "and names the holder" "$why" "vfio-hold\[$HOLDER\]"
echo $RTL >/sys/bus/pci/drivers/8139cp/bind
why=$(ownerctl why $RTL)
like "the last refusal" "$why" "refused by $KEEPER"
like "what was tried" "$why" "8139cp"
to_vfio $NVME
vfio-hold open=$NVME >/dev/null
like "the last refusal: by ownerd" "$(ownerctl why $NVME)" 'refused by ownerd'
like "and the policy" "$(ownerctl why $NVME)" 'reserve'

show=$(ownerctl show $E1000)
like "show: holder" "$show" "vfio-hold"
like "show: who has it open" "$show" "$HOLDER"

ownerctl watch --json >/run/watch.out &
watch=$!
usleep 500000
release
wait_for 5 grep -q '"act":"release"' /run/watch.out
ok "watch --json: the release, on one line of JSON" \
	sh -c 'grep "\"act\": *\"release\"" /run/watch.out | jq -e .group'
kill $watch

like "status: mode and hooks" "$(ownerctl status)" 'enforce'
is "every hook is attached" "$(programs_running)" $PROGRAMS
fails "doctor passes, or warns of fmod_ret" "$DOCTOR" ownerctl doctor
like "doctor proves an open refused" "$(ownerctl doctor)" 'PASS +canary open.*refused with EPERM'
like "doctor proves a claim refused" "$(ownerctl doctor)" 'PASS +canary claim.*refused with EPERM'
like "others may not ask" "$(su nobody -s /bin/sh -c 'ownerctl list' 2>&1)" 'not allowed.*run this as root'
stop_ownerd
fails "doctor without the daemon: 1" 1 ownerctl doctor
finish
