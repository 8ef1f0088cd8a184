// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>
#include "config.h"
#include "util.h"

static char dir[] = "/tmp/ownerd-config-XXXXXX";
static char file[64];

static void write_bytes(const void *data, size_t size)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
}

static struct config given(void)
{
	struct config c = {.mode = MODE_ENFORCE, .allow_degraded = true};

	c.log = strdup("/given.log");
	c.socket = strdup("/given.sock");
	assert_int_equal(config_add_device(&c.reserve, &c.n_reserve, "0000:01:00.0"), 0);
	assert_int_equal(config_add_device(&c.dedicate, &c.n_dedicate, "0000:02:00.0"), 0);
	return c;
}

/* Loads `path`, which must fail with r, the whole message being `file` + says; *c stays as it is.
 */
static void check_refused_path(const char *path, int r, const char *says)
{
	_cleanup_(config_done) struct config c = given();
	_cleanup_free_ char *error = NULL, *expected = NULL;
	struct config before = c;

	if (config_load(&c, path, &error) != r || !error)
		fail_msg("not refused as: %s", says);
	assert_true(asprintf(&expected, "%s%s", path, says) > 0);
	assert_string_equal(error, expected);
	assert_memory_equal(&c, &before, sizeof(c));
	assert_string_equal(c.reserve[0], "0000:01:00.0");
	assert_string_equal(c.dedicate[0], "0000:02:00.0");
	assert_string_equal(c.log, "/given.log");
	assert_string_equal(c.socket, "/given.sock");
}

static void check_refused(const void *data, size_t size, int r, const char *says)
{
	write_bytes(data, size);
	check_refused_path(file, r, says);
}

#define KEYS                                                                                       \
	"the keys are mode, reserve, dedicate, log, log-fsync, log-repeats, socket, policy, "      \
	"metrics-file, reprobe, allow-degraded"
#define LIST "give a list of at most 4096 devices, such as [\"0000:3b:00.0\"]"
#define MODE "give observe or enforce"
#define PCI  "give a PCI address, such as 0000:3b:00.0, or BUS/NAME"
#define LOG  "give an absolute path of at most 4095 bytes, such as /var/log/ownerd.jsonl"
#define SOCK "give an absolute path of at most 107 bytes"
#define BOOL "give true or false"
#define NOT  " is not valid; "
#define X(n) n n n n n n n n n n /* ten times */

