/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/plan.h"

#include <string.h>

#include "base/text.h"

/* Can DCMTK turn it into explicit or implicit little endian without a codec? */
static bool
is_convertible(const char *uid)
{
	const struct syntax *syntax = syntax_find(uid);

	return syntax && !syntax->encapsulated;
}

/* Is it one of the two that convertible objects are turned into? */
static bool
is_target(const char *uid)
{
	return strcmp(uid, UID_EXPLICIT_LE) == 0 || strcmp(uid, UID_IMPLICIT_LE) == 0;
}

static bool
has_own(const struct plan *plan, const struct instance *instance)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_context *context = &plan->contexts[i];

		if (!context->fallback && strcmp(context->sop_class, instance->sop_class) == 0 &&
			strcmp(context->syntaxes[0], instance->syntax) == 0)
			return true;
	}
	return false;
}

static bool
has_fallback(const struct plan *plan, const struct instance *instance)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_context *context = &plan->contexts[i];

		if (context->fallback && strcmp(context->sop_class, instance->sop_class) == 0)
			return true;
	}
	return false;
}

static void
append(struct plan *plan, const char *sop_class, const char *first, const char *second, bool fallback)
{
	struct plan_context *context = &plan->contexts[plan->count];

	context->id = (unsigned char)(2 * plan->count + 1);
	text_format(context->sop_class, sizeof context->sop_class, "%s", sop_class);
	text_format(context->syntaxes[0], sizeof context->syntaxes[0], "%s", first);
	text_format(context->syntaxes[1], sizeof context->syntaxes[1], "%s", second);
	context->fallback = fallback;
	plan->count++;
}

bool
plan_add(struct plan *plan, const struct instance *instance)
{
	bool own = !has_own(plan, instance);
	bool fallback = is_convertible(instance->syntax) && !has_fallback(plan, instance);

	if (plan->count + own + fallback > PLAN_CONTEXTS_MAX)
		return false;
	if (own)
		append(plan, instance->sop_class, instance->syntax, "", false);
	if (fallback)
		append(plan, instance->sop_class, UID_EXPLICIT_LE, UID_IMPLICIT_LE, true);
	return true;
}

void
plan_echo(struct plan *plan)
{
	plan->count = 0;
	append(plan, UID_VERIFICATION, UID_IMPLICIT_LE, "", false);
}

bool
plan_add_class(struct plan *plan, const char *sop_class, const char *const syntaxes[], size_t count)
{
	if (plan->count + count > PLAN_CONTEXTS_MAX)
		return false;
	for (size_t i = 0; i < count; i++)
		append(plan, sop_class, syntaxes[i], "", false);
	return true;
}

/* How well the i-th context serves the instance: 3 its own syntax alone, 2 its
 * own syntax otherwise, 1 one that it can be converted to, 0 not at all. */
static int
rank(const struct plan *plan, const char *const accepted[], size_t i, const struct instance *instance)
{
	if (!accepted[i] || strcmp(plan->contexts[i].sop_class, instance->sop_class) != 0)
		return 0;
	if (strcmp(accepted[i], instance->syntax) == 0)
		return plan->contexts[i].fallback ? 2 : 3;
	return is_convertible(instance->syntax) && is_target(accepted[i]);
}

/* Was accepted[i] taken for an earlier context of the same SOP class too? */
static bool
is_repeated(const struct plan *plan, const char *const accepted[], size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (accepted[j] && strcmp(accepted[j], accepted[i]) == 0 &&
			strcmp(plan->contexts[j].sop_class, plan->contexts[i].sop_class) == 0)
			return true;
	}
	return false;
}

/* The syntaxes accepted for a SOP class, by name, into out. Returns how many. */
static size_t
list_accepted(const struct plan *plan, const char *const accepted[], const char *sop_class,
	char *out, size_t size)
{
	size_t used = 0, count = 0;

	out[0] = '\0';
	for (size_t i = 0; i < plan->count; i++) {
		if (!accepted[i] || strcmp(plan->contexts[i].sop_class, sop_class) != 0 ||
			is_repeated(plan, accepted, i))
			continue;
		text_format(out + used, size - used, "%s%s", count++ ? " and " : "", uid_name(accepted[i]));
		used = strlen(out);
	}
	return count;
}

