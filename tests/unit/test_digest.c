/* SPDX-License-Identifier: BSD-3-Clause */
/* The vectors are NIST's (CAVS SHA256ShortMsg, FIPS 180-2 appendix B). */
#include "tls/digest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct {
	const char *bytes;
	size_t size, times;
	const char *hex;
} rows[] = {
	{ "", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "\xd3", 1, 1, "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1" },
	{ "\x11\xaf", 2, 1, "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98" },
	{ "abc", 3, 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 1,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "aaaaaaaaaa", 10, 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static struct digest *
begin(void)
{
	struct err err = ERR_INIT;
	struct digest *digest = digest_new(&err);

	ck_assert_msg(digest, "%s", err.text);
	return digest;
}

static void
end(struct digest *digest, const char *hex)
{
	unsigned char out[DIGEST_SIZE];
	char text[2 * DIGEST_SIZE + 1];

	ck_assert_int_eq(digest_finish(digest, out), 0);
	digest_hex(out, text);
	ck_assert_str_eq(text, hex);
}

START_TEST(pieces)
{
	struct digest *digest = begin();

	for (size_t i = 0; i < rows[_i].times; i++)
		digest_add(digest, rows[_i].bytes, rows[_i].size);
	end(digest, rows[_i].hex);
}
END_TEST

/* A file is the same as its bytes, what was added before and after it counting too. */
START_TEST(file)
{
	char path[] = "/tmp/digestXXXXXX";
	int fd = mkstemp(path);
	struct err err = ERR_INIT;
	struct digest *digest = begin();
	FILE *out = fdopen(fd, "w");

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < rows[_i].times; i++)
		ck_assert_uint_eq(fwrite(rows[_i].bytes, 1, rows[_i].size, out), rows[_i].size);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(digest_add_file(digest, path, &err), 0);
	unlink(path);
	end(digest, rows[_i].hex);
}
END_TEST

START_TEST(unreadable)
{
	static const char *const paths[] = { "/nonexistent/\033[31mfile.pdf", "/" };

	for (size_t i = 0; i < COUNT(paths); i++) {
		struct err err = ERR_INIT;
		struct digest *digest = begin();
		unsigned char out[DIGEST_SIZE];

		ck_assert_int_eq(digest_add_file(digest, paths[i], &err), -1);
		ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		ck_assert_ptr_nonnull(strstr(err.text, i ? "/: Is a directory" : "file.pdf: No such file"));
		ck_assert_ptr_null(strchr(err.text, '\033'));
		ck_assert_int_eq(digest_finish(digest, out), 0);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("digest");
	TCase *tc = tcase_create("digest");

	tcase_add_rows(tc, pieces, rows, bytes);
	tcase_add_rows(tc, file, rows, bytes);
	tcase_add_test(tc, unreadable);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
