/* SPDX-License-Identifier: BSD-3-Clause */
/* Does a file lie where several hosts can have it open, so that the locks and
 * shared memory of one mean nothing to the others? */
#ifndef MTLS_SEND_NETFS_H
#define MTLS_SEND_NETFS_H

#include <stdint.h>

/* *name: of the network file system that path, which must exist, lies on
 * ("nfs", "fuse.sshfs"; static), NULL if it is none. -1 with errno. */
int netfs_find(const char *path, const char **name) __attribute__((warn_unused_result));

/* The same from facts. type: statfs(2)'s f_type; for FUSE, which has one for
 * all, the device is looked up in mountinfo, the text of /proc/self/mountinfo. */
const char *netfs_evaluate(uint32_t type, unsigned dev_major, unsigned dev_minor, const char *mountinfo);

#endif
