/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/part10.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "dicom/input.h"
#include "dicom_bytes.h"

#define XL ENCODING_EXPLICIT_LE
#define XB ENCODING_EXPLICIT_BE
#define IL ENCODING_IMPLICIT_LE

#define UNDEFINED ELEMENT_UNDEFINED
#define ITEM	  0xfffee000u
#define ITEM_END  0xfffee00du
#define SEQ_END	  0xfffee0ddu
#define PIXELS	  0x7fe00010u

static void
explicit_le(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_object(b, XL, 64);
}

static void
implicit_le(struct bytes *b)
{
	bytes_head(b, UID_IMPLICIT_LE);
	bytes_object(b, IL, 64);
}

static void
explicit_be(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_BE);
	bytes_object(b, XB, 64);
}

static void
no_preamble(struct bytes *b)
{
	bytes_meta(b, CT_CLASS, "1.2.3.4", UID_EXPLICIT_BE, 0);
	bytes_object(b, XB, 64);
}

static void
bare_explicit_le(struct bytes *b)
{
	bytes_object(b, XL, 64);
}

static void
bare_implicit_le(struct bytes *b)
{
	bytes_object(b, IL, 64);
}

static void
bare_explicit_be(struct bytes *b)
{
	bytes_object(b, XB, 64);
}

static void
bare_after_preamble(struct bytes *b)
{
	bytes_preamble(b);
	bytes_object(b, IL, 64);
}

static void
no_syntax(struct bytes *b)
{
	bytes_head(b, NULL);
	bytes_object(b, IL, 64);
}

static void
no_group_length(struct bytes *b)
{
	bytes_preamble(b);
	bytes_text(b, XL, 0x00020010, "UI", UID_IMPLICIT_LE);
	bytes_object(b, IL, 64);
}

static void
group_length_low(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, CT_CLASS, "1.2.3.4", UID_IMPLICIT_LE, -30);
	bytes_object(b, IL, 64);
}

static void
group_length_high(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, CT_CLASS, "1.2.3.4", UID_IMPLICIT_LE, 100000);
	bytes_object(b, IL, 64);
}

static void
deflated(struct bytes *b, size_t pixels, int pad)
{
	struct bytes plain = { 0 };

	bytes_head(b, UID_DEFLATED_LE);
	bytes_object(&plain, XL, pixels);
	bytes_deflate(b, &plain, pad);
	bytes_free(&plain);
}

static void
deflated_small(struct bytes *b)
{
	deflated(b, 64, 1);
}

static void
deflated_large(struct bytes *b)
{
	deflated(b, 3000000, 1);
}

/* The shortest content that deflates to an odd number of bytes. */
static void
deflated_odd(struct bytes *b)
{
	for (size_t pixels = 64;; pixels += 2) {
		deflated(b, pixels, 0);
		if (b->len % 2)
			return;
		bytes_free(b);
	}
}

static void
deflated_cut(struct bytes *b)
{
	deflated_large(b);
	b->len -= 200;
}

static void
deflated_corrupt(struct bytes *b)
{
	deflated_small(b);
	b->data[b->len - 60] ^= 0xff;
	b->data[b->len - 40] ^= 0xff;
}

static void
deflated_not(struct bytes *b)
{
	bytes_head(b, UID_DEFLATED_LE);
	bytes_object(b, XL, 64);
}

static void
deflated_with_tail(struct bytes *b)
{
	deflated_small(b);
	bytes_zero(b, 16);
}

/* The inflated data set ends within an element, though the stream is whole. */
static void
deflated_truncated_within(struct bytes *b)
{
	struct bytes plain = { 0 };

	bytes_head(b, UID_DEFLATED_LE);
	bytes_object(&plain, XL, 64);
	plain.len -= 10;
	bytes_deflate(b, &plain, 1);
	bytes_free(&plain);
}

static void
large_pixels(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_object(b, XL, 5000000);
}

/* A value so large that what follows it is not in the first read. */
static void
elements_far_apart(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_header(b, XL, 0x00091010, "OB", 100000);
	bytes_zero(b, 100000);
	bytes_group20(b, XL);
	bytes_header(b, XL, 0x00420011, "OB", 200000);
	bytes_zero(b, 200000);
	bytes_text(b, XL, 0x00420012, "LO", "application/pdf");
}

/* An item whose elements, and those of its inner sequence, have no lengths. */
static void
sequence(struct bytes *b, struct encoding outer, uint32_t tag, const char *vr, struct encoding e)
{
	bytes_header(b, outer, tag, vr, UNDEFINED);
	bytes_header(b, e, ITEM, NULL, UNDEFINED);
	bytes_text(b, e, 0x00080018, "UI", "9.9.9");
	bytes_header(b, e, 0x00089215, "SQ", UNDEFINED);
	bytes_header(b, e, ITEM, NULL, 16);
	bytes_zero(b, 16);
	bytes_header(b, e, SEQ_END, NULL, 0);
	bytes_header(b, e, ITEM_END, NULL, 0);
	bytes_header(b, e, ITEM, NULL, 0);
	bytes_header(b, e, SEQ_END, NULL, 0);
}

