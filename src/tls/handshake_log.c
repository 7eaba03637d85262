/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/handshake_log.h"

#include "base/text.h"
#include "base/wait.h"
#include "tls/certfacts.h"
#include "tls/certtext.h"
#include "tls/store.h"
#include "tls/wire.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#define PACKET_SIZE 1400 /* bytes that every network today transports in one packet */

void
handshake_log_init(struct handshake_log *w, const char *peer, const char *host, FILE *trace)
{
	memset(w, 0, sizeof *w);
	w->trace = (struct trace){ trace, clock_us() };
	text_harmless_str(w->peer, sizeof w->peer, peer);
	if (host)
		text_harmless_str(w->host, sizeof w->host, host);
	w->alert = -1;
	w->ours_fits = true;
}

void
handshake_log_clear(struct handshake_log *w)
{
	sk_X509_NAME_pop_free(w->wanted, X509_NAME_free);
	sk_X509_pop_free(w->chain, X509_free);
	sk_X509_pop_free(w->anchors, X509_free);
	sk_X509_pop_free(w->path, X509_free);
	sk_X509_pop_free(w->ours_chain, X509_free);
	X509_free(w->ours);
	X509_free(w->failed_cert);
	memset(w, 0, sizeof *w);
}

/* The header of a record: keep it if it is not one. */
static void
note_header(struct handshake_log *w, const uint8_t *head, size_t len)
{
	if (w->seen.server_hello || w->first_len > 0 || wire_is_record(head, len) || len > sizeof w->first)
		return;
	memcpy(w->first, head, len);
	w->first_len = len;
}

static void
note_alert(struct handshake_log *w, const uint8_t *alert, bool tls13)
{
	/* In TLS 1.3 the level means nothing (RFC 8446 6): all but these two are fatal. */
	bool fatal = alert[0] == SSL3_AL_FATAL ||
	    (tls13 && alert[1] != SSL_AD_CLOSE_NOTIFY && alert[1] != SSL_AD_USER_CANCELLED);

	if (fatal && w->alert < 0)
		w->alert = alert[1];
}

static void
note_received(struct handshake_log *w, int type)
{
	/* RFC 5246 7.4.1.1; before the handshake is complete it means nothing. */
	w->seen.renegotiation |= type == SSL3_MT_HELLO_REQUEST && w->seen.done;
	w->seen.server_hello |= type == SSL3_MT_SERVER_HELLO;
	w->seen.ticket |= type == SSL3_MT_NEWSESSION_TICKET;
}

/*
 * Was our certificate sent? Not if the server's list of signature algorithms has none for its key: then
 * nothing was signed. The message itself does not show it, since it may be compressed (RFC 8879).
 */
static void
note_shown(struct handshake_log *w, const SSL *ssl)
{
	int algorithm;

	if (w->ours && SSL_get_signature_type_nid(ssl, &algorithm))
		w->shown = 1 + (w->ours_chain ? (size_t)sk_X509_num(w->ours_chain) : 0);
}

/* We answer the server's request: the first message is our certificate, in any form. */
static void
emit_shown(struct handshake_log *w, const SSL *ssl)
{
	char name[256];

	if (!w->seen.answered || w->told)
		return;
	w->told = true;
	note_shown(w, ssl);
	if (w->shown > 0)
		trace_line(&w->trace, "we show %zu certificate%s: %s", w->shown, TEXT_PLURAL(w->shown),
			certtext_name(X509_get_subject_name(w->ours), name, sizeof name));
	else
		trace_line(&w->trace, "we show no certificate");
}

static void
on_message(int sent, int version, int content_type, const void *buf, size_t len, SSL *ssl, void *arg)
{
	struct handshake_log *w = arg;
	const uint8_t *msg = buf;
	bool tls13 = SSL_version(ssl) == TLS1_3_VERSION;

	(void)version;
	w->seen.tls13 = tls13;
	trace_message(&w->trace, ssl, sent, content_type, msg, len);
	if (content_type == SSL3_RT_HEADER && !sent) {
		w->idle_records++;
		note_header(w, msg, len);
	} else if (content_type == SSL3_RT_ALERT && !sent && len == 2)
		note_alert(w, msg, tls13);
	else if (content_type == SSL3_RT_HANDSHAKE && !sent && len > 0)
		note_received(w, msg[0]);
	else if (content_type == SSL3_RT_HANDSHAKE && sent)
		emit_shown(w, ssl);
}

