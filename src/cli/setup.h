/* SPDX-License-Identifier: BSD-3-Clause */
/* From options to what a command works with: endpoint, credentials, reporter. */
#ifndef MTLS_CLI_SETUP_H
#define MTLS_CLI_SETUP_H

#include "base/err.h"
#include "cli/exposure.h"
#include "cli/options.h"
#include "dcmtk/association.h"
#include "net/endpoint.h"
#include "report/human.h"
#include "send/event.h"
#include "tls/context.h"
#include "tls/credentials.h"
#include "tls/policy.h"

struct setup {
	struct endpoint endpoint;
	struct credentials credentials;
	struct exposures exposures; /* of the files that they come from */
	struct policy policy;
	struct tlsctx_config tls_config; /* of tls; refers to policy and credentials */
	struct tlsctx *tls;
	struct err credentials_err; /* --check continues without it: why there is no tls */
	struct human human;
	struct reporter reporter;
	struct expiry_limits expiry;
};

/* The reporter only: enough to report what fails before the rest is set up. */
void setup_reporter(struct setup *setup, const struct options *options);

/*
 * Everything that needs no network: secrets, policy, stores, context, DCMTK.
 * 0, or -1 with ERR_USAGE or ERR_CREDENTIALS; with --check the latter is kept in
 * credentials_err instead. Free with setup_clear either way.
 */
MUST_CHECK int setup_init(struct setup *setup, struct options *options, struct err *err);

void setup_clear(struct setup *setup);

/* The association that the options request, except its plan. */
struct association_request setup_request(const struct setup *setup, const struct options *options);

#endif
