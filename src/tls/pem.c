/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/pem.h"

#include "base/bytes.h"
#include "tls/err_ssl.h"
#include "tls/pkcs8.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

/* A key that is encrypted as RFC 1421 has it, and what the attempts make of it. */
struct locked_block {
	const struct pem_block *block;
	EVP_CIPHER_INFO cipher;
	EVP_PKEY *key;
};

BIO *
pem_open(const unsigned char *text, size_t len)
{
	size_t mark = bytes_mark(text, len);

	return BIO_new_mem_buf(text + mark, (int)(len - mark));
}

int
pem_next(BIO *bio, struct pem_block *block)
{
	unsigned long code;

	memset(block, 0, sizeof *block);
	ERR_clear_error();
	if (PEM_read_bio_ex(bio, &block->label, &block->header, &block->data, &block->len,
		    PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE))
		return 1;
	memset(block, 0, sizeof *block);
	code = ERR_peek_last_error();
	if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) {
		ERR_clear_error();
		return 0;
	}
	return -1;
}

void
pem_block_clear(struct pem_block *block)
{
	OPENSSL_secure_free(block->label);
	OPENSSL_secure_free(block->header);
	OPENSSL_secure_clear_free(block->data, (size_t)block->len);
	memset(block, 0, sizeof *block);
}

static size_t
count_lines(const unsigned char *text, size_t len, const char *start)
{
	size_t n = strlen(start), count = 0;

	for (size_t i = 0; i + n <= len; i++)
		if ((i == 0 || text[i - 1] == '\n') && memcmp(text + i, start, n) == 0)
			count++;
	return count;
}

int
pem_damaged(const char *name, const unsigned char *text, size_t len, struct err *err)
{
	if (count_lines(text, len, "-----BEGIN ") > count_lines(text, len, "-----END ")) {
		err_set(err, ERR_CREDENTIALS, "%s is cut short: a PEM block in it has no END line", name);
		ERR_clear_error();
	} else
		err_ssl(err, ERR_CREDENTIALS, "a PEM block in %s is damaged", name);
	return err_hint(err, "Copy the file again from its source.");
}

static int
take_certificate(struct store_file *store_file, X509 *cert, struct err *err)
{
	return store_file_add(store_file, (struct store_item){ .cert = cert }, err);
}

/* For example an encrypted message. */
static int
other_pkcs7(const struct store_file *store_file, const PKCS7 *p7, struct err *err)
{
	char type[80];

	OBJ_obj2txt(type, sizeof type, p7->type, 0);
	err_set(err, ERR_CREDENTIALS, "%s is a PKCS#7 (CMS) message of type %s, not a list of certificates",
		store_file->name, type);
	return err_hint(err, "Decrypt it on the system that it is meant for, and give the contents.");
}

static int
take_pkcs7(struct store_file *store_file, const unsigned char *data, long len, struct err *err)
{
	PKCS7 *p7 = d2i_PKCS7(NULL, &data, len);
	STACK_OF(X509) *certs = NULL;
	int rv = 0;

	if (p7 && PKCS7_type_is_signed(p7) && p7->d.sign)
		certs = p7->d.sign->cert;
	if (p7 && !PKCS7_type_is_signed(p7))
		rv = other_pkcs7(store_file, p7, err);
	else if (!certs)
		rv = store_file_damaged(store_file, err);
	for (int i = 0; rv == 0 && i < sk_X509_num(certs); i++) {
		X509 *cert = sk_X509_value(certs, i);

		X509_up_ref(cert);
		rv = take_certificate(store_file, cert, err);
	}
	PKCS7_free(p7);
	return rv;
}

/* Take ownership of a key. NULL: OpenSSL cannot read it. */
static int
take_key(struct store_file *store_file, EVP_PKEY *key, struct err *err)
{
	return store_file_add(store_file, (struct store_item){ .key = key }, err);
}

/* Add an unencrypted PKCS#8 key; takes ownership of info. */
static int
take_pkcs8(struct store_file *store_file, PKCS8_PRIV_KEY_INFO *info, struct err *err)
{
	EVP_PKEY *key;

	if (!info)
		return store_file_damaged(store_file, err);
	key = pkcs8_key(store_file, info, NULL);
	PKCS8_PRIV_KEY_INFO_free(info);
	return key ? take_key(store_file, key, err) : 0;
}

