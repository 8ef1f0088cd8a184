// SPDX-License-Identifier: GPL-2.0-only
/* The control socket: calls, framing, connections, subscriptions. */
#include "control_fixture.h"

/* ---- calls ---- */

static void test_call(void **state)
{
	expect_call("io.test.Echo", NULL, NULL, "{}");
	expect_call("io.test.Echo", "{\"text\":\"h\\u00e9\\n\",\"number\":-7}", NULL,
		    "{\"text\":\"h\\u00e9\\n\",\"number\":-7}");
	expect_call("io.test.Echo", "{\"text\":null}", NULL, "{}"); /* as if not given */
	expect_call("io.test.Fail", NULL, "io.test.Failed", "{}");
}

static void test_introspection(void **state)
{
	struct json_object *result;

	expect_call("org.varlink.service.GetInfo", NULL, NULL,
		    "{\"vendor\":\"a vendor\",\"product\":\"a product\",\"version\":\"1\","
		    "\"url\":\"https://example.org/\","
		    "\"interfaces\":[\"org.varlink.service\",\"io.test\"]}");
	result = call("org.varlink.service.GetInterfaceDescription", "{\"interface\":\"io.test\"}",
		      NULL);
	assert_string_equal(json_object_get_string(json_object_object_get(result, "description")),
			    description);
	json_object_put(result);
	result = call("org.varlink.service.GetInterfaceDescription",
		      "{\"interface\":\"org.varlink.service\"}", NULL);
	assert_non_null(
		strstr(json_object_get_string(json_object_object_get(result, "description")),
		       "\ninterface org.varlink.service\n"));
	json_object_put(result);
}

static void test_service_errors(void **state)
{
	static const struct {
		const char *method, *parameters, *error, *result;
	} cases[] = {
		{"io.nobody.Echo", NULL, "InterfaceNotFound", "{\"interface\":\"io.nobody\"}"},
		{"Echo", NULL, "InterfaceNotFound", "{\"interface\":\"Echo\"}"},
		{"", NULL, "InterfaceNotFound", "{\"interface\":\"\"}"},
		{"io.test.Nothing", NULL, "MethodNotFound", "{\"method\":\"io.test.Nothing\"}"},
		{"io.test.", NULL, "MethodNotFound", "{\"method\":\"io.test.\"}"},
		{"io.test.Ech", NULL, "MethodNotFound", "{\"method\":\"io.test.Ech\"}"},
		{"io.test.NotYet", NULL, "MethodNotImplemented", "{\"method\":\"io.test.NotYet\"}"},
		{"org.varlink.service.No", NULL, "MethodNotFound",
		 "{\"method\":\"org.varlink.service.No\"}"},
		{"io.test.Echo", "{\"what\":1}", "InvalidParameter", "{\"parameter\":\"what\"}"},
		{"io.test.Fail", "{\"what\":null}", "InvalidParameter", "{\"parameter\":\"what\"}"},
		{"io.test.Echo", "{\"number\":\"7\"}", "InvalidParameter",
		 "{\"parameter\":\"number\"}"},
		{"io.test.Watch", NULL, "ExpectedMore", "{}"},
		{"org.varlink.service.GetInterfaceDescription", NULL, "InvalidParameter",
		 "{\"parameter\":\"interface\"}"},
		{"org.varlink.service.GetInterfaceDescription", "{\"interface\":[]}",
		 "InvalidParameter", "{\"parameter\":\"interface\"}"},
		{"org.varlink.service.GetInterfaceDescription", "{\"interface\":\"io.nobody\"}",
		 "InterfaceNotFound", "{\"interface\":\"io.nobody\"}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char error[64];

		snprintf(error, sizeof(error), "org.varlink.service.%s", cases[i].error);
		expect_call(cases[i].method, cases[i].parameters, error, cases[i].result);
	}
}

static void test_flags(void **state)
{
	int fd = raw_connect();

	/* oneway: run and not answered, whatever comes of it. */
	raw_send_text(fd, "{\"method\":\"io.test.Echo\",\"oneway\":true}");
	raw_send_text(fd, "{\"method\":\"io.test.Fail\",\"oneway\":true}");
	raw_send_text(fd, "{\"method\":\"io.test.Watch\",\"oneway\":true,\"more\":true}");
	raw_send_text(fd, "{\"method\":\"io.nobody.No\",\"oneway\":true}");
	/* more where there is no more; null fields; fields of a later Varlink. */
	raw_send_text(fd, " {\"method\":\"io.test.Echo\",\"more\":true,\"parameters\":null,"
			  "\"oneway\":null,\"later\":[1]}\n");
	expect_json(raw_read(fd), "{\"parameters\":{}}");
	close(fd);
}

static void test_failure_without_answer(void **state)
{
	expect_refused_text("{\"method\":\"io.test.Break\"}");
}

/* ---- framing ---- */

static void test_pipelined(void **state)
{
	_cleanup_free_ char *calls = malloc(1000 * 80);
	size_t used = 0;
	int fd = raw_connect();
	char text[64];

	for (int i = 0; i < 1000; i++)
		used += 1 + sprintf(calls + used,
				    "{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":%d}}",
				    i);
	raw_send(fd, calls, used);
	for (int i = 0; i < 1000; i++) {
		sprintf(text, "{\"parameters\":{\"number\":%d}}", i);
		expect_json(raw_read(fd), text);
	}
	close(fd);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] =
		"{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xc3\xa9\"}}";
	int fd = raw_connect();

	for (size_t i = 0; i < sizeof(text); i++) {
		raw_send(fd, text + i, 1);
		usleep(1000);
	}
	expect_json(raw_read(fd), "{\"parameters\":{\"text\":\"\\u00e9\"}}");
	close(fd);
}

