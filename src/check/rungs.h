/* SPDX-License-Identifier: BSD-3-Clause */
/* The rungs, each in the file of its subject. Those of the main connection
 * pass or fail by what opening it showed. */
#ifndef MTLS_CHECK_RUNGS_H
#define MTLS_CHECK_RUNGS_H

#include "check/climb.h"

/* No network: what is in the stores. */
void rung_stores(struct climb *climb);

/* On which rung the opening failed: from the error's phase and kind. */
enum rung rung_of_failure(const struct climb *climb, const struct err *err);

/* Add the findings of one that was passed... */
void resolve_passed(struct climb *climb);
void tcp_passed(struct climb *climb);
void agreement_passed(struct climb *climb);
void server_passed(struct climb *climb);
void ours_passed(struct climb *climb);
void accepted_passed(struct climb *climb);
void association_passed(struct climb *climb);

/* ... or on which it ended. */
void resolve_failed(struct climb *climb, const struct err *err);
void tcp_failed(struct climb *climb, const struct err *err);
void agreement_failed(struct climb *climb, const struct err *err);
void server_failed(struct climb *climb, const struct err *err);
void ours_failed(struct climb *climb, const struct err *err);
void accepted_failed(struct climb *climb, const struct err *err);
void association_failed(struct climb *climb, const struct err *err);

/* What the association is to propose: the files' contexts or the common classes, and Verification. */
void dicom_plan(struct climb *climb);

/* C-ECHO over the open association, which is released or aborted: it is gone afterwards. */
void rung_echo(struct climb *climb, struct association *assoc);

/* The side rungs: connections of their own, one after the other. */
void rung_enforced(struct climb *climb);
void rung_range(struct climb *climb);

#endif
