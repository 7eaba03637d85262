/* SPDX-License-Identifier: BSD-3-Clause */
/* Hand-built hellos, read again by our own parser and by OpenSSL's server; answers whole, in pieces and hostile. */
#include "tls/hello.h"

#include "check_main.h"
#include "testpki.h"
#include "tls/groups.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t nonce[HELLO_RANDOM] = { 1, 2, 3 };

START_TEST(build)
{
	static const uint16_t suites[] = { 0xc02f, 0x0005 };
	struct hello hello = { (uint16_t)_i, suites, COUNT(suites), false };
	uint8_t bytes[HELLO_MAX];
	struct wire_offer offer;
	size_t len = hello_build(&hello, "iris", nonce, bytes);

	ck_assert_uint_gt(len, 5);
	ck_assert(wire_is_record(bytes, len));
	ck_assert_uint_eq((size_t)bytes[3] << 8 | bytes[4], len - 5);
	ck_assert_mem_eq(bytes + 11, nonce, sizeof nonce);
	/* SSL 3 has no extensions, and those are what its parser misses. */
	ck_assert_int_eq(wire_offer_parse(bytes + 5, len - 5, &offer), _i == SSL3_VERSION ? -1 : 0);
	ck_assert_uint_eq(offer.versions.value[0], (uint16_t)_i);
	ck_assert_uint_eq(offer.suites.count, 3);
	ck_assert_uint_eq(offer.suites.value[0], 0xc02f);
	ck_assert_uint_eq(offer.suites.value[2], 0x00ff);
	ck_assert_str_eq(offer.name, _i == SSL3_VERSION ? "" : "iris");
	ck_assert_uint_eq(offer.groups.count, _i == SSL3_VERSION ? 0 : 5);
}
END_TEST

/* TLS 1.3: both versions where suites of both are offered, all groups or the classical ones, no key share. */
START_TEST(build_tls13)
{
	struct hello hello = { TLS1_3_VERSION, hello_modern_suites, hello_modern_count, _i == 1 };
	uint8_t bytes[HELLO_MAX];
	struct wire_offer offer;
	size_t len = hello_build(&hello, "iris", nonce, bytes);

	ck_assert_uint_gt(len, 5);
	ck_assert_uint_lt(len, 500); /* it is to be a small one */
	ck_assert_int_eq(wire_offer_parse(bytes + 5, len - 5, &offer), 0);
	ck_assert_uint_eq(offer.versions.count, 2);
	ck_assert_uint_eq(offer.versions.value[0], TLS1_3_VERSION);
	ck_assert_uint_eq(offer.versions.value[1], TLS1_2_VERSION);
	ck_assert_uint_eq(offer.groups.count, _i == 1 ? 5 : groups_all_count);
	hello.suite_count = hello_tls13_count;
	len = hello_build(&hello, "iris", nonce, bytes);
	ck_assert_int_eq(wire_offer_parse(bytes + 5, len - 5, &offer), 0);
	ck_assert_uint_eq(offer.versions.count, 1);
	ck_assert_uint_eq(offer.versions.value[0], TLS1_3_VERSION);
}
END_TEST

START_TEST(build_refuses)
{
	static uint16_t suites[HELLO_SUITES_MAX + 1];
	char longest[257] = "";
	struct hello hello = { TLS1_2_VERSION, suites, HELLO_SUITES_MAX, false };
	uint8_t bytes[HELLO_MAX];

	memset(longest, 'a', 255);
	ck_assert_uint_gt(hello_build(&hello, longest, nonce, bytes), 0);
	longest[255] = 'a';
	ck_assert_uint_eq(hello_build(&hello, longest, nonce, bytes), 0);
	ck_assert_uint_gt(hello_build(&hello, NULL, nonce, bytes), 0);
	hello.suite_count++;
	ck_assert_uint_eq(hello_build(&hello, NULL, nonce, bytes), 0);
	hello.suite_count = 1;
	hello.version = TLS1_3_VERSION + 1;
	ck_assert_uint_eq(hello_build(&hello, NULL, nonce, bytes), 0);
	hello.version = SSL2_VERSION;
	ck_assert_uint_eq(hello_build(&hello, NULL, nonce, bytes), 0);
}
END_TEST

/* What OpenSSL's server answers to a hello; how many bytes. */
static size_t
ask_openssl(const struct hello *hello, const char *ciphers, uint8_t *answer, size_t size)
{
	struct testpki own = testpki_make(&(struct testpki_spec){ .cn = "iris", .rsa_bits = 2048 });
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	uint8_t bytes[HELLO_MAX];
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL *ssl;
	int n;

	SSL_CTX_use_certificate(ctx, own.cert);
	SSL_CTX_use_PrivateKey(ctx, own.key);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	ck_assert(SSL_CTX_set_cipher_list(ctx, ciphers));
	ssl = SSL_new(ctx);
	SSL_set_bio(ssl, in, out);
	BIO_write(in, bytes, (int)hello_build(hello, "iris", nonce, bytes));
	ck_assert_int_le(SSL_accept(ssl), 0);
	n = BIO_read(out, answer, (int)size);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	testpki_free(&own);
	return n > 0 ? (size_t)n : 0;
}

