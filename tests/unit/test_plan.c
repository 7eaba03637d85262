/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/plan.h"

#include <stdio.h>
#include <string.h>

#include "check_main.h"

#define PDF  "1.2.840.10008.5.1.4.1.1.104.1"
#define CT   "1.2.840.10008.5.1.4.1.1.2"
#define JPEG "1.2.840.10008.1.2.4.50"
#define J2K  "1.2.840.10008.1.2.4.90"
#define RLE  "1.2.840.10008.1.2.5"
#define MPEG "1.2.840.10008.1.2.4.102"
#define OWN  "1.2.3.4.5"

static struct instance
instance(const char *sop_class, const char *syntax, enum raw_support raw)
{
	struct instance made = { .raw = raw };

	snprintf(made.sop_class, sizeof made.sop_class, "%s", sop_class);
	snprintf(made.syntax, sizeof made.syntax, "%s", syntax);
	return made;
}

static void
add(struct plan *plan, const char *sop_class, const char *syntax)
{
	struct instance made = instance(sop_class, syntax, RAW_FIT);

	ck_assert(plan_add(plan, &made));
}

static void
check_context(const struct plan *plan, size_t i, const char *sop_class, const char *first, const char *second,
	bool fallback)
{
	const struct plan_context *context = &plan->contexts[i];

	ck_assert_uint_eq(context->id, 2 * i + 1);
	ck_assert_str_eq(context->sop_class, sop_class);
	ck_assert_str_eq(context->syntaxes[0], first);
	ck_assert_str_eq(context->syntaxes[1], second);
	ck_assert_int_eq(context->fallback, fallback);
}

START_TEST(contexts)
{
	struct plan plan = { .count = 0 };

	add(&plan, PDF, UID_EXPLICIT_LE);
	add(&plan, PDF, UID_EXPLICIT_LE);
	add(&plan, CT, JPEG);
	add(&plan, PDF, UID_EXPLICIT_BE);
	add(&plan, CT, UID_IMPLICIT_LE);
	add(&plan, CT, UID_DEFLATED_LE);
	add(&plan, CT, OWN);
	ck_assert_uint_eq(plan.count, 8);
	check_context(&plan, 0, PDF, UID_EXPLICIT_LE, "", false);
	check_context(&plan, 1, PDF, UID_EXPLICIT_LE, UID_IMPLICIT_LE, true);
	check_context(&plan, 2, CT, JPEG, "", false);
	check_context(&plan, 3, PDF, UID_EXPLICIT_BE, "", false);
	check_context(&plan, 4, CT, UID_IMPLICIT_LE, "", false);
	check_context(&plan, 5, CT, UID_EXPLICIT_LE, UID_IMPLICIT_LE, true);
	check_context(&plan, 6, CT, UID_DEFLATED_LE, "", false);
	check_context(&plan, 7, CT, OWN, "", false);
}
END_TEST

