/* SPDX-License-Identifier: BSD-3-Clause */
/* The results of negotiating an association, and its warnings, as events for the reporter. */
#ifndef MTLS_SEND_EVENT_H
#define MTLS_SEND_EVENT_H

#include "dcmtk/association.h"
#include "report/report.h"

/* The strings belong to request and facts. */
struct report_association association_event(const struct association_request *request,
	const struct association_facts *facts);

/* A certificate that expires in fewer days than these causes a warning, or an alarm. */
struct expiry_limits {
	int64_t warning, alarm;
};

/* whose: "our"; subject: its name, safe to print. */
void expiry_warn(const struct reporter *reporter, struct expiry_limits limits, const char *whose,
	const char *subject, int days_left);

/* Warn if the receiver's certificate expires soon, of what else TLS showed, and if the user identity should
 * have been confirmed and was not (PS3.7 D.3.3.7.2). */
void association_warn(const struct reporter *reporter, struct expiry_limits limits,
	const struct association_request *request, const struct association_facts *facts);

#endif
