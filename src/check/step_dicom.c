/* SPDX-License-Identifier: BSD-3-Clause */
/* The association, the contexts that it accepts, and C-ECHO. */
#include "check/steps.h"

#include <string.h>

#include "base/text.h"
#include "dicom/status.h"

/* What is proposed if no file is given: enough to show what kind of receiver this is, few enough for one
 * association. */
static const struct {
	const char *uid;
	const char *name;
} syntaxes[] = {
	{ UID_IMPLICIT_LE, "Implicit VR Little Endian" },
	{ UID_EXPLICIT_LE, "Explicit VR Little Endian" },
	{ "1.2.840.10008.1.2.4.50", "JPEG Baseline" },
	{ "1.2.840.10008.1.2.4.70", "JPEG Lossless" },
	{ "1.2.840.10008.1.2.4.80", "JPEG-LS Lossless" },
	{ "1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless" },
	{ "1.2.840.10008.1.2.4.91", "JPEG 2000" },
	{ "1.2.840.10008.1.2.5", "RLE Lossless" },
};

#define SYNTAXES   (sizeof syntaxes / sizeof syntaxes[0])
#define NO_PIXELS  2 /* of these, for classes without pixels */
#define STORAGE	   "1.2.840.10008.5.1.4.1.1."

static const struct {
	const char *uid;
	const char *name;
	bool pixels;
} classes[] = {
	{ STORAGE "104.1", "Encapsulated PDF", false },
	{ STORAGE "104.2", "Encapsulated CDA", false },
	{ STORAGE "88.11", "Basic Text SR", false },
	{ STORAGE "88.22", "Enhanced SR", false },
	{ STORAGE "88.33", "Comprehensive SR", false },
	{ STORAGE "88.67", "X-Ray Radiation Dose SR", false },
	{ STORAGE "88.59", "Key Object Selection", false },
	{ STORAGE "11.1", "Presentation State", false },
	{ STORAGE "9.1.1", "12-lead ECG", false },
	{ STORAGE "481.3", "RT Structure Set", false },
	{ STORAGE "481.5", "RT Plan", false },
	{ STORAGE "2", "CT", true },
	{ STORAGE "4", "MR", true },
	{ STORAGE "1", "CR", true },
	{ STORAGE "1.1", "DX", true },
	{ STORAGE "1.2", "MG", true },
	{ STORAGE "6.1", "US", true },
	{ STORAGE "3.1", "US multi-frame", true },
	{ STORAGE "12.1", "XA", true },
	{ STORAGE "20", "NM", true },
	{ STORAGE "128", "PET", true },
	{ STORAGE "7", "Secondary Capture", true },
	{ STORAGE "77.1.4", "VL Photographic", true },
};

#define CLASSES (sizeof classes / sizeof classes[0])

_Static_assert(1 + 11 * NO_PIXELS + 12 * SYNTAXES <= PLAN_CONTEXTS_MAX,
	"too many contexts for one association");

static void
plan_common_classes(struct plan *plan)
{
	const char *uids[SYNTAXES];

	for (size_t i = 0; i < SYNTAXES; i++)
		uids[i] = syntaxes[i].uid;
	for (size_t i = 0; i < CLASSES; i++)
		(void)plan_add_class(plan, classes[i].uid, uids, classes[i].pixels ? SYNTAXES : NO_PIXELS);
}

void
dicom_plan(struct checker *checker)
{
	checker->plan.rules = checker->job->rules;
	plan_echo(&checker->plan);
	if (checker->job->instance_count == 0)
		plan_common_classes(&checker->plan);
	for (size_t i = 0; i < checker->job->instance_count; i++)
		checker->plan_full |= !plan_add(&checker->plan, &checker->job->instances[i]);
}

static bool
has_verification(const struct checker *checker)
{
	return checker->facts.accepted[0] != NULL;
}

static size_t
storage_contexts(const struct checker *checker)
{
	return checker->facts.accepted_count - has_verification(checker);
}

/* Which of the syntaxes are accepted for a class, a bit each. */
static unsigned
accepted_syntaxes(const struct checker *checker, const char *sop_class)
{
	unsigned set = 0;

	for (size_t i = 0; i < checker->plan.count; i++) {
		const char *accepted = checker->facts.accepted[i];

		if (!accepted || strcmp(checker->plan.contexts[i].sop_class, sop_class) != 0)
			continue;
		for (unsigned j = 0; j < SYNTAXES; j++)
			if (strcmp(syntaxes[j].uid, accepted) == 0)
				set |= 1u << j;
	}
	return set;
}

/* The names of the syntaxes in the set. Returns out. */
static const char *
syntax_names(char *out, size_t size, unsigned set)
{
	out[0] = '\0';
	for (unsigned i = 0; i < SYNTAXES; i++)
		if (set & 1u << i)
			text_join(out, size, ", ", "%s", syntaxes[i].name);
	return out;
}

