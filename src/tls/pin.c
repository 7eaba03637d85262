/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/pin.h"

#include "base/text.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#define BASE64_LEN 44 /* of PIN_SIZE bytes, the last character being '=' */

/* Two digits per byte, colons between all or none of the bytes. */
static bool
parse_hex(const char *text, unsigned char out[PIN_SIZE])
{
	size_t wanted = strchr(text, ':') ? 3 * PIN_SIZE - 1 : 2 * PIN_SIZE, size = 0;
	bool read = strlen(text) == wanted && OPENSSL_hexstr2buf_ex(out, PIN_SIZE, &size, text, ':');

	ERR_clear_error();
	return read && size == PIN_SIZE;
}

static bool
parse_base64(const char *text, unsigned char out[PIN_SIZE])
{
	unsigned char bytes[PIN_SIZE + 1], in[BASE64_LEN + 1];

	if (strlen(text) != BASE64_LEN || strcspn(text, "=") != BASE64_LEN - 1)
		return false;
	memcpy(in, text, sizeof in);
	if (EVP_DecodeBlock(bytes, in, BASE64_LEN) != (int)sizeof bytes)
		return false;
	memcpy(out, bytes, PIN_SIZE);
	return true;
}

int
pin_parse(const char *text, unsigned char out[PIN_SIZE], struct err *err)
{
	char shown[128];

	if (parse_hex(text, out) || parse_base64(text, out))
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a pin: a pin is the SHA-256 of a public key, 64 hexadecimal "
		"digits or 44 characters of base64", text_harmless_str(shown, sizeof shown, text));
	return err_hint(err, "To get a certificate's pin: openssl x509 -in CERT -noout -pubkey | "
		"openssl pkey -pubin -outform DER | openssl sha256.");
}

int
pin_of(const X509 *cert, unsigned char out[PIN_SIZE])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	int rv = -1;

	if (len > 0 && EVP_Digest(der, (size_t)len, out, NULL, EVP_sha256(), NULL))
		rv = 0;
	OPENSSL_free(der);
	ERR_clear_error();
	return rv;
}

char *
pin_text(const unsigned char pin[PIN_SIZE], char *out, size_t size)
{
	unsigned char text[PIN_TEXT_SIZE];

	EVP_EncodeBlock(text, pin, PIN_SIZE);
	text_format(out, size, "%s", (const char *)text);
	return out;
}

bool
pin_matches(const X509 *cert, const unsigned char (*pins)[PIN_SIZE], size_t count)
{
	unsigned char own[PIN_SIZE];

	if (!cert || pin_of(cert, own) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (memcmp(own, pins[i], PIN_SIZE) == 0)
			return true;
	}
	return false;
}
