/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/watchdog.h"

static int
ask_password(void *ctx, const char *path, struct secret *out, struct err *err)
{
	char what[300];

	text_format(what, sizeof what, "%s %s", (const char *)ctx, TEXT_SHOWN(path, 256));
	return secret_ask(out, what,
		strcmp(ctx, "key store") == 0 ? "--key-store-pass" : "--trust-store-pass", err);
}

/* The n-th trust store with its type and password. */
static int
trust_source(const struct options *options, size_t n, struct store_source *out, struct err *err)
{
	static const struct secret none;
	static char what[] = "trust store";
	const struct secret_list *passes = &options->trust_store_passes;

	*out = (struct store_source){ .path = options->trust_stores.items[n], .pass = &none,
		.ask = ask_password, .ask_ctx = what };
	if (n < options->trust_store_types.count &&
	    store_type_parse(options->trust_store_types.items[n], &out->type, err) < 0)
		return err_wrap(err, "--trust-store-type");
	if (passes->count == 1)
		out->pass = &passes->items[0].value;
	else if (passes->count > 1)
		out->pass = &passes->items[n].value;
	return 0;
}

static void
note_types(const struct setup *setup, const struct store_notes *warnings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (warnings[i].other_type[0])
			setup->reporter.note(setup->reporter.self, warnings[i].other_type);
}

static int
load_credentials(struct setup *setup, const struct options *options, struct err *err)
{
	static char what[] = "key store";
	size_t count = options->trust_stores.count;
	struct store_source key = { .path = options->key_store, .type = options->key_store_type,
		.pass = &options->key_store_pass.value, .ask = ask_password, .ask_ctx = what };
	struct store_source *trust = calloc(count + 1, sizeof *trust);
	struct store_notes *warnings = calloc(count + 1, sizeof *warnings);
	struct credentials_request request = {
		.key_store = options->key_store ? &key : NULL,
		.key_pass = &options->key_pass.value,
		.trust_stores = trust,
		.trust_store_count = count,
		.crl_files = options->crl_files.items,
	};
	int rv = 0;

	if (!trust || !warnings)
		rv = err_nomem(err);
	for (size_t i = 0; i < count && rv == 0; i++) {
		rv = trust_source(options, i, &trust[i], err);
		trust[i].warnings = &warnings[i];
	}
	key.warnings = &warnings[count];
	if (rv == 0) {
		rv = credentials_load(&request, &setup->credentials, err);
		note_types(setup, warnings, count + 1);
	}
	if (rv == 0)
		rv = exposures_find(&setup->exposures, options, warnings[count].key_in_clear, err);
	free(trust);
	free(warnings);
	return rv;
}

static void
warn(const struct setup *setup, const char *text)
{
	setup->reporter.warning(setup->reporter.self, text);
}

static void
warn_about_tls(const struct setup *setup, const struct options *options)
{
	const struct exposed_file *file = setup->exposures.files;
	char subject[256], text[sizeof file->text + sizeof file->hint];
	int days;

	for (; file && file->text[0]; file++) {
		text_format(text, sizeof text, "%s. %s", file->text, file->hint);
		warn(setup, text);
	}
	if (!options->key_store)
		warn(setup, "no --key-store was given, so no certificate can be sent; a receiver that "
			"requires mutual TLS will refuse");
	if (options->tls_no_host_check)
		warn(setup, "--tls-no-host-check: any host with a trusted certificate can impersonate the "
			"receiver");
	if (tlsctx_offers_static_rsa(setup->tls))
		setup->reporter.note(setup->reporter.self,
			"suites without forward secrecy (RSA key exchange) are also offered: one is used "
			"only if the receiver prefers it, with a warning");
	if (options->tls_keylog)
		warn(setup, "--tls-keylog: anyone who can read that file can decrypt this connection");
	if (credentials_days_left(&setup->credentials, options->key_alias, &days, subject, sizeof subject))
		expiry_warn(&setup->reporter, setup->expiry, "our", subject, days);
}

/* What may be used: a profile, or what the options on the command line allow. */
static int
make_policy(const struct options *options, struct policy *policy, struct err *err)
{
	struct policy_request names = { options->protocols.items, options->ciphers.items };

	bool strict = options->protocols.count > 0 || options->ciphers.count > 0;
	int rv = options->tls_profile ? policy_profile(options->tls_profile, policy, err) :
		policy_parse(&names, policy, err);

	return rv == 0 ? policy_groups(options->groups.items, strict, policy, err) : rv;
}

