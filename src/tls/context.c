/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context.h"

#include "base/text.h"
#include "base/watchdog.h"
#include "tls/certfacts.h"
#include "tls/certtext.h"
#include "tls/commonname.h"
#include "tls/err_ssl.h"
#include "tls/ocsp.h"
#include "tls/otherpath.h"
#include "tls/pin.h"
#include "tls/handshake_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* 112 bits (RFC 9325 4): Debian's default. A configuration file in the environment may only raise it. */
#define SECURITY_LEVEL 2

struct tlsctx {
	SSL_CTX *ssl_ctx;
	struct tlsctx_config config;   /* of what it points to, what is borrowed stays */
	struct key_store candidates;   /* those of keys that can be used; only the array is owned */
	const struct key_entry *entry; /* always this one; NULL: depends on the server's request */
	struct sessions *sessions; /* NULL: none is resumed */
	int keylog_fd;
};

/* One verification. */
struct attempt {
	struct otherpath path; /* first, as otherpath.h requires */
	const struct tlsctx *ctx;
	struct handshake_log *w; /* NULL while another path is tried: nobody is told of what fails */
	enum commonname by_cn;
	bool without_crl; /* there is none for the leaf, which is accepted */
};

/* A missing CRL, or one for other certificates, is an error only for the server's own certificate, unless
 * more is required; and not for the anchor, which is trusted in any case. */
static bool
crl_not_needed(struct attempt *attempt, X509_STORE_CTX *verification)
{
	int error = X509_STORE_CTX_get_error(verification);
	int depth = X509_STORE_CTX_get_error_depth(verification);
	int last = sk_X509_num(X509_STORE_CTX_get0_chain(verification)) - 1;

	if (error != X509_V_ERR_UNABLE_TO_GET_CRL && (error != X509_V_ERR_DIFFERENT_CRL_SCOPE || depth == 0))
		return false;
	if (depth == last || !attempt->ctx->config.require_revocation)
		return depth == last || depth > 0;
	/* A stapled response may show the status of the leaf: on_status checks it. */
	attempt->without_crl |= depth == 0;
	return depth == 0;
}

/* Is the CN the requested name, and may it be used? */
static bool
cn_is_enough(struct attempt *attempt, X509_STORE_CTX *verification)
{
	int error = X509_STORE_CTX_get_error(verification);
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(verification);
	char *address = NULL;
	const char *host = NULL;

	if (!attempt->ctx->config.allow_cn)
		return false;
	if (error == X509_V_ERR_HOSTNAME_MISMATCH)
		host = X509_VERIFY_PARAM_get0_host(param, 0);
	else if (error == X509_V_ERR_IP_ADDRESS_MISMATCH)
		host = address = X509_VERIFY_PARAM_get1_ip_asc(param);
	if (host)
		attempt->by_cn = commonname_evaluate(X509_STORE_CTX_get0_chain(verification), host);
	OPENSSL_free(address);
	return host && attempt->by_cn == COMMONNAME_MATCHES;
}

static int
on_verify(int ok, X509_STORE_CTX *verification)
{
	struct attempt *attempt = X509_STORE_CTX_get_app_data(verification);

	if (ok || !attempt)
		return ok;
	if (crl_not_needed(attempt, verification) || cn_is_enough(attempt, verification)) {
		X509_STORE_CTX_set_error(verification, X509_V_OK);
		return 1;
	}
	if (attempt->w)
		handshake_log_note_untrusted(attempt->w, verification);
	return 0;
}

/* Is the server's key one of the pinned ones (RFC 7469), if there are any? */
static bool
is_pinned(const struct tlsctx *ctx, X509_STORE_CTX *verification, struct handshake_log *w)
{
	const struct tlsctx_config *config = &ctx->config;

	if (!config->pins ||
	    pin_matches(X509_STORE_CTX_get0_cert(verification), config->pins, config->pin_count))
		return true;
	X509_STORE_CTX_set_error(verification, X509_V_ERR_APPLICATION_VERIFICATION);
	handshake_log_note_unpinned(w, verification);
	return false;
}

