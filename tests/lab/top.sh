# topology: shared
# How many bytes users have mapped, without any policy: exact whatever succeeds, fails or dies.
. ./tap.sh

mib() { echo $(($1 * 1024 * 1024)); }
# mapped DEV N: its user has so many mappings; who has what open is a second old at most.
mapped() { [ "$(ownerctl show --json "$1" | jq .group.maps.mappings)" = "$2" ]; }
bytes() { ownerctl show --json "${1:-$NVME}" | jq .group.maps.bytes; }
hook() { ownerctl status --raw --all | sed -nE "s/^hook	map_ends	([a-z]*).*/\1/p"; }
attached() { [ "$(hook)" = attached ]; }
waiting() { [ "$(hook)" = waiting ]; }
mapped_ever() { [ "$(ownerctl show --json "$1" | jq .group.maps.mapped)" -gt 0 ]; }
next() { kill "$HOLDER" && wait_for 10 test -e "/run/$1"; }

start_ownerd
is "before: nobody counts" "$(hook)" waiting
is "there are no users" "$(ownerctl top --json | jq -c .groups)" "[]"
to_vfio $NVME $E1000E
ok "a device waits for its user: counted from now on" wait_for 15 attached

hold --keep-going claim=$NVME set-iommu map=3M \
	ready=/run/a hold map=2M@8M unmap=2M@8M map=4M@1M map=4K@4G unmap=4K@4G \
	ready=/run/b hold map=1M@16M unmap=3M@1M unmap=4K@16M \
	ready=/run/c hold unmap=1M@16M ready=/run/d hold
wait_for 10 test -e /run/a
is "3 MiB are mapped" "$(bytes)" "$(mib 3)"
ok "by one mapping" wait_for 5 mapped $NVME 1
like "show says so" "$(ownerctl show $NVME)" 'mapped +3 MiB, 1 mapping$'
next b
is "what came and went, and what failed, is not there" "$(bytes)" "$(mib 3)"
ok "nor are their mappings" wait_for 5 mapped $NVME 1
next c
is "one was unmapped, of one no part could be" "$(bytes)" "$(mib 1)"
ok "one is left" wait_for 5 mapped $NVME 1
vfio-hold --compat --keep-going claim=$E1000E set-iommu map=2M ready=/run/compat hold >/dev/null &
compat=$!
wait_for 10 test -e /run/compat
ok "his mapping" wait_for 5 mapped $E1000E 1
is "another user, by 32-bit calls" "$(bytes $E1000E)" "$(mib 2)"
is "top has the larger first" "$(ownerctl top --raw | cut -f 1-3,6 | tr '\t' ' ')" \
	"$(group_of $E1000E) $(mib 2) 1 vfio-hold[$compat]
$(group_of $NVME) $(mib 1) 1 vfio-hold[$HOLDER]"
like "for people" "$(ownerctl top)" "^ *$(group_of $E1000E) +2.0 MiB +1 +0 B +0 vfio-hold"
next d
is "all is unmapped" "$(bytes)" 0
ok "no mapping is left" wait_for 5 mapped $NVME 0
kill -9 $compat
wait $compat 2>/dev/null
ok "one is killed: nothing is his" owned $E1000E none

# VFIO's own limit, of one more mapping than there may be.
limit=/sys/module/vfio_iommu_type1/parameters/dma_entry_limit
usual=$(cat $limit)
echo 2 >$limit
vfio-hold --keep-going claim=$E1000E set-iommu map=1M map=1M@4M map=1M@8M ready=/run/full hold >/run/full.out &
full=$!
wait_for 10 test -e /run/full
like "a third mapping: ENOSPC" "$(tail -n 2 /run/full.out)" '^map: ENOSPC'
is "its bytes are not there" "$(bytes $E1000E)" "$(mib 2)"
ok "nor is it" wait_for 5 mapped $E1000E 2
echo "$usual" >$limit
kill -9 $full
wait $full 2>/dev/null

# What is no size, is no whole pages, wraps around at the end of the space, or is beyond what the IOMMU has.
case $(uname -r) in 5.* | 6.*) WRAPS=EINVAL ;; *) WRAPS=EOVERFLOW ;; esac
wrong="0@8M 6K@8M 4K@0x800800 2M@0xfffffffffff00000 2M@0xffffffffffe00000"
vfio-hold --keep-going claim=$E1000E set-iommu map=1M $(printf 'map=%s ' $wrong) $(printf 'unmap=%s ' $wrong) \
	ready=/run/wrong hold map=1M@8M ready=/run/right hold >/run/wrong.out &
wrong=$!
wait_for 10 test -e /run/wrong
said() { sed -nE "s/^$1: ([A-Za-z]+).*/\1/p" /run/wrong.out | xargs; }
is "maps that cannot be" "$(said map)" "ok EINVAL EINVAL EINVAL $WRAPS EINVAL"
is "nor can unmaps, but for one of what is not there" "$(said unmap)" "EINVAL EINVAL EINVAL $WRAPS ok"
is "their bytes are not there" "$(bytes $E1000E)" "$(mib 1)"
ok "nor are they" wait_for 5 mapped $E1000E 1
kill $wrong
wait_for 10 test -e /run/right
is "the next that can be is" "$(bytes $E1000E)" "$(mib 2)"
ok "one more" wait_for 5 mapped $E1000E 2
kill -9 $wrong
wait $wrong 2>/dev/null

busy=$(seq 3000 | sed 's/.*/map=256K@8M unmap=256K@8M/')
vfio-hold --keep-going claim=$E1000E set-iommu ready=/run/again hold $busy hold >/dev/null &
again=$!
wait_for 10 test -e /run/again
is "the next begins at nothing" "$(bytes $E1000E)" 0
ok "and has no mapping" wait_for 5 mapped $E1000E 0
kill $again
wait_for 10 mapped_ever $E1000E
ownerctl top --json >/run/top.json
ok "what is mapped meanwhile is a rate" \
	jq -e ".groups[] | select(.group == $(group_of $E1000E)) | .mapped_per_second > 0 and .calls_per_second > 0" /run/top.json
kill -9 $again
wait $again 2>/dev/null
release -KILL
to_nobody $NVME $E1000E
ok "no device waits: nobody counts" wait_for 15 waiting
stop_ownerd
finish
