/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps, each in the file of its subject. Those of the main connection pass or fail depending on how
 * opening it went. */
#ifndef MTLS_CHECK_STEPS_H
#define MTLS_CHECK_STEPS_H

#include "check/checker.h"

/* No network: what is in the stores. */
void step_stores(struct checker *checker);

/* The step on which opening failed, from the error's phase and kind. */
enum step step_of_failure(const struct checker *checker, const struct err *err);

/* Add the findings of a step that passed... */
void resolve_passed(struct checker *checker);
void tcp_passed(struct checker *checker);
void agreement_passed(struct checker *checker);
void server_passed(struct checker *checker);
void ours_passed(struct checker *checker);
void accepted_passed(struct checker *checker);
void association_passed(struct checker *checker);

/* ... or on which it ended. */
void resolve_failed(struct checker *checker, const struct err *err);
void tcp_failed(struct checker *checker, const struct err *err);
void agreement_failed(struct checker *checker, const struct err *err);
void server_failed(struct checker *checker, const struct err *err);
void ours_failed(struct checker *checker, const struct err *err);
void accepted_failed(struct checker *checker, const struct err *err);
void association_failed(struct checker *checker, const struct err *err);

/* What the association proposes: the files' contexts or the common classes, and Verification. */
void dicom_plan(struct checker *checker);

/* C-ECHO over the open association, which is then released or aborted, and freed. */
void step_echo(struct checker *checker, struct association *assoc);

/* The side steps: separate connections, one after the other. */
void step_enforced(struct checker *checker);
void step_range(struct checker *checker);

#endif
