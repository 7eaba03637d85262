/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real handshakes over socket pairs: an OpenSSL server in a forked child, a channel here, and for every
 * failure the exit status and the messages that a user would see.
 */
#include "net/channel.h"

#include "base/ratelimit.h"
#include "check_main.h"
#include "testpki.h"
#include "tls/commonname.h"
#include "tls/context.h"
#include "tls/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Whose certificates there are. */
enum who {
	NOBODY,
	CA,	      /* the root that both sides normally trust */
	SUB,	      /* an intermediate below it */
	OTHER_CA,     /* of another organization */
	SAME_NAME_CA,  /* the root's name, another key */
	SERVER,	      /* DNS:iris, IP:192.0.2.7 */
	SUB_SERVER,   /* issued by SUB */
	OTHER_SERVER, /* issued by OTHER_CA */
	SELF_SERVER,
	OLD_SERVER,   /* expired */
	YOUNG_SERVER, /* not valid yet */
	WEAK_SERVER,  /* RSA with 1024 bits */
	CN_SERVER,    /* by its CN alone */
	RESPONDER,    /* OCSPSigning, by CA */
	CLIENT,	      /* clientAuth only */
	SUB_CLIENT,
	OTHER_CLIENT,
	SUB_OLD,      /* SUB, expired: the same name and key */
	SUB_YOUNG,    /* SUB, not valid yet */
	SUB_CROSS,    /* SUB, signed by OTHER_CA */
	SUB_NOCA,     /* SUB's name and key, and no CA */
	CA_OLD,	      /* CA, expired */
	CA_CROSS,     /* CA, signed by OTHER_CA */
	LOW_CA,	      /* below SUB */
	LOW_SERVER,   /* by LOW_CA */
	CN_ADDRESS,   /* 127.0.0.1 by its CN */
	CN_ADDRESS6,
	NAME_ADDRESS, /* 127.0.0.1 as a DNS name */
	CN_AND_OTHERS,    /* iris in the CN, another DNS name */
	CN_MIXED,     /* iris in the CN, an address and an email address */
	CN_WILD,      /* *.wild.example in the CN */
	FAR_CA,	      /* name constraints: only example.com */
	FAR_SERVER,   /* DNS:iris, by FAR_CA */
	FAR_CN,	      /* iris in the CN, by FAR_CA */
	FAR_GOOD_CN,  /* iris.example.com in the CN, by FAR_CA */
	FAR_CN_ADDRESS,
	BAN_CA,	      /* name constraints: not iris, nor 127.0.0.0/8 */
	BAN_SERVER,
	BAN_CN,
	BAN_CN_ADDRESS,
	BLUNT_CA,     /* name constraints: not 127.0.0.0, but the mask is missing */
	BLUNT_CN_ADDRESS,
	CN_UNREADABLE, /* iris in the CN, and alternative names that are none */
	MUTE_CA,      /* CA:TRUE without keyCertSign */
	MUTE_SERVER,
	NOCA_SERVER,  /* issued by SERVER */
	USELESS_SERVER, /* its keyUsage is good for nothing in TLS */
	AGREE_SERVER, /* keyAgreement alone */
	NARROW_CA,    /* for clients only */
	NARROW_SERVER,
	SHORT_CA,     /* pathlen 0 */
	SHORT_SUB,
	SHORT_SERVER,
	ODD_SERVER,   /* a critical extension that nobody knows */
	SHA1_SERVER,
	STAPLE_SERVER, /* requires a stapled response */
	RSA_SERVER,
	PART_SERVER,  /* wildcards for part of a label */
	CN_PART,      /* the same in the CN */
	WHO_COUNT,
};

static const struct {
	const char *cn;
	const char *org;
	enum who issuer;
	const char *san;
	const char *usage;
	bool ca;
	int from, to;
	unsigned rsa;
	enum who key_of;
	const char *ext[3][2];
	bool sha1;
} people[WHO_COUNT] = {
	[CA] = { .cn = "Demo CA", .ca = true },
	[SUB] = { .cn = "Demo Sub CA", .issuer = CA, .ca = true },
	[OTHER_CA] = { .cn = "Other CA", .org = "Elsewhere", .ca = true },
	[SAME_NAME_CA] = { .cn = "Demo CA", .ca = true },
	[SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris,DNS:*.wild.example,IP:192.0.2.7",
		.usage = "serverAuth" },
	[SUB_SERVER] = { .cn = "iris", .issuer = SUB, .san = "DNS:iris", .usage = "serverAuth" },
	[OTHER_SERVER] = { .cn = "iris", .org = "Elsewhere", .issuer = OTHER_CA, .san = "DNS:iris",
		.usage = "serverAuth" },
	[SELF_SERVER] = { .cn = "iris", .san = "DNS:iris" },
	[OLD_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth", .from = -20,
		.to = -10 },
	[YOUNG_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth", .from = 10,
		.to = 20 },
	[WEAK_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth", .rsa = 1024 },
	[CN_SERVER] = { .cn = "iris", .issuer = CA, .usage = "serverAuth" },
	[RESPONDER] = { .cn = "OCSP", .issuer = CA, .usage = "OCSPSigning" },
	[CLIENT] = { .cn = "SCU_DCM1", .issuer = CA, .san = "DNS:iris", .usage = "clientAuth" },
	[SUB_CLIENT] = { .cn = "SCU_DCM2", .issuer = SUB, .usage = "clientAuth" },
	[OTHER_CLIENT] = { .cn = "SCU_DCM3", .org = "Elsewhere", .issuer = OTHER_CA, .usage = "clientAuth" },
	[SUB_OLD] = { .cn = "Demo Sub CA", .issuer = CA, .ca = true, .key_of = SUB, .from = -20, .to = -10 },
	[SUB_YOUNG] = { .cn = "Demo Sub CA", .issuer = CA, .ca = true, .key_of = SUB, .from = 10, .to = 20 },
	[SUB_CROSS] = { .cn = "Demo Sub CA", .issuer = OTHER_CA, .ca = true, .key_of = SUB },
	[SUB_NOCA] = { .cn = "Demo Sub CA", .issuer = CA, .key_of = SUB,
		.ext = { { "basicConstraints", "critical,CA:FALSE" } } },
	[CA_OLD] = { .cn = "Demo CA", .ca = true, .key_of = CA, .from = -20, .to = -10 },
	[CA_CROSS] = { .cn = "Demo CA", .issuer = OTHER_CA, .ca = true, .key_of = CA },
	[LOW_CA] = { .cn = "Demo Low CA", .issuer = SUB, .ca = true },
	[LOW_SERVER] = { .cn = "iris", .issuer = LOW_CA, .san = "DNS:iris", .usage = "serverAuth" },
	[CN_ADDRESS] = { .cn = "127.0.0.1", .issuer = CA, .usage = "serverAuth" },
	[CN_ADDRESS6] = { .cn = "0:0:0:0:0:0:0:1", .issuer = CA, .usage = "serverAuth" },
	[NAME_ADDRESS] = { .cn = "iris", .issuer = CA, .san = "DNS:127.0.0.1", .usage = "serverAuth" },
	[CN_AND_OTHERS] = { .cn = "iris", .issuer = CA, .san = "DNS:other.example", .usage = "serverAuth" },
	[CN_MIXED] = { .cn = "iris", .issuer = CA, .san = "IP:192.0.2.9,email:a@b.example",
		.usage = "serverAuth" },
	[CN_WILD] = { .cn = "*.wild.example", .issuer = CA, .usage = "serverAuth" },
	[FAR_CA] = { .cn = "Far CA", .issuer = CA, .ca = true,
		.ext = { { "nameConstraints", "critical,permitted;DNS:example.com,permitted;IP:192.0.2.0/255.255.255.0" } } },
	[FAR_SERVER] = { .cn = "iris", .issuer = FAR_CA, .san = "DNS:iris", .usage = "serverAuth" },
	[FAR_CN] = { .cn = "iris", .issuer = FAR_CA, .usage = "serverAuth" },
	[FAR_GOOD_CN] = { .cn = "iris.example.com", .issuer = FAR_CA, .usage = "serverAuth" },
	[FAR_CN_ADDRESS] = { .cn = "127.0.0.1", .issuer = FAR_CA, .usage = "serverAuth" },
	[BAN_CA] = { .cn = "Ban CA", .issuer = CA, .ca = true,
		.ext = { { "nameConstraints", "critical,excluded;DNS:iris,excluded;IP:127.0.0.0/255.0.0.0" } } },
	[BAN_SERVER] = { .cn = "iris", .issuer = BAN_CA, .san = "DNS:iris", .usage = "serverAuth" },
	[BAN_CN] = { .cn = "iris", .issuer = BAN_CA, .usage = "serverAuth" },
	[BAN_CN_ADDRESS] = { .cn = "127.0.0.1", .issuer = BAN_CA, .usage = "serverAuth" },
	[BLUNT_CA] = { .cn = "Blunt CA", .issuer = CA, .ca = true,
		.ext = { { "nameConstraints", "critical,DER:300AA108300687047F000000" } } },
	[BLUNT_CN_ADDRESS] = { .cn = "127.0.0.1", .issuer = BLUNT_CA, .usage = "serverAuth" },
	[CN_UNREADABLE] = { .cn = "iris", .issuer = CA, .usage = "serverAuth",
		.ext = { { "subjectAltName", "DER:0500" } } },
	[MUTE_CA] = { .cn = "Mute CA", .issuer = CA, .ca = true, .ext = { { "keyUsage", "critical,cRLSign" } } },
	[MUTE_SERVER] = { .cn = "iris", .issuer = MUTE_CA, .san = "DNS:iris", .usage = "serverAuth" },
	[NOCA_SERVER] = { .cn = "below iris", .issuer = SERVER, .san = "DNS:iris", .usage = "serverAuth" },
	[USELESS_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth",
		.ext = { { "keyUsage", "critical,nonRepudiation,dataEncipherment" } } },
	[AGREE_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth",
		.ext = { { "keyUsage", "critical,keyAgreement" } } },
	[NARROW_CA] = { .cn = "Narrow CA", .issuer = CA, .ca = true, .usage = "clientAuth" },
	[NARROW_SERVER] = { .cn = "iris", .issuer = NARROW_CA, .san = "DNS:iris", .usage = "serverAuth" },
	[SHORT_CA] = { .cn = "Short CA", .issuer = CA, .ca = true,
		.ext = { { "basicConstraints", "critical,CA:TRUE,pathlen:0" } } },
	[SHORT_SUB] = { .cn = "Short Sub CA", .issuer = SHORT_CA, .ca = true },
	[SHORT_SERVER] = { .cn = "iris", .issuer = SHORT_SUB, .san = "DNS:iris", .usage = "serverAuth" },
	[ODD_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth",
		.ext = { { "1.2.3.4.5", "critical,DER:0500" } } },
	[SHA1_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth", .sha1 = true },
	[STAPLE_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth",
		.ext = { { "tlsfeature", "status_request" } } },
	[RSA_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:iris", .usage = "serverAuth", .rsa = 2048,
		.ext = { { "keyUsage", "critical,digitalSignature" } } },
	[PART_SERVER] = { .cn = "iris", .issuer = CA, .san = "DNS:ir*.part.example,DNS:*is.tail.example",
		.usage = "serverAuth" },
	[CN_PART] = { .cn = "ir*.part.example", .issuer = CA, .usage = "serverAuth" },
};

static struct testpki pki[WHO_COUNT];

static void
make_pki(void)
{
	for (int i = 1; i < WHO_COUNT; i++) {
		struct testpki_spec spec = { people[i].cn, people[i].org,
			people[i].issuer ? &pki[people[i].issuer] : NULL, people[i].san, people[i].usage,
			people[i].ca, people[i].from, people[i].to, people[i].rsa,
			people[i].key_of ? &pki[people[i].key_of] : NULL,
			{ { people[i].ext[0][0], people[i].ext[0][1] } }, people[i].sha1 };

		pki[i] = testpki_make(&spec);
	}
}

static void
free_pki(void)
{
	for (int i = 1; i < WHO_COUNT; i++)
		testpki_free(&pki[i]);
}

enum crl_kind {
	NO_CRL,
	CLEAN,
	REVOKES_SERVER,
	OVERDUE,
	OF_SUB,
	OF_OTHER_CA,
	OF_BOTH,	/* clean: the root's and SUB's */
	REVOKES_SUB,	/* and SUB's own is clean */
	REVOKED_LATER,	/* of one date: the second, numbered higher, revokes the server */
	REVOKED_BEFORE, /* the same in the other order */
	OF_USERS,	/* for certificates of users only */
	OF_CAS,		/* for those of CAs */
};

/* What the server staples to its certificate. */
enum staple {
	NO_STAPLE,
	STAPLE_GOOD,	     /* signed by the CA */
	STAPLE_DELEGATED,    /* good, signed by a responder of the CA's */
	STAPLE_REVOKED,
	STAPLE_UNKNOWN,
	STAPLE_STALE,	     /* good, of last week */
	STAPLE_FUTURE,	     /* good, of tomorrow */
	STAPLE_OPEN,	     /* good, without a nextUpdate */
	STAPLE_OPEN_STALE,   /* the same, of last week */
	STAPLE_FOREIGN,	     /* revoked, signed by another CA */
	STAPLE_OF_CLIENT,    /* revoked, but another certificate */
	STAPLE_TRY_LATER,
	STAPLE_GARBAGE,
};

/* Certificates may be compressed (RFC 8879) where OpenSSL can: from 3.2 on, if it was built with zlib or the like. */
enum compression { BY_DEFAULT, COMPRESSED, UNCOMPRESSED };

#if OPENSSL_VERSION_NUMBER >= 0x30200000L
#define CERTIFICATE_UNCOMPRESSED (SSL_OP_NO_TX_CERTIFICATE_COMPRESSION | SSL_OP_NO_RX_CERTIFICATE_COMPRESSION)
#endif

/* One set-up: the server, then us. Members that are not set mean that all is correct. */
struct scene {
	const char *name;

	enum who server;	/* NOBODY: SERVER */
	enum who extra[3];	/* sent behind it */
	int version;		/* 0: both */
	const char *ciphers;	/* of TLS 1.2 */
	bool ask;		/* for our certificate */
	int reject;		/* the X509_V_ERR_ code it finds in it */
	bool vanish;		/* closes without a word when it sees it */
	bool rsa_only;		/* takes no EC key from us */
	enum staple staple;
	enum compression compression; /* on both sides */
	char server_groups[64];    /* empty: OpenSSL's */

	enum who clients[3];	/* our keys */
	const char *alias;
	enum who anchors[3];	/* none: CA */
	enum crl_kind crl;
	const char *protocol;
	const char *cipher;
	const char *groups[3];	/* as --tls-group has them */
	const char *host;	/* NULL: iris */
	bool no_check;
	bool allow_cn;
	bool require;		/* --tls-revocation */
	bool mutual;		/* --require-mtls */
	enum who pins[2];	/* whose public keys we pin */

	enum err_kind kind;
	const char *says[3];	/* parts of the sentence */
	const char *hints;	/* part of the remedy */
};

static int reject_code;
static bool vanish_now;

static int
evaluate_client(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	if (vanish_now)
		_exit(0);
	if (!reject_code)
		return 1;
	X509_STORE_CTX_set_error(ctx, reject_code);
	return 0;
}

static enum who stapled; /* whose certificate it is about */

static void
put_answer(OCSP_BASICRESP *basic, enum staple staple)
{
	X509 *subject = pki[staple == STAPLE_OF_CLIENT ? CLIENT : stapled].cert;
	OCSP_CERTID *id = OCSP_cert_to_id(staple == STAPLE_DELEGATED ? EVP_sha256() : NULL, subject, pki[CA].cert);
	bool open = staple == STAPLE_OPEN || staple == STAPLE_OPEN_STALE;
	bool stale = staple == STAPLE_STALE || staple == STAPLE_OPEN_STALE;
	long from = stale ? -8 * 86400L : staple == STAPLE_FUTURE ? 86400L : -200;
	ASN1_TIME *this = X509_gmtime_adj(NULL, from), *next = X509_gmtime_adj(NULL, from + 7200);
	ASN1_TIME *since = X509_gmtime_adj(NULL, -3 * 86400L);
	int status = V_OCSP_CERTSTATUS_GOOD;

	if (staple == STAPLE_REVOKED || staple == STAPLE_FOREIGN || staple == STAPLE_OF_CLIENT)
		status = V_OCSP_CERTSTATUS_REVOKED;
	if (staple == STAPLE_UNKNOWN)
		status = V_OCSP_CERTSTATUS_UNKNOWN;
	OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, since, this,
		open ? NULL : next);
	ASN1_TIME_free(this);
	ASN1_TIME_free(next);
	ASN1_TIME_free(since);
	OCSP_CERTID_free(id);
}

static int
staple_response(SSL *ssl, void *arg)
{
	enum staple staple = *(const enum staple *)arg;
	const struct testpki *signer = &pki[staple == STAPLE_FOREIGN ? OTHER_CA :
		staple == STAPLE_DELEGATED ? RESPONDER : CA];
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;
	int len, status = OCSP_RESPONSE_STATUS_SUCCESSFUL;

	put_answer(basic, staple);
	OCSP_basic_sign(basic, signer->cert, signer->key, EVP_sha256(), NULL, 0);
	if (staple == STAPLE_TRY_LATER)
		status = OCSP_RESPONSE_STATUS_TRYLATER;
	response = OCSP_response_create(status, staple == STAPLE_TRY_LATER ? NULL : basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	if (staple == STAPLE_GARBAGE)
		len /= 2;
	SSL_set_tlsext_status_ocsp_resp(ssl, der, len);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *
server_ctx(const struct scene *scene)
{
	const struct testpki *own = &pki[scene->server ? scene->server : SERVER];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int rsa_sigalgs[] = { NID_sha256, EVP_PKEY_RSA, NID_sha256, EVP_PKEY_RSA_PSS };

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_use_certificate(ctx, own->cert);
	SSL_CTX_use_PrivateKey(ctx, own->key);
	SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
	for (size_t i = 0; i < COUNT(scene->extra) && scene->extra[i]; i++)
		SSL_CTX_add1_chain_cert(ctx, pki[scene->extra[i]].cert);
	if (scene->version) {
		SSL_CTX_set_min_proto_version(ctx, scene->version);
		SSL_CTX_set_max_proto_version(ctx, scene->version);
	}
	if (scene->ciphers)
		SSL_CTX_set_cipher_list(ctx, scene->ciphers);
	stapled = scene->server ? scene->server : SERVER;
	if (scene->staple) {
		SSL_CTX_set_tlsext_status_cb(ctx, staple_response);
		SSL_CTX_set_tlsext_status_arg(ctx, (void *)(uintptr_t)&scene->staple);
	}
	if (scene->rsa_only)
		SSL_CTX_set1_client_sigalgs(ctx, rsa_sigalgs, 4);
	if (scene->ask) {
		reject_code = scene->reject;
		vanish_now = scene->vanish;
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			scene->reject || scene->vanish ? evaluate_client : NULL);
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), pki[CA].cert);
		SSL_CTX_add_client_CA(ctx, pki[CA].cert);
	}
	return ctx;
}

