// SPDX-License-Identifier: GPL-2.0-only
/* The exposition: each family once with its words, bounded labels, hostile text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "http.h"
#include "metrics.h"
#include "textfile.h"
#include "util.h"

static void assert_line(const char *text, const char *line)
{
	_cleanup_free_ char *whole = NULL;

	assert_true(asprintf(&whole, "\n%s\n", line) > 0);
	if (!strstr(text, whole))
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

static size_t count_lines(const char *text, const char *prefix)
{
	size_t n = 0;

	for (const char *line = text; line; line = strchr(line, '\n'), line += line != NULL)
		n += strncmp(line, prefix, strlen(prefix)) == 0;
	return n;
}

static const struct metrics example = {
	.version = "0.1.0",
	.kernel = "6.12",
	.attach = "lsm",
	.arbiter = "kernel",
	.started = 1700000000000042,
	.enforces = true,
	.pinned = true,
	.groups = {4, 5, 6},
	.claims = 7,
	.mapped_groups = 2,
	.displaced = 5,
	.mapped_bytes = 1ULL << 40,
	.hooks_wanted = 25,
	.hooks_attached = 24,
	.hooks_missing = 1,
	.generation = 3,
	.corrected = 8,
	.log_failed = 9,
	.counters = {[COUNT_claims_denied] = UINT64_MAX,
		     [COUNT_violations_dropped] = 11,
		     [COUNT_kernel_maps] = 12},
};

static void test_values(void **state)
{
	_cleanup_free_ char *text = metrics_render(&example);

	assert_non_null(text);
	assert_line(text, "ownerd_build_info{version=\"0.1.0\",kernel=\"6.12\",attach=\"lsm\","
			  "arbiter=\"kernel\"} 1");
	assert_line(text, "ownerd_start_time_seconds 1700000000.000042");
	assert_line(text, "ownerd_mode{mode=\"enforce\"} 1");
	assert_line(text, "ownerd_mode{mode=\"observe\"} 0");
	assert_line(text, "ownerd_groups{owner=\"none\"} 4");
	assert_line(text, "ownerd_groups{owner=\"user\"} 6");
	assert_line(text, "ownerd_claims 7");
	assert_line(text, "ownerd_mapped_bytes 1099511627776");
	assert_line(text, "ownerd_refusals_displaced_total 5");
	assert_line(text, "ownerd_hooks_missing 1");
	assert_line(text, "ownerd_policy_generation 3");
	assert_line(text, "ownerd_refused_total{act=\"claim\"} 18446744073709551615");
	assert_line(text, "ownerd_dropped_total{stage=\"violations-ring\"} 11");
	assert_line(text, "ownerd_kernel_maps_total 12");
	assert_line(text, "ownerd_records_corrected_total 8");
	assert_line(text, "ownerd_log_failures_total 9");
	assert_int_equal(text[strlen(text) - 1], '\n');
}

/* The only number that is not 0 is a stage's. */
static bool is_dropped(const char *text)
{
	const char *at = strstr(text, "} 4711\n");

	while (at && at > text && at[-1] != '\n')
		at--;
	return at && strncmp(at, "ownerd_dropped_total{", 21) == 0;
}

