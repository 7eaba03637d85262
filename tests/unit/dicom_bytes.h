/* SPDX-License-Identifier: BSD-3-Clause */
/* DICOM files built in memory, right ones and wrong ones, for the tests of src/dicom. */
#ifndef MTLS_TESTS_DICOM_BYTES_H
#define MTLS_TESTS_DICOM_BYTES_H

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "dicom/element.h"
#include "dicom/uid.h"

#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define JPEG	 "1.2.840.10008.1.2.4.50"

struct bytes {
	unsigned char *data; /* owned, free with bytes_free */
	size_t len, room;
};

static inline void
bytes_zero(struct bytes *b, size_t len)
{
	if (b->room - b->len <= len) {
		b->room = 2 * (b->len + len) + 1024;
		b->data = realloc(b->data, b->room);
		if (!b->data)
			abort();
	}
	memset(b->data + b->len, 0, len);
	b->len += len;
}

static inline void
bytes_put(struct bytes *b, const void *data, size_t len)
{
	bytes_zero(b, len);
	memcpy(b->data + b->len - len, data, len);
}

static inline void
bytes_free(struct bytes *b)
{
	free(b->data);
	memset(b, 0, sizeof *b);
}

static inline void
bytes_u16(struct bytes *b, struct encoding e, unsigned value)
{
	unsigned char le[2] = { (unsigned char)value, (unsigned char)(value >> 8) };
	unsigned char be[2] = { le[1], le[0] };

	bytes_put(b, e.big_endian ? be : le, 2);
}

static inline void
bytes_u32(struct bytes *b, struct encoding e, uint32_t value)
{
	bytes_u16(b, e, (e.big_endian ? value >> 16 : value) & 0xffff);
	bytes_u16(b, e, (e.big_endian ? value : value >> 16) & 0xffff);
}

/* A header; vr NULL for items. Which VRs have long lengths is written out
 * here again on purpose: the test does not ask the code it tests. */
static inline void
bytes_header(struct bytes *b, struct encoding e, uint32_t tag, const char *vr, uint32_t length)
{
	bytes_u16(b, e, tag >> 16);
	bytes_u16(b, e, tag & 0xffff);
	if (!e.explicit_vr || !vr) {
		bytes_u32(b, e, length);
		return;
	}
	bytes_put(b, vr, 2);
	if (strstr("OB OD OF OL OV OW SQ SV UC UN UR UT UV", vr)) {
		bytes_u16(b, e, 0);
		bytes_u32(b, e, length);
	} else {
		bytes_u16(b, e, length);
	}
}

static inline void
bytes_value(struct bytes *b, struct encoding e, uint32_t tag, const char *vr, const void *data, size_t len)
{
	bytes_header(b, e, tag, vr, (uint32_t)len);
	bytes_put(b, data, len);
}

/* A text value, padded to an even length as its VR wants it. */
static inline void
bytes_text(struct bytes *b, struct encoding e, uint32_t tag, const char *vr, const char *text)
{
	size_t len = strlen(text);

	bytes_header(b, e, tag, vr, (uint32_t)(len + (len & 1)));
	bytes_put(b, text, len);
	bytes_put(b, strcmp(vr, "UI") == 0 ? "" : " ", len & 1);
}

static inline void
bytes_preamble(struct bytes *b)
{
	bytes_zero(b, 128);
	bytes_put(b, "DICM", 4);
}

/* Group 2; NULL for what is to be missing. wrong_by: added to the group length. */
static inline void
bytes_meta(struct bytes *b, const char *sop_class, const char *instance, const char *syntax, int wrong_by)
{
	struct bytes group = { 0 };

	bytes_value(&group, ENCODING_EXPLICIT_LE, 0x00020001, "OB", "\0\1", 2);
	if (sop_class)
		bytes_text(&group, ENCODING_EXPLICIT_LE, 0x00020002, "UI", sop_class);
	if (instance)
		bytes_text(&group, ENCODING_EXPLICIT_LE, 0x00020003, "UI", instance);
	if (syntax)
		bytes_text(&group, ENCODING_EXPLICIT_LE, 0x00020010, "UI", syntax);
	bytes_text(&group, ENCODING_EXPLICIT_LE, 0x00020012, "UI", "1.2.3.99");
	bytes_header(b, ENCODING_EXPLICIT_LE, 0x00020000, "UL", 4);
	bytes_u32(b, ENCODING_EXPLICIT_LE, (uint32_t)((int)group.len + wrong_by));
	bytes_put(b, group.data, group.len);
	bytes_free(&group);
}

/* The elements of group 8 that every object here begins with. */
static inline void
bytes_group8(struct bytes *b, struct encoding e)
{
	bytes_text(b, e, 0x00080005, "CS", "ISO_IR 100");
	bytes_text(b, e, 0x00080016, "UI", CT_CLASS);
	bytes_text(b, e, 0x00080018, "UI", "1.2.3.4");
}

/* What follows it: patient, study, series. */
static inline void
bytes_group20(struct bytes *b, struct encoding e)
{
	bytes_text(b, e, 0x00100010, "PN", "Doe^Jane");
	bytes_text(b, e, 0x0020000d, "UI", "1.2.3");
	bytes_text(b, e, 0x0020000e, "UI", "1.2.3.1");
}

/* A whole small object with pixels bytes of pixel data, without meta information. */
static inline void
bytes_object(struct bytes *b, struct encoding e, size_t pixels)
{
	bytes_group8(b, e);
	bytes_group20(b, e);
	bytes_header(b, e, 0x7fe00010, "OW", (uint32_t)pixels);
	bytes_zero(b, pixels);
}

/* Preamble and group 2 of a file that is all right so far. */
static inline void
bytes_head(struct bytes *b, const char *syntax)
{
	bytes_preamble(b);
	bytes_meta(b, CT_CLASS, "1.2.3.4", syntax, 0);
}

/* Append plain as one raw deflate stream, padded to an even length if pad (PS3.5 A.5). */
static inline void
bytes_deflate(struct bytes *b, const struct bytes *plain, int pad)
{
	z_stream z = { 0 };
	unsigned char *out;
	size_t room;

	if (deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	room = deflateBound(&z, plain->len);
	out = malloc(room);
	if (!out)
		abort();
	z.next_in = plain->data;
	z.avail_in = (uInt)plain->len;
	z.next_out = out;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	bytes_put(b, out, z.total_out);
	if (pad && z.total_out % 2)
		bytes_zero(b, 1);
	deflateEnd(&z);
	free(out);
}

/* A descriptor of a file in memory that holds the bytes; close(2) it. */
static inline int
bytes_fd(const struct bytes *b)
{
	int fd = memfd_create("bytes", MFD_CLOEXEC);

	if (fd == -1 || write(fd, b->data, b->len) != (ssize_t)b->len)
		abort();
	return fd;
}

/* Write them to a file at path. */
static inline void
bytes_save(const struct bytes *b, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, b->data, b->len) != (ssize_t)b->len || close(fd))
		abort();
}

#endif
