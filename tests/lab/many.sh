# topology: many
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# Many groups: all are recorded, and of many that are held at once each with its holder.
. ./tap.sh

wanted=60
ok "ownerd starts" start_ownerd --mode enforce
is "every group is recorded" "$(ownerctl list --raw --output GROUP | sort)" \
	"$(sysfs_groups)"
ok "more than a hundred" [ "$(ownerctl list --raw | wc -l)" -gt 100 ]

modprobe -a vfio vfio_iommu_type1 vfio-pci
holders=
for path in "$pci/devices/$PF"/virtfn[1-9] "$pci/devices/$PF"/virtfn[1-5][0-9] "$pci/devices/$PF"/virtfn60; do
	dev=$(basename "$(readlink "$path")")
	echo vfio-pci >"$pci/devices/$dev/driver_override"
	echo "$dev" >$pci/drivers/vfio-pci/bind
	vfio-hold claim="$dev" ready="/run/ready.$dev" hold >/dev/null &
	holders="$holders$dev	$!
"
done
all_ready() { [ "$(echo /run/ready.* | wc -w)" = $wanted ]; }
ok "$wanted groups are claimed" wait_for 30 all_ready
is "each is the user's, by its holder's pid" \
	"$(ownerctl list --raw --owner user --output DEVICES,PID | sort)" "$(printf %s "$holders" | sort)"
is "the others are not" "$(ownerctl list --raw --output OWNER | grep -c user)" $wanted

is "nothing was lost: no counter says so" \
	"$(ownerctl status --raw | grep -E '^counter.(.*_(dropped|full|failed)|walks_cut|mirrors_unsettled)' |
		grep -cv '	0$')" 0
printf %s "$holders" | while read -r _ pid; do kill -9 "$pid"; done
nobody_left() { [ "$(ownerctl list --raw --owner user | wc -l)" = 0 ]; }
ok "all are killed: no group is a user's" wait_for 10 nobody_left
stop_ownerd
finish
