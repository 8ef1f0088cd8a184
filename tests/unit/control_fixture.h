/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tests of the control socket: a real server in a child process, real clients
 * here.  What a client may do wrong costs its own connection: after each misdeed
 * still_serves() proves with another one that the server goes on.
 */
#ifndef CONTROL_FIXTURE_H
#define CONTROL_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <dirent.h>
#include <cmocka.h>
#include "client.h"
#include "control.h"
#include "log.h"
#include "varlink.h"

#define READERS     4242
#define NOBODY      65534
#define PATIENCE_MS 20000

/* Instead of 10 seconds each. */
uint64_t control_idle_usec = 500 * 1000;
unsigned int client_timeout_msec = 2000;

static char directory[] = "/tmp/test_control.XXXXXX";
static char path[64];
static pid_t server_pid;

/* ---- the server ---- */

static const char description[] = "interface io.test\n"
				  "method Echo(text: ?string, number: ?int) -> ()\n"
				  "method NotYet () -> ()\n";

static struct control *server;

static inline int64_t number_of(struct json_object *parameters, const char *key)
{
	return json_object_get_int64(json_object_object_get(parameters, key));
}

static bool prepared;

static inline void before_call(void *userdata)
{
	assert_ptr_equal(userdata, &server);
	prepared = true;
}

static inline int do_echo(void *userdata, struct json_object *parameters, struct json_object **ret,
			  const char **ret_error)
{
	struct json_object *number = json_object_object_get(parameters, "number");

	assert_ptr_equal(userdata, &server);
	assert_true(prepared);
	prepared = false;
	if (number && !json_object_is_type(number, json_type_int)) {
		*ret = json_object_new_object();
		json_object_object_add(*ret, "parameter", json_object_new_string("number"));
		*ret_error = "org.varlink.service.InvalidParameter";
		return -EINVAL;
	}
	*ret = json_object_get(parameters);
	return 0;
}

static inline int do_big(void *userdata, struct json_object *parameters, struct json_object **ret,
			 const char **ret_error)
{
	size_t size = number_of(parameters, "size");
	_cleanup_free_ char *data = malloc(size);

	memset(data, 'x', size);
	*ret = json_object_new_object();
	json_object_object_add(*ret, "data", json_object_new_string_len(data, size));
	return 0;
}

/* {"n": 0 .. count - 1, "data": of so many bytes}, one a part; "count" below 0: it fails at last.
 */
struct parts {
	int64_t n, count;
	size_t size;
};

static unsigned int parts_begun, parts_done;

static inline int next_part(void *state, struct json_object **ret)
{
	struct parts *parts = state;
	struct json_object *size = json_object_new_object();
	int64_t n = parts->n++;

	json_object_object_add(size, "size", json_object_new_int64(parts->size));
	do_big(NULL, size, ret, NULL);
	json_object_put(size);
	json_object_object_add(*ret, "n", json_object_new_int64(n));
	if (parts->count < 0 && n == -parts->count) {
		json_object_put(*ret);
		return -EIO;
	}
	return parts->n != parts->count;
}

static inline void parts_free(void *state)
{
	parts_done++;
	free(state);
}

static inline int begin_parts(void *userdata, struct json_object *parameters,
			      struct control_parts *ret_parts, struct json_object **ret,
			      const char **ret_error)
{
	struct parts *parts;

	if (!number_of(parameters, "count")) {
		*ret_error = "io.test.Failed";
		return -EINVAL;
	}
	parts = calloc(1, sizeof(*parts));
	*parts = (struct parts){.count = number_of(parameters, "count"),
				.size = number_of(parameters, "size")};
	parts_begun++;
	*ret_parts = (struct control_parts){next_part, parts_free, parts};
	return 0;
}

static inline int do_publish(void *userdata, struct json_object *parameters,
			     struct json_object **ret, const char **ret_error)
{
	struct json_object *event = NULL;

	assert_int_equal(do_big(userdata, parameters, &event, ret_error), 0);
	for (int64_t i = 0; i < number_of(parameters, "count"); i++) {
		json_object_object_add(event, "n", json_object_new_int64(i));
		control_publish(server, event);
	}
	json_object_put(event);
	return 0;
}

static inline unsigned int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static inline int do_status(void *userdata, struct json_object *parameters,
			    struct json_object **ret, const char **ret_error)
{
	struct mallinfo2 memory = mallinfo2(); /* all 0 below valgrind and sanitizers */

	*ret = json_object_new_object();
	json_object_object_add(*ret, "memory",
			       json_object_new_int64(memory.uordblks + memory.hblkhd));
	json_object_object_add(*ret, "fds", json_object_new_int64(count_fds()));
	json_object_object_add(*ret, "parts", json_object_new_int64(parts_begun - parts_done));
	return 0;
}

static inline int do_fail(void *userdata, struct json_object *parameters, struct json_object **ret,
			  const char **ret_error)
{
	*ret_error = "io.test.Failed";
	return -EIO;
}

static inline int do_break(void *userdata, struct json_object *parameters, struct json_object **ret,
			   const char **ret_error)
{
	return -ENOMEM;
}

static inline int do_sleep(void *userdata, struct json_object *parameters, struct json_object **ret,
			   const char **ret_error)
{
	usleep(number_of(parameters, "msec") * 1000);
	return 0;
}