/* Clients compress theirs by themselves, a server what was compressed before. False: this OpenSSL cannot. */
static bool
set_compression(SSL_CTX *ctx, enum compression compression)
{
#ifdef CERTIFICATE_UNCOMPRESSED
	if (compression == UNCOMPRESSED)
		SSL_CTX_set_options(ctx, CERTIFICATE_UNCOMPRESSED);
	if (compression == COMPRESSED)
		return SSL_CTX_compress_certs(ctx, 0) == 1;
	return true;
#else
	(void)ctx;
	return compression != COMPRESSED;
#endif
}

/* A server's connection over fd; the context is its own. */
static SSL *
server_ssl(int fd, const struct scene *scene)
{
	SSL_CTX *ctx = server_ctx(scene);
	char groups[sizeof scene->server_groups]; /* OpenSSL's macro takes no const */
	SSL *ssl;

	memcpy(groups, scene->server_groups, sizeof groups);
	set_compression(ctx, scene->compression);
	if (groups[0])
		ck_assert_int_eq(SSL_CTX_set1_groups_list(ctx, groups), 1);
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_fd(ssl, fd);
	return ssl;
}

/* Answer one message with what this side saw of the other. */
static void
serve_scene(int fd, const struct scene *scene)
{
	SSL *ssl = server_ssl(fd, scene);
	const char *name;
	char buf[256];

	if (SSL_accept(ssl) != 1 || SSL_read(ssl, buf, sizeof buf) <= 0)
		goto out;
	name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	snprintf(buf, sizeof buf, "sni=%s certificates=%d", name ? name : "none",
		SSL_get0_peer_certificate(ssl) ? 1 + sk_X509_num(SSL_get0_verified_chain(ssl)) : 0);
	SSL_write(ssl, buf, (int)strlen(buf));
	SSL_shutdown(ssl);
out:
	SSL_free(ssl);
}

/* Start a child that runs serve over one end; returns the other end. */
static int
fork_server(void (*serve)(int, const struct scene *), const struct scene *scene, int pair[2], pid_t *pid)
{
	*pid = fork();
	ck_assert_int_ge(*pid, 0);
	if (*pid == 0) {
		close(pair[0]);
		serve(pair[1], scene);
		_exit(0);
	}
	close(pair[1]);
	return pair[0];
}

/* Our side, made of a scene. */
struct client {
	STACK_OF(X509) *anchors;
	STACK_OF(X509_CRL) *crls;
	struct key_entry entries[3];
	struct key_store keys;
	char aliases[3][16];
	unsigned char pins[2][PIN_SIZE];
	size_t pin_count;
	struct tlsctx *ctx;
	struct endpoint endpoint;
};

static void
add_keys(struct client *client, const struct scene *scene)
{
	static char path[] = "test.p12";

	client->keys.path = path;
	client->keys.entries = client->entries;
	for (size_t i = 0; i < COUNT(scene->clients) && scene->clients[i]; i++) {
		struct key_entry *entry = &client->entries[client->keys.count++];

		snprintf(client->aliases[i], sizeof client->aliases[i], "key%zu", i);
		entry->alias = client->aliases[i];
		entry->cert = pki[scene->clients[i]].cert;
		entry->key = pki[scene->clients[i]].key;
		entry->chain = sk_X509_new_null();
		if (people[scene->clients[i]].issuer == SUB)
			sk_X509_push(entry->chain, pki[SUB].cert);
	}
}

static void
add_crl(struct client *client, enum crl_kind kind)
{
	enum who issuer = kind == OF_OTHER_CA ? OTHER_CA : kind == OF_SUB ? SUB : CA;
	bool pair = kind == REVOKED_LATER || kind == REVOKED_BEFORE;
	enum who revoked = kind == REVOKES_SERVER || pair ? SERVER : kind == REVOKES_SUB ? SUB : NOBODY;
	X509_CRL *crl, *clean;

	if (kind == NO_CRL)
		return;
	crl = testpki_crl(&pki[issuer], revoked ? &pki[revoked] : NULL, kind == OVERDUE ? -1 : 5);
	if (kind == OF_USERS || kind == OF_CAS)
		crl = testpki_crl_extend(crl, &pki[CA], "2.5.29.28", kind == OF_USERS ? "critical,DER:30038101FF" :
			"critical,DER:30038201FF");
	client->crls = sk_X509_CRL_new_null();
	sk_X509_CRL_push(client->crls, crl);
	if (kind == OF_BOTH || kind == REVOKES_SUB)
		sk_X509_CRL_push(client->crls, testpki_crl(&pki[SUB], NULL, 5));
	if (!pair)
		return;
	clean = testpki_crl(&pki[CA], NULL, 5);
	testpki_crl_number(clean, &pki[CA], 2, clean);
	testpki_crl_number(crl, &pki[CA], 10, clean);
	sk_X509_CRL_insert(client->crls, clean, kind == REVOKED_LATER ? 0 : 1);
}

static void
client_open(struct client *client, const struct scene *scene)
{
	const char *protocols[] = { scene->protocol, NULL }, *ciphers[] = { scene->cipher, NULL };
	struct policy_request request = { protocols, ciphers };
	struct policy policy;
	struct tlsctx_config config = { .policy = &policy, .key_alias = scene->alias,
		.allow_cn = scene->allow_cn, .require_revocation = scene->require };
	struct err err = ERR_INIT;

	memset(client, 0, sizeof *client);
	ck_assert_msg(policy_parse(&request, &policy, &err) == 0, "%s", err.text);
	ck_assert_msg(policy_groups(scene->groups, false, &policy, &err) == 0, "%s", err.text);
	client->anchors = sk_X509_new_null();
	for (size_t i = 0; i < COUNT(scene->anchors); i++) {
		if (scene->anchors[i] || i == 0)
			sk_X509_push(client->anchors, pki[scene->anchors[i] ? scene->anchors[i] : CA].cert);
	}
	add_keys(client, scene);
	add_crl(client, scene->crl);
	config.anchors = client->anchors;
	config.crls = client->crls;
	config.keys = client->keys.count ? &client->keys : NULL;
	for (size_t i = 0; i < COUNT(scene->pins) && scene->pins[i]; i++)
		ck_assert_int_eq(pin_of(pki[scene->pins[i]].cert, client->pins[client->pin_count++]), 0);
	if (client->pin_count > 0)
		config.pins = (const unsigned char (*)[PIN_SIZE])client->pins;
	config.pin_count = client->pin_count;
	client->ctx = tlsctx_new(&config, &err);
	ck_assert_msg(client->ctx != NULL, "%s", err.text);
	client->endpoint = (struct endpoint){ .host = scene->host ? scene->host : "iris", .port = 2010,
		.tls = client->ctx, .check_host = !scene->no_check, .require_mtls = scene->mutual,
		.tls_timeout = 20000,
		.send_timeout = 20000, .limit = deadline_never() };
}

static void
client_close(struct client *client)
{
	tlsctx_free(client->ctx);
	for (size_t i = 0; i < client->keys.count; i++)
		sk_X509_free(client->entries[i].chain);
	sk_X509_free(client->anchors);
	sk_X509_CRL_pop_free(client->crls, X509_CRL_free);
}

/* The channel's final error: of the handshake, the write, the read or the close. */
static void
converse(const struct endpoint *endpoint, int fd, char *answer, size_t size, struct err *err)
{
	struct channel *ch = channel_adopt(endpoint, fd, err);
	size_t n = 0;

	answer[0] = '\0';
	if (!ch)
		return;
	if (channel_write(ch, "hello", 5, err) == 0) {
		switch (channel_read(ch, answer, size - 1, &n, deadline_in(20000), true, err)) {
		case CHANNEL_DATA:
			answer[n] = '\0';
			break;
		case CHANNEL_END:
			channel_explain_close(ch, err);
			break;
		case CHANNEL_NOTHING:
			ck_abort_msg("no answer in 20 s");
		case CHANNEL_FAILED:
			break;
		}
	}
	ck_assert_uint_eq(ERR_peek_error(), 0);
	channel_free(ch);
}

static void
assert_says(const struct scene *scene, const struct err *err)
{
	ck_assert_msg(err->kind == scene->kind, "%s: [%s] %s", scene->name, err_word(err->kind), err->text);
	for (size_t i = 0; i < COUNT(scene->says) && scene->says[i]; i++)
		ck_assert_msg(strstr(err->text, scene->says[i]) != NULL, "%s: no \"%s\" in: %s", scene->name,
			scene->says[i], err->text);
	if (scene->hints)
		ck_assert_msg(strstr(err->hint, scene->hints) != NULL, "%s: no \"%s\" in: %s", scene->name,
			scene->hints, err->hint);
	ck_assert_msg(!strpbrk(err->text, "{}") && !strpbrk(err->hint, "{}"), "%s: a hole in: %s / %s",
		scene->name, err->text, err->hint);
	if (err->kind != ERR_NONE)
		ck_assert_msg(err->hint[0] && err->hint[strlen(err->hint) - 1] == '.', "%s: hint: %s",
			scene->name, err->hint);
}

