# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough for what examples/ says)
# The policies of examples/, as they are but for the addresses and names of this guest's devices, and
# enforced: what each rule promises. That of sriov-k8s.yaml is in examples-sriov.sh.
. ./tap.sh

# example NAME SED...: applies it so.  None of its own devices is left.
example() {
	example_file=$1.yaml
	shift
	sed -e 's/^mode: observe$/mode: enforce/' "$@" "$example_file" >/run/policy.yaml
	! grep -v '^ *#' /run/policy.yaml | grep -E '0000:(3b|af|5e|81|41|01)|class: "03"' &&
		ownerctl policy apply /run/policy.yaml
}
# claims CGROUP DEV: what a claim says there.
claims() {
	mkdir -p "/sys/fs/cgroup$1"
	sh -c 'echo 0 >"$0/cgroup.procs" && exec vfio-hold claim="$1"' "/sys/fs/cgroup$1" "$2" | said
}
said() {
	sed -nE 's/^(open|set-container): ([A-Za-z]*).*/\2/p' | tail -n 1
}
tester() { # CGROUP DEV: the same of an open by user 1000
	chmod 666 "/dev/vfio/$(group_of "$2")"
	sh -c 'echo 0 >/sys/fs/cgroup/$0/cgroup.procs && exec su tester -s /bin/sh -c "vfio-hold open=$1"' "$1" "$2" | said
}
refused() { # DEV ACT RULE
	logged "group $(group_of "$1"): $2.*: refused by ownerd with E[A-Z]*: rule \"$3\""
}
machine() {
	printf '/machine.slice/machine-qemu\\x2d1\\x2d%s.scope/libvirt/emulator' "$(echo "$1" | sed 's/-/\\x2d/g')"
}
# host_binds DEV DRIVER: the error of a bind; what binds goes back to vfio-pci.
host_binds() {
	unbind "$1"
	bind_error "$1" "$2"
	to_vfio "$1"
}
ends() {
	ok "no rules" ownerctl policy apply /run/none.yaml
	is "after: root claims" "$(claims / $E1000E) $(claims / $NVME)" "ok ok"
	is "after: the host driver binds" "$(host_binds $E1000E e1000e)" ""
}

to_vfio $E1000 $RTL $PCNET $E1000E $NVME
echo "tester:x:1000:1000::/:/bin/sh" >>/etc/passwd
printf 'version: 1\nmode: enforce\n' >/run/none.yaml
start_ownerd --policy /run/none.yaml
is "before: root claims" "$(claims / $E1000) $(claims / $E1000E) $(claims / $NVME)" "ok ok ok"
is "before: the host driver binds" "$(host_binds $E1000E e1000e)" ""

ok "gpu-host" example gpu-host -e "s/0000:3b:00.0/$E1000E/; s/0000:af:00.0/$NVME/; s/class: \"03\"/class: \"02\"/"
is "gpu0: its tenant's machine" "$(claims "$(machine tenant-a1)" $E1000E)" ok
is "root does not: EPERM" "$(claims / $E1000E)" EPERM
ok "by that rule" refused $E1000E "open by vfio-hold" "gpu0 belongs to tenant-a"
is "nor the other tenant: EPERM" "$(claims "$(machine tenant-b1)" $E1000E)" EPERM
is "its host driver: refused" "$(host_binds $E1000E e1000e)" "$BIND_DENIED"
ok "by that rule" refused $E1000E "bind of $E1000E to e1000e" "gpu0 belongs to tenant-a"
mkdir -p "/sys/fs/cgroup$(machine tenant-a1)"
sh -c 'echo 0 >"$0/cgroup.procs" && exec vfio-hold claim="$1" ready=/run/held hold' \
	"/sys/fs/cgroup$(machine tenant-a1)" $E1000E >/dev/null &
holder=$!
wait_for 10 test -e /run/held
is "while it is in use: not unbound" "$(write_error $E1000E $pci/drivers/vfio-pci/unbind)" "Operation not permitted"
kill $holder
wait $holder
is "gpu1: the other tenant" "$(claims "$(machine tenant-b1)" $NVME)" ok
is "not the first: EPERM" "$(claims "$(machine tenant-a1)" $NVME)" EPERM
is "the other cards: no machine: EPERM" "$(claims "$(machine tenant-a1)" $E1000)" EPERM
ok "by that rule" refused $E1000 "open by vfio-hold" "the host keeps its displays"
is "their host driver binds" "$(host_binds $E1000 e1000)" ""
ends

ok "dpdk" example dpdk -e "s/0000:5e:00.0/$E1000/; s/0000:5e:00.1/$RTL/; s/0000:81:00.0/$E1000E/"
unit=/system.slice/system-dpdk.slice/dpdk@0.service
is "ports: the forwarder" "$(claims $unit $E1000)" ok
is "root's shell: EPERM" "$(claims /user.slice/user-0.slice/session-1.scope $E1000)" EPERM
ok "by that rule" refused $E1000 "open by vfio-hold" "ports are for the forwarders"
is "their host driver: refused" "$(host_binds $RTL 8139cp)" "$BIND_DENIED"
is "test port: not the unit as root: EPERM" "$(claims /system.slice/testpmd.service $E1000E)" EPERM
ok "by that rule" refused $E1000E "open by vfio-hold" "the test port is for testers"
is "the unit as its user" "$(tester system.slice/testpmd.service $E1000E)" ok
is "the user alone: EPERM" "$(tester user.slice $E1000E)" EPERM
is "root's shell" "$(claims /user.slice/user-0.slice/session-1.scope $E1000E)" ok
is "storage: the forwarder: EPERM" "$(claims $unit $NVME)" EPERM
ok "by that rule" refused $NVME "open by vfio-hold" "storage never leaves the host"
is "its host driver binds" "$(host_binds $NVME nvme)" ""
ends

ok "libvirt" example libvirt -e "s/0000:01:00.0/$E1000E/; s/0000:41:10/${E1000%.*}/; s/0000:41:11/${RTL%.*}/"
is "the card: its machine" "$(claims "$(machine win10)" $E1000E)" ok
is "another: EPERM" "$(claims "$(machine web1)" $E1000E)" EPERM
ok "by that rule" refused $E1000E "open by vfio-hold" "the video card is win10's"
is "functions: a web machine" "$(claims "$(machine web-blue)" $E1000)" ok
is "another: EPERM" "$(claims "$(machine win10)" $E1000)" EPERM
ok "by that rule" refused $E1000 "open by vfio-hold" "network functions are for web machines"
is "a container of that name: EPERM" "$(claims /machine.slice/machine-web1.scope $E1000)" EPERM
is "what no rule speaks of: EPERM" "$(claims "$(machine win10)" $NVME)" EPERM
ok "by default" logged "group $(group_of $NVME): open by .*: no rule allows it, and the policy's default is to deny"
is "host drivers bind as ever" "$(host_binds $E1000E e1000e)$(host_binds $NVME nvme)" ""
ends
stop_ownerd
finish
