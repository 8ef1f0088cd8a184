# topology: shared
# kernels: 5.10 (since 5.19 the kernel keeps host drivers and users apart)
# Without the guard a user may claim a group in which a host driver is bound, before 5.19: what the driver maps
# for its device from then on is told, with the user and with who called.
. ./tap.sh

up_and_down() {
	name=$(ls "$pci/devices/$1/net")
	ip link set "$name" up && ip link set "$name" down
}
counter() { ownerctl status --json | jq -r ".counters[] | select(.name == \"$1\") | .value"; }
attached() { ownerctl status --raw --all | grep -q '^hook	dma_sg	attached'; }

start_ownerd --mode enforce --no-guard
to_vfio $E1000
to_nobody $PCNET
group=$(group_of $E1000)
ok "a device waits for its user" wait_for 15 attached
ok "before: the host's interface goes up" up_and_down $RTL
is "which concerns nobody" "$(counter kernel_maps)" 0
ok "a user claims the group beside it" hold claim=$E1000
ok "the interface goes up" up_and_down $RTL
ok "that is reported, with the user" \
	logged "group $group: the kernel maps memory for $RTL \(8139cp\).*vfio-hold\[$HOLDER\]"
like "and who called" "$(jq -r 'select(.act == "dma") | .kernel_maps.stack[]?' $JSON)" 'cp_.*\[8139cp\]'
is "as a violation" "$(jq -r 'select(.act == "dma") | "\(.verdict) \(.reason) \(.holder.pid)"' $JSON | sort -u)" \
	"warn user-owned $HOLDER"
count=$(counter kernel_maps)
ok "counted: $count" [ "$count" -gt 50 ]
ok "another's interface goes up" up_and_down $E1000E
is "which is the host's" "$(counter kernel_maps)" "$count"
release
ok "the user is gone: the interface goes up" up_and_down $RTL
is "which concerns nobody again" "$(counter kernel_maps)" "$count"
stop_ownerd
finish