static void
sequences(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	sequence(b, XL, 0x00081140, "SQ", XL);
	bytes_header(b, XL, 0x00082112, "SQ", 24);
	bytes_header(b, XL, ITEM, NULL, 16);
	bytes_text(b, XL, 0x00080018, "UI", "9.9.9.99");
	sequence(b, XL, 0x00091010, "UN", IL);
	bytes_group20(b, XL);
}

static void
sequences_be(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_BE);
	bytes_group8(b, XB);
	sequence(b, XB, 0x00081140, "SQ", XB);
	sequence(b, XB, 0x00091010, "UN", IL);
	bytes_group20(b, XB);
}

static void
sequences_implicit(struct bytes *b)
{
	bytes_head(b, UID_IMPLICIT_LE);
	bytes_group8(b, IL);
	sequence(b, IL, 0x00081140, "SQ", IL);
	bytes_group20(b, IL);
}

static void
nested(struct bytes *b, int depth)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	for (int i = 0; i < depth; i++) {
		bytes_header(b, XL, 0x00081140, "SQ", UNDEFINED);
		bytes_header(b, XL, ITEM, NULL, UNDEFINED);
	}
	for (int i = 0; i < depth; i++) {
		bytes_header(b, XL, ITEM_END, NULL, 0);
		bytes_header(b, XL, SEQ_END, NULL, 0);
	}
	bytes_group20(b, XL);
}

static void
nested_64(struct bytes *b)
{
	nested(b, 64);
}

static void
nested_65(struct bytes *b)
{
	nested(b, 65);
}

static void
nested_100000(struct bytes *b)
{
	nested(b, 100000);
}

static void
sequence_unclosed(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_header(b, XL, 0x00081140, "SQ", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, UNDEFINED);
	bytes_text(b, XL, 0x00080018, "UI", "9.9.9");
}

/* No item where one belongs. */
static void
sequence_broken(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_header(b, XL, 0x00400555, "SQ", UNDEFINED);
	bytes_text(b, XL, 0x00400600, "LO", "no item");
}

static void
fragments(struct bytes *b, uint32_t last)
{
	bytes_head(b, JPEG);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_header(b, XL, PIXELS, "OB", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, 0);
	bytes_header(b, XL, ITEM, NULL, 40000);
	bytes_zero(b, 40000);
	bytes_header(b, XL, ITEM, NULL, last);
	bytes_zero(b, last);
	bytes_header(b, XL, SEQ_END, NULL, 0);
	bytes_value(b, XL, 0xfffcfffc, "OB", "\0\0", 2);
}

static void
fragments_even(struct bytes *b)
{
	fragments(b, 20);
}

static void
fragments_odd(struct bytes *b)
{
	fragments(b, 21);
}

static void
fragments_cut(struct bytes *b)
{
	fragments(b, 20);
	b->len -= 14 + 8 + 10; /* padding element, delimiter, half of the last fragment */
}

static void
fragments_unclosed(struct bytes *b)
{
	fragments(b, 20);
	b->len -= 14 + 8;
}

static void
pixels_cut(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_header(b, XL, PIXELS, "OW", 100000);
	bytes_zero(b, 99);
}

static void
header_cut(struct bytes *b)
{
	explicit_le(b);
	bytes_put(b, "\xfc\xff\xfc\xffO", 5);
}

static void
odd_element(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_value(b, XL, 0x00204000, "LT", "odd", 3);
	bytes_value(b, XL, 0x00280010, "US", "\0\1", 2);
}

/* Odd in all, though no top-level element says so. */
static void
odd_within(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_header(b, XL, 0x00081140, "SQ", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, 7);
	bytes_zero(b, 7);
	bytes_header(b, XL, SEQ_END, NULL, 0);
	bytes_group20(b, XL);
}

/* As dcm4che's pdf2dcm writes it: the document last. */
static void
unordered(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_text(b, XL, 0x00420012, "LO", "application/pdf");
	bytes_value(b, XL, 0x00420011, "OB", "%PDF-1.4", 8);
}

static void
uids_last(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group20(b, XL);
	bytes_group8(b, XL);
}

static void
twice(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_text(b, XL, 0x0020000e, "UI", "1.2.3.1");
}

static void
unknown_vr(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_header(b, XL, 0x00280010, "??", 2);
	bytes_zero(b, 2);
}

/* A VR of the future: 32-bit length (PS3.5 7.1.2). */
static void
new_vr(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_put(b, "\x28\0\x10\0ZZ\0\0\4\0\0\0abcd", 16);
}

