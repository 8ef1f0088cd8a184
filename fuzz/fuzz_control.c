// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: bytes from a client and from a server, through framing, parsing and
 * dispatch.  However the bytes are cut, the same messages must come out, and every
 * reply must be one for the client's parser.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iinclude -Isrc \
 *     fuzz/fuzz_control.c src/varlink.c src/dispatch.c -ljson-c
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "dispatch.h"
#include "varlink.h"

#define LONGEST 4096

static int do_echo(void *userdata, struct json_object *parameters, struct json_object **ret,
		   const char **ret_error)
{
	*ret = json_object_get(parameters);
	return 0;
}

static int do_fail(void *userdata, struct json_object *parameters, struct json_object **ret,
		   const char **ret_error)
{
	*ret = json_object_get(parameters);
	*ret_error = "io.test.Failed";
	return -EIO;
}

static int next_part(void *state, struct json_object **ret)
{
	*ret = json_object_new_object();
	return --*(int *)state;
}

static int do_parts(void *userdata, struct json_object *parameters, struct control_parts *ret_parts,
		    struct json_object **ret, const char **ret_error)
{
	int *left = malloc(sizeof(*left));

	*left = 3;
	*ret_parts = (struct control_parts){next_part, free, left};
	return 0;
}

static const struct control_method methods[] = {
	{"io.test.Echo", do_echo, (const char *const[]){"text", "number", NULL}, false},
	{"io.test.Fail", do_fail, (const char *const[]){"text", NULL}, false},
	{"io.test.Change", do_echo, NULL, true},
	{"io.test.List", do_echo, NULL, false, do_parts},
	{"io.test.Watch", NULL, NULL, false},
	{},
};

static const struct control_config config = {
	.interface = "io.test",
	.description = "interface io.test\nmethod Echo(text: string, number: int) -> ()\n"
		       "method NotYet () -> ()\n",
	.vendor = "v",
	.product = "p",
	.version = "1",
	.methods = methods,
};

/* What dispatch answers must be a reply, also after its way over the socket. */
static void check_reply(struct json_object *reply)
{
	struct varlink_buffer buffer = {};
	struct json_object *parsed = NULL;
	struct varlink_reply fields;

	if (varlink_append(&buffer, reply, SIZE_MAX) < 0 ||
	    varlink_take(&buffer, SIZE_MAX, &parsed) != 1 ||
	    varlink_parse_reply(&fields, parsed) < 0 || varlink_buffer_length(&buffer) != 0)
		abort();
	json_object_put(parsed);
	varlink_buffer_done(&buffer);
}

static void check_parts(struct control_parts *parts)
{
	int follows;

	do {
		struct json_object *answer = NULL;

		follows = dispatch_part(parts, &answer);
		if (follows < 0)
			abort();
		check_reply(answer);
		json_object_put(answer);
	} while (follows);
	parts->done(parts->state);
}

/* Adds what the message is, and what becomes of it, to `sum`. */
static uint64_t handle(struct json_object *message, uint64_t sum)
{
	struct varlink_reply reply;
	const char *text = json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN);

	for (; *text; text++)
		sum = sum * 31 + (unsigned char)*text;
	sum = sum * 31 + varlink_parse_reply(&reply, message);
	for (int caller = CALLER_STRANGER; caller <= CALLER_ROOT; caller++) {
		struct json_object *answer = NULL;
		struct control_parts parts = {};

		sum = sum * 31 + dispatch_message(&config, caller, message, &parts, &answer);
		if (answer)
			check_reply(answer);
		json_object_put(answer);
		if (parts.state)
			check_parts(&parts);
		answer = dispatch_too_long(&config, message);
		if (answer)
			check_reply(answer);
		json_object_put(answer);
	}
	return sum;
}

/* Feeds `data` in pieces of `step` bytes, 0: all at once. */
static uint64_t feed(const uint8_t *data, size_t size, size_t step)
{
	struct varlink_buffer buffer = {};
	uint64_t sum = 0;
	int r = 0;

	for (size_t at = 0, n; at < size && r >= 0; at += n) {
		struct json_object *message = NULL;

		n = step && step < size - at ? step : size - at;
		if (varlink_buffer_reserve(&buffer, n) < 0)
			abort();
		memcpy(buffer.data + buffer.end, data + at, n);
		buffer.end += n;
		while ((r = varlink_take(&buffer, LONGEST, &message)) == 1) {
			sum = handle(message, sum);
			json_object_put(message);
		}
		if (varlink_complete(&buffer) && r == 0)
			abort();
	}
	varlink_buffer_done(&buffer);
	return sum * 31 + r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step;
	uint64_t sum;

	if (size == 0)
		return 0;
	step = data[0] % 32 + 1;
	sum = feed(data + 1, size - 1, 0);
	if (sum != feed(data + 1, size - 1, step))
		abort();
	return 0;
}
