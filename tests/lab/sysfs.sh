# topology: sriov
# also: 5.10+bpf
# Nobody pulls a device from under its user by sysfs: who tries is refused, with the holder's name in
# the log, instead of waiting for the user for ever. And nobody but the holder reaches the device past
# its user. The programs for it run only while a policy needs them.
. ./tap.sh

# policy [RULE]...
policy() {
	printf 'version: 1\nmode: %s\nrules:\n' "$mode"
	for rule; do printf '  - %s\n' "$rule"; done
}
apply() {
	policy "$@" >/run/policy.yaml
	ownerctl policy apply /run/policy.yaml
}
hooks() { ownerctl status --raw --all | sed -nE "s/^hook	(written|mapped)	([a-z]*).*/\2/p" | tr '\n' ' '; }
counter() { ownerctl status --json | jq -r ".counters[] | select(.name == \"$1\") | .value"; }
file() { echo "$pci/devices/$1"; }
poked() { poke "$@" 2>/dev/null; }
killed() {
	kill -9 "$OWNERD"
	wait "$OWNERD" 2>/dev/null
}

held="{name: in use, devices: [{pci: \"*\"}], sysfs: {deny-while-owned: [unbind, remove, reset,
      driver_override, new_id, sriov_numvfs, resource, config]}}"
stays="{name: the third stays, devices: [{pci: \"$VF3\"}], sysfs: {deny: [resource, config, driver_override]}}"
other="{name: other, devices: [{pci: \"$VF4\"}], claim: {allow: [{uid: 0}]}}"
unbind=$pci/drivers/vfio-pci/unbind new_id=$pci/drivers/vfio-pci/new_id
NO="Operation not permitted"

to_vfio $VF1 $VF2 $VF4
group=$(group_of $VF1)
id=$(sed 's/0x//' "$(file $VF1/vendor)") && id="$id $(sed 's/0x//' "$(file $VF1/device)")"
command=$(hexdump -s 4 -n 1 -e '1/1 "%02x"' "$(file $VF1/config)")
hold claim=$VF1
is "before: another process maps the user's device" "$(poked mmap "$(file $VF1/resource0)")" ok
is "and writes to its configuration" "$(write_error "" "$(file $VF1/config)")" ""
is "and to driver_override" "$(write_error vfio-pci "$(file $VF1/driver_override)")" ""

mode=observe
policy "$other" >/run/policy.yaml
start_ownerd --policy /run/policy.yaml
is "a policy without sysfs: its programs wait" "$(hooks)" "waiting waiting "
like "and are not missing" "$(ownerctl status)" "hooks +([0-9]+) of \1 attached"
ok "observe: a policy with it" apply "$stays" "$held"
is "now they run" "$(hooks)" "attached attached "
is "maps are let pass" "$(poked mmap "$(file $VF1/resource0)")" ok
ok "and logged" logged "group $group: access to resource of $VF1 by poke.*: would be refused in enforce mode: rule \"in use\""

mode=enforce
ok "enforce" apply "$stays" "$held"
is "unbind: EPERM, and no waiting" "$(write_error $VF1 "$unbind")" "$NO"
ok "logged with the holder" \
	logged "group $group: write to unbind of $VF1 by sh.*: refused by ownerd with EPERM: rule \"in use\" \(policy.yaml:5\), and the group is held by vfio-hold\[$HOLDER\]"
for how in write32 pwrite writev splice; do
	is "$how to unbind: EPERM" "$(poked $how "$unbind" $VF1)" EPERM
done
is "what cannot be read is counted" "$(counter writes_unreadable)" 2
for name in reset driver_override; do
	is "$name: EPERM" "$(write_error 1 "$(file $VF1/$name)")" "$NO"