/* Which instances may be converted by the rules, and what the fallback offers. */
static const struct {
	struct plan_rules rules;
	const char *syntax;
	bool converts;
	const char *first, *second; /* of the fallback */
} rules[] = {
	{ { TRANSCODE_LOSSLESS, false, false, NULL }, UID_EXPLICIT_LE, true, UID_EXPLICIT_LE, UID_IMPLICIT_LE },
	{ { TRANSCODE_LOSSLESS, false, false, NULL }, J2K, true, UID_EXPLICIT_LE, UID_IMPLICIT_LE },
	{ { TRANSCODE_LOSSLESS, false, false, NULL }, RLE, true, UID_EXPLICIT_LE, UID_IMPLICIT_LE },
	{ { TRANSCODE_LOSSLESS, false, false, NULL }, JPEG, false, NULL, NULL },
	{ { TRANSCODE_LOSSLESS, false, false, NULL }, MPEG, false, NULL, NULL },
	{ { TRANSCODE_LOSSLESS, false, false, NULL }, OWN, false, NULL, NULL },
	{ { TRANSCODE_ALWAYS, false, false, NULL }, JPEG, true, UID_EXPLICIT_LE, UID_IMPLICIT_LE },
	{ { TRANSCODE_ALWAYS, false, false, NULL }, MPEG, false, NULL, NULL },
	{ { TRANSCODE_ALWAYS, false, false, NULL }, OWN, false, NULL, NULL },
	{ { TRANSCODE_NEVER, false, false, NULL }, UID_EXPLICIT_LE, false, NULL, NULL },
	{ { TRANSCODE_NEVER, false, false, NULL }, J2K, false, NULL, NULL },
	{ { TRANSCODE_LOSSLESS, true, false, NULL }, UID_DEFLATED_LE, true, UID_EXPLICIT_LE, "" },
	{ { TRANSCODE_LOSSLESS, true, false, NULL }, UID_EXPLICIT_LE, false, NULL, NULL },
	{ { TRANSCODE_LOSSLESS, true, false, NULL }, UID_IMPLICIT_LE, true, UID_EXPLICIT_LE, "" },
	{ { TRANSCODE_LOSSLESS, false, true, NULL }, UID_EXPLICIT_LE, true, UID_IMPLICIT_LE, "" },
	{ { TRANSCODE_LOSSLESS, false, true, NULL }, UID_IMPLICIT_LE, false, NULL, NULL },
	{ { TRANSCODE_ALWAYS, true, true, NULL }, UID_EXPLICIT_BE, false, NULL, NULL },
	{ { TRANSCODE_ALWAYS, true, true, NULL }, JPEG, false, NULL, NULL },
};

START_TEST(by_rules)
{
	struct instance made = instance(CT, rules[_i].syntax, RAW_FIT);
	struct plan plan = { .rules = rules[_i].rules };

	ck_assert_int_eq(plan_converts(&plan.rules, &made), rules[_i].converts);
	ck_assert(plan_add(&plan, &made));
	ck_assert_uint_eq(plan.count, rules[_i].converts ? 2 : 1);
	check_context(&plan, 0, CT, rules[_i].syntax, "", false);
	if (rules[_i].converts)
		check_context(&plan, 1, CT, rules[_i].first, rules[_i].second, true);
}
END_TEST

static const char *const own[] = { PLAN_OWN, NULL };
static const char *const implicit[] = { UID_IMPLICIT_LE, NULL };
static const char *const explicit_vr[] = { UID_EXPLICIT_LE, NULL };
static const char *const both[] = { UID_IMPLICIT_LE, UID_EXPLICIT_LE, NULL };
static const char *const own_or_implicit[] = { PLAN_OWN, UID_IMPLICIT_LE, NULL };
static const char *const jpeg[] = { JPEG, NULL };
static const char *const jpeg_or_explicit[] = { JPEG, UID_EXPLICIT_LE, NULL };

