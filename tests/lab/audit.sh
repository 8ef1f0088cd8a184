# topology: shared
# kernels: 5.10 6.12 (one kernel of each kind is enough: this is ownerd's own)
# The audit log from one end to the other: a record of each kind, the chain over a rotation, a restart and a
# kill, what happened while nobody ran, names that would forge a record, and what ownerctl makes of it.
# tests/guest holds each record that is shown here, which is every one, against the schema.
. ./tap.sh

CONFIG=/run/ownerd.yaml
config() { printf '%s\n' "$@" >$CONFIG; }
count() { cat $JSON.1 $JSON 2>/dev/null | jq -c "select($1)" | wc -l; }
has() { [ "$(count "$1")" -ge 1 ]; }
record_of() { ok "a record: $1" wait_for 15 has "$2"; }
verified() { ownerctl log --verify; }

to_vfio $E1000 $NVME
to_nobody $RTL $PCNET
group=$(group_of $E1000)
reserved=$(group_of $NVME)

config "mode: enforce" "reserve: [\"$NVME\"]" "log-fsync: always"
ok "it starts" start_ownerd --config $CONFIG
record_of "start, with every group" \
	".act == \"start\" and ([.groups[].group] | index($group) != null) and .mode == \"enforce\""
record_of "policy" '.act == "policy" and .generation == 1 and .confirmed'

ok "a user claims" hold all=$E1000
record_of "ownership change, by whom" \
	".act == \"claim\" and .verdict == \"allow\" and .owner == \"user\" and .group == $group and .task.pid == $HOLDER and .task.start > 0 and .task.uid == 0 and (.task.comm | startswith(\"vfio-hold\")) and .boottime > 0 and (.boot | length) == 36"
is "a bind beside him is refused" "$(bind_error $RTL 8139cp)" "$BIND_BUSY"
record_of "denial, with both parties" \
	".act == \"bind\" and .verdict == \"deny\" and .reason == \"user-owned\" and .errno == \"EBUSY\" and .device.name == \"$RTL\" and .holder.pid == $HOLDER and .task.pid > 0"
is "reserved: EPERM" "$(step open open=$NVME)" EPERM
record_of "denial, by the rule" \
	'.act == "open" and .by == "ownerd" and .errno == "EPERM" and .generation == 1 and (.rule | length) > 0'

# A name is what its owner chooses.
name=$(printf 'x"}\n{"\377')
cp "$(command -v vfio-hold)" "/run/$name"
"/run/$name" open=$NVME >/dev/null
record_of "hostile name" '.act == "open" and (.task.comm | contains("\n{"))'
ok "every line is a record" jq -e . $JSON
ok "the chain holds" verified

mv $JSON $JSON.1
config "mode: observe" "reserve: [\"$NVME\"]"
kill -HUP "$OWNERD"
ok "rotated: a new file" wait_for 5 test -s $JSON
record_of "mode, and who wanted it" '.act == "mode" and .mode == "observe" and .task.uid == 0 and (.task.comm | length) > 0'
is "observe: open works" "$(step open open=$NVME)" ok
record_of "would-be denial" '.act == "open" and .verdict == "would-deny"'
ok "the chain holds over the rotation" verified
like "and is complete" "$(verified)" "^records 1 to [0-9]+: none was removed"

printf 'version: 1\nmode: observe\nrules: []\n' >/run/other.yaml
ok "another policy" ownerctl policy apply /run/other.yaml
record_of "policy, and who wanted it" '.act == "policy" and .path == "/run/other.yaml" and .before > 0 and .task.comm == "ownerctl" and .task.cgroup != null'
config "mode: enforce" "reserve: [\"$NVME\"]"
kill -HUP "$OWNERD"
enforced_twice() { [ "$(count '.act == "mode" and .mode == "enforce"')" = 2 ]; }
ok "a record: mode, again" wait_for 15 enforced_twice
stop_ownerd keep
record_of "stop" '.act == "stop" and .pinned'
is "meanwhile: EPERM" "$(step open open=$NVME)" EPERM
release
ok "it starts again" start_ownerd --config $CONFIG
record_of "gap: from when to when nobody wrote" \
	'.act == "gap" and .cause == "down" and .to > .from and (.message | test("was stopped"))'
record_of "what happened meanwhile" ".act == \"release\" and .group == $group and .owner == \"none\""
record_of "start, adopted" '.act == "start" and .adopted'
kill -KILL "$OWNERD"
wait "$OWNERD" 2>/dev/null
ok "and after a kill" start_ownerd --config $CONFIG
record_of "gap: without a word" '.act == "gap" and (.message | test("without a word"))'
ok "the chain holds over all of it" verified
like "the daemon knows the last one" "$(verified)" "The daemon has written no others"

is "log: by group, verdict and act" \
	"$(ownerctl log --json --group "$reserved" --verdict would-deny --act open | jq -r .verdict | sort -u)" would-deny
ok "log: by device" sh -c "ownerctl log --device $RTL --act bind | grep -q 8139cp"
history=$(ownerctl history --raw $E1000 | cut -f 3 | tr '\n' ' ')
like "history: nobody, the user, nobody" "$history" "none user none $"
like "history: who" "$(ownerctl history $E1000)" "user +vfio-hold"

sed -i '3s/"verdict":"[a-z]*"/"verdict":"warn"/' $JSON.1
fails "a changed record" 1 verified
like "is named" "$(verified)" "^$JSON.1:3: record 3 was changed"
sed -i 5d $JSON.1
like "a removed one too" "$(verified)" "^$JSON.1:5: record 6 follows record 4: 1 between them are missing"
stop_ownerd
sed '3d; s/^/# record: /' $JSON.1
sed 's/^/# record: /' $JSON
rm $JSON.1 $JSON # the changed one is none that finish should show
is "after: the open works" "$(step open open=$NVME)" ok
finish
