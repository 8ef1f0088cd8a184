# topology: host
# What a disk's controller reads to is a list of pieces: of all of them the kernel's maps are told.
. ./tap.sh

device=0000:03:00.0
bytes() { ownerctl show $device --json | jq '[.group.kernel_maps // [] | .[].bytes] | add // 0'; }
# Two controllers are probed at once, and the first to come is nvme0.
disk=$(wait_for 10 test -d /sys/bus/pci/devices/$device/nvme && ls /sys/bus/pci/devices/$device/nvme)n1
reads() { dd if="/dev/$disk" of=/dev/null bs=1M count=8 skip="$1" 2>/dev/null; } # MIB: from there

ok "there is a disk" wait_for 10 test -b "/dev/$disk"
start_ownerd
ok "the host reads from it" reads 0
is "which concerns nobody" "$(bytes)" 0
printf 'version: 1\nmode: enforce\nrules:\n  - {name: a disk, devices: [{pci: "%s"}], bind: {allow: [vfio-pci]}}\n' \
	$device >/run/policy.yaml
ok "its group is for users, too late" ownerctl policy apply /run/policy.yaml
ok "the host reads what it has not read yet" reads 32
read=$(bytes)
ok "all of it is mapped, and told: $read bytes" [ "$read" -ge $((8 << 20)) ]
ok "by whom" logged "the kernel maps memory for $device \(nvme\).*rule \"a disk\""
stop_ownerd
finish