void
handshake_log_attach(struct handshake_log *w, SSL *ssl)
{
	SSL_set_app_data(ssl, w);
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, w);
}

/* OpenSSL calls this before and after each operation; if it returns -1 before a read, the read is not
 * made. */
static long
limit_read(BIO *bio, int operation, const char *buf, size_t len, int argi, long argl, int ret, size_t *count)
{
	const struct handshake_log *w = (const struct handshake_log *)BIO_get_callback_arg(bio);

	(void)buf, (void)len, (void)argi, (void)argl, (void)count;
	if (operation != BIO_CB_READ || !handshake_log_is_over_limit(w))
		return ret;
	BIO_clear_retry_flags(bio);
	errno = 0;
	return -1;
}

void
handshake_log_limit(struct handshake_log *w, BIO *bio)
{
	BIO_set_callback_arg(bio, (char *)w);
	BIO_set_callback_ex(bio, limit_read);
}

bool
handshake_log_is_over_limit(const struct handshake_log *w)
{
	return w->idle_records > HANDSHAKE_LOG_IDLE_MAX;
}

void
handshake_log_note_data(struct handshake_log *w)
{
	w->seen.data = true;
	w->idle_records = 0;
	w->seen.renegotiation = false;
}

struct handshake_log *
handshake_log_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

struct handshake_log *
handshake_log_of_verification(X509_STORE_CTX *verification)
{
	return handshake_log_of(X509_STORE_CTX_get_ex_data(verification,
		SSL_get_ex_data_X509_STORE_CTX_idx()));
}

void
handshake_log_note_chain(struct handshake_log *w, X509_STORE_CTX *verification)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(verification);

	sk_X509_pop_free(w->chain, X509_free);
	w->chain = sk_X509_new_null();
	/* One sent again tells nothing new: stunnel 5.82 does so where key and certificate are one file. */
	if (w->chain && sent)
		X509_add_certs(w->chain, sent, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP);
	trace_chain(&w->trace, w->chain);
}

/* " since 2026-03-14 12:00 UTC (keyCompromise)", from the entry of a CRL (RFC 5280 5.3.1). */
static void
note_revocation(struct handshake_log *w, X509_CRL *crl)
{
	X509_REVOKED *entry = NULL;
	ASN1_ENUMERATED *reason;
	char since[32];

	if (X509_CRL_get0_by_cert(crl, &entry, w->failed_cert) != 1)
		return;
	reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
	certtext_time(X509_REVOKED_get0_revocationDate(entry), since, sizeof since);
	text_format(w->crl, sizeof w->crl, " since %s", since);
	if (reason)
		text_join(w->crl, sizeof w->crl, "", " (%s)",
			OCSP_crl_reason_str(ASN1_ENUMERATED_get(reason)));
	ASN1_ENUMERATED_free(reason);
}

static void
note_crl(struct handshake_log *w, X509_CRL *crl)
{
	char date[32];

	if (w->verdict == X509_V_ERR_CERT_REVOKED)
		note_revocation(w, crl);
	else if (w->verdict == X509_V_ERR_CRL_HAS_EXPIRED)
		text_format(w->crl, sizeof w->crl, " on %s",
			certtext_time(X509_CRL_get0_nextUpdate(crl), date, sizeof date));
	else if (w->verdict == X509_V_ERR_CRL_NOT_YET_VALID)
		text_format(w->crl, sizeof w->crl, " before %s",
			certtext_time(X509_CRL_get0_lastUpdate(crl), date, sizeof date));
}

void
handshake_log_note_untrusted(struct handshake_log *w, X509_STORE_CTX *verification)
{
	X509 *failed_cert = X509_STORE_CTX_get_current_cert(verification);
	X509_CRL *crl = X509_STORE_CTX_get0_current_crl(verification);

	if (w->verdict != X509_V_OK)
		return;
	w->verdict = X509_STORE_CTX_get_error(verification);
	w->depth = X509_STORE_CTX_get_error_depth(verification);
	w->anchors = X509_STORE_get1_all_certs(X509_STORE_CTX_get0_store(verification));
	if (!failed_cert)
		failed_cert = X509_STORE_CTX_get0_cert(verification);
	if (failed_cert && X509_up_ref(failed_cert))
		w->failed_cert = failed_cert;
	if (crl && w->failed_cert)
		note_crl(w, crl);
}

