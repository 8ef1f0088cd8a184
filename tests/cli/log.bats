#!/usr/bin/env bats
# log and history: filters, formats, rotated files, hostile lines, and whether anything was changed.

load common

setup() {
	export LC_ALL=C.UTF-8 TZ=UTC
	SOCKET=$BATS_TEST_TMPDIR/nobody
	LOG=$BATS_TEST_TMPDIR/log
	"$BATS_TEST_DIRNAME/make_log" <"$BATS_TEST_DIRNAME/log.jsonl" >"$LOG"
}

teardown() {
	stop_fake
}

# The numbers of the records that a filter leaves.
seqs() {
	ctl log --file "$LOG" --json "$@"
	[ "$status" -eq 0 ] || { echo "$errors"; return 1; }
	jq -r .seq <<<"$output" | paste -sd' '
}

@test "the records of these tests are as the schema has them" {
	run "$BATS_TEST_DIRNAME/../validate" "$BATS_TEST_DIRNAME/../../share/audit.schema.json" "$LOG"
	[ "$status" -eq 0 ]
}

@test "the schema takes no record with a key that it does not know, or without one" {
	for edit in '.x = 1' 'del(.host)' '.verdict = "maybe"' '.act = "explode"' 'del(.owner)' \
		'.task.x = 1' '.hash = "0"' '.seq = 0'; do
		jq -c "select(.seq == 3) | $edit" "$LOG" >"$BATS_TEST_TMPDIR/wrong"
		run "$BATS_TEST_DIRNAME/../validate" "$BATS_TEST_DIRNAME/../../share/audit.schema.json" \
			"$BATS_TEST_TMPDIR/wrong"
		[ "$status" -eq 1 ] || { echo "taken: $edit"; return 1; }
	done
}

@test "a table, safe to look at" {
	ctl log --file "$LOG"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == TIME*SEQ*GROUP*ACT*VERDICT*WHO*SUBJECT*MESSAGE* ]]
	says "2023-11-14 22:15:20" "qemu-system-x86[812]" tenant-a trainer "1490 like this"
	[ "${#lines[@]}" -eq 13 ]
	[ -z "$errors" ]
	echo "$output" >"$BATS_TEST_TMPDIR/out"
	is_safe "$BATS_TEST_TMPDIR/out"
}

# Records of claims by these machines, as a log.
claims_by() {
	for vm in "$@"; do
		jq -c --arg vm "$vm" 'select(.seq == 3) | .task.vm = $vm | .message = "here"' "$LOG"
	done | jq -c 'del(.schema, .seq, .prev, .host, .boot, .boottime, .hash)' |
		"$BATS_TEST_DIRNAME/make_log" >"$LOG.claims"
}

@test "a table: a column grows with what it has, but not for one long name, and signs have their widths" {
	claims_by a "$(printf 'long%.0s' {1..25})" b 仮想機械
	ctl log --file "$LOG.claims" --no-headings
	[[ ${lines[0]} == *" a            here" ]]
	[[ ${lines[1]} == *"longlong here" ]]
	[[ ${lines[2]} == *" b$(printf '%39s' "") here" ]]
	[[ ${lines[3]} == *" 仮想機械$(printf '%32s' "") here" ]]
}

@test "a table on a terminal: no line is longer than that, and colors end" {
	script -qec "stty cols 100; env -u NO_COLOR TERM=xterm $OWNERCTL log --file $LOG" /dev/null >"$LOG.out"
	grep -q $'\x1b\\[31m.*bind' "$LOG.out"
	sed 's/\x1b\[[0-9;]*m//g; s/\r//g' "$LOG.out" >"$LOG.plain"
	[ "$(wc -L <"$LOG.plain")" -eq 100 ]
	[ "$(grep -o $'\x1b\\[3' "$LOG.out" | wc -l)" -eq "$(grep -o $'\x1b\\[0m' "$LOG.out" | wc -l)" ]
}

