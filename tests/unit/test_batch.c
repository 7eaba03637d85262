/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/batch.h"

#include <stdio.h>
#include <string.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define STUDIES_MAX 32

#define CT   "1.2.840.10008.5.1.4.1.1.2"
#define MR   "1.2.840.10008.5.1.4.1.1.4"
#define SR   "1.2.840.10008.5.1.4.1.1.88.11"
#define KO   "1.2.840.10008.5.1.4.1.1.88.59"
#define JPEG "1.2.840.10008.1.2.4.50" /* lossy: one context, never converted here */

static struct batch *batch;
static struct err err;

static struct tally *tally;
static char latest[UID_MAX + 1]; /* the study met last; stays open but for the last take */
static bool last_take;
static size_t studies_told, item_count;
static char told[64]; /* instances, by study and number */

static void
emit_study(void *self, const struct report_study *event)
{
	(void)self;
	ck_assert(last_take || strcmp(event->uid, latest) != 0);
	studies_told++;
}

static void
emit_instance(void *self, const struct report_instance *event)
{
	(void)self;
	ck_assert_int_eq(event->result, RESULT_NOT_SENT);
	if (strlen(told) < sizeof told - 8)
		sprintf(told + strlen(told), "%.1s%d ", event->study, (int)event->size);
}

static void
set_up(void)
{
	static const struct plan_rules rules = { .no_implicit = true };
	static const struct reporter reporter = { .study = emit_study, .instance = emit_instance };

	tally = tally_new(&reporter, NULL, &err);
	ck_assert_ptr_nonnull(tally);
	batch = batch_new(&rules, false, tally, &err);
	ck_assert_ptr_nonnull(batch);
	studies_told = item_count = 0;
	last_take = false;
	told[0] = '\0';
}

static void
tear_down(void)
{
	last_take = true;
	batch_free(batch);
	tally_free(tally);
}

static struct study *
meet(const char *uid)
{
	struct study *study;

	snprintf(latest, sizeof latest, "%s", uid);
	study = batch_meet(batch, uid);
	ck_assert_ptr_nonnull(study);
	ck_assert_str_eq(study->uid, uid);
	ck_assert(study->open);
	return study;
}

/* Its size is its number, as found. */
static struct item
item_of(const char *sop_class)
{
	struct item item = { .instance = { .size = item_count++ } };

	item.instance.path = strdup("file.dcm");
	snprintf(item.instance.sop_class, sizeof item.instance.sop_class, "%s", sop_class);
	snprintf(item.instance.syntax, sizeof item.instance.syntax, "%s", JPEG);
	return item;
}

static void
add(const char *study, const char *sop_class, int64_t now_us)
{
	struct item item = item_of(sop_class);

	snprintf(item.instance.study, sizeof item.instance.study, "%s", study);
	tally_found(tally, meet(study), 0);
	ck_assert_int_eq(batch_add(batch, &item, now_us), 0);
	ck_assert_ptr_null(item.instance.path);
}

static void
add_many(const char *study, const char *sop_class, int count)
{
	while (count-- > 0)
		add(study, sop_class, 0);
}

/* count instances of as many SOP classes, the first being 1.2.<from>. */
static void
add_classes(const char *study, int from, int count)
{
	char uid[UID_MAX + 1];

	for (int i = from; i < from + count; i++) {
		snprintf(uid, sizeof uid, "1.2.%d", i);
		add(study, uid, 0);
	}
}

/* Its plan goes with the last unit that shares it. */
static struct unit *
drop(struct unit *unit)
{
	static const struct report_instance event = { .result = RESULT_NOT_SENT, .study = "" };
	struct unit *next = unit->next;

	for (size_t i = 0; i < unit->count; i++)
		tally_finish(tally, unit->study, &event);
	unit_free(unit);
	return next;
}

static void
check_plan(const struct unit *unit)
{
	struct plan *need = calloc(1, sizeof *need);

	ck_assert(unit->plan->plan.rules.no_implicit);
	ck_assert_uint_ge(unit->plan->refs, 1);
	need->rules = unit->plan->plan.rules;
	for (size_t i = 0; i < unit->count; i++)
		ck_assert(plan_add(need, &unit->items[i].instance));
	ck_assert(plan_covers(&unit->plan->plan, need));
	free(need);
}

/* Append what batch_take gives, as in the rows of walks, to out. */
static void
take(bool last, char *out)
{
	struct unit *unit;

	last_take = last;
	ck_assert_int_eq(batch_take(batch, last, &unit, &err), 0);
	if (last)
		latest[0] = '\0';
	for (; unit; unit = drop(unit)) {
		check_plan(unit);
		ck_assert(!unit->free_to_any);
		out += sprintf(out, "%s", unit->study->uid);
		for (size_t i = 0; i < unit->count; i++)
			out += sprintf(out, "%s%d", i ? "," : "", (int)unit->items[i].instance.size);
		out += sprintf(out, unit->next ? " " : "");
	}
	out += sprintf(out, latest[0] ? "+%s" : "%s", latest);
	sprintf(out, "|");
}

