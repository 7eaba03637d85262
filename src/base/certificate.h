/* SPDX-License-Identifier: BSD-3-Clause */
/* A certificate as plain values, so that directories without OpenSSL can show and check it. Its texts are
 * safe to print on a terminal. */
#ifndef MTLS_BASE_CERTIFICATE_H
#define MTLS_BASE_CERTIFICATE_H

#include <stdbool.h>

#define CERTIFICATES_MAX 12 /* of one chain that are kept */

struct certificate {
	char subject[256];
	char issuer[256];
	char names[384];	/* "DNS:iris, IP:192.0.2.7", empty without SANs */
	char not_before[32];	/* "2026-11-23 12:21 UTC" */
	char not_after[32];
	int days_left;		/* whole days until not_after, negative if past */
	bool early;		/* not valid yet */
	char key[64];		/* "RSA 2048 bits" */
	int key_bits;		/* security-relevant size: RSA modulus, EC field */
	bool key_weak;		/* RSA or DSA under 2048 bits, EC under 224 */
	char signature[64];	/* "sha256WithRSAEncryption" */
	bool signature_weak;	/* SHA-1 or MD5, and not self-signed */
	bool self_signed;
	bool authority;		/* basicConstraints CA:TRUE */
	bool for_server;	/* EKU allows TLS servers (or no EKU) */
	bool for_client;
	bool purpose_said;	/* there is an EKU */
	bool wildcard;		/* a DNS name with * */
	char fingerprint[100];	/* SHA-256, colons */
	char pin[48];		/* SHA-256 of the public key info, base64 (RFC 7469) */
	char store[256];	/* the anchor's: "truststore.p12 (dicom-ca)"; empty: not an anchor */
};

/* In the order sent or shown, the leaf first. */
struct certificate_chain {
	struct certificate items[CERTIFICATES_MAX];
	unsigned count;	  /* of items */
	unsigned sent;	  /* of these, received or sent; the rest was found in a store */
	bool complete;	  /* ends at an anchor */
	bool out_of_order;
	bool root_sent;	  /* a self-signed one was sent, too, which is not needed */
};

#endif