/* --propose: what is in the plan then. */
static const struct {
	const char *const *proposed;
	const char *syntax;
	enum transcode transcode;
	const char *own, *first, *second; /* the context of its own, the fallback; NULL: not there */
	const char *text; /* why there is none at all */
} proposals[] = {
	{ own, UID_EXPLICIT_LE, TRANSCODE_LOSSLESS, UID_EXPLICIT_LE, NULL, NULL, NULL },
	{ own, JPEG, TRANSCODE_ALWAYS, JPEG, NULL, NULL, NULL },
	{ own, OWN, TRANSCODE_LOSSLESS, OWN, NULL, NULL, NULL },
	{ implicit, UID_EXPLICIT_LE, TRANSCODE_LOSSLESS, NULL, UID_IMPLICIT_LE, "", NULL },
	{ implicit, UID_IMPLICIT_LE, TRANSCODE_LOSSLESS, UID_IMPLICIT_LE, NULL, NULL, NULL },
	{ implicit, J2K, TRANSCODE_LOSSLESS, NULL, UID_IMPLICIT_LE, "", NULL },
	{ implicit, JPEG, TRANSCODE_ALWAYS, NULL, UID_IMPLICIT_LE, "", NULL },
	{ implicit, JPEG, TRANSCODE_LOSSLESS, NULL, NULL, NULL,
		"--propose does not include its transfer syntax, JPEG Baseline (Process 1), and lossy "
		"compressed objects are decompressed only on request" },
	{ implicit, MPEG, TRANSCODE_ALWAYS, NULL, NULL, NULL, "and there is no decoder for it" },
	{ implicit, OWN, TRANSCODE_ALWAYS, NULL, NULL, NULL, "does not include its transfer syntax, 1.2.3.4.5, and its "
		"transfer syntax is unknown" },
	{ implicit, UID_EXPLICIT_LE, TRANSCODE_NEVER, NULL, NULL, NULL, "and --transcode never forbids" },
	{ explicit_vr, UID_IMPLICIT_LE, TRANSCODE_LOSSLESS, NULL, UID_EXPLICIT_LE, "", NULL },
	{ both, UID_EXPLICIT_LE, TRANSCODE_LOSSLESS, UID_EXPLICIT_LE, UID_EXPLICIT_LE, UID_IMPLICIT_LE, NULL },
	{ both, RLE, TRANSCODE_LOSSLESS, NULL, UID_EXPLICIT_LE, UID_IMPLICIT_LE, NULL },
	{ own_or_implicit, RLE, TRANSCODE_LOSSLESS, RLE, UID_IMPLICIT_LE, "", NULL },
	{ jpeg, JPEG, TRANSCODE_LOSSLESS, JPEG, NULL, NULL, NULL },
	{ jpeg, RLE, TRANSCODE_LOSSLESS, NULL, NULL, NULL, "and --propose has no transfer syntax to "
		"convert it to" },
	{ jpeg_or_explicit, RLE, TRANSCODE_LOSSLESS, NULL, UID_EXPLICIT_LE, "", NULL },
	{ jpeg_or_explicit, JPEG, TRANSCODE_LOSSLESS, JPEG, NULL, NULL, NULL },
};

START_TEST(proposed)
{
	struct instance made = instance(CT, proposals[_i].syntax, RAW_FIT);
	struct plan plan = { .rules = { .transcode = proposals[_i].transcode, .proposed = proposals[_i].proposed } };
	struct err err = ERR_INIT;
	size_t count = 0;

	ck_assert(plan_add(&plan, &made));
	if (proposals[_i].own)
		check_context(&plan, count++, CT, proposals[_i].own, "", false);
	if (proposals[_i].first)
		check_context(&plan, count++, CT, proposals[_i].first, proposals[_i].second, true);
	ck_assert_uint_eq(plan.count, count);
	ck_assert_str_eq(plan_best(&plan.rules, &made), proposals[_i].own ? proposals[_i].own :
		proposals[_i].first ? proposals[_i].first : proposals[_i].syntax);
	ck_assert_int_eq(plan_proposes(&plan.rules, &made, &err), count > 0 ? 0 : -1);
	if (count > 0)
		return;
	ck_assert_int_eq(err.kind, ERR_NO_CONTEXT);
	ck_assert_msg(strstr(err.text, proposals[_i].text) != NULL, "%s", err.text);
	ck_assert_str_eq(err.hint, "Add --propose own to propose it.");
}
END_TEST

/* Refused where its own syntax was not proposed: nothing is said of that. */
START_TEST(refused_though_proposed)
{
	struct instance made = instance(CT, UID_EXPLICIT_LE, RAW_FIT);
	const char *accepted[] = { NULL };
	struct plan plan = { .rules = { .proposed = implicit } };
	struct plan_route out;
	struct err err = ERR_INIT;

	ck_assert(plan_add(&plan, &made));
	ck_assert_int_eq(plan_route(&plan, accepted, &made, &out, &err), -1);
	ck_assert_str_eq(err.text, "the receiver accepts no CT Image Storage (" CT "): it refused every presentation "
		"context for it");
}
END_TEST

