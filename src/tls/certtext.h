/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and dates of certificates as text; safe to print on terminals. */
#ifndef MTLS_TLS_CERTTEXT_H
#define MTLS_TLS_CERTTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

/* "CN=SCU_DCM1,OU=DICOM,O=Demo,C=ES" (RFC 4514, but UTF-8 as it is). Returns out. */
char *certtext_name(const X509_NAME *name, char *out, size_t size);

/* "CN=SCU_DCM1": only the last CN, or the whole name if it has none. Returns out. */
char *certtext_short_name(const X509_NAME *name, char *out, size_t size);

/* "2026-03-14 12:00 UTC", or "an unreadable date". Returns out. */
char *certtext_time(const ASN1_TIME *time, char *out, size_t size);

/* Whole days until then, negative from the first second past it. False if it cannot be read. */
bool certtext_days_left(const ASN1_TIME *time, int *days);

#endif