/* Verify, also along another path if the first one is not valid. NULL: not verified. *other must be freed. */
static X509_STORE_CTX *
verify(X509_STORE_CTX *verification, struct attempt *attempt, X509_STORE_CTX **other)
{
	struct attempt next = { .ctx = attempt->ctx };

	*other = NULL;
	if (X509_verify_cert(verification) == 1)
		return verification;
	*other = otherpath_find(verification, &next);
	if (!*other)
		return NULL;
	handshake_log_note_other_path(attempt->w);
	next.w = attempt->w;
	*attempt = next;
	return *other;
}

/* Runs the whole verification, so that the handshake log sees its beginning and its end. It runs before our
 * certificate and all application data are sent, also in TLS 1.3. */
static int
on_chain(X509_STORE_CTX *verification, void *arg)
{
	const struct tlsctx *ctx = arg;
	struct handshake_log *w = handshake_log_of_verification(verification);
	struct attempt attempt = { .ctx = ctx, .w = w };
	X509_STORE_CTX *verified, *other;

	handshake_log_note_chain(w, verification);
	if (!X509_STORE_CTX_set_app_data(verification, &attempt))
		return 0;
	verified = verify(verification, &attempt, &other);
	if (verified && !is_pinned(ctx, verified, w)) {
		X509_STORE_CTX_set_error(verification, X509_STORE_CTX_get_error(verified));
		verified = NULL;
	}
	X509_STORE_CTX_set_app_data(verification, NULL);
	w->by_cn = attempt.by_cn == COMMONNAME_MATCHES;
	w->cn_forbidden = attempt.by_cn == COMMONNAME_FORBIDDEN;
	w->without_crl = attempt.without_crl;
	handshake_log_note_verdict(w, other ? other : verification);
	X509_STORE_CTX_free(other);
	return verified != NULL;
}

/* If more is required: is the status of the leaf known, and is there a stapled response if it requires one
 * (RFC 7633)? */
static int
require_word(SSL *ssl, struct handshake_log *w, X509 *leaf)
{
	/* The handshake that made a resumed session passed this check. */
	if (SSL_session_reused(ssl) || handshake_log_has_answer(w, leaf))
		return 1;
	if (leaf)
		handshake_log_note_no_answer(w, leaf);
	return 0;
}

/* The server's flight is complete, with a stapled OCSP response (RFC 6066 8) or
 * without. One that says "revoked" ends the handshake: 0. */
static int
on_status(SSL *ssl, void *arg)
{
	const struct tlsctx *ctx = arg;
	STACK_OF(X509) *path = SSL_get0_verified_chain(ssl);
	X509 *leaf = sk_X509_value(path, 0);
	struct handshake_log *w = handshake_log_of(ssl);
	const unsigned char *der = NULL;
	long len = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
	enum ocsp_state state = OCSP_NONE;
	char text[160];

	if (len > 0)
		state = ocsp_evaluate(der, len, path, text, sizeof text);
	if (leaf && state != OCSP_NONE)
		handshake_log_note_ocsp(w, leaf, state, text);
	if (state == OCSP_REVOKED)
		return 0;
	return ctx->config.require_revocation ? require_word(ssl, w, leaf) : 1;
}

/* The entry to send to a server that asks for a certificate; NULL with err. */
static const struct key_entry *
choose_entry(const struct tlsctx *ctx, const STACK_OF(X509_NAME) *wanted, struct err *err)
{
	const struct key_entry *entry = ctx->entry ? ctx->entry : key_store_match(&ctx->candidates, wanted);
	char aliases[512];

	if (!entry) {
		err_set(err, ERR_CREDENTIALS, "%s holds %zu usable keys, and the server's request matches "
			"more than one: %s", ctx->config.keys->path, ctx->candidates.count,
			key_store_aliases(&ctx->candidates, aliases, sizeof aliases));
		err_hint(err, "Give one of these names with --key-alias.");
		return NULL;
	}
	if (!ctx->entry && key_entry_check(entry, ctx->config.keys->path, time(NULL), err) < 0)
		return NULL;
	return entry;
}