static void
note_path(struct handshake_log *w, X509_STORE_CTX *verification)
{
	sk_X509_pop_free(w->path, X509_free);
	w->path = X509_STORE_CTX_get1_chain(verification);
	w->path_sent = X509_STORE_CTX_get_num_untrusted(verification);
}

void
handshake_log_note_verdict(struct handshake_log *w, X509_STORE_CTX *verification)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(verification);

	trace_verdict(&w->trace, verification);
	note_path(w, verification);
	/* Failures that do not reach a callback also count. */
	if (X509_STORE_CTX_get_error(verification) != X509_V_OK)
		handshake_log_note_untrusted(w, verification);
	w->trusted = w->verdict == X509_V_OK;
	w->verified_ms = clock_ms();
	/* An anchor is trusted without checks; below one, the leaf's CRL is required if CRLs are given. */
	w->crl_checked = w->trusted && sk_X509_num(w->path) > 1 && !w->without_crl &&
	    (X509_VERIFY_PARAM_get_flags(param) & X509_V_FLAG_CRL_CHECK);
}

void
handshake_log_note_other_path(struct handshake_log *w)
{
	trace_line(&w->trace, "the first path is not valid, but another one is");
	w->verdict = X509_V_OK;
	w->depth = 0;
	w->crl[0] = '\0';
	X509_free(w->failed_cert);
	w->failed_cert = NULL;
	sk_X509_pop_free(w->anchors, X509_free);
	w->anchors = NULL;
}

void
handshake_log_note_unpinned(struct handshake_log *w, X509_STORE_CTX *verification)
{
	w->unpinned = true;
	X509_STORE_CTX_set_error_depth(verification, 0);
	X509_STORE_CTX_set_current_cert(verification, X509_STORE_CTX_get0_cert(verification));
}

/* The verification succeeded, but what came with the certificate overrides it. */
static void
override_verdict(struct handshake_log *w, X509 *leaf, int verdict)
{
	w->trusted = false;
	w->verdict = verdict;
	w->depth = 0;
	if (!w->failed_cert && X509_up_ref(leaf))
		w->failed_cert = leaf;
}

void
handshake_log_note_ocsp(struct handshake_log *w, X509 *leaf, enum ocsp_state state, const char *text)
{
	w->ocsp = state;
	text_format(w->ocsp_text, sizeof w->ocsp_text, "%s", text);
	trace_line(&w->trace, "the stapled OCSP response: %s", text);
	if (state != OCSP_REVOKED)
		return;
	override_verdict(w, leaf, X509_V_ERR_CERT_REVOKED);
	text_format(w->crl, sizeof w->crl, ", its stapled OCSP response says (%s)", text);
}

bool
handshake_log_has_answer(const struct handshake_log *w, const X509 *leaf)
{
	if (!w->trusted || !leaf)
		return false;
	return w->ocsp == OCSP_GOOD || (w->crl_checked && !certfacts_must_staple(leaf));
}

void
handshake_log_note_no_answer(struct handshake_log *w, X509 *leaf)
{
	trace_line(&w->trace, "nothing says that the server's certificate is not revoked");
	override_verdict(w, leaf, X509_V_ERR_OCSP_VERIFY_NEEDED);
}

void
handshake_log_note_offered(struct handshake_log *w, int64_t verified_ms)
{
	w->offered = true;
	w->verified_ms = verified_ms;
	trace_line(&w->trace, "we offer to resume a session; its certificates were verified %.1f s ago",
		(double)(clock_ms() - verified_ms) / 1000);
}

void
handshake_log_note_done(struct handshake_log *w, SSL *ssl)
{
	w->seen.done = true;
	note_shown(w, ssl);
	w->resumed = w->offered && SSL_session_reused(ssl);
	trace_finished(&w->trace, ssl);
}

void
handshake_log_note_request(struct handshake_log *w, const STACK_OF(X509_NAME) *wanted)
{
	trace_request(&w->trace, wanted);
	w->seen.asked = true;
	sk_X509_NAME_pop_free(w->wanted, X509_NAME_free);
	w->wanted = NULL;
	if (sk_X509_NAME_num(wanted) > 0)
		w->wanted = sk_X509_NAME_deep_copy(wanted, X509_NAME_dup, X509_NAME_free);
}

