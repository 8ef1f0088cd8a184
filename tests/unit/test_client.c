// SPDX-License-Identifier: GPL-2.0-only
/* The control socket: where it is, who may call, and the client on its other end. */
#include "control_fixture.h"

/* ---- the socket ---- */

static void test_socket(void **state)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0666);
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &st), 0);
	path[strlen(path)] = '/';
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
}

static int listen_again(const char *at)
{
	struct control_config config = make_config(at);
	struct control *control = NULL;
	sd_event *event = NULL;
	int r;

	assert_true(sd_event_new(&event) >= 0);
	r = control_new(&control, event, &config);
	control_free(control);
	sd_event_unref(event);
	return r;
}

static void test_address_in_use(void **state)
{
	assert_int_equal(listen_again(path), -EADDRINUSE);
	still_serves();
}

static void test_stale_socket(void **state)
{
	kill(server_pid, SIGKILL);
	waitpid(server_pid, NULL, 0);
	assert_int_equal(access(path, F_OK), 0); /* nobody removed it */
	assert_int_equal(start_server(NULL), 0);
	still_serves();
}

static void test_not_a_socket(void **state)
{
	char other[sizeof(path) + 8];
	struct client *client = NULL;
	int fd;

	snprintf(other, sizeof(other), "%s.other", path);
	fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(listen_again(other), -ENOTSOCK);
	assert_int_equal(access(other, F_OK), 0);
	unlink(other);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(listen_again(other), -ENOTSOCK);
	unlink(other);
	assert_int_equal(client_connect(&client, other), -ENOENT);
	assert_int_equal(listen_again("/tmp/a/path/that/is/not/there"), -ENOENT);
	assert_int_equal(listen_again("/tmp/a/path/that/is/too/long/for/the/address/of/a/UNIX/"
				      "socket/which/has/but/one/hundred/and/eight/bytes/for/it"),
			 -ENAMETOOLONG);
	still_serves();
}

/* A socket that another has put in our place is not ours to remove. */
static void test_replaced_socket(void **state)
{
	struct control_config config;
	struct control *control = NULL;
	char other[sizeof(path) + 8];
	sd_event *event = NULL;

	snprintf(other, sizeof(other), "%s.other", path);
	config = make_config(other);
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(control_new(&control, event, &config), 0);
	assert_int_equal(rename(path, other), 0);
	control_free(control);
	assert_int_equal(rename(other, path), 0);
	sd_event_unref(event);
	still_serves();
}

/* ---- who may ---- */

