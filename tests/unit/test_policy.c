/* SPDX-License-Identifier: BSD-3-Clause */
/* From the names on the command line to what is enforced, and what is refused with which words. */
#include "tls/policy.h"

#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_NAMES 8

#define DEFAULT12 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:" \
	"ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define DEFAULT13 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

static const struct {
	const char *protocols[MAX_NAMES];
	const char *ciphers[MAX_NAMES];
	int min, max;
	const char *list;
	const char *suites;
} good[] = {
	{ { NULL }, { NULL }, TLS1_2_VERSION, TLS1_3_VERSION, DEFAULT12, DEFAULT13 },
	{ { "TLSv1.2" }, { NULL }, TLS1_2_VERSION, TLS1_2_VERSION, DEFAULT12, "" },
	{ { "tlsv1.3" }, { NULL }, TLS1_3_VERSION, TLS1_3_VERSION, "", DEFAULT13 },
	{ { "TLSv1.3", "TLSv1.2", "TLSv1.3" }, { NULL }, TLS1_2_VERSION, TLS1_3_VERSION,
		DEFAULT12, DEFAULT13 },
	/* The guide's command. */
	{ { "TLSv1.2" }, { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
		TLS1_2_VERSION, TLS1_2_VERSION,
		"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384", "" },
	/* Protocols that nobody named narrow to those with a cipher. */
	{ { NULL }, { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" }, TLS1_2_VERSION, TLS1_2_VERSION,
		"ECDHE-RSA-AES128-GCM-SHA256", "" },
	{ { NULL }, { "TLS_AES_128_GCM_SHA256" }, TLS1_3_VERSION, TLS1_3_VERSION,
		"", "TLS_AES_128_GCM_SHA256" },
	{ { NULL }, { "TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256" },
		TLS1_2_VERSION, TLS1_3_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256" },
	/* Either name, any case, named twice. */
	{ { NULL }, { "ecdhe-rsa-aes128-gcm-sha256", "tls_ecdhe_rsa_with_aes_128_gcm_sha256" },
		TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "" },
	/* Less liked ones, if they are named. Java's old prefix. */
	{ { NULL }, { "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "SSL_RSA_WITH_AES_128_CBC_SHA",
		"AES256-GCM-SHA384" },
		TLS1_2_VERSION, TLS1_2_VERSION, "DHE-RSA-AES128-SHA:AES128-SHA:AES256-GCM-SHA384", "" },
};

static const struct {
	const char *protocols[MAX_NAMES];
	const char *ciphers[MAX_NAMES];
	const char *text;
	const char *hint;
} bad[] = {
	{ { "TLSv1.1" }, { NULL }, "TLSv1.1 is refused: it is deprecated", "TLSv1.2" },
	{ { "tlsv1" }, { NULL }, "deprecated (RFC 8996)", "TLSv1.2" },
	{ { "SSLv2Hello" }, { NULL }, "RFC 6176", "TLSv1.2" },
	{ { "SSLv3" }, { NULL }, "broken", "TLSv1.2" },
	{ { "TLSv12" }, { NULL }, "unknown protocol", "Did you mean TLSv1.2?" },
	{ { "\033[2Jx" }, { NULL }, "?[2Jx", "TLSv1.2" },
	{ { "" }, { NULL }, "unknown protocol", "TLSv1.3" },
	{ { NULL }, { "TLS_RSA_WITH_NULL_SHA256" }, "refused for its NULL", "ECDHE" },
	{ { NULL }, { "SSL_RSA_WITH_NULL_MD5" }, "refused for its NULL", "ECDHE" },
	{ { NULL }, { "TLS_DH_anon_WITH_AES_128_GCM_SHA256" }, "refused for its anon", "ECDHE" },
	{ { NULL }, { "ADH-AES128-SHA256" }, "refused for its ADH", "ECDHE" },
	{ { NULL }, { "AECDH-AES128-SHA" }, "refused for its AECDH", "ECDHE" },
	{ { NULL }, { "aNULL" }, "refused for its aNULL", "ECDHE" },
	{ { NULL }, { "eNULL" }, "refused for its eNULL", "ECDHE" },
	{ { NULL }, { "SSL_RSA_EXPORT_WITH_RC4_40_MD5" }, "refused for its EXPORT", "ECDHE" },
	{ { NULL }, { "EXP1024-DES-CBC-SHA" }, "refused for its EXP1024", "ECDHE" },
	{ { NULL }, { "SSL_RSA_WITH_RC4_128_SHA" }, "refused for its RC4", "ECDHE" },
	{ { NULL }, { "ECDHE-RSA-RC4-SHA" }, "refused for its RC4", "ECDHE" },
	{ { NULL }, { "SSL_RSA_WITH_DES_CBC_SHA" }, "refused for its DES", "ECDHE" },
	{ { NULL }, { "SSL_RSA_WITH_3DES_EDE_CBC_SHA" }, "refused for its 3DES", "ECDHE" },
	{ { NULL }, { "DES-CBC3-SHA" }, "refused for its DES", "ECDHE" },
	{ { NULL }, { "tls_rsa_with_des40_cbc_sha" }, "refused for its des40", "ECDHE" },
	{ { NULL }, { "RC4_128_MD5" }, "refused for its RC4", "ECDHE" },
	{ { NULL }, { "HIGH" }, "cipher list or a group", "each suite" },
	{ { NULL }, { "ALL:!aNULL:!eNULL:!EXP:!SSLv2" }, "cipher list or a group", "each suite" },
	{ { NULL }, { "ECDHE-RSA-AES128-GCM-SHA256,AES128-SHA" }, "cipher list or a group", "each suite" },
	{ { NULL }, { "@SECLEVEL=0" }, "cipher list or a group", "each suite" },
	{ { NULL }, { "AESGCM" }, "cipher list or a group", "each suite" },
	{ { NULL }, { "" }, "cipher list or a group", "each suite" },
	{ { NULL }, { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265" }, "has no cipher suite",
		"Did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?" },
	{ { NULL }, { "ECDHE-RSA-AES128-GMC-SHA256" }, "has no cipher suite",
		"Did you mean ECDHE-RSA-AES128-GCM-SHA256?" },
	{ { NULL }, { "entirely-else" }, "has no cipher suite", "openssl ciphers" },
	{ { NULL }, { "PSK-AES128-GCM-SHA256" }, "cannot be used", "certificates" },
	{ { "TLSv1.3" }, { "ECDHE-RSA-AES128-GCM-SHA256" }, "belongs to TLSv1.2", "--tls-protocol TLSv1.2" },
	{ { "TLSv1.2" }, { "TLS_AES_128_GCM_SHA256" }, "belongs to TLSv1.3", "--tls-protocol TLSv1.3" },
	{ { "TLSv1.2", "TLSv1.3" }, { "TLS_AES_128_GCM_SHA256" }, "TLSv1.2 has no cipher",
		"TLSv1.2" },
	{ { "TLSv1.2", "TLSv1.3" }, { "AES128-SHA" }, "TLSv1.3 has no cipher", "TLSv1.3" },
};

START_TEST(good_row)
{
	struct policy_request request = { good[_i].protocols, good[_i].ciphers };
	struct policy policy;
	struct err err = ERR_INIT;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	ck_assert_msg(policy_parse(&request, &policy, &err) == 0, "%s", err.text);
	ck_assert_int_eq(policy.min_version, good[_i].min);
	ck_assert_int_eq(policy.max_version, good[_i].max);
	ck_assert_str_eq(policy.cipher_list, good[_i].list);
	ck_assert_str_eq(policy.ciphersuites, good[_i].suites);
	ck_assert(SSL_CTX_set_ciphersuites(ctx, policy.ciphersuites));
	ck_assert(!policy.cipher_list[0] || SSL_CTX_set_cipher_list(ctx, policy.cipher_list));
	ck_assert_uint_eq(ERR_peek_error(), 0);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(bad_row)
{
	struct policy_request request = { bad[_i].protocols, bad[_i].ciphers };
	struct policy policy;
	struct err err = ERR_INIT;

	ck_assert_int_eq(policy_parse(&request, &policy, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_msg(strstr(err.text, bad[_i].text) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.hint, bad[_i].hint) != NULL, "%s", err.hint);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

#define SINCE_35 (OPENSSL_VERSION_NUMBER >= 0x30500000L)

/* Groups: what is left of the names, and of the versions. Post-quantum ones are OpenSSL's from 3.5 on. */
static const struct {
	const char *names[MAX_NAMES];
	const char *protocol; /* NULL: none named */
	bool since_35;
	const char *groups;
	int min, max;
} good_groups[] = {
	{ { NULL }, NULL, false, "", TLS1_2_VERSION, TLS1_3_VERSION },
	{ { "x25519" }, NULL, false, "x25519", TLS1_2_VERSION, TLS1_3_VERSION },
	{ { "X25519", "SECP256R1", "x25519" }, NULL, false, "x25519:secp256r1", TLS1_2_VERSION, TLS1_3_VERSION },
	{ { "P-384", "secp521r1", "x448" }, "TLSv1.2", false, "P-384:secp521r1:x448", TLS1_2_VERSION, TLS1_2_VERSION },
	{ { "?no-such-group", "x25519" }, "TLSv1.3", false, "x25519", TLS1_3_VERSION, TLS1_3_VERSION },
	{ { "?x25519" }, NULL, false, "x25519", TLS1_2_VERSION, TLS1_3_VERSION },
	{ { "ffdhe3072" }, NULL, false, "ffdhe3072", TLS1_3_VERSION, TLS1_3_VERSION },
	{ { "brainpoolP256r1" }, NULL, false, "brainpoolP256r1", TLS1_2_VERSION, TLS1_2_VERSION },
	{ { "?X25519MLKEM768", "x25519" }, NULL, false, SINCE_35 ? "X25519MLKEM768:x25519" : "x25519",
		TLS1_2_VERSION, TLS1_3_VERSION },
	{ { "x25519mlkem768" }, NULL, true, "X25519MLKEM768", TLS1_3_VERSION, TLS1_3_VERSION },
	{ { "SecP384r1MLKEM1024", "MLKEM768" }, "TLSv1.3", true, "SecP384r1MLKEM1024:MLKEM768",
		TLS1_3_VERSION, TLS1_3_VERSION },
};

START_TEST(group_row)
{
	const char *protocols[] = { good_groups[_i].protocol, NULL };
	struct policy_request request = { protocols, NULL };
	struct policy policy;
	struct err err = ERR_INIT;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	if (good_groups[_i].since_35 && !SINCE_35) {
		fprintf(stderr, "skipped: %s has no %s (3.5 and later do)\n", OpenSSL_version(OPENSSL_VERSION),
			good_groups[_i].names[0]);
		ck_assert_int_eq(policy_groups(good_groups[_i].names, false, &policy, &err), -1);
		ck_assert_ptr_nonnull(strstr(err.hint, "Write ?"));
		SSL_CTX_free(ctx);
		return;
	}
	ck_assert_msg(policy_groups(good_groups[_i].names, protocols[0] != NULL, &policy, &err) == 0, "%s", err.text);
	ck_assert_str_eq(policy.groups, good_groups[_i].groups);
	ck_assert_int_eq(policy.min_version, good_groups[_i].min);
	ck_assert_int_eq(policy.max_version, good_groups[_i].max);
	ck_assert(!policy.groups[0] || SSL_CTX_set1_groups_list(ctx, policy.groups));
	ck_assert_int_eq(policy.cipher_list[0] != '\0', good_groups[_i].min == TLS1_2_VERSION);
	ck_assert_int_eq(policy.ciphersuites[0] != '\0', good_groups[_i].max == TLS1_3_VERSION);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	SSL_CTX_free(ctx);
}
END_TEST

static const struct {
	const char *names[MAX_NAMES];
	const char *protocols[MAX_NAMES];
	const char *text, *hint;
} bad_groups[] = {
	{ { "x25519:secp256r1" }, { NULL }, "x25519:secp256r1 is a list or a rule", "its own --tls-group" },
	{ { "*x25519" }, { NULL }, "*x25519 is a list or a rule", "its own --tls-group" },
	{ { "-x25519" }, { NULL }, "-x25519 is a list or a rule", "its own --tls-group" },
	{ { "DEFAULT" }, { NULL }, "no key exchange group of this name", "an OpenSSL name" },
	{ { "" }, { NULL }, "is a list or a rule", "x25519" },
	{ { "?" }, { NULL }, "is a list or a rule", "x25519" },
	{ { "\033[2Jx" }, { NULL }, "?[2Jx", "x25519" },
	{ { "x22519" }, { NULL }, "no key exchange group of this name", "Did you mean x25519?" },
	{ { "X25519MLKEM786" }, { NULL }, "no key exchange group of this name", "Did you mean X25519MLKEM768?" },
	{ { "entirely-else" }, { NULL }, "no key exchange group of this name", "an OpenSSL name" },
	{ { "?entirely-else" }, { NULL }, "has none of the groups that --tls-group names", "x25519" },
	{ { "secp192r1" }, { NULL }, "below OpenSSL's security level", "stronger" },
	{ { "ffdhe2048" }, { "TLSv1.2" }, "ffdhe2048 belongs to TLSv1.3, which is not allowed", "TLSv1.3" },
	{ { "brainpoolP256r1" }, { "TLSv1.3" }, "belongs to TLSv1.2, which is not allowed", "TLSv1.2" },
	{ { "ffdhe2048" }, { "TLSv1.2", "TLSv1.3" }, "TLSv1.2 has no key exchange group", "omit TLSv1.2" },
};

START_TEST(bad_group_row)
{
	struct policy_request request = { bad_groups[_i].protocols, NULL };
	struct policy policy;
	struct err err = ERR_INIT;

	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	ck_assert_int_eq(policy_groups(bad_groups[_i].names, request.protocols[0] != NULL, &policy, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_msg(strstr(err.text, bad_groups[_i].text) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.hint, bad_groups[_i].hint) != NULL, "%s", err.hint);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(no_lists_at_all)
{
	struct policy_request request = { NULL, NULL };
	struct policy policy;
	struct err err = ERR_INIT;

	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	ck_assert_str_eq(policy.ciphersuites, DEFAULT13);
}
END_TEST

/* Every suite that can be used at all fits into the policy together. */
START_TEST(room_for_all)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	STACK_OF(SSL_CIPHER) *suites;
	const char *names[256] = { NULL };
	struct policy_request request = { NULL, names };
	struct policy policy;
	struct err err = ERR_INIT;

	ck_assert(SSL_CTX_set_cipher_list(ctx, "ALL"));
	ssl = SSL_new(ctx);
	suites = SSL_get1_supported_ciphers(ssl);
	ck_assert_int_lt(sk_SSL_CIPHER_num(suites), 255);
	for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++)
		names[i] = SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(suites, i));
	ck_assert_msg(policy_parse(&request, &policy, &err) == 0, "%s", err.text);
	sk_SSL_CIPHER_free(suites);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

#define BCP195_12 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:" \
	"ECDHE-RSA-AES128-GCM-SHA256"

START_TEST(profile_bcp195)
{
	struct policy policy;
	struct err err = ERR_INIT;

	ck_assert_int_eq(policy_profile("bcp195", &policy, &err), 0);
	ck_assert_str_eq(policy.cipher_list, BCP195_12);
	ck_assert_str_eq(policy.ciphersuites, DEFAULT13);
	ck_assert_int_eq(policy.min_version, TLS1_2_VERSION);
	ck_assert_int_eq(policy.max_version, TLS1_3_VERSION);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

/* What each profile allows; the guide's list is wide, but nothing weak is in it. */
START_TEST(profile_suites)
{
	static const struct {
		const char *name;
		bool bcp195, modified, iris;
	} rows[] = {
		{ "TLS_AES_256_GCM_SHA384", true, true, true },
		{ "TLS_CHACHA20_POLY1305_SHA256", true, true, true },
		{ "TLS_AES_128_CCM_SHA256", false, true, false },
		{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true, true, true },
		{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false, true, true },
		{ "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", false, true, true },
		{ "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", false, false, true },
		{ "TLS_RSA_WITH_AES_128_CBC_SHA", false, false, true },
		{ "TLS_DH_anon_WITH_AES_128_GCM_SHA256", false, false, false },
		{ "TLS_RSA_WITH_NULL_SHA256", false, false, false },
		{ "TLS_RSA_WITH_3DES_EDE_CBC_SHA", false, false, false },
		{ "TLS_PSK_WITH_AES_128_GCM_SHA256", false, false, false },
	};
	struct policy bcp195, modified, iris;
	struct err err = ERR_INIT;

	ck_assert_int_eq(policy_profile("bcp195", &bcp195, &err), 0);
	ck_assert_int_eq(policy_profile("BCP195-modified", &modified, &err), 0);
	ck_assert_int_eq(policy_profile("iris", &iris, &err), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(policy_allows(&bcp195, rows[i].name) == rows[i].bcp195, "%s", rows[i].name);
		ck_assert_msg(policy_allows(&modified, rows[i].name) == rows[i].modified, "%s", rows[i].name);
		ck_assert_msg(policy_allows(&iris, rows[i].name) == rows[i].iris, "%s", rows[i].name);
	}
}
END_TEST

START_TEST(profile_unknown)
{
	static const struct {
		const char *name;
		const char *hint;
	} rows[] = {
		{ "bcp-195", "Did you mean bcp195?" },
		{ "bcp195-modifed", "Did you mean bcp195-modified?" },
		{ "strict", "PS3.15 B.12" },
		{ "", "iris" },
		{ "\033[2J", "iris" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy policy;
		struct err err = ERR_INIT;

		ck_assert_int_eq(policy_profile(rows[i].name, &policy, &err), -1);
		ck_assert_int_eq(err.kind, ERR_USAGE);
		ck_assert_msg(strstr(err.hint, rows[i].hint) != NULL, "%s", err.hint);
		ck_assert_ptr_null(strchr(err.text, '\033'));
	}
}
END_TEST

/* One at a time: each of the default's suites makes a policy of its own. */
START_TEST(single)
{
	struct policy_request request = { NULL, NULL };
	struct policy_suite suites[POLICY_SUITES_MAX], alone[POLICY_SUITES_MAX];
	struct policy policy;
	struct err err = ERR_INIT;
	size_t count;

	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	count = policy_suites(&policy, suites);
	ck_assert_uint_eq(count, 9);
	ck_assert_str_eq(suites[0].name, "TLS_AES_256_GCM_SHA384");
	ck_assert_str_eq(suites[3].name, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(policy_single(suites[i].name, &policy, &err), 0);
		ck_assert_int_eq(policy.min_version, suites[i].version);
		ck_assert_int_eq(policy.max_version, suites[i].version);
		ck_assert_uint_eq(policy_suites(&policy, alone), 1);
		ck_assert_ptr_eq(alone[0].name, suites[i].name);
	}
	ck_assert_int_eq(policy_single("TLS_RSA_WITH_NULL_SHA", &policy, &err), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc = tcase_create("policy");

	tcase_add_rows(tc, good_row, good, list);
	tcase_add_rows(tc, bad_row, bad, text);
	tcase_add_rows(tc, group_row, good_groups, groups);
	tcase_add_rows(tc, bad_group_row, bad_groups, text);
	tcase_add_test(tc, no_lists_at_all);
	tcase_add_test(tc, room_for_all);
	tcase_add_test(tc, profile_bcp195);
	tcase_add_test(tc, profile_suites);
	tcase_add_test(tc, profile_unknown);
	tcase_add_test(tc, single);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
