// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include "skips.h"
#include "util.h"

uint64_t skips_of(int link)
{
	struct bpf_link_info of_link = {};
	struct bpf_prog_info of_program = {};
	__u32 link_len = sizeof(of_link), program_len = sizeof(of_program);
	_cleanup_close_ int fd = -1;

	if (bpf_obj_get_info_by_fd(link, &of_link, &link_len) < 0)
		return 0;
	fd = bpf_prog_get_fd_by_id(of_link.prog_id);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &of_program, &program_len) < 0)
		return 0;
	return of_program.recursion_misses;
}
