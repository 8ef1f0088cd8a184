// SPDX-License-Identifier: GPL-2.0-only
/*
 * One access to a file, in a way that the shell has not: poke HOW FILE [TEXT]
 *
 *   mmap     map its first page, shared, to be read and written
 *   write, write32, pwrite, writev, splice
 *            write TEXT so; write32 by the system call of 32-bit programs
 *   late     open it, wait for a line of standard input, write TEXT
 *
 * Prints "ok" or the errno's name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define WRITE_32 4 /* __NR_write of i386 */

/* int 0x80 takes addresses below 4 GiB. */
static long write32(int fd, const char *text, size_t n)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long ret;

	if (low == MAP_FAILED)
		return -1;
	memcpy(low, text, n);
	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(WRITE_32), "b"((long)fd), "c"(low), "d"(n)
			 : "memory", "r8", "r9", "r10", "r11");
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

static long by_splice(int fd, const char *text, size_t n)
{
	int ends[2];

	if (pipe(ends) < 0 || write(ends[1], text, n) < 0)
		return -1;
	return splice(ends[0], NULL, fd, NULL, n, 0);
}

static long by_map(int fd)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
}

static long poke(const char *how, int fd, const char *text)
{
	struct iovec whole = {(char *)text, strlen(text)};
	char line[8];

	if (!strcmp(how, "mmap"))
		return by_map(fd);
	if (!strcmp(how, "write32"))
		return write32(fd, text, strlen(text));
	if (!strcmp(how, "pwrite"))
		return pwrite(fd, text, strlen(text), 0);
	if (!strcmp(how, "writev"))
		return writev(fd, &whole, 1);
	if (!strcmp(how, "splice"))
		return by_splice(fd, text, strlen(text));
	if (!strcmp(how, "late") && !fgets(line, sizeof(line), stdin))
		return -1;
	return write(fd, text, strlen(text));
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3) {
		fputs("usage: poke HOW FILE [TEXT]\n", stderr);
		return 2;
	}
	fd = open(argv[2], O_RDWR);
	if (fd < 0 && errno == EACCES)
		fd = open(argv[2], O_WRONLY);
	if (fd < 0 || poke(argv[1], fd, argc > 3 ? argv[3] : "") < 0) {
		puts(strerrorname_np(errno));
		return 1;
	}
	puts("ok");
	return 0;
}
