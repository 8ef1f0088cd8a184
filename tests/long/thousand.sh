# topology: thousand
# flags: --memory 3000 --allow-oops
# More than 1,024 groups, each with a rule of its own: all recorded, and each judged by its rule.
. ./tap.sh

uptime() { cut -d . -f 1 /proc/uptime; }
took() { echo "# $1: $(($(uptime) - $2)) s"; }

echo 0 >/proc/sys/kernel/printk
for pf in "$pci"/devices/*/sriov_totalvfs; do
	echo 0 >"${pf%/*}/sriov_drivers_autoprobe"
	echo 127 >"${pf%/*}/sriov_numvfs"
done
functions() { for path in "$pci"/devices/*/physfn; do basename "${path%/physfn}"; done; }
functions | awk 'BEGIN { print "version: 1\nmode: enforce\nrules:" }
	{ printf "  - {name: \"rule %d\", devices: [{pci: \"%s\"}], claim: {allow: [{uid: %d}]}}\n", NR, $1, NR % 2 }' >/run/policy.yaml
ok "1,016 virtual functions" [ "$(functions | wc -l)" = 1016 ]

before=$(uptime)
ok "ownerd starts, with a rule for each" start_ownerd --policy /run/policy.yaml
took "the start" "$before"
before=$(uptime)
ownerctl list --raw --output GROUP | sort >/run/groups
took "the list" "$before"
is "every group is recorded" "$(cat /run/groups)" "$(sysfs_groups)"
ok "more than 1,024" [ "$(ownerctl list --raw | wc -l)" -gt 1024 ]

# Root is user 0: of the rules with even numbers.
for n in 1 2 507 508 1015 1016; do
	dev=$(functions | sed -n "${n}p")
	to_vfio "$dev"
	want=EPERM
	[ $((n % 2)) = 1 ] || want=ok
	is "rule $n decides for $dev: $want" "$(step open open="$dev")" $want
done
ok "the first is told by its rule" logged 'open by vfio-hold.*refused by ownerd with EPERM: rule "rule 1"'
ok "and the last but one" logged 'open by vfio-hold.*refused by ownerd with EPERM: rule "rule 1015"'
last=$(functions | tail -n 1)
ok "the last is claimed" hold claim="$last"
is "by its holder" "$(record "$last" OWNER,PID)" "$(printf 'user\t%s' "$HOLDER")"
release
is "nothing was lost: no counter says so" \
	"$(ownerctl status --raw | grep -E '^counter.(.*_(dropped|full|failed)|walks_cut|mirrors_unsettled)' |
		grep -v 'ids_full' | grep -cv '	0$')" 0
before=$(uptime)
stop_ownerd
took "verify, and the end" "$before"
finish