/* What is there already is not added again; all of it or nothing. */
START_TEST(merge)
{
	struct plan plan = { .count = 0 }, more = { .count = 0 }, full = { .count = 0 };
	char uid[UID_MAX + 1];

	add(&plan, PDF, UID_EXPLICIT_LE);
	add(&more, CT, JPEG);
	add(&more, PDF, UID_IMPLICIT_LE);
	ck_assert(!plan_covers(&plan, &more));
	ck_assert(plan_merge(&plan, &more));
	ck_assert_uint_eq(plan.count, 4);
	check_context(&plan, 2, CT, JPEG, "", false);
	check_context(&plan, 3, PDF, UID_IMPLICIT_LE, "", false);
	ck_assert(plan_covers(&plan, &more));
	ck_assert(!plan_covers(&more, &plan));
	ck_assert(plan_merge(&plan, &more));
	ck_assert_uint_eq(plan.count, 4);
	for (int i = 0; i < 126; i++) {
		snprintf(uid, sizeof uid, "1.2.%d", i);
		add(&full, uid, JPEG);
	}
	ck_assert(!plan_merge(&full, &plan));
	ck_assert_uint_eq(full.count, 126);
	full.count = 124;
	ck_assert(plan_merge(&full, &plan));
	ck_assert_uint_eq(full.count, PLAN_CONTEXTS_MAX);
	ck_assert_uint_eq(full.contexts[127].id, 255);
}
END_TEST

START_TEST(echo)
{
	struct plan plan = { .count = 3 };

	plan_echo(&plan);
	ck_assert_uint_eq(plan.count, 1);
	check_context(&plan, 0, UID_VERIFICATION, UID_IMPLICIT_LE, "", false);
}
END_TEST

/* One context for each syntax, behind what is there already; all of them or none. */
START_TEST(class_by_class)
{
	static const char *const syntaxes[] = { UID_EXPLICIT_LE, UID_IMPLICIT_LE, UID_DEFLATED_LE };
	struct plan plan;

	plan_echo(&plan);
	ck_assert(plan_add_class(&plan, "1.2.3", syntaxes, 2));
	ck_assert_uint_eq(plan.count, 3);
	check_context(&plan, 1, "1.2.3", UID_EXPLICIT_LE, "", false);
	check_context(&plan, 2, "1.2.3", UID_IMPLICIT_LE, "", false);
	while (plan.count < PLAN_CONTEXTS_MAX - 2)
		ck_assert(plan_add_class(&plan, "1.2.4", syntaxes, 1));
	ck_assert(!plan_add_class(&plan, "1.2.5", syntaxes, 3));
	ck_assert_uint_eq(plan.count, PLAN_CONTEXTS_MAX - 2);
	ck_assert(plan_add_class(&plan, "1.2.5", syntaxes, 2));
	ck_assert_uint_eq(plan.contexts[PLAN_CONTEXTS_MAX - 1].id, 255);
}
END_TEST

/* 128 contexts, and not half of what an instance needs. */
START_TEST(limit)
{
	struct plan plan = { .count = 0 };
	struct instance made;
	char uid[UID_MAX + 1];

	for (int i = 0; i < 63; i++) {
		snprintf(uid, sizeof uid, "1.2.%d", i);
		add(&plan, uid, UID_EXPLICIT_LE);
	}
	add(&plan, "1.2.99", JPEG);
	ck_assert_uint_eq(plan.count, 127);
	made = instance("1.2.100", UID_EXPLICIT_LE, RAW_FIT);
	ck_assert(!plan_add(&plan, &made));
	ck_assert_uint_eq(plan.count, 127);
	add(&plan, "1.2.100", JPEG);
	ck_assert_uint_eq(plan.count, PLAN_CONTEXTS_MAX);
	ck_assert_uint_eq(plan.contexts[127].id, 255);
	ck_assert(!plan_add(&plan, &made));
	add(&plan, "1.2.5", UID_EXPLICIT_LE);
	ck_assert_uint_eq(plan.count, PLAN_CONTEXTS_MAX);
}
END_TEST

