/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/foreign.h"

#include "base/bytes.h"
#include "tls/der.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#define BKS_SALT_LEN 20 /* bytes; BKS and UBER begin with a version and this, 4 bytes each */

#define NEED_BOTH "Give the file with the private key and the certificate."
#define CONVERT_JAVA(type) \
	"Convert it: keytool -importkeystore -srckeystore FILE -srcstoretype " type \
	" -destkeystore NEW.p12 -deststoretype PKCS12 -providerclass " \
	"org.bouncycastle.jce.provider.BouncyCastleProvider -providerpath BCPROV.jar."

static const struct foreign bks = { "a BouncyCastle key store (BKS or UBER)",
	CONVERT_JAVA("BKS"), true };
static const struct foreign bcfks = { "a BouncyCastle FIPS key store (BCFKS)",
	CONVERT_JAVA("BCFKS"), true };
static const struct foreign jwk = { "a JSON Web Key (RFC 7517)",
	"Convert it to PEM, and add the certificate.", true };
static const struct foreign bare = { "base64 text without PEM BEGIN and END lines",
	"Decode it (openssl base64 -d -A -in FILE -out NEW), or put the BEGIN and END lines back.", false };
static const struct foreign request = { "a certificate request",
	"Send it to the CA, and give the certificate that the CA issues for it.", false };
static const struct foreign public_key = { "a public key only", NEED_BOTH, false };
static const struct foreign crl = { "a revocation list",
	"A revocation list is given with --crl-file.", false };
static const struct foreign pgp = { "an OpenPGP key or message",
	"TLS needs an X.509 certificate and its key: export them as PKCS#12 from where they are kept.",
	false };
static const struct foreign openssh = { "an OpenSSH private key",
	"Convert a copy of it: ssh-keygen -p -m PKCS8 -f COPY (RSA and ECDSA keys only).", true };
static const struct foreign ssh_public = { "an SSH public key", NEED_BOTH, false };
static const struct foreign age = { "a key or a file of age",
	"Decrypt it with age and give the contents; age's own keys cannot be used for TLS.", false };
static const struct foreign smime = { "an S/MIME message",
	"Decrypt it with a mail program or with openssl cms -decrypt, and give the contents.", false };
static const struct foreign html = { "an HTML page",
	"Download the file again: a login or error page was saved instead.", false };

/* What files begin with. */
static const struct {
	const char *bytes;
	size_t len;
	struct foreign is;
} beginnings[] = {
#define TEXT(text) text, sizeof text - 1
	{ TEXT("PuTTY-User-Key-File-"),
		{ "a PuTTY private key (PPK)", "Convert it: puttygen FILE -O private-openssh -o KEY (RSA "
			"and ECDSA keys), then ssh-keygen -p -m PKCS8 -f KEY.", true } },
	{ TEXT("\x1e\xf1\xb5\xb0"),
		{ "a private key in Microsoft's PVK format", "Convert it: openssl rsa -inform PVK -in FILE "
			"-out KEY.pem.", true } },
	{ TEXT("\x07\x02\0\0"),
		{ "a private key as a Microsoft key blob", "Convert it: openssl rsa -inform MSBLOB -in "
			"FILE -out KEY.pem.", true } },
	{ TEXT("\0\0\0\0CERT"),
		{ "a serialized certificate store of Windows (SST)", "Export the certificate with its "
			"private key as PKCS#12 (PFX) instead.", false } },
	{ TEXT("SQLite format 3"),
		{ "an SQLite database, as NSS (Firefox, 389 Directory Server) uses for keys",
			"Export the key: pk12util -o NEW.p12 -n NAME -d DIRECTORY.", true } },
	{ TEXT("kych"),
		{ "a keychain of macOS", "Export key and certificate from it as PKCS#12.", true } },
	{ TEXT("PK\x03\x04"), { "a ZIP archive", "Unpack it and give the file in it.", false } },
	{ TEXT("\x1f\x8b"), { "compressed with gzip", "Unpack it with gunzip.", false } },
	{ TEXT("<RSAKeyValue>"),
		{ "an RSA key as XML (.NET)", "Have it exported as PEM or PKCS#12.", true } },
#undef TEXT
};