static void
misplaced_delimiter(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_header(b, XL, SEQ_END, NULL, 0);
}

static void
unknown_syntax(struct bytes *b)
{
	bytes_head(b, "1.2.3.4.5.6.7");
	bytes_object(b, XL, 64);
}

/* The header says explicit, the data set is implicit. */
static void
mislabelled(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_object(b, IL, 64);
}

static void
padded_with_spaces(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_value(b, XL, 0x00080016, "UI", CT_CLASS "   ", sizeof CT_CLASS + 2);
	bytes_value(b, XL, 0x00080018, "UI", "1.2.3.4 ", 8);
	bytes_group20(b, XL);
}

static void
other_class(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, "1.2.840.10008.5.1.4.1.1.4", "1.2.3.4", UID_EXPLICIT_LE, 0);
	bytes_object(b, XL, 64);
}

static void
other_instance(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, CT_CLASS, "1.2.3.5", UID_EXPLICIT_LE, 0);
	bytes_object(b, XL, 64);
}

static void
silent_meta(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, NULL, NULL, UID_EXPLICIT_LE, 0);
	bytes_object(b, XL, 64);
}

static void
no_class(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_text(b, XL, 0x00080018, "UI", "1.2.3.4");
	bytes_group20(b, XL);
}

static void
no_instance(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_text(b, XL, 0x00080016, "UI", CT_CLASS);
	bytes_text(b, XL, 0x00080018, "UI", "");
	bytes_group20(b, XL);
}

static void
invalid_instance(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_text(b, XL, 0x00080016, "UI", CT_CLASS);
	bytes_text(b, XL, 0x00080018, "UI", "1.2.3\033[2J");
	bytes_group20(b, XL);
}

static void
long_instance(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_text(b, XL, 0x00080016, "UI", CT_CLASS);
	bytes_header(b, XL, 0x00080018, "UI", 60000);
	for (int i = 0; i < 60000; i++)
		bytes_put(b, "1", 1);
	bytes_group20(b, XL);
}

static void
head_only(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
}

static void
meta_cut(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	b->len -= 5;
}

static void
media_directory(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, UID_MEDIA_DIRECTORY, "1.2.3.4", UID_EXPLICIT_LE, 0);
	bytes_text(b, XL, 0x00041130, "CS", "DISK");
}

static void
text(struct bytes *b)
{
	for (int i = 0; i < 100; i++)
		bytes_put(b, "The quick brown fox. ", 21);
}

static void
a_few_bytes(struct bytes *b)
{
	bytes_put(b, "\x08\0\5", 3);
}

/* Begins like a data set, but is none. */
static void
not_quite_bare(struct bytes *b)
{
	bytes_put(b, "\x08\0\5\0\2\0\0\0ab", 10);
	text(b);
}

static void
bare_without_class(struct bytes *b)
{
	bytes_text(b, IL, 0x00080005, "CS", "ISO_IR 100");
	bytes_group20(b, IL);
}

static void
bare_cut(struct bytes *b)
{
	bytes_object(b, IL, 64);
	b->len -= 10;
}

static void
empty(struct bytes *b)
{
	bytes_zero(b, 0);
}

#define OK  PART10_OK
#define BAD PART10_BAD
#define NO  PART10_NOT_DICOM

static void
zeros_behind(struct bytes *b)
{
	explicit_le(b);
	bytes_zero(b, 13);
}

static void
zeros_behind_implicit(struct bytes *b)
{
	implicit_le(b);
	bytes_zero(b, 100000);
}

/* A study description of which 128 bytes are passed when these letters come. */
static void
dicm_by_chance(struct bytes *b)
{
	bytes_group8(b, XL);
	bytes_header(b, XL, 0x00081030, "LO", (uint32_t)(132 - b->len - 8));
	bytes_zero(b, 128 - b->len);
	bytes_put(b, "DICM", 4);
	bytes_group20(b, XL);
}

static void
says_implicit(struct bytes *b)
{
	bytes_head(b, UID_IMPLICIT_LE);
	bytes_object(b, XL, 64);
}

static void
says_little_endian(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_object(b, XB, 64);
}

static void
unheard_of_vr(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_group8(b, XL);
	bytes_put(b, "\x18\0\x30\x10RE\x08\0PROTOCOL", 16);
	bytes_group20(b, XL);
}

static void
one_fragment(struct bytes *b)
{
	bytes_group8(b, XL);
	bytes_group20(b, XL);
	bytes_header(b, XL, PIXELS, "OB", UNDEFINED);
	bytes_value(b, XL, ITEM, NULL, "", 0);
	bytes_value(b, XL, ITEM, NULL, "abcd", 4);
	bytes_header(b, XL, SEQ_END, NULL, 0);
}

static void
bare_fragments(struct bytes *b)
{
	one_fragment(b);
}

static void
native_fragments(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	one_fragment(b);
}