/* The classes that are accepted in exactly these syntaxes, as one finding. */
static void
find_group(struct checker *checker, const unsigned sets[CLASSES], unsigned set)
{
	char names[512] = "", how[256];
	size_t count = 0;

	for (size_t i = 0; i < CLASSES; i++) {
		if (sets[i] != set)
			continue;
		text_join(names, sizeof names, ", ", "%s", classes[i].name);
		count++;
	}
	if (set)
		checker_add(checker, FIND_CONTEXTS, ERR_NONE, "accepted: %s, in %s", names,
			syntax_names(how, sizeof how, set));
	else if (count > 0 && count < CLASSES)
		checker_add(checker, FIND_CONTEXTS, ERR_NONE, "not accepted: %s", names);
}

/* How many of the classes are accepted, and in which syntaxes. */
static void
summarize_common(const unsigned sets[CLASSES], char *out, size_t size)
{
	char how[256];
	unsigned all = 0;
	size_t count = 0;

	for (size_t i = 0; i < CLASSES; i++) {
		all |= sets[i];
		count += sets[i] != 0;
	}
	text_format(out, size, "%zu of %zu common storage classes%s%s", count, CLASSES,
		count ? " in " : "", syntax_names(how, sizeof how, all));
}

/* Classes that are accepted in the same way are reported together; refused ones come last. */
static void
find_common(struct checker *checker, char *summary, size_t size)
{
	unsigned sets[CLASSES];

	for (size_t i = 0; i < CLASSES; i++)
		sets[i] = accepted_syntaxes(checker, classes[i].uid);
	summarize_common(sets, summary, size);
	for (size_t i = 0; i < CLASSES; i++) {
		bool shown = sets[i] == 0;

		for (size_t j = 0; j < i; j++)
			shown |= sets[j] == sets[i];
		if (!shown)
			find_group(checker, sets, sets[i]);
	}
	find_group(checker, sets, 0);
	if (storage_contexts(checker) > 0)
		return;
	checker_add(checker, FIND_STORAGE_NONE, ERR_NONE,
		"%s accepts none of the %zu common storage classes that were proposed",
		checker->job->request.called, CLASSES);
	checker_hint(checker, "Give a file of the kind to be sent to have exactly that proposed. In IRIS, "
		"the row of the association table (calling %s, called %s) holds the SOP classes and transfer "
		"syntaxes.", checker->job->request.calling, checker->job->request.called);
}

/* What would happen to each file given. */
static void
find_files(struct checker *checker, char *summary, size_t size)
{
	size_t count = checker->job->instance_count, raw = 0, converted = 0, refused = 0;
	const char *path = NULL;
	struct err first = ERR_INIT;

	for (size_t i = 0; i < count; i++) {
		const struct instance *instance = &checker->job->instances[i];
		struct plan_route route;
		struct err why = ERR_INIT;

		if (plan_route(&checker->plan, checker->facts.accepted, instance, &route, &why) == 0) {
			*(strcmp(route.syntax, instance->syntax) == 0 ? &raw : &converted) += 1;
			continue;
		}
		if (refused++ > 0)
			continue;
		first = why;
		path = instance->path;
	}
	text_format(summary, size, "%zu of %zu file%s would go, %zu in their own transfer syntax, %zu "
		"converted", count - refused, count, TEXT_PLURAL(count), raw, converted);
	if (refused < count)
		checker_add(checker, FIND_CONTEXTS, ERR_NONE, "%s", summary);
	if (refused == 0)
		return;
	checker_add(checker, refused < count ? FIND_CONTEXT_MISSING : FIND_CONTEXTS_NONE, ERR_NO_CONTEXT,
		"%zu of %zu file%s could not be sent; %s: %s", refused, count, TEXT_PLURAL(count), path,
		first.text);
	checker_hint(checker, "%s", first.hint);
}

void
association_passed(struct checker *checker)
{
	const struct association_request *request = &checker->job->request;
	const struct association_facts *facts = &checker->facts;
	char contexts[400];

	checker_add(checker, FIND_ASSOCIATED, ERR_NONE,
		"%s accepted %s: %s%s%s%s, PDUs of %u bytes, window %u",
		request->called, request->calling,
		facts->peer_implementation[0] ? facts->peer_implementation : "implementation not stated",
		facts->peer_version[0] ? " (" : "", facts->peer_version, facts->peer_version[0] ? ")" : "",
		facts->max_pdu_send, facts->window);
	if (checker->job->instance_count > 0)
		find_files(checker, contexts, sizeof contexts);
	else
		find_common(checker, contexts, sizeof contexts);
	checker_summarize(checker, "%s (%s) accepted %s; %s", request->called,
		facts->peer_version[0] ? facts->peer_version : facts->peer_implementation, request->calling,
		contexts);
	if (checker->plan_full)
		checker_add(checker, FIND_TOO_MANY_CLASSES, ERR_NONE,
			"the files need more than the %d presentation contexts of one association; the "
			"rest was not proposed", PLAN_CONTEXTS_MAX);
	if (request->identity != USER_NONE && request->user_response && !facts->user_confirmed) {
		checker_add(checker, FIND_USER_UNCONFIRMED, ERR_NONE,
			"the receiver did not confirm the user identity");
		checker_hint(checker, "It may not support user identities; omit --user-rsp if so.");
	}
	if (checker_has_tls(checker))
		checker_add(checker, FIND_AE_NOT_BOUND, ERR_NONE, "AE titles are not tied to certificates: "
			"any client with a trusted certificate may call itself %s", request->calling);
}