static void
play(const struct scene *scene, char *answer, size_t size)
{
	struct client client;
	struct err err = ERR_INIT;
	int pair[2], fd;
	pid_t pid;

	client_open(&client, scene);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fd = fork_server(serve_scene, scene, pair, &pid);
	converse(&client.endpoint, fd, answer, size, &err);
	waitpid(pid, NULL, 0);
	client_close(&client);
	assert_says(scene, &err);
	/* Our verdict on the server and its refusal of our certificate belong to the step "tls". */
	if (err.kind >= ERR_UNTRUSTED && err.kind <= ERR_TLS)
		ck_assert_str_eq(err.phase, "tls");
}

static const struct scene scenes[] = {
	{ .name = "server only" },
	{ .name = "TLS 1.2", .version = TLS1_2_VERSION },
	{ .name = "mutual", .ask = true, .clients = { CLIENT } },
	{ .name = "mutual, TLS 1.2", .ask = true, .clients = { CLIENT }, .version = TLS1_2_VERSION },
	{ .name = "mutual, our chain", .ask = true, .clients = { SUB_CLIENT } },
	{ .name = "the key that fits", .ask = true, .clients = { OTHER_CLIENT, CLIENT } },
	{ .name = "the key that was named", .ask = true, .clients = { CLIENT, OTHER_CLIENT },
		.alias = "key0" },
	{ .name = "nobody asked", .clients = { CLIENT, SUB_CLIENT } },
	{ .name = "whole chain", .server = SUB_SERVER, .extra = { SUB } },
	{ .name = "whole chain and root", .server = SUB_SERVER, .extra = { SUB, CA } },
	{ .name = "chain in disorder", .server = SUB_SERVER, .extra = { CA, SUB } },
	{ .name = "an intermediate as the anchor", .server = SUB_SERVER, .anchors = { SUB } },
	{ .name = "the leaf as the anchor", .anchors = { SERVER } },
	{ .name = "self-signed and trusted", .server = SELF_SERVER, .anchors = { SELF_SERVER } },
	{ .name = "by address", .host = "192.0.2.7" },
	{ .name = "another case, root's dot", .host = "IRIS." },
	{ .name = "wildcard", .host = "a.wild.example" },
	{ .name = "no host check", .host = "elsewhere", .no_check = true },
	{ .name = "clean CRL", .crl = CLEAN },
	{ .name = "CRL of the leaf's issuer alone", .server = SUB_SERVER, .extra = { SUB }, .crl = OF_SUB },
	{ .name = "CRL of the root alone", .server = SUB_SERVER, .extra = { SUB }, .crl = CLEAN,
		.kind = ERR_UNTRUSTED, .says = { "no --crl-file contains a list of \"CN=Demo Sub "
			"CA,O=Demo\"" },
		.hints = "--crl-file" },
	{ .name = "CRL but the leaf is the anchor", .anchors = { SERVER }, .crl = OF_OTHER_CA },
	{ .name = "pinned", .pins = { SERVER } },
	{ .name = "pinned, TLS 1.2, one of two", .pins = { CLIENT, SERVER }, .version = TLS1_2_VERSION },
	{ .name = "stapled, TLS 1.2", .staple = STAPLE_GOOD, .version = TLS1_2_VERSION },
	{ .name = "stapled and of no use", .staple = STAPLE_GARBAGE },

	{ .name = "unknown CA", .server = OTHER_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "iris:2010: the server's certificate \"CN=iris,O=Elsewhere\"",
			"was issued by a CA that is not in the trust store", "\"CN=Demo CA,O=Demo\"" },
		.hints = "\"CN=Other CA,O=Elsewhere\" to the --trust-store" },
	{ .name = "unknown CA, root sent", .server = OTHER_SERVER, .extra = { OTHER_CA },
		.kind = ERR_UNTRUSTED,
		.says = { "chain ends at the CA \"CN=Other CA,O=Elsewhere\"", "contains \"CN=Demo CA,O=Demo\"" },
		.hints = "--trust-store" },
	{ .name = "lone leaf of an intermediate", .server = SUB_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "issued by \"CN=Demo Sub CA,O=Demo\"",
			"probably an intermediate certificate is missing" },
		.hints = "Let the receiver send its whole chain" },
	{ .name = "hole in the chain", .server = SUB_SERVER, .extra = { CA }, .kind = ERR_UNTRUSTED,
		.says = { "an intermediate certificate is missing", "CN=Demo Sub CA" },
		.hints = "whole chain" },
	{ .name = "CA made anew", .anchors = { SAME_NAME_CA }, .kind = ERR_UNTRUSTED,
		.says = { "a CA of the same name with another key" }, .hints = "current certificate" },
	{ .name = "CA made anew, root sent", .anchors = { SAME_NAME_CA }, .extra = { CA },
		.kind = ERR_UNTRUSTED,
		.says = { "a CA of the same name with another key" }, .hints = "current certificate" },
	{ .name = "self-signed", .server = SELF_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=iris,O=Demo\"", "is self-signed" }, .hints = "SHA-256 fingerprint is" },
	{ .name = "expired", .server = OLD_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "the server's certificate \"CN=iris,O=Demo\"", "has expired" },
		.hints = "administrator renew" },
	{ .name = "not valid yet", .server = YOUNG_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "is not valid yet" }, .hints = "this machine's clock" },
	{ .name = "a client's certificate", .server = CLIENT, .kind = ERR_UNTRUSTED,
		.says = { "not for a TLS server", "TLS Web Client Authentication" },
		.hints = "serverAuth" },
	{ .name = "weak key", .server = WEAK_SERVER, .version = TLS1_2_VERSION, .kind = ERR_UNTRUSTED,
		.says = { "too weak a key: RSA 1024 bits" }, .hints = "2048 bits" },
	{ .name = "revoked", .crl = REVOKES_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "is revoked since ", "(keyCompromise)" }, .hints = "Do not send" },
	{ .name = "revoked by what is stapled", .staple = STAPLE_REVOKED, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=iris,O=Demo\"", "is revoked, its stapled OCSP response says (revoked since ",
			": keyCompromise)" },
		.hints = "Do not send" },
	{ .name = "revoked by what is stapled, TLS 1.2", .staple = STAPLE_REVOKED, .version = TLS1_2_VERSION,
		.ask = true, .clients = { CLIENT }, .kind = ERR_UNTRUSTED, .says = { "is revoked, its" } },
	{ .name = "not pinned", .pins = { CLIENT }, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=iris,O=Demo\"", "has a public key that is not pinned: its pin is " },
		.hints = "give it with --tls-pin" },
	{ .name = "not pinned, TLS 1.2", .pins = { CLIENT }, .version = TLS1_2_VERSION, .ask = true,
		.clients = { CLIENT }, .kind = ERR_UNTRUSTED, .says = { "not pinned" } },
	{ .name = "pinned but not trusted", .server = OTHER_SERVER, .pins = { OTHER_SERVER },
		.kind = ERR_UNTRUSTED, .says = { "was issued by a CA that is not in the trust store" } },
	{ .name = "no CRL of the issuer", .crl = OF_OTHER_CA, .kind = ERR_UNTRUSTED,
		.says = { "no --crl-file contains a list of \"CN=Demo CA,O=Demo\"" }, .hints = "--crl-file" },
	{ .name = "overdue CRL", .crl = OVERDUE, .kind = ERR_UNTRUSTED,
		.says = { "the list of \"CN=Demo CA,O=Demo\" expired on " }, .hints = "clock" },
	{ .name = "wrong name", .host = "localhost", .kind = ERR_WRONG_HOST,
		.says = { "is for DNS:iris, DNS:*.wild.example, IP:192.0.2.7, not for \"localhost\"" },
		.hints = "--tls-host iris" },
	{ .name = "wildcard over two labels", .host = "a.b.wild.example", .kind = ERR_WRONG_HOST },
	{ .name = "wildcard over no label", .host = "wild.example", .kind = ERR_WRONG_HOST },
	{ .name = "wildcard for the end of a label", .server = PART_SERVER, .host = "iris.part.example",
		.kind = ERR_WRONG_HOST },
	{ .name = "wildcard for the beginning of a label", .server = PART_SERVER, .host = "iris.tail.example",
		.kind = ERR_WRONG_HOST },
	{ .name = "wrong address", .host = "127.0.0.1", .kind = ERR_WRONG_HOST,
		.says = { "not for the address 127.0.0.1" }, .hints = "IP:127.0.0.1" },
	{ .name = "wrong address, version 6", .host = "::1", .kind = ERR_WRONG_HOST,
		.says = { "[::1]:2010: ", "not for the address ::1" } },
	{ .name = "no name at all", .host = "", .kind = ERR_USAGE, .says = { "cannot be used" },
		.hints = "--tls-host" },
	{ .name = "untrusted goes before nothing asked", .server = OTHER_SERVER, .ask = true,
		.clients = { CLIENT }, .kind = ERR_UNTRUSTED },

	{ .name = "no common protocol", .version = TLS1_3_VERSION, .protocol = "TLSv1.2",
		.kind = ERR_NO_COMMON_TLS,
		.says = { "refused our offer (TLSv1.2 with 6 cipher suites)", "protocol_version, 70" },
		.hints = "--tls-protocol" },
	{ .name = "no common protocol, server's is old", .version = TLS1_2_VERSION, .protocol = "TLSv1.3",
		.kind = ERR_NO_COMMON_TLS, .says = { "TLSv1.3" }, .hints = "maximum protocol" },
	{ .name = "older than TLS 1.2", .version = TLS1_1_VERSION, .ciphers = "ALL:@SECLEVEL=0",
		.kind = ERR_NO_COMMON_TLS },
	{ .name = "no common cipher", .version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256",
		.cipher = "ECDHE-ECDSA-AES256-GCM-SHA384", .kind = ERR_NO_COMMON_TLS,
		.says = { "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "handshake_failure, 40" },
		.hints = "--tls-cipher" },

	{ .name = "no key fits for sure", .ask = true, .clients = { CLIENT, SUB_CLIENT },
		.kind = ERR_CREDENTIALS,
		.says = { "test.p12 holds 2 usable keys", "key0 (CN=SCU_DCM1)", "key1 (CN=SCU_DCM2)" },
		.hints = "--key-alias" },
};