static const struct {
	const char *text, *says;
} mistakes[] = {
	/* keys */
	{"mode: enforce\n\nmod: x\n", ":3:1: key \"mod\": unknown; did you mean \"mode\"?"},
	{"reserved: []\n", ":1:1: key \"reserved\": unknown; did you mean \"reserve\"?"},
	{"# c\nallow_degraded: yes\n",
	 ":2:1: key \"allow_degraded\": unknown; did you mean \"allow-degraded\"?"},
	{"Mode: observe\n", ":1:1: key \"Mode\": unknown; did you mean \"mode\"?"},
	{"colour: red\n", ":1:1: key \"colour\": unknown; " KEYS},
	{"'': red\n", ":1:1: key \"\": unknown; " KEYS},
	{"<<: {mode: observe}\n", ":1:1: key \"<<\": unknown; " KEYS},
	{"mod%se%n: 1\n", ":1:1: key \"mod%se%n\": unknown; " KEYS},
	{"\"a\\nb\\e[1m\\x9b\": 1\n", ":1:1: key \"a?b?[1m??\": unknown; " KEYS},
	{X("0123456789") ": 1\n", ":1:1: key \"0123456789012345678901234567890123456789"
				  "012345678901234567890123...\": unknown; " KEYS},
	{"mode: observe\nlog: /a\nmode: enforce\n",
	 ":3:1: key \"mode\": given before, on line 1; keep one of them"},
	{"reserve: []\nreserve: []\n",
	 ":2:1: key \"reserve\": given before, on line 1; keep one of them"},
	{"? [a]\n: b\n", ":1:3: a list or mapping as a key; write a word"},
	{"mode: observe\n? {a: b}\n: c\n", ":2:3: a list or mapping as a key; write a word"},
	/* types and values */
	{"mode: enfroce\n", ":1:7: key \"mode\": \"enfroce\"" NOT MODE},
	{"mode: 1\n", ":1:7: key \"mode\": \"1\"" NOT MODE},
	{"mode: Enforce\n", ":1:7: key \"mode\": \"Enforce\"" NOT MODE},
	{"mode:\n", ":1:6: key \"mode\": \"\"" NOT MODE},
	{"mode: [observe]\n", ":1:7: key \"mode\": this list" NOT MODE},
	{"mode: {observe: 1}\n", ":1:7: key \"mode\": this mapping" NOT MODE},
	{"log-fsync: sometimes\n",
	 ":1:12: key \"log-fsync\": \"sometimes\" is not valid; give never, violations or always"},
	{"log-repeats: drop\n",
	 ":1:14: key \"log-repeats\": \"drop\" is not valid; give count or write"},
	{"reprobe: always\n",
	 ":1:10: key \"reprobe\": \"always\" is not valid; give ask, never or auto"},
	{"allow-degraded: maybe\n", ":1:17: key \"allow-degraded\": \"maybe\"" NOT BOOL},
	{"allow-degraded: 0\n", ":1:17: key \"allow-degraded\": \"0\"" NOT BOOL},
	{"allow-degraded: []\n", ":1:17: key \"allow-degraded\": this list" NOT BOOL},
	{"reserve: 3b:00.0\n", ":1:10: key \"reserve\": \"3b:00.0\"" NOT LIST},
	{"reserve:\n", ":1:9: key \"reserve\": \"\"" NOT LIST},
	{"reserve: ~\n", ":1:10: key \"reserve\": \"~\"" NOT LIST},
	{"reserve: {a: b}\n", ":1:10: key \"reserve\": this mapping" NOT LIST},
	{"reserve:\n- 3b:00.0\n- eth0\n", ":3:3: key \"reserve\": \"eth0\"" NOT PCI},
	{"dedicate: [\n 3b:00.0,\n ../x\n]\n", ":3:2: key \"dedicate\": \"../x\"" NOT PCI},
	{"dedicate:\n- 3b:00.0\n- [a]\n", ":3:3: key \"dedicate\": this list" NOT LIST},
	{"dedicate:\n- 3b:00.0\n- {a: b}\n", ":3:3: key \"dedicate\": this mapping" NOT LIST},
	{"dedicate:\n- 3b:00.0\n- ''\n", ":3:3: key \"dedicate\": \"\"" NOT PCI},
	{"reserve: [a/" X("1234567") "]\n",
	 ":1:11: key \"reserve\": \"a/12345671234567123456712345671234567123456712345671234567"
	 "123456...\"" NOT "a bus has at most 15 bytes, a device 63"},
	{"log: var\n", ":1:6: key \"log\": \"var\"" NOT LOG},
	{"log: [/a]\n", ":1:6: key \"log\": this list" NOT LOG},
	{"socket: x\n", ":1:9: key \"socket\": \"x\"" NOT SOCK},
	{"socket: /" X("0123456789") "0123456\n",
	 ":1:9: key \"socket\": \"/012345678901234567890123456789012345678901234567890123456789"
	 "012...\"" NOT SOCK},
	/* documents */
	{"- mode: observe\n", ":1:1: a list; write keys, as \"mode: observe\""},
	{"\nobserve\n", ":2:1: no keys; write them as \"mode: observe\""},
	{"mode: observe\n---\nmode: enforce\n", ":2:1: a second document; only one is read"},
	{"---\n---\n", ":2:1: a second document; only one is read"},
	{"mode: observe\n%TAG ! x\n", ":2:1: a YAML directive (%TAG); remove it"},
	{"log: &a /x\nsocket: *a\n", ":2:9: an alias (*name); write the value out"},
	{"reserve: [[[[[[[[[[[[[[\n", ":1:17: nested too deeply; no key needs that"},
	/* syntax: libyaml's words */
	{"mode: observe\nlog: [\n",
	 ":3:1: not YAML: did not find expected node content; check indentation, quotes and "
	 "brackets"},
	{"mode: observe\n\tlog: /x\n",
	 ":2:1: not YAML: while scanning a plain scalar from line 1 on: found a tab character that "
	 "violates indentation; check indentation, quotes and brackets"},
	{"\tmode: observe\n", ":1:1: not YAML: found character that "
			      "cannot start any token; check indentation, quotes and brackets"},
	{"mode: \"observe\n",
	 ":2:1: not YAML: while scanning a quoted scalar from line 1 on: found unexpected end of "
	 "stream; check indentation, quotes and brackets"},
	{"mode: observe\nlog: /\xff\n",
	 ":2:7: invalid leading UTF-8 octet; the file must be UTF-8 text"},
	{"mode: observe\nlog: /\xc3\x28\n",
	 ":2:8: invalid trailing UTF-8 octet; the file must be UTF-8 text"},
	{"mode: observe\nlog: /\x1b\n",
	 ":2:7: control characters are not allowed; the file must be UTF-8 text"},
	{"log: \"/a\\0b\"\n", ":1:6: a NUL character (\\0); remove it"},
	/* of several mistakes none is half applied: the good keys come first here */
	{"mode: observe\nreserve: []\nlog: /b\nallow-degraded: false\nsocket: x\n",
	 ":5:9: key \"socket\": \"x\"" NOT SOCK},
};