/* What turns pixel data in this syntax into plain ones; "" if we know of nothing. */
static const char *
decoder(const char *syntax)
{
	static const struct {
		const char *prefix; /* of the name */
		const char *tool;
	} tools[] = {
		{ "JPEG-LS", "dcmdjpls" },
		{ "JPEG 2000", "gdcmconv --raw" },
		{ "JPEG XL", "" },
		{ "JPEG", "dcmdjpeg" },
		{ "RLE", "dcmdrle" },
	};
	const char *name = uid_name(syntax);

	for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
		if (strncmp(name, tools[i].prefix, strlen(tools[i].prefix)) == 0)
			return tools[i].tool;
	}
	return "";
}

/* "CT Image Storage (1.2.840...)", or the bare UID of a class without a name. */
static const char *
class_text(const char *uid, char *out, size_t size)
{
	const char *name = uid_name(uid);

	text_format(out, size, strcmp(name, uid) == 0 ? "%s" : "%s (%s)", name, uid);
	return out;
}

static int
decompress_hint(const char *syntax, struct err *err)
{
	const char *tool = decoder(syntax);

	if (tool[0])
		return err_hint(err, "Decompress it first, for example with %s, or have the receiver's "
			"administrator allow %s for this SOP class.", tool, uid_name(syntax));
	return err_hint(err, "Have the receiver's administrator allow %s for this SOP class, "
		"or export the object uncompressed.", uid_name(syntax));
}

static int
class_refused(const struct plan *plan, const struct instance *instance, struct err *err)
{
	char shown[2 * UID_MAX + 32];
	bool proposed = has_own(plan, instance);

	class_text(instance->sop_class, shown, sizeof shown);
	if (!proposed) {
		err_set(err, ERR_NO_CONTEXT, "no presentation context was proposed for %s in %s", shown,
			uid_name(instance->syntax));
		return err_hint(err, "Send the file in a run of its own: one association has room for %d "
			"contexts.", PLAN_CONTEXTS_MAX);
	}
	if (!is_convertible(instance->syntax)) {
		err_set(err, ERR_NO_CONTEXT, "the receiver does not accept %s in %s, and the file cannot be "
			"converted without being decompressed", shown, uid_name(instance->syntax));
		return decompress_hint(instance->syntax, err);
	}
	err_set(err, ERR_NO_CONTEXT, "the receiver accepts no %s: it refused every presentation context "
		"for it, that in the file's own %s too", shown, uid_name(instance->syntax));
	return err_hint(err, "Have its administrator allow this SOP class. On IRIS, add it to the "
		"association-table row of the two AE titles (calling, called); a row without it refuses it.");
}

static int
syntax_refused(const struct instance *instance, const char *accepted, struct err *err)
{
	const char *own = uid_name(instance->syntax);
	char shown[2 * UID_MAX + 32];

	class_text(instance->sop_class, shown, sizeof shown);
	if (is_convertible(instance->syntax)) {
		err_set(err, ERR_NO_CONTEXT, "the receiver accepts %s only in %s, which the file, in %s, "
			"cannot be converted to", shown, accepted, own);
		return err_hint(err, "Have its administrator allow Explicit or Implicit VR Little Endian for "
			"this SOP class.");
	}
	err_set(err, ERR_NO_CONTEXT, "the receiver accepts %s only in %s, and the file is %s: %s",
		shown, accepted, own, syntax_find(instance->syntax) ?
		"it cannot be converted without being decompressed" :
		"a transfer syntax that is not known here");
	return decompress_hint(instance->syntax, err);
}

int
plan_route(const struct plan *plan, const char *const accepted[], const struct instance *instance,
	struct plan_route *out, struct err *err)
{
	char names[512];
	int best = 0;

	for (size_t i = 0; i < plan->count; i++) {
		int how = rank(plan, accepted, i, instance);

		if (how <= best)
			continue;
		best = how;
		out->context = plan->contexts[i].id;
		out->syntax = accepted[i];
		out->raw = how > 1 && instance->raw == RAW_FIT;
	}
	if (best)
		return 0;
	if (list_accepted(plan, accepted, instance->sop_class, names, sizeof names))
		return syntax_refused(instance, names, err);
	return class_refused(plan, instance, err);
}
