/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/filekind.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"

#define UNPACK	"Unpack it, and give the directory or the DICOMDIR in it."
#define EXPAND	"Decompress it, and give the result."
#define PICTURE "Convert it to a DICOM object, with DCMTK's img2dcm for example."
#define HL7	"Send it to an HL7 receiver (MLLP), not over DICOM."
#define CONVERT "Only DICOM objects can be sent; DCMTK's xml2dcm and json2dcm convert XML and JSON."
#define PAGE	"Most likely a download failed and the server's error page was saved."
#define KEYS	"Give keys and certificates with --key-store and --trust-store."

static const struct filekind pdf = { "a PDF",
	"To send it as a DICOM object, use --encapsulate FILE --like OBJECT.dcm with an object of the same "
	"patient and study." };
static const struct filekind html = { "an HTML page", PAGE };
static const struct filekind xml = { "an XML document", CONVERT };
static const struct filekind json = { "a JSON document", CONVERT };

/* Bytes at an offset. */
static const struct magic {
	size_t offset;
	const char *bytes;
	size_t size;
	struct filekind is;
} magics[] = {
#define BYTES(text) (text), sizeof(text) - 1
	{ 0, BYTES("PK\3\4"), { "a ZIP archive", UNPACK } },
	{ 0, BYTES("PK\5\6"), { "an empty ZIP archive", UNPACK } },
	{ 0, BYTES("7z\xbc\xaf\x27\x1c"), { "a 7-Zip archive", UNPACK } },
	{ 0, BYTES("Rar!\x1a\7"), { "a RAR archive", UNPACK } },
	{ 257, BYTES("ustar"), { "a tar archive", UNPACK } },
	{ 0, BYTES("\x1f\x8b"), { "compressed by gzip", EXPAND } },
	{ 0, BYTES("BZh"), { "compressed by bzip2", EXPAND } },
	{ 0, BYTES("\xfd" "7zXZ\0"), { "compressed by xz", EXPAND } },
	{ 0, BYTES("\x28\xb5\x2f\xfd"), { "compressed by zstd", EXPAND } },
	{ 0, BYTES("\xff\xd8\xff"), { "a JPEG picture", PICTURE } },
	{ 0, BYTES("\x89PNG\r\n\x1a\n"), { "a PNG picture", PICTURE } },
	{ 0, BYTES("GIF8"), { "a GIF picture", PICTURE } },
	{ 0, BYTES("II*\0"), { "a TIFF picture", PICTURE } },
	{ 0, BYTES("MM\0*"), { "a TIFF picture", PICTURE } },
	{ 0, BYTES("\0\0\0\x0cjP  "), { "a JPEG 2000 picture", PICTURE } },
	{ 0, BYTES("\xff\x4f\xff\x51"), { "a JPEG 2000 picture", PICTURE } },
	{ 0, BYTES("MSH|"), { "an HL7 message", HL7 } },
	{ 0, BYTES("\x0bMSH|"), { "an HL7 message", HL7 } },
	{ 0, BYTES("FHS|"), { "a batch of HL7 messages", HL7 } },
	{ 0, BYTES("BHS|"), { "a batch of HL7 messages", HL7 } },
	{ 0, BYTES("-----BEGIN "), { "a PEM file", KEYS } },
#undef BYTES
};

/* Where text begins: after a byte order mark and blanks. */
static size_t
skip_blanks(const unsigned char *head, size_t size)
{
	size_t at = bytes_mark(head, size);

	while (at < size && strchr(" \t\r\n", head[at]) && head[at])
		at++;
	return at;
}

static bool
begins(const unsigned char *text, size_t size, const char *with)
{
	return size >= strlen(with) && strncasecmp((const char *)text, with, strlen(with)) == 0;
}

/* { or [ followed by what JSON allows: not every file with a brace is JSON. */
static bool
is_json(const unsigned char *text, size_t size)
{
	size_t next;

	if (size < 2 || (*text != '{' && *text != '['))
		return false;
	next = 1 + skip_blanks(text + 1, size - 1);
	return next < size && strchr(*text == '{' ? "\"}" : "\"]{[0123456789-tfn", text[next]) && text[next];
}

static const struct filekind *
find_text(const unsigned char *text, size_t size)
{
	if (begins(text, size, "<!doctype html") || begins(text, size, "<html"))
		return &html;
	if (begins(text, size, "<?xml"))
		return &xml;
	return is_json(text, size) ? &json : NULL;
}

const struct filekind *
filekind_find(const unsigned char *head, size_t size)
{
	size_t text = skip_blanks(head, size);

	/* PDF readers accept a header that is not at the beginning. */
	if (memmem(head, size, "%PDF-", 5))
		return &pdf;
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		const struct magic *magic = &magics[i];

		if (size >= magic->offset + magic->size &&
		    memcmp(head + magic->offset, magic->bytes, magic->size) == 0)
			return &magic->is;
	}
	return find_text(head + text, size - text);
}
