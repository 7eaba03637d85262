/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Presentation contexts for a batch of instances, and which one each goes by.
 * Per SOP class: one context for each of the files' own syntaxes alone, and
 * one fallback (explicit, implicit little endian, as far as the rules allow) if
 * some file may be converted. The own syntax wins where it is accepted.
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

/* How far a file may be converted when the receiver does not take it as it is. */
enum transcode {
	TRANSCODE_LOSSLESS, /* uncompressed, deflated and losslessly compressed ones */
	TRANSCODE_NEVER,    /* not at all; elements may still be put in order */
	TRANSCODE_ALWAYS,   /* lossy compressed ones too */
};

struct plan_rules {
	enum transcode transcode;
	bool no_implicit; /* convert to explicit VR only, never to implicit */
	bool no_explicit; /* and the other way round */
	/* Transfer syntaxes, and PLAN_OWN for the files' own, NULL-terminated: nothing else is
	 * proposed. NULL: whatever serves. */
	const char *const *proposed;
};

struct plan {
	struct plan_rules rules; /* all zero: the defaults */
	struct plan_context contexts[PLAN_CONTEXTS_MAX];
	size_t count;
};

/* Add what an instance needs by the rules. False if that would exceed the limit (nothing is added then). */
bool plan_add(struct plan *plan, const struct instance *instance);

/* Add all contexts of `more`, made by the same rules. False if that would exceed
 * the limit (nothing is added then). */
bool plan_merge(struct plan *plan, const struct plan *more);

/* Are all contexts of `part` in the plan? */
bool plan_covers(const struct plan *plan, const struct plan *part);

/* Do the rules, and what can be decoded here, let the instance be sent in another syntax than its own? */
bool plan_converts(const struct plan_rules *rules, const struct instance *instance);

/* Do the rules leave a syntax to propose for the instance? -1 with ERR_NO_CONTEXT, the
 * reason and what to do. */
int plan_proposes(const struct plan_rules *rules, const struct instance *instance, struct err *err)
	__attribute__((warn_unused_result));

/* The transfer syntax that the instance goes in if the receiver takes all that the rules propose
 * for it: its own, if they do. */
const char *plan_best(const struct plan_rules *rules, const struct instance *instance);

/* Verification alone, implicit little endian. */
void plan_echo(struct plan *plan);

/* Add a context of its own for each of count syntaxes, so that the answer tells
 * of each. False if that would exceed the limit (nothing is added then). */
bool plan_add_class(struct plan *plan, const char *sop_class, const char *const syntaxes[], size_t count);

/* How an instance travels. */
struct plan_route {
	unsigned char context;		/* id */
	const char *syntax;		/* that it is sent in */
	bool raw;			/* the file's own bytes */
};

/*
 * accepted[i]: transfer syntax UID that the peer took for plan->contexts[i],
 * NULL if it refused. 0 and *out, or -1 with ERR_NO_CONTEXT, the reason (the
 * class was refused; or all syntaxes but such as this file cannot, or by the
 * rules may not, be converted to) and what to do.
 */
int plan_route(const struct plan *plan, const char *const accepted[],
	const struct instance *instance, struct plan_route *out, struct err *err)
	__attribute__((warn_unused_result));

#endif
