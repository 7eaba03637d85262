/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/content.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#define CONTENT_FIRST 16384 /* bytes to begin with: most stores fit */

static const char pem_mark[] = "-----BEGIN ";
static const char pgp_mark[] = "-----BEGIN PGP "; /* OpenPGP's armour (RFC 4880 6.2) only looks alike */

/* Double the room, leaving no copy behind. */
static int
grow(struct content *content, size_t *room, struct err *err)
{
	size_t wanted = *room ? *room * 2 : CONTENT_FIRST;
	unsigned char *data = OPENSSL_clear_realloc(content->data, *room, wanted);

	if (!data)
		return err_nomem(err);
	content->data = data;
	*room = wanted;
	return 0;
}

static int
read_all(struct content *content, int fd, const char *what, struct err *err)
{
	size_t room = 0;
	ssize_t n = 1;

	while (n != 0) {
		if (content->len == room && grow(content, &room, err) < 0)
			return -1;
		n = read(fd, content->data + content->len, room - content->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_CREDENTIALS, "cannot read %s: %s", what, strerror(errno));
		content->len += (size_t)n;
		if (content->len > CONTENT_MAX)
			return err_set(err, ERR_CREDENTIALS,
				"%s is larger than %u MiB, too large for this kind of file", what,
				CONTENT_MAX >> 20);
	}
	return 0;
}

int
content_read(struct content *out, const char *path, const char *what, struct err *err)
{
	struct watched waiting;
	int fd, rv;

	memset(out, 0, sizeof *out);
	watched_begin(&waiting, what, NULL, NULL);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	rv = fd < 0 ? err_set(err, ERR_CREDENTIALS, "cannot open %s: %s", what, strerror(errno)) :
		read_all(out, fd, what, err);
	watched_end(&waiting);
	if (fd >= 0)
		close(fd);
	if (rv < 0)
		content_clear(out);
	return rv;
}

void
content_clear(struct content *content)
{
	OPENSSL_clear_free(content->data, content->len);
	content->data = NULL;
	content->len = 0;
}

/* Is there a line that begins a PEM block (RFC 7468)? */
static int
has_pem_mark(const unsigned char *data, size_t len)
{
	const unsigned char *p = data + bytes_mark(data, len), *end = data + len;

	while (p < end) {
		const unsigned char *eol;

		if (bytes_begin(p, (size_t)(end - p), pem_mark, sizeof pem_mark - 1) &&
		    !bytes_begin(p, (size_t)(end - p), pgp_mark, sizeof pgp_mark - 1))
			return 1;
		eol = memchr(p, '\n', (size_t)(end - p));
		p = eol ? eol + 1 : end;
	}
	return 0;
}

/* The length of the outermost SEQUENCE with its header, 0 if indefinite (BER,
 * as NSS writes it), and where its content begins. -1 if it is none. */
static int
outer_length(const unsigned char *p, size_t len, size_t *total, size_t *body)
{
	size_t octets;

	if (len < 2 || p[0] != 0x30)
		return -1;
	octets = p[1] & 0x7f;
	*total = 0;
	*body = 2;
	if (p[1] == 0x80)
		return 0;
	if (p[1] < 0x80) {
		*total = 2 + octets;
		return 0;
	}
	if (octets > 4 || len < 2 + octets)
		return -1;
	*body = 2 + octets;
	for (size_t i = 2; i < *body; i++)
		*total = *total << 8 | p[i];
	*total += *body;
	return 0;
}

/*
 * By the first element: PKCS#12 begins with version 3; keys with version 0 or
 * 1, certificates, CRLs and encrypted keys with a SEQUENCE, PKCS#7 with an OID.
 */
static enum content_kind
der_kind(const unsigned char *data, size_t len, size_t *announced)
{
	size_t total, body, left;
	const unsigned char *first;

	if (outer_length(data, len, &total, &body) < 0 || body >= len)
		return CONTENT_UNKNOWN;
	first = data + body;
	left = len - body;
	if (*first != 0x02 && *first != 0x30 && *first != 0x06)
		return CONTENT_UNKNOWN;
	if (total > len) {
		*announced = total;
		return CONTENT_CUT;
	}
	return bytes_begin(first, left, "\x02\x01\x03", 3) ? CONTENT_PKCS12 : CONTENT_DER;
}

enum content_kind
content_kind(const unsigned char *data, size_t len, size_t *announced)
{
	*announced = 0;
	if (len == 0)
		return CONTENT_EMPTY;
	if (bytes_begin(data, len, "\xfe\xed\xfe\xed", 4) || bytes_begin(data, len, "\xce\xce\xce\xce", 4))
		return CONTENT_JKS;
	if (bytes_begin(data, len, "\xff\xfe-\0", 4) || bytes_begin(data, len, "\xfe\xff\0-", 4))
		return CONTENT_UTF16;
	if (has_pem_mark(data, len))
		return CONTENT_PEM;
	return der_kind(data, len, announced);
}