static inline int do_die(void *userdata, struct json_object *parameters, struct json_object **ret,
			 const char **ret_error)
{
	_exit(0);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct control_method methods[] = {
	{"io.test.Echo", do_echo, NAMES("text", "number"), false},
	{"io.test.Big", do_big, NAMES("size"), false},
	{"io.test.List", do_big, NAMES("count", "size"), false, begin_parts},
	{"io.test.Publish", do_publish, NAMES("count", "size"), false},
	{"io.test.Status", do_status, NULL, false},
	{"io.test.Fail", do_fail, NULL, false},
	{"io.test.Break", do_break, NULL, false},
	{"io.test.Sleep", do_sleep, NAMES("msec"), false},
	{"io.test.Die", do_die, NULL, false},
	{"io.test.Change", do_status, NULL, true},
	{"io.test.Watch", NULL, NULL, false},
	{},
};

static inline struct control_config make_config(const char *at)
{
	return (struct control_config){
		.path = at,
		.interface = "io.test",
		.description = description,
		.vendor = "a vendor",
		.product = "a product",
		.version = "1",
		.url = "https://example.org/",
		.readers = getuid() == 0 ? READERS : getgid(),
		.methods = methods,
		.before = before_call,
		.userdata = &server,
	};
}

static inline void run_server(int ready)
{
	struct control_config config = make_config(path);
	sd_event *event = NULL;
	sigset_t mask;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	if (sd_event_new(&event) < 0 || sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL) < 0)
		exit(10);
	if (control_new(&server, event, &config) < 0)
		exit(11);
	close(ready);
	if (sd_event_loop(event) < 0)
		exit(12);
	control_free(server);
	sd_event_unref(event);
	exit(access(path, F_OK) == 0 ? 13 : 0);
}

static inline int start_server(void **state)
{
	int ready[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	fflush(NULL);
	server_pid = fork();
	if (server_pid == 0) {
		close(ready[0]);
		run_server(ready[1]);
	}
	close(ready[1]);
	while (read(ready[0], &byte, 1) > 0)
		;
	close(ready[0]);
	return server_pid < 0 ? -1 : 0;
}

/* What a sanitizer or valgrind found in the child shows in its exit status. */
static inline int stop_server(void **state)
{
	int status;

	kill(server_pid, SIGTERM);
	if (waitpid(server_pid, &status, 0) < 0)
		return -1;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL ? 0 : -1;
	return WEXITSTATUS(status) ? -1 : 0;
}

/* ---- clients ---- */

static inline struct client *attach(void)
{
	struct client *client = NULL;

	assert_int_equal(client_connect(&client, path), 0);
	return client;
}

/* One call by the client library; `expect` is its error's name or NULL. */
static inline struct json_object *call_on(struct client *client, const char *method,
					  const char *text, const char *expect)
{
	struct json_object *parameters = text ? json_tokener_parse(text) : NULL, *result = NULL;
	_cleanup_free_ char *error = NULL;
	int r = client_call(client, method, parameters, &result, &error);

	assert_int_equal(r, expect ? -EREMOTEIO : 0);
	if (expect)
		assert_string_equal(error, expect);
	return result;
}

static inline struct json_object *call(const char *method, const char *text, const char *expect)
{
	struct client *client = attach();
	struct json_object *result = call_on(client, method, text, expect);

	client_free(client);
	return result;
}

static inline void expect_json(struct json_object *result, const char *text)
{
	struct json_object *expected = json_tokener_parse(text);

	if (!json_object_equal(result, expected))
		fail_msg("got %s, expected %s", json_object_to_json_string(result), text);
	json_object_put(expected);
	json_object_put(result);
}

static inline void expect_call(const char *method, const char *text, const char *error,
			       const char *result)
{
	expect_json(call(method, text, error), result);
}

static inline void still_serves(void)
{
	expect_call("io.test.Echo", "{\"text\":\"still\"}", NULL, "{\"text\":\"still\"}");
}

static inline int64_t server_status(const char *key)
{
	struct json_object *status = call("io.test.Status", NULL, NULL);
	int64_t value = number_of(status, key);

	json_object_put(status);
	return value;
}

static inline int raw_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* All of it, unless the server has closed. */
static inline void raw_send(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n < 0)
			break;
		data += n;
		size -= n;
	}
}

#define raw_send_text(fd, text) raw_send(fd, text, strlen(text) + 1)

/* One message, read byte by byte so that none of the next is taken; NULL at the end. */
static inline struct json_object *raw_read(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	char text[4096];

	for (size_t n = 0; n < sizeof(text); n++) {
		assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
		if (recv(fd, &text[n], 1, 0) <= 0)
			return NULL;
		if (!text[n])
			return json_tokener_parse(text);
	}
	fail_msg("too long a message");
	return NULL;
}

static inline void expect_closed(int fd)
{
	assert_null(raw_read(fd));
	close(fd);
	still_serves();
}

/* Sends what is no call; its connection ends without a reply. */
static inline void expect_refused(const char *data, size_t size)
{
	int fd = raw_connect();

	raw_send(fd, data, size);
	expect_closed(fd);
}

#define expect_refused_text(text) expect_refused(text, strlen(text) + 1)

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* A subscription has begun when calls that were sent later are answered. */
static inline struct client *subscribe(void)
{
	struct client *client = attach();

	assert_int_equal(client_subscribe(client, "io.test.Watch", NULL), 0);
	for (int i = 0; i < 3; i++)
		still_serves();
	return client;
}

static inline int set_up(void **state)
{
	log_set_level(LOG_EMERG);
	if (!mkdtemp(directory) || chmod(directory, 0755) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/run/socket", directory);
	return start_server(state);
}

static inline int tear_down(void **state)
{
	int r = stop_server(state);
	char run[64];

	unlink(path);
	snprintf(run, sizeof(run), "%s/run", directory);
	rmdir(run);
	return rmdir(directory) < 0 ? -1 : r;
}

#endif
