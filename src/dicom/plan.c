/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/plan.h"

#include <string.h>

#include "base/text.h"

/* The reason why an instance cannot be sent in another syntax than its own. */
enum obstacle {
	NONE,
	UNKNOWN_SYNTAX,
	NO_DECODER,
	IS_LOSSY,  /* lossy, and only lossless ones may be converted */
	FORBIDDEN, /* by the rules, for any syntax */
	NO_TARGET, /* the rules allow no other syntax */
};

/* Does --propose name it, or is there no --propose? */
static bool
is_named(const struct plan_rules *rules, const char *what)
{
	const char *const *name = rules->proposed;

	while (name && *name && strcmp(*name, what) != 0)
		name++;
	return !name || *name;
}

/* Is it one of the two syntaxes to convert to, and do the rules allow it? */
static bool
is_target(const struct plan_rules *rules, const char *uid)
{
	return ((!rules->no_explicit && strcmp(uid, UID_EXPLICIT_LE) == 0) ||
		(!rules->no_implicit && strcmp(uid, UID_IMPLICIT_LE) == 0)) && is_named(rules, uid);
}

/* May that syntax be proposed for its own files? */
static bool
may_be_own(const struct plan_rules *rules, const char *syntax)
{
	return is_named(rules, PLAN_OWN) || is_named(rules, syntax);
}

static enum obstacle
find_obstacle(const struct plan_rules *rules, const char *uid)
{
	const struct syntax *syntax = syntax_find(uid);
	int targets = is_target(rules, UID_EXPLICIT_LE) + is_target(rules, UID_IMPLICIT_LE);

	if (!syntax)
		return UNKNOWN_SYNTAX;
	if (syntax->encapsulated && !syntax->decodable)
		return NO_DECODER;
	if (rules->transcode == TRANSCODE_NEVER)
		return FORBIDDEN;
	if (syntax->lossy && rules->transcode != TRANSCODE_ALWAYS)
		return IS_LOSSY;
	return targets - is_target(rules, uid) > 0 ? NONE : NO_TARGET;
}

bool
plan_converts(const struct plan_rules *rules, const struct instance *instance)
{
	return find_obstacle(rules, instance->syntax) == NONE;
}

/* Is there such a context; syntax: its first, NULL for any? The rules make its second follow. */
static bool
has(const struct plan *plan, const char *sop_class, bool fallback, const char *syntax)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_context *context = &plan->contexts[i];

		if (context->fallback == fallback && strcmp(context->sop_class, sop_class) == 0 &&
		    (!syntax || strcmp(context->syntaxes[0], syntax) == 0))
			return true;
	}
	return false;
}

static bool
has_own(const struct plan *plan, const struct instance *instance)
{
	return has(plan, instance->sop_class, false, instance->syntax);
}

