/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): lines of text as the
 * words of -s, or behind a '+' of --uid-suffix, for a small object. The first
 * byte picks its encoding and character set.
 */
#include "object.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* References, a private block, pixels: something for each kind of path. */
static void
put_object(struct bytes *b, struct encoding e, const char *charset)
{
	struct bytes items = { 0 };

	bytes_text(b, e, 0x00080005, "CS", charset);
	bytes_text(b, e, 0x00080016, "UI", CT_CLASS);
	bytes_text(b, e, 0x00080018, "UI", "1.2.3.4");
	for (int i = 0; i < 2; i++) {
		bytes_header(&items, e, TAG_ITEM, NULL, 18);
		bytes_text(&items, e, 0x00081155, "UI", "1.2.3.4.5");
	}
	bytes_value(b, e, 0x00081140, "SQ", items.data, items.len);
	bytes_text(b, e, 0x00090010, "LO", "ACME");
	bytes_text(b, e, 0x00091001, "LO", "private");
	bytes_group20(b, e);
	bytes_value(b, e, 0x00280103, "US", "\1\0", 2);
	bytes_value(b, e, 0x7fe00010, "OW", "\0\0", 2);
	bytes_free(&items);
}

static int
make_file(unsigned char choice)
{
	static const char *const charsets[] = { "", "ISO_IR 100", "\\ISO 2022 IR 87", "ISO_IR 192" };
	struct encoding e = choice & 1 ? ENCODING_EXPLICIT_LE : ENCODING_IMPLICIT_LE;
	struct bytes b = { 0 };
	int fd;

	bytes_head(&b, choice & 1 ? UID_EXPLICIT_LE : UID_IMPLICIT_LE);
	put_object(&b, e, charsets[choice >> 1 & 3]);
	fd = bytes_fd(&b);
	bytes_free(&b);
	return fd;
}

/* A word that is refused says why, and leaves the others as they were. */
static void
take_word(struct edits *edits, const char *word)
{
	struct err err = ERR_INIT;
	char *before = strdup(edits_text(edits));
	int rv = *word == '+' ? edits_suffix(edits, word + 1, &err) : edits_set(edits, word, &err);

	require(before != NULL);
	if (rv < 0)
		require(err.kind == ERR_USAGE && err.text[0] && strcmp(before, edits_text(edits)) == 0);
	else
		require(*word == '+' || strcmp(before, edits_text(edits)) != 0);
	free(before);
}

static void
take_words(struct edits *edits, const unsigned char *text, size_t size)
{
	char *words = strndup((const char *)text, size), *rest = words, *word;

	require(words != NULL);
	while ((word = strsep(&rest, "\n")) != NULL)
		take_word(edits, word);
	free(words);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct err err = ERR_INIT;
	struct instance instance;
	struct edits *edits;
	int fd;

	if (size == 0)
		return 0;
	edits = edits_new(&err);
	require(edits != NULL);
	take_words(edits, data + 1, size - 1);
	fd = make_file(data[0]);
	require(object_read(fd, &instance));
	if (edits_head(edits, &instance, &err) == 0)
		object_check(&instance, edits);
	else
		require(err.kind == ERR_NO_INPUT && err.text[0]);
	instance_clear(&instance);
	close(fd);
	edits_free(edits);
	return 0;
}
