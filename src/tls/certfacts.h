/* SPDX-License-Identifier: BSD-3-Clause */
/* What a certificate contains, for messages; safe to print on terminals. All functions with a text return
 * out. */
#ifndef MTLS_TLS_CERTFACTS_H
#define MTLS_TLS_CERTFACTS_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

/* "\"CN=iris,O=Demo\" (issued by \"CN=Demo DICOM CA,O=Demo\", valid 2026-... to 2029-...)" */
char *certfacts_identity(const X509 *cert, char *out, size_t size);

/* "DNS:iris, IP:192.0.2.7"; empty if it has no subject alternative names. */
char *certfacts_names(const X509 *cert, char *out, size_t size);

/* A name for --tls-host: the first DNS name among them without a wildcard, else the first address; empty if
 * there is none. */
char *certfacts_host(const X509 *cert, char *out, size_t size);

/* "RSA 2048 bits, signed with sha256WithRSAEncryption" */
char *certfacts_key(const X509 *cert, char *out, size_t size);

/* "TLS Web Client Authentication"; empty if any use is allowed. */
char *certfacts_usages(const X509 *cert, char *out, size_t size);

/* "keyCertSign, cRLSign"; empty if there is no keyUsage. */
char *certfacts_key_usage(X509 *cert, char *out, size_t size);

/* Critical extensions that are not understood here, by name or number; empty if there are none. */
char *certfacts_unknown(const X509 *cert, char *out, size_t size);

/* Does it require a stapled OCSP response (RFC 7633)? */
bool certfacts_must_staple(const X509 *cert);

/* SHA-256 of the certificate as openssl x509 -fingerprint prints it. */
char *certfacts_fingerprint(const X509 *cert, char *out, size_t size);

/* Is this certificate among these? NULL contains none. */
bool certfacts_listed(const STACK_OF(X509) *certs, const X509 *cert);

#endif
