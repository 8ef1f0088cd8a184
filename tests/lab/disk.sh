# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# The log file's disk is full: no record is cut, what is lost is counted and said, and it goes on
# when there is room, also where the file was rotated meanwhile.
. ./tap.sh

mkdir /run/small
mount -t tmpfs -o size=8k small /run/small
JSON=/run/small/log
to_vfio $NVME
printf '%s\n' "mode: enforce" "reserve: [\"$NVME\"]" "log-repeats: write" >/run/ownerd.yaml
start_ownerd --config /run/ownerd.yaml
vfio-hold --keep-going $(for _ in $(seq 1 40); do printf 'open=%s ' $NVME; done) >/dev/null
ok "the full disk is said" logged '/run/small/log: cannot write: No space left'
ok "every record is whole" jq -e . $JSON
lost=$(ownerctl status --json | jq '.counters[] | select(.name == "log_failed").value')
ok "the lost ones are counted: $lost" test "$lost" -gt 0
before=$(wc -l <$JSON)
mount -o remount,size=64k /run/small
is "it still refuses" "$(step open open=$NVME)" EPERM
ok "with room it goes on" wait_for 5 test "$(wc -l <$JSON)" -gt "$before"
is "a gap record tells how many are missing" \
	"$(jq -s 'map(select(.act == "gap").missed) | add' $JSON)" "$lost"
ok "from when to when, and why" \
	jq -se 'map(select(.act == "gap")) | all(.from > 0 and .to >= .from and .errno == "ENOSPC")' $JSON
ok "the chain holds" ownerctl log --verify
ok "every record is whole" jq -e . $JSON

failed() { ownerctl status --json | jq '.counters[] | select(.name == "log_failed").value'; }
more_failed() { [ "$(failed)" -gt "$1" ]; }
missed() { jq -s 'map(select(.act == "gap").missed) | add' "$@"; }
dd if=/dev/zero of=/run/small/rest bs=4k 2>/dev/null
vfio-hold --keep-going $(for _ in $(seq 1 20); do printf 'open=%s ' $NVME; done) >/dev/null
ok "full again" wait_for 5 more_failed "$lost"
lost=$(failed)
mv $JSON $JSON.1
: >$LOG
kill -HUP "$OWNERD"
ok "rotated" logged 'mode, .* groups'
is "it still refuses" "$(step open open=$NVME)" EPERM
ok "the new file takes nothing either" wait_for 5 more_failed "$lost"
is "not a byte" "$(stat -c %s $JSON)" 0
rm /run/small/rest
is "it still refuses" "$(step open open=$NVME)" EPERM
ok "with room it is written" wait_for 5 grep -q '"act":"open"' $JSON
is "after the gap" "$(jq -r .act $JSON | head -n 1)" gap
is "which tells of all that is missing, from either file" "$(missed $JSON.1 $JSON)" "$(failed)"
ok "the chain holds over both" ownerctl log --verify
ok "every record is whole" jq -e . $JSON.1 $JSON
stop_ownerd
mkfifo /run/fifo
ownerd --log /run/fifo 2>/run/err
is "a FIFO is no log file: exit 2" $? 2
finish
