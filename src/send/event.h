/* SPDX-License-Identifier: BSD-3-Clause */
/* What an association agreed on, in the reporter's terms. */
#ifndef MTLS_SEND_EVENT_H
#define MTLS_SEND_EVENT_H

#include "dcmtk/association.h"
#include "report/report.h"

/* The strings are those of request and facts. */
struct report_association association_event(const struct association_request *request,
	const struct association_facts *facts);

/* Warn if the user identity was to be confirmed and was not (PS3.7 D.3.3.7.2). */
void association_warn(const struct reporter *reporter, const struct association_request *request,
	const struct association_facts *facts);

#endif
