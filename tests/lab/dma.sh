# topology: shared
# The kernel maps memory for a device whose group policy keeps for users: reported, with who called.
. ./tap.sh

policy() {
	printf 'version: 1\nmode: enforce\n'
	[ $# = 0 ] || echo rules:
	for rule; do printf '  - %s\n' "$rule"; done
}
apply() { policy "$@" >/run/new.yaml && ownerctl policy apply /run/new.yaml; }
hook() { ownerctl status --raw --all | sed -nE "s/^hook	dma_block	([a-z]*).*/\1/p"; }
counter() { ownerctl status --json | jq -r ".counters[] | select(.name == \"$1\") | .value"; }
# The driver allocates rings and maps a buffer for each of their entries.
up_and_down() {
	name=$(ls "$pci/devices/$1/net")
	ip link set "$name" up && ip link set "$name" down
}
maps() { ownerctl show "$1" --json | jq "[.group.kernel_maps // [] | .[].$2] | add // 0"; }
for_users="{name: for users, devices: [{pci: \"$E1000\"}], bind: {allow: [vfio-pci]}}"

policy >/run/policy.yaml
start_ownerd --policy /run/policy.yaml
is "nothing is a user's: the functions are not there" "$(hook)" waiting
ok "a host's interface goes up" up_and_down $E1000
is "which concerns nobody" "$(counter kernel_maps)" 0

ok "the group is for users, too late" apply "$for_users"
is "now they are" "$(hook)" attached
ok "the interface goes up" up_and_down $E1000
ok "that is reported" logged "group $(group_of $E1000): the kernel maps memory for $E1000 \(e1000\).*rule \"for users\""
like "with who called" "$(jq -r 'select(.act == "dma") | .kernel_maps.stack[]?' $JSON)" 'e1000_.*\[e1000\]'
like "rings too" "$(jq -r 'select(.act == "dma") | .kernel_maps.stack[]?' $JSON)" 'e1000_setup_.*\[e1000\]'
ok "every caller once" [ "$(grep -c '"act":"dma"' $JSON)" -lt 10 ]
count=$(maps $E1000 count) bytes=$(maps $E1000 bytes)
ok "all are counted: $count, $bytes bytes" [ "$count" -gt 250 ]
is "by the counter too" "$(counter kernel_maps)" "$count"
is "and by the metric" "$(ownerctl metrics | sed -n 's/^ownerd_kernel_maps_total //p')" "$count"
ok "a ring's buffers at least" [ "$bytes" -gt 250000 ]
like "show says who" "$(ownerctl show $E1000)" 'kernel maps +[0-9]+ for .*(bytes|KiB|MiB), the last'
ok "another's interface goes up" up_and_down $E1000E
is "which is the host's" "$(maps $E1000E count)" 0

ok "the group is for all" apply
is "the functions are gone" "$(hook)" waiting
ok "the interface goes up" up_and_down $E1000
is "and nothing is counted" "$(maps $E1000 count)" "$count"

# In observe mode a driver may come: what it maps in its probe is seen.
observe() { policy "$@" | sed 's/enforce/observe/' >/run/new.yaml && ownerctl policy apply /run/new.yaml; }
to_nobody $NVME
ok "a group without a driver is for users" observe "{name: for users, devices: [{pci: \"$NVME\"}], bind: {allow: [vfio-pci]}}"
is "they are there before one is" "$(hook)" attached
ok "the host's comes, which enforce mode would refuse" bind $NVME nvme
probed() { [ "$(maps $NVME count)" -gt 0 ]; }
ok "what its probe maps is counted" wait_for 30 probed
ok "the group is for all again" apply

# What cannot be attached is said once, however often it is wanted, and tried again when it was not.
mkdir /sys/fs/bpf/ownerd/links/dma_block
to_vfio $NVME
failed() { [ "$(hook)" = failed ]; }
ok "a pin is in the way: it fails" wait_for 10 failed
ok "which is said" logged "dma_block \(sees maps by the kernel\) cannot be attached: File exists"
sleep 11
is "once" "$(grep -c 'dma_block.*cannot be attached' $LOG)" 1
rmdir /sys/fs/bpf/ownerd/links/dma_block
to_nobody $NVME
rests() { [ "$(hook)" = waiting ]; }
ok "no device waits" wait_for 15 rests

to_vfio $NVME
waits() { [ "$(hook)" = attached ]; }
ok "a device waits for its user: they are there before he comes" wait_for 10 waits
hold claim=$NVME
ok "a user has it: another's interface goes up" up_and_down $E1000E
is "which is the host's still" "$(maps $E1000E count)" 0
is "nothing is lost" "$(counter stacks_lost) $(counter kernel_maps_full)" "0 0"
kill $HOLDER
wait $HOLDER 2>/dev/null
stop_ownerd
finish
