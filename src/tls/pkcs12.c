/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/store_file.h"

#include "tls/err_ssl.h"
#include "tls/pbmac1.h"
#include "tls/pkcs8.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#define BAGS_DEPTH_MAX 8 /* safe bags in safe bags; more than one level is unusual */

/* Java marks trusted certificates with it (trustedKeyUsage). */
#define JAVA_TRUSTED "2.16.840.1.113894.746875.1.1"

struct pfx {
	struct store_file *store_file;
	PKCS12 *p12;
	PKCS7 *content; /* the data of a PBMAC1 MAC; NULL: another kind of MAC */
	STACK_OF(PKCS7) *safes;
	STACK_OF(PKCS12_SAFEBAG) *bags; /* of all safes, once opened */
	OSSL_LIB_CTX **libctx;		/* for each safe: the one that has its cipher */
	bool sealed;			/* has a MAC */
	bool mac_fits;			/* some form of the password verified it */
};

static void
pfx_clear(struct pfx *pfx)
{
	sk_PKCS12_SAFEBAG_pop_free(pfx->bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(pfx->safes, PKCS7_free);
	PKCS12_free(pfx->p12);
	PKCS7_free(pfx->content);
	OPENSSL_free(pfx->libctx);
}

/* PFX ::= SEQUENCE { version, authSafe, macData }: OpenSSL only returns the safes of authSafe, but PBMAC1
 * is computed over its octets. */
static PKCS7 *
read_content(const unsigned char *data, size_t len)
{
	const unsigned char *p = data;
	long left;
	int tag, class;

	if (ASN1_get_object(&p, &left, &tag, &class, (long)len) & 0x80)
		return NULL;
	if (ASN1_get_object(&p, &left, &tag, &class, (long)(data + len - p)) != 0)
		return NULL;
	p += left;
	return d2i_PKCS7(NULL, &p, (long)(data + len - p));
}

/* Check the MAC's digest and iterations before spending time on them. */
static int
check_mac(struct pfx *pfx, const unsigned char *data, size_t len, struct err *err)
{
	const char *what = pfx->store_file->name;
	const X509_ALGOR *algor;
	const ASN1_INTEGER *count;
	const ASN1_OBJECT *oid;
	char name[80];
	EVP_MD *md;

	PKCS12_get0_mac(NULL, &algor, NULL, &count, pfx->p12);
	X509_ALGOR_get0(&oid, NULL, NULL, algor);
	if (OBJ_obj2nid(oid) == NID_pbmac1) {
		pfx->content = read_content(data, len);
		if (!pfx->content || !PKCS7_type_is_data(pfx->content) || !pfx->content->d.data)
			return store_file_damaged(pfx->store_file, err);
		return pbmac1_check(algor, what, err);
	}
	OBJ_obj2txt(name, sizeof name, oid, 0);
	md = EVP_MD_fetch(NULL, OBJ_nid2sn(OBJ_obj2nid(oid)), NULL);
	EVP_MD_free(md);
	if (md)
		return legacy_iterations(count, what, err);
	err_ssl(err, ERR_CREDENTIALS, "%s has a MAC of kind %s, which OpenSSL does not support", what, name);
	return err_hint(err, "Have the store rewritten with a SHA-256 MAC.");
}

/* Find what each safe needs to be opened. Returns 1 if some need a password, 0 if none does, -1. */
static int
authenticate_contents(struct pfx *pfx, struct err *err)
{
	int count = sk_PKCS7_num(pfx->safes);
	int encrypted = 0;

	pfx->libctx = OPENSSL_zalloc((size_t)(count + 1) * sizeof *pfx->libctx);
	if (!pfx->libctx)
		return err_nomem(err);
	for (int i = 0; i < count; i++) {
		PKCS7 *safe = sk_PKCS7_value(pfx->safes, i);

		if (PKCS7_type_is_data(safe) && safe->d.data)
			continue;
		if (PKCS7_type_is_enveloped(safe))
			return err_set(err, ERR_CREDENTIALS,
				"%s is encrypted to a certificate, not with a password, which is not "
				"supported",
				pfx->store_file->name);
		if (!PKCS7_type_is_encrypted(safe) || !safe->d.encrypted || !safe->d.encrypted->enc_data ||
			!safe->d.encrypted->enc_data->enc_data)
			return store_file_damaged(pfx->store_file, err);
		if (legacy_pbe(&pfx->store_file->legacy, safe->d.encrypted->enc_data->algorithm,
			    pfx->store_file->name, &pfx->libctx[i], err) < 0)
			return -1;
		encrypted = 1;
	}
	return encrypted || pfx->sealed;
}

/* The bags of the i-th safe, NULL if the password is wrong or the safe is damaged. */
static STACK_OF(PKCS12_SAFEBAG) *
unpack_safe(const struct pfx *pfx, int i, const char *pass, int len)
{
	PKCS7 *safe = sk_PKCS7_value(pfx->safes, i);
	PKCS7_ENC_CONTENT *enc;

	if (PKCS7_type_is_data(safe))
		return PKCS12_unpack_p7data(safe);
	enc = safe->d.encrypted->enc_data;
	return PKCS12_item_decrypt_d2i_ex(enc->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), pass, len,
		enc->enc_data, 1, pfx->libctx[i], NULL);
}

