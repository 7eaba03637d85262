/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/shard.h"

#include <stdio.h>

#include "check_main.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

static const struct {
	const char *text;
	bool ok;
	uint32_t index, count;
} texts[] = {
	{ "1/1", true, 1, 1 },
	{ "3/8", true, 3, 8 },
	{ "8/8", true, 8, 8 },
	{ "03/08", true, 3, 8 },
	{ "4294967295/4294967295", true, UINT32_MAX, UINT32_MAX },
	{ "0/8", false, 0, 0 },
	{ "9/8", false, 0, 0 },
	{ "1/0", false, 0, 0 },
	{ "0/0", false, 0, 0 },
	{ "1/4294967296", false, 0, 0 },
	{ "18446744073709551617/18446744073709551617", false, 0, 0 },
	{ "", false, 0, 0 },
	{ "/", false, 0, 0 },
	{ "3", false, 0, 0 },
	{ "3/", false, 0, 0 },
	{ "/8", false, 0, 0 },
	{ "3/8/", false, 0, 0 },
	{ "3/8 ", false, 0, 0 },
	{ " 3/8", false, 0, 0 },
	{ "3 /8", false, 0, 0 },
	{ "+3/8", false, 0, 0 },
	{ "-3/8", false, 0, 0 },
	{ "3/+8", false, 0, 0 },
	{ "3:8", false, 0, 0 },
	{ "0x3/8", false, 0, 0 },
	{ "3.0/8", false, 0, 0 },
	{ "three/8", false, 0, 0 },
};

START_TEST(parse)
{
	struct shard shard = { 77, 99 };

	ck_assert_int_eq(shard_parse(texts[_i].text, &shard), texts[_i].ok);
	ck_assert_uint_eq(shard.index, texts[_i].ok ? texts[_i].index : 77);
	ck_assert_uint_eq(shard.count, texts[_i].ok ? texts[_i].count : 99);
}
END_TEST

/*
 * Where these studies belong, for good: the numbers were worked out by another
 * program. If one changes, runs of two releases would miss studies and send
 * others twice. Never adapt this table to the code.
 */
static const uint32_t counts[] = { 1, 2, 7, 8, 1000, UINT32_MAX };

static const struct {
	const char *uid;
	uint32_t indexes[6];
} pinned[] = {
	{ "1.2.3", { 1, 2, 3, 8, 88, 2951920363u } },
	{ "1.2.3.4", { 1, 1, 2, 1, 473, 1143860488u } },
	{ "1.2.840.113619.2.55.3.604688119.971.1449827200.412", { 1, 1, 6, 1, 545, 3644292085u } },
	{ "1.3.6.1.4.1.14519.5.2.1.6279.6001.298806137288633453246975630178",
		{ 1, 1, 2, 3, 35, 3589132105u } },
	{ "2.25.329800735698586629295641978511506172918", { 1, 1, 6, 3, 811, 571323996u } },
	{ "2.25.99999999999999999999999999999999999999999999999999999999999",
		{ 1, 1, 1, 3, 51, 1010490036u } },
	{ "0", { 1, 1, 1, 5, 861, 1256408606u } },
	{ "?x\xc3\xa9", { 1, 2, 5, 2, 594, 606016274u } },
	{ "", { 1, 1, 1, 1, 1, 1 } },
	{ NULL, { 1, 1, 1, 1, 1, 1 } },
};

START_TEST(never_changes)
{
	for (int i = 0; i < COUNT(counts); i++) {
		uint32_t index = pinned[_i].indexes[i];
		uint32_t other = index < counts[i] ? index + 1 : index - 1;

		ck_assert(shard_takes((struct shard){ index, counts[i] }, pinned[_i].uid));
		ck_assert(!shard_takes((struct shard){ other, counts[i] }, pinned[_i].uid));
	}
	ck_assert(shard_takes((struct shard){ 0, 0 }, pinned[_i].uid));
}
END_TEST

/* Each study belongs to one shard, and none gets much more than its share. */
START_TEST(even)
{
	enum { SHARDS = 7, STUDIES = 10000 };
	unsigned taken[SHARDS + 1] = { 0 }, takers = 0;
	char uid[65];

	for (int i = 0; i < STUDIES; i++) {
		snprintf(uid, sizeof uid, "1.2.840.113619.2.55.%d", i);
		for (uint32_t index = 1; index <= SHARDS; index++) {
			if (shard_takes((struct shard){ index, SHARDS }, uid)) {
				taken[index]++;
				takers++;
			}
		}
		ck_assert_uint_eq(takers, (unsigned)i + 1);
	}
	/* Five standard deviations of a fair draw. */
	for (int i = 1; i <= SHARDS; i++)
		ck_assert_msg(taken[i] > 1254 && taken[i] < 1603, "shard %d took %u", i, taken[i]);
}
END_TEST

static Suite *
suite_shard(void)
{
	Suite *suite = suite_create("shard");
	TCase *tcase = tcase_create("shard");

	tcase_add_rows(tcase, parse, texts, text);
	tcase_add_rows(tcase, never_changes, pinned, uid);
	tcase_add_test(tcase, even);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_shard());
}
