/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/hello.h"

#include "tls/groups.h"

#include <string.h>

#include <openssl/ssl.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MESSAGE_MAX 1024 /* bytes of a ServerHello that are read */

/* Code points of IANA's registry "TLS Cipher Suites". */
static const uint16_t null_suites[] = { 0x0001, 0x0002, 0x003b, 0xc006, 0xc010 };
static const uint16_t anonymous_suites[] = { 0x0018, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7,
	0xc016, 0xc017, 0xc018, 0xc019 };
static const uint16_t rc4_suites[] = { 0x0004, 0x0005, 0xc002, 0xc007, 0xc00c, 0xc011 };
static const uint16_t des3_suites[] = { 0x000a, 0x0013, 0x0016, 0xc003, 0xc008, 0xc00d, 0xc012 };
static const uint16_t export_suites[] = { 0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0062,
	0x0064 };

const uint16_t hello_common_suites[] = { 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xc009, 0xc00a, 0xc013, 0xc014,
	0x009e, 0x009f, 0x0033, 0x0039, 0x009c, 0x009d, 0x002f, 0x0035, 0x000a };
const size_t hello_common_count = COUNT(hello_common_suites);

const uint16_t hello_modern_suites[] = { 0x1302, 0x1303, 0x1301, 0x1304, 0x1305, 0xc02b, 0xc02c, 0xc02f,
	0xc030, 0x009e, 0x009f, 0x009c, 0x009d };
const size_t hello_modern_count = COUNT(hello_modern_suites);
const size_t hello_tls13_count = 5;

const struct hello_family hello_families[] = {
	{ "NULL", null_suites, COUNT(null_suites) },
	{ "anonymous", anonymous_suites, COUNT(anonymous_suites) },
	{ "RC4", rc4_suites, COUNT(rc4_suites) },
	{ "3DES", des3_suites, COUNT(des3_suites) },
	{ "export", export_suites, COUNT(export_suites) },
};
const size_t hello_family_count = COUNT(hello_families);

/* x25519, P-256, P-384, P-521, ffdhe2048 (RFC 8446 4.2.7). */
static const uint16_t classical_groups[] = { 0x001d, 0x0017, 0x0018, 0x0019, 0x0100 };

/* ECDSA and RSA with SHA-256, 384, 512, RSA-PSS, and SHA-1 for those that have
 * nothing better (RFC 8446 4.2.3). */
static const uint16_t signatures[] = { 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501,
	0x0601, 0x0203, 0x0201 };

/* The message while it grows; HELLO_MAX has room for the longest. */
struct out {
	uint8_t *bytes;
	size_t len;
};

static void
put_number(struct out *out, size_t bytes, size_t value)
{
	while (bytes-- > 0)
		out->bytes[out->len++] = (uint8_t)(value >> 8 * bytes);
}

static void
put_bytes(struct out *out, const void *bytes, size_t len)
{
	memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
}

/* A length of this many bytes is put here once the content is written. */
static size_t
open_vector(struct out *out, size_t bytes)
{
	put_number(out, bytes, 0);
	return out->len;
}

static void
close_vector(struct out *out, size_t start, size_t bytes)
{
	struct out head = { out->bytes, start - bytes };

	put_number(&head, bytes, out->len - start);
}

static void
put_list(struct out *out, const uint16_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_number(out, 2, list[i]);
}

/* An extension that holds one list of numbers. */
static void
put_list_extension(struct out *out, size_t type, const uint16_t *list, size_t count)
{
	put_number(out, 2, type);
	put_number(out, 2, 2 * count + 2);
	put_number(out, 2, 2 * count);
	put_list(out, list, count);
}

/* server_name (RFC 6066 3). */
static void
put_name(struct out *out, const char *name)
{
	size_t len = strlen(name);

	put_number(out, 2, TLSEXT_TYPE_server_name);
	put_number(out, 2, len + 5);
	put_number(out, 2, len + 3);
	put_number(out, 1, 0);
	put_number(out, 2, len);
	put_bytes(out, name, len);
}

static bool
has_tls12(const struct hello *hello)
{
	for (size_t i = 0; i < hello->suite_count; i++) {
		if (hello->suites[i] >> 8 != 0x13)
			return true;
	}
	return false;
}

/* supported_versions (RFC 8446 4.2.1), and a key_share without any (4.2.8). */
static void
put_tls13(struct out *out, const struct hello *hello)
{
	size_t versions = has_tls12(hello) ? 2 : 1;

	put_number(out, 2, TLSEXT_TYPE_supported_versions);
	put_number(out, 2, 2 * versions + 1);
	put_number(out, 1, 2 * versions);
	put_number(out, 2, TLS1_3_VERSION);
	if (versions > 1)
		put_number(out, 2, TLS1_2_VERSION);
	put_number(out, 2, TLSEXT_TYPE_key_share);
	put_number(out, 2, 2);
	put_number(out, 2, 0);
}

