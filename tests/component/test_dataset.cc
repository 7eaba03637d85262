/* SPDX-License-Identifier: BSD-3-Clause */
/* Unusual objects on the slow way: what would end DCMTK, or be taken for something else, is refused. */
#include "dcmtk/dataset.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "dcmtk/warnings.h"

extern "C" {
#include "base/text.h"
#include "check_main.h"
}

namespace {

std::string
fixture(const char *name)
{
	const char *srcdir = getenv("srcdir");
	std::ifstream file(std::string(srcdir ? srcdir : ".") + "/testdata/dicom/" + name, std::ios::binary);

	return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

const uint64_t enough = UINT64_C(512) << 20;

struct decoder *frame_decoder;

/* Load the file for implicit VR. */
int
load(const std::string &bytes, struct err *err, uint64_t memory_max = enough)
{
	int fd = memfd_create("test", MFD_CLOEXEC), rv;
	struct instance instance;
	Dataset dataset(frame_decoder, memory_max);
	char path[64];

	ck_assert_int_eq(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
	text_format(path, sizeof path, "/proc/self/fd/%d", fd);
	ck_assert_msg(part10_read(path, &instance, err) == PART10_OK, "%s", err->text);
	rv = dataset.load(&instance, nullptr, UID_IMPLICIT_LE, err);
	instance_clear(&instance);
	close(fd);
	return rv;
}

void
refused(const std::string &bytes, const char *sentence)
{
	struct err err = {};

	ck_assert_int_eq(load(bytes, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, sentence), "%s", err.text);
}

#define BYTES(literal) std::string(literal, sizeof(literal) - 1)

const struct {
	const char *name;
	std::string from, to; /* of the same length, in the fixture */
	const char *sentence;
} rows[] = {
	{ "rle.dcm", BYTES("\3\0\0\0\x40\0\0\0"), BYTES("\3\0\0\0\x3f\0\0\0"), "RLE frame is damaged" },
	{ "rle.dcm", BYTES("\3\0\0\0\x40\0\0\0"), BYTES("\3\0\0\0\x40\0\0\1"), "RLE frame is damaged" },
	{ "rle.dcm", BYTES("\3\0\0\0\x40\0\0\0"), BYTES("\3\0\0\0\xff\xff\0\0"), "RLE frame is damaged" },
	{ "rle.dcm", BYTES("\3\0\0\0\x40\0\0\0"), BYTES("\x10\0\0\0\x40\0\0\0"), "RLE frame is damaged" },
	{ "rle.dcm", BYTES("\3\0\0\0\x40\0\0\0"), BYTES("\2\0\0\0\x40\0\0\0"), "an RLE frame has 2 segments, but its pixels have 3 bytes" },
	/* an item that is longer than its sequence */
	{ "jpeg-rgb.dcm", BYTES("\xfe\xff\0\xe0\x34\0\0\0"), BYTES("\xfe\xff\0\xe0\x34\0\0\x34"),
		"(0008,9215) holds is longer than itself" },
	{ "jpeg-rgb.dcm", BYTES("\xfe\xff\0\xe0\x34\0\0\0"), BYTES("\xfe\xff\0\xe0\x50\0\0\0"),
		"cannot be" },
};

START_TEST(damaged)
{
	std::string bytes = fixture(rows[_i].name);
	struct err err = {};
	size_t at = bytes.find(rows[_i].from);

	ck_assert_msg(load(bytes, &err) == 0, "%s", err.text);
	ck_assert(at != std::string::npos);
	refused(bytes.replace(at, rows[_i].from.size(), rows[_i].to), rows[_i].sentence);
}
END_TEST

void
put(std::string *out, size_t value, int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*out += static_cast<char>(value & 0xff);
}

/* As many sequences in each other, of defined length, in front of odd.dcm's study. */
std::string
nested(size_t count)
{
	static const std::string study = BYTES("\x20\0\x0d\0UI");
	std::string bytes = fixture("odd.dcm"), sequences;

	for (size_t left = count; left > 0; left--) {
		sequences += BYTES("\x18\0\x01\x90SQ\0\0");
		put(&sequences, 20 * left - 12, 4);
		sequences += BYTES("\xfe\xff\0\xe0");
		put(&sequences, 20 * left - 20, 4);
	}
	return bytes.insert(bytes.find(study), sequences);
}

START_TEST(deep)
{
	struct err err = {};

	ck_assert_msg(load(nested(64), &err) == 0, "%s", err.text);
	refused(nested(65), "nested more than 64 deep");
	refused(nested(100000), "nested too deep");
}
END_TEST

/* Counts what it is given, and adds it up. */
struct counting_sink : DatasetSink {
	bool put(const void *, size_t size) override
	{
		total += size;
		return true;
	}
	uint64_t total = 0;
};

/* Over 4 GiB of fragments: two of 2 GiB, which are holes in the file. */
START_TEST(large)
{
	const uint64_t length = 0x80000000;
	std::string bytes = fixture("rle.dcm"), head, end = BYTES("\xfe\xff\xdd\xe0\0\0\0\0");
	size_t pixels = bytes.find(BYTES("\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff"));
	int fd = memfd_create("large", MFD_CLOEXEC);
	struct instance instance;
	counting_sink sink;
	struct err err = {};
	Dataset dataset(frame_decoder, enough);
	char path[64];
	off_t at = 0;

	ck_assert(pixels != std::string::npos);
	head = bytes.substr(0, pixels + 12) + BYTES("\xfe\xff\0\xe0\0\0\0\0");
	for (int i = 0; i < 2; i++) {
		head += BYTES("\xfe\xff\0\xe0\0\0\0\x80");
		ck_assert_int_eq(pwrite(fd, head.data(), head.size(), at), static_cast<ssize_t>(head.size()));
		at += static_cast<off_t>(head.size() + length);
		head.clear();
	}
	ck_assert_int_eq(pwrite(fd, end.data(), end.size(), at), 8);
	text_format(path, sizeof path, "/proc/self/fd/%d", fd);
	ck_assert_msg(part10_read(path, &instance, &err) == PART10_OK, "%s", err.text);
	ck_assert_msg(dataset.load(&instance, nullptr, instance.syntax, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(dataset.total(), instance.size - instance.data_offset);
	ck_assert_msg(dataset.write(sink, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(sink.total, dataset.total());
	instance_clear(&instance);
	close(fd);
}
END_TEST

/* The fixture with one row of so many pixels, each of them a tile. */
std::string
tiled(size_t columns)
{
	const std::string rows_tag = BYTES("\x28\0\x10\0US\2\0"), columns_tag = BYTES("\x28\0\x11\0US\2\0");
	const std::string siz = BYTES("\xff\x51\0\x29\0\0");
	std::string bytes = fixture("j2k-ct.dcm");
	size_t at = bytes.find(siz) + siz.size();

	for (size_t value : { columns, size_t{ 1 }, size_t{ 0 }, size_t{ 0 }, size_t{ 1 }, size_t{ 1 } }) {
		for (int bit = 24; bit >= 0; bit -= 8)
			bytes[at++] = static_cast<char>(value >> bit & 0xff);
	}
	bytes.replace(bytes.find(rows_tag) + 8, 2, BYTES("\1\0"));
	at = bytes.find(columns_tag) + 8;
	bytes[at] = static_cast<char>(columns & 0xff);
	bytes[at + 1] = static_cast<char>(columns >> 8 & 0xff);
	return bytes;
}

/* Neither has all its tiles; which of the two reasons is told shows where the bound lies. */
START_TEST(tiles)
{
	refused(tiled(16384), "lacks a tile");
	refused(tiled(16385), "a frame is cut into 16385 tiles");
	refused(tiled(65535), "a frame is cut into 65535 tiles");
}
END_TEST

Suite *
suite_dataset()
{
	Suite *suite = suite_create("dataset");
	TCase *tcase = tcase_create("hostile");

	tcase_add_rows(tcase, damaged, rows, name);
	tcase_add_test(tcase, deep);
	tcase_add_test(tcase, tiles);
	tcase_add_test(tcase, large);
	suite_add_tcase(suite, tcase);
	return suite;
}

} /* namespace */

int
main()
{
	warnings_init(false);
	Dataset::init();
	frame_decoder = decoder_new(enough);
	return check_run(suite_dataset());
}