/* How the server's certificate is verified, in either version. */
static const struct scene verifications[] = {
	/* The CN is used only if it is allowed and there is no name of the kind requested. */
	{ .name = "CN", .server = CN_SERVER, .kind = ERR_WRONG_HOST,
		.says = { "has \"iris\" only in its CN, which is not used (RFC 9525)",
			"it has no host name among its subject alternative names" },
		.hints = "subject alternative name DNS:iris; until then, --tls-allow-cn" },
	{ .name = "CN allowed", .server = CN_SERVER, .allow_cn = true },
	{ .name = "CN allowed, not it", .server = CN_SERVER, .allow_cn = true, .host = "elsewhere",
		.kind = ERR_WRONG_HOST, .says = { "is for no host (none among its" },
		.hints = "Let the receiver" },
	{ .name = "CN beside other types", .server = CN_MIXED, .kind = ERR_WRONG_HOST,
		.says = { "only in its CN", "it has the subject alternative names IP:192.0.2.9" }, .hints = "--tls-allow-cn" },
	{ .name = "CN beside other types, allowed", .server = CN_MIXED, .allow_cn = true },
	{ .name = "CN beside a name", .server = CN_AND_OTHERS, .kind = ERR_WRONG_HOST,
		.says = { "in its CN, which is not used", "otherwise for DNS:other.example" },
		.hints = "--tls-host other.example. Otherwise let" },
	{ .name = "CN beside a name, allowed", .server = CN_AND_OTHERS, .allow_cn = true,
		.kind = ERR_WRONG_HOST, .says = { "in its CN, which is not used" } },
	{ .name = "wildcard CN", .server = CN_WILD, .host = "a.wild.example", .kind = ERR_WRONG_HOST },
	{ .name = "wildcard CN, allowed", .server = CN_WILD, .host = "a.wild.example", .allow_cn = true },
	{ .name = "wildcard CN, deeper", .server = CN_WILD, .host = "b.a.wild.example", .allow_cn = true,
		.kind = ERR_WRONG_HOST },
	{ .name = "wildcard CN for the end of a label, allowed", .server = CN_PART, .host = "iris.part.example",
		.allow_cn = true, .kind = ERR_WRONG_HOST },
	{ .name = "address in the CN", .server = CN_ADDRESS, .host = "127.0.0.1", .kind = ERR_WRONG_HOST,
		.says = { "has \"127.0.0.1\" only in its CN", "(RFC 9525)" },
		.hints = "Let the receiver use a certificate with the subject alternative name IP:127.0.0.1" },
	{ .name = "address in the CN, allowed", .server = CN_ADDRESS, .host = "127.0.0.1", .allow_cn = true },
	{ .name = "another address, allowed", .server = CN_ADDRESS, .host = "127.0.0.2", .allow_cn = true,
		.kind = ERR_WRONG_HOST },
	{ .name = "address of version 6 in the CN", .server = CN_ADDRESS6, .host = "::1",
		.kind = ERR_WRONG_HOST, .says = { "has \"::1\" only in its CN" }, .hints = "IP:::1" },
	{ .name = "address of version 6 in the CN, allowed", .server = CN_ADDRESS6, .host = "::1",
		.allow_cn = true },
	{ .name = "name in the CN, other address", .server = CN_MIXED, .host = "127.0.0.1", .allow_cn = true,
		.kind = ERR_WRONG_HOST, .says = { "is for IP:192.0.2.9, not for the address 127.0.0.1" },
		.hints = "--tls-host 192.0.2.9" },
	{ .name = "address as a DNS name", .server = NAME_ADDRESS, .host = "127.0.0.1",
		.kind = ERR_WRONG_HOST, .says = { "has the address 127.0.0.1 as a DNS name" },
		.hints = "Let the receiver use a certificate with the subject alternative name IP:127.0.0.1" },
	{ .name = "address as a DNS name, allowed", .server = NAME_ADDRESS, .host = "127.0.0.1",
		.allow_cn = true, .kind = ERR_WRONG_HOST },

	/* Name constraints, for the CN too. */
	{ .name = "not permitted", .server = FAR_SERVER, .extra = { FAR_CA }, .kind = ERR_UNTRUSTED,
		.says = { "has a name that the name constraints of a CA above it do not permit: \"CN=Far CA,O=Demo\" permits only DNS:example.com, which excludes DNS:iris" },
		.hints = "name constraints permit that name" },
	{ .name = "excluded", .server = BAN_SERVER, .extra = { BAN_CA }, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=Ban CA,O=Demo\" does not permit DNS:iris, which excludes DNS:iris" } },
	{ .name = "CN not permitted", .server = FAR_CN, .extra = { FAR_CA }, .allow_cn = true,
		.kind = ERR_WRONG_HOST, .says = { "the name constraints of a CA above it forbid that" },
		.hints = "DNS:iris" },
	{ .name = "CN not permitted, not allowed", .server = FAR_CN, .extra = { FAR_CA },
		.kind = ERR_WRONG_HOST },
	{ .name = "CN permitted", .server = FAR_GOOD_CN, .extra = { FAR_CA }, .host = "iris.example.com",
		.allow_cn = true },
	{ .name = "CN excluded", .server = BAN_CN, .extra = { BAN_CA }, .allow_cn = true,
		.kind = ERR_WRONG_HOST },
	{ .name = "address in the CN not permitted", .server = FAR_CN_ADDRESS, .extra = { FAR_CA },
		.host = "127.0.0.1", .allow_cn = true, .kind = ERR_WRONG_HOST },
	{ .name = "address in the CN excluded", .server = BAN_CN_ADDRESS, .extra = { BAN_CA },
		.host = "127.0.0.1", .allow_cn = true, .kind = ERR_WRONG_HOST },
	{ .name = "address in the CN, excluded without a mask", .server = BLUNT_CN_ADDRESS,
		.extra = { BLUNT_CA }, .host = "127.0.0.1", .allow_cn = true, .kind = ERR_WRONG_HOST },
	{ .name = "constraints of an anchor hold too", .server = FAR_CN, .anchors = { FAR_CA },
		.allow_cn = true, .kind = ERR_WRONG_HOST },

	/* Several certificates of one name and key: a valid path is taken if there is one. */
	{ .name = "expired in the store, renewed one sent", .server = SUB_SERVER, .extra = { SUB },
		.anchors = { CA, SUB_OLD } },
	{ .name = "expired in the store alone", .server = SUB_SERVER, .anchors = { CA, SUB_OLD },
		.kind = ERR_UNTRUSTED,
		.says = { "the trust store's CA certificate \"CN=Demo Sub CA", "has expired" },
		.hints = "Put the CA's renewed certificate into the --trust-store" },
	{ .name = "expired in the store and sent", .server = SUB_SERVER, .extra = { SUB_OLD },
		.anchors = { CA, SUB_OLD }, .kind = ERR_UNTRUSTED, .says = { "has expired" } },
	{ .name = "not yet valid in the store, present one sent", .server = SUB_SERVER, .extra = { SUB },
		.anchors = { SUB_YOUNG, CA } },
	{ .name = "expired one sent, renewed in the store", .server = SUB_SERVER, .extra = { SUB_OLD },
		.anchors = { CA, SUB } },
	{ .name = "both sent, expired first", .server = SUB_SERVER, .extra = { SUB_OLD, SUB } },
	{ .name = "both sent, expired last", .server = SUB_SERVER, .extra = { SUB, SUB_OLD } },
	{ .name = "both in the store", .server = SUB_SERVER, .anchors = { SUB_OLD, SUB } },
	{ .name = "expired in the store, the renewed one's root unknown", .server = SUB_SERVER,
		.extra = { SUB_CROSS }, .anchors = { CA, SUB_OLD }, .kind = ERR_UNTRUSTED },
	{ .name = "expired root beside the renewed one", .anchors = { CA_OLD, CA } },
	{ .name = "expired root alone", .anchors = { CA_OLD }, .kind = ERR_UNTRUSTED,
		.says = { "the trust store's CA certificate \"CN=Demo CA,O=Demo\"", "has expired" } },
	{ .name = "expired root, the renewed one sent", .extra = { CA }, .anchors = { CA_OLD },
		.kind = ERR_UNTRUSTED },
	{ .name = "expired root, cross-signed one sent", .extra = { CA_CROSS }, .anchors = { CA_OLD, OTHER_CA } },
	{ .name = "two roots signed it, the unknown one first", .server = SUB_SERVER,
		.extra = { SUB_CROSS, SUB } },
	{ .name = "two roots signed it, the known one first", .server = SUB_SERVER, .extra = { SUB, SUB_CROSS } },
	{ .name = "two roots signed it, by the other", .server = SUB_SERVER, .extra = { SUB, SUB_CROSS },
		.anchors = { OTHER_CA } },
	{ .name = "the unknown root is sent too", .server = SUB_SERVER, .extra = { SUB_CROSS, OTHER_CA, SUB } },
	{ .name = "neither root is known", .server = SUB_SERVER, .extra = { SUB, SUB_CROSS },
		.anchors = { SAME_NAME_CA }, .kind = ERR_UNTRUSTED },
	{ .name = "one that is no CA first", .server = SUB_SERVER, .extra = { SUB_NOCA, SUB } },
	{ .name = "one that is no CA in the store", .server = SUB_SERVER, .extra = { SUB },
		.anchors = { CA, SUB_NOCA } },
	{ .name = "namesake in the store", .anchors = { SAME_NAME_CA, CA } },
	{ .name = "deeper, expired in the store", .server = LOW_SERVER, .extra = { SUB, LOW_CA },
		.anchors = { SUB_OLD, CA } },
	{ .name = "revoked is not got round", .server = SUB_SERVER, .extra = { SUB, SUB_CROSS },
		.anchors = { CA, OTHER_CA }, .crl = REVOKES_SUB, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=Demo Sub CA,O=Demo\"", "is revoked since" } },
	{ .name = "no other path for a name", .server = SUB_SERVER, .extra = { SUB, SUB_CROSS },
		.anchors = { CA, OTHER_CA }, .host = "elsewhere", .kind = ERR_WRONG_HOST },

	/* What a certificate may be used for. */
	{ .name = "CA without keyCertSign", .server = MUTE_SERVER, .extra = { MUTE_CA }, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=Mute CA,O=Demo\"", "CA:TRUE, but its keyUsage is cRLSign, without keyCertSign" },
		.hints = "keyCertSign" },
	{ .name = "no CA", .server = NOCA_SERVER, .extra = { SERVER }, .kind = ERR_UNTRUSTED,
		.says = { "is not a CA certificate: it has no basicConstraints" }, .hints = "from a CA" },
	/* In TLS 1.2 OpenSSL's server itself cannot use it. */
	{ .name = "useless keyUsage", .server = USELESS_SERVER, .version = TLS1_3_VERSION, .kind = ERR_UNTRUSTED,
		.says = { "may not be used for TLS: its keyUsage is nonRepudiation, dataEncipherment" },
		.hints = "digitalSignature" },
	{ .name = "CA for clients", .server = NARROW_SERVER, .extra = { NARROW_CA }, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=Narrow CA,O=Demo\"", "may not issue certificates for TLS servers",
			"TLS Web Client Authentication" },
		.hints = "without an extendedKeyUsage" },
	{ .name = "path length", .server = SHORT_SERVER, .extra = { SHORT_SUB, SHORT_CA }, .kind = ERR_UNTRUSTED,
		.says = { "\"CN=Short CA,O=Demo\"", "the pathlen of its basicConstraints is 0" },
		.hints = "pathlen" },
	{ .name = "unknown critical extension", .server = ODD_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "unsupported critical extension: 1.2.3.4.5" }, .hints = "RFC 5280" },
	{ .name = "SHA-1", .server = SHA1_SERVER, .kind = ERR_UNTRUSTED,
		.says = { "too weak a signature", "ecdsa-with-SHA1" }, .hints = "SHA-256" },

	/* Revocation. */
	{ .name = "two lists of one date", .crl = REVOKED_LATER, .kind = ERR_UNTRUSTED,
		.says = { "is revoked" } },
	{ .name = "two lists of one date, turned", .crl = REVOKED_BEFORE, .kind = ERR_UNTRUSTED,
		.says = { "is revoked" } },
	{ .name = "list for users' certificates", .crl = OF_USERS },
	{ .name = "list for users' certificates, of the root alone", .crl = OF_USERS, .server = SUB_SERVER,
		.extra = { SUB }, .kind = ERR_UNTRUSTED, .says = { "no --crl-file contains a list of "
			"\"CN=Demo Sub CA" } },
	{ .name = "list for CAs' certificates", .crl = OF_CAS, .kind = ERR_UNTRUSTED,
		.says = { "cannot be checked for revocation", "for other certificates of that CA only" },
		.hints = "another --crl-file" },
	{ .name = "required, staple", .require = true, .staple = STAPLE_GOOD },
	{ .name = "required, CRL", .require = true, .crl = CLEAN },
	{ .name = "required, CRL and a useless staple", .require = true, .crl = CLEAN, .staple = STAPLE_UNKNOWN },
	{ .name = "required, nothing", .require = true, .kind = ERR_UNTRUSTED,
		.says = { "the revocation status of the server's certificate \"CN=iris,O=Demo\"", "is unknown",
			"staples no OCSP response, and no --crl-file covers it" },
		.hints = "the list of \"CN=Demo CA,O=Demo\" with --crl-file" },
	{ .name = "required, mutual, nothing", .require = true, .ask = true, .clients = { CLIENT },
		.kind = ERR_UNTRUSTED, .says = { "status of" } },
	{ .name = "required, unknown", .require = true, .staple = STAPLE_UNKNOWN, .kind = ERR_UNTRUSTED,
		.says = { "is unusable (the responder does not know the certificate" }, .hints = "--crl-file" },
	{ .name = "required, foreign", .require = true, .staple = STAPLE_FOREIGN, .kind = ERR_UNTRUSTED,
		.says = { "is unusable (not signed by" } },
	{ .name = "required, stale", .require = true, .staple = STAPLE_STALE, .kind = ERR_UNTRUSTED },
	{ .name = "required, without an end", .require = true, .staple = STAPLE_OPEN },
	{ .name = "required, stale, without an end", .require = true, .staple = STAPLE_OPEN_STALE,
		.kind = ERR_UNTRUSTED, .says = { "is unusable (not valid now" } },
	{ .name = "required, garbage", .require = true, .staple = STAPLE_GARBAGE, .kind = ERR_UNTRUSTED },
	{ .name = "required, about another", .require = true, .staple = STAPLE_OF_CLIENT, .kind = ERR_UNTRUSTED },
	{ .name = "required, revoked", .require = true, .staple = STAPLE_REVOKED, .kind = ERR_UNTRUSTED,
		.says = { "is revoked, its stapled OCSP response says" } },
	{ .name = "required, CRL of another CA", .require = true, .crl = OF_OTHER_CA, .kind = ERR_UNTRUSTED,
		.says = { "no --crl-file covers it" } },
	{ .name = "required, CRL of another CA, staple", .require = true, .crl = OF_OTHER_CA,
		.staple = STAPLE_GOOD },
	{ .name = "required, staple, CRL of the issuer's issuer", .require = true, .crl = CLEAN,
		.server = SUB_SERVER, .extra = { SUB }, .kind = ERR_UNTRUSTED,
		.says = { "no --crl-file covers it" } },
	{ .name = "required, above it none", .require = true, .crl = OF_SUB, .server = SUB_SERVER,
		.extra = { SUB }, .kind = ERR_UNTRUSTED,
		.says = { "no --crl-file contains a list of \"CN=Demo CA,O=Demo\"" }, .hints = "--crl-file" },
	{ .name = "required, all", .require = true, .crl = OF_BOTH, .server = SUB_SERVER, .extra = { SUB } },
	{ .name = "required, the leaf is the anchor", .require = true, .anchors = { SERVER },
		.kind = ERR_UNTRUSTED, .says = { "status of" } },
	{ .name = "required, untrusted all the same", .require = true, .server = OTHER_SERVER,
		.kind = ERR_UNTRUSTED, .says = { "was issued by a CA that is not in the trust store" } },
	{ .name = "requires a staple", .server = STAPLE_SERVER },
	{ .name = "demands a staple, required", .server = STAPLE_SERVER, .require = true, .crl = CLEAN,
		.kind = ERR_UNTRUSTED, .says = { "requires a stapled OCSP response (RFC 7633)" },
		.hints = "turn OCSP stapling on" },
	{ .name = "demands a staple, gets one", .server = STAPLE_SERVER, .require = true, .staple = STAPLE_GOOD },

	/* Mutual TLS. */
	{ .name = "required to ask, and does", .mutual = true, .ask = true, .clients = { CLIENT } },
	{ .name = "required to ask", .mutual = true, .clients = { CLIENT }, .kind = ERR_NOT_ENFORCED,
		.says = { "iris:2010 did not ask for our certificate" }, .hints = "require client certificates" },
	{ .name = "required to ask, untrusted first", .mutual = true, .server = OTHER_SERVER,
		.kind = ERR_UNTRUSTED },
};

/* OpenSSL's own server shows no such certificate. */
START_TEST(unreadable_names)
{
	STACK_OF(X509) *chain = sk_X509_new_null();

	sk_X509_push(chain, pki[CN_UNREADABLE].cert);
	sk_X509_push(chain, pki[CA].cert);
	ck_assert_int_eq(commonname_evaluate(chain, "iris"), COMMONNAME_OTHER);
	sk_X509_set(chain, 0, pki[CN_SERVER].cert);
	ck_assert_int_eq(commonname_evaluate(chain, "iris"), COMMONNAME_MATCHES);
	sk_X509_free(chain);
}
END_TEST