/* An unencrypted key, in the format that the block's label names. */
static EVP_PKEY *
key_of_block(const char *label, const unsigned char *data, long len)
{
	if (strcmp(label, PEM_STRING_RSA) == 0)
		return d2i_PrivateKey(EVP_PKEY_RSA, NULL, &data, len);
	if (strcmp(label, PEM_STRING_ECPRIVATEKEY) == 0)
		return d2i_PrivateKey(EVP_PKEY_EC, NULL, &data, len);
	return d2i_AutoPrivateKey(NULL, &data, len);
}

/* RFC 1421 encryption has no check except padding: the password is right only if the key can be parsed.
 * PEM_do_header's own callback takes its last argument as the password. */
static bool
open_block(void *ctx, const char *pass, int len)
{
	struct locked_block *locked = ctx;
	size_t size = (size_t)locked->block->len;
	unsigned char *copy = OPENSSL_memdup(locked->block->data, size);
	char text[PEM_BUFSIZE + 1] = "";
	long left = locked->block->len;

	if (len > 0 && len <= PEM_BUFSIZE)
		memcpy(text, pass, (size_t)len);
	if (copy && len <= PEM_BUFSIZE && PEM_do_header(&locked->cipher, copy, &left, NULL, text))
		locked->key = key_of_block(locked->block->label, copy, left);
	OPENSSL_cleanse(text, sizeof text);
	OPENSSL_clear_free(copy, size);
	return locked->key != NULL;
}

static int
take_encrypted_pkcs8(struct store_file *store_file, const unsigned char *data, long len, struct err *err)
{
	X509_SIG *sig = d2i_X509_SIG(NULL, &data, len);
	PKCS8_PRIV_KEY_INFO *info = NULL;
	int rv;

	if (!sig)
		return store_file_damaged(store_file, err);
	rv = pkcs8_unlock(store_file, sig, NULL, &info, err);
	X509_SIG_free(sig);
	return rv > 0 ? take_pkcs8(store_file, info, err) : rv;
}

/* A key after "Proc-Type: 4,ENCRYPTED", including DES-CBC. */
static int
take_encrypted_block(struct store_file *store_file, const struct pem_block *block, struct err *err)
{
	struct locked_block locked = { .block = block };
	OSSL_LIB_CTX *libctx;
	const char *name;
	EVP_CIPHER *cipher;
	int rv;

	if (!PEM_get_EVP_CIPHER_INFO(block->header, &locked.cipher))
		return store_file_damaged(store_file, err);
	name = EVP_CIPHER_get0_name(locked.cipher.cipher);
	if (legacy_cipher(&store_file->legacy, name, store_file->name, &libctx, err) < 0)
		return -1;
	cipher = EVP_CIPHER_fetch(libctx, name, NULL);
	if (!cipher)
		return store_file_damaged(store_file, err);
	locked.cipher.cipher = cipher;
	rv = store_file_unlock_key(store_file, NULL, open_block, &locked, err);
	EVP_CIPHER_free(cipher);
	return rv > 0 ? take_key(store_file, locked.key, err) : rv;
}

static int
take_private_key(struct store_file *store_file, const struct pem_block *block, struct err *err)
{
	store_file->items.key_number++;
	if (!store_file->role->keys)
		return 0;
	if (strcmp(block->label, PEM_STRING_PKCS8) == 0)
		return take_encrypted_pkcs8(store_file, block->data, block->len, err);
	if (strstr(block->header, "ENCRYPTED"))
		return take_encrypted_block(store_file, block, err);
	store_file->items.keys_clear++;
	if (strcmp(block->label, PEM_STRING_PKCS8INF) == 0)
		return take_pkcs8(store_file, pkcs8_parse(block->data, (size_t)block->len), err);
	return take_key(store_file, key_of_block(block->label, block->data, block->len), err);
}

/* A block that is not used here. */
static int
note_foreign(struct store_file *store_file, const struct foreign *foreign)
{
	struct items *items = &store_file->items;

	if (!items->foreign || (foreign->key && !items->foreign->key))
		items->foreign = foreign;
	if (!foreign->key)
		return 0;
	items->key_number++;
	if (store_file->role->keys)
		items_leave_out(items, NULL, foreign->what);
	return 0;
}