/*
 * What the walk finds, a study's letter and a kind each: c CT, m MR, s SR, k KO;
 * - it meets a study z of which nothing is to be sent, | takes, . takes what is last. Wanted: units, with their studies and the
 * numbers of their items, the open study after a plus; | after each take.
 */
static const struct {
	const char *found, *want;
	size_t studies; /* how many times one was new */
} walks[] = {
	{ "|.", "||", 0 },
	{ "acacbc.", "a0,1 b2|", 2 },
	{ "acacbc|.", "a0,1 b2+b||", 2 },
	{ "acbcacbc.", "a0,2 b1,3|", 2 },
	{ "acbcac|.", "a0,2 b1+a||", 2 },
	{ "asacakamac.", "a1,3,4,0,2|", 1 },
	/* The open study's referrers wait for the rest of it ... */
	{ "asac|ac|akam.", "a1+a|a2+a|a4,0,3|", 1 },
	{ "as|ak|.", "+a|+a|a0,1|", 1 },
	/* ... until the walk is elsewhere. */
	{ "asac|bc|.", "a1+a|a0 b2+b||", 2 },
	{ "asac|bs|.", "a1+a|a0+b|b2|", 2 },
	{ "asacbsbc|asbs|.", "a1,0 b3+b|a4+b|b2,5|", 3 },
	{ "as|bcac|.", "+a|a2 b1+a|a0|", 2 },
	{ "as|bcacbc|.", "+a|a2,0 b1,3+b||", 2 },
	{ "asac-|.", "a1,0+z||", 2 },
	{ "as|-|ac|.", "+a|a0+z|a1+a||", 3 },
	{ "asac-as|.", "a1+a|a0,2|", 2 },
	/* Come back to after it was closed: a new one. */
	{ "ac|bc|ac.", "a0+a|b1+b|a2|", 3 },
	{ "ac|ac|ac.", "a0+a|a1+a|a2|", 1 },
};

START_TEST(walk)
{
	char got[256] = "";
	char study[2] = "";

	for (const char *c = walks[_i].found; *c; c++) {
		if (*c == '|' || *c == '.') {
			take(*c == '.', got + strlen(got));
			continue;
		}
		if (*c == '-') {
			meet("z");
			continue;
		}
		study[0] = *c++;
		add(study, *c == 'c' ? CT : *c == 'm' ? MR : *c == 's' ? SR : KO, 0);
	}
	ck_assert_str_eq(got, walks[_i].want);
	ck_assert_uint_eq(tally_totals(tally).studies, walks[_i].studies);
	ck_assert_uint_eq(studies_told, walks[_i].studies - (strchr(walks[_i].found, '-') != NULL));
}
END_TEST

START_TEST(studies_by_uid)
{
	const struct study *studies[STUDIES_MAX];
	char uid[UID_MAX + 1];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < STUDIES_MAX; i++) {
			snprintf(uid, sizeof uid, "%d", i * 7919 % 1000);
			add(i ? uid : "", CT, 0); /* there are objects without a study */
			if (round == 0)
				studies[i] = meet(latest);
			ck_assert_ptr_eq(meet(latest), studies[i]);
		}
	}
	ck_assert_uint_eq(tally_totals(tally).studies, STUDIES_MAX);
}
END_TEST

START_TEST(due_by_count)
{
	ck_assert(!batch_is_due(batch, INT64_MAX));
	add_many("a", CT, BATCH_FILES - 1);
	ck_assert(!batch_is_due(batch, BATCH_US - 1));
	add("a", CT, 0);
	ck_assert(batch_is_due(batch, 0));
}
END_TEST

/* Nothing of them is to be sent, but they are to be closed. */
START_TEST(due_by_studies)
{
	char uid[UID_MAX + 1];

	for (int i = 0; i < BATCH_FILES; i++) {
		ck_assert(!batch_is_due(batch, INT64_MAX));
		snprintf(uid, sizeof uid, "%d", i);
		meet(uid);
	}
	ck_assert(batch_is_due(batch, 0));
}
END_TEST

/* From the first item on; what is held back does not count. */
START_TEST(due_by_time)
{
	char got[32];

	add("a", SR, 5);
	add("a", CT, 900000);
	ck_assert(!batch_is_due(batch, 5 + BATCH_US - 1));
	ck_assert(batch_is_due(batch, 5 + BATCH_US));
	take(false, got);
	ck_assert_str_eq(got, "a1+a|");
	ck_assert(!batch_is_due(batch, INT64_MAX));
	add("a", SR, 7000000);
	ck_assert(!batch_is_due(batch, 7000000 + BATCH_US - 1));
	ck_assert(batch_is_due(batch, 7000000 + BATCH_US));
}
END_TEST