START_TEST(verification)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct scene made = verifications[(size_t)_i / COUNT(versions)];
	char answer[256];

	if (made.version && made.version != versions[(size_t)_i % COUNT(versions)])
		return;
	made.version = versions[(size_t)_i % COUNT(versions)];
	play(&made, answer, sizeof answer);
}
END_TEST

START_TEST(one_scene)
{
	char answer[256];

	play(&scenes[_i], answer, sizeof answer);
}
END_TEST

/* What the server found wrong with our certificate, and how we report it. */
static const struct {
	int code;
	bool vanish;
	bool rsa_only;
	enum who client;
	enum err_kind kind;
	const char *says;
	const char *hints;
} refusals[] = {
	{ 0, false, false, NOBODY, ERR_CLIENT_REJECTED, "requires a client certificate and we have none",
		"--key-store, from \"CN=Demo CA,O=Demo\"" },
	{ 0, false, false, OTHER_CLIENT, ERR_CLIENT_REJECTED, "\"CN=SCU_DCM3,O=Elsewhere\"",
		"It asks for certificates from \"CN=Demo CA,O=Demo\"" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, false, false, CLIENT, ERR_CLIENT_REJECTED,
		"it does not know its CA (alert unknown_ca, 48)", "Trusted CA" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, false, false, CLIENT, ERR_CLIENT_REJECTED,
		"as expired (alert certificate_expired, 45)", "Renew it" },
	{ X509_V_ERR_CERT_REVOKED, false, false, CLIENT, ERR_CLIENT_REJECTED,
		"as revoked (alert certificate_revoked, 44)", "new one" },
	{ X509_V_ERR_INVALID_PURPOSE, false, false, CLIENT, ERR_CLIENT_REJECTED,
		"as unsupported (alert unsupported_certificate, 43)", "clientAuth" },
	{ X509_V_ERR_CERT_REJECTED, false, false, CLIENT, ERR_CLIENT_REJECTED, "(alert bad_certificate, 42)",
		"trust our CA" },
	{ X509_V_ERR_APPLICATION_VERIFICATION, false, false, CLIENT, ERR_CLIENT_REJECTED,
		"aborted the handshake after our certificate \"CN=SCU_DCM1,O=Demo\" (issued by \"CN=Demo CA",
		"trust our CA" },
	{ X509_V_ERR_STORE_LOOKUP, false, false, CLIENT, ERR_TLS,
		"internal error in the handshake (alert internal_error, 80)", "log" },
	{ 0, true, false, CLIENT, ERR_CLIENT_REJECTED, "probably it refused our certificate \"CN=SCU_DCM1",
		"trust our CA" },
	{ 0, false, true, CLIENT, ERR_CLIENT_REJECTED, "signature algorithms", "another kind of key" },
};

START_TEST(refusal)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	size_t row = (size_t)_i / COUNT(versions);
	char answer[256];
	struct scene made = { .name = refusals[row].says, .version = versions[(size_t)_i % COUNT(versions)],
		.ask = true, .reject = refusals[row].code, .vanish = refusals[row].vanish,
		.rsa_only = refusals[row].rsa_only, .clients = { refusals[row].client },
		.kind = refusals[row].kind, .says = { refusals[row].says },
		.hints = refusals[row].hints };

	play(&made, answer, sizeof answer);
}
END_TEST

START_TEST(server_name)
{
	static const struct {
		const char *host;
		const char *answer;
	} rows[] = {
		{ "iris", "sni=iris certificates=0" },
		{ "iris.", "sni=iris certificates=0" },
		{ "192.0.2.7", "sni=none certificates=0" },
		{ "::1", "sni=none certificates=0" },
		{ "fe80::1%eth0", "sni=none certificates=0" },
	};
	struct scene made = { .name = rows[_i].host, .host = rows[_i].host, .no_check = true };
	char answer[256];

	play(&made, answer, sizeof answer);
	ck_assert_str_eq(answer, rows[_i].answer);
}
END_TEST

/* Peers that do not speak TLS: the bytes that they send, and whether they then close. */
static const struct {
	const char *bytes;
	size_t len;
	const char *says;
	const char *hints;
} strangers[] = {
	{ "", 0, "closed the connection without an answer in TLS", "SSLConfig" },
	{ "HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", 39, "HTTP: \"HTTP/1.1 400 Bad Request\"",
		"host and port" },
	{ "SSH-2.0-OpenSSH_9.2\r\n", 21, "SSH: \"SSH-2.0-OpenSSH_9.2\"", "host and port" },
	{ "\x07\0\0\0\0\x04\0\0\x02\x01", 10, "a DICOM A-ABORT in clear: this port speaks plain DICOM",
		"SSLConfig" },
	{ "\x03\0\0\0\0\x04\0\x01\x01\x01", 10, "a DICOM A-ASSOCIATE-RJ in clear", "--plain" },
	{ "220 mail.example \033[31mESMTP\r\n", 29, "\"220 mail.example ?[31mESMTP\"", "host and port" },
	{ "\x16\x03\x01\xff\xff garbage", 13, "does not speak TLS", "host and port" },
	{ "abc", 3, "without an answer in TLS", "SSLConfig" },
};

static size_t stranger;

static void
serve_stranger(int fd, const struct scene *scene)
{
	char hello[2048];

	(void)scene;
	if (read(fd, hello, sizeof hello) > 0)
		(void)!write(fd, strangers[stranger].bytes, strangers[stranger].len);
}

START_TEST(not_tls)
{
	struct scene made = { .name = strangers[_i].says, .kind = ERR_NOT_TLS, .says = { strangers[_i].says },
		.hints = strangers[_i].hints };
	struct client client;
	struct err err = ERR_INIT;
	int pair[2], fd;
	pid_t pid;

	stranger = (size_t)_i;
	client_open(&client, &made);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fd = fork_server(serve_stranger, &made, pair, &pid);
	ck_assert_ptr_null(channel_adopt(&client.endpoint, fd, &err));
	waitpid(pid, NULL, 0);
	assert_says(&made, &err);
	client_close(&client);
}
END_TEST

START_TEST(silence)
{
	struct scene made = { .name = "silence", .kind = ERR_TIMEOUT,
		.says = { "iris:2010 accepted the connection but sent no ServerHello within",
			"it is busy or does not speak TLS" },
		.hints = "try again later" };
	struct client client;
	struct err err = ERR_INIT;
	int pair[2];

	client_open(&client, &made);
	client.endpoint.tls_timeout = 50;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_ptr_null(channel_adopt(&client.endpoint, pair[0], &err));
	assert_says(&made, &err);
	ck_assert_str_eq(err.phase, "tls");
	close(pair[1]);
	client_close(&client);
}
END_TEST

/* The limit of the whole run applies if it comes first. */
START_TEST(limit)
{
	struct scene made = { .name = "limit", .kind = ERR_TIMEOUT };
	struct client client;
	struct err err = ERR_INIT;
	int pair[2];

	client_open(&client, &made);
	client.endpoint.tls_timeout = WAIT_FOREVER;
	client.endpoint.limit = deadline_in(50);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_ptr_null(channel_adopt(&client.endpoint, pair[0], &err));
	assert_says(&made, &err);
	close(pair[1]);
	client_close(&client);
}
END_TEST

START_TEST(interrupt)
{
	struct scene made = { .name = "interrupt" };
	struct client client;
	struct err err = ERR_INIT;
	int pair[2];

	ck_assert_int_eq(interrupt_install(), 0);
	client_open(&client, &made);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	raise(SIGTERM);
	ck_assert_ptr_null(channel_adopt(&client.endpoint, pair[0], &err));
	ck_assert_int_eq(err.kind, ERR_SIGTERM);
	close(pair[1]);
	client_close(&client);
}
END_TEST

/* Two ends of a TCP connection over the loopback. */
static void
tcp_pair(int pair[2])
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof addr;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(pair[0], (struct sockaddr *)&addr, len), 0);
	pair[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(pair[1], 0);
	close(listener);
}

/*
 * The alert comes after our handshake is complete, and the server has closed when we write: the broken pipe
 * must not hide the reason.
 */
