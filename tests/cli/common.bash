# What the tests of ownerctl share: a fake ownerd before the real control socket.
# shellcheck shell=bash disable=SC2154

BUILD=$(cd "${BUILD:-build}" && pwd)
OWNERCTL=${OWNERCTL:-$BUILD/ownerctl}
FAKE=${FAKE:-$BUILD/fake-ownerd}

# start_fake FILE [EVENTS]: sets SOCKET
start_fake() {
	SOCKET=$BATS_TEST_TMPDIR/socket
	"$FAKE" "$SOCKET" "$@" >"$BATS_TEST_TMPDIR/ready" 3>&- &
	FAKE_PID=$!
	for _ in $(seq 100); do
		grep -q READY "$BATS_TEST_TMPDIR/ready" && return
		sleep 0.05
	done
	echo "fake-ownerd does not start" >&2
	return 1
}

stop_fake() {
	if [ -n "$FAKE_PID" ]; then
		kill "$FAKE_PID" 2>/dev/null || true
		wait "$FAKE_PID" 2>/dev/null || true
	fi
}

# Standard output and standard error apart: $output, $errors, $status, $lines.
ctl() {
	run bash -c '"$@" 2>"$0"' "$BATS_TEST_TMPDIR/errors" "$OWNERCTL" --socket "$SOCKET" "$@"
	errors=$(cat "$BATS_TEST_TMPDIR/errors")
}

# says WORDS...: each stands in the output; errs: in the errors.
says() {
	local word
	for word; do
		[[ $output == *"$word"* ]] || { echo "not said: $word, in:" "$output"; return 1; }
	done
}

says_not() {
	local word
	for word; do
		[[ $output != *"$word"* ]] || { echo "said: $word, in:" "$output"; return 1; }
	done
}

errs() {
	local word
	for word; do
		[[ $errors == *"$word"* ]] || { echo "not in errors: $word, in:" "$errors"; return 1; }
	done
}

# The last command's $output is JSON, and the filter gives true.
json() {
	jq -e "$1" <<<"$output" >/dev/null || { echo "not: $1, in:" "$output"; return 1; }
}

# No byte in FILE that a terminal obeys, newline apart; C1 in UTF-8 neither.
is_safe() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' "$1"
}
