/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ClientHello built by hand, for what OpenSSL no longer offers, and the server's answer to it. Pure.
 */
#ifndef MTLS_TLS_HELLO_H
#define MTLS_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/wire.h"

#define HELLO_MAX	 1024 /* bytes of one */
#define HELLO_SUITES_MAX 64
#define HELLO_RANDOM	 32

struct hello {
	uint16_t version;	/* highest offered: 0x0300 (SSL 3) to 0x0304 (TLS 1.3) */
	const uint16_t *suites; /* code points, HELLO_SUITES_MAX at most */
	size_t suite_count;
	bool classical;		/* TLS 1.3: no post-quantum group; older versions have none */
};

/*
 * The hello as one record (RFC 5246 7.4.1.2), with server_name, supported
 * groups, point formats, signature algorithms (TLS 1.2) and the signalling
 * suite of RFC 5746; SSL 3 has no extensions. TLS 1.3 is offered without a key
 * share, so that the server names the group that it wants (RFC 8446 4.1.4), and together with TLS 1.2 if
 * one of the suites belongs to that. name: server_name; NULL or empty: none, as for addresses. Returns its
 * length, 0 if it cannot be built: no such version, too many suites, a name over 255 bytes.
 */
size_t hello_build(const struct hello *hello, const char *name, const uint8_t random[HELLO_RANDOM],
	uint8_t bytes[HELLO_MAX]);

enum hello_answer {
	HELLO_MORE,	/* not known yet */
	HELLO_TAKEN,	/* a ServerHello: *choice has version and suite */
	HELLO_ALERT,	/* a fatal alert, or a close_notify: its code in *alert */
	HELLO_STRANGE,	/* not TLS, or not valid TLS */
};

/* What the first len bytes from the server mean. Warnings are ignored. */
enum hello_answer hello_parse(const uint8_t *bytes, size_t len, struct wire_choice *choice, int *alert);

/* Suites that must not be accepted (RFC 9325 4.1), by what is wrong with them. */
struct hello_family {
	const char *name; /* "NULL", "anonymous", "RC4", "3DES", "export" */
	const uint16_t *suites;
	size_t count;
};
extern const struct hello_family hello_families[];
extern const size_t hello_family_count;

/* All of TLS 1.3, then the common ones of TLS 1.2: every server today accepts some of these. */
extern const uint16_t hello_modern_suites[];
extern const size_t hello_modern_count;
extern const size_t hello_tls13_count; /* of them, at the beginning */

/* One of every common kind (RSA, ECDHE, DHE with AES), to test only a version. */
extern const uint16_t hello_common_suites[];
extern const size_t hello_common_count;

#endif
