/* SPDX-License-Identifier: BSD-3-Clause */
/* The test receiver's TLS: section 6 of the guide, over OpenSSL itself. */
#ifndef MTLS_TESTS_PEER_TESTSCP_TLS_H
#define MTLS_TESTS_PEER_TESTSCP_TLS_H

#include <openssl/ssl.h>

#include "testscp_options.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/dcmlayer.h"

/* The server's context, a client certificate required. Exits 2 with the reason where a file is wrong. */
SSL_CTX *tls_context(const Options &options);

/* Shake hands as server over the connected fd. Null, and the reason on stderr, where it fails. */
SSL *tls_accept(SSL_CTX *context, int fd);

/* Read the ClientHello, answer with the first flight, go no further. */
void tls_begin(SSL_CTX *context, int fd);

/* Gives DCMTK the connection whose handshake is done already. */
class HandedOver : public DcmTransportLayer {
public:
	/* Owned from here on; null: plain. One never fetched is freed. */
	void
	hand(SSL *ssl)
	{
		SSL_free(ssl_);
		ssl_ = ssl;
	}
	DcmTransportConnection *createConnection(DcmNativeSocketType fd, OFBool secure) override;

private:
	SSL *ssl_ = nullptr;
};

#endif
