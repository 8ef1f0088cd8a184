// SPDX-License-Identifier: GPL-2.0-only
/* lsm-deny MAJOR open|claim: refuses that on the character major with EACCES until it is killed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lsm_deny.skel.h"

int main(int argc, char **argv)
{
	struct lsm_deny *skel = lsm_deny__open();

	bool claim;

	if (argc != 3 || !skel)
		return 2;
	claim = strcmp(argv[2], "claim") == 0;
	bpf_program__set_autoload(skel->progs.deny_open, !claim);
	bpf_program__set_autoload(skel->progs.deny_claim, claim);
	bpf_program__set_autoload(skel->progs.deny_claim_compat, claim);
	skel->rodata->major = strtoul(argv[1], NULL, 10);
	if (lsm_deny__load(skel) || lsm_deny__attach(skel)) {
		perror("lsm-deny");
		return 1;
	}
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}
