/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/filekind.h"

#include <string.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define BYTES(text) text, sizeof text - 1

static const struct {
	const char *bytes;
	size_t size;
	const char *what; /* NULL: nothing that is known */
} heads[] = {
	{ BYTES("%PDF-1.7\n"), "a PDF" },
	{ BYTES("junk\r\n%PDF-1.4\n"), "a PDF" },
	{ BYTES("%PDF"), NULL },
	{ BYTES("PK\3\4\24\0"), "a ZIP archive" },
	{ BYTES("PK\5\6\0\0"), "an empty ZIP archive" },
	{ BYTES("PK"), NULL },
	{ BYTES("7z\xbc\xaf\x27\x1c"), "a 7-Zip archive" },
	{ BYTES("Rar!\x1a\7\0"), "a RAR archive" },
	{ BYTES("\x1f\x8b\x08"), "compressed by gzip" },
	{ BYTES("BZh91AY"), "compressed by bzip2" },
	{ BYTES("\xfd" "7zXZ\0\0"), "compressed by xz" },
	{ BYTES("\x28\xb5\x2f\xfd"), "compressed by zstd" },
	{ BYTES("\xff\xd8\xff\xe0"), "a JPEG picture" },
	{ BYTES("\xff\xd8"), NULL },
	{ BYTES("\x89PNG\r\n\x1a\n"), "a PNG picture" },
	{ BYTES("GIF89a"), "a GIF picture" },
	{ BYTES("II*\0\10"), "a TIFF picture" },
	{ BYTES("MM\0*\0"), "a TIFF picture" },
	{ BYTES("\0\0\0\x0cjP  \r\n"), "a JPEG 2000 picture" },
	{ BYTES("\xff\x4f\xff\x51\0"), "a JPEG 2000 picture" },
	{ BYTES("MSH|^~\\&|A"), "an HL7 message" },
	{ BYTES("\x0bMSH|^~\\&|A"), "an HL7 message" },
	{ BYTES("FHS|^~\\&"), "a batch of HL7 messages" },
	{ BYTES("-----BEGIN CERTIFICATE-----"), "a PEM file" },
	{ BYTES("<?xml version=\"1.0\"?>"), "an XML document" },
	{ BYTES("\xef\xbb\xbf\r\n <?xml"), "an XML document" },
	{ BYTES("<!DOCTYPE html>"), "an HTML page" },
	{ BYTES("\n<HTML>"), "an HTML page" },
	{ BYTES("{ \"00080018\": {"), "a JSON document" },
	{ BYTES("[{\"00080018\""), "a JSON document" },
	{ BYTES("{}"), "a JSON document" },
	{ BYTES("[section]"), NULL },
	{ BYTES("{\0"), NULL },
	{ BYTES("{"), NULL },
	{ BYTES("plain text"), NULL },
	{ BYTES("\0\0\0\0"), NULL },
	{ BYTES(""), NULL },
};

START_TEST(named)
{
	const struct filekind *found = filekind_find((const unsigned char *)heads[_i].bytes, heads[_i].size);

	ck_assert_pstr_eq(found ? found->what : NULL, heads[_i].what);
	ck_assert(!found || *found->hint);
}
END_TEST

START_TEST(tar)
{
	unsigned char head[512] = "name";

	ck_assert_ptr_null(filekind_find(head, sizeof head));
	memcpy(head + 257, "ustar", 5);
	ck_assert_str_eq(filekind_find(head, sizeof head)->what, "a tar archive");
	ck_assert_ptr_null(filekind_find(head, 261));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("filekind");
	TCase *tc = tcase_create("filekind");

	tcase_add_loop_test(tc, named, 0, COUNT(heads));
	tcase_add_test(tc, tar);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
