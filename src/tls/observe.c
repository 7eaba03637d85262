/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/observe.h"

#include "base/text.h"
#include "tls/certfacts.h"
#include "tls/certtext.h"
#include "tls/describe.h"
#include "tls/groups.h"
#include "tls/wire.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define DAY (24 * 60 * 60)

static void
observe_session(const struct handshake_log *w, SSL *ssl, struct tls_observation *out)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const char *name = NULL;

	if (!w->seen.server_hello)
		return;
	text_format(out->protocol, sizeof out->protocol, "%s", wire_version_name(SSL_version(ssl)));
	if (!cipher)
		cipher = SSL_get_pending_cipher(ssl);
	if (cipher)
		name = SSL_CIPHER_standard_name(cipher);
	text_format(out->cipher, sizeof out->cipher, "%s", name ? name : "");
	out->static_rsa = cipher && SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa;
	if (w->seen.done)
		groups_agreed(ssl, out->group, sizeof out->group);
}

/* The chain as sent, then what the verification found above it, with the stores that it came from. */
static void
observe_server(const struct handshake_log *w, struct certificate_chain *out)
{
	int count = sk_X509_num(w->path);

	certificate_chain_describe(w->chain, out);
	out->complete = count > w->path_sent;
	for (int i = 0; i < count; i++) {
		X509 *cert = sk_X509_value(w->path, i);
		struct certificate *item = certificate_chain_add(out, cert);

		if (item && i >= w->path_sent)
			trust_store_origin(cert, item->store, sizeof item->store);
	}
}

/* How long until the server's certificate becomes valid; a new one shows that the clocks differ. */
static int64_t
skew(const X509 *leaf)
{
	int days, seconds;

	if (!leaf || !ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notBefore(leaf)))
		return 0;
	return days > 0 || seconds > 0 ? (int64_t)days * DAY + seconds : 0;
}

static void
observe_host(const struct handshake_log *w, SSL *ssl, struct tls_observation *out)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char *address = X509_VERIFY_PARAM_get1_ip_asc(param);
	bool named = X509_VERIFY_PARAM_get0_host(param, 0) != NULL;

	out->host_checked = named || address;
	out->host_by_cn = w->trusted && w->by_cn;
	OPENSSL_free(address);
	ERR_clear_error();
}

/* What the leaf's key is used for has to be in its keyUsage (RFC 5280 4.2.1.3, RFC 8446 4.4.2.2). */
static void
observe_leaf(X509 *leaf, struct tls_observation *out)
{
	uint32_t needed = out->static_rsa ? KU_KEY_ENCIPHERMENT : KU_DIGITAL_SIGNATURE;

	if (!leaf)
		return;
	out->must_staple = certfacts_must_staple(leaf);
	out->key_use_unsaid = out->cipher[0] && !(X509_get_key_usage(leaf) & needed);
}

static void
observe_wanted(const struct handshake_log *w, struct tls_observation *out)
{
	int count = sk_X509_NAME_num(w->wanted);

	for (int i = 0; i < count && i < WANTED_MAX; i++)
		certtext_name(sk_X509_NAME_value(w->wanted, i), out->wanted[out->wanted_count++],
			sizeof out->wanted[0]);
}

/* The chain that we sent, or would send. */
static void
observe_ours(const struct handshake_log *w, SSL *ssl, const struct tlsctx *ctx, struct tls_observation *out)
{
	const struct key_entry *entry = tlsctx_entry(ctx);
	X509 *cert = w->ours ? w->ours : entry ? entry->cert : NULL;
	STACK_OF(X509) *issuers = w->ours ? w->ours_chain : entry ? entry->chain : NULL;
	STACK_OF(X509) *anchors;

	out->ours_fits = w->ours ? w->ours_fits : !w->seen.asked;
	if (!cert)
		return;
	anchors = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)));
	(void)certificate_chain_ours(cert, issuers, anchors, &out->ours);
	if (w->shown == 0)
		out->ours.sent = 0;
	sk_X509_pop_free(anchors, X509_free);
	ERR_clear_error();
}

void
observe(const struct handshake_log *w, SSL *ssl, const struct tlsctx *ctx, struct tls_observation *out)
{
	memset(out, 0, sizeof *out);
	if (!ssl)
		return;
	out->server_hello = w->seen.server_hello;
	observe_session(w, ssl, out);
	observe_server(w, &out->server);
	observe_host(w, ssl, out);
	observe_leaf(sk_X509_value(w->chain, 0), out);
	observe_wanted(w, out);
	observe_ours(w, ssl, ctx, out);
	out->resumed = w->resumed;
	out->hello_large = handshake_log_hello_is_large(w);
	out->asked = w->seen.asked;
	out->shown = w->shown > 0;
	out->verified = w->trusted || w->resumed;
	out->ocsp = w->ocsp;
	text_format(out->ocsp_text, sizeof out->ocsp_text, "%s", w->ocsp_text);
	out->revocation_checked = w->trusted && (w->crl_checked || w->ocsp == OCSP_GOOD);
	out->clock_skew_s = skew(sk_X509_value(w->chain, 0));
	out->alerted = w->alert >= 0;
	out->closed = w->eof && w->sys_errno == 0 && w->alert < 0;
	out->ticket = w->seen.ticket && SSL_version(ssl) == TLS1_3_VERSION;
}
