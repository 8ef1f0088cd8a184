/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of containers, as the runtimes of this host have written them down:
 *
 *   Podman, CRI-O  containers/storage: an array of {"id", "names"} in
 *                  GRAPHROOT/DRIVER-containers/containers.json, and volatile-containers.json there
 *                  or in the run root.  One that is made with --rootfs is not in it.
 *   Docker         ROOT/containers/ID/config.v2.json: "Name" is "/" and the name
 *
 * GRAPHROOT is what storage.conf(5) says, ROOT what /etc/docker/daemon.json says.  A user's own
 * containers are left out: he calls them as he likes.  A file that another than root may write,
 * that is larger than RUNTIMES_FILE_MAX or not understood says nothing.
 */
#ifndef OWNERD_RUNTIMES_H
#define OWNERD_RUNTIMES_H

#include <stdint.h>
#include "containers.h"

#define RUNTIMES_FILE_MAX (16 * 1024 * 1024)

/*
 * What all of them say now, sorted.  `root`: "", or a directory with another host's files in it.
 * *ret_unread: how many files say nothing that should.  -ENOMEM.
 */
int runtimes_read(struct containers *ret, const char *root, size_t *ret_unread);

/* A number that is another when one of the files is. */
uint64_t runtimes_fingerprint(const char *root);

/*
 * Has inotify's descriptor tell when one of them may have changed; again after each time, since
 * directories come and go.  What cannot be watched is found by the fingerprint.  A runtime that has
 * never run here is not waited for: from 6.9 on, a watch costs each open on its file system.
 */
void runtimes_watch(int fd, const char *root);

#endif