/* What is accepted of a plan for one instance: its own context, then the fallback. */
static const struct {
	const char *syntax, *own, *fallback;
	enum raw_support raw;
	int id; /* 0: no way */
	const char *sent;
	bool sent_raw;
} routes[] = {
	{ UID_EXPLICIT_LE, UID_EXPLICIT_LE, UID_IMPLICIT_LE, RAW_FIT, 1, UID_EXPLICIT_LE, true },
	{ UID_EXPLICIT_LE, UID_EXPLICIT_LE, NULL, RAW_FIT, 1, UID_EXPLICIT_LE, true },
	{ UID_EXPLICIT_LE, UID_EXPLICIT_LE, NULL, RAW_ODD, 1, UID_EXPLICIT_LE, false },
	{ UID_EXPLICIT_LE, UID_EXPLICIT_LE, NULL, RAW_UNORDERED, 1, UID_EXPLICIT_LE, false },
	{ UID_EXPLICIT_LE, UID_EXPLICIT_LE, NULL, RAW_UNWALKED, 1, UID_EXPLICIT_LE, false },
	{ UID_EXPLICIT_LE, NULL, UID_IMPLICIT_LE, RAW_FIT, 3, UID_IMPLICIT_LE, false }, /* IRIS */
	{ UID_EXPLICIT_LE, NULL, UID_EXPLICIT_LE, RAW_FIT, 3, UID_EXPLICIT_LE, true },
	{ UID_IMPLICIT_LE, NULL, UID_EXPLICIT_LE, RAW_FIT, 3, UID_EXPLICIT_LE, false },
	{ UID_EXPLICIT_BE, UID_EXPLICIT_BE, UID_EXPLICIT_LE, RAW_FIT, 1, UID_EXPLICIT_BE, true },
	{ UID_EXPLICIT_BE, NULL, UID_EXPLICIT_LE, RAW_FIT, 3, UID_EXPLICIT_LE, false },
	{ UID_DEFLATED_LE, NULL, UID_IMPLICIT_LE, RAW_FIT, 3, UID_IMPLICIT_LE, false },
	{ UID_DEFLATED_LE, UID_DEFLATED_LE, NULL, RAW_FIT, 1, UID_DEFLATED_LE, true },
	{ UID_EXPLICIT_LE, NULL, NULL, RAW_FIT, 0, NULL, false },
	{ UID_EXPLICIT_LE, NULL, JPEG, RAW_FIT, 0, NULL, false }, /* a peer that answers nonsense */
	{ UID_EXPLICIT_LE, UID_EXPLICIT_LE, NULL, RAW_EDITED, 1, UID_EXPLICIT_LE, false },
	{ J2K, J2K, UID_IMPLICIT_LE, RAW_EDITED, 1, J2K, false },
	{ J2K, J2K, UID_IMPLICIT_LE, RAW_FIT, 1, J2K, true },
	{ J2K, NULL, UID_IMPLICIT_LE, RAW_FIT, 3, UID_IMPLICIT_LE, false },
	{ RLE, NULL, UID_EXPLICIT_LE, RAW_FIT, 3, UID_EXPLICIT_LE, false },
};

START_TEST(route)
{
	struct instance made = instance(PDF, routes[_i].syntax, routes[_i].raw);
	const char *accepted[] = { routes[_i].own, routes[_i].fallback };
	struct plan plan = { .count = 0 };
	struct plan_route out = { 0 };
	struct err err = ERR_INIT;

	ck_assert(plan_add(&plan, &made));
	if (routes[_i].id == 0) {
		ck_assert_int_eq(plan_route(&plan, accepted, &made, &out, &err), -1);
		ck_assert_int_eq(err.kind, ERR_NO_CONTEXT);
		return;
	}
	ck_assert_int_eq(plan_route(&plan, accepted, &made, &out, &err), 0);
	ck_assert_int_eq(out.context, routes[_i].id);
	ck_assert_str_eq(out.syntax, routes[_i].sent);
	ck_assert_int_eq(out.raw, routes[_i].sent_raw);
}
END_TEST

/* Compressed beside uncompressed objects of one class: contexts of the others don't help. */
static const struct {
	struct plan_rules rules;
	const char *syntax;
	const char *jpeg; /* accepted for the JPEG context */
	const char *fallback;
	const char *text, *hint;
} refusals[] = {
	{ { 0 }, JPEG, NULL, UID_IMPLICIT_LE, "accepts CT Image Storage (" CT ") only in Implicit VR Little "
		"Endian, and the file is JPEG Baseline (Process 1): lossy compressed objects are "
		"decompressed only on request", "--transcode always" },
	{ { 0 }, J2K, JPEG, NULL, "only in JPEG Baseline (Process 1), and the file is JPEG 2000",
		"Explicit or Implicit VR Little Endian" },
	{ { 0 }, MPEG, NULL, UID_IMPLICIT_LE, "there is no decoder for it", "export the object" },
	{ { 0 }, OWN, NULL, UID_IMPLICIT_LE, "the file is 1.2.3.4.5: its transfer syntax is unknown",
		"allow 1.2.3.4.5" },
	{ { .transcode = TRANSCODE_NEVER }, RLE, JPEG, NULL, "the file is RLE Lossless: --transcode never "
		"forbids the conversion", "Use --transcode lossless" },
	{ { .no_implicit = true, .no_explicit = true }, RLE, JPEG, NULL, "leaves no transfer syntax to convert it to",
		"Omit --no-ivrle" },
};