static const struct row {
	void (*build)(struct bytes *b);
	enum part10_result result;
	const char *says; /* the syntax if it is OK, else part of the sentence */
	enum raw_support raw;
	uint32_t tag;
	bool bare;
} rows[] = {
	{ explicit_le, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ implicit_le, OK, UID_IMPLICIT_LE, RAW_FIT, 0, false },
	{ explicit_be, OK, UID_EXPLICIT_BE, RAW_FIT, 0, false },
	{ no_preamble, OK, UID_EXPLICIT_BE, RAW_FIT, 0, false },
	{ bare_explicit_le, OK, UID_EXPLICIT_LE, RAW_FIT, 0, true },
	{ bare_implicit_le, OK, UID_IMPLICIT_LE, RAW_FIT, 0, true },
	{ bare_explicit_be, OK, UID_EXPLICIT_BE, RAW_FIT, 0, true },
	{ bare_after_preamble, OK, UID_IMPLICIT_LE, RAW_FIT, 0, true },
	{ no_syntax, OK, UID_IMPLICIT_LE, RAW_FIT, 0, false },
	{ no_group_length, OK, UID_IMPLICIT_LE, RAW_FIT, 0, false },
	{ group_length_low, OK, UID_IMPLICIT_LE, RAW_FIT, 0, false },
	{ group_length_high, OK, UID_IMPLICIT_LE, RAW_FIT, 0, false },
	{ silent_meta, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ deflated_small, OK, UID_DEFLATED_LE, RAW_FIT, 0, false },
	{ deflated_large, OK, UID_DEFLATED_LE, RAW_FIT, 0, false },
	{ deflated_odd, OK, UID_DEFLATED_LE, RAW_FIT, 0, false },
	{ deflated_with_tail, OK, UID_DEFLATED_LE, RAW_UNWALKED, 0, false },
	{ large_pixels, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ elements_far_apart, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ sequences, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ sequences_be, OK, UID_EXPLICIT_BE, RAW_FIT, 0, false },
	{ sequences_implicit, OK, UID_IMPLICIT_LE, RAW_FIT, 0, false },
	{ nested_64, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ fragments_even, OK, JPEG, RAW_FIT, 0, false },
	{ fragments_odd, OK, JPEG, RAW_ODD, PIXELS, false },
	{ odd_element, OK, UID_EXPLICIT_LE, RAW_ODD, 0x00204000, false },
	{ odd_within, OK, UID_EXPLICIT_LE, RAW_ODD, 0, false },
	{ unordered, OK, UID_EXPLICIT_LE, RAW_UNORDERED, 0x00420011, false },
	{ uids_last, OK, UID_EXPLICIT_LE, RAW_UNORDERED, 0x00080005, false },
	{ twice, OK, UID_EXPLICIT_LE, RAW_UNORDERED, 0x0020000e, false },
	{ unknown_vr, OK, UID_EXPLICIT_LE, RAW_UNWALKED, 0x00280010, false },
	{ sequence_broken, OK, UID_EXPLICIT_LE, RAW_UNWALKED, 0x00400555, false },
	{ new_vr, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ misplaced_delimiter, OK, UID_EXPLICIT_LE, RAW_UNWALKED, SEQ_END, false },
	{ unknown_syntax, OK, "1.2.3.4.5.6.7", RAW_FIT, 0, false },
	{ padded_with_spaces, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },

	{ pixels_cut, BAD, "truncated: element (7fe0,0010) announces 100000 bytes at offset ", 0, 0, false },
	{ fragments_cut, BAD, "truncated: element (fffe,e000) announces 20 bytes at offset ", 0, 0, false },
	{ fragments_unclosed, BAD, "element (7fe0,0010) of undefined length is not ended", 0, 0, false },
	{ sequence_unclosed, BAD, "element (fffe,e000) of undefined length is not ended", 0, 0, false },
	{ header_cut, BAD, "the last 5 bytes of the file, at offset ", 0, 0, false },
	{ meta_cut, BAD, "truncated: element (0002,0012) announces 8 bytes at offset ", 0, 0, false },
	{ deflated_cut, BAD, "before its deflated data set does", 0, 0, false },
	{ deflated_corrupt, BAD, "deflated data set is corrupt", 0, 0, false },
	{ deflated_not, BAD, "deflated data set", 0, 0, false },
	{ deflated_truncated_within, BAD, "the inflated data set ends after", 0, 0, false },
	{ nested_65, BAD, "nested more than 64 deep", 0, 0, false },
	{ nested_100000, BAD, "nested more than 64 deep", 0, 0, false },
	{ mislabelled, BAD, "says Explicit VR Little Endian, but its data set is in Implicit", 0, 0, false },
	{ other_class, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ other_instance, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ zeros_behind, OK, UID_EXPLICIT_LE, RAW_FIT, 0, false },
	{ zeros_behind_implicit, OK, UID_IMPLICIT_LE, RAW_FIT, 0, false },
	{ dicm_by_chance, OK, UID_EXPLICIT_LE, RAW_FIT, 0, true },
	{ says_implicit, BAD, "says Implicit VR Little Endian, but its data set is in Explicit VR Little Endian", 0,
		0, false },
	{ says_little_endian, BAD, "says Explicit VR Little Endian, but its data set is in Explicit VR Big", 0, 0,
		false },
	{ unheard_of_vr, BAD, "element (0018,1030) has the VR \"RE\", which does not exist in DICOM", 0, 0, false },
	{ bare_fragments, BAD, "it has no header with a transfer syntax", 0, 0, false },
	{ native_fragments, BAD, "its header does not name a compressed transfer syntax", 0, 0, false },
	{ no_class, BAD, "no SOP Class UID (0008,0016)", 0, 0, false },
	{ no_instance, BAD, "no SOP Instance UID (0008,0018)", 0, 0, false },
	{ invalid_instance, BAD, "(0008,0018) holds \"1.2.3?[2J\", which is not a valid UID", 0, 0, false },
	{ long_instance, BAD, "which is not a valid UID", 0, 0, false },
	{ head_only, BAD, "no SOP Class UID (0008,0016)", 0, 0, false },
	{ bare_cut, BAD, "truncated: element (7fe0,0010) announces 64 bytes", 0, 0, false },

	{ media_directory, NO, "is a DICOMDIR", 0, 0, false },
	{ text, NO, "is not a DICOM file", 0, 0, false },
	{ a_few_bytes, NO, "is not a DICOM file", 0, 0, false },
	{ not_quite_bare, NO, "is not a DICOM file", 0, 0, false },
	{ bare_without_class, NO, "is not a DICOM file", 0, 0, false },
	{ empty, NO, "is empty", 0, 0, false },
};