/* A study of nothing but referrers must not gather in memory. */
START_TEST(held_referrers_are_bounded)
{
	struct unit *unit;

	add_many("a", SR, BATCH_FILES);
	ck_assert_int_eq(batch_take(batch, false, &unit, &err), 0);
	ck_assert_ptr_null(unit);
	add("a", SR, 0);
	ck_assert_int_eq(batch_take(batch, false, &unit, &err), 0);
	ck_assert_uint_eq(unit->count, BATCH_FILES + 1);
	for (size_t i = 0; i < unit->count; i++)
		ck_assert_uint_eq(unit->items[i].instance.size, i);
	ck_assert_ptr_null(drop(unit));
	meet("a");
	ck_assert_uint_eq(tally_totals(tally).studies, 1);
}
END_TEST

/* Take all. Of each unit its study, how many items, contexts of its plan; after "=" if that is the
 * plan of the one before. */
static void
take_plans(char *out)
{
	const struct shared_plan *before = NULL;
	struct unit *unit;

	last_take = true;
	ck_assert_int_eq(batch_take(batch, true, &unit, &err), 0);
	for (*out = '\0'; unit; unit = drop(unit)) {
		check_plan(unit);
		out += sprintf(out, "%s%s%dof%d", unit->plan == before ? "=" : " ", unit->study->uid,
			(int)unit->count, (int)unit->plan->plan.count);
		if (!unit->next || unit->next->plan != unit->plan)
			ck_assert_uint_eq(unit->plan->refs, 1);
		before = unit->plan;
	}
}

/* As many studies in a row as fit share a plan; what they have in common counts once. */
START_TEST(plans_are_shared)
{
	char got[256];

	add_classes("a", 0, 100);
	add_classes("b", 90, 30);
	add_classes("c", 0, 120);
	add_classes("d", 110, 18);
	add_classes("e", 200, 1);
	add_classes("f", 0, 1);
	take_plans(got);
	ck_assert_str_eq(got, " a100of128=b30of128=c120of128=d18of128 e1of2=f1of2");
}
END_TEST

START_TEST(large_study_is_cut)
{
	char got[256];

	add_classes("a", 1000, 20);
	add_classes("b", 0, 300);
	add_classes("c", 290, 30);
	add("b", SR, 0);
	take_plans(got);
	ck_assert_str_eq(got, " a20of20 b128of128 b128of128 b45of65=c30of65");
}
END_TEST

START_TEST(slices)
{
	static const size_t want[] = { 32, 32, 32, 32, 32, 10, 1 };
	static const struct plan_rules rules = { .transcode = TRANSCODE_NEVER };
	struct unit *unit;
	size_t n = 0, i = 0;

	batch_free(batch);
	batch = batch_new(&rules, true, tally, &err);
	add_classes("a", 0, 170);
	add("b", CT, 0);
	ck_assert_int_eq(batch_take(batch, false, &unit, &err), 0);
	for (; unit; unit = drop(unit)) {
		ck_assert(unit->free_to_any);
		ck_assert_uint_eq(unit->count, want[n++]);
		/* 128 contexts, then the rest and the next study's. */
		ck_assert_uint_eq(unit->plan->plan.count, n <= 4 ? 128 : 43);
		ck_assert_int_eq(unit->plan->plan.rules.transcode, TRANSCODE_NEVER);
		for (size_t j = 0; j < unit->count; j++)
			ck_assert_uint_eq(unit->items[j].instance.size, i++);
	}
	ck_assert_uint_eq(n, sizeof want / sizeof want[0]);
}
END_TEST

START_TEST(what_is_left)
{
	add("a", SR, 0);
	add("b", CT, 0);
	add("a", CT, 0);
	last_take = true;
	batch_free(batch);
	batch = NULL;
	ck_assert_str_eq(told, "a2 a0 b1 ");
	ck_assert_uint_eq(studies_told, 2);
	batch_free(NULL);
}
END_TEST

static Suite *
suite_batch(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = tcase_create("batch");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_rows(tc, walk, walks, found);
	tcase_add_test(tc, studies_by_uid);
	tcase_add_test(tc, due_by_count);
	tcase_add_test(tc, due_by_studies);
	tcase_add_test(tc, due_by_time);
	tcase_add_test(tc, held_referrers_are_bounded);
	tcase_add_test(tc, plans_are_shared);
	tcase_add_test(tc, large_study_is_cut);
	tcase_add_test(tc, slices);
	tcase_add_test(tc, what_is_left);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_run(suite_batch());
}