/* The longest message that may be, one byte more, and 1 MiB, ended and not. */
static void test_long_message(void **state)
{
	static const char head[] = "{\"method\":\"io.test.Echo\",\"parameters\":{}}";
	_cleanup_free_ char *data = malloc(1024 * 1024);
	int fd = raw_connect();

	memset(data, ' ', 1024 * 1024);
	memcpy(data, head, sizeof(head) - 1);
	data[CONTROL_MESSAGE_MAX] = '\0';
	raw_send(fd, data, CONTROL_MESSAGE_MAX + 1);
	expect_json(raw_read(fd), "{\"parameters\":{}}");
	close(fd);

	data[CONTROL_MESSAGE_MAX] = ' ';
	data[CONTROL_MESSAGE_MAX + 1] = '\0';
	expect_refused(data, CONTROL_MESSAGE_MAX + 2);
	data[CONTROL_MESSAGE_MAX + 1] = ' ';
	expect_refused(data, 1024 * 1024);
	data[1024 * 1024 - 1] = '\0';
	expect_refused(data, 1024 * 1024);
}

static void test_malformed(void **state)
{
	char deep[2000];

	expect_refused_text("");
	expect_refused("\0\0\0\0\0\0\0\0", 8);
	expect_refused_text("null");
	expect_refused_text("[]");
	expect_refused_text("\"io.test.Echo\"");
	expect_refused_text("{}");
	expect_refused_text("{\"method\":");
	expect_refused_text("{\"method\":7}");
	expect_refused_text("{\"method\":null}");
	expect_refused_text("{\"parameters\":{}}");
	expect_refused_text("{\"method\":\"io.test.Echo\"}{}");
	expect_refused_text("{\"method\":\"io.test.Echo\\u0000\"}");
	expect_refused_text("{\"method\":\"io.test.Echo\",\"parameters\":[]}");
	expect_refused_text("{\"method\":\"io.test.Echo\",\"parameters\":\"\"}");
	expect_refused_text("{\"method\":\"io.test.Echo\",\"more\":1}");
	expect_refused_text("{\"method\":\"io.test.Echo\",\"oneway\":\"true\"}");
	expect_refused_text("{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xff\"}}");
	expect_refused_text("{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xc3(\"}}");
	expect_refused_text("\xef\xbb\xbf{\"method\":\"io.test.Echo\"}");
	memset(deep, '[', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	expect_refused_text(deep);
	memcpy(deep, "{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":", 46);
	expect_refused_text(deep);
}

/* What came before the malformed message is answered. */
static void test_malformed_after_calls(void **state)
{
	static const char text[] =
		"{\"method\":\"io.test.Echo\"}\0{\"method\":\"io.test.Fail\"}\0}";
	int fd = raw_connect();

	raw_send(fd, text, sizeof(text));
	expect_json(raw_read(fd), "{\"parameters\":{}}");
	expect_json(raw_read(fd), "{\"parameters\":{},\"error\":\"io.test.Failed\"}");
	expect_closed(fd);
}

/* ---- connections ---- */

static void test_stopped_in_message(void **state)
{
	int idle = raw_connect(), stopped = raw_connect();
	double start;

	raw_send_text(idle, "{\"method\":\"io.test.Echo\"}");
	expect_json(raw_read(idle), "{\"parameters\":{}}");
	start = now();
	raw_send(stopped, "{\"meth", 6);
	expect_closed(stopped);
	assert_true(now() - start >= 0.4);
	usleep(700 * 1000); /* between messages a client may wait as long as it likes */
	raw_send_text(idle, "{\"method\":\"io.test.Echo\"}");
	expect_json(raw_read(idle), "{\"parameters\":{}}");
	close(idle);
}

static void test_half_close(void **state)
{
	static const char text[] = "{\"method\":\"io.test.Echo\"}\0{\"method\":\"io.test.Fail\"}";
	int fd = raw_connect();

	raw_send(fd, text, sizeof(text));
	raw_send(fd, "{\"method\"", 9); /* and the rest of it never */
	shutdown(fd, SHUT_WR);
	expect_json(raw_read(fd), "{\"parameters\":{}}");
	expect_json(raw_read(fd), "{\"parameters\":{},\"error\":\"io.test.Failed\"}");
	expect_closed(fd);

	fd = raw_connect(); /* answers that do not fit the socket's buffer at once */
	raw_send_text(fd, "{\"method\":\"io.test.Big\",\"parameters\":{\"size\":3000000}}");
	shutdown(fd, SHUT_WR);
	usleep(100 * 1000);
	for (size_t total = 0, n = 1; n > 0; total += n) {
		char data[65536];

		n = read(fd, data, sizeof(data));
		if (n == 0)
			assert_true(total > 3000000);
	}
	expect_closed(fd);

	fd = raw_connect(); /* a subscriber may do so as well */
	raw_send_text(fd, "{\"method\":\"io.test.Watch\",\"more\":true}");
	shutdown(fd, SHUT_WR);
	json_object_put(call("io.test.Publish", "{\"count\":1,\"size\":1}", NULL));
	json_object_put(raw_read(fd));
	close(fd);
	still_serves();
}

static void test_no_reader(void **state)
{
	int fd = raw_connect();

	for (int i = 0; i < 10; i++)
		raw_send_text(fd, "{\"method\":\"io.test.Big\",\"parameters\":{\"size\":1000000}}");
	still_serves();
	assert_true(server_status("memory") < 8 * 1024 * 1024);
	close(fd); /* while the server has much to send: no SIGPIPE */
	still_serves();
}

static void test_long_reply(void **state)
{
	struct client *client = attach();
	struct json_object *result = call_on(client, "io.test.Big", "{\"size\":4000000}", NULL);

	assert_int_equal(json_object_get_string_len(json_object_object_get(result, "data")),
			 4000000);
	json_object_put(result);
	result = NULL;
	assert_int_equal(client_call(client, "io.test.Big",
				     json_tokener_parse("{\"size\":5000000}"), &result, NULL),
			 -EPIPE);
	assert_null(result);
	client_free(client);
	still_serves();
}

static int add_part(void *userdata, struct json_object *reply)
{
	int64_t *n = userdata;

	assert_int_equal(number_of(reply, "n"), *n);
	++*n;
	return *n == 1000 ? -ECANCELED : 0;
}

/* Calls List with "more"; how many parts came. */
static int64_t parts_of(struct client *client, const char *parameters, int expect)
{
	_cleanup_(varlink_put) struct json_object *result = NULL;
	_cleanup_free_ char *error = NULL;
	int64_t n = 0;

	assert_int_equal(client_call_each(client, "io.test.List", json_tokener_parse(parameters),
					  add_part, &n, &result, &error),
			 expect);
	return n;
}

static void test_parts(void **state)
{
	struct client *client = attach();

	assert_int_equal(parts_of(client, "{\"count\":1,\"size\":1}", 0), 1);
	assert_int_equal(parts_of(client, "{\"count\":100,\"size\":100000}", 0), 100);
	assert_int_equal(parts_of(client, "{\"count\":0,\"size\":1}", -EREMOTEIO), 0);
	json_object_put(call_on(client, "io.test.Echo", NULL, NULL)); /* in step */
	/* What answers whole is one part. */
	assert_int_equal(client_call_each(client, "io.test.Echo",
					  json_tokener_parse("{\"number\":7}"), add_part,
					  &(int64_t){0}, NULL, NULL),
			 0);
	assert_int_equal(parts_of(client, "{\"count\":-3,\"size\":1}", -EPIPE), 3);
	client_free(client);
	client = attach();
	assert_int_equal(parts_of(client, "{\"count\":2000,\"size\":1}", -ECANCELED), 1000);
	assert_int_equal(parts_of(client, "{\"count\":1,\"size\":1}", -EPIPE), 0);
	client_free(client);
	still_serves();
	assert_int_equal(server_status("parts"), 0);
}

/* Whole it is as long as any reply may be. */
static void test_parts_not_asked_for(void **state)
{
	expect_call("io.test.List", "{\"size\":5000000}", "org.varlink.service.ExpectedMore", "{}");
	json_object_put(call("io.test.List", "{\"size\":5}", NULL));
	still_serves();
}

/* One who does not read makes the server keep one part; who goes leaves nothing. */
static void test_parts_no_reader(void **state)
{
	int fd = raw_connect();

	raw_send_text(fd, "{\"method\":\"io.test.List\",\"more\":true,"
			  "\"parameters\":{\"count\":1000,\"size\":1000000}}");
	raw_send_text(fd, "{\"method\":\"io.test.Echo\"}"); /* not before its end */
	still_serves();
	assert_int_equal(server_status("parts"), 1);
	assert_true(server_status("memory") < 4 * 1024 * 1024);
	close(fd);
	still_serves();
	assert_int_equal(server_status("parts"), 0);
}

static void test_client_limit(void **state)
{
	int fds[CONTROL_CLIENTS_MAX], extra;

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = raw_connect();
		raw_send_text(fds[i], "{\"method\":\"io.test.Echo\"}");
		expect_json(raw_read(fds[i]), "{\"parameters\":{}}");
	}
	extra = raw_connect();
	assert_null(raw_read(extra));
	close(extra);
	raw_send_text(fds[63], "{\"method\":\"io.test.Echo\"}");
	expect_json(raw_read(fds[63]), "{\"parameters\":{}}");
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
	usleep(100 * 1000);
	still_serves();
}

static void test_passed_descriptors(void **state)
{
	static char text[] = "{\"method\":\"io.test.Echo\"}";
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	int64_t before = server_status("fds");
	int fd = raw_connect(), passed = open("/dev/null", O_RDONLY | O_CLOEXEC);

	*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
						.cmsg_type = SCM_RIGHTS,
						.cmsg_len = CMSG_LEN(sizeof(int))};
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &passed, sizeof(passed));
	for (int i = 0; i < 20; i++) {
		assert_int_equal(sendmsg(fd, &msg, 0), sizeof(text));
		expect_json(raw_read(fd), "{\"parameters\":{}}");
	}
	assert_int_equal(server_status("fds"), before + 1); /* our connection */
	close(passed);
	close(fd);
}