static enum part10_result
read_bytes(const struct bytes *b, struct instance *out, struct err *err)
{
	int fd = bytes_fd(b);
	enum part10_result result = part10_read_fd(fd, "some\tfile", out, err);

	close(fd);
	return result;
}

/* The data set as it is in the file, or none if it is larger than what is kept. */
static void
expect_kept(const struct bytes *b, const struct instance *instance)
{
	size_t size = b->len - instance->data_offset;

	if (size <= KEPT_MAX) {
		ck_assert_ptr_nonnull(instance->kept);
		ck_assert_mem_eq(instance->kept, b->data + instance->data_offset, size);
	} else {
		ck_assert_ptr_null(instance->kept);
	}
}

/* The SOP Instance UID's value, NULs and blanks behind it aside. */
#define UID_60 "1.23456789012345678901234567890123456789012345678901234567890"
static const struct {
	const char *value;
	size_t size;
	enum part10_result result;
} uids[] = {
	{ "1", 1, PART10_OK },
	{ "x", 1, PART10_BAD },
	{ ".", 1, PART10_BAD },
	{ "12", 2, PART10_OK },
	{ "1.", 2, PART10_BAD },
	{ "1.2.3\0", 6, PART10_OK },
	{ "1.2\0.3", 6, PART10_BAD },
	{ "\0\0", 2, PART10_BAD },
	{ UID_60 "1.2", 64, PART10_OK },
	{ UID_60 "1.23", 65, PART10_BAD },
};

START_TEST(instance_uid)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;

	bytes_head(&b, UID_EXPLICIT_LE);
	bytes_text(&b, XL, 0x00080016, "UI", CT_CLASS);
	bytes_value(&b, XL, 0x00080018, "UI", uids[_i].value, uids[_i].size);
	bytes_group20(&b, XL);
	ck_assert_msg(read_bytes(&b, &out, &err) == uids[_i].result, "%s", err.text);
	if (uids[_i].result == PART10_OK) {
		ck_assert_str_eq(out.sop_instance, uids[_i].value);
		instance_clear(&out);
	}
	bytes_free(&b);
}
END_TEST

START_TEST(file)
{
	const struct row *row = &rows[_i];
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;

	row->build(&b);
	ck_assert_msg(read_bytes(&b, &out, &err) == row->result, "row %d: %s", _i, err.text);
	if (row->result == PART10_OK) {
		ck_assert_str_eq(out.path, "some\tfile");
		ck_assert_str_eq(out.sop_class, CT_CLASS);
		ck_assert_str_eq(out.sop_instance, "1.2.3.4");
		ck_assert_str_eq(out.study, "1.2.3");
		ck_assert_str_eq(out.series, "1.2.3.1");
		ck_assert_str_eq(out.syntax, row->says);
		ck_assert_uint_eq(out.size, b.len);
		ck_assert_msg(out.raw == row->raw, "row %d: raw %d", _i, (int)out.raw);
		ck_assert_msg(out.raw_tag == row->tag, "row %d: tag %08x", _i, out.raw_tag);
		ck_assert(out.has_meta == !row->bare);
		ck_assert_int_ne(out.mtime_ns, 0);
		expect_kept(&b, &out);
	} else {
		ck_assert_ptr_null(out.path);
		ck_assert_ptr_null(out.kept);
		ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		ck_assert_msg(strncmp(err.text, "some?file: ", 11) == 0, "row %d: %s", _i, err.text);
		ck_assert_msg(strstr(err.text, row->says) != NULL, "row %d: %s", _i, err.text);
	}
	instance_clear(&out);
	bytes_free(&b);
}
END_TEST

