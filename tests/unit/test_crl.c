/* SPDX-License-Identifier: BSD-3-Clause */
/* Revocation lists that can be used, and those that cannot. */
#include "tls/store.h"

#include "check_main.h"
#include "testpki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/test_crl.XXXXXX", path[64];

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/partial.crl", dir);
}

static void
teardown(void)
{
	unlink(path);
	rmdir(dir);
}

static const char *
spill(const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

/* Lists that don't tell all by themselves. */
START_TEST(partial)
{
	static const struct {
		const char *name, *value, *text;
	} rows[] = {
		{ "2.5.29.27", "critical,DER:020101", "is a delta CRL" },
		{ "2.5.29.27", "DER:020101", "is a delta CRL" },
		{ "2.5.29.28", "critical,DER:30038401FF", "is an indirect CRL" },
		{ "2.5.29.28", "critical,DER:300483020640", "some revocation reasons" },
		{ "2.5.29.28", "critical,DER:30038501FF", "attribute certificates" },
		{ "2.5.29.28", "critical,DER:0500", "cannot be read" },
		{ "1.2.3.4.5", "critical,DER:0500", "critical extension" },
		{ "1.2.3.4.5", "DER:0500", NULL },
		{ "2.5.29.28", "critical,DER:30038101FF", NULL }, /* for users' certificates only */
		{ "2.5.29.28", "critical,DER:30038201FF", NULL }, /* for CAs' */
	};
	struct testpki ca = testpki_make(&(struct testpki_spec){ .cn = "Demo CA", .ca = true });

	for (size_t i = 0; i < COUNT(rows); i++) {
		STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
		X509_CRL *crl = testpki_crl(&ca, NULL, 5);
		unsigned char *der = NULL;
		struct err err = ERR_INIT;
		int len, count;

		crl = testpki_crl_extend(crl, &ca, rows[i].name, rows[i].value);
		len = i2d_X509_CRL(crl, &der);
		count = crl_load(spill(der, (size_t)len), crls, &err);
		ck_assert_msg(count == (rows[i].text ? -1 : 1), "%s: %d %s", rows[i].value, count, err.text);
		if (rows[i].text) {
			ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
			ck_assert_msg(strstr(err.text, rows[i].text) != NULL, "%s", err.text);
			ck_assert_msg(strstr(err.text, "partial.crl cannot be used: the list of \"CN=Demo CA") !=
				NULL, "%s", err.text);
			ck_assert_msg(strstr(err.hint, "complete list") != NULL, "%s", err.hint);
		}
		OPENSSL_free(der);
		X509_CRL_free(crl);
		sk_X509_CRL_pop_free(crls, X509_CRL_free);
	}
	testpki_free(&ca);
}
END_TEST

/* Which of two lists is passed over. */
START_TEST(superseded)
{
	struct testpki ca = testpki_make(&(struct testpki_spec){ .cn = "Demo CA", .ca = true });
	struct testpki other = testpki_make(&(struct testpki_spec){ .cn = "Other CA", .ca = true });
	STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
	X509_CRL *a = testpki_crl(&ca, NULL, 5), *b = testpki_crl(&ca, NULL, 5);
	X509_CRL *c = testpki_crl(&other, NULL, 5), *d = testpki_crl(&ca, NULL, 5);

	testpki_crl_number(a, &ca, 9, a);
	testpki_crl_number(b, &ca, 10, a);
	testpki_crl_number(c, &other, 11, a);
	testpki_crl_number(d, &ca, 12, a);
	d = testpki_crl_extend(d, &ca, "2.5.29.28", "critical,DER:30038201FF");
	sk_X509_CRL_push(crls, a);
	sk_X509_CRL_push(crls, b);
	sk_X509_CRL_push(crls, c);
	sk_X509_CRL_push(crls, d);
	ck_assert(crl_is_superseded(crls, a) && !crl_is_superseded(crls, b));
	/* Another CA's, or one of another scope, takes nobody's place. */
	ck_assert(!crl_is_superseded(crls, c) && !crl_is_superseded(crls, d));
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	testpki_free(&other);
	testpki_free(&ca);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("crl");
	TCase *tc = tcase_create("crl");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, partial);
	tcase_add_test(tc, superseded);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