/* A rejection's detail is result, source and reason (PS3.8 9.3.4). */
static enum finding_id
rejection(int detail)
{
	switch (detail & 0xffff) {
	case 1 << 8 | 3:
		return FIND_CALLING_UNKNOWN;
	case 1 << 8 | 7:
		return FIND_CALLED_UNKNOWN;
	case 3 << 8 | 1:
	case 3 << 8 | 2:
		return FIND_RECEIVER_BUSY;
	}
	return FIND_REJECTED;
}

void
association_failed(struct checker *checker, const struct err *err)
{
	enum finding_id id = FIND_ASSOCIATION_LOST;

	if (err->kind == ERR_REJECTED)
		id = rejection(err->detail);
	else if (err->kind == ERR_NO_CONTEXT)
		id = FIND_CONTEXTS_NONE;
	else if (err->kind == ERR_TIMEOUT)
		id = FIND_ASSOCIATION_TIMEOUT;
	checker_add_err(checker, id, err);
}

/* A receiver that accepts objects but not C-ECHO works nevertheless. */
static void
find_refusal(struct checker *checker, uint16_t status)
{
	struct status_meaning meaning = status_echo(status);
	bool stores = storage_contexts(checker) > 0;

	checker_add(checker, stores ? FIND_ECHO_ODD : FIND_ECHO_REFUSED, ERR_ECHO_REFUSED,
		"%s answered the C-ECHO with status 0x%04X, %s%s", checker->job->request.called, status,
		meaning.meaning, stores ? "; it accepts storage nevertheless" : "");
	checker_hint(checker, "%s", meaning.remedy);
}

/* 0, or -1: the association is lost. */
static int
ping(struct checker *checker, struct association *assoc)
{
	struct check_report *report = checker->report;
	struct err err = ERR_INIT;

	while (report->ping_count < PINGS) {
		struct command_rsp rsp;
		bool answered = false;
		int64_t us;

		if (interrupt_signal())
			interrupt_err(&err);
		else
			answered = checker->job->driver->echo(assoc, &rsp, &us, &err) == 0;
		if (!answered) {
			checker_add_err(checker, err.kind == ERR_TIMEOUT ? FIND_ECHO_TIMEOUT : FIND_ECHO_LOST,
				&err);
			return err_is_interrupt(err.kind) ? 0 : -1;
		}
		if (status_echo(rsp.status).severity != STATUS_SUCCESS) {
			find_refusal(checker, rsp.status);
			return 0;
		}
		report->ping_us[report->ping_count++] = us;
	}
	return 0;
}

static int
echo(struct checker *checker, struct association *assoc)
{
	double least, median;
	int rv;

	if (!has_verification(checker)) {
		checker_add(checker, FIND_ECHO_NOT_OFFERED, ERR_NONE,
			"%s refuses Verification, so it cannot be asked for a C-ECHO; it accepts storage",
			checker->job->request.called);
		checker_hint(checker, "To have C-ECHO answered, add Verification to the association-table "
			"row; storage works without it (the IRIS sample registers only storage classes).");
		return 0;
	}
	rv = ping(checker, assoc);
	if (checker->report->ping_count > 0 && rv == 0) {
		median = check_report_echo_ms(checker->report, &least);
		checker_add(checker, FIND_ECHOED, ERR_NONE,
			"answered %zu times: at best %.2f ms, median %.2f ms", checker->report->ping_count,
			least, median);
	}
	return rv;
}

void
step_echo(struct checker *checker, struct association *assoc)
{
	struct err err = ERR_INIT;
	int64_t start = clock_us();

	checker_begin(checker, STEP_ECHO);
	if (echo(checker, assoc) < 0) {
		checker->job->driver->abort(assoc);
	} else if (checker->job->driver->release(assoc, &err) < 0) {
		checker_add(checker, FIND_RELEASE_UNCONFIRMED, ERR_NONE, "%s", err.text);
		checker_hint(checker, "%s", err.hint);
	}
	checker_end(checker, clock_us() - start);
}
