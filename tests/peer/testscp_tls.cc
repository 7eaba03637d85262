/* SPDX-License-Identifier: BSD-3-Clause */
#include "testscp_tls.h"

#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>

#include "dcmtk/dcmtls/tlstrans.h"

namespace {

const char guide_ciphers[] = "ALL:!aNULL:!eNULL:!EXP:!SSLv2";
const char guide_suites[] = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

void
need(bool done, const char *what, const std::string &value)
{
	if (done)
		return;
	std::fprintf(stderr, "testscp: %s: %s\n", what, value.c_str());
	ERR_print_errors_fp(stderr);
	std::exit(2);
}

} // namespace

SSL_CTX *
tls_context(const Options &o)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	need(ctx != nullptr, "no memory", "");
	need(o.tls_version.empty() || o.tls_version == "1.2" || o.tls_version == "1.3",
		"--tls-version", o.tls_version);
	SSL_CTX_set_min_proto_version(ctx, o.tls_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_max_proto_version(ctx, o.tls_version == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION);
	need(SSL_CTX_set_cipher_list(ctx, o.ciphers.empty() ? guide_ciphers : o.ciphers.c_str()) == 1,
		"--ciphers", o.ciphers);
	need(SSL_CTX_set_ciphersuites(ctx, guide_suites) == 1, "cipher suites", guide_suites);
	need(SSL_CTX_use_certificate_chain_file(ctx, o.cert.c_str()) == 1, "--cert", o.cert);
	need(SSL_CTX_use_PrivateKey_file(ctx, o.key.c_str(), SSL_FILETYPE_PEM) == 1, "--key", o.key);
	need(SSL_CTX_load_verify_file(ctx, o.ca.c_str()) == 1, "--ca", o.ca);
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(o.ca.c_str()));
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
	return ctx;
}

SSL *
tls_accept(SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);

	ERR_clear_error();
	if (ssl != nullptr && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)
		return ssl;
	std::fprintf(stderr, "handshake failed\n");
	ERR_print_errors_fp(stderr);
	SSL_free(ssl);
	return nullptr;
}

void
tls_begin(SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);
	struct pollfd readable = {fd, POLLIN, 0};

	/* A call on a descriptor that does not block stops where the client must speak next. */
	if (ssl != nullptr && SSL_set_fd(ssl, fd) == 1 && poll(&readable, 1, -1) == 1 &&
		fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		SSL_accept(ssl);
	SSL_free(ssl);
}

DcmTransportConnection *
HandedOver::createConnection(DcmNativeSocketType fd, OFBool secure)
{
	if (ssl_ == nullptr)
		return DcmTransportLayer::createConnection(fd, secure);
	SSL *ssl = ssl_;
	ssl_ = nullptr;
	return new DcmTLSConnection(fd, ssl);
}
