/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/groups.h"

#include "base/text.h"
#include "tls/wire.h"

#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#define FIRST_POST_QUANTUM 0x0200 /* below it, only finite fields and elliptic curves */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct group {
	uint16_t code;
	const char *name;
} names[] = {
	{ 0x001d, "x25519" },
	{ 0x0017, "secp256r1" },
	{ 0x0018, "secp384r1" },
	{ 0x0019, "secp521r1" },
	{ 0x0017, "P-256" },
	{ 0x0018, "P-384" },
	{ 0x0019, "P-521" },
	{ 0x001e, "x448" },
	{ 0x0100, "ffdhe2048" },
	{ 0x0101, "ffdhe3072" },
	{ 0x0102, "ffdhe4096" },
	{ 0x0103, "ffdhe6144" },
	{ 0x0104, "ffdhe8192" },
	{ 0x001a, "brainpoolP256r1" },
	{ 0x001b, "brainpoolP384r1" },
	{ 0x001c, "brainpoolP512r1" },
	{ 0x001f, "brainpoolP256r1tls13" },
	{ 0x0020, "brainpoolP384r1tls13" },
	{ 0x0021, "brainpoolP512r1tls13" },
	{ 0x11eb, "SecP256r1MLKEM768" },
	{ 0x11ec, "X25519MLKEM768" },
	{ 0x11ed, "SecP384r1MLKEM1024" },
	{ 0x0200, "MLKEM512" },
	{ 0x0201, "MLKEM768" },
	{ 0x0202, "MLKEM1024" },
};

const uint16_t groups_all[] = { 0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101, 0x0102, 0x0103,
	0x0104, 0x001f, 0x0020, 0x0021, 0x11ec, 0x11eb, 0x11ed, 0x0200, 0x0201, 0x0202 };
const size_t groups_all_count = COUNT(groups_all);

static const struct group *
find(const char *name)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

const char *
groups_spelling(const char *name)
{
	const struct group *group = find(name);

	return group ? group->name : NULL;
}

bool
groups_is_classical(const char *name)
{
	const struct group *group = find(name);

	return group && group->code < FIRST_POST_QUANTUM;
}

const char *
groups_nearest(const char *name)
{
	const char *best = NULL;
	size_t least = strlen(name) / 3 + 1;

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t distance = text_distance(name, names[i].name);

		if (distance >= least)
			continue;
		least = distance;
		best = names[i].name;
	}
	return best;
}

/* Does a ClientHello of that version contain any group if only this list is allowed? */
static bool
is_offered(SSL_CTX *ctx, char *list, int version, bool *known)
{
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	struct wire_offer offer = { .groups = { .count = 0 } };
	char *bytes = NULL;
	long len;

	if (!ssl || !in || !out) {
		BIO_free(in);
		BIO_free(out);
		SSL_free(ssl);
		return false;
	}
	SSL_set_bio(ssl, in, out);
	*known = SSL_set1_groups_list(ssl, list) == 1;
	if (*known && SSL_set_min_proto_version(ssl, version) && SSL_set_max_proto_version(ssl, version))
		(void)SSL_connect(ssl); /* it gets no answer: only its first flight is needed */
	len = BIO_get_mem_data(out, &bytes);
	/* After the header of the record. */
	if (len > 5 && wire_offer_parse((const uint8_t *)bytes + 5, (size_t)len - 5, &offer) < 0)
		offer.groups.count = 0;
	/* A word for several groups, such as DEFAULT from 3.5 on, is not a group's name. */
	if (offer.groups.count > 1)
		*known = false;
	SSL_free(ssl);
	ERR_clear_error();
	return offer.groups.count == 1;
}

struct groups_use
groups_use(SSL_CTX *ctx, const char *name)
{
	struct groups_use use = { .known = false };
	char *list = OPENSSL_strdup(name); /* OpenSSL's macro takes no const */

	if (!list)
		return use;
	use.tls12 = is_offered(ctx, list, TLS1_2_VERSION, &use.known);
	use.tls13 = is_offered(ctx, list, TLS1_3_VERSION, &use.known);
	OPENSSL_free(list);
	return use;
}

char *
groups_agreed(SSL *ssl, char *out, size_t size)
{
	const char *name = NULL;
	int group = (int)SSL_get_negotiated_group(ssl);

	if (group != NID_undef)
		name = SSL_group_to_name(ssl, group);
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
	if (group != NID_undef && !name)
		name = SSL_get0_group_name(ssl);
#endif
	text_format(out, size, "%s", name ? name : "");
	ERR_clear_error();
	return out;
}

const char *
groups_name_in(SSL *ssl, uint16_t code)
{
	/* A group without an OpenSSL number is given as this and its code point: SSL_get1_groups(3). */
	const char *name = SSL_group_to_name(ssl, TLSEXT_nid_unknown | code);

	ERR_clear_error();
	for (size_t i = 0; !name && i < COUNT(names); i++)
		if (names[i].code == code)
			name = names[i].name;
	return name;
}
