/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Presentation contexts for a batch of instances, and the one that each is sent in. For each SOP class: one
 * context for each of the files' own syntaxes alone, and one fallback (explicit, implicit little endian, as
 * far as the rules allow) if any file may be converted. The own syntax is used if it is accepted.
 */
#ifndef MTLS_DICOM_PLAN_H
#define MTLS_DICOM_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "dicom/part10.h"

#define PLAN_CONTEXTS_MAX 128 /* odd ids 1..255, PS3.8 9.3.2.2 */
#define PLAN_OWN	  "own"

struct plan_context {
	unsigned char id;
	char sop_class[UID_MAX + 1];
	char syntaxes[2][UID_MAX + 1]; /* the second may be empty */
	bool fallback;
};

/* How far a file may be converted if the receiver does not accept its syntax. */
enum transcode {
	TRANSCODE_LOSSLESS, /* uncompressed, deflated and losslessly compressed ones */
	TRANSCODE_NEVER,    /* not at all; elements may still be put in order */
	TRANSCODE_ALWAYS,   /* lossy compressed ones too */
};

struct plan_rules {
	enum transcode transcode;
	bool no_implicit; /* convert to explicit VR only, never to implicit */
	bool no_explicit; /* and the other way round */
	/* Transfer syntaxes, and PLAN_OWN for the files' own, NULL-terminated: nothing else is proposed.
	 * NULL: all that are useful. */
	const char *const *proposed;
};

struct plan {
	struct plan_rules rules; /* all zero: the defaults */
	struct plan_context contexts[PLAN_CONTEXTS_MAX];
	size_t count;
};

/* Add the contexts that an instance needs by the rules. False if that would exceed the limit (nothing is
 * added then). */
bool plan_add(struct plan *plan, const struct instance *instance);

/* Add all contexts of `more`, made by the same rules. False if that would exceed
 * the limit (nothing is added then). */
bool plan_merge(struct plan *plan, const struct plan *more);

/* Are all contexts of `part` in the plan? */
bool plan_covers(const struct plan *plan, const struct plan *part);

/* Do the rules and the decoders allow the instance to be sent in another syntax than its own? */
bool plan_converts(const struct plan_rules *rules, const struct instance *instance);

/* Do the rules allow any syntax to be proposed for the instance? -1 with ERR_NO_CONTEXT, the reason and
 * what to do. */
int plan_proposes(const struct plan_rules *rules, const struct instance *instance, struct err *err)
	MUST_CHECK;

/* The transfer syntax of the instance if the receiver accepts everything that the rules propose for it: its
 * own, if that is proposed. */
const char *plan_best(const struct plan_rules *rules, const struct instance *instance);

/* Only Verification, in implicit little endian. */
void plan_echo(struct plan *plan);

/* Add a separate context for each of count syntaxes, so that the answer covers each. False if that would
 * exceed the limit (nothing is added then). */
bool plan_add_class(struct plan *plan, const char *sop_class, const char *const syntaxes[], size_t count);

/* How an instance is sent. */
struct plan_route {
	unsigned char context;		/* id */
	const char *syntax;		/* that it is sent in */
	bool raw;			/* the bytes of the file, unchanged */
};

/*
 * accepted[i]: transfer syntax UID that the peer accepted for plan->contexts[i], NULL if it refused. 0 and
 * *out, or -1 with ERR_NO_CONTEXT, the reason (the class was refused; or the accepted syntaxes are only
 * ones that this file cannot be, or by the rules may not be, converted to) and what to do.
 */
int plan_route(const struct plan *plan, const char *const accepted[],
	const struct instance *instance, struct plan_route *out, struct err *err) MUST_CHECK;

#endif