static bool
is_too_weak(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	return ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    (reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL ||
		reason == SSL_R_CA_MD_TOO_WEAK);
}

static int
use_entry(SSL *ssl, const struct key_entry *entry, const char *path, struct err *err)
{
	char name[256], key[160], file[256];
	bool weak;

	ERR_clear_error();
	if (SSL_use_cert_and_key(ssl, entry->cert, entry->key, entry->chain, 1))
		return 0;
	weak = is_too_weak(ERR_peek_error());
	err_ssl(err, ERR_CREDENTIALS, "our certificate \"%s\" in %s (%s) cannot be used",
		certtext_name(X509_get_subject_name(entry->cert), name, sizeof name),
		text_harmless_str(file, sizeof file, path), certfacts_key(entry->cert, key, sizeof key));
	if (!weak)
		return err_hint(err, "Get a certificate for another kind of key: RSA of 2048 bits or more, "
			"EC or Ed25519.");
	return err_hint(err, "Its key or signature, or that of a CA above it in the store, is too weak for "
		"TLS today: get a certificate with an RSA key of 2048 bits or more, signed with SHA-256.");
}

/* The server asked for a certificate. 1: continue (with one or without), 0: abort. */
static int
on_request(SSL *ssl, void *arg)
{
	const struct tlsctx *ctx = arg;
	struct handshake_log *w = handshake_log_of(ssl);
	const STACK_OF(X509_NAME) *wanted = SSL_get_client_CA_list(ssl);
	const struct key_entry *entry = NULL;

	handshake_log_note_request(w, wanted);
	if (ctx->config.keys) {
		entry = choose_entry(ctx, wanted, &w->refusal);
		if (!entry || use_entry(ssl, entry, ctx->config.keys->path, &w->refusal) < 0)
			return 0;
	}
	handshake_log_note_ours(w, entry);
	return 1;
}

/* One line of the NSS key log, in one write so that connections may share the file. A full disk cannot be
 * reported here. */
static void
on_keylog(const SSL *ssl, const char *line)
{
	const struct tlsctx *ctx = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	char text[512];
	int len = snprintf(text, sizeof text, "%s\n", line);

	if (len > 0 && (size_t)len < sizeof text)
		(void)!write(ctx->keylog_fd, text, (size_t)len);
	OPENSSL_cleanse(text, sizeof text);
}

static int
open_keylog(struct tlsctx *ctx, const char *path, struct err *err)
{
	char what[600], shown[512];
	struct watched waiting;

	text_format(what, sizeof what, "a reader of --tls-keylog %s",
		text_harmless_str(shown, sizeof shown, path));
	watched_begin(&waiting, what, NULL, NULL);
	ctx->keylog_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	watched_end(&waiting);
	/* A reader that reads nothing must not delay a handshake. */
	if (ctx->keylog_fd >= 0)
		(void)fcntl(ctx->keylog_fd, F_SETFL, O_APPEND | O_NONBLOCK);
	if (ctx->keylog_fd < 0) {
		err_set(err, ERR_OUTPUT, "--tls-keylog %s cannot be opened: %s", path, strerror(errno));
		return err_hint(err, "Name a file in a directory that you may write to.");
	}
	SSL_CTX_set_keylog_callback(ctx->ssl_ctx, on_keylog);
	return 0;
}