static int
take_block(struct store_file *store_file, const struct pem_block *block, struct err *err)
{
	const unsigned char *p = block->data;
	const struct foreign *foreign = foreign_label(block->label);
	const char *private_key = strstr(block->label, "PRIVATE KEY");

	if (foreign)
		return note_foreign(store_file, foreign);
	if (strcmp(block->label, PEM_STRING_X509) == 0 || strcmp(block->label, PEM_STRING_X509_OLD) == 0)
		return take_certificate(store_file, d2i_X509(NULL, &p, block->len), err);
	/* With openssl's trust settings behind it, which the verification uses. */
	if (strcmp(block->label, PEM_STRING_X509_TRUSTED) == 0)
		return take_certificate(store_file, d2i_X509_AUX(NULL, &p, block->len), err);
	if (strcmp(block->label, PEM_STRING_PKCS7) == 0 ||
	    strcmp(block->label, PEM_STRING_PKCS7_SIGNED) == 0 || strcmp(block->label, PEM_STRING_CMS) == 0)
		return take_pkcs7(store_file, block->data, block->len, err);
	if (strcmp(block->label, "PKCS12") == 0) /* as certtool writes it */
		return pkcs12_collect(store_file, block->data, (size_t)block->len, err);
	if (private_key && strcmp(private_key, "PRIVATE KEY") == 0)
		return take_private_key(store_file, block, err);
	return 0; /* parameters */
}

int
pem_collect(struct store_file *store_file, const unsigned char *text, size_t len, struct err *err)
{
	struct pem_block block;
	BIO *bio = pem_open(text, len);
	int rv = 0, found = 1;

	if (!bio)
		return err_nomem(err);
	while (rv == 0 && (found = pem_next(bio, &block)) > 0) {
		rv = take_block(store_file, &block, err);
		pem_block_clear(&block);
	}
	if (found < 0)
		rv = pem_damaged(store_file->name, text, len, err);
	BIO_free(bio);
	return rv;
}

/* An unencrypted RSA, EC or PKCS#8 key: these begin with a version number. */
static int
take_der_key(struct store_file *store_file, const unsigned char *data, long len, struct err *err)
{
	PKCS8_PRIV_KEY_INFO *info;

	store_file->items.key_number++;
	if (!store_file->role->keys)
		return 0;
	store_file->items.keys_clear++;
	info = pkcs8_parse(data, (size_t)len);
	if (info)
		return take_pkcs8(store_file, info, err);
	return take_key(store_file, d2i_AutoPrivateKey(NULL, &data, len), err);
}

/* A SEQUENCE that begins with a SEQUENCE: an encrypted key's algorithm or a certificate's body. */
static int
take_der_sequence(struct store_file *store_file, const unsigned char *data, long len, struct err *err)
{
	const unsigned char *p = data;
	X509 *cert = d2i_X509(NULL, &p, len);
	const struct foreign *foreign;
	X509_SIG *sig;

	if (cert)
		return take_certificate(store_file, cert, err);
	foreign = foreign_der(data, (size_t)len);
	if (foreign) {
		err_set(err, ERR_CREDENTIALS, "%s is %s", store_file->name, foreign->what);
		return err_hint(err, "%s", foreign->remedy);
	}
	p = data;
	sig = d2i_X509_SIG(NULL, &p, len);
	X509_SIG_free(sig);
	if (!sig)
		return store_file_damaged(store_file, err);
	store_file->items.key_number++;
	return store_file->role->keys ? take_encrypted_pkcs8(store_file, data, len, err) : 0;
}

int
der_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
{
	const unsigned char *p = data;
	long inner;
	int tag, class;

	/* content_kind has seen the outer SEQUENCE and the first element's tag. */
	ASN1_get_object(&p, &inner, &tag, &class, (long)len);
	if (p >= data + len)
		return store_file_damaged(store_file, err);
	if (*p == 0x06)
		return take_pkcs7(store_file, data, (long)len, err);
	if (*p == 0x02)
		return take_der_key(store_file, data, (long)len, err);
	return take_der_sequence(store_file, data, (long)len, err);
}
