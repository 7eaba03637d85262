/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/content.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

static const char pem_mark[] = "-----BEGIN ";
static const char pgp_mark[] = "-----BEGIN PGP "; /* OpenPGP's armour (RFC 4880 6.2) only looks similar */

/* Memory for the largest file is allocated at once, so that no copy is left behind by growing it; the
 * system only provides what is used. */
static int
read_all(struct content *content, int fd, const char *what, struct err *err)
{
	ssize_t n = 1;

	content->data = OPENSSL_malloc(CONTENT_MAX + 1);
	if (!content->data)
		return err_nomem(err);
	while (n != 0) {
		n = read(fd, content->data + content->len, CONTENT_MAX + 1 - content->len);
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

/*
 * By the first element: PKCS#12 begins with version 3; keys with version 0 or
 * 1, certificates, CRLs and encrypted keys with a SEQUENCE, PKCS#7 with an OID.
 * The outermost length may be indefinite (BER, as NSS writes it), which is 0 here.
 */
static enum content_kind
der_kind(const unsigned char *data, size_t len, size_t *announced)
{
	const unsigned char *first = data, *end = data + len;
	long size = 0;
	int tag, class;

	(void)ASN1_get_object(&first, &size, &tag, &class, (long)len); /* too long: sets them all the same */
	ERR_clear_error();
	if (data[0] != 0x30 || first == data || first == end || !memchr("\x02\x30\x06", *first, 3))
		return CONTENT_UNKNOWN;
	if (size > end - first) {
		*announced = (size_t)(first - data) + (size_t)size;
		return CONTENT_CUT;
	}
	return bytes_begin(first, (size_t)(end - first), "\x02\x01\x03", 3) ? CONTENT_PKCS12 : CONTENT_DER;
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
