/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/certtext.h"

#include "base/text.h"

#include <time.h>

#include <openssl/bio.h>

char *
certtext_name(const X509_NAME *name, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long len = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		len = BIO_get_mem_data(bio, &data);
	if (len > 0)
		text_harmless(out, size, data, (size_t)len);
	else
		text_format(out, size, "no name");
	BIO_free(bio);
	return out;
}

char *
certtext_short_name(const X509_NAME *name, char *out, size_t size)
{
	unsigned char *utf8 = NULL;
	int at = -1, last = -1, len;
	char cn[256];

	while ((at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0)
		last = at;
	if (last < 0)
		return certtext_name(name, out, size);
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	if (len < 0)
		return certtext_name(name, out, size);
	text_format(out, size, "CN=%s", text_harmless(cn, sizeof cn, utf8, (size_t)len));
	OPENSSL_free(utf8);
	return out;
}

char *
certtext_time(const ASN1_TIME *time, char *out, size_t size)
{
	struct tm tm;

	if (!time || !ASN1_TIME_to_tm(time, &tm) || strftime(out, size, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		text_format(out, size, "an unreadable date");
	return out;
}

bool
certtext_days_left(const ASN1_TIME *time, int *days)
{
	int seconds;

	if (!ASN1_TIME_diff(days, &seconds, NULL, time))
		return false;
	if (*days == 0 && seconds < 0)
		*days = -1;
	return true;
}