static const struct {
	uint16_t version;
	uint16_t suite;
	const char *ciphers;
	enum hello_answer answer;
} servers[] = {
	{ TLS1_2_VERSION, 0xc02f, "ALL@SECLEVEL=0", HELLO_TAKEN },
	{ TLS1_2_VERSION, 0x002f, "ALL@SECLEVEL=0", HELLO_TAKEN },
	{ TLS1_2_VERSION, 0x003b, "ALL:COMPLEMENTOFALL@SECLEVEL=0", HELLO_TAKEN },
	{ TLS1_2_VERSION, 0x00a6, "ALL@SECLEVEL=0", HELLO_TAKEN },
	{ TLS1_2_VERSION, 0x003b, "HIGH@SECLEVEL=0", HELLO_ALERT },
	{ TLS1_2_VERSION, 0x0005, "ALL@SECLEVEL=0", HELLO_ALERT },
	{ TLS1_1_VERSION, 0x002f, "ALL@SECLEVEL=0", HELLO_TAKEN },
	{ TLS1_VERSION, 0xc013, "ALL@SECLEVEL=0", HELLO_TAKEN },
	{ SSL3_VERSION, 0x002f, "ALL@SECLEVEL=0", HELLO_ALERT },
	{ TLS1_3_VERSION, 0x1301, "ALL@SECLEVEL=0", HELLO_TAKEN },
	{ TLS1_3_VERSION, 0x1302, "ALL@SECLEVEL=0", HELLO_TAKEN },
	{ TLS1_3_VERSION, 0x1305, "ALL@SECLEVEL=0", HELLO_ALERT },
};

/* Whatever piece of the answer has come, it is told, or that there must be more. */
START_TEST(openssl_answers)
{
	struct hello hello = { servers[_i].version, &servers[_i].suite, 1, false };
	uint8_t answer[8192];
	struct wire_choice choice = { 0 };
	size_t len = ask_openssl(&hello, servers[_i].ciphers, answer, sizeof answer);
	int alert = -1;

	ck_assert_int_eq(hello_parse(answer, len, &choice, &alert), servers[_i].answer);
	ck_assert_int_eq(alert >= 0, servers[_i].answer == HELLO_ALERT);
	if (servers[_i].answer == HELLO_TAKEN) {
		ck_assert_int_eq(choice.group != 0, servers[_i].version == TLS1_3_VERSION);
		ck_assert_uint_eq(choice.version, servers[_i].version);
		ck_assert_uint_eq(choice.suite, servers[_i].suite);
	}
	for (size_t part = 0; part < len; part++) {
		uint8_t *copy = malloc(part ? part : 1);
		enum hello_answer told;

		memcpy(copy, answer, part);
		told = hello_parse(copy, part, &choice, &alert);
		ck_assert(told == HELLO_MORE || told == servers[_i].answer);
		free(copy);
	}
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	enum hello_answer answer;
} strange[] = {
	{ "", 0, HELLO_MORE },
	{ "\x15\x03", 2, HELLO_MORE },
	{ "HTTP/1.1", 8, HELLO_STRANGE },
	{ "\x07\0\0", 3, HELLO_STRANGE },		       /* an A-ABORT */
	{ "\x17\x03\x03\0\1x", 6, HELLO_STRANGE },	       /* application data */
	{ "\x17\x03\x03\0\1", 5, HELLO_STRANGE },	       /* its head says so already */
	{ "\x15\x03\x01\0\2", 5, HELLO_MORE },
	{ "\x15\x03\x01\0\0", 5, HELLO_STRANGE },	       /* an alert without a word */
	{ "\x15\x03\x01\0\2\1\x70", 7, HELLO_MORE },	       /* a warning: unrecognized_name */
	{ "\x15\x03\x01\0\2\1\x70\x15\x03\x01\0\2\2\x28", 14, HELLO_ALERT },
	{ "\x15\x03\x01\0\2\1\0", 7, HELLO_ALERT },	       /* close_notify */
	{ "\x15\x03\x01\0\3\2\x28\0", 8, HELLO_STRANGE },
	{ "\x16\x03\x01\0\4\xe\0\0\0", 9, HELLO_STRANGE },     /* a ServerHelloDone first */
	{ "\x16\x03\x01\xff\xff\2\xff\xff\xff", 9, HELLO_STRANGE }, /* a ServerHello of 16 MB */
	{ "\x16\x03\x01\0\4\2\0\0\0", 9, HELLO_STRANGE },      /* an empty one */
	{ "\x16\x03\x01\0\0\x16\x03\x01\0\1\2", 11, HELLO_MORE },
};

START_TEST(strange_answers)
{
	struct wire_choice choice;
	int alert = -1;

	ck_assert_int_eq(hello_parse((const uint8_t *)strange[_i].bytes, strange[_i].len, &choice, &alert),
		strange[_i].answer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hello");
	TCase *tc = tcase_create("hello");

	tcase_add_loop_test(tc, build, SSL3_VERSION, TLS1_2_VERSION + 1);
	tcase_add_test(tc, build_refuses);
	tcase_add_loop_test(tc, build_tls13, 0, 2);
	tcase_add_rows(tc, openssl_answers, servers, ciphers);
	tcase_add_rows(tc, strange_answers, strange, bytes);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