/* Runs `act` as another user, whose result is 0 if all was as it should be. */
static int as_user(gid_t gid, size_t n, const gid_t *groups, int (*act)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (setgroups(n, groups) < 0 || setgid(gid) < 0 || setuid(NOBODY) < 0)
			_exit(99);
		_exit(act());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What a method answers: NULL if it went well, or the error; for a forked child. */
static char *outcome(const char *method)
{
	struct json_object *result = NULL;
	struct client *client = NULL;
	char *error = NULL;
	int r = client_connect(&client, path);

	if (r >= 0)
		r = client_call(client, method, NULL, &result, &error);
	json_object_put(result);
	client_free(client);
	return r < 0 && !error ? strdup("failed") : error;
}

static bool is_outcome(const char *method, const char *expected)
{
	_cleanup_free_ char *error = outcome(method);

	return expected ? error && strcmp(error, expected) == 0 : !error;
}

static int expect_denied(void)
{
	if (!is_outcome("io.test.Echo", "io.test.PermissionDenied"))
		return 1;
	if (!is_outcome("io.test.Watch", "io.test.PermissionDenied"))
		return 2;
	if (!is_outcome("io.test.Nothing", "io.test.PermissionDenied"))
		return 3;
	if (!is_outcome("io.nobody.Echo", "io.test.PermissionDenied"))
		return 4;
	if (!is_outcome("org.varlink.service.GetInfo", NULL))
		return 5;
	if (!is_outcome("org.varlink.service.No", "org.varlink.service.MethodNotFound"))
		return 6;
	return 0;
}

/* But what is for root only. */
static int expect_allowed(void)
{
	if (!is_outcome("io.test.Echo", NULL))
		return 1;
	if (!is_outcome("io.test.Change", "io.test.PermissionDenied"))
		return 2;
	return is_outcome("io.test.Nothing", "org.varlink.service.MethodNotFound") ? 0 : 3;
}

static bool skip_without_root(void)
{
	if (getuid() == 0)
		return false;
	print_message("# needs root, to become another user\n");
	return true;
}

static void test_permission(void **state)
{
	static const gid_t others[] = {1, 2, 3}, readers[] = {1, 2, READERS};

	if (skip_without_root())
		skip();
	assert_int_equal(as_user(NOBODY, 0, NULL, expect_denied), 0);
	assert_int_equal(as_user(NOBODY, 3, others, expect_denied), 0);
	assert_int_equal(as_user(NOBODY, 3, readers, expect_allowed), 0);
	assert_int_equal(as_user(READERS, 0, NULL, expect_allowed), 0);
	assert_int_equal(as_user(READERS, 3, others, expect_allowed), 0);
	assert_true(is_outcome("io.test.Change", NULL));
}

static int hold_all(void)
{
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		raw_connect();
	usleep(3000 * 1000);
	return 0;
}

/* Those who may not call cannot keep the others out either. */
static void test_strangers(void **state)
{
	double start = now();
	pid_t pid;
	int status;

	if (skip_without_root())
		skip();
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(as_user(NOBODY, 0, NULL, hold_all));
	usleep(300 * 1000);
	while (now() - start < 1)
		still_serves();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* ---- the client ---- */

static void test_time_out(void **state)
{
	struct client *client = attach();
	struct json_object *result = NULL;
	double start = now();

	assert_int_equal(client_call(client, "io.test.Sleep", json_tokener_parse("{\"msec\":3000}"),
				     &result, NULL),
			 -ETIMEDOUT);
	assert_true(now() - start >= 1.9);
	/* the late answer must not become the next call's */
	assert_int_equal(client_call(client, "io.test.Echo", NULL, &result, NULL), -EPIPE);
	assert_int_equal(client_next(client, &result, NULL), -EPIPE);
	client_free(client);
	sleep(2);
}

static void test_death(void **state)
{
	struct client *client = attach(), *watcher = subscribe(), *other = NULL;
	struct json_object *result = NULL;

	assert_int_equal(client_call(client, "io.test.Die", NULL, &result, NULL), -EPIPE);
	assert_int_equal(client_call(client, "io.test.Echo", NULL, &result, NULL), -EPIPE);
	assert_int_equal(client_next(watcher, &result, NULL), -EPIPE);
	client_free(client);
	client_free(watcher);
	assert_null(result);
	waitpid(server_pid, NULL, 0);
	assert_int_equal(client_connect(&other, path), -ECONNREFUSED);
	assert_int_equal(start_server(NULL), 0);
}

/* Something else answers there, with what is no reply. */
static void test_not_a_daemon(void **state)
{
	static const struct {
		const char *data;
		size_t size;
		int error;
	} cases[] = {
		{"HTTP/1.1 400 Bad Request\r\n\r\n\0", 29, -EBADMSG},
		{"{\"method\":\"io.test.Echo\"}\0", 26, -EBADMSG},
		{"{\"error\":7}\0", 12, -EBADMSG},
		{"{\"parameters\":", 14, -EPIPE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		struct json_object *result = NULL;
		struct client *client = NULL;
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;

		snprintf(address.sun_path, sizeof(address.sun_path), "%s.other", path);
		assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
		assert_int_equal(listen(fd, 1), 0);
		assert_int_equal(client_connect(&client, address.sun_path), 0);
		peer = accept(fd, NULL, NULL);
		raw_send(peer, cases[i].data, cases[i].size);
		shutdown(peer, SHUT_WR);
		assert_int_equal(client_call(client, "io.test.Echo", NULL, &result, NULL),
				 cases[i].error);
		client_free(client);
		close(peer);
		close(fd);
		unlink(address.sun_path);
	}
}

/* First those that kill the server: what a sanitizer says is the last one's exit status. */
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stale_socket), cmocka_unit_test(test_death),
		cmocka_unit_test(test_socket),       cmocka_unit_test(test_address_in_use),
		cmocka_unit_test(test_not_a_socket), cmocka_unit_test(test_replaced_socket),
		cmocka_unit_test(test_permission),   cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_time_out),     cmocka_unit_test(test_not_a_daemon),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