/* Two texts of so many bytes, in an item of a sequence, that in another. */
struct nest {
	size_t text;
	bool sequence_open, item_open; /* of undefined length */
	bool deep;
};

static void
put_nest(struct bytes *b, struct encoding e, const struct nest *nest, bool deep)
{
	struct bytes item = { 0 };

	if (deep) {
		put_nest(&item, e, nest, false);
	} else {
		bytes_value(&item, e, 0x00080050, "SH", "abcdefgh", nest->text);
		bytes_value(&item, e, 0x00080080, "LO", "abcdefgh", nest->text);
	}
	if (nest->item_open)
		bytes_header(&item, e, ITEM_END, NULL, 0);
	bytes_header(b, e, 0x00081140, "SQ", nest->sequence_open ? UNDEFINED : (uint32_t)item.len + 8);
	bytes_header(b, e, ITEM, NULL, nest->item_open ? UNDEFINED : (uint32_t)item.len);
	bytes_put(b, item.data, item.len);
	if (nest->sequence_open)
		bytes_header(b, e, SEQ_END, NULL, 0);
	bytes_free(&item);
}

static enum raw_support
fitness_of_nest(struct encoding e, const char *syntax, const struct nest *nest)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;
	enum raw_support raw;

	bytes_head(&b, syntax);
	bytes_group8(&b, e);
	put_nest(&b, e, nest, nest->deep);
	bytes_group20(&b, e);
	ck_assert_msg(read_bytes(&b, &out, &err) == PART10_OK, "%s", err.text);
	raw = out.raw;
	instance_clear(&out);
	bytes_free(&b);
	return raw;
}

/* Values of odd length are found at any depth, however sequences and items end. */
START_TEST(odd_in_items)
{
	struct nest nest = { .sequence_open = _i & 1, .item_open = _i & 2, .deep = _i & 4 };

	for (nest.text = 1; nest.text <= 4; nest.text++) {
		enum raw_support wanted = nest.text % 2 ? RAW_ODD : RAW_FIT;

		ck_assert_int_eq(fitness_of_nest(XL, UID_EXPLICIT_LE, &nest), wanted);
		ck_assert_int_eq(fitness_of_nest(XB, UID_EXPLICIT_BE, &nest), wanted);
		ck_assert_int_eq(fitness_of_nest(IL, UID_IMPLICIT_LE, &nest), wanted);
	}
}
END_TEST

/* What does not read as items is passed over without a look. */
static const struct {
	const char *about, *bytes;
	size_t size;
} no_items[] = {
	{ "no item", "\x08\0\x50\0SH\1\0a\x08\0\x80\0SH\1\0b", 18 },
	{ "an item that is too long", "\xfe\xff\0\xe0\x64\0\0\0\x08\0\x50\0SH\1\0a\0", 18 },
	{ "a value that is too long", "\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x50\0SH\3\0a\0", 18 },
	{ "no VR", "\xfe\xff\0\xe0\x12\0\0\0\x08\0\x50\0SH\1\0a\x08\0\x80\0--\1\0b", 26 },
	{ "a sequence without an end", "\xfe\xff\0\xe0\x16\0\0\0\x08\0\x50\0SH\1\0a"
		"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\0", 30 },
	{ "part of a header", "\xfe\xff\0\xe0\0\0\0\0\xfe\xff", 10 },
};

START_TEST(what_is_no_item)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;

	bytes_head(&b, UID_EXPLICIT_LE);
	bytes_group8(&b, XL);
	bytes_value(&b, XL, 0x00081140, "SQ", no_items[_i].bytes, no_items[_i].size);
	bytes_group20(&b, XL);
	ck_assert_msg(read_bytes(&b, &out, &err) == PART10_OK, "%s", err.text);
	ck_assert_int_eq(out.raw, RAW_FIT);
	instance_clear(&out);
	bytes_free(&b);
}
END_TEST

START_TEST(data_offset)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;
	size_t head;

	bytes_head(&b, UID_EXPLICIT_LE);
	head = b.len;
	bytes_object(&b, XL, 64);
	ck_assert_int_eq(read_bytes(&b, &out, &err), PART10_OK);
	ck_assert_uint_eq(out.data_offset, head);
	instance_clear(&out);
	bytes_free(&b);
}
END_TEST

