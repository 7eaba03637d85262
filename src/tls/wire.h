/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS on the wire: the contents of a hello, the names of alerts, and other answers that a port may give.
 * Pure; every read is checked against what remains.
 */
#ifndef MTLS_TLS_WIRE_H
#define MTLS_TLS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_LIST_MAX 64 /* entries kept of a list */

struct wire_list {
	uint16_t value[WIRE_LIST_MAX];
	size_t count;
};

/* A ClientHello (RFC 8446 4.1.2). Without supported_versions: only the legacy version. */
struct wire_offer {
	struct wire_list versions;
	struct wire_list suites;
	struct wire_list groups;
	char name[256]; /* server_name, empty if none; not yet safe to print */
};

/* A ServerHello or HelloRetryRequest (RFC 8446 4.1.3, 4.1.4). */
struct wire_choice {
	uint16_t version;
	uint16_t suite;
	uint16_t group;	   /* of the key share, 0 if none is given (TLS 1.2) */
	bool retry;	   /* a HelloRetryRequest */
};

/* Both take the whole handshake message, including its 4-byte header. 0, or -1 if it is cut short. */
int wire_offer_parse(const uint8_t *msg, size_t len, struct wire_offer *out)
	__attribute__((warn_unused_result));
int wire_choice_parse(const uint8_t *msg, size_t len, struct wire_choice *out)
	__attribute__((warn_unused_result));

/* Do these bytes (at least 3) begin a TLS record? */
bool wire_is_record(const uint8_t *bytes, size_t len);

/* The code of the first unencrypted fatal alert among complete records, -1 if none. */
int wire_find_alert(const uint8_t *bytes, size_t len);

/* "handshake_failure" (RFC 8446 6, RFC 5246 7.2), or "unknown". */
const char *wire_alert_name(int code);

/* "TLSv1.2"; "an unknown version". */
const char *wire_version_name(int version);

/*
 * What the first bytes of a peer that is not a TLS server are, for messages: "a DICOM A-ABORT", "HTTP:
 * \"HTTP/1.1 400 Bad Request\"". *dicom: it speaks unencrypted DICOM (PS3.8 9.3). Returns out.
 */
char *wire_describe(const uint8_t *bytes, size_t len, char *out, size_t size, bool *dicom);

#endif
