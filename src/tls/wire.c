/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/wire.h"

#include "base/text.h"
#include "tls/cursor.h"

#include <string.h>

#include <openssl/tls1.h>

static void
read_list(struct cursor c, struct wire_list *out)
{
	out->count = 0;
	while (c.left >= 2 && out->count < WIRE_LIST_MAX)
		out->value[out->count++] = (uint16_t)cursor_number(&c, 2);
}

/* server_name (RFC 6066 3): only the first entry is used in practice. */
static void
name_read(struct cursor c, char *out, size_t size)
{
	struct cursor list = cursor_vector(&c, 2), name;

	cursor_number(&list, 1);
	name = cursor_vector(&list, 2);
	if (name.bad || name.left >= size)
		return;
	memcpy(out, name.at, name.left);
	out[name.left] = '\0';
}

int
wire_offer_parse(const uint8_t *msg, size_t len, struct wire_offer *out)
{
	struct cursor c = { msg, len, false }, extensions, suites;

	memset(out, 0, sizeof *out);
	cursor_cut(&c, 4);
	out->versions.value[0] = (uint16_t)cursor_number(&c, 2);
	out->versions.count = 1;
	cursor_cut(&c, 32);
	cursor_vector(&c, 1); /* session id */
	suites = cursor_vector(&c, 2);
	cursor_vector(&c, 1); /* compression */
	if (c.bad)
		return -1;
	read_list(suites, &out->suites);
	extensions = cursor_vector(&c, 2);
	while (extensions.left > 0 && !extensions.bad) {
		uint32_t type = cursor_number(&extensions, 2);
		struct cursor body = cursor_vector(&extensions, 2);

		if (type == TLSEXT_TYPE_server_name)
			name_read(body, out->name, sizeof out->name);
		else if (type == TLSEXT_TYPE_supported_groups)
			read_list(cursor_vector(&body, 2), &out->groups);
		else if (type == TLSEXT_TYPE_supported_versions)
			read_list(cursor_vector(&body, 1), &out->versions);
	}
	return extensions.bad ? -1 : 0;
}

/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

int
wire_choice_parse(const uint8_t *msg, size_t len, struct wire_choice *out)
{
	struct cursor c = { msg, len, false }, random, extensions;

	memset(out, 0, sizeof *out);
	cursor_cut(&c, 4);
	out->version = (uint16_t)cursor_number(&c, 2);
	random = cursor_cut(&c, 32);
	cursor_vector(&c, 1); /* session id */
	out->suite = (uint16_t)cursor_number(&c, 2);
	cursor_number(&c, 1); /* compression */
	if (c.bad)
		return -1;
	out->retry = memcmp(random.at, retry_random, sizeof retry_random) == 0;
	if (c.left == 0)
		return 0;
	extensions = cursor_vector(&c, 2);
	while (extensions.left > 0 && !extensions.bad) {
		uint32_t type = cursor_number(&extensions, 2);
		struct cursor body = cursor_vector(&extensions, 2);

		if (type == TLSEXT_TYPE_supported_versions)
			out->version = (uint16_t)cursor_number(&body, 2);
		else if (type == TLSEXT_TYPE_key_share)
			out->group = (uint16_t)cursor_number(&body, 2);
	}
	return extensions.bad ? -1 : 0;
}

bool
wire_is_record(const uint8_t *bytes, size_t len)
{
	return len >= 3 && bytes[0] >= 20 && bytes[0] <= 23 && bytes[1] == 3 && bytes[2] <= 4;
}

int
wire_find_alert(const uint8_t *bytes, size_t len)
{
	struct cursor c = { bytes, len, false };

	while (wire_is_record(c.at, c.left)) {
		uint32_t type = cursor_number(&c, 1);
		struct cursor body;

		cursor_number(&c, 2);
		body = cursor_vector(&c, 2);
		if (c.bad)
			break;
		if (type == 21 && body.left == 2 && body.at[0] == 2)
			return body.at[1];
	}
	return -1;
}

const char *
wire_alert_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
		{ 0, "close_notify" }, { 10, "unexpected_message" }, { 20, "bad_record_mac" },
		{ 22, "record_overflow" }, { 40, "handshake_failure" }, { 42, "bad_certificate" },
		{ 43, "unsupported_certificate" }, { 44, "certificate_revoked" },
		{ 45, "certificate_expired" }, { 46, "certificate_unknown" }, { 47, "illegal_parameter" },
		{ 48, "unknown_ca" }, { 49, "access_denied" }, { 50, "decode_error" },
		{ 51, "decrypt_error" }, { 70, "protocol_version" }, { 71, "insufficient_security" },
		{ 80, "internal_error" }, { 86, "inappropriate_fallback" }, { 90, "user_canceled" },
		{ 100, "no_renegotiation" }, { 109, "missing_extension" },
		{ 110, "unsupported_extension" }, { 112, "unrecognized_name" },
		{ 113, "bad_certificate_status_response" }, { 115, "unknown_psk_identity" },
		{ 116, "certificate_required" }, { 120, "no_application_protocol" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i].code == code)
			return names[i].name;
	}
	return "unknown";
}

const char *
wire_version_name(int version)
{
	static const char *const names[] = { "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3" };

	if (version < 0x300 || version > 0x304)
		return "an unknown version";
	return names[version - 0x300];
}

char *
wire_describe(const uint8_t *bytes, size_t len, char *out, size_t size, bool *dicom)
{
	/* PDU types (PS3.8 9.3): the second byte of a PDU is reserved, 0. */
	static const char *const pdus[] = { NULL, "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ",
		"P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP", "A-ABORT" };
	const uint8_t *end = memchr(bytes, '\n', len);
	const char *what = "";
	char line[81];

	*dicom = len >= 3 && bytes[0] >= 1 && bytes[0] <= 7 && bytes[1] == 0 && bytes[2] == 0;
	if (*dicom) {
		text_format(out, size, "a DICOM %s in clear", pdus[bytes[0]]);
		return out;
	}
	if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		what = "HTTP: ";
	else if (len >= 4 && memcmp(bytes, "SSH-", 4) == 0)
		what = "SSH: ";
	if (end)
		len = (size_t)(end - bytes);
	if (len > 0 && bytes[len - 1] == '\r')
		len--;
	text_format(out, size, "%s\"%s\"", what, text_harmless(line, sizeof line, bytes, len));
	return out;
}