done
is "its configuration: EPERM" "$(poked write "$(file $VF1/config)" x)" EPERM
is "its resource: EPERM" "$(poked mmap "$(file $VF1/resource0)")" EPERM
is "new_id of its vendor and device: EPERM" "$(write_error "$id" "$new_id")" "$NO"
is "with 0x and a class: EPERM" "$(write_error "0x${id% *} 0x${id#* } 0 0 1 0" "$new_id")" "$NO"
is "the functions' number: EPERM" "$(write_error 0 "$(file $PF/sriov_numvfs)")" "$NO"
ok "since this one is held" logged "group $group: write to sriov_numvfs of $VF1 by sh.*, and the group is held by vfio-hold"
is "the end of all functions' driver: EPERM" "$(write_error $PF $pci/drivers/nvme/unbind)" "$NO"
is "the removal of them all: EPERM" "$(write_error 1 "$(file $PF/remove)")" "$NO"
is "the third, nobody's, is not mapped: EPERM" "$(poked mmap "$(file $VF3/resource0)")" EPERM
is "nor written to: EPERM" "$(poked write "$(file $VF3/config)" x)" EPERM
like "why says so" "$(ownerctl why $VF3)" "poke.* tried to get at config of $VF3 in sysfs: refused by ownerd, by rule \"the third stays\""
is "the log has the file" "$(jq -r 'select(.act == "sysfs") | .file' $JSON | sort -u | tr '\n' ' ')" \
	"config driver_override new_id remove reset resource sriov_numvfs unbind "

is "meanwhile: one that nobody holds is unbound" "$(write_error $VF2 "$unbind")" ""
is "and mapped" "$(poked mmap "$(file $VF2/resource0)")" ok
is "and its driver_override is written" "$(write_error vfio-pci "$(file $VF2/driver_override)")" ""
is "another vendor's new_id is written" "$(write_error "1234 5678" "$new_id")" ""
is "what sysfs is not is written" "$(write_error x /run/written)" ""
is "the device's other files are" "$(write_error on "$(file $VF1/power/control)")" ""
is "the configuration is read" "$(hexdump -s 4 -n 1 -e '1/1 "%02x"' "$(file $VF1/config)")" "$command"

killed
is "ownerd killed: EPERM" "$(write_error $VF1 "$unbind")" "$NO"
start_ownerd --policy /run/policy.yaml
is "ownerd again: EPERM" "$(write_error $VF1 "$unbind")" "$NO"
is "its programs run on" "$(hooks)" "attached attached "
killed
pin=$(ls -i /sys/fs/bpf/ownerd/links/written)
policy "$other" >/run/policy.yaml
start_ownerd --policy /run/policy.yaml
is "ownerd again, with a policy that needs none: not taken off before the switch" \
	"$(ls -i /sys/fs/bpf/ownerd/links/written)" "$pin"
is "driver_override is written" "$(write_error vfio-pci "$(file $VF1/driver_override)")" ""
is "they run for the way back" "$(hooks)" "attached attached "
ok "one more" apply "$other" "{name: more, devices: [{pci: \"$VF3\"}], claim: {allow: [{uid: 0}]}}"
is "now they wait" "$(hooks)" "waiting waiting "
ok "and the first again" apply "$stays" "$held"
is "now they run" "$(hooks)" "attached attached "
is "EPERM" "$(write_error $VF1 "$unbind")" "$NO"

# Opened while it was nobody's.
release
is "released: nobody's" "$(owner_of $VF1)" none
mkfifo /run/late
poke late "$unbind" $VF1 </run/late >/run/late.out &
late=$!
exec 3>/run/late
hold claim=$VF1
echo >&3
exec 3>&-
wait $late
is "held again: EPERM for who had opened it before" "$(cat /run/late.out)" EPERM
release
hold "claim=$VF1" "poke=$(file $VF1/config)"
like "its holder writes to the configuration" "$(cat /run/hold.out)" "^poke: ok"
release
is "works again: unbind" "$(write_error $VF1 "$unbind")" ""
is "and the functions go" "$(write_error 0 "$(file $PF/sriov_numvfs)")" ""
stop_ownerd
finish
