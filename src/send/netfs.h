/* SPDX-License-Identifier: BSD-3-Clause */
/* Is a file on a file system that several hosts can mount, so that locks and shared memory do not work
 * between them? */
#ifndef MTLS_SEND_NETFS_H
#define MTLS_SEND_NETFS_H

#include <stdint.h>

#include "base/attributes.h"

/* *name: the network file system of path, which must exist ("nfs", "fuse.sshfs"; static), NULL if it is not
 * one. -1 with errno. */
int netfs_find(const char *path, const char **name) MUST_CHECK;

/* The same from facts. type: statfs(2)'s f_type; for FUSE, which has one for
 * all, the device is looked up in mountinfo, the text of /proc/self/mountinfo. */
const char *netfs_evaluate(uint32_t type, unsigned dev_major, unsigned dev_minor, const char *mountinfo);

#endif
