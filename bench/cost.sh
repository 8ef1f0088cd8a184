# What calls cost beside ownerd, and beside what one would use instead, in a lab guest that counts instructions;
# bench/report makes the table of what this prints.
# shellcheck shell=sh disable=SC2086,SC2034,SC2119
# shellcheck source=../../bench/lib.sh
. ./lib.sh

prepare_calls $RTL "$(ls $pci/devices/$E1000/net)"
row warm # the first frames cost less
row "nothing"
# shellcheck disable=SC2086 # a list of words
beside_empty empty $REFUSING "fentry:$MAPS"
ownerd_row idle
stop_ownerd

to_vfio $SINGLE $SINGLE2
GROUP=/dev/vfio/$(group_of $SINGLE2)
row "nothing"
# shellcheck disable=SC2086,SC2034,SC2119
beside_empty empty $REFUSING "fentry:$MAPS"
ownerd_row waiting
empty --like /sys/fs/bpf/ownerd/links >/run/hooks
stop_ownerd
# shellcheck disable=SC2046
[ ! -s /run/hooks ] || beside_empty hooks $(cat /run/hooks)
hold all=$SINGLE
ownerd_row held
stop_ownerd
for n in 1 16 256 4096; do
	make_rules $n $SINGLE2 >/run/policy.yaml
	ownerd_row "rules_$n" --policy /run/policy.yaml
	stop_ownerd
done
make_rules 1 $SINGLE2 'deny: [{any: true}]' >/run/policy.yaml
start_ownerd --policy /run/policy.yaml
sleep 12
calls refused="$GROUP" again="$GROUP" | sed 's/^/rules_1 /'
stop_ownerd
release
row "nothing"

# The rivals.

row landlock --landlock
row seccomp --seccomp

mkdir /sys/fs/cgroup/devices
WRAPPER="cgroup-deny /sys/fs/cgroup/devices 1000" # refuses none that there is
row cgroup
echo 0 >/sys/fs/cgroup/cgroup.procs
WRAPPER=

printf 'profile calls %s flags=(attach_disconnected) {\n\tfile,\n\tcapability,\n\tnetwork,\n\tptrace,\n\tsignal,\n}\n' "$(command -v calls)" >/run/profile
apparmor_parser -K -a /run/profile 2>/dev/null
row apparmor
apparmor_parser -R /run/profile 2>/dev/null

bpftrace -e 'kprobe:security_file_open,kprobe:security_file_ioctl { @n = count(); }' >/run/bpftrace 2>&1 &
beside=$!
wait_for 120 grep -q Attaching /run/bpftrace
sleep 20 # it says so before it does it
row kprobe
kill $beside
wait $beside

# To the end: what audit costs, it goes on costing.
mkdir -p /etc/audit/plugins.d /var/log/audit
ln -s /run /var/run
cat >/etc/audit/auditd.conf <<-'END'
	log_file = /var/log/audit/audit.log
	log_format = RAW
	flush = NONE
	max_log_file = 64
	num_logs = 2
	space_left = 2
	admin_space_left = 1
END
chmod 640 /etc/audit/auditd.conf
auditd -n &
wait_for 30 test -e /run/auditd.pid
auditctl -e 1 -b 8192 >/dev/null
row audit
auditctl -w /dev/vfio -p rwa -k vfio
row watch
grep -q 'key="vfio"' /var/log/audit/audit.log || echo "# auditd has logged nothing"
