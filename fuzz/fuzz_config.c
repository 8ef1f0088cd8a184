// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a configuration file: an answer, one line if it is no, and a config
 * that is either wholly as before or wholly valid.
 *
 *   clang -fsanitize=fuzzer,address fuzz/fuzz_config.c src/config.c src/schema.c src/outline.c \
 *       src/sysfs.c ...
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "config.h"
#include "util.h"

#define CHECK(x)                                                                                   \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

static void check_error(const char *error)
{
	CHECK(error && *error);
	for (; *error; error++)
		CHECK((unsigned char)*error >= ' ' && *error != 0x7f);
}

static void check_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char **copy = NULL;
		size_t n_copy = 0;

		CHECK(config_add_device(&copy, &n_copy, list[i]) == 0);
		CHECK(n_copy == 1 && !strcmp(copy[0], list[i]));
		free(copy[0]);
		free(copy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("config", MFD_CLOEXEC);
	_cleanup_(config_done) struct config c = {.mode = MODE_ENFORCE};
	struct config before;
	char path[32], *error = NULL;

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	CHECK(config_add_device(&c.reserve, &c.n_reserve, "0000:3b:00.0") == 0);
	before = c;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(&c, path, &error)) {
		check_error(error);
		CHECK(!memcmp(&c, &before, sizeof(c)));
	} else {
		CHECK(!error && c.mode <= MODE_ENFORCE);
		CHECK(!c.log || *c.log == '/');
		CHECK(!c.socket || *c.socket == '/');
	}
	check_list(c.reserve, c.n_reserve);
	check_list(c.dedicate, c.n_dedicate);
	free(error);
	return 0;
}
