#!/usr/bin/env bats
# The metrics of a fake daemon: what promtool says of them, and what a real Prometheus makes of them.

load common

SHARE=$BATS_TEST_DIRNAME/../../share/prometheus

setup() {
	export LC_ALL=C.UTF-8 TZ=UTC
	start_fake "$BATS_TEST_DIRNAME/host.json"
	PIDS=()
}

teardown() {
	for pid in "${PIDS[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	stop_fake
}

# A port of this moment: PORT.
free_port() {
	PORT=$(perl -MIO::Socket::INET -e \
		'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')
}

reachable() { # URL
	for _ in $(seq 100); do
		curl -s -o /dev/null "$1" && return
		sleep 0.1
	done
	return 1
}

# As the unit does it: one process a connection.  PORT is where it listens.
serve() {
	free_port
	socat "TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr,fork" \
		"EXEC:$OWNERCTL --socket $SOCKET metrics --http" 3>&- 2>/dev/null &
	PIDS+=($!)
	reachable "http://127.0.0.1:$PORT/metrics"
}

# code OPTION... PATH: the status of an answer.
code() {
	local path=${*: -1}
	curl -s -o /dev/null --path-as-is -m 20 -w '%{http_code}' "${@:1:$#-1}" "http://127.0.0.1:$PORT$path"
}

# raw BYTES: the first line of the answer to exactly these, by printf.
raw() {
	# shellcheck disable=SC2059
	printf "$1" | socat -t 10 - "TCP:127.0.0.1:$PORT" | head -n 1 | tr -d '\r'
}

@test "metrics: printed; promtool has nothing to say" {
	ctl metrics
	[ "$status" -eq 0 ]
	says 'ownerd_groups{owner="user"} 3' 'ownerd_refused_total{act="bind"} 2' \
		'ownerd_denials_total{act="bind",by="ownerd",reason="rule"} 2' \
		'kernel="6.12 \"quoted\"\n\\"'
	run promtool check metrics <<<"$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	ctl metrics --json
	json '.text | startswith("# HELP ownerd_build_info ")'
}

@test "metrics: without a daemon: 3" {
	stop_fake
	FAKE_PID=
	ctl metrics
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	[ -n "$errors" ]
}

@test "metrics: the series are as many whatever has happened" {
	ctl metrics
	[ "$(grep -c '^ownerd_' <<<"$output")" -lt 160 ]
	! grep -oP '\w+(?==")' <<<"$output" | sort -u | grep -vxE \
		'act|arbiter|attach|by|kernel|mode|owner|reason|stage|version|what'
}

@test "http: GET /metrics, and nothing else" {
	serve
	[ "$(code /metrics)" = 200 ]
	[ "$(code '/metrics?x=1')" = 200 ]
	[ "$(code --http1.0 /metrics)" = 200 ]
	[ "$(code /)" = 404 ]
	[ "$(code /metrics/../metrics)" = 404 ]
	[ "$(code /metricsx)" = 404 ]
	[ "$(code -X POST -d x /metrics)" = 405 ]
	[ "$(code -I /metrics)" = 405 ]
	[ "$(code -X DELETE /metrics)" = 405 ]
	curl -s -D "$BATS_TEST_TMPDIR/head" -o "$BATS_TEST_TMPDIR/body" "http://127.0.0.1:$PORT/metrics"
	grep -q '^Content-Type: text/plain; version=0.0.4' "$BATS_TEST_TMPDIR/head"
	ctl metrics
	[ "$output" = "$(cat "$BATS_TEST_TMPDIR/body")" ]
}

@test "http: hostile requests" {
	serve
	[[ $(raw 'GET /metrics\r\n\r\n') == *" 400 "* ]]
	[[ $(raw 'GET /metrics HTTP/1.1\r\nA: \\0\r\n\r\n') == *" 200 "* ]]
	[[ $(raw 'GET /metrics HTTP/1.1\r\nA: \0\r\n\r\n') == *" 400 "* ]]
	[[ $(raw '\x16\x03\x01\x02\x00\x01') == *" 400 "* ]]
	[[ $(raw 'GET /metrics HTTP/3.0\r\n\r\n') == *" 505 "* ]]
	[[ $(raw 'GET /metrics HTTP/1.1\r\n') == *" 400 "* ]]
	[[ $(head -c 100000 /dev/zero | tr '\0' A | socat -t 10 - "TCP:127.0.0.1:$PORT" |
		head -n 1) == *" 431 "* ]]
	[ "$(code -H "X: $(head -c 6000 /dev/zero | tr '\0' A)" /metrics)" = 200 ]
	[ "$(code /metrics)" = 200 ]
}

@test "http: who sends nothing, or half, is let go in time" {
	serve
	start=$SECONDS
	answer=$( (printf 'GET /metr'; sleep 12) | socat -t 1 - "TCP:127.0.0.1:$PORT" | head -n 1)
	[[ $answer == *" 408 "* ]]
	[ $((SECONDS - start)) -lt 15 ]
}

@test "http: without a daemon: 503" {
	serve
	stop_fake
	FAKE_PID=
	[ "$(code /metrics)" = 503 ]
}

