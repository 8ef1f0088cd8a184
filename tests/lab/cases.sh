# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# Each line of tests/cases/subjects, by which test_decide judges, judged by the kernel, and by `ownerctl
# can`: the three agree.
. ./tap.sh

H=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
J=fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210
U=8f14e45f-ceea-467f-a9c5-0d1c2b3a4e5f
V=8f14e45f_ceea_467f_a9c5_0d1c2b3a4e5f

# become UID:GID[,GID...]: the user "c" is he.
become() {
	become_gids=${1#*:}
	sed -i '/^c:/d' /etc/passwd
	echo "c:x:${1%%:*}:${become_gids%%,*}::/:/bin/sh" >>/etc/passwd
	: >/etc/group
	for become_gid in $(echo "$become_gids" | cut -s -d , -f 2- | tr , ' '); do
		echo "g$become_gid:x:$become_gid:c" >>/etc/group
	done
}
# opens CGROUP: what an open by "c" says there.
opens() {
	mkdir -p "/sys/fs/cgroup$1"
	sh -c 'echo 0 >"$0/cgroup.procs" && exec su c -s /bin/sh -c "exec vfio-hold open=$1"' \
		"/sys/fs/cgroup$1" $NVME | sed -n "s/^open: \([A-Za-z]*\).*/\1/p"
}
# can CGROUP UID:GID[,GID...]: what ownerctl says.
can() {
	can_as="cgroup=$1,uid=${2%%:*},gid=$(echo "${2#*:}" | sed 's/,/,gid=/g')"
	if ownerctl can --as "$can_as" open $NVME >/run/can.out 2>&1; then echo ok; else
		grep -q ^No: /run/can.out && echo EPERM
	fi
}
# allows LISTS: the policy.
allows() {
	cat >/run/policy.yaml <<-END
		version: 1
		mode: enforce
		rules:
		  - name: who
		    devices: [{pci: "$NVME"}]
		    claim: $1
	END
	ownerctl policy apply >/run/apply.out 2>&1 || cat /run/apply.out
}

to_vfio $NVME
chmod 666 "/dev/vfio/$(group_of $NVME)"
become 0:0
printf 'version: 1\nmode: enforce\n' >/run/policy.yaml
start_ownerd --policy /run/policy.yaml
is "before: open works" "$(opens /a)" ok
grep -v '^#' subjects | sed "s/%H/$H/g; s/%J/$J/g; s/%U/$U/g; s/%V/$V/g" >/run/cases
while IFS='|' read -r lists path ids want; do
	allows "$lists"
	become "$ids"
	is "$lists, $ids in $path: $want" "$(opens "$path") $(can "$path" "$ids")" "$want $want"
done </run/cases
ok "no line was left out" [ "$tap_n" -gt 70 ]
printf 'version: 1\n' >/run/policy.yaml
ok "without rules" ownerctl policy apply
become 7:7
is "after: open works" "$(opens /a)" ok
stop_ownerd
finish
