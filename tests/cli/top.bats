#!/usr/bin/env bats
# top on a terminal: a screen again and again, which fits, until it is interrupted.

load common

CLEAR=$'\033\\[H\033\\[J' # as a pattern

# Twelve groups of users, with a holder's name and a unit that are longer than a terminal is wide.
setup() {
	export LC_ALL=C.UTF-8
	command -v script >/dev/null || skip "no script(1)"
	cd "$BATS_TEST_TMPDIR" || return
	jq '(.groups[6].group | .holder.unit = "unit" * 40) as $g | .groups = [range(12) | . as $i | {opens: [],
		group: ($g | .group = 20 + $i | .holder.comm = "\u0001" * 16
			| .maps = {bytes: (1048576 * $i), mapped: 0, calls: 0, mappings: 1})}]' \
		"$BATS_TEST_DIRNAME/host.json" >many.json
	start_fake many.json
}

teardown() {
	stop_fake
}

screens() {
	grep -o $'\033\\[H' out | wc -l
}

# drawn N: waits until there are so many.
drawn() {
	for _ in $(seq 200); do
		[ "$(screens)" -lt "$1" ] || return 0
		sleep 0.05
	done
}

# on_terminal COMMAND: with what comes on standard input as its keys; what it drew is in "out".  Not in
# the background, where a shell has Ctrl-C ignored.
on_terminal() {
	timeout --foreground 30 script -qec "$1" /dev/null >out 3>&-
}

# live COLUMNS ROWS N: on such a terminal, until N screens are drawn; then Ctrl-C.  How it ended is in
# "status", what the terminal was set to in "before" and "after", the screens are in files of their own.
live() {
	rm -f out screen.*
	: >out
	{
		drawn "$3"
		printf '\003'
		sleep 0.5
	} 3>&- | on_terminal "stty cols $1 rows $2; stty -g >before; trap : INT
		$OWNERCTL -s $SOCKET top; echo \$? >status; stty -g >after"
	sed 's/\r//g; s/^^C//' out | csplit -s -z -f screen. - "/^$CLEAR/" '{*}'
}

@test "screens of a terminal's size, each on a clear one, until Ctrl-C" {
	live 80 8 3
	[ "$(cat status)" -eq 130 ]
	[ "$(screens)" -eq 3 ]
	set -- screen.*
	[ $# -eq 3 ]
	for screen; do
		grep -q "^$CLEAR" <(head -n 1 "$screen")
		sed "s/^$CLEAR//" "$screen" >text
		is_safe text
		[[ $(head -n 1 text) == 20*"  12 groups of users" ]]
		[[ $(sed -n 2p text) == GROUP*MAPPED*HOLDER*UNIT*DEVICES ]]
		[ "$(awk 'NR > 2 {print $1, $2}' text | xargs)" = "31 11.0 30 10.0 29 9.0 28 8.0 27 7.0" ]
		[ "$(wc -l <text)" -eq 7 ] # the cursor stands in the last row
		[ "$(wc -L <text)" -le 80 ]
		[ "$(wc -L <text)" -gt 70 ] # and it is used
	done
	[ "$(for screen; do head -n 1 "$screen"; done | sort -u | wc -l)" -eq 3 ]
}

@test "the terminal is as it was, and nothing was switched that could stay so" {
	live 100 40 1
	cmp before after
	sed "s/$CLEAR//; s/\r//g" out >text
	is_safe text
}

@test "a wide terminal has whole names, a narrow one a piece of each" {
	live 400 40 1
	grep -q "$(printf 'unit%.0s' {1..40})" screen.00
	[ "$(grep -c '0000:02:03.0$' screen.00)" -eq 12 ]
	live 60 40 1
	[ "$(wc -L <screen.00)" -le 60 ]
	[ "$(grep -cE '\\x.* unit.* 0000:02' screen.00)" -eq 12 ]
}

@test "ownerd ends: so does top" {
	: >out
	{
		drawn 1
		kill "$FAKE_PID"
		sleep 4
	} 3>&- | on_terminal "$OWNERCTL -s $SOCKET top" && status=0 || status=$?
	[ "$status" -eq 3 ]
	[ "$(screens)" -eq 1 ]
	grep -q ownerd <(tail -n 1 out)
}