static void
put_extensions(struct out *out, const struct hello *hello, const char *name)
{
	bool all = hello->version == TLS1_3_VERSION && !hello->classical;
	size_t start = open_vector(out, 2);

	if (name && name[0])
		put_name(out, name);
	put_list_extension(out, TLSEXT_TYPE_supported_groups, all ? groups_all : classical_groups,
		all ? groups_all_count : COUNT(classical_groups));
	put_number(out, 2, TLSEXT_TYPE_ec_point_formats);
	put_number(out, 2, 2);
	put_number(out, 2, 0x0100); /* one: uncompressed */
	if (hello->version >= TLS1_2_VERSION)
		put_list_extension(out, TLSEXT_TYPE_signature_algorithms, signatures, COUNT(signatures));
	if (hello->version == TLS1_3_VERSION)
		put_tls13(out, hello);
	close_vector(out, start, 2);
}

size_t
hello_build(const struct hello *hello, const char *name, const uint8_t random[HELLO_RANDOM],
	uint8_t bytes[HELLO_MAX])
{
	struct out out = { bytes, 0 };
	size_t record, message;

	if (hello->version < SSL3_VERSION || hello->version > TLS1_3_VERSION ||
	    hello->suite_count > HELLO_SUITES_MAX || (name && strlen(name) > 255))
		return 0;
	put_number(&out, 1, SSL3_RT_HANDSHAKE);
	/* As RFC 5246 E.1 advises. */
	put_number(&out, 2, hello->version == SSL3_VERSION ? SSL3_VERSION : TLS1_VERSION);
	record = open_vector(&out, 2);
	put_number(&out, 1, SSL3_MT_CLIENT_HELLO);
	message = open_vector(&out, 3);
	/* RFC 8446 4.1.2. */
	put_number(&out, 2, hello->version == TLS1_3_VERSION ? TLS1_2_VERSION : hello->version);
	put_bytes(&out, random, HELLO_RANDOM);
	put_number(&out, 1, 0); /* no session to resume */
	put_number(&out, 2, 2 * (hello->suite_count + 1));
	put_list(&out, hello->suites, hello->suite_count);
	put_number(&out, 2, SSL3_CK_SCSV & 0xffff); /* RFC 5746 3.3 */
	put_number(&out, 2, 0x0100); /* one compression method: none */
	if (hello->version > SSL3_VERSION)
		put_extensions(&out, hello, name);
	close_vector(&out, message, 3);
	close_vector(&out, record, 2);
	return out.len;
}

/* The ServerHello at the head of what was gathered of the handshake. */
static enum hello_answer
parse_message(const uint8_t *message, size_t len, struct wire_choice *choice)
{
	size_t size;

	if (len < 4)
		return HELLO_MORE;
	if (message[0] != SSL3_MT_SERVER_HELLO)
		return HELLO_STRANGE;
	size = 4 + ((size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3]);
	if (size > MESSAGE_MAX)
		return HELLO_STRANGE;
	if (len < size)
		return HELLO_MORE;
	return wire_choice_parse(message, size, choice) == 0 ? HELLO_TAKEN : HELLO_STRANGE;
}

static enum hello_answer
parse_alert(const uint8_t *body, size_t len, int *alert)
{
	if (len != 2)
		return HELLO_STRANGE;
	if (body[0] == SSL3_AL_WARNING && body[1] != 0)
		return HELLO_MORE;
	*alert = body[1];
	return HELLO_ALERT;
}

enum hello_answer
hello_parse(const uint8_t *bytes, size_t len, struct wire_choice *choice, int *alert)
{
	uint8_t message[MESSAGE_MAX];
	size_t used = 0;

	while (len >= 5) {
		size_t size = (size_t)bytes[3] << 8 | bytes[4];
		size_t body = size < len - 5 ? size : len - 5;
		enum hello_answer answer = HELLO_MORE;

		if (!wire_is_record(bytes, len))
			return HELLO_STRANGE;
		if (bytes[0] == SSL3_RT_HANDSHAKE) {
			size_t room = sizeof message - used;

			/* A record of several messages may be long; the first one is short. */
			memcpy(message + used, bytes + 5, body < room ? body : room);
			used += body < room ? body : room;
			answer = parse_message(message, used, choice);
		} else if (bytes[0] != SSL3_RT_ALERT) {
			return HELLO_STRANGE;
		} else if (body == size) {
			answer = parse_alert(bytes + 5, body, alert);
		}
		if (answer != HELLO_MORE || body < size)
			return answer;
		bytes += 5 + size;
		len -= 5 + size;
	}
	return len >= 3 && !wire_is_record(bytes, len) ? HELLO_STRANGE : HELLO_MORE;
}