/* Up to the limit; also behind a header that takes more than one read. */
START_TEST(kept)
{
	static const struct {
		size_t comment, data_set; /* bytes, in group 2 and in all of the rest */
		bool kept;
	} cases[] = { { 2, 300, true }, { 2, KEPT_MAX, true }, { 2, KEPT_MAX + 2, false },
		{ 60000, KEPT_MAX, true } };
	struct bytes bare = { 0 };

	bytes_object(&bare, XL, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes b = { 0 };
		struct instance out;
		struct err err = ERR_INIT;

		bytes_head(&b, UID_EXPLICIT_LE);
		bytes_header(&b, XL, 0x00020102, "OB", (uint32_t)cases[i].comment);
		bytes_zero(&b, cases[i].comment);
		bytes_object(&b, XL, cases[i].data_set - bare.len);
		ck_assert_msg(read_bytes(&b, &out, &err) == PART10_OK, "case %zu: %s", i, err.text);
		ck_assert_uint_eq(out.size - out.data_offset, cases[i].data_set);
		ck_assert_msg((out.kept != NULL) == cases[i].kept, "case %zu", i);
		expect_kept(&b, &out);
		instance_clear(&out);
		ck_assert_ptr_null(out.kept);
		bytes_free(&b);
	}
	bytes_free(&bare);
}
END_TEST

/* Study and series are not refused for being no UIDs, but harmless. */
START_TEST(sloppy_study)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;

	bytes_head(&b, UID_EXPLICIT_LE);
	bytes_group8(&b, XL);
	bytes_text(&b, XL, 0x0020000d, "UI", "STUDY\0337");
	ck_assert_int_eq(read_bytes(&b, &out, &err), PART10_OK);
	ck_assert_str_eq(out.study, "STUDY?7");
	ck_assert_str_eq(out.series, "");
	instance_clear(&out);
	bytes_free(&b);
}
END_TEST

/* SOP class and instance come first in any honest file: a megabyte is enough. */
START_TEST(uids_too_far)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;

	bytes_head(&b, UID_IMPLICIT_LE);
	bytes_header(&b, IL, 0x00080006, "SQ", UNDEFINED);
	for (int i = 0; i < 200000; i++)
		bytes_header(&b, IL, ITEM, NULL, 0);
	bytes_header(&b, IL, SEQ_END, NULL, 0);
	bytes_object(&b, IL, 64);
	ck_assert_int_eq(read_bytes(&b, &out, &err), PART10_BAD);
	ck_assert_ptr_nonnull(strstr(err.text, "in its first megabyte"));
	bytes_free(&b);
}
END_TEST

/* A file that lost its end anywhere is not OK, but where elements meet. */
START_TEST(cut_anywhere)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;
	size_t whole, ok = 0;

	rows[_i].build(&b);
	whole = b.len;
	for (b.len = 1; b.len < whole; b.len++) {
		if (read_bytes(&b, &out, &err) == PART10_OK)
			ok++;
		instance_clear(&out);
	}
	/* At most behind instance, patient, study and series, and before what follows the pixels. */
	ck_assert_msg(ok <= 5, "row %d: %zu", _i, ok);
	bytes_free(&b);
}
END_TEST

/* The system says that there are more bytes than reading gives: no end of the file, but an error,
 * whether none comes, some do, or a deflated data set is being inflated. */
START_TEST(reading_ends_early)
{
	static const char bytes[] = "0123456789";
	FILE *made = tmpfile();
	struct input in;
	struct err err = ERR_INIT;
	const unsigned char *p;
	size_t have;

	ck_assert_ptr_nonnull(made);
	input_init(&in, fileno(made), 4096);
	ck_assert_int_eq(input_peek(&in, 12, &p, &have, &err), -1);
	ck_assert(in.failed);
	ck_assert_str_eq(err.text, "cannot be read: it has 4096 bytes, and reading ends after 0");
	ck_assert_int_eq(write(fileno(made), bytes, 10), 10);
	input_init(&in, fileno(made), 4096);
	ck_assert_int_eq(input_peek(&in, 12, &p, &have, &err), -1);
	ck_assert_str_eq(err.text, "cannot be read: it has 4096 bytes, and reading ends after 10");
	input_init(&in, fileno(made), 4096);
	ck_assert_int_eq(input_inflate(&in, &err), 0);
	ck_assert_int_eq(input_peek(&in, 12, &p, &have, &err), -1);
	input_clear(&in);
	input_init(&in, fileno(made), 10);
	ck_assert_int_eq(input_peek(&in, 12, &p, &have, &err), 0);
	ck_assert_uint_eq(have, 10);
	ck_assert(!in.failed);
	fclose(made);
}
END_TEST

