# topology: switch
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# The picture says why devices are one group: ports of a switch without ACS; and who holds it.
. ./tap.sh

start_ownerd --mode observe
group=$(group_of $E1000E)
# boxed GROUP: its part of the picture, on one line.
boxed() {
	ownerctl graph | sed -n "/cluster_$1\"/,/^\t}/p" | tr -d '\n' | sed 's/\\l  / /g'
}

is "the three devices are one group" "$(group_of $NVME),$(group_of $E1000E2)" "$group,$group"
box=$(boxed "$group")
like "one box has them" "$box" "$E1000E.*$NVME.*$E1000E2"
like "said as not isolated" "$box" "not isolated from each other"
like "since a port has no ACS" "$box" "port 0000:02:00.0 has no ACS"
like "and each other" "$box" "port 0000:02:00.2 has no ACS"
like "the line from that port says it too" "$(ownerctl graph)" \
	"\"0000:02:00.0\" -> \"$E1000E\" \[style=dashed.*no ACS"
port=$(group_of 0000:00:07.0)
is "the root port isolates" "$(boxed "$port" | grep -c 'not isolated\|!')" 0
like "it hangs on the root bus" "$(ownerctl graph)" '"pci0000:00" -> "0000:00:07.0"'

ok "its devices go to a user" group_to_vfio $E1000E
ok "who claims it" hold claim=$E1000E
like "is its owner" "$(boxed "$group")" "group $group: owner user"
like "and its holder" "$(ownerctl graph)" "vfio-hold\[$HOLDER\].* -> .*holds group $group"
release
ok "free again" owned $E1000E none
like "nobody's" "$(boxed "$group")" "group $group: owner none"
stop_ownerd
finish
