# Binds and claims with and without ownerd, in turns, in the lab guest. Prints a table: microseconds,
# the median of the turns' medians; the ratio is what counts, since the guest may be emulated.
# shellcheck shell=sh

# shellcheck source=../../lab/lab.sh
. /usr/lib/lab.sh

turns=6
measure() { # WITH: a line "WITH ACT US" each
	latency bind "$RTL" 8139cp 60 >/run/measured || exit 1
	latency claim "/dev/vfio/$(group_of "$NVME")" 200 >>/run/measured || exit 1
	sed "s/^/$1 /" /run/measured >>/run/samples
}

echo 3 >/proc/sys/kernel/printk
to_vfio "$NVME" || exit 1
unbind "$RTL"
turn=0
while [ $turn -lt $turns ]; do
	measure without
	ownerd --mode enforce --reserve "$E1000E" 2>/run/ownerd.log &
	ownerd=$!
	wait_for 30 grep -q 'mode, .* groups' /run/ownerd.log || exit 1
	measure with
	kill $ownerd
	wait $ownerd
	ownerd --unpin 2>/dev/null
	turn=$((turn + 1))
done
echo "kernel $(uname -r), $turns turns, microseconds"
printf '%-8s %10s %10s %8s\n' act without with ratio
for act in bind unbind open claim release; do
	for with in without with; do
		grep "^$with $act " /run/samples | sort -k3 -n | awk '{v[NR] = $3} END {print v[int((NR + 1) / 2)]}'
	done | awk -v act=$act '{v[NR] = $1} END {printf "%-8s %10.1f %10.1f %8.2f\n", act, v[1], v[2], v[2] / v[1]}'
done