START_TEST(late_alert_behind_reset)
{
	struct scene made = { .name = "late alert", .ask = true, .clients = { OTHER_CLIENT },
		.version = TLS1_3_VERSION, .kind = ERR_CLIENT_REJECTED,
		.says = { "refused our certificate \"CN=SCU_DCM3,O=Elsewhere\"", "unknown_ca, 48" } };
	static char block[64 * 1024];
	struct client client;
	struct channel *ch;
	struct err err = ERR_INIT;
	int pair[2], fd, rounds = 0;
	pid_t pid;

	client_open(&client, &made);
	tcp_pair(pair);
	fd = fork_server(serve_scene, &made, pair, &pid);
	ch = channel_adopt(&client.endpoint, fd, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	waitpid(pid, NULL, 0);
	while (channel_write(ch, block, sizeof block, &err) == 0)
		ck_assert_int_lt(rounds++, 1000);
	assert_says(&made, &err);
	ck_assert_int_eq(channel_write(ch, "x", 1, &err), -1);
	assert_says(&made, &err);
	channel_free(ch);
	client_close(&client);
}
END_TEST

/* Sends something at once, takes everything slowly, answers its sum. */
static void
serve_sum(int fd, const struct scene *scene)
{
	SSL *ssl = server_ssl(fd, scene);
	static unsigned char buf[16384];
	unsigned long sum = 0;
	size_t left = 3000000;
	char answer[32];

	if (SSL_accept(ssl) != 1)
		left = 0;
	SSL_write(ssl, "early", 5);
	while (left > 0) {
		int n = SSL_read(ssl, buf, sizeof buf);

		if (n <= 0)
			break;
		for (int i = 0; i < n; i++)
			sum = sum * 31 + buf[i];
		left -= (size_t)n;
	}
	snprintf(answer, sizeof answer, "%lu", sum);
	SSL_write(ssl, answer, (int)strlen(answer));
	SSL_shutdown(ssl);
	SSL_free(ssl);
}

START_TEST(much_data)
{
	static const struct scene versions[] = {
		{ .name = "TLS 1.2", .version = TLS1_2_VERSION },
		{ .name = "TLS 1.3", .version = TLS1_3_VERSION },
		{ .name = "TLS 1.3, at a rate", .version = TLS1_3_VERSION },
	};
	static unsigned char data[3000000];
	struct client client;
	struct channel *ch;
	struct err err = ERR_INIT;
	unsigned long sum = 0;
	char got[64] = "", want[32];
	size_t used = 0, n;
	int pair[2], fd, small = 8192;
	pid_t pid;

	for (size_t i = 0; i < sizeof data; i++) {
		data[i] = (unsigned char)(i * 7 + i / 251);
		sum = sum * 31 + data[i];
	}
	client_open(&client, &versions[_i]);
	if (_i == 2)
		client.endpoint.rate_limit = ratelimit_new(100000000);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	fd = fork_server(serve_sum, &versions[_i], pair, &pid);
	ch = channel_adopt(&client.endpoint, fd, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	ck_assert_int_eq(channel_write(ch, data, 131072, &err), 0);
	ck_assert_int_eq(channel_write(ch, data + 131072, 1, &err), 0);
	ck_assert_int_eq(channel_write(ch, data + 131073, sizeof data - 131073, &err), 0);
	while (channel_read(ch, got + used, sizeof got - used - 1, &n, deadline_in(20000), true, &err) ==
		CHANNEL_DATA)
		used += n;
	snprintf(want, sizeof want, "early%lu", sum);
	ck_assert_str_eq(got, want);
	ck_assert_int_eq(channel_read(ch, got, sizeof got, &n, deadline_in(20000), true, &err), CHANNEL_END);
	ck_assert_int_eq(err.kind, ERR_NONE);
	channel_close(ch);
	channel_close(ch);
	channel_free(ch);
	ratelimit_free(client.endpoint.rate_limit);
	waitpid(pid, NULL, 0);
	client_close(&client);
}
END_TEST

/* Shakes hands and takes nothing until the other side is gone. */
static void
serve_nothing(int fd, const struct scene *scene)
{
	SSL *ssl = server_ssl(fd, scene);
	char byte;

	if (SSL_accept(ssl) == 1)
		(void)!read(scene->reject, &byte, 1); /* until the test has seen enough */
	SSL_free(ssl);
}

START_TEST(no_progress)
{
	struct scene made = { .name = "no progress", .kind = ERR_TIMEOUT,
		.says = { "took no more data in time" }, .hints = "--send-timeout" };
	static char block[4 * 1024 * 1024];
	struct client client;
	struct channel *ch;
	struct err err = ERR_INIT;
	int pair[2], gate[2], fd;
	size_t n;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(gate), 0);
	ck_assert_int_eq(fcntl(gate[1], F_SETFD, FD_CLOEXEC), 0);
	made.reject = gate[0];
	client_open(&client, &made);
	client.endpoint.send_timeout = 100;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fd = fork_server(serve_nothing, &made, pair, &pid);
	ch = channel_adopt(&client.endpoint, fd, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	ck_assert_int_eq(channel_read(ch, &byte, 1, &n, deadline_in(0), true, &err), CHANNEL_NOTHING);
	ck_assert_int_eq(channel_write(ch, block, sizeof block, &err), -1);
	assert_says(&made, &err);
	ck_assert_int_eq(channel_read(ch, &byte, 1, &n, deadline_in(10), true, &err), CHANNEL_NOTHING);
	ck_assert_int_eq(channel_write(ch, "x", 1, &err), -1);
	ck_assert_int_eq(write(gate[1], "", 1), 1);
	channel_free(ch);
	waitpid(pid, NULL, 0);
	close(gate[0]);
	close(gate[1]);
	client_close(&client);
}
END_TEST

/* As serve_nothing, but tells by a byte that its handshake is through. */
static void
serve_byte(int fd, const struct scene *scene)
{
	SSL *ssl = server_ssl(fd, scene);
	char byte;

	if (SSL_accept(ssl) == 1 && SSL_write(ssl, "", 1) == 1)
		(void)!read(scene->reject, &byte, 1);
	SSL_free(ssl);
}

static int poll_error; /* what poll fails with; 0: it does not */

/* While drain_fd is there each wait takes from it what makes room, and a minute passes. */
static int drain_fd = -1;
static int64_t minutes;

/* These two stand before the C library's. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rv = (int)syscall(SYS_clock_gettime, id, ts);

	ts->tv_sec += minutes * 60;
	return rv;
}

int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec left = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L }, now = { 0, 0 };
	char taken[1024];
	int n;

	if (poll_error) {
		errno = poll_error;
		return -1;
	}
	if (drain_fd < 0)
		return ppoll(fds, count, timeout_ms < 0 ? NULL : &left, NULL);
	do {
		n = ppoll(fds, count, &now, NULL);
	} while (n == 0 && recv(drain_fd, taken, sizeof taken, MSG_DONTWAIT) > 0);
	minutes++;
	return n;
}

/* A receiver that takes a little every minute: the timeout of 90 seconds begins anew each time. */
START_TEST(slow_progress)
{
	static const struct scene tls = { .name = "slow progress" };
	struct endpoint plain = { .host = "iris", .port = 104, .send_timeout = 90000,
		.limit = deadline_never() };
	static char block[1024 * 1024];
	struct scene made = tls;
	struct client client;
	struct channel *ch;
	struct err err = ERR_INIT;
	int pair[2], gate[2], fd, small = 4096, far, rv;
	int64_t passed;
	size_t n;
	pid_t pid = -1;

	ck_assert_int_eq(pipe(gate), 0);
	made.reject = gate[0];
	client_open(&client, &made);
	client.endpoint.send_timeout = plain.send_timeout;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	far = dup(pair[1]);
	fd = _i ? fork_server(serve_byte, &made, pair, &pid) : pair[0];
	ch = channel_adopt(_i ? &client.endpoint : &plain, fd, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	if (_i) /* from here on the server reads no more, and nothing is taken from it */
		ck_assert_int_eq(channel_read(ch, block, 1, &n, deadline_in(60000), true, &err),
			CHANNEL_DATA);
	drain_fd = far;
	rv = channel_write(ch, block, sizeof block, &err);
	drain_fd = -1;
	passed = minutes;
	minutes = 0; /* Check looks at the clock, too */
	ck_assert_msg(rv == 0, "%s", err.text);
	ck_assert_int_gt(passed, 10);
	ck_assert_int_eq(write(gate[1], "", 1), 1);
	channel_free(ch);
	if (_i)
		waitpid(pid, NULL, 0);
	close(far);
	client_close(&client);
}
END_TEST

/* If waiting is not possible at all, that is reported. */
START_TEST(poll_fails)
{
	static char block[4 * 1024 * 1024];
	struct endpoint plain = { .host = "iris", .port = 104, .send_timeout = 90000,
		.limit = deadline_never() };
	struct channel *ch;
	struct err err = ERR_INIT;
	int pair[2];
	size_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ch = channel_adopt(&plain, pair[0], &err);
	ck_assert_ptr_nonnull(ch);
	poll_error = ENOMEM;
	if (_i < 2)
		ck_assert_int_eq(channel_read(ch, block, sizeof block, &n, deadline_in(20000), _i == 1, &err),
			CHANNEL_FAILED);
	else
		ck_assert_int_eq(channel_write(ch, block, sizeof block, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_str_eq(err.text, "poll failed on the connection to iris:104: Cannot allocate memory");
	channel_free(ch);
	close(pair[1]);
}
END_TEST

START_TEST(poll_fails_in_handshake)
{
	struct scene made = { .name = "poll fails" };
	struct client client;
	struct err err = ERR_INIT;
	int pair[2];

	client_open(&client, &made);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	poll_error = ENOMEM;
	ck_assert_ptr_null(channel_adopt(&client.endpoint, pair[0], &err));
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_str_eq(err.text, "poll failed in the TLS handshake: Cannot allocate memory");
	close(pair[1]);
	client_close(&client);
}
END_TEST

/* Without TLS: data in both directions, an end, a TLS server on the other side. */
START_TEST(plain)
{
	struct endpoint endpoint = { .host = "iris", .port = 104, .send_timeout = 1000,
		.limit = deadline_never() };
	struct channel *ch;
	struct err err = ERR_INIT;
	int pair[2];
	char buf[16];
	size_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ch = channel_adopt(&endpoint, pair[0], &err);
	ck_assert_ptr_nonnull(ch);
	ck_assert_ptr_null(channel_facts(ch)->protocol);
	ck_assert_int_eq(channel_write(ch, "ping", 4, &err), 0);
	ck_assert_int_eq(read(pair[1], buf, sizeof buf), 4);
	ck_assert_int_eq(channel_read(ch, buf, sizeof buf, &n, deadline_in(0), true, &err), CHANNEL_NOTHING);
	ck_assert_int_eq(write(pair[1], "pong", 4), 4);
	ck_assert_int_eq(channel_read(ch, buf, sizeof buf, &n, deadline_in(1000), true, &err), CHANNEL_DATA);
	ck_assert_uint_eq(n, 4);
	close(pair[1]);
	ck_assert_int_eq(channel_read(ch, buf, sizeof buf, &n, deadline_in(1000), true, &err), CHANNEL_END);
	ck_assert_int_eq(err.kind, ERR_NONE);
	ck_assert_int_eq(channel_explain_close(ch, &err), -1);
	ck_assert_int_eq(err.kind, ERR_ABORTED);
	err.kind = ERR_NONE;
	ck_assert_int_eq(channel_write(ch, "ping", 4, &err), -1);
	ck_assert_int_eq(err.kind, ERR_ABORTED);
	channel_free(ch);
}
END_TEST

/* In slices, each of which waits for its turn, and arrives; a failure ends them. */
START_TEST(plain_at_a_rate)
{
	static unsigned char data[500000], got[sizeof data + 1];
	struct endpoint endpoint = { .host = "iris", .port = 104, .send_timeout = 60000,
		.limit = deadline_never(), .rate_limit = ratelimit_new(100000000) };
	struct channel *ch;
	struct err err = ERR_INIT;
	int pair[2], status;
	pid_t pid;

	ck_assert_ptr_nonnull(endpoint.rate_limit);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 7 + i / 251);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(pair[0]);
		_exit(recv(pair[1], got, sizeof data, MSG_WAITALL) == (ssize_t)sizeof data &&
			memcmp(got, data, sizeof data) == 0 ? 0 : 1);
	}
	close(pair[1]);
	ch = channel_adopt(&endpoint, pair[0], &err);
	ck_assert_ptr_nonnull(ch);
	ck_assert_msg(channel_write(ch, data, sizeof data, &err) == 0, "%s", err.text);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(channel_write(ch, data, sizeof data, &err), -1);
	ck_assert_int_eq(err.kind, ERR_ABORTED);
	channel_free(ch);
	ratelimit_free(endpoint.rate_limit);
}
END_TEST

START_TEST(plain_to_tls)
{
	struct endpoint endpoint = { .host = "iris", .port = 104, .send_timeout = 1000,
		.limit = deadline_never() };
	struct channel *ch;
	struct err err = ERR_INIT;
	int pair[2];
	char buf[16];
	size_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ch = channel_adopt(&endpoint, pair[0], &err);
	ck_assert_int_eq(write(pair[1], "\x15\x03\x01\0\x02\x02\x46", 7), 7);
	ck_assert_int_eq(channel_read(ch, buf, sizeof buf, &n, deadline_in(1000), true, &err), CHANNEL_FAILED);
	ck_assert_int_eq(err.kind, ERR_TLS);
	ck_assert_ptr_nonnull(strstr(err.hint, "--plain"));
	channel_free(ch);
	close(pair[1]);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ch = channel_adopt(&endpoint, pair[0], &err);
	close(pair[1]);
	ck_assert_int_eq(channel_read(ch, buf, sizeof buf, &n, deadline_in(1000), true, &err), CHANNEL_END);
	channel_explain_close(ch, &err);
	ck_assert_ptr_nonnull(strstr(err.hint, "omit --plain"));
	channel_free(ch);
}
END_TEST

/* The trace: every line is marked, and it contains everything required, including the alert. */
START_TEST(narration)
{
	static const char *const parts[] = { "we offer TLSv1.3, TLSv1.2 and ask for \"iris\" (SNI)",
		"suites: TLS_AES_256_GCM_SHA384", "groups: x25519\n",
		"the server chooses TLSv1.3, TLS_AES_256_GCM_SHA384, group x25519\n",
		"the server shows 1 certificate:", "CN=iris,O=Demo", "issued by CN=Demo CA,O=Demo, valid ",
		"names DNS:iris, DNS:*.wild.example, IP:192.0.2.7",
		"EC 256 bits, signed with ecdsa-with-SHA256",
		"we trust it, by the anchor CN=Demo CA,O=Demo", "from one of:",
		"we show 1 certificate: CN=SCU_DCM3",
		"handshake done: TLSv1.3", "a new session",
		"the server sends the fatal alert unknown_ca (48)" };
	struct scene made = { .name = "narration", .ask = true, .clients = { OTHER_CLIENT }, .groups = { "x25519" },
		.kind = ERR_CLIENT_REJECTED };
	struct client client;
	struct err err = ERR_INIT;
	char *text = NULL, answer[64];
	size_t size = 0;
	int pair[2], fd;
	pid_t pid;

	client_open(&client, &made);
	client.endpoint.trace = open_memstream(&text, &size);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fd = fork_server(serve_scene, &made, pair, &pid);
	converse(&client.endpoint, fd, answer, sizeof answer, &err);
	waitpid(pid, NULL, 0);
	fclose(client.endpoint.trace);
	for (size_t i = 0; i < COUNT(parts); i++)
		ck_assert_msg(strstr(text, parts[i]) != NULL, "no \"%s\" in:\n%s", parts[i], text);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strncmp(line, "tls: ", 5) == 0, "%s", line);
	free(text);
	client_close(&client);
}
END_TEST

/* Which kinds of Certificate message a server sent and got: bits of a child's exit status. */
enum { SENT_PLAIN = 1, SENT_COMPRESSED = 2, GOT_PLAIN = 4, GOT_COMPRESSED = 8 };
enum { MESSAGE_CERTIFICATE = 11, MESSAGE_COMPRESSED_CERTIFICATE = 25 };

static void
note_kind(int sent, int version, int type, const void *buf, size_t len, SSL *ssl, void *arg)
{
	const unsigned char *msg = buf;
	int *kinds = arg;

	(void)version, (void)ssl;
	if (type != SSL3_RT_HANDSHAKE || len == 0)
		return;
	if (msg[0] == MESSAGE_CERTIFICATE)
		*kinds |= sent ? SENT_PLAIN : GOT_PLAIN;
	if (msg[0] == MESSAGE_COMPRESSED_CERTIFICATE)
		*kinds |= sent ? SENT_COMPRESSED : GOT_COMPRESSED;
}

static void
serve_and_watch(int fd, const struct scene *scene)
{
	SSL *ssl = server_ssl(fd, scene);
	int kinds = 0;
	char buf[16];

	SSL_set_msg_callback(ssl, note_kind);
	SSL_set_msg_callback_arg(ssl, &kinds);
	if (SSL_accept(ssl) == 1 && SSL_read(ssl, buf, sizeof buf) > 0)
		SSL_write(ssl, "welcome", 7);
	SSL_free(ssl);
	_exit(kinds);
}

#define BOTH_COMPRESSED (SENT_COMPRESSED | GOT_COMPRESSED)
#define BOTH_PLAIN	(SENT_PLAIN | GOT_PLAIN)

/* The same is known about certificates whether they are compressed or not. */
static const struct {
	struct scene scene;
	int kinds;
	const char *told;
} forms[] = {
	{ { .name = "compressed", .compression = COMPRESSED, .ask = true, .clients = { CLIENT } },
		BOTH_COMPRESSED, "we show 1 certificate: CN=SCU_DCM1" },
	{ { .name = "compressed, chains", .compression = COMPRESSED, .ask = true, .clients = { SUB_CLIENT },
		.server = SUB_SERVER, .extra = { SUB } },
		BOTH_COMPRESSED, "we show 2 certificates: CN=SCU_DCM2" },
	{ { .name = "compressed, refused", .compression = COMPRESSED, .ask = true, .clients = { OTHER_CLIENT },
		.kind = ERR_CLIENT_REJECTED, .says = { "unknown_ca" } },
		BOTH_COMPRESSED, "we show 1 certificate: CN=SCU_DCM3" },
	{ { .name = "compressed, none to show", .compression = COMPRESSED, .ask = true,
		.kind = ERR_CLIENT_REJECTED, .says = { "we have none" } },
		SENT_COMPRESSED, "we show no certificate" },
	{ { .name = "compressed, no key that fits", .compression = COMPRESSED, .ask = true, .rsa_only = true,
		.clients = { CLIENT }, .kind = ERR_CLIENT_REJECTED, .says = { "signature algorithms" } },
		SENT_COMPRESSED, "we show no certificate" },
	{ { .name = "compressed, nobody asked", .compression = COMPRESSED, .clients = { CLIENT } },
		SENT_COMPRESSED, "handshake done" },
	{ { .name = "uncompressed", .compression = UNCOMPRESSED, .ask = true, .clients = { CLIENT } },
		BOTH_PLAIN, "we show 1 certificate: CN=SCU_DCM1" },
	{ { .name = "uncompressed, refused", .compression = UNCOMPRESSED, .ask = true,
		.clients = { OTHER_CLIENT }, .kind = ERR_CLIENT_REJECTED, .says = { "unknown_ca" } },
		BOTH_PLAIN, "we show 1 certificate: CN=SCU_DCM3" },
	{ { .name = "uncompressed, none to show", .compression = UNCOMPRESSED, .ask = true,
		.kind = ERR_CLIENT_REJECTED, .says = { "we have none" } }, BOTH_PLAIN, "we show no certificate" },
	{ { .name = "uncompressed, no key that fits", .compression = UNCOMPRESSED, .ask = true, .rsa_only = true,
		.clients = { CLIENT }, .kind = ERR_CLIENT_REJECTED, .says = { "signature algorithms" } },
		BOTH_PLAIN, "we show no certificate" },
	{ { .name = "another path", .compression = UNCOMPRESSED, .server = SUB_SERVER, .extra = { SUB },
		.anchors = { CA, SUB_OLD } }, SENT_PLAIN, "the first path is not valid, but another one is" },
	{ { .name = "TLS 1.2 has none", .compression = COMPRESSED, .version = TLS1_2_VERSION, .ask = true,
		.clients = { CLIENT } }, BOTH_PLAIN, "we show 1 certificate: CN=SCU_DCM1" },
};

/* False, with a word on stderr: there is nothing to try. */
static bool
can_compress(const struct scene *scene)
{
	SSL_CTX *ctx = server_ctx(scene);
	bool can = set_compression(ctx, scene->compression);

	SSL_CTX_free(ctx);
	if (!can)
		fprintf(stderr, "skipped \"%s\": %s compresses no certificates (3.2 and later do)\n", scene->name,
			OpenSSL_version(OPENSSL_VERSION));
	return can;
}

START_TEST(certificate_forms)
{
	const struct scene *scene = &forms[_i].scene;
	struct client client;
	struct err err = ERR_INIT;
	char *text = NULL, answer[64];
	size_t size = 0;
	int pair[2], fd, status;
	pid_t pid;

	if (!can_compress(scene))
		return;
	client_open(&client, scene);
	client.endpoint.trace = open_memstream(&text, &size);
	set_compression(tlsctx_ssl_ctx(client.ctx), scene->compression == UNCOMPRESSED ? UNCOMPRESSED : BY_DEFAULT);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fd = fork_server(serve_and_watch, scene, pair, &pid);
	converse(&client.endpoint, fd, answer, sizeof answer, &err);
	waitpid(pid, &status, 0);
	fclose(client.endpoint.trace);
	assert_says(scene, &err);
	ck_assert_msg(strstr(text, forms[_i].told) != NULL, "%s: no \"%s\" in:\n%s", scene->name, forms[_i].told, text);
	ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) & forms[_i].kinds) == forms[_i].kinds,
		"%s: kinds %#x", scene->name, (unsigned)WEXITSTATUS(status));
	free(text);
	client_close(&client);
}
END_TEST