@test "filters" {
	[ "$(seqs)" = "1 2 3 4 5 6 7 8 9 10 11 12" ]
	[ "$(seqs --group 14)" = "2 3 4 6" ]
	[ "$(seqs --group 7)" = "5 10" ]
	[ "$(seqs --verdict deny)" = "4 5 10" ]
	[ "$(seqs --act claim)" = 3 ]
	[ "$(seqs --act gap)" = 12 ]
	[ "$(seqs --rule gpu0)" = "5 10" ]
	[ "$(seqs --rule gpu)" = "" ]
	[ "$(seqs --device 0000:02:01.0)" = "2 3 4 6" ]
	[ "$(seqs --device 0000:07:00.0)" = "5 10" ]
	[ "$(seqs --device 0000:07:00.0 --since @1700000241)" = 10 ]
	[ "$(seqs --device 0000:07:00.1)" = "" ]
	[ "$(seqs --device 02:01.0 --verdict deny)" = 4 ]
	[ "$(seqs --group 14 --act bind --verdict allow)" = "" ]
}

@test "by subject: who did it, or held it" {
	[ "$(seqs --subject vm=tenant-a)" = "3 6" ]
	[ "$(seqs --subject pid=812)" = "3 4 6" ]
	[ "$(seqs --subject 812)" = "3 4 6" ]
	[ "$(seqs --subject pid=81)" = "" ]
	[ "$(seqs --subject trainer)" = 5 ]
	[ "$(seqs --subject container=3f8e2a4c91d0)" = 5 ]
	[ "$(seqs --subject container=3f8e)" = "" ]
	[ "$(seqs --subject container=trainer)" = 5 ]
	[ "$(seqs --subject uid=107)" = "3 4 6" ]
	[ "$(seqs --subject unit=machine-qemu.scope --act release)" = 6 ]
	[ "$(seqs --subject 'comm="},{"group":7,')" = 4 ]
}

@test "by time" {
	[ "$(seqs --since @1700000300)" = "6 7 8 9 10 11 12" ]
	[ "$(seqs --until @1700000060)" = 1 ]
	[ "$(seqs --since "2023-11-14 22:17" --until 2023-11-14T22:18:20Z)" = 5 ]
	[ "$(seqs --since yesterday)" = "" ]
	[ "$(seqs --since 2h)" = "" ]
	[ "$(seqs --until 1h --act start)" = 1 ]
}

@test "what is no filter is said, and what it can be" {
	for wrong in "--since never" "--until 25:00" "--group x" "--verdict no" "--act jump" \
		"--subject who=me" "--subject vm="; do
		# shellcheck disable=SC2086
		ctl log --file "$LOG" $wrong
		[ "$status" -eq 2 ]
		errs "${wrong%% *}"
		[ -z "$output" ]
	done
}

@test "--raw: fields by tabs, nothing in a name ends a line" {
	ctl log --file "$LOG" --raw --group 14
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[2]} == 1700000180000000$'\t'4$'\t'14$'\t'bind$'\t'deny$'\t'kernel$'\t'user-owned$'\t'EBUSY* ]]
	[[ ${lines[2]} == *'\x1b'* ]]
}

@test "--json: the records as the log has them, all or some, and nothing for a terminal to obey" {
	ctl log --file "$LOG" --json
	diff <(echo "$output") "$LOG"
	ctl log --file "$LOG" --json --group 14
	diff <(echo "$output") <(jq -c 'select(.group == 14)' "$LOG")
	printf '{"time":1700000000000000,"act":"bind","verdict":"allow","message":"a\302\233b"}' |
		"$BATS_TEST_DIRNAME/make_log" >"$LOG"
	ctl log --file "$LOG" --json
	[ "$(jq -c .message <<<"$output")" = "$(jq -c .message "$LOG")" ]
	[[ $output == *'"a\u009bb"'* ]]
}

@test "rotated files are read first, the oldest before the others" {
	sed -n 1,2p "$LOG" >"$LOG.2"
	sed -n 3,5p "$LOG" >"$LOG.1"
	sed -i 1,5d "$LOG"
	[ "$(seqs)" = "1 2 3 4 5 6 7 8 9 10 11 12" ]
	ctl log --file "$LOG" --verify
	[ "$status" -eq 0 ]
	says "records 1 to 12: none was removed, moved or changed"
	rm "$LOG.2"
	ctl log --file "$LOG" --verify
	[ "$status" -eq 0 ]
	says "the records before 3 are in none of these files"
}