/* Move the bags of one stack to the end of another. */
static bool
move_bags(STACK_OF(PKCS12_SAFEBAG) *to, STACK_OF(PKCS12_SAFEBAG) *from)
{
	bool moved = true;

	while (moved && sk_PKCS12_SAFEBAG_num(from) > 0) {
		PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_shift(from);

		moved = sk_PKCS12_SAFEBAG_push(to, bag) > 0;
		if (!moved)
			PKCS12_SAFEBAG_free(bag);
	}
	sk_PKCS12_SAFEBAG_pop_free(from, PKCS12_SAFEBAG_free);
	return moved;
}

static bool
unpack_safes(struct pfx *pfx, const char *pass, int len)
{
	bool opened = true;

	pfx->bags = sk_PKCS12_SAFEBAG_new_null();
	for (int i = 0; opened && i < sk_PKCS7_num(pfx->safes); i++) {
		STACK_OF(PKCS12_SAFEBAG) *bags = unpack_safe(pfx, i, pass, len);

		opened = pfx->bags && bags && move_bags(pfx->bags, bags);
	}
	return opened;
}

/* Does one form of the password verify the MAC? */
static bool
mac_fits(const struct pfx *pfx, const char *pass, int len)
{
	const ASN1_OCTET_STRING *mac;
	const X509_ALGOR *algor;

	PKCS12_get0_mac(&mac, &algor, NULL, NULL, pfx->p12);
	if (pfx->content)
		return pbmac1_fits(algor, mac, pfx->content->d.data, pass, len);
	if (PKCS12_verify_mac(pfx->p12, pass, len))
		return true;
	ERR_clear_error();
	return false;
}

/* Unpack all safes with one form of the password, if it verifies the MAC. */
static bool
open_safes(void *ctx, const char *pass, int len)
{
	struct pfx *pfx = ctx;

	if (pfx->sealed && !mac_fits(pfx, pass, len))
		return false;
	pfx->mac_fits |= pfx->sealed;
	if (!unpack_safes(pfx, pass, len)) {
		sk_PKCS12_SAFEBAG_pop_free(pfx->bags, PKCS12_SAFEBAG_free);
		pfx->bags = NULL;
	}
	return pfx->bags != NULL;
}

/* Alias, localKeyId and Java's mark of a bag. */
static void
read_attributes(struct store_item *item, PKCS12_SAFEBAG *bag)
{
	const ASN1_TYPE *id = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
	ASN1_OBJECT *mark = OBJ_txt2obj(JAVA_TRUSTED, 1);

	item->alias = PKCS12_get_friendlyname(bag);
	if (id && id->type == V_ASN1_OCTET_STRING)
		item->id = ASN1_OCTET_STRING_dup(id->value.octet_string);
	item->trusted = mark && X509at_get_attr_by_OBJ(PKCS12_SAFEBAG_get0_attrs(bag), mark, -1) >= 0;
	ASN1_OBJECT_free(mark);
}

static int
take_certificate(struct store_file *store_file, PKCS12_SAFEBAG *bag, struct err *err)
{
	struct store_item item = { 0 };

	if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
		return 0; /* SDSI certificates: never seen */
	item.cert = PKCS12_SAFEBAG_get1_cert(bag);
	if (!item.cert)
		return err_ssl(err, ERR_CREDENTIALS, "%s holds a certificate that is damaged",
			store_file->name);
	read_attributes(&item, bag);
	return store_file_add(store_file, item, err);
}

