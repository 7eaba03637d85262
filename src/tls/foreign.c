/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/foreign.h"

#include "base/bytes.h"

#include <string.h>

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
	const struct foreign *is;
} beginnings[] = {
#define TEXT(text)	   (text), sizeof(text) - 1
#define IS(what, how, key) &(const struct foreign){ what, how, key }
	{ TEXT("PuTTY-User-Key-File-"),
		IS("a PuTTY private key (PPK)", "Convert it: puttygen FILE -O private-openssh -o KEY (RSA "
			"and ECDSA keys), then ssh-keygen -p -m PKCS8 -f KEY.", true) },
	{ TEXT("\x1e\xf1\xb5\xb0"),
		IS("a private key in Microsoft's PVK format", "Convert it: openssl rsa -inform PVK -in FILE "
			"-out KEY.pem.", true) },
	{ TEXT("\x07\x02\0\0"),
		IS("a private key as a Microsoft key blob", "Convert it: openssl rsa -inform MSBLOB -in "
			"FILE -out KEY.pem.", true) },
	{ TEXT("\0\0\0\0CERT"),
		IS("a serialized certificate store of Windows (SST)", "Export the certificate with its "
			"private key as PKCS#12 (PFX) instead.", false) },
	{ TEXT("SQLite format 3"),
		IS("an SQLite database, as NSS (Firefox, 389 Directory Server) uses for keys",
			"Export the key: pk12util -o NEW.p12 -n NAME -d DIRECTORY.", true) },
	{ TEXT("kych"), IS("a keychain of macOS", "Export key and certificate from it as PKCS#12.", true) },
	{ TEXT("PK\x03\x04"), IS("a ZIP archive", "Unpack it and give the file in it.", false) },
	{ TEXT("\x1f\x8b"), IS("compressed with gzip", "Unpack it with gunzip.", false) },
	{ TEXT("<RSAKeyValue>"),
		IS("an RSA key as XML (.NET)", "Have it exported as PEM or PKCS#12.", true) },
	{ TEXT("-----BEGIN PGP "), &pgp },
	{ TEXT("---- BEGIN SSH2 PUBLIC"), &ssh_public },
	{ TEXT("ssh-rsa "), &ssh_public },
	{ TEXT("ssh-ed25519 "), &ssh_public },
	{ TEXT("ecdsa-sha2-"), &ssh_public },
	{ TEXT("AGE-SECRET-KEY-"), &age },
	{ TEXT("age-encryption.org/"), &age },
	{ TEXT("# created: "), &age },
	{ TEXT("MIME-Version: "), &smime },
	{ TEXT("Content-Type: "), &smime },
	{ TEXT("<!DOCTYPE "), &html },
	{ TEXT("<!doctype "), &html },
	{ TEXT("<html"), &html },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool
is_bks(const unsigned char *data, size_t len)
{
	return len >= 8 && get_be32(data) <= 2 && get_be32(data + 4) == BKS_SALT_LEN;
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
		size_t version_at; /* after a length of one octet, or of two */
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
			return beginnings[i].is;
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
	const struct foreign *is;
} labels[] = {
	{ "TSS2 PRIVATE KEY", IS("a TPM 2.0 key (TSS2), which only that TPM can use",
		"Get a certificate for a key in a file.", true) },
	{ "TSS PRIVATE KEY", IS("a TPM 1.2 key, which only that TPM can use",
		"Get a certificate for a key in a file.", true) },
	{ "DSA PRIVATE KEY", IS("a DSA private key, which TLS 1.2 and 1.3 peers refuse",
		"Get a certificate for an RSA or EC key.", true) },
	{ "ATTRIBUTE CERTIFICATE", IS("an attribute certificate", NEED_BOTH, false) },
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
			return labels[i].is;
	return NULL;
}

/* ObjectStore ::= SEQUENCE { SEQUENCE { algorithm, OCTET STRING }, integrity check }: an
 * encrypted private key followed by something else. */
static bool
is_bcfks(const unsigned char *data, size_t len)
{
	const unsigned char *at = data;
	long size;
	int tag, class;
	X509_SIG *key;

	if (ASN1_get_object(&at, &size, &tag, &class, (long)len) & 0x80)
		return false;
	key = d2i_X509_SIG(NULL, &at, size);
	X509_SIG_free(key);
	return key && at < data + len;
}

static bool
is_type(const ASN1_ITEM *type, const unsigned char *data, size_t len)
{
	ASN1_VALUE *value = ASN1_item_d2i(NULL, &data, (long)len, type);

	ASN1_item_free(value, type);
	return value != NULL;
}

const struct foreign *
foreign_der(const unsigned char *data, size_t len)
{
	if (is_bcfks(data, len))
		return &bcfks;
	if (is_type(ASN1_ITEM_rptr(X509_REQ), data, len))
		return &request;
	if (is_type(ASN1_ITEM_rptr(X509_CRL), data, len))
		return &crl;
	return is_type(ASN1_ITEM_rptr(X509_PUBKEY), data, len) ? &public_key : NULL;
}