@test "a line that is none is named, and the others are shown" {
	sed -i -e '3s/.*/{"schema":2,"seq":3,"oops/' -e '5s/^/\xff\x00/' "$LOG"
	printf '{"schema":2,"seq":13,"prev":"' >>"$LOG"
	ctl log --file "$LOG" --json
	[ "$status" -eq 0 ]
	[ "$(jq -r .seq <<<"$output" | paste -sd' ')" = "1 2 4 6 7 8 9 10 11 12" ]
	errs "$LOG:3: this is no record" "$LOG:5: this is no record" "$LOG:13: this is no record"
	[ "$(wc -l <<<"$errors")" -eq 3 ]
}

@test "deep, endless and empty lines are no crash" {
	{ printf '\n{"schema":1,"a":'; printf '[%.0s' $(seq 5000); printf '}\n{"schema":1,"time":"x"}\n'; head -c 20000000 /dev/zero; } >"$LOG"
	ctl log --file "$LOG"
	[ "$status" -eq 0 ]
	errs "$LOG:1:" "$LOG:2:" "$LOG:4:"
	ctl log --file "$LOG" --verify
	[ "$status" -eq 1 ]
}

@test "records of schema 1 are shown, and nothing is said of their chain" {
	{ echo '{"schema":1,"time":1600000000000000,"group":5,"act":"claim","verdict":"allow","error":0,"owner":"user","message":"old"}'
	  cat "$LOG"; } >"$LOG.new"
	mv "$LOG.new" "$LOG"
	ctl log --file "$LOG" --group 5
	says old
	ctl log --file "$LOG" --verify
	[ "$status" -eq 0 ]
	says "1 records are of schema 1" "records 1 to 12: none"
}

@test "--verify: nothing was changed, and what that does not show" {
	ctl log --file "$LOG" --verify
	[ "$status" -eq 0 ]
	says "records 1 to 12: none was removed, moved or changed" \
		"the last one's hash: $(tail -n 1 "$LOG" | jq -r .hash)" "Whether others came after it is not known"
	ctl log --file "$LOG" --verify --json
	json '.records == 12 and .first == 1 and .last == 12 and .end_known == false and .wrong == []'
}

@test "--verify: a changed record is named" {
	sed -i '4s/"deny"/"allow"/' "$LOG"
	ctl log --file "$LOG" --verify
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "$LOG:4: record 4 was changed: its hash is not that of its bytes" ]
	says "12 records, of which 1 break the chain"
	ctl log --file "$LOG" --verify --json
	[ "$status" -eq 1 ]
	json '.wrong == [{file: "'"$LOG"'", line: 4, seq: 4, message: .wrong[0].message}]'
}

@test "--verify: a removed record is named" {
	sed -i 6,7d "$LOG"
	ctl log --file "$LOG" --verify
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "$LOG:6: record 8 follows record 5: 2 between them are missing" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "--verify: moved and repeated records are named" {
	sed -i -e '3{h;d}' -e '4G' "$LOG"
	ctl log --file "$LOG" --verify
	[ "$status" -eq 1 ]
	says "$LOG:3: record 4 follows record 2" "$LOG:4: record 3 stands after record 4"
}

@test "--verify: a record that was changed with its hash does not fit the next one" {
	{ sed -n 1,3p "$LOG"
	  sed -n 4p "$BATS_TEST_DIRNAME/log.jsonl" | sed 's/"deny"/"allow"/' |
		"$BATS_TEST_DIRNAME/make_log" 4 "$(sed -n 3p "$LOG" | jq -r .hash)"
	  sed -n '5,$p' "$LOG"; } >"$LOG.new"
	mv "$LOG.new" "$LOG"
	ctl log --file "$LOG" --verify
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "$LOG:5: record 5 does not follow the record 4 that is there: that one is not what it was" ]
}

@test "--verify: a new chain in the middle, and lines that are no records" {
	"$BATS_TEST_DIRNAME/make_log" <"$BATS_TEST_DIRNAME/log.jsonl" >>"$LOG"
	echo nonsense >>"$LOG"
	ctl log --file "$LOG" --verify
	[ "$status" -eq 1 ]
	says "$LOG:13: a new chain begins" "$LOG:25: this is no record"
}

