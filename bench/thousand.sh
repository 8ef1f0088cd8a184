# What calls cost beside ownerd where a thousand groups are users', in a lab guest of the topology "thousand" that counts
# instructions.  Prints lines as bench/cost.sh does.
# shellcheck shell=sh disable=SC2086,SC2119,SC2154
# shellcheck source=../../bench/lib.sh
. ./lib.sh

create_functions
keep_free
prepare_calls "$(echo "$functions" | tr ' ' '\n' | head -n 1)"
one=$(echo "$functions" | tr ' ' '\n' | sed -n 2p)
row warm
row many_nothing
give "$one"
hold all="$one"
ownerd_row many_held_1
stop_ownerd
for dev in $functions; do
	case $dev in "$free" | "$one" | "$STUB") continue ;; esac
	give "$dev"
	vfio-hold claim="$dev" hold >/dev/null &
done
sleep 10
ownerd_row many_held
echo "# held $(ownerctl list --json | jq '[.groups[] | select(.owner == "user")] | length')"
stop_ownerd
for n in 1 4096; do
	make_rules $n "$free" >/run/policy.yaml
	ownerd_row "many_rules_$n" --policy /run/policy.yaml
	stop_ownerd
done
row many_nothing