/* Each map and ring that can be full has its stage; but what is judged closed then is not lost. */
static void test_dropped(void **state)
{
	static const char *const names[] = {
#define X(name, help) #name,
		OWNER_COUNTERS(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *text = NULL;
		struct metrics m = {};

		if (i == COUNT_thoughts_full ||
		    !(strstr(names[i], "_full") || strstr(names[i], "_dropped") ||
		      strstr(names[i], "_lost")))
			continue;
		m.counters[i] = 4711;
		text = metrics_render(&m);
		if (!is_dropped(text))
			fail_msg("%s has no stage", names[i]);
	}
}

/* Every sample follows its family's HELP and TYPE, and no family is there twice. */
static void test_families(void **state)
{
	_cleanup_free_ char *text = metrics_render(&example);
	char name[128] = "";
	char *next = text;

	for (char *line = strsep(&next, "\n"); line && *line; line = strsep(&next, "\n")) {
		size_t n = strlen(name);

		if (sscanf(line, "# HELP %127s", name) == 1)
			continue;
		if (strncmp(line, "# TYPE ", 7) == 0) {
			assert_memory_equal(line + 7, name, n);
			assert_true((strstr(line, " counter") != NULL) ==
				    (strcmp(name + n - 6, "_total") == 0));
			continue;
		}
		assert_memory_equal(line, name, n);
		assert_true(line[n] == ' ' || line[n] == '{');
	}
	free(TAKE_PTR(text));
	text = metrics_render(&example);
	for (const char *help = strstr(text, "# HELP "); help; help = strstr(help + 1, "# HELP ")) {
		_cleanup_free_ char *one = strndup(help, strcspn(help + 7, " ") + 8);

		assert_int_equal(count_lines(text, one), 1);
	}
}

static void test_tally(void **state)
{
	struct metrics m = example;
	struct owner_report r = {.act = ACT_CLAIM,
				 .verdict = VERDICT_DENY,
				 .by = BY_KERNEL,
				 .reason = REASON_KERNEL_OWNED};
	_cleanup_free_ char *before = metrics_render(&m), *after = NULL;

	assert_line(before,
		    "ownerd_denials_total{act=\"claim\",by=\"kernel\",reason=\"kernel-owned\"} 0");
	metrics_count(&m.tally, &r);
	r.verdict = VERDICT_WOULD_DENY;
	r.by = BY_OWNERD;
	r.reason = REASON_RESERVED;
	metrics_count(&m.tally, &r);
	r.verdict = VERDICT_ALLOW;
	metrics_count(&m.tally, &r);
	metrics_count(&m.tally, &r);
	after = metrics_render(&m);
	assert_line(after,
		    "ownerd_denials_total{act=\"claim\",by=\"kernel\",reason=\"kernel-owned\"} 1");
	assert_line(after, "ownerd_would_be_denials_total{act=\"claim\",reason=\"reserved\"} 1");
	assert_line(after, "ownerd_changes_total{act=\"claim\"} 2");
	assert_int_equal(count_lines(before, "ownerd_"), count_lines(after, "ownerd_"));
}

/* Whatever can be a reason is counted, and each has a name. */
static void test_tally_reasons(void **state)
{
	struct metrics m = example;
	_cleanup_free_ char *text = NULL;

	for (uint8_t reason = REASON_NONE + 1; reason < REASON_MAX; reason++) {
		struct owner_report r = {.act = ACT_OPEN,
					 .verdict = VERDICT_DENY,
					 .by = BY_KERNEL,
					 .reason = reason};

		metrics_count(&m.tally, &r);
	}
	text = metrics_render(&m);
	assert_line(text, "ownerd_denials_total{act=\"open\",by=\"kernel\",reason=\"mode\"} 1");
	assert_line(text,
		    "ownerd_denials_total{act=\"open\",by=\"kernel\",reason=\"interrupts\"} 1");
	assert_null(strstr(text, "(null)"));
}

/* Any report, also one of a later build, is counted or left out, and makes no endless labels. */
static void test_tally_any(void **state)
{
	struct metrics m = example;
	_cleanup_free_ char *text = NULL;

	for (unsigned int i = 0; i < 1U << 16; i++) {
		struct owner_report r = {.act = i & 15,
					 .verdict = i >> 4 & 7,
					 .by = i >> 7 & 7,
					 .reason = i >> 10 & 31};

		metrics_count(&m.tally, &r);
	}
	text = metrics_render(&m);
	assert_true(count_lines(text, "ownerd_") < 800);
	assert_null(strstr(text, "(null)"));
}

static void test_hostile(void **state)
{
	struct metrics m = {.version = "a\"b\\c\nd\te\xff", .kernel = NULL};
	_cleanup_free_ char *text = metrics_render(&m);

	assert_non_null(strstr(text, "{version=\"a\\\"b\\\\c\\nd?e?\",kernel=\"\","));
}

static void test_requests(void **state)
{
	static const struct {
		const char *request;
		int status;
	} cases[] = {
		{"", 0},
		{"GET /metrics", 0},
		{"GET /metrics HTTP/1.1\r\n", 0},
		{"GET /metrics HTTP/1.1\r\n\r\n", 200},
		{"GET /metrics HTTP/1.0\r\nHost: x\r\nAccept: */*\r\n\r\n", 200},
		{"GET /metrics?a=b HTTP/1.1\r\n\r\n", 200},
		{"GET /metricsx HTTP/1.1\r\n\r\n", 404},
		{"GET / HTTP/1.1\r\n\r\n", 404},
		{"GET /../metrics HTTP/1.1\r\n\r\n", 404},
		{"POST /metrics HTTP/1.1\r\n\r\n", 405},
		{"HEAD /metrics HTTP/1.1\r\n\r\n", 405},
		{"POST /x HTTP/1.1\r\n\r\n", 404},
		{"GET /metrics HTTP/2.0\r\n\r\n", 505},
		{"GET /metrics\r\n\r\n", 400},
		{"GET  HTTP/1.1\r\n\r\n", 400},
		{"GET /metrics HTTP/1.1 \r\n\r\n", 400},
		{"GET /metrics FTP/1.1\r\n\r\n", 400},
		{"get /metrics HTTP/1.1\r\n\r\n", 400},
		{" GET /metrics HTTP/1.1\r\n\r\n", 400},
		{"\r\n\r\n", 400},
		{"GET http://x/metrics HTTP/1.1\r\n\r\n", 400},
		{"GET /metrics\x01 HTTP/1.1\r\n\r\n", 400},
		{"\x16\x03\x01", 400},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (http_judge(cases[i].request, strlen(cases[i].request), "/metrics") !=
		    cases[i].status)
			fail_msg(
				"%s: %d", cases[i].request,
				http_judge(cases[i].request, strlen(cases[i].request), "/metrics"));
	assert_int_equal(http_judge("GET /metrics HTTP/1.1\r\n\0\r\n\r\n", 28, "/metrics"), 400);
}

static void test_long_request(void **state)
{
	char request[HTTP_REQUEST_MAX];

	memset(request, 'A', sizeof(request));
	assert_int_equal(http_judge(request, sizeof(request) - 1, "/metrics"), 0);
	assert_int_equal(http_judge(request, sizeof(request), "/metrics"), 431);
}

static void test_answers(void **state)
{
	_cleanup_free_ char *ok = http_answer(200, "a 1\n"), *no = http_answer(405, NULL);

	assert_non_null(strstr(ok, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(ok, "text/plain; version=0.0.4"));
	assert_non_null(strstr(ok, "Content-Length: 4\r\n"));
	assert_non_null(strstr(ok, "\r\n\r\na 1\n"));
	assert_non_null(strstr(no, "Allow: GET\r\n"));
}

static void assert_file(const char *path, const char *want)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char text[64] = "";

	assert_non_null(f);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, f), strlen(want));
	assert_string_equal(text, want);
}

/* A link in the way is replaced, not followed. */
static void test_file(void **state)
{
	char dir[] = "/tmp/ownerd-metrics-XXXXXX", path[64], new[64], other[64];

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/m.prom", dir);
	snprintf(new, sizeof(new), "%s/m.prom.new", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(textfile_write(other, "other"), 0);
	assert_int_equal(symlink(other, new), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(textfile_write(path, "one"), 0);
	assert_file(path, "one");
	assert_int_equal(textfile_write(path, "two"), 0);
	assert_file(path, "two");
	assert_file(other, "other");
	assert_int_equal(access(new, F_OK), -1);
	assert_int_equal(textfile_write("/nowhere/m.prom", "x"), -2 /* ENOENT */);
	unlink(path);
	unlink(other);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),        cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_families),      cmocka_unit_test(test_tally),
		cmocka_unit_test(test_tally_reasons), cmocka_unit_test(test_tally_any),
		cmocka_unit_test(test_hostile),       cmocka_unit_test(test_requests),
		cmocka_unit_test(test_long_request),  cmocka_unit_test(test_answers),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
