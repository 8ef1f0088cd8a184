# topology: shared
# also: 5.10+bpf
# Files whose open failed are closed too, and have no inode: no program may fault on one, which 5.10
# does not always survive. Whether it does depends on where the programs lie in memory: hence the
# restarts.
. ./tap.sh

to_vfio $E1000
to_nobody $RTL $PCNET
hammer 40 open /nowhere >/run/hammer.out &
for i in 1 2 3 4; do
	start_ownerd --mode observe
	kill -9 $OWNERD
	wait $OWNERD 2>/dev/null
done
ok "ownerd starts again and again beside opens of what is not there" start_ownerd --mode observe
vfio-hold open=$E1000 container set-container >/dev/null
ok "a claim that ends with its file is seen to end" owned $E1000 none
stop_ownerd
finish