void
handshake_log_note_ours(struct handshake_log *w, const struct key_entry *entry)
{
	w->seen.answered = true;
	X509_free(w->ours);
	w->ours = entry && X509_up_ref(entry->cert) ? entry->cert : NULL;
	sk_X509_pop_free(w->ours_chain, X509_free);
	w->ours_chain = w->ours && entry->chain ? X509_chain_up_ref(entry->chain) : NULL;
	if (w->ours)
		w->ours_fits = key_entry_fits(entry, w->wanted);
}

/* "TLSv1.2 to TLSv1.3 with 9 cipher suites", few suites by name. */
static void
note_offer(struct handshake_log *w, SSL *ssl)
{
	STACK_OF(SSL_CIPHER) *suites = SSL_get1_supported_ciphers(ssl);
	int count = sk_SSL_CIPHER_num(suites);
	int min = (int)SSL_get_min_proto_version(ssl), max = (int)SSL_get_max_proto_version(ssl);

	text_format(w->offer, sizeof w->offer, "%s%s%s with ", wire_version_name(min),
		min == max ? "" : " and ", min == max ? "" : wire_version_name(max));
	if (count > 3)
		text_join(w->offer, sizeof w->offer, "", "%d cipher suites", count);
	for (int i = 0; count <= 3 && i < count; i++)
		text_join(w->offer, sizeof w->offer, i ? ", " : "", "%s",
			SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(suites, i)));
	sk_SSL_CIPHER_free(suites);
}

/* The oldest entry of the queue is the cause, the later ones only name the callers. */
static void
note_queue(struct handshake_log *w)
{
	unsigned long code = ERR_peek_error();
	const char *text = code && !ERR_SYSTEM_ERROR(code) ? ERR_reason_error_string(code) : NULL;

	if (text && !w->detail[0])
		text_harmless_str(w->detail, sizeof w->detail, text);
	while ((code = ERR_get_error()) != 0) {
		if (!w->reason && ERR_GET_LIB(code) == ERR_LIB_SSL)
			w->reason = ERR_GET_REASON(code);
	}
}

static void
note_unanswered(struct handshake_log *w, const SSL *ssl)
{
	if (!w->seen.server_hello)
		w->hello = (size_t)BIO_number_written(SSL_get_wbio(ssl));
}

void
handshake_log_note_silence(struct handshake_log *w, const SSL *ssl, int64_t waited_ms)
{
	note_unanswered(w, ssl);
	w->waited_ms = waited_ms;
}

bool
handshake_log_hello_is_large(const struct handshake_log *w)
{
	return w->hello > PACKET_SIZE && !w->offered;
}

void
handshake_log_note_failure(struct handshake_log *w, SSL *ssl, int ssl_error, int sys_errno)
{
	note_queue(w);
	note_shown(w, ssl);
	note_unanswered(w, ssl);
	if (!w->offer[0])
		note_offer(w, ssl);
	if (ssl_error == SSL_ERROR_SYSCALL && sys_errno && !w->sys_errno)
		w->sys_errno = sys_errno;
	w->eof |= ssl_error == SSL_ERROR_ZERO_RETURN || w->reason == SSL_R_UNEXPECTED_EOF_WHILE_READING ||
	    (ssl_error == SSL_ERROR_SYSCALL && sys_errno == 0);
	w->ended_ms = clock_ms();
	ERR_clear_error();
}

void
handshake_log_note_leftovers(struct handshake_log *w, const uint8_t *bytes, size_t len)
{
	size_t room = sizeof w->first - w->first_len;

	if (w->first_len > 0 || (!w->seen.server_hello && !wire_is_record(bytes, len))) {
		if (len > room)
			len = room;
		memcpy(w->first + w->first_len, bytes, len);
		w->first_len += len;
		return;
	}
	if (w->alert < 0)
		w->alert = wire_find_alert(bytes, len);
	if (w->alert >= 0)
		trace_line(&w->trace, "the server had sent the fatal alert %s (%d)",
			wire_alert_name(w->alert), w->alert);
}
