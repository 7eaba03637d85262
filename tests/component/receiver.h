/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A receiver on the loopback interface, in a separate process: it accepts associations, answers each C-ECHO
 * and C-STORE, and appends the data sets to a file.
 */
#ifndef MTLS_TESTS_RECEIVER_H
#define MTLS_TESTS_RECEIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/ssl.h>

struct receiver {
	/* How it behaves; all zero: it accepts and stores everything, without TLS. */
	SSL_CTX *tls;	    /* NULL: in clear */
	bool rejects;	    /* every association */
	bool only_implicit; /* accepts no context that lacks Implicit VR Little Endian */
	uint8_t refusal;    /* of every presentation context, PS3.8 table 9-18; 0: accepted */
	bool closes;	    /* at the first request, without an answer */
	uint16_t status;    /* of the first response over a connection */
	uint16_t later;	    /* of all others */
	const char *file;   /* for the data sets; NULL: they are not kept */

	/* Of its life. */
	uint16_t port;
	int listener;
	pid_t pid;
};

/* Start one that behaves as the members above say. Failures end the test. */
void receiver_start(struct receiver *receiver);
void receiver_stop(struct receiver *receiver);

#endif
