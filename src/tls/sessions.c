/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/sessions.h"

#include "base/text.h"
#include "base/wait.h"
#include "tls/handshake_log.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

/* As many as there can be associations at a time. */
#define SESSIONS_MAX 64

#define BINDING_SIZE 1024 /* a peer, two names and an address */

struct entry {
	SSL_SESSION *session; /* a separate copy, which no connection changes */
	int64_t verified_ms;  /* when the server's certificate was verified, on clock_ms */
	char *binding;	      /* see describe_binding */
};

struct sessions {
	CRYPTO_RWLOCK *lock;
	bool given_up;
	size_t count;
	struct entry entries[SESSIONS_MAX]; /* the oldest first */
};

struct sessions *
sessions_new(struct err *err)
{
	struct sessions *sessions = OPENSSL_zalloc(sizeof *sessions);

	if (sessions)
		sessions->lock = CRYPTO_THREAD_lock_new();
	if (sessions && sessions->lock)
		return sessions;
	OPENSSL_free(sessions);
	err_nomem(err);
	return NULL;
}

static void
clear_entry(struct entry *entry)
{
	SSL_SESSION_free(entry->session);
	OPENSSL_free(entry->binding);
}

static void
forget_all(struct sessions *sessions)
{
	while (sessions->count > 0)
		clear_entry(&sessions->entries[--sessions->count]);
}

void
sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	forget_all(sessions);
	CRYPTO_THREAD_lock_free(sessions->lock);
	OPENSSL_free(sessions);
}

/*
 * What a full handshake of ssl would verify, as set in ssl: OpenSSL does not verify again when a session is
 * resumed, not even the host. False if it does not fit.
 */
static bool
describe_binding(SSL *ssl, char out[BINDING_SIZE])
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	const struct handshake_log *w = handshake_log_of(ssl);
	const char *asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const char *name = X509_VERIFY_PARAM_get0_host(param, 0);
	char *address = X509_VERIFY_PARAM_get1_ip_asc(param);

	text_format(out, BINDING_SIZE, "%s, asked for %s, to be %s %s", w->peer, asked ? asked : "-",
		name ? name : "-", address ? address : "-");
	OPENSSL_free(address);
	ERR_clear_error();
	return strlen(out) + 1 < BINDING_SIZE;
}

static void
remove_entry(struct sessions *sessions, size_t at)
{
	struct entry *entry = &sessions->entries[at];

	clear_entry(entry);
	sessions->count--;
	memmove(entry, entry + 1, (sessions->count - at) * sizeof *entry);
}

static void
add_entry(struct sessions *sessions, const struct entry *entry)
{
	if (sessions->count == SESSIONS_MAX)
		remove_entry(sessions, 0);
	sessions->entries[sessions->count++] = *entry;
}

/* Was the server verified, by this connection or by the one that it resumes? */
static bool
is_verified(SSL *ssl, const struct handshake_log *w)
{
	return (SSL_session_reused(ssl) ? w->offered : w->trusted) &&
	    SSL_get_verify_result(ssl) == X509_V_OK;
}

static void
keep(struct sessions *sessions, SSL *ssl, SSL_SESSION *session)
{
	const struct handshake_log *w = handshake_log_of(ssl);
	char binding[BINDING_SIZE];
	struct entry entry;
	bool kept = false;

	if (!is_verified(ssl, w) || !SSL_SESSION_is_resumable(session) || !describe_binding(ssl, binding))
		return;
	entry = (struct entry){ SSL_SESSION_dup(session), w->verified_ms, OPENSSL_strdup(binding) };
	if (entry.session && entry.binding && CRYPTO_THREAD_write_lock(sessions->lock)) {
		kept = !sessions->given_up;
		if (kept)
			add_entry(sessions, &entry);
		CRYPTO_THREAD_unlock(sessions->lock);
	}
	if (!kept)
		clear_entry(&entry);
	ERR_clear_error();
}

void
sessions_keep_ticket(struct sessions *sessions, SSL *ssl, SSL_SESSION *session)
{
	if (SSL_version(ssl) == TLS1_3_VERSION)
		keep(sessions, ssl, session);
}

void
sessions_keep_tls12(struct sessions *sessions, SSL *ssl)
{
	/* One that was resumed is still in the list. */
	if (SSL_version(ssl) < TLS1_3_VERSION && !SSL_session_reused(ssl) && SSL_get_extms_support(ssl) == 1)
		keep(sessions, ssl, SSL_get0_session(ssl));
}

static bool
is_too_old(const struct entry *entry)
{
	/* The server's word, which OpenSSL follows in TLS 1.3 alone; 0: it gave none. */
	unsigned long hint = SSL_SESSION_get_ticket_lifetime_hint(entry->session);
	int64_t age_s = (clock_ms() - entry->verified_ms) / 1000;

	return age_s >= SESSIONS_MAX_AGE_S || (hint > 0 && age_s >= (int64_t)hint);
}

/* The newest session of that binding, owned by the caller; NULL: none. */
static SSL_SESSION *
take(struct sessions *sessions, const char *binding, int64_t *verified_ms)
{
	SSL_SESSION *session = NULL;

	for (size_t i = sessions->count; i-- > 0 && !session;) {
		struct entry *entry = &sessions->entries[i];
		bool old = is_too_old(entry);

		if (!old && strcmp(entry->binding, binding) != 0)
			continue;
		if (!old) {
			session = SSL_SESSION_dup(entry->session);
			*verified_ms = entry->verified_ms;
		}
		/* A ticket that is used twice would let a listener recognize us. */
		if (old || SSL_SESSION_get_protocol_version(entry->session) == TLS1_3_VERSION)
			remove_entry(sessions, i);
	}
	return session;
}

bool
sessions_offer(struct sessions *sessions, SSL *ssl)
{
	struct handshake_log *w = handshake_log_of(ssl);
	SSL_SESSION *session = NULL;
	char binding[BINDING_SIZE];
	int64_t verified_ms = 0;

	if (describe_binding(ssl, binding) && CRYPTO_THREAD_write_lock(sessions->lock)) {
		session = take(sessions, binding, &verified_ms);
		CRYPTO_THREAD_unlock(sessions->lock);
	}
	if (session && SSL_set_session(ssl, session))
		handshake_log_note_offered(w, verified_ms);
	SSL_SESSION_free(session);
	ERR_clear_error();
	return w->offered;
}

void
sessions_give_up(struct sessions *sessions)
{
	if (!CRYPTO_THREAD_write_lock(sessions->lock))
		return;
	sessions->given_up = true;
	forget_all(sessions);
	CRYPTO_THREAD_unlock(sessions->lock);
}