@test "the daemon says where the log is, and whether its end is there" {
	jq --arg path "$LOG" --arg hash "$(tail -n 1 "$LOG" | jq -r .hash)" \
		'.status.log = {path: $path, seq: 12, hash: $hash}' "$BATS_TEST_DIRNAME/host.json" >"$BATS_TEST_TMPDIR/host"
	start_fake "$BATS_TEST_TMPDIR/host"
	ctl log --verify
	[ "$status" -eq 0 ]
	says "The daemon has written no others"
	ctl log --act claim
	says "qemu-system-x86[812]"
	sed -i '$d' "$LOG"
	ctl log --verify
	[ "$status" -eq 1 ]
	says "the end is missing: the daemon has written up to record 12, here is 11"
}

@test "no log: what to do" {
	ctl log --file /nonexistent/log
	[ "$status" -eq 3 ]
	errs "/nonexistent/log: No such file"
	ctl log --file /dev/zero
	[ "$status" -eq 2 ]
	errs "no regular file"
	[ -e /etc/ownerd/ownerd.yaml ] || {
		ctl log
		[ "$status" -eq 2 ]
		errs "no audit log" "--log FILE"
	}
}

@test "--follow: what is appended, also after a rotation" {
	"$OWNERCTL" --socket "$SOCKET" log --file "$LOG" --follow --act bind --json >"$BATS_TEST_TMPDIR/out" 3>&- &
	follower=$!
	sleep 0.5
	sed -n 4p "$BATS_TEST_DIRNAME/log.jsonl" | "$BATS_TEST_DIRNAME/make_log" 13 >>"$LOG"
	sleep 0.5
	mv "$LOG" "$LOG.1"
	sed -n 4p "$BATS_TEST_DIRNAME/log.jsonl" | "$BATS_TEST_DIRNAME/make_log" 14 >"$LOG"
	for _ in $(seq 50); do
		[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 3 ] && break
		sleep 0.1
	done
	kill "$follower"
	[ "$(jq -r .seq "$BATS_TEST_TMPDIR/out" | paste -sd' ')" = "4 13 14" ]
}

@test "history: who owned it, from when to when" {
	ctl history 14 --file "$LOG"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == SINCE*UNTIL*OWNER*WHO*SUBJECT*HOW*END* ]]
	[[ ${lines[1]} == "2023-11-14 22:13:20 2023-11-14 22:14:20 kernel e1000"*"found at start"* ]]
	[[ ${lines[2]} == "2023-11-14 22:14:20 2023-11-14 22:15:20 none "*unbind* ]]
	[[ ${lines[3]} == "2023-11-14 22:15:20 2023-11-14 22:18:20 user   qemu-system-x86[812] tenant-a claim"* ]]
	[[ ${lines[4]} == "2023-11-14 22:18:20 -"*none*release* ]]
	[ "${#lines[@]}" -eq 5 ]
	all=$output
	ctl history 0000:02:01.0 --file "$LOG"
	[ "$output" = "$all" ]
	ctl history 14 --file "$LOG" --json --since "2023-11-14 22:18:21"
	json '.history | length == 1 and .[0].owner == "none" and .[0].until == null'
}

@test "history: over a start of the host the group may be another one" {
	hash=$(tail -n 1 "$LOG" | jq -r .hash)
	sed -n 1p "$BATS_TEST_DIRNAME/log.jsonl" |
		jq -c '.boot = "00000000-0000-0000-0000-000000000001" | .time = 1700001000000000 | .groups[0].group = 15' |
		"$BATS_TEST_DIRNAME/make_log" 13 "$hash" >>"$LOG"
	ctl history 0000:02:01.0 --file "$LOG" --raw
	[ "${#lines[@]}" -eq 5 ]
	[[ ${lines[3]} == *"the host went down" ]]
	[[ ${lines[4]} == 1700001000000000*kernel*e1000*"found at start"* ]]
}

@test "history: ownerd says how it is now; of nothing there is none" {
	start_fake "$BATS_TEST_DIRNAME/host.json"
	ctl history 14 --file "$LOG"
	says now "as ownerd has it" "qemu-system-x86[812]"
	stop_fake
	ctl history 99 --file "$LOG"
	[ "$status" -eq 2 ]
	errs "99: the log tells nothing of it"
}