/* The same where several beginnings mean one thing. */
static const struct {
	const char *text;
	const struct foreign *is;
} texts[] = {
	{ "-----BEGIN PGP ", &pgp },
	{ "---- BEGIN SSH2 PUBLIC", &ssh_public },
	{ "ssh-rsa ", &ssh_public },
	{ "ssh-ed25519 ", &ssh_public },
	{ "ecdsa-sha2-", &ssh_public },
	{ "AGE-SECRET-KEY-", &age },
	{ "age-encryption.org/", &age },
	{ "# created: ", &age },
	{ "MIME-Version: ", &smime },
	{ "Content-Type: ", &smime },
	{ "<!DOCTYPE ", &html },
	{ "<!doctype ", &html },
	{ "<html", &html },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool
is_bks(const unsigned char *data, size_t len)
{
	struct cursor in = { data, len, false };
	uint32_t version = cursor_number(&in, 4), salt = cursor_number(&in, 4);

	return version <= 2 && salt == BKS_SALT_LEN && !in.bad;
}

/* JSON with the member that every JWK has. */
static bool
is_jwk(const unsigned char *data, size_t len)
{
	return data[0] == '{' && memmem(data, len, "\"kty\"", 5);
}

/* The first line of a DER object of 128 bytes or more in base64. */
static bool
is_bare_base64(const unsigned char *data, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0;

	while (n < len && data[n] && strchr(alphabet, data[n]))
		n++;
	return n >= 60 && data[0] == 'M' && data[1] == 'I';
}

/* An OpenPGP key of version 4 in octets (RFC 4880 4.2, 5.5.2), secret or public. */
static bool
is_pgp(const unsigned char *data, size_t len)
{
	static const struct {
		unsigned char tag;
		size_t version_at; /* behind a length of one octet, or of two */
	} packets[] = { { 0x94, 2 }, { 0x98, 2 }, { 0x95, 3 }, { 0x99, 3 } };

	for (size_t i = 0; i < COUNT(packets); i++)
		if (len > packets[i].version_at && data[0] == packets[i].tag &&
		    data[packets[i].version_at] == 4)
			return true;
	return false;
}

const struct foreign *
foreign_file(const unsigned char *data, size_t len)
{
	size_t mark = bytes_mark(data, len);

	data += mark;
	len -= mark;
	for (size_t i = 0; i < COUNT(beginnings); i++)
		if (bytes_begin(data, len, beginnings[i].bytes, beginnings[i].len))
			return &beginnings[i].is;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (bytes_begin(data, len, texts[i].text, strlen(texts[i].text)))
			return texts[i].is;
	if (len == 0)
		return NULL;
	if (is_bks(data, len))
		return &bks;
	if (is_jwk(data, len))
		return &jwk;
	if (is_pgp(data, len))
		return &pgp;
	return is_bare_base64(data, len) ? &bare : NULL;
}

static const struct {
	const char *label;
	const struct foreign is;
} labels[] = {
	{ "TSS2 PRIVATE KEY", { "a TPM 2.0 key (TSS2), which only that TPM can use",
		"Get a certificate for a key in a file.", true } },
	{ "TSS PRIVATE KEY", { "a TPM 1.2 key, which only that TPM can use",
		"Get a certificate for a key in a file.", true } },
	{ "DSA PRIVATE KEY", { "a DSA private key, which TLS 1.2 and 1.3 peers refuse",
		"Get a certificate for an RSA or EC key.", true } },
	{ "ATTRIBUTE CERTIFICATE", { "an attribute certificate", NEED_BOTH, false } },
};

static const struct {
	const char *label;
	const struct foreign *is;
} alike[] = {
	{ "OPENSSH PRIVATE KEY", &openssh },
	{ "CERTIFICATE REQUEST", &request },
	{ "NEW CERTIFICATE REQUEST", &request },
	{ "PUBLIC KEY", &public_key },
	{ "RSA PUBLIC KEY", &public_key },
	{ "EC PUBLIC KEY", &public_key },
	{ "X509 CRL", &crl },
	{ "AGE ENCRYPTED FILE", &age },
};

const struct foreign *
foreign_label(const char *label)
{
	for (size_t i = 0; i < COUNT(labels); i++)
		if (strcmp(labels[i].label, label) == 0)
			return &labels[i].is;
	for (size_t i = 0; i < COUNT(alike); i++)
		if (strcmp(alike[i].label, label) == 0)
			return alike[i].is;
	return NULL;
}

/* ObjectStore ::= SEQUENCE { SEQUENCE { algorithm, OCTET STRING }, integrity check }: an
 * encrypted private key, and something behind it. */
static bool
is_bcfks(const unsigned char *data, size_t len)
{
	struct cursor in = { data, len, false };
	struct cursor store = der_enter(&in, 0x30);
	struct cursor encrypted = der_enter(&store, 0x30);
	struct cursor algorithm = der_enter(&encrypted, 0x30);

	der_enter(&algorithm, 0x06);
	der_enter(&encrypted, 0x04);
	der_next(&store);
	return !in.bad && !store.bad && !encrypted.bad && !algorithm.bad;
}

static bool
is_request(const unsigned char *data, size_t len)
{
	X509_REQ *req = d2i_X509_REQ(NULL, &data, (long)len);

	X509_REQ_free(req);
	return req != NULL;
}

static bool
is_crl(const unsigned char *data, size_t len)
{
	X509_CRL *list = d2i_X509_CRL(NULL, &data, (long)len);

	X509_CRL_free(list);
	return list != NULL;
}

static bool
is_public_key(const unsigned char *data, size_t len)
{
	X509_PUBKEY *spki = d2i_X509_PUBKEY(NULL, &data, (long)len);

	X509_PUBKEY_free(spki);
	return spki != NULL;
}

const struct foreign *
foreign_der(const unsigned char *data, size_t len)
{
	static const struct {
		bool (*fits)(const unsigned char *data, size_t len);
		const struct foreign *is;
	} shapes[] = { { is_bcfks, &bcfks }, { is_request, &request }, { is_crl, &crl },
		{ is_public_key, &public_key } };
	const struct foreign *is = NULL;

	for (size_t i = 0; i < COUNT(shapes) && !is; i++)
		if (shapes[i].fits(data, len))
			is = shapes[i].is;
	if (is)
		ERR_clear_error();
	return is;
}