START_TEST(key_log)
{
	struct scene made = { .name = "key log" };
	struct client client;
	struct policy policy;
	struct policy_request request = { NULL, NULL };
	struct tlsctx_config config = { .policy = &policy };
	struct err err = ERR_INIT;
	struct stat st;
	char dir[] = "/tmp/channel.XXXXXX", path[64], other[64], text[4096] = "", answer[64];
	int pair[2], fd;
	pid_t pid;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/keys", dir);
	snprintf(other, sizeof other, "%s/environment", dir);
	setenv("SSLKEYLOGFILE", other, 1);
	client_open(&client, &made);
	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	config.anchors = client.anchors;
	config.keylog_path = path;
	tlsctx_free(client.ctx);
	client.ctx = tlsctx_new(&config, &err);
	client.endpoint.tls = client.ctx;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fd = fork_server(serve_scene, &made, pair, &pid);
	converse(&client.endpoint, fd, answer, sizeof answer, &err);
	waitpid(pid, NULL, 0);
	ck_assert_msg(err.kind == ERR_NONE, "%s", err.text);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	f = fopen(path, "r");
	ck_assert_uint_gt(fread(text, 1, sizeof text - 1, f), 0);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, "CLIENT_TRAFFIC_SECRET_0 "));
	ck_assert_int_eq(access(other, F_OK), -1);
	unlink(path);
	rmdir(dir);
	client_close(&client);
}
END_TEST

/* Where open_observed's connections are narrated. */
static FILE *trace_to;

/* Open a channel to a scene's server over TCP, and see what is observed. NULL: it failed. */
static struct channel *
open_observed(struct client *client, const struct scene *scene, struct tls_observation *observed,
	struct dial_facts *dialled, struct err *err, pid_t *pid)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof addr;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
	*pid = fork();
	ck_assert_int_ge(*pid, 0);
	if (*pid == 0) {
		serve_scene(accept(listener, NULL, NULL), scene);
		_exit(0);
	}
	close(listener);
	client_open(client, scene);
	client->endpoint.tls_host = client->endpoint.host;
	client->endpoint.host = "127.0.0.1";
	client->endpoint.port = ntohs(addr.sin_port);
	client->endpoint.connect_timeout = 20000;
	client->endpoint.trace = trace_to;
	return channel_open(&client->endpoint, observed, dialled, err);
}

/* Which group is agreed on: in the facts, for --check, and in the trace. */
static const struct {
	struct scene scene;
	bool since_35; /* it needs a post-quantum group of OpenSSL's */
	const char *agreed;
	const char *told[2];
} exchanges[] = {
	{ { .name = "x25519", .groups = { "x25519" } }, false, "x25519",
		{ "groups: x25519\n", "handshake done: TLSv1.3, TLS_AES_256_GCM_SHA384, group x25519, " } },
	{ { .name = "TLS 1.2", .groups = { "secp384r1", "secp256r1" }, .version = TLS1_2_VERSION }, false, "secp384r1",
		{ "groups: secp384r1, secp256r1\n", "group secp384r1, " } },
	{ { .name = "no elliptic curve in TLS 1.2", .cipher = "AES256-GCM-SHA384", .server = WEAK_SERVER,
		.ciphers = "ALL@SECLEVEL=0", .kind = ERR_UNTRUSTED }, false, "", { "we offer TLSv1.2", "" } },
	{ { .name = "not the first", .groups = { "x25519", "secp256r1" }, .server_groups = "secp256r1" }, false,
		"secp256r1", { "groups: x25519, secp256r1\n",
		"the server wants another key share: TLSv1.3, TLS_AES_256_GCM_SHA384, group secp256r1\n" } },
	{ { .name = "none in common", .groups = { "x25519" }, .server_groups = "secp256r1",
		.kind = ERR_NO_COMMON_TLS, .says = { "key exchange group" }, .hints = "--tls-group" }, false, "",
		{ "groups: x25519\n", "handshake_failure" } },
	{ { .name = "hybrid", .groups = { "X25519MLKEM768" }, .server_groups = "X25519MLKEM768" }, true,
		"X25519MLKEM768", { "groups: X25519MLKEM768\n", ", group X25519MLKEM768, " } },
	{ { .name = "hybrid by itself", .server_groups = "X25519MLKEM768:x25519" }, true,
		"X25519MLKEM768", { "groups: X25519MLKEM768, x25519, ", ", group X25519MLKEM768, " } },
	{ { .name = "hybrid alone, which we leave out", .groups = { "x25519" }, .server_groups = "X25519MLKEM768",
		.kind = ERR_NO_COMMON_TLS, .says = { "key exchange group" }, .hints = "--tls-group" }, true, "",
		{ "groups: x25519\n", "handshake_failure" } },
};

START_TEST(key_exchange)
{
	const struct scene *scene = &exchanges[_i].scene;
	static struct tls_observation observed;
	struct client client;
	struct dial_facts dialled;
	struct err err = ERR_INIT;
	struct channel *ch;
	char *text = NULL;
	size_t size = 0;
	pid_t pid;

	if (exchanges[_i].since_35 && OPENSSL_VERSION_NUMBER < 0x30500000L) {
		fprintf(stderr, "skipped \"%s\": %s has no post-quantum group (3.5 and later do)\n", scene->name,
			OpenSSL_version(OPENSSL_VERSION));
		return;
	}
	trace_to = open_memstream(&text, &size);
	ch = open_observed(&client, scene, &observed, &dialled, &err, &pid);
	assert_says(scene, &err);
	ck_assert_str_eq(observed.group, exchanges[_i].agreed);
	ck_assert(!ch || strcmp(channel_facts(ch)->group, exchanges[_i].agreed) == 0);
	channel_free(ch);
	fclose(trace_to);
	trace_to = NULL;
	for (size_t i = 0; i < COUNT(exchanges[_i].told); i++)
		ck_assert_msg(strstr(text, exchanges[_i].told[i]) != NULL, "%s: no \"%s\" in:\n%s", scene->name,
			exchanges[_i].told[i], text);
	waitpid(pid, NULL, 0);
	free(text);
	client_close(&client);
}
END_TEST

