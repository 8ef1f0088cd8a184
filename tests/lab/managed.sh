# topology: shared
# Drivers that do no DMA of their own own nothing and are never refused.
. ./tap.sh

modprobe pci-stub
to_vfio $E1000
start_ownerd --mode enforce
group=$(group_of $E1000)
port=$(basename "$(dirname "$(readlink -f $pci/devices/$E1000E)")")

is "pcieport owns nothing" "$(record "$port" DRIVERS,OWNER)" "$(printf 'pcieport\tnone')"
is "vfio-pci beside two host drivers: they own it" "$(record $E1000 OWNER,COUNT)" "$(printf 'kernel\t2')"
ok "another vfio-pci" to_vfio $PCNET
is "one host driver is left" "$(record $E1000 OWNER,COUNT)" "$(printf 'kernel\t1')"
ok "pci-stub in place of the last" bind $RTL pci-stub
is "nobody owns it" "$(record $E1000 OWNER,COUNT)" "$(printf 'none\t0')"
to_nobody $RTL $PCNET

ok "a user claims" hold all=$E1000
before=$(record $E1000 OWNER,COUNT,PID) since=$(record $E1000 SINCE)
ok "pci-stub binds beside it" bind $RTL pci-stub
ok "with a warning" logged \
	"group $group: $RTL has only a stub driver: it is open to peer-to-peer DMA by vfio-hold\[$HOLDER\]"
ok "vfio-pci binds beside it" to_vfio $PCNET
ok "and unbinds" unbind $PCNET
ok "which leaves it exposed, with a warning" logged "group $group: $PCNET has no driver: it is open to"
is "the owner is the same" "$(record $E1000 OWNER,COUNT,PID)" "$before"
is "since the same millisecond" "$((($(record $E1000 SINCE) - since) / 1000))" 0
like "the drivers are in the record" "$(record $E1000 DRIVERS)" "pci-stub"
is "a host driver is refused: EBUSY" "$(bind_error $PCNET pcnet32)" "$BIND_BUSY"
ok "meanwhile: pcieport of another group rebinds" unbind "$port"
ok "meanwhile: so" bind "$port" pcieport
is "meanwhile: it still owns nothing" "$(record "$port" OWNER)" none
release
ok "after: nobody owns it" owned $E1000 none
ok "after: the host driver binds" bind $PCNET pcnet32
is "after: the kernel owns it" "$(record $E1000 OWNER,COUNT)" "$(printf 'kernel\t1')"
stop_ownerd
finish