static bool
has_context(const struct plan *plan, const struct plan_context *wanted)
{
	return has(plan, wanted->sop_class, wanted->fallback, wanted->syntaxes[0]);
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

/* The syntaxes to convert to that the rules allow; there is at least one. */
static void
append_fallback(struct plan *plan, const char *sop_class)
{
	bool implicit_vr = is_target(&plan->rules, UID_IMPLICIT_LE);

	if (is_target(&plan->rules, UID_EXPLICIT_LE))
		append(plan, sop_class, UID_EXPLICIT_LE, implicit_vr ? UID_IMPLICIT_LE : "", true);
	else
		append(plan, sop_class, UID_IMPLICIT_LE, "", true);
}

bool
plan_add(struct plan *plan, const struct instance *instance)
{
	bool own = may_be_own(&plan->rules, instance->syntax) && !has_own(plan, instance);
	bool fallback = plan_converts(&plan->rules, instance) && !has(plan, instance->sop_class, true, NULL);

	if (plan->count + own + fallback > PLAN_CONTEXTS_MAX)
		return false;
	if (own)
		append(plan, instance->sop_class, instance->syntax, "", false);
	if (fallback)
		append_fallback(plan, instance->sop_class);
	return true;
}

bool
plan_merge(struct plan *plan, const struct plan *more)
{
	size_t lacking = 0;

	for (size_t i = 0; i < more->count; i++)
		lacking += !has_context(plan, &more->contexts[i]);
	if (plan->count + lacking > PLAN_CONTEXTS_MAX)
		return false;
	for (size_t i = 0; i < more->count; i++) {
		const struct plan_context *context = &more->contexts[i];

		if (!has_context(plan, context))
			append(plan, context->sop_class, context->syntaxes[0], context->syntaxes[1],
				context->fallback);
	}
	return true;
}

bool
plan_covers(const struct plan *plan, const struct plan *part)
{
	for (size_t i = 0; i < part->count; i++) {
		if (!has_context(plan, &part->contexts[i]))
			return false;
	}
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

/* How well the i-th context fits the instance: 3 only its own syntax, 2 its own syntax among others, 1 one
 * that it can be converted to, 0 not at all. */
static int
rank(const struct plan *plan, const char *const accepted[], size_t i, const struct instance *instance)
{
	if (!accepted[i] || strcmp(plan->contexts[i].sop_class, instance->sop_class) != 0)
		return 0;
	if (strcmp(accepted[i], instance->syntax) == 0)
		return plan->contexts[i].fallback ? 2 : 3;
	return plan_converts(&plan->rules, instance) && is_target(&plan->rules, accepted[i]);
}

/* Was accepted[i] also accepted for an earlier context of the same SOP class? */
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

/* Write the names of the syntaxes accepted for a SOP class into out. Returns how many. */
static size_t
list_accepted(const struct plan *plan, const char *const accepted[], const char *sop_class,
	char *out, size_t size)
{
	size_t count = 0;

	out[0] = '\0';
	for (size_t i = 0; i < plan->count; i++) {
		if (!accepted[i] || strcmp(plan->contexts[i].sop_class, sop_class) != 0 ||
			is_repeated(plan, accepted, i))
			continue;
		text_join(out, size, " and ", "%s", uid_name(accepted[i]));
		count++;
	}
	return count;
}

/* "CT Image Storage (1.2.840...)", or only the UID of a class without a name. */
static const char *
class_text(const char *uid, char *out, size_t size)
{
	const char *name = uid_name(uid);

	text_format(out, size, strcmp(name, uid) == 0 ? "%s" : "%s (%s)", name, uid);
	return out;
}

/* Why it can be sent only in its own syntax, as the end of a sentence about the file. */
static const char *
obstacle_text(const struct plan_rules *rules, enum obstacle obstacle)
{
	static const char *const texts[] = {
		[NONE] = "it cannot be converted to that",
		[UNKNOWN_SYNTAX] = "its transfer syntax is unknown, so it cannot be converted",
		[NO_DECODER] = "there is no decoder for it, so it cannot be converted",
		[IS_LOSSY] = "lossy compressed objects are decompressed only on request",
		[FORBIDDEN] = "--transcode never forbids the conversion",
		[NO_TARGET] = "--no-ivrle or --no-evrle leaves no transfer syntax to convert it to",
	};

	return obstacle == NO_TARGET && rules->proposed ?
		"--propose has no transfer syntax to convert it to" : texts[obstacle];
}

static int
obstacle_hint(const struct plan_rules *rules, enum obstacle obstacle, const char *syntax, struct err *err)
{
	const char *own = uid_name(syntax);

	switch (obstacle) {
	case IS_LOSSY:
		return err_hint(err, "Use --transcode always to send it decompressed (larger, with no gain "
			"in quality), or have the receiver's administrator allow %s for this SOP "
			"class.", own);
	case FORBIDDEN:
		return err_hint(err, "Use --transcode lossless or always, or have the receiver's "
			"administrator allow %s for this SOP class.", own);
	case NO_TARGET:
		return err_hint(err, "%s, or have the receiver's administrator allow %s for this SOP class.",
			rules->proposed ? "Add --propose implicit or explicit" :
			"Omit --no-ivrle or --no-evrle", own);
	case NONE:
		return err_hint(err, "Have its administrator allow Explicit or Implicit VR Little Endian for "
			"this SOP class.");
	case UNKNOWN_SYNTAX:
	case NO_DECODER:
		break;
	}
	return err_hint(err, "Have the receiver's administrator allow %s for this SOP class, "
		"or export the object uncompressed.", own);
}

int
plan_proposes(const struct plan_rules *rules, const struct instance *instance, struct err *err)
{
	enum obstacle obstacle = find_obstacle(rules, instance->syntax);

	if (obstacle == NONE || may_be_own(rules, instance->syntax))
		return 0;
	err_set(err, ERR_NO_CONTEXT, "--propose does not include its transfer syntax, %s, and %s",
		uid_name(instance->syntax), obstacle_text(rules, obstacle));
	return err_hint(err, "Add --propose own to propose it.");
}

const char *
plan_best(const struct plan_rules *rules, const struct instance *instance)
{
	if (may_be_own(rules, instance->syntax) || !plan_converts(rules, instance))
		return instance->syntax;
	return is_target(rules, UID_EXPLICIT_LE) ? UID_EXPLICIT_LE : UID_IMPLICIT_LE;
}

static int
class_refused(const struct plan *plan, const struct instance *instance, struct err *err)
{
	enum obstacle obstacle = find_obstacle(&plan->rules, instance->syntax);
	bool own = has_own(plan, instance);
	char shown[2 * UID_MAX + 32];

	class_text(instance->sop_class, shown, sizeof shown);
	if (plan_proposes(&plan->rules, instance, err) < 0)
		return -1;
	if (!has_own(plan, instance) && !has(plan, instance->sop_class, true, NULL)) {
		err_set(err, ERR_NO_CONTEXT, "no presentation context was proposed for %s in %s", shown,
			uid_name(instance->syntax));
		return err_hint(err, "Send the file in a separate run: an association can have at most %d "
			"contexts.", PLAN_CONTEXTS_MAX);
	}
	if (obstacle != NONE) {
		err_set(err, ERR_NO_CONTEXT, "the receiver does not accept %s in the file's own %s: %s",
			shown, uid_name(instance->syntax), obstacle_text(&plan->rules, obstacle));
		return obstacle_hint(&plan->rules, obstacle, instance->syntax, err);
	}
	err_set(err, ERR_NO_CONTEXT, "the receiver accepts no %s: it refused every presentation context "
		"for it%s%s%s", shown, own ? ", that in the file's own " : "",
		own ? uid_name(instance->syntax) : "", own ? " too" : "");
	return err_hint(err, "Have its administrator allow this SOP class. On IRIS, add it to the "
		"association-table row of the two AE titles (calling, called); without it in the row, it "
		"is refused.");
}

static int
syntax_refused(const struct plan *plan, const struct instance *instance, const char *accepted,
	struct err *err)
{
	enum obstacle obstacle = find_obstacle(&plan->rules, instance->syntax);
	char shown[2 * UID_MAX + 32];

	err_set(err, ERR_NO_CONTEXT, "the receiver accepts %s only in %s, and the file is %s: %s",
		class_text(instance->sop_class, shown, sizeof shown), accepted,
		uid_name(instance->syntax), obstacle_text(&plan->rules, obstacle));
	return obstacle_hint(&plan->rules, obstacle, instance->syntax, err);
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
		return syntax_refused(plan, instance, names, err);
	return class_refused(plan, instance, err);
}