static int
make_tls(struct setup *setup, const struct options *options, struct err *err)
{
	struct tlsctx_config *config = &setup->tls_config;

	*config = (struct tlsctx_config){
		.policy = &setup->policy,
		.key_alias = options->key_alias,
		.trust_system = options->trust_system,
		.allow_cn = options->tls_allow_cn,
		.require_revocation = options->tls_revocation != 0,
		.pins = (const unsigned char (*)[PIN_SIZE])options->pins.items,
		.pin_count = options->pins.count,
		.resume = options->mode == MODE_SEND, /* --check makes a full handshake each time */
		.keylog_path = options->tls_keylog,
	};
	if (make_policy(options, &setup->policy, err) < 0 || load_credentials(setup, options, err) < 0)
		return -1;
	config->keys = setup->credentials.keys;
	config->anchors = setup->credentials.anchors;
	config->crls = setup->credentials.crls;
	setup->tls = tlsctx_new(config, err);
	return setup->tls ? 0 : -1;
}

/* --check itself reports what is wrong with the credentials, or soon will be. */
static int
init_tls(struct setup *setup, const struct options *options, struct err *err)
{
	bool checking = options->mode == MODE_CHECK;

	if (make_tls(setup, options, err) == 0) {
		if (!checking)
			warn_about_tls(setup, options);
		return 0;
	}
	origins_name_file(&options->origins, err);
	if (!checking || err->kind != ERR_CREDENTIALS)
		return -1;
	setup->credentials_err = *err;
	err->kind = ERR_NONE;
	return 0;
}

void
setup_reporter(struct setup *setup, const struct options *options)
{
	bool progress = options->mode == MODE_SEND && !options->no_progress && !options->tls_debug;

	memset(setup, 0, sizeof *setup);
	/* With --json, standard output contains only events. */
	setup->reporter = human_init(&setup->human, options->json ? NULL : options_result(options), stderr,
		options->verbosity, options_color(options), progress);
	setup->human.list = options->failed_to;
	setup->human.journal = options->journal != NULL;
}

int
setup_init(struct setup *setup, struct options *options, struct err *err)
{
	struct endpoint *endpoint = &setup->endpoint;

	for (size_t i = 0; i < options->notes.count; i++)
		setup->reporter.note(setup->reporter.self, options->notes.items[i]);
	for (size_t i = 0; i < options->warnings.count; i++)
		setup->reporter.warning(setup->reporter.self, options->warnings.items[i]);
	setup->expiry = (struct expiry_limits){ options->warn_expiry, options->crit_expiry };
	if (options_load_secrets(options, err) < 0)
		return -1;
	/* A dry run connects to nothing. */
	if (!options->plain && !options->dry_run && init_tls(setup, options, err) < 0)
		return -1;
	*endpoint = (struct endpoint){
		.host = options->host,
		.port = options->port,
		.local_address = options->local_address,
		.proxy = { .host = options->proxy_host,
			.port = options->proxy_port,
			.user = options->proxy_user,
			.password = options->proxy_password },
		.tls = setup->tls,
		.tls_host = options->tls_host ? options->tls_host : options->host,
		.check_host = !options->tls_no_host_check,
		.require_mtls = options->require_mtls,
		.connect_timeout = options->connect_timeout,
		.tls_timeout = options->tls_timeout,
		.send_timeout = options->send_timeout,
		.limit = watchdog_deadline(),
		.trace = options->tls_debug ? stderr : NULL,
	};
	return association_init(options->verbosity >= 2, err);
}

void
setup_clear(struct setup *setup)
{
	tlsctx_free(setup->tls);
	credentials_clear(&setup->credentials);
	exposures_clear(&setup->exposures);
}

struct association_request
setup_request(const struct setup *setup, const struct options *options)
{
	struct association_request request = {
		.endpoint = &setup->endpoint,
		.calling = options->calling,
		.called = options->called,
		.user = options->user,
		.user_response = options->user_rsp,
		.accept_timeout = options->accept_timeout,
		.response_timeout = options->response_timeout,
		.release_timeout = options->release_timeout,
	};

	if (options->user_jwt.value.given) {
		request.identity = USER_JWT;
		request.user_secret = &options->user_jwt.value;
	} else if (options->user_saml.value.given) {
		request.identity = USER_SAML;
		request.user_secret = &options->user_saml.value;
	} else if (options->user && options->user_pass.value.given) {
		request.identity = USER_NAME_PASSWORD;
		request.user_secret = &options->user_pass.value;
	} else if (options->user) {
		request.identity = USER_NAME;
	}
	return request;
}
