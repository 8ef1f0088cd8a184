# topology: sriov
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# Devices come and go while their groups are being read, which records them too: records and
# policies are those of the devices that are there.
. ./tap.sh

numvfs() { echo "$1" >$pci/devices/$PF/sriov_numvfs; }

# What ownerctl and sysfs say of the VFs: "group device policy", a line each.
recorded() {
	ownerctl list --json | jq -r '.groups[] | . as $g | .devices[] |
		select(.name | test("01:00.[1-4]")) |
		"\($g.group) \(.name) \($g.rules | map(.name) | join(","))"' | sort
}
present() {
	for vf in $VF1 $VF2 $VF3 $VF4; do
		case $vf in "$VF4") policy= ;; *) policy="reserve $vf" ;; esac
		echo "$(group_of $vf) $vf $policy"
	done | sort
}

echo 0 >$pci/devices/$PF/sriov_drivers_autoprobe
start_ownerd --mode enforce --reserve $VF1 --reserve $VF2 --reserve $VF3
is "before: records as in sysfs" "$(recorded)" "$(present)"
hammer 300 read $(for vf in $VF1 $VF2 $VF3; do echo $pci/devices/$vf/iommu_group/type; done) &
hammer=$!
wrong=
for i in $(seq 1 8); do
	numvfs 0
	numvfs 4
	[ "$(recorded)" = "$(present)" ] || wrong="$wrong $i"
done
kill $hammer
is "right after each of 8 changes" "$wrong" ""
is "after: records as in sysfs" "$(recorded)" "$(present)"
is "the reserved flag of the groups too" \
	"$(ownerctl list --json | jq '[.groups[] | select(.reserved)] | length')" 3
is "no device without a name, no map called full" "$(ownerctl status --json |
	jq '[.counters[] | select(.name | test("_full|reads_failed")).value] | add')" 0
to_vfio $VF4
is "what nobody reserved opens" "$(step open open=$VF4)" ok
to_vfio $VF1
is "what is reserved does not" "$(step open open=$VF1)" EPERM
fails "no probe that failed passes for a bind" 1 grep -q 'unbind of .* from nvme' $LOG
numvfs 0
is "all gone" "$(recorded)" ""
stop_ownerd
finish
