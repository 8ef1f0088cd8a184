# topology: shared
# kernels: 6.1 6.12 7.3 (5.10 cannot be made preemptible at boot)
# append: lsm=lockdown,capability preempt=full
# Without bpf among the LSMs a preemptible kernel can skip a refusal: enforce says so and does not
# start, unless it is told to.
. ./tap.sh

ownerd --mode enforce 2>/run/err
is "enforce: exit 5" $? 5
like "and says why, and what to do" "$(cat /run/err)" 'preemptible.*lsm=.*preempt=voluntary'
ok "allowed, it starts" start_ownerd --mode enforce --allow-degraded --reserve $NVME
ok "and warns" logged 'preemptible'
to_vfio $NVME
is "one at a time it refuses" "$(step open open=$NVME)" EPERM
hammer 4 open "/dev/vfio/$(group_of $NVME)" >/dev/null
ok "what was skipped is counted" sh -c \
	'[ "$(ownerctl status --json | jq ".counters[] | select(.name == \"programs_skipped\").value")" -gt 0 ]'
ok "and said, with what is done about it" wait_for 15 grep -q 'skipped programs .* learnt anew' $LOG
fails "doctor fails: 1" 1 ownerctl doctor
stop_ownerd
ok "observe mode needs no permission" start_ownerd --mode observe
stop_ownerd
finish
