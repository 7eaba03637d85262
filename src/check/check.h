/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The path to the receiver, step by step. It connects, does the TLS handshake
 * and associates with the same code that sends; one connection at a time, each
 * released before the next.
 */
#ifndef MTLS_CHECK_CHECK_H
#define MTLS_CHECK_CHECK_H

#include "base/err.h"
#include "dcmtk/association.h"
#include "dicom/part10.h"
#include "report/check_report.h"
#include "tls/context.h"
#include "tls/credentials.h"

enum check_depth {
	CHECK_LOCAL,  /* the stores, no network */
	CHECK_QUICK,
	CHECK_FULL,   /* and the offered range: at most 40 connections */
};

/* A file that other users of this machine can read or change. */
struct exposed_file {
	char text[700]; /* without a full stop */
	char hint[500];
};

struct check_job {
	enum check_depth depth;
	bool probes; /* false with --nagios: only the main path */
	const struct association_driver *driver;
	struct association_request request; /* except its plan */
	const struct instance *instances;   /* files to propose contexts for; may be none */
	size_t instance_count;
	struct plan_rules rules; /* for these */
	const struct credentials *credentials; /* NULL with --plain */
	struct err credentials_err; /* kind ERR_NONE, or why they could not be loaded: step stores failed */
	const struct exposed_file *exposed; /* ends with one whose text is empty; NULL: none */
	const struct tlsctx_config *tls_config; /* to make variants from: no certificate, one suite; NULL with
						 * --plain */
	const char *destination; /* its name, for the reporters; NULL: none */
	int warn_days, crit_days;
	bool crit_fails;	 /* a certificate within crit_days fails its step */
	const char *const *ignore; /* ids of findings that become information, NULL-terminated; NULL: none */
	/* Called before the reporter is told the end; may set a verdict if there is none. */
	void (*before_end)(void *ctx, struct check_report *report);
	void *ctx;
	const struct check_reporter *reporter;
};

/* Run the check. *check report is filled whatever happens (large: allocate it); its strings
 * are those of the job. Returns the kind that determines the exit status: ERR_NONE, or that of the first
 * failed step. An interrupt ends the check: ERR_SIGINT, ERR_SIGTERM. */
enum err_kind check_perform(const struct check_job *job, struct check_report *report);

/* Frees what the findings point to. */
void check_clear(struct check_report *report);

#endif
