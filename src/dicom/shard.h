/* SPDX-License-Identifier: BSD-3-Clause */
/* A stable split of studies over N runs (--shard I/N). */
#ifndef MTLS_DICOM_SHARD_H
#define MTLS_DICOM_SHARD_H

#include <stdbool.h>
#include <stdint.h>

struct shard {
	uint32_t index; /* 1..count */
	uint32_t count; /* 0: not sharded */
};

/* "3/8". False if it is not that, or I is not among 1..N. */
bool shard_parse(const char *text, struct shard *out);

/* Does the study belong to this shard? Depends only on the UID's bytes, on any machine and in any release.
 * Objects without a study belong to shard 1. */
bool shard_takes(struct shard shard, const char *study_uid);

#endif
