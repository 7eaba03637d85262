/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/digest.h"

#include "base/text.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#define PIECE 65536 /* of a file read at a time, bytes */

struct digest {
	EVP_MD_CTX *ctx;
	bool failed; /* a piece is missing: there is no result */
};

struct digest *
digest_new(struct err *err)
{
	struct digest *digest = calloc(1, sizeof *digest);

	if (!digest) {
		err_nomem(err);
		return NULL;
	}
	digest->ctx = EVP_MD_CTX_new();
	digest->failed = !digest->ctx || !EVP_DigestInit_ex(digest->ctx, EVP_sha256(), NULL);
	return digest;
}

void
digest_add(struct digest *digest, const void *bytes, size_t size)
{
	digest->failed = digest->failed || !EVP_DigestUpdate(digest->ctx, bytes, size);
}

static int
unreadable(const char *path, int error, struct err *err)
{
	char shown[512];

	return err_set(err, ERR_NO_INPUT, "cannot read %s: %s", text_harmless_str(shown, sizeof shown, path),
		strerror(error));
}

/* Do not wait for a FIFO: the file is read more than once. */
static int
open_regular(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char shown[512];

	if (fd < 0 || fstat(fd, &st) < 0)
		unreadable(path, errno, err);
	else if (S_ISDIR(st.st_mode))
		unreadable(path, EISDIR, err);
	else if (!S_ISREG(st.st_mode))
		err_set(err, ERR_NO_INPUT, "cannot read %s: it is not a regular file",
			text_harmless_str(shown, sizeof shown, path));
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
ended(const char *path, struct err *err)
{
	char shown[512];

	if (interrupt_signal())
		return interrupt_err(err);
	return err_set(err, ERR_TIMEOUT, "--max-time ended the run while %s was read",
		text_harmless_str(shown, sizeof shown, path));
}

int
digest_add_file(struct digest *digest, const char *path, struct err *err)
{
	unsigned char *piece = malloc(PIECE);
	int fd = open_regular(path, err);
	int rv = -1;
	ssize_t n;

	if (fd < 0)
		goto out;
	if (!piece) {
		err_nomem(err);
		goto out;
	}
	while ((n = read(fd, piece, PIECE)) != 0) {
		if (watchdog_is_due()) {
			ended(path, err);
			goto out;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			unreadable(path, errno, err);
			goto out;
		}
		digest_add(digest, piece, (size_t)n);
	}
	rv = 0;
out:
	if (fd >= 0)
		close(fd);
	free(piece);
	return rv;
}

int
digest_finish(struct digest *digest, unsigned char out[DIGEST_SIZE])
{
	int rv = -1;

	if (!digest->failed && EVP_DigestFinal_ex(digest->ctx, out, NULL))
		rv = 0;
	else
		memset(out, 0, DIGEST_SIZE);
	ERR_clear_error();
	EVP_MD_CTX_free(digest->ctx);
	free(digest);
	return rv;
}

void
digest_hex(const unsigned char digest[DIGEST_SIZE], char out[2 * DIGEST_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * DIGEST_SIZE] = '\0';
}