/* Scenes and what is seen of them. */
static const struct {
	struct scene scene;
	unsigned sent, count; /* of the server's chain */
	bool complete, out_of_order, root_sent, verified, by_cn, checked;
	bool shown, fits;     /* our certificate */
	unsigned wanted;
	enum ocsp_state ocsp;
} sights[] = {
	{ { .name = "leaf alone" }, 1, 2, true, false, false, true, false, false, false, true, 0, 0 },
	{ { .name = "mutual", .ask = true, .clients = { CLIENT } },
		1, 2, true, false, false, true, false, false, true, true, 1, 0 },
	{ { .name = "mutual, TLS 1.2", .ask = true, .clients = { SUB_CLIENT }, .version = TLS1_2_VERSION },
		1, 2, true, false, false, true, false, false, true, true, 1, 0 },
	{ { .name = "foreign", .ask = true, .clients = { OTHER_CLIENT }, .version = TLS1_2_VERSION,
		.kind = ERR_CLIENT_REJECTED }, 1, 2, true, false, false, true, false, false, true, false, 1, 0 },
	{ { .name = "root sent", .server = SUB_SERVER, .extra = { SUB, CA } },
		3, 3, true, false, true, true, false, false, false, true, 0, 0 },
	{ { .name = "disorder", .server = SUB_SERVER, .extra = { CA, SUB } },
		3, 3, true, true, true, true, false, false, false, true, 0, 0 },
	{ { .name = "its own twice", .server = SUB_SERVER, .extra = { SUB_SERVER, SUB } },
		2, 3, true, false, false, true, false, false, false, true, 0, 0 },
	{ { .name = "intermediate from the store", .server = SUB_SERVER, .anchors = { CA, SUB } },
		1, 2, true, false, false, true, false, false, false, true, 0, 0 },
	{ { .name = "leaf is the anchor", .anchors = { SERVER } },
		1, 1, true, false, false, true, false, false, false, true, 0, 0 },
	{ { .name = "no intermediate", .server = SUB_SERVER, .kind = ERR_UNTRUSTED },
		1, 1, false, false, false, false, false, false, false, true, 0, 0 },
	{ { .name = "hole", .server = SUB_SERVER, .extra = { CA }, .kind = ERR_UNTRUSTED },
		2, 2, false, false, true, false, false, false, false, true, 0, 0 },
	{ { .name = "expired", .server = OLD_SERVER, .kind = ERR_UNTRUSTED },
		1, 2, true, false, false, false, false, false, false, true, 0, 0 },
	{ { .name = "by CN", .server = CN_SERVER, .allow_cn = true },
		1, 2, true, false, false, true, true, false, false, true, 0, 0 },
	{ { .name = "CRL", .crl = CLEAN }, 1, 2, true, false, false, true, false, true, false, true, 0, 0 },
	{ { .name = "not pinned", .pins = { CLIENT }, .kind = ERR_UNTRUSTED },
		1, 2, true, false, false, false, false, false, false, true, 0, 0 },
	{ { .name = "OCSP good", .staple = STAPLE_GOOD },
		1, 2, true, false, false, true, false, true, false, true, 0, OCSP_GOOD },
	{ { .name = "OCSP by a responder", .staple = STAPLE_DELEGATED, .version = TLS1_2_VERSION },
		1, 2, true, false, false, true, false, true, false, true, 0, OCSP_GOOD },
	{ { .name = "OCSP revoked", .staple = STAPLE_REVOKED, .kind = ERR_UNTRUSTED },
		1, 2, true, false, false, false, false, false, false, true, 0, OCSP_REVOKED },
	{ { .name = "OCSP unknown", .staple = STAPLE_UNKNOWN },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_UNKNOWN },
	{ { .name = "OCSP stale", .staple = STAPLE_STALE },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
	{ { .name = "OCSP stale, without an end", .staple = STAPLE_OPEN_STALE },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
	{ { .name = "OCSP from the future", .staple = STAPLE_FUTURE },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
	{ { .name = "OCSP of another CA", .staple = STAPLE_FOREIGN },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
	{ { .name = "OCSP of another certificate", .staple = STAPLE_OF_CLIENT },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
	{ { .name = "OCSP try later", .staple = STAPLE_TRY_LATER },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
	{ { .name = "OCSP garbage", .staple = STAPLE_GARBAGE },
		1, 2, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
	{ { .name = "OCSP, but no issuer", .staple = STAPLE_GOOD, .anchors = { SERVER } },
		1, 1, true, false, false, true, false, false, false, true, 0, OCSP_INVALID },
};

/* A server of OpenSSL 3.6 or later leaves out a staple that is no answer about its certificate. */
static bool
is_left_out(const struct scene *scene)
{
	if (OpenSSL_version_num() < 0x30600000 ||
	    (scene->staple != STAPLE_GARBAGE && scene->staple != STAPLE_OF_CLIENT))
		return false;
	fprintf(stderr, "skipped \"%s\": a server of %s does not staple that (those before 3.6 do)\n", scene->name,
		OpenSSL_version(OPENSSL_VERSION));
	return true;
}

START_TEST(observation)
{
	const struct scene *scene = &sights[_i].scene;
	static struct tls_observation observed;
	struct dial_facts dialled;
	struct client client;
	struct err err = ERR_INIT;
	pid_t pid;
	struct channel *ch;

	if (is_left_out(scene))
		return;
	ch = open_observed(&client, scene, &observed, &dialled, &err, &pid);
	ck_assert_msg(err.kind == scene->kind && !ch == (scene->kind != ERR_NONE), "%s: %s", scene->name, err.text);
	ck_assert_ptr_eq(strstr(dialled.address, "127.0.0.1:"), dialled.address);
	ck_assert(observed.server_hello);
	ck_assert_str_eq(observed.protocol, scene->version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
	ck_assert_ptr_nonnull(strstr(observed.cipher, "_GCM_"));
	ck_assert_int_gt(observed.handshake_us, 0);
	ck_assert_msg(observed.server.sent == sights[_i].sent, "%s: %u sent", scene->name,
		observed.server.sent);
	ck_assert_msg(observed.server.count == sights[_i].count, "%s: %u", scene->name,
		observed.server.count);
	ck_assert_msg(observed.server.complete == sights[_i].complete, "%s", scene->name);
	ck_assert_msg(observed.server.out_of_order == sights[_i].out_of_order, "%s", scene->name);
	ck_assert_msg(observed.server.root_sent == sights[_i].root_sent, "%s", scene->name);
	ck_assert_msg(observed.verified == sights[_i].verified, "%s", scene->name);
	ck_assert_msg(observed.host_by_cn == sights[_i].by_cn, "%s", scene->name);
	ck_assert(observed.host_checked);
	ck_assert_msg(observed.revocation_checked == sights[_i].checked, "%s", scene->name);
	ck_assert_msg(observed.shown == sights[_i].shown, "%s", scene->name);
	ck_assert_msg(observed.ours_fits == sights[_i].fits, "%s", scene->name);
	ck_assert_uint_eq(observed.wanted_count, sights[_i].wanted);
	ck_assert_msg(observed.ocsp == sights[_i].ocsp, "%s: %d %s", scene->name, observed.ocsp,
		observed.ocsp_text);
	ck_assert_int_eq(observed.ocsp_text[0] != '\0', observed.ocsp != OCSP_NONE);
	channel_free(ch);
	waitpid(pid, NULL, 0);
	client_close(&client);
}
END_TEST

/* The warnings. */
static const struct {
	struct scene scene;
	unsigned count;
	enum tls_warning_kind kinds[2];
	const char *says;
} remarked[] = {
	{ { .name = "nothing" }, 0, { 0 }, NULL },
	{ { .name = "mutual", .ask = true, .clients = { CLIENT }, .staple = STAPLE_GOOD }, 0, { 0 }, NULL },
	{ { .name = "not asked", .clients = { CLIENT } }, 1, { TLS_WARNING_NOT_ASKED },
		"did not ask for our" },
	{ { .name = "by CN", .server = CN_SERVER, .allow_cn = true }, 1, { TLS_WARNING_BY_CN },
		"\"iris\" is only in the CN of the server's certificate CN=iris" },
	{ { .name = "requires a staple", .server = STAPLE_SERVER }, 1, { TLS_WARNING_STAPLE_MISSING },
		"RFC 7633" },
	{ { .name = "demands a staple, gets one", .server = STAPLE_SERVER, .staple = STAPLE_GOOD },
		0, { 0 }, NULL },
	{ { .name = "demands a staple, gets a bad one", .server = STAPLE_SERVER, .staple = STAPLE_STALE },
		1, { TLS_WARNING_STAPLE_INVALID }, "not valid now" },
	{ { .name = "unknown", .staple = STAPLE_UNKNOWN }, 1, { TLS_WARNING_STAPLE_UNKNOWN },
		"does not know" },
	{ { .name = "foreign", .staple = STAPLE_FOREIGN }, 1, { TLS_WARNING_STAPLE_INVALID },
		"not signed by" },
	{ { .name = "about another", .staple = STAPLE_OF_CLIENT }, 1, { TLS_WARNING_STAPLE_INVALID },
		"about another certificate" },
	{ { .name = "try later", .staple = STAPLE_TRY_LATER }, 1, { TLS_WARNING_STAPLE_INVALID },
		"trylater" },
	{ { .name = "keyAgreement", .server = AGREE_SERVER, .version = TLS1_3_VERSION }, 1, {
		TLS_WARNING_KEY_USE },
		"lacks digitalSignature" },
	{ { .name = "static RSA", .server = RSA_SERVER, .version = TLS1_2_VERSION, .ciphers = "AES256-GCM-SHA384",
		.cipher = "TLS_RSA_WITH_AES_256_GCM_SHA384" },
		2, { TLS_WARNING_STATIC_RSA, TLS_WARNING_KEY_USE },
			"TLS_RSA_WITH_AES_256_GCM_SHA384 has no forward secrecy" },
	{ { .name = "static RSA in the offer", .server = RSA_SERVER, .version = TLS1_2_VERSION }, 0, { 0 }, NULL },
};

START_TEST(warnings)
{
	const struct scene *scene = &remarked[_i].scene;
	struct dial_facts dialled;
	struct client client;
	struct err err = ERR_INIT;
	pid_t pid;
	const struct channel_facts *facts;
	struct channel *ch;

	if (is_left_out(scene))
		return;
	ch = open_observed(&client, scene, NULL, &dialled, &err, &pid);
	ck_assert_msg(ch != NULL, "%s: %s", scene->name, err.text);
	facts = channel_facts(ch);
	ck_assert_msg(facts->tls_warning_count == remarked[_i].count, "%s: %u", scene->name,
		facts->tls_warning_count);
	for (unsigned i = 0; i < facts->tls_warning_count; i++) {
		ck_assert_int_eq(facts->warnings[i].kind, remarked[_i].kinds[i]);
		ck_assert(facts->warnings[i].hint[0]);
	}
	if (remarked[_i].says)
		ck_assert_msg(strstr(facts->warnings[0].text, remarked[_i].says) != NULL, "%s: %s",
			scene->name,
			facts->warnings[0].text);
	channel_free(ch);
	waitpid(pid, NULL, 0);
	client_close(&client);
}
END_TEST

/* The certificates in words; ours too, shown or not. */
START_TEST(observed_certificates)
{
	static const struct scene scene = { .name = "certificates", .clients = { SUB_CLIENT } };
	static struct tls_observation observed;
	const struct certificate *leaf = &observed.server.items[0], *anchor = &observed.server.items[1];
	struct client client;
	struct err err = ERR_INIT;
	unsigned char pin[PIN_SIZE];
	char text[PIN_TEXT_SIZE];
	pid_t pid;
	struct channel *ch = open_observed(&client, &scene, &observed, NULL, &err, &pid);

	ck_assert_msg(ch != NULL, "%s", err.text);
	ck_assert_str_eq(leaf->subject, "CN=iris,O=Demo");
	ck_assert_str_eq(leaf->issuer, "CN=Demo CA,O=Demo");
	ck_assert_str_eq(leaf->names, "DNS:iris, DNS:*.wild.example, IP:192.0.2.7");
	ck_assert_str_eq(leaf->key, "EC 256 bits");
	ck_assert_str_eq(leaf->signature, "ecdsa-with-SHA256");
	ck_assert_int_eq(leaf->days_left, 9);
	ck_assert(leaf->wildcard && leaf->purpose_said && leaf->for_server && !leaf->for_client);
	ck_assert(!leaf->key_weak && !leaf->signature_weak && !leaf->self_signed && !leaf->authority);
	ck_assert_int_eq(pin_of(pki[SERVER].cert, pin), 0);
	ck_assert_str_eq(leaf->pin, pin_text(pin, text, sizeof text));
	ck_assert_str_eq(leaf->store, "");
	ck_assert(anchor->self_signed && anchor->authority && !anchor->purpose_said);
	ck_assert_str_eq(anchor->store, "the system's trust store"); /* for want of a file */
	ck_assert(!observed.shown);			       /* nobody asked: */
	ck_assert_uint_eq(observed.ours.sent, 0);	       /* what we would show did not go out */
	ck_assert_uint_eq(observed.ours.count, 3);
	ck_assert(observed.ours.complete && !observed.asked && !observed.shown);
	ck_assert_str_eq(observed.ours.items[0].subject, "CN=SCU_DCM2,O=Demo");
	channel_free(ch);
	waitpid(pid, NULL, 0);
	client_close(&client);
}
END_TEST

/* A server that is not running: only how far the connection got. */
START_TEST(observed_nothing)
{
	static struct tls_observation observed, none;
	struct endpoint endpoint = { .host = "127.0.0.1", .port = 1, .connect_timeout = 5000,
		.limit = deadline_never() };
	struct dial_facts dialled;
	struct err err = ERR_INIT;

	memset(&observed, 0xff, sizeof observed);
	ck_assert_ptr_null(channel_open(&endpoint, &observed, &dialled, &err));
	ck_assert_int_eq(err.kind, ERR_CONNECT);
	ck_assert_mem_eq(&observed, &none, sizeof observed);
	ck_assert_int_gt(dialled.connect_us, 0);
}
END_TEST

/* In TLS 1.3 the server's verdict on us is only seen after the handshake, by waiting for its first data. */
START_TEST(late_refusals)
{
	static const struct scene rows[] = {
		{ .name = "foreign", .ask = true, .clients = { OTHER_CLIENT }, .kind = ERR_CLIENT_REJECTED },
		{ .name = "none", .ask = true, .kind = ERR_CLIENT_REJECTED },
		{ .name = "gone", .ask = true, .vanish = true, .clients = { CLIENT }, .kind = ERR_CLIENT_REJECTED },
	};
	static struct tls_observation observed;
	struct client client;
	struct err err = ERR_INIT;
	enum channel_got got;
	size_t n;
	char byte;
	pid_t pid;
	struct channel *ch = open_observed(&client, &rows[_i], &observed, NULL, &err, &pid);

	ck_assert_msg(ch != NULL, "%s: %s", rows[_i].name, err.text);
	got = channel_read(ch, &byte, 1, &n, deadline_in(20000), true, &err);
	if (got == CHANNEL_END)
		channel_explain_close(ch, &err);
	ck_assert(got == CHANNEL_END || got == CHANNEL_FAILED);
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %s", rows[_i].name, err.text);
	channel_observe(ch, &observed);
	ck_assert(!observed.ticket);
	channel_free(ch);
	waitpid(pid, NULL, 0);
	client_close(&client);
}
END_TEST

/* Errors before anything is sent. */
START_TEST(context)
{
	struct scene made = { .name = "context" };
	struct client client;
	struct policy policy;
	struct policy_request request = { NULL, NULL };
	struct err err = ERR_INIT;
	struct key_entry entry = { .cert = pki[OLD_SERVER].cert, .key = pki[OLD_SERVER].key };
	char path_text[] = "old.p12";
	struct key_store keys = { .path = path_text, .entries = &entry, .count = 1 };

	client_open(&client, &made);
	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	ck_assert_ptr_null(tlsctx_new(&(struct tlsctx_config){ .policy = &policy }, &err));
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_null(tlsctx_new(&(struct tlsctx_config){ .policy = &policy, .anchors = client.anchors,
		.keylog_path = "/nowhere/keys" }, &err));
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_ptr_null(tlsctx_new(&(struct tlsctx_config){ .policy = &policy, .anchors = client.anchors,
		.keys = &keys }, &err));
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	ck_assert_ptr_nonnull(strstr(err.text, "old.p12"));
	ck_assert_ptr_null(tlsctx_new(&(struct tlsctx_config){ .policy = &policy, .anchors = client.anchors,
		.keys = &keys, .key_alias = "other" }, &err));
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	client_close(&client);
}
END_TEST

/* OpenSSL's configuration file may raise the security level above 2, but not lower it. */
static const struct {
	const char *cipher_string;
	int level;
} levels[] = {
	{ "DEFAULT@SECLEVEL=0", 2 },
	{ "DEFAULT@SECLEVEL=1", 2 },
	{ "DEFAULT@SECLEVEL=2", 2 },
	{ "DEFAULT@SECLEVEL=3", 3 },
};

START_TEST(security_level)
{
	struct scene made = { .name = "security level" };
	struct client client;
	char path[] = "/tmp/test_channel.XXXXXX";
	FILE *to = fdopen(mkstemp(path), "w");
	SSL_CTX *other;

	ck_assert_ptr_nonnull(to);
	fprintf(to, "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = every\n[every]\n"
		"CipherString = %s\n", levels[_i].cipher_string);
	fclose(to);
	OPENSSL_load_builtin_modules();
	ck_assert_int_eq(CONF_modules_load_file_ex(NULL, path, NULL, 0), 1);
	unlink(path);
	other = SSL_CTX_new(TLS_client_method());
	ck_assert_int_eq(SSL_CTX_get_security_level(other), _i); /* it counts for others */
	SSL_CTX_free(other);
	client_open(&client, &made);
	ck_assert_int_eq(SSL_CTX_get_security_level(tlsctx_ssl_ctx(client.ctx)), levels[_i].level);
	client_close(&client);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel");
	TCase *tc = tcase_create("channel");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_unchecked_fixture(tc, make_pki, free_pki);
	tcase_add_rows(tc, one_scene, scenes, name);
	tcase_add_test(tc, unreadable_names);
	tcase_add_loop_test(tc, verification, 0, (int)COUNT(verifications) * 2);
	tcase_add_loop_test(tc, refusal, 0, 2 * (int)COUNT(refusals));
	tcase_add_loop_test(tc, server_name, 0, 5);
	tcase_add_rows(tc, not_tls, strangers, bytes);
	tcase_add_test(tc, silence);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, interrupt);
	tcase_add_test(tc, late_alert_behind_reset);
	tcase_add_loop_test(tc, much_data, 0, 3);
	tcase_add_test(tc, no_progress);
	tcase_add_loop_test(tc, slow_progress, 0, 2);
	tcase_add_loop_test(tc, poll_fails, 0, 3);
	tcase_add_test(tc, poll_fails_in_handshake);
	tcase_add_test(tc, plain);
	tcase_add_test(tc, plain_at_a_rate);
	tcase_add_test(tc, plain_to_tls);
	tcase_add_test(tc, narration);
	tcase_add_loop_test(tc, certificate_forms, 0, (int)COUNT(forms));
	tcase_add_loop_test(tc, warnings, 0, (int)COUNT(remarked));
	tcase_add_loop_test(tc, observation, 0, (int)COUNT(sights));
	tcase_add_test(tc, observed_certificates);
	tcase_add_test(tc, observed_nothing);
	tcase_add_loop_test(tc, late_refusals, 0, 3);
	tcase_add_loop_test(tc, key_exchange, 0, (int)COUNT(exchanges));
	tcase_add_test(tc, key_log);
	tcase_add_test(tc, context);
	tcase_add_rows(tc, security_level, levels, cipher_string);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