static void test_mistakes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
		check_refused(mistakes[i].text, strlen(mistakes[i].text), -EINVAL,
			      mistakes[i].says);
}

static void test_nul_bytes(void **state)
{
	static const char nul[] = "mode: observe\nlog: /a\0b\n";
	static const char utf16[] = "\xff\xfem\0o\0d\0e\0";

	check_refused(nul, sizeof(nul) - 1, -EINVAL,
		      ":2:8: a NUL byte; the file must be UTF-8 text");
	check_refused(utf16, sizeof(utf16), -EINVAL,
		      ":1:4: a NUL byte; the file must be UTF-8 text");
}

#define BOM "\xef\xbb\xbf"

static void test_everything(void **state)
{
	static const char text[] = BOM "mode: observe\n"
				       "reserve: [0000:3b:00.0, pci/3c:00.0]\n"
				       "dedicate:\n  - 'platform/Fixed MDIO bus.0'\n"
				       "log: /var/log/ownerd.jsonl\n"
				       "socket: /run/x\n"
				       "allow-degraded: false\n";
	_cleanup_(config_done) struct config c = given();
	char *error = NULL;

	/* with a BOM, as some editors write it, and without */
	write_bytes(text, strlen(text));
	assert_int_equal(config_load(&c, file, &error), 0);
	write_bytes(text + strlen(BOM), strlen(text) - strlen(BOM));
	assert_int_equal(config_load(&c, file, &error), 0);
	assert_null(error);
	assert_int_equal(c.mode, MODE_OBSERVE);
	assert_int_equal(c.n_reserve, 2);
	assert_string_equal(c.reserve[0], "0000:3b:00.0");
	assert_string_equal(c.reserve[1], "pci/3c:00.0");
	assert_int_equal(c.n_dedicate, 1);
	assert_string_equal(c.dedicate[0], "platform/Fixed MDIO bus.0");
	assert_string_equal(c.log, "/var/log/ownerd.jsonl");
	assert_string_equal(c.socket, "/run/x");
	assert_false(c.allow_degraded);
	/* what the file gave can be added to */
	assert_int_equal(config_add_device(&c.reserve, &c.n_reserve, "3d:00.0"), 0);
	assert_string_equal(c.reserve[2], "3d:00.0");
}

/* Files that say nothing change nothing. */
static void test_nothing(void **state)
{
	static const char *const texts[] = {"",   "\n", "# only this\n", "---\n", "---\n...\n",
					    "{}", BOM};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(config_done) struct config c = given();
		struct config before = c;
		char *error = NULL;

		write_bytes(texts[i], strlen(texts[i]));
		assert_int_equal(config_load(&c, file, &error), 0);
		assert_null(error);
		assert_memory_equal(&c, &before, sizeof(c));
	}
}

/* Each key alone replaces its own value and leaves the others. */
static void test_one_key(void **state)
{
	_cleanup_(config_done) struct config c = given();
	static const char *const texts[] = {"reserve: []", "log: ~", "socket: ''",
					    "allow-degraded: No", "mode: observe"};
	char *error = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		write_bytes(texts[i], strlen(texts[i]));
		assert_int_equal(config_load(&c, file, &error), 0);
		assert_int_equal(c.n_reserve, 0);
		assert_int_equal(!c.log, i >= 1);
		assert_int_equal(!c.socket, i >= 2);
		assert_int_equal(c.allow_degraded, i < 3);
		assert_int_equal(c.mode, i < 4 ? MODE_ENFORCE : MODE_OBSERVE);
		assert_int_equal(c.n_dedicate, 1);
	}
}