/* Everything that OpenSSL's configuration file could have set otherwise is set here. */
static int
apply_policy(SSL_CTX *ssl_ctx, const struct policy *policy, struct err *err)
{
	char groups[sizeof policy->groups]; /* OpenSSL's macro takes no const */

	memcpy(groups, policy->groups, sizeof groups);
	if (SSL_CTX_get_security_level(ssl_ctx) < SECURITY_LEVEL)
		SSL_CTX_set_security_level(ssl_ctx, SECURITY_LEVEL);
	SSL_CTX_clear_options(ssl_ctx, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
		SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET |
		SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
	SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	if (SSL_CTX_set_min_proto_version(ssl_ctx, policy->min_version) &&
	    SSL_CTX_set_max_proto_version(ssl_ctx, policy->max_version) &&
	    (!policy->cipher_list[0] || SSL_CTX_set_cipher_list(ssl_ctx, policy->cipher_list)) &&
	    SSL_CTX_set_ciphersuites(ssl_ctx, policy->ciphersuites) &&
	    (!groups[0] || SSL_CTX_set1_groups_list(ssl_ctx, groups)))
		return 0;
	return err_ssl(err, ERR_INTERNAL, "OpenSSL rejects the protocols, ciphers and groups");
}

static int
add_anchors(SSL_CTX *ssl_ctx, const struct tlsctx_config *config, struct err *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ssl_ctx);

	if (sk_X509_num(config->anchors) <= 0 && !config->trust_system) {
		err_set(err, ERR_USAGE, "cannot verify the server: no trust store is given");
		return err_hint(err, "Give the CA's certificate with --trust-store, or use --trust-system.");
	}
	for (int i = 0; i < sk_X509_num(config->anchors); i++) {
		if (!X509_STORE_add_cert(store, sk_X509_value(config->anchors, i)))
			return err_ssl(err, ERR_INTERNAL, "cannot add a trusted certificate");
	}
	if (config->trust_system && !SSL_CTX_set_default_verify_paths(ssl_ctx))
		return err_ssl(err, ERR_CREDENTIALS, "cannot read the system's trust store");
	return 0;
}

/* Java uses any certificate of a trust store as an anchor, even an intermediate one, and so do we. */
static int
apply_trust(struct tlsctx *ctx, struct err *err)
{
	const struct tlsctx_config *config = &ctx->config;
	SSL_CTX *ssl_ctx = ctx->ssl_ctx;
	X509_STORE *store = SSL_CTX_get_cert_store(ssl_ctx);
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;

	if (add_anchors(ssl_ctx, config, err) < 0)
		return -1;
	for (int i = 0; i < sk_X509_CRL_num(config->crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(config->crls, i);

		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
		if (!crl_is_superseded(config->crls, crl) && !X509_STORE_add_crl(store, crl))
			return err_ssl(err, ERR_INTERNAL, "cannot add a revocation list");
	}
	if (!X509_STORE_set_flags(store, flags) || !SSL_CTX_set_purpose(ssl_ctx, X509_PURPOSE_SSL_SERVER))
		return err_ssl(err, ERR_INTERNAL, "OpenSSL rejects the trust settings");
	SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, on_verify);
	SSL_CTX_set_cert_verify_callback(ssl_ctx, on_chain, ctx);
	SSL_CTX_set_tlsext_status_type(ssl_ctx, TLSEXT_STATUSTYPE_ocsp);
	SSL_CTX_set_tlsext_status_cb(ssl_ctx, on_status);
	SSL_CTX_set_tlsext_status_arg(ssl_ctx, ctx);
	otherpath_prepare(store);
	return 0;
}

/* Is it valid, and does OpenSSL allow it at the current security level? */
static int
can_use(const struct tlsctx *ctx, const struct key_entry *entry, struct err *err)
{
	const char *path = ctx->config.keys->path;
	SSL *ssl;
	int rv;

	if (key_entry_check(entry, path, time(NULL), err) < 0)
		return -1;
	ssl = SSL_new(ctx->ssl_ctx);
	rv = ssl ? use_entry(ssl, entry, path, err) : err_nomem(err);
	SSL_free(ssl);
	return rv;
}

/* The entries that can be used now. If there are none, the first one's reason is reported. */
static int
find_usable_entries(struct tlsctx *ctx, struct err *err)
{
	const struct key_store *keys = ctx->config.keys;
	struct key_store *candidates = &ctx->candidates;
	struct err other; /* the first one's is told */
	bool told = false;

	candidates->entries = OPENSSL_zalloc((keys->count + 1) * sizeof *candidates->entries);
	if (!candidates->entries)
		return err_nomem(err);
	for (size_t i = 0; i < keys->count; i++) {
		if (can_use(ctx, &keys->entries[i], told ? &other : err) == 0)
			candidates->entries[candidates->count++] = keys->entries[i];
		else
			told = true;
	}
	if (candidates->count == 0)
		return -1;
	if (candidates->count == 1)
		ctx->entry = &candidates->entries[0];
	*err = (struct err)ERR_INIT;
	return 0;
}

