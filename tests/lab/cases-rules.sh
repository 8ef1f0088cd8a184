# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: what judges is the same)
# Each line of tests/cases/rules, by which test_decide judges, judged by the kernel, and by `ownerctl
# can`: the three agree.
. ./tap.sh

# binds DRIVER: what a bind to E1000 says; what it binds to stays.
binds() {
	unbind $E1000
	case $(bind_error_by_override $E1000 "$1") in
	"") [ "$(driver_of $E1000)" = "$1" ] && echo ok ;;
	"$BIND_DENIED") [ -e $pci/devices/$E1000/driver ] || echo refused ;;
	esac
}
opens() {
	case $(step open open=$E1000) in
	ok) echo ok ;;
	EPERM) echo refused ;;
	esac
}
# can OPERAND...: what ownerctl says.
can() {
	if ownerctl can --as uid=0,gid=0,cgroup=/ "$@" >/run/can.out 2>&1; then echo ok; else
		grep -q ^No: /run/can.out && echo refused
	fi
}
# acts ACT: what the kernel says, and ownerctl.
acts() {
	if [ "$1" = open ]; then
		echo "$(opens) $(can open $E1000)"
	else
		echo "$(binds "$1") $(can bind $E1000 "$1")"
	fi
}
# policy DEFAULTS RULES
policy() {
	printf 'version: 1\nmode: enforce\ndefaults: %s\nrules: %s\n' "$1" "$2" >/run/policy.yaml
	ownerctl policy apply >/run/apply.out 2>&1 || cat /run/apply.out
}

modprobe -a pci-stub uio_pci_generic
host2=$(driver_of $RTL) host3=$(driver_of $PCNET)
is "the host drivers are those of the table" "$host2 $host3" "8139cp pcnet32"
to_vfio $E1000 $RTL $PCNET
printf 'version: 1\nmode: enforce\n' >/run/policy.yaml
is "before: open and bind work" "$(opens) $(binds e1000)" "ok ok"
bind $RTL "$host2" && bind $PCNET "$host3" # seen by ownerd
start_ownerd --policy /run/policy.yaml
to_vfio $RTL $PCNET
last=
grep -v '^#' rules >/run/cases
while IFS='|' read -r defaults rules act want; do
	[ "$last" != uio_pci_generic ] || bind $E1000 e1000 # the rules are about what it had last
	policy "$defaults" "$rules"
	is "$defaults $rules, $act: $want" "$(acts "$act")" "$want $want"
	last=$act
done </run/cases 2>/run/errors
ok "no line was left out" [ "$tap_n" -gt 60 ]
policy '{claim: allow}' '[]'
is "after: open and bind work" "$(opens) $(binds e1000)" "ok ok"
stop_ownerd
finish
