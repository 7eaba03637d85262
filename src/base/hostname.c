/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hostname.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define NAME_MAX_SHOWN 300 /* bytes: a name has 255 */
#define NAME_MAX_LEN  253 /* RFC 1035 2.3.4, as text without the root's dot */
#define LABEL_MAX_LEN 63

#define DIGITS		 "0123456789"
#define LABEL_CHARACTERS DIGITS "-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

int
hostname_to_ascii(const char *text, size_t len, char **out, struct err *err)
{
	char *name = strndup(text, len), shown[NAME_MAX_SHOWN];
	uint8_t *found = NULL;
	int rc;

	*out = NULL;
	if (!name)
		return err_nomem(err);
	if (is_ascii(text, len)) {
		*out = name;
		return 0;
	}
	rc = idn2_lookup_u8((const uint8_t *)name, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_OK) {
		*out = strdup((const char *)found);
		idn2_free(found);
	}
	text_harmless_str(shown, sizeof shown, name);
	free(name);
	if (rc == IDN2_MALLOC || (rc == IDN2_OK && !*out))
		return err_nomem(err);
	if (rc != IDN2_OK)
		return err_set(err, ERR_USAGE, "'%s' cannot be a host name: %s", shown, idn2_strerror(rc));
	return 0;
}

/* Does one of its labels begin with this? */
static bool
has_a_label(const char *host)
{
	for (const char *label = host;; label++) {
		if (strncasecmp(label, "xn--", 4) == 0)
			return true;
		label = strchr(label, '.');
		if (!label)
			return false;
	}
}

char *
hostname_shown(char *out, size_t size, const char *host)
{
	char *unicode = NULL, plain[NAME_MAX_SHOWN];

	text_harmless_str(plain, sizeof plain, host);
	if (has_a_label(host) && idn2_to_unicode_8z8z(host, &unicode, 0) == IDN2_OK &&
	    strcmp(unicode, host) != 0)
		text_format(out, size, "%s (%s)", plain, TEXT_SHOWN(unicode, NAME_MAX_SHOWN));
	else
		text_format(out, size, "%s", plain);
	idn2_free(unicode);
	return out;
}

bool
hostname_is_address(const char *text)
{
	unsigned char buf[sizeof(struct in6_addr)];
	char address[INET6_ADDRSTRLEN];
	size_t len = strchr(text, ':') ? strcspn(text, "%") : strlen(text);

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return inet_pton(AF_INET, address, buf) == 1 || inet_pton(AF_INET6, address, buf) == 1;
}

static const char *
label_problem(const char *label, size_t len)
{
	size_t good = strspn(label, LABEL_CHARACTERS);

	if (good < len && label[good] == '*')
		return "has a wildcard";
	if (good < len && (unsigned char)label[good] >= 0x80)
		return "has non-ASCII characters: write its ASCII form (xn--...)";
	if (good < len)
		return "has a character that is not allowed in host names";
	if (len == 0)
		return "has an empty label (a dot at its start, or two dots in a row)";
	return len > LABEL_MAX_LEN ? "has a label of more than 63 characters" : NULL;
}

const char *
hostname_problem(const char *text)
{
	size_t len = strlen(text), at = 0, label = 0;

	if (hostname_is_address(text))
		return NULL;
	if (strpbrk(text, "[]"))
		return "has brackets: write an IPv6 address without them";
	if (strchr(text, ':'))
		return "has a colon and is not an IPv6 address";
	if (len > 1 && text[len - 1] == '.')
		len--;
	if (len == 0)
		return "is empty";
	if (len > NAME_MAX_LEN)
		return "has more than 253 characters";
	for (; at <= len; at += label + 1) {
		const char *problem;

		label = strcspn(text + at, ".");
		problem = label_problem(text + at, label);
		if (problem)
			return problem;
	}
	/* No top-level domain is a number: resolvers read "127.1" as an address. */
	if (strspn(text + at - label - 1, DIGITS) == label)
		return "ends in a number but is not a complete address";
	return NULL;
}

char *
hostname_port(char *out, size_t size, const char *host, uint16_t port)
{
	bool bare_v6 = strchr(host, ':') && host[0] != '[';

	text_format(out, size, bare_v6 ? "[%s]:%u" : "%s:%u", TEXT_SHOWN(host, NAME_MAX_SHOWN), port);
	return out;
}
