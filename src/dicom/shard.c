/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/shard.h"

/* FNV-1a, 64 bits: its offset basis and prime. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x00000100000001b3)

/* A decimal number from 1 to UINT32_MAX at *text, which is moved after it. 0: none. */
static uint32_t
parse_number(const char **text)
{
	uint64_t value = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++) {
		value = 10 * value + (uint64_t)(**text - '0');
		if (value > UINT32_MAX)
			return 0;
	}
	return (uint32_t)value;
}

bool
shard_parse(const char *text, struct shard *out)
{
	uint32_t index = parse_number(&text), count;

	if (index == 0 || *text++ != '/')
		return false;
	count = parse_number(&text);
	if (*text != '\0' || index > count)
		return false;
	*out = (struct shard){ index, count };
	return true;
}

/*
 * UIDs with one root differ only in a few last digits, which FNV alone leaves visible in the low bits.
 * MurmurHash3's finaliser spreads them over all bits. Never change any of this: runs of two releases may
 * share one tree.
 */
static uint64_t
hash(const char *uid)
{
	uint64_t h = FNV_BASIS;

	for (; *uid; uid++)
		h = (h ^ (unsigned char)*uid) * FNV_PRIME;
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

bool
shard_takes(struct shard shard, const char *study_uid)
{
	if (shard.count == 0)
		return true;
	if (!study_uid || study_uid[0] == '\0')
		return shard.index == 1;
	return hash(study_uid) % shard.count + 1 == shard.index;
}