START_TEST(refused_syntax)
{
	struct instance made = instance(CT, refusals[_i].syntax, RAW_FIT);
	const char *accepted[] = { refusals[_i].jpeg, NULL, refusals[_i].fallback, NULL };
	struct plan plan = { .rules = refusals[_i].rules };
	struct plan_route out;
	struct err err = ERR_INIT;

	add(&plan, CT, JPEG);
	add(&plan, CT, UID_EXPLICIT_LE);
	ck_assert(plan_add(&plan, &made));
	ck_assert_int_eq(plan_route(&plan, accepted, &made, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_CONTEXT);
	ck_assert_msg(strstr(err.text, refusals[_i].text) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.hint, refusals[_i].hint) != NULL, "%s", err.hint);
}
END_TEST

/* Nothing of the class is accepted: why another syntax was not even proposed. */
START_TEST(refused_own)
{
	static const char *const texts[] = { "in the file's own JPEG Baseline (Process 1): lossy compressed",
		"in the file's own JPEG Baseline (Process 1): --transcode never" };
	struct instance made = instance(CT, JPEG, RAW_FIT);
	const char *accepted[] = { NULL };
	struct plan plan = { .rules = { .transcode = _i == 0 ? TRANSCODE_LOSSLESS : TRANSCODE_NEVER } };
	struct plan_route out;
	struct err err = ERR_INIT;

	ck_assert(plan_add(&plan, &made));
	ck_assert_int_eq(plan_route(&plan, accepted, &made, &out, &err), -1);
	ck_assert_msg(strstr(err.text, texts[_i]) != NULL, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.hint, "--transcode"));
}
END_TEST

START_TEST(refused_class)
{
	struct instance made = instance(PDF, UID_EXPLICIT_LE, RAW_FIT);
	struct instance other = instance("1.2.3", UID_EXPLICIT_LE, RAW_FIT);
	const char *accepted[] = { NULL, NULL, UID_EXPLICIT_LE, NULL };
	struct plan plan = { .count = 0 };
	struct plan_route out;
	struct err err = ERR_INIT;

	add(&plan, PDF, UID_EXPLICIT_LE);
	add(&plan, CT, UID_EXPLICIT_LE);
	ck_assert_int_eq(plan_route(&plan, accepted, &made, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_CONTEXT);
	ck_assert_ptr_nonnull(strstr(err.text, "accepts no Encapsulated PDF Storage (" PDF ")"));
	ck_assert_ptr_nonnull(strstr(err.hint, "association-table row"));
	ck_assert_int_eq(plan_route(&plan, accepted, &other, &out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no presentation context was proposed for 1.2.3 in "));
}
END_TEST

#define ROWS(array) (int)(sizeof(array) / sizeof(array)[0])

static Suite *
suite_plan(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("plan");

	tcase_add_test(tcase, contexts);
	tcase_add_rows(tcase, by_rules, rules, syntax);
	tcase_add_rows(tcase, proposed, proposals, syntax);
	tcase_add_test(tcase, refused_though_proposed);
	tcase_add_test(tcase, merge);
	tcase_add_test(tcase, echo);
	tcase_add_test(tcase, class_by_class);
	tcase_add_test(tcase, limit);
	tcase_add_rows(tcase, route, routes, syntax);
	tcase_add_rows(tcase, refused_syntax, refusals, syntax);
	tcase_add_loop_test(tcase, refused_own, 0, 2);
	tcase_add_test(tcase, refused_class);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_plan());
}