@test "http: by a socket unit's way of starting it" {
	command -v systemd-socket-activate >/dev/null || skip "no systemd-socket-activate"
	free_port
	systemd-socket-activate --accept --inetd -l "127.0.0.1:$PORT" \
		"$OWNERCTL" --socket "$SOCKET" metrics --http 3>&- 2>/dev/null &
	PIDS+=($!)
	reachable "http://127.0.0.1:$PORT/metrics"
	[ "$(code /metrics)" = 200 ]
}

# answer QUERY FILTER: what Prometheus has, when it has it.
answer() {
	for _ in $(seq 100); do
		output=$(curl -s --data-urlencode "query=$1" "http://127.0.0.1:$PROMETHEUS/api/v1/query")
		jq -e "$2" <<<"$output" >/dev/null && return
		sleep 0.2
	done
	echo "not: $2, in:" "$output"
	return 1
}

@test "a real Prometheus scrapes it, and its rules fire" {
	serve
	local target=$PORT
	free_port
	PROMETHEUS=$PORT
	cat >"$BATS_TEST_TMPDIR/prometheus.yml" <<-END
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: ["$SHARE/ownerd.rules.yaml"]
		scrape_configs:
		  - {job_name: ownerd, static_configs: [{targets: ["127.0.0.1:$target"]}]}
	END
	promtool check config "$BATS_TEST_TMPDIR/prometheus.yml"
	prometheus --config.file "$BATS_TEST_TMPDIR/prometheus.yml" \
		--storage.tsdb.path "$BATS_TEST_TMPDIR/data" \
		--web.listen-address "127.0.0.1:$PROMETHEUS" >"$BATS_TEST_TMPDIR/prometheus.log" 2>&1 3>&- &
	PIDS+=($!)
	reachable "http://127.0.0.1:$PROMETHEUS/-/ready"
	answer 'up{job="ownerd"}' '.data.result[0].value[1] == "1"'
	answer 'ownerd_groups{owner="user"}' '.data.result[0].value[1] == "3"'
	answer 'ownerd_denials_total{reason="rule"} > 0' \
		'.data.result | length == 1 and .[0].value[1] == "2" and .[0].metric.act == "bind"'
	answer 'ownerd_build_info' '.data.result[0].metric.kernel == "6.12 \"quoted\"\n\\"'
	answer 'count({__name__=~"ownerd_.*"})' '.data.result[0].value[1] | tonumber > 100'
	[ "$(curl -s "http://127.0.0.1:$PROMETHEUS/api/v1/metadata" |
		jq -r '.data.ownerd_refused_total[0].type')" = counter ]
	[ "$(curl -s "http://127.0.0.1:$PROMETHEUS/api/v1/rules" |
		jq '[.data.groups[].rules[].health | select(. != "ok" and . != "unknown")] | length')" = 0 ]
	# The daemon is gone: Prometheus sees that, and what was true is not told any longer.
	stop_fake
	FAKE_PID=
	answer 'up{job="ownerd"}' '.data.result[0].value[1] == "0"'
	answer 'ALERTS{alertname="OwnerdGone"}' '.data.result[0].metric.alertstate == "pending"'
	answer 'ownerd_groups' '.data.result == []'
}

@test "the alerting rules are rules, and do what they say" {
	run promtool check rules "$SHARE/ownerd.rules.yaml"
	[ "$status" -eq 0 ]
	run promtool test rules "$SHARE/ownerd.rules.test.yaml"
	echo "$output"
	[ "$status" -eq 0 ]
	# No rule without a test in which it fires.
	for alert in $(grep -oP '(?<=alert: )\w+' "$SHARE/ownerd.rules.yaml"); do
		grep -A 1 "alertname: $alert\$" "$SHARE/ownerd.rules.test.yaml" | grep -q exp_alerts
	done
}

@test "rules and dashboard speak of metrics that are there" {
	ctl metrics
	for name in $(cat "$SHARE/ownerd.rules.yaml" <(jq -r '.. | .expr?, .query? | strings' \
		"$SHARE/ownerd.dashboard.json") | grep -oE '\bownerd_[a-z_]+' | sort -u); do
		grep -q "^# TYPE $name " <<<"$output" || { echo "no metric: $name"; return 1; }
	done
}

@test "the dashboard is one" {
	jq -e '.title and .uid and (.panels | length > 8)
		and ([.panels[].id] | length == (unique | length))
		and all(.panels[]; .title and .type and .gridPos and (.targets | length > 0))' \
		"$SHARE/ownerd.dashboard.json"
	# Each expression is one of Prometheus, with its variables given.
	jq -r '[.panels[].targets[].expr] | unique | to_entries[]
		| "      - {record: \"x:\(.key)\", expr: \(.value | gsub("\\$__rate_interval"; "5m") | tojson)}"' \
		"$SHARE/ownerd.dashboard.json" |
		{ printf 'groups:\n  - name: x\n    rules:\n'; cat; } >"$BATS_TEST_TMPDIR/rules.yaml"
	run promtool check rules "$BATS_TEST_TMPDIR/rules.yaml"
	echo "$output"
	[ "$status" -eq 0 ]
}