static double server_cpu(void)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(server_pid, &clock), 0);
	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void test_no_descriptors(void **state)
{
	struct rlimit limit, none = {3, 0};
	double before;
	int fd;

	still_serves();
	assert_int_equal(prlimit(server_pid, RLIMIT_NOFILE, NULL, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(prlimit(server_pid, RLIMIT_NOFILE, &none, NULL), 0);
	fd = raw_connect();
	raw_send_text(fd, "{\"method\":\"io.test.Echo\"}");
	usleep(100 * 1000);
	before = server_cpu();
	usleep(500 * 1000);
	assert_true(server_cpu() - before < 0.1);
	assert_int_equal(prlimit(server_pid, RLIMIT_NOFILE, &limit, NULL), 0);
	expect_json(raw_read(fd), "{\"parameters\":{}}");
	close(fd);
}

/* ---- subscriptions ---- */

static void expect_event(struct client *client, int64_t n, int64_t lost)
{
	struct json_object *result = NULL;

	assert_int_equal(client_next(client, &result, NULL), 0);
	assert_int_equal(number_of(json_object_object_get(result, "event"), "n"), n);
	assert_int_equal(number_of(result, "lost"), lost);
	json_object_put(result);
}

static void test_subscribe(void **state)
{
	struct client *first = subscribe(), *second = subscribe();
	struct json_object *result = NULL;
	char *error = NULL;

	json_object_put(call("io.test.Publish", "{\"count\":100,\"size\":500}", NULL));
	for (int i = 0; i < 100; i++)
		expect_event(first, i, 0);
	client_free(first); /* one goes, the other is served on */
	json_object_put(call("io.test.Publish", "{\"count\":1,\"size\":500}", NULL));
	for (int i = 0; i < 100; i++)
		expect_event(second, i, 0);
	expect_event(second, 0, 0);
	client_free(second);

	first = attach();
	assert_int_equal(client_subscribe(first, "io.test.Nothing", NULL), 0);
	assert_int_equal(client_next(first, &result, &error), -EREMOTEIO);
	assert_string_equal(error, "org.varlink.service.MethodNotFound");
	json_object_put(result);
	free(error);
	client_free(first);
}

/* Reads until nothing comes any more; how many events, which must be without a gap. */
static int64_t drain(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	struct varlink_buffer in = {};
	int64_t read = 0;

	while (poll(&pfd, 1, 1000) == 1) {
		struct json_object *message = NULL, *parameters, *event;
		ssize_t n;

		assert_int_equal(varlink_buffer_reserve(&in, 65536), 0);
		n = recv(fd, in.data + in.end, 65536, 0);
		assert_true(n > 0);
		in.end += n;
		while (varlink_take(&in, CONTROL_QUEUE_MAX, &message) == 1) {
			parameters = json_object_object_get(message, "parameters");
			event = json_object_object_get(parameters, "event");
			assert_int_equal(number_of(event, "n"), read++ % 100);
			assert_int_equal(number_of(parameters, "lost"), 0);
			json_object_put(message);
		}
	}
	assert_int_equal(varlink_buffer_length(&in), 0);
	return read;
}

static void test_subscriber_does_not_read(void **state)
{
	struct client *reader = NULL;
	int fd = raw_connect();
	int64_t read;
	char text[128];

	raw_send_text(fd, "{\"method\":\"io.test.Watch\",\"more\":true}");
	reader = subscribe();
	/* 20 MB for each, of which 4 MiB and what the socket takes are kept for one. */
	for (int i = 0; i < 10; i++) {
		json_object_put(call("io.test.Publish", "{\"count\":100,\"size\":20000}", NULL));
		for (int n = 0; n < 100; n++)
			expect_event(reader, n, 0);
	}
	assert_true(server_status("memory") < 2 * CONTROL_QUEUE_MAX + 1024 * 1024);
	read = drain(fd);
	assert_in_range(read, CONTROL_QUEUE_MAX / 20100, 400);
	json_object_put(call("io.test.Publish", "{\"count\":2,\"size\":1}", NULL));
	sprintf(text,
		"{\"parameters\":{\"event\":{\"data\":\"x\",\"n\":0},\"lost\":%d},"
		"\"continues\":true}",
		(int)(1000 - read));
	expect_json(raw_read(fd), text);
	expect_json(raw_read(fd), "{\"parameters\":{\"event\":{\"data\":\"x\",\"n\":1},\"lost\":0},"
				  "\"continues\":true}");
	client_free(reader);
	close(fd);
}

/* A subscription is a call without an end: what is sent after it is never answered. */
static void test_subscriber_sends(void **state)
{
	_cleanup_free_ char *data = calloc(1, 100000);
	int fd = raw_connect();

	raw_send_text(fd, "{\"method\":\"io.test.Watch\",\"more\":true}");
	raw_send(fd, data, 100000);
	still_serves();
	json_object_put(call("io.test.Publish", "{\"count\":1,\"size\":1}", NULL));
	expect_json(raw_read(fd), "{\"parameters\":{\"event\":{\"data\":\"x\",\"n\":0},\"lost\":0},"
				  "\"continues\":true}");
	close(fd);
	still_serves();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_introspection),
		cmocka_unit_test(test_service_errors),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_failure_without_answer),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_malformed_after_calls),
		cmocka_unit_test(test_stopped_in_message),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_no_reader),
		cmocka_unit_test(test_long_reply),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_parts_not_asked_for),
		cmocka_unit_test(test_parts_no_reader),
		cmocka_unit_test(test_client_limit),
		cmocka_unit_test(test_passed_descriptors),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_subscribe),
		cmocka_unit_test(test_subscriber_does_not_read),
		cmocka_unit_test(test_subscriber_sends),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