/* Choose one key where that is possible before the server is asked. */
static int
apply_keys(struct tlsctx *ctx, struct err *err)
{
	SSL_CTX_set_cert_cb(ctx->ssl_ctx, on_request, ctx);
	/* The chain that is sent comes only from the key store, not from the trust store. */
	SSL_CTX_set_mode(ctx->ssl_ctx, SSL_MODE_NO_AUTO_CHAIN);
	if (!ctx->config.keys)
		return 0;
	if (!ctx->config.key_alias)
		return find_usable_entries(ctx, err) < 0 ? err_phase(err, "stores") : 0;
	ctx->entry = key_store_find(ctx->config.keys, ctx->config.key_alias, err);
	if (!ctx->entry || can_use(ctx, ctx->entry, err) < 0)
		return err_phase(err, "stores");
	return 0;
}

/* A TLS 1.3 ticket came, or a TLS 1.2 handshake is almost complete. 0: OpenSSL keeps the session. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	const struct tlsctx *ctx = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	sessions_keep_ticket(ctx->sessions, ssl, session);
	return 0;
}

static int
apply_resumption(struct tlsctx *ctx, struct err *err)
{
	ctx->sessions = sessions_new(err);
	if (!ctx->sessions)
		return -1;
	SSL_CTX_set_session_cache_mode(ctx->ssl_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx->ssl_ctx, on_session);
	return 0;
}

struct tlsctx *
tlsctx_new(const struct tlsctx_config *config, struct err *err)
{
	struct tlsctx *ctx = OPENSSL_zalloc(sizeof *ctx);

	if (!ctx) {
		err_nomem(err);
		return NULL;
	}
	ctx->config = *config;
	ctx->keylog_fd = -1;
	ERR_clear_error();
	ctx->ssl_ctx = SSL_CTX_new(TLS_client_method());
	if (!ctx->ssl_ctx) {
		err_ssl(err, ERR_INTERNAL, "cannot create a TLS context");
		goto fail;
	}
	SSL_CTX_set_app_data(ctx->ssl_ctx, ctx);
	SSL_CTX_set_mode(ctx->ssl_ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (apply_policy(ctx->ssl_ctx, config->policy, err) < 0 ||
	    apply_trust(ctx, err) < 0 || apply_keys(ctx, err) < 0)
		goto fail;
	if (config->resume && apply_resumption(ctx, err) < 0)
		goto fail;
	if (config->keylog_path && open_keylog(ctx, config->keylog_path, err) < 0)
		goto fail;
	return ctx;
fail:
	tlsctx_free(ctx);
	return NULL;
}

void
tlsctx_free(struct tlsctx *ctx)
{
	if (!ctx)
		return;
	SSL_CTX_free(ctx->ssl_ctx);
	sessions_free(ctx->sessions);
	OPENSSL_free(ctx->candidates.entries);
	if (ctx->keylog_fd >= 0)
		close(ctx->keylog_fd);
	OPENSSL_free(ctx);
}

struct sessions *
tlsctx_sessions(const struct tlsctx *ctx)
{
	return ctx->sessions;
}

bool
tlsctx_offers_static_rsa(const struct tlsctx *ctx)
{
	const STACK_OF(SSL_CIPHER) *suites = SSL_CTX_get_ciphers(ctx->ssl_ctx);

	for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++) {
		if (SSL_CIPHER_get_kx_nid(sk_SSL_CIPHER_value(suites, i)) == NID_kx_rsa)
			return true;
	}
	return false;
}

SSL_CTX *
tlsctx_ssl_ctx(const struct tlsctx *ctx)
{
	return ctx->ssl_ctx;
}

const struct key_entry *
tlsctx_entry(const struct tlsctx *ctx)
{
	return ctx->entry;
}