static void test_no_file(void **state)
{
	char path[96];

	check_refused_path(dir, -EISDIR, ": is a directory; name a file in it");
	check_refused_path("/dev/zero", -EINVAL, ": is a device; name a regular file");
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_refused_path(path, -EINVAL, ": is a FIFO; name a regular file");
	unlink(path);
	snprintf(path, sizeof(path), "%s/none", dir);
	check_refused_path(path, -ENOENT,
			   ": cannot be opened: No such file or directory; create it or name "
			   "another file");
}

static void test_path_forges_no_line(void **state)
{
	struct config c = {};
	_cleanup_free_ char *error = NULL;

	assert_int_equal(config_load(&c, "/none\n<0>x", &error), -ENOENT);
	assert_non_null(strstr(error, "/none?<0>x: "));
	assert_null(strchr(error, '\n'));
}

/* Loads what was made to be slow or large; whatever the answer, it comes within a second. */
static void check_quick(const char *head, const char *part, const char *tail, size_t size, int r)
{
	_cleanup_free_ char *text = malloc(size + strlen(part)), *error = NULL;
	_cleanup_(config_done) struct config c = {};
	size_t n = strlen(head), n_tail = strlen(tail);
	struct timespec from, to;

	memcpy(text, head, n);
	for (; n + strlen(part) + n_tail <= size; n += strlen(part))
		memcpy(text + n, part, strlen(part));
	memcpy(text + n, tail, n_tail);
	write_bytes(text, n + n_tail);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	if (config_load(&c, file, &error) != r)
		fail_msg("%s%s...: %s", head, part, error);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	assert_int_equal(error != NULL, r != 0);
	assert_true((to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9 < 1.0);
}

static void test_bombs(void **state)
{
	const size_t max = 1024 * 1024;

	check_quick("#", "x", "", max, 0);
	check_quick("#", "x", "xx", max + 1, -EFBIG);
	check_quick("", "[", "", max, -EINVAL);
	check_quick("reserve: ", "[", "", max, -EINVAL);
	check_quick("reserve: ", "{a: ", "", max, -EINVAL);
	check_quick("", "? ", "", max, -EINVAL);
	check_quick("", "- ", "", max, -EINVAL);
	check_quick("", "%TAG !a! b\n", "--- x", max, -EINVAL);
	check_quick("", "%TAG !a! b\xc2\x85", "--- x", max, -EINVAL);
	check_quick("#\xe2\x80\xa8", "%TAG !a! b\xe2\x80\xa8", "--- x", max, -EINVAL);
	check_quick("\xef\xbb\xbf", "%TAG !a! b\xe2\x80\xa9", "--- x", max, -EINVAL);
	check_quick("", "mode: observe\n", "", max, -EINVAL);
	check_quick("reserve: [", "3b:00.0,", "]", 4096 * 8 + 10, 0);
	check_quick("reserve: [", "3b:00.0,", "]", max, -EINVAL);
	check_quick("reserve: [", "\"\",", "]", max, -EINVAL);
	check_quick("a: &a [x]\nb: [", "*a,", "]", max, -EINVAL);
	check_quick("log: /", "x", "", max, -EINVAL);
	check_quick("log: \"/", "x\\x41", "\"", max, -EINVAL);
	check_quick("", "x", ": y", max, -EINVAL);
	check_quick("log: |\n", " \n", "", max, 0);
	check_quick("", "\n", "mode: observe", max, 0);
	check_quick("log: /", "\n ", "x", max, -EINVAL);
	check_quick("", "a: &a ", "x", max, -EINVAL);
	check_quick("", "!a ", "x", max, -EINVAL);
	check_quick("", "---\n", "", max, -EINVAL);
}

static void test_add_device(void **state)
{
	char **list = NULL;
	size_t n = 0;

	assert_int_equal(config_add_device(&list, &n, "eth0"), -EINVAL);
	assert_int_equal(config_add_device(&list, &n, "abcdefghijklmnop/x"), -ENAMETOOLONG);
	assert_null(list);
	assert_int_equal(config_add_device(&list, &n, "3B:00.0"), 0);
	assert_int_equal(config_add_device(&list, &n, "mdev/x"), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0], "3B:00.0");
	assert_string_equal(list[1], "mdev/x");
	free(list[0]);
	free(list[1]);
	free(list);
}

static int make_dir(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/ownerd.yaml", dir);
	return 0;
}

static int remove_dir(void **state)
{
	unlink(file);
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_one_key),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_path_forges_no_line),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_add_device),
	};

	return cmocka_run_group_tests_name("config", tests, make_dir, remove_dir);
}