/* Take a key in the clear, or else a shrouded one; it belongs to the default library context. */
static int
take_key(struct store_file *store_file, PKCS12_SAFEBAG *bag, bool clear, struct err *err)
{
	struct store_item item = { 0 };
	PKCS8_PRIV_KEY_INFO *unlocked = NULL;
	const PKCS8_PRIV_KEY_INFO *info = clear ? PKCS12_SAFEBAG_get0_p8inf(bag) : NULL;
	int rv = 0;

	read_attributes(&item, bag);
	if (!clear) {
		rv = pkcs8_unlock(store_file, PKCS12_SAFEBAG_get0_pkcs8(bag), item.alias, &unlocked, err);
		info = unlocked;
	}
	if (rv >= 0 && info)
		item.key = pkcs8_key(store_file, info, item.alias);
	PKCS8_PRIV_KEY_INFO_free(unlocked);
	if (item.key)
		return store_file_add(store_file, item, err);
	store_item_clear(&item);
	return rv < 0 ? -1 : 0;
}

static int take_bags(struct store_file *store_file, const STACK_OF(PKCS12_SAFEBAG) *bags, int depth,
	struct err *err);

static int
take_bag(struct store_file *store_file, PKCS12_SAFEBAG *bag, int depth, struct err *err)
{
	int type = PKCS12_SAFEBAG_get_nid(bag);

	if (type == NID_safeContentsBag)
		return take_bags(store_file, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, err);
	if (type == NID_certBag)
		return take_certificate(store_file, bag, err);
	if (type != NID_keyBag && type != NID_pkcs8ShroudedKeyBag)
		return 0; /* CRLs, Java's secret keys */
	store_file->items.key_number++;
	if (!store_file->role->keys)
		return 0;
	store_file->items.keys_clear += type == NID_keyBag;
	return take_key(store_file, bag, type == NID_keyBag, err);
}

static int
take_bags(struct store_file *store_file, const STACK_OF(PKCS12_SAFEBAG) *bags, int depth, struct err *err)
{
	if (depth > BAGS_DEPTH_MAX)
		return store_file_damaged(store_file, err);
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++)
		if (take_bag(store_file, sk_PKCS12_SAFEBAG_value(bags, i), depth, err) < 0)
			return -1;
	return 0;
}

/* Why no form of the password opened the safes. */
static int
explain_locked(const struct pfx *pfx, struct err *err)
{
	if (!pfx->mac_fits)
		return store_file_wrong_password(pfx->store_file, err);
	err_set(err, ERR_CREDENTIALS, "the password matches the MAC of %s, but does not decrypt its contents",
		pfx->store_file->name);
	return err_hint(err,
		"Its contents have another password, or are damaged: have it rewritten with one password.");
}

static int
open_pfx(struct pfx *pfx, const unsigned char *data, size_t len, struct err *err)
{
	int rv;

	pfx->sealed = PKCS12_mac_present(pfx->p12);
	if (pfx->sealed && check_mac(pfx, data, len, err) < 0)
		return -1;
	rv = authenticate_contents(pfx, err);
	if (rv < 0)
		return -1;
	if (rv == 0)
		return open_safes(pfx, NULL, 0) ? 0 : store_file_damaged(pfx->store_file, err);
	rv = store_file_unlock(pfx->store_file, NULL, open_safes, pfx, err);
	return rv == 0 ? explain_locked(pfx, err) : rv < 0 ? -1 : 0;
}

int
pkcs12_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
{
	struct pfx pfx = { .store_file = store_file };
	const unsigned char *p = data;
	int rv = -1;

	pfx.p12 = d2i_PKCS12(NULL, &p, (long)len);
	if (pfx.p12)
		pfx.safes = PKCS12_unpack_authsafes(pfx.p12);
	if (!pfx.safes)
		store_file_damaged(store_file, err);
	else if (open_pfx(&pfx, data, len, err) == 0)
		rv = take_bags(store_file, pfx.bags, 0, err);
	pfx_clear(&pfx);
	return rv;
}
