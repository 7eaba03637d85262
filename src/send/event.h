/* SPDX-License-Identifier: BSD-3-Clause */
/* What an association agreed on, and what is to be warned of, in the reporter's terms. */
#ifndef MTLS_SEND_EVENT_H
#define MTLS_SEND_EVENT_H

#include "dcmtk/association.h"
#include "report/report.h"

/* The strings are those of request and facts. */
struct report_association association_event(const struct association_request *request,
	const struct association_facts *facts);

/* A certificate that expires in fewer days than these is warned of, or is an alarm. */
struct expiry_limits {
	int64_t warning, alarm;
};

/* whose: "our"; subject: its name, harmless. */
void expiry_warn(const struct reporter *reporter, struct expiry_limits limits, const char *whose,
	const char *subject, int days_left);

/* Warn if the receiver's certificate expires soon, of what else its TLS showed, or
 * if the user identity was to be confirmed and was not (PS3.7 D.3.3.7.2). */
void association_warn(const struct reporter *reporter, struct expiry_limits limits,
	const struct association_request *request, const struct association_facts *facts);

#endif