/* A descriptor that cannot be read is no proof that the file is no DICOM. */
START_TEST(unreadable)
{
	char path[] = "/tmp/part10XXXXXX";
	int fd = mkstemp(path);
	int blind = open(path, O_WRONLY);
	struct instance instance;
	struct err err = ERR_INIT;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(blind, 0);
	unlink(path);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(part10_read_fd(blind, path, &instance, &err), PART10_BAD);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be read: "));
	close(fd);
	close(blind);
}
END_TEST

START_TEST(paths)
{
	char dir[] = "/tmp/part10XXXXXX", path[64];
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(part10_read(dir, &out, &err), PART10_BAD);
	ck_assert_ptr_nonnull(strstr(err.text, ": is a directory"));

	snprintf(path, sizeof path, "%s/x", dir);
	ck_assert_int_eq(part10_read(path, &out, &err), PART10_BAD);
	ck_assert_ptr_nonnull(strstr(err.text, strerror(ENOENT)));
	ck_assert_ptr_nonnull(strstr(err.text, path));

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(part10_read(path, &out, &err), PART10_BAD);
	ck_assert_ptr_nonnull(strstr(err.text, "is not a regular file"));
	ck_assert_int_eq(unlink(path), 0);

	explicit_le(&b);
	bytes_save(&b, path);
	ck_assert_int_eq(part10_read(path, &out, &err), PART10_OK);
	ck_assert_str_eq(out.path, path);
	instance_clear(&out);
	ck_assert_ptr_null(out.path);
	instance_clear(NULL);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	bytes_free(&b);
}
END_TEST

/* Header and data set differ: both are named. A structure that is not understood leaves no error. */
START_TEST(tells_of_mismatches)
{
	static const struct {
		void (*build)(struct bytes *b);
		const char *says;
	} mismatches[] = {
		{ other_class, "(0002,0002) 1.2.840.10008.5.1.4.1.1.4, but its data set has (0008,0016) " CT_CLASS },
		{ other_instance, "(0002,0003) 1.2.3.5, but its data set has (0008,0018) 1.2.3.4" },
		{ explicit_le, NULL },
	};

	for (size_t i = 0; i < sizeof mismatches / sizeof mismatches[0]; i++) {
		struct err err = ERR_INIT;
		struct bytes b = { 0 };
		struct instance out;

		mismatches[i].build(&b);
		ck_assert_int_eq(read_bytes(&b, &out, &err), PART10_OK);
		ck_assert_int_eq(err.kind, ERR_NONE);
		ck_assert_msg(!out.mismatch == !mismatches[i].says &&
			(!out.mismatch || strstr(out.mismatch, mismatches[i].says)), "%s", out.mismatch);
		instance_clear(&out);
		bytes_free(&b);
	}
}
END_TEST

/* Zeros behind the data set are none of it; an element that stands there twice is seen. */
START_TEST(measures_the_data_set)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	struct instance out;

	zeros_behind(&b);
	ck_assert_int_eq(read_bytes(&b, &out, &err), PART10_OK);
	ck_assert_uint_eq(instance_padding(&out), 13);
	instance_clear(&out);
	b.len -= 13;
	bytes_value(&b, XL, 0x7fe10010, "LO", "ACME", 4);
	bytes_value(&b, XL, 0x7fe10010, "LO", "ACME", 4);
	bytes_value(&b, XL, 0x7fe10010, "LO", "ACNE", 4);
	bytes_put(&b, "\xe2\x7f\x10\0  \4\0ACME", 12); /* no VR */
	ck_assert_int_eq(read_bytes(&b, &out, &err), PART10_OK);
	ck_assert_uint_eq(instance_padding(&out), 0);
	ck_assert_uint_eq(out.repeated, 1);
	ck_assert_int_eq(err.kind, ERR_NONE);
	instance_clear(&out);
	bytes_free(&b);
}
END_TEST

static Suite *
suite_part10(void)
{
	Suite *suite = suite_create("part10");
	TCase *tcase = tcase_create("part10");

	tcase_add_rows(tcase, file, rows, says);
	tcase_add_rows(tcase, instance_uid, uids, value);
	tcase_add_loop_test(tcase, odd_in_items, 0, 8);
	tcase_add_rows(tcase, what_is_no_item, no_items, about);
	tcase_add_test(tcase, data_offset);
	tcase_add_test(tcase, kept);
	tcase_add_test(tcase, sloppy_study);
	tcase_add_test(tcase, uids_too_far);
	tcase_add_test(tcase, tells_of_mismatches);
	tcase_add_test(tcase, measures_the_data_set);
	tcase_add_loop_test(tcase, cut_anywhere, 0, 14); /* the small ones, up to deflated_small */
	tcase_add_test(tcase, reading_ends_early);
	tcase_add_test(tcase, unreadable);
	tcase_add_test(tcase, paths);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_part10());
}
