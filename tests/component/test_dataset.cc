/* SPDX-License-Identifier: BSD-3-Clause */
/* Unusual objects in DCMTK's data set: what would crash DCMTK, or be misread, is refused. */
#include "dcmtk/dataset.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

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

/* Gathers what it is given. */
struct gathering_sink : DatasetSink {
	bool put(const void *bytes, size_t size) override
	{
		all.append(static_cast<const char *>(bytes), size);
		return true;
	}
	std::string all;
};

/* Load the file for implicit VR, and write it to *out, if that is given: 0; 1 if it was loaded but
 * could not be written; -1. */
int
load(const std::string &bytes, struct err *err, uint64_t memory_max = enough, std::string *out = nullptr)
{
	int fd = memfd_create("test", MFD_CLOEXEC), rv;
	struct instance instance;
	Dataset dataset(frame_decoder, memory_max);
	gathering_sink sink;
	char path[64];

	ck_assert_int_eq(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
	text_format(path, sizeof path, "/proc/self/fd/%d", fd);
	ck_assert_msg(part10_read(path, &instance, err) == PART10_OK, "%s", err->text);
	rv = dataset.load(&instance, nullptr, UID_IMPLICIT_LE, err);
	if (rv == 0 && out && dataset.write(sink, err) < 0)
		rv = 1;
	if (rv == 0 && out) {
		ck_assert_uint_eq(sink.all.size(), dataset.total());
		*out = sink.all;
	}
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

/* Neither has all its tiles; the reason given shows where the limit is. */
START_TEST(tiles)
{
	refused(tiled(16384), "lacks a tile");
	refused(tiled(16385), "a frame is cut into 16385 tiles");
	refused(tiled(65535), "a frame is cut into 65535 tiles");
}
END_TEST

const std::string pixels_header = BYTES("\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff");
const std::string item_header = BYTES("\xfe\xff\0\xe0"), pixels_end = BYTES("\xfe\xff\xdd\xe0\0\0\0\0");

/* The data set as it is sent. */
std::string
sent(const std::string &bytes, uint64_t memory_max = enough)
{
	struct err err = {};
	std::string out;

	ck_assert_msg(load(bytes, &err, memory_max, &out) == 0, "%s", err.text);
	return out;
}

/* The least memory that will do: not enough for all pixels of several frames. */
uint64_t
least_memory(const std::string &bytes)
{
	for (uint64_t most = 64; most < enough; most += 64) {
		struct err err = {};

		if (load(bytes, &err, most) == 0)
			return most;
		ck_assert_msg(strstr(err.text, "--max-object-memory"), "%s", err.text);
	}
	ck_abort_msg("no memory is enough");
}

/* The file with other fragments, the offset table among them. */
std::string
with_fragments(const std::string &file, const std::vector<std::string> &fragments)
{
	std::string out = file.substr(0, file.find(pixels_header)) + pixels_header;

	for (const std::string &fragment : fragments) {
		out += item_header;
		put(&out, fragment.size(), 4);
		out += fragment;
	}
	return out + pixels_end;
}

std::vector<std::string>
fragments_of(const std::string &file)
{
	size_t at = file.find(pixels_header) + pixels_header.size();
	std::vector<std::string> out;

	while (file.compare(at, 4, item_header) == 0) {
		const unsigned char *length = reinterpret_cast<const unsigned char *>(file.data()) + at + 4;

		out.push_back(file.substr(at + 8, element_u32(length, false)));
		at += 8 + out.back().size();
	}
	return out;
}

/* The value of an element in implicit VR that stands there once. */
std::string
value_of(const std::string &out, const std::string &tag)
{
	size_t at = out.find(tag);

	ck_assert(at != std::string::npos);
	return out.substr(at + 8, element_u32(reinterpret_cast<const unsigned char *>(out.data()) + at + 4, false));
}

void
replace(std::string *in, const std::string &from, const std::string &to)
{
	size_t at = in->find(from);

	ck_assert(at != std::string::npos);
	in->replace(at, from.size(), to);
}

const struct {
	const char *name;
} frames[] = { { "jls-frames.dcm" }, { "j2k-frames.dcm" }, { "rle-frames.dcm" }, { "jpeg-frames.dcm" } };

/* Decoded before it is written, or while it is: the same. */
START_TEST(streamed)
{
	const std::string file = fixture(frames[_i].name);
	const uint64_t least = least_memory(file);
	std::vector<std::string> fragments = fragments_of(file);
	std::string out = sent(file);
	struct err err = {};

	ck_assert_uint_lt(least, 64 << 10);
	ck_assert(out == sent(file, least));
	fragments.back().resize(fragments.back().size() / 4 * 2); /* of the last frame */
	ck_assert_int_eq(load(with_fragments(file, fragments), &err, least, &out), 1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, "cannot be decompressed from") && strstr(err.text, "frame 6 of 6: "), "%s",
		err.text);
	/* Nothing is sent of one that is decoded whole. */
	err = {};
	ck_assert_int_eq(load(with_fragments(file, fragments), &err, enough, &out), -1);
	ck_assert_msg(strstr(err.text, "frame 6 of 6: "), "%s", err.text);
}
END_TEST

/* An icon, and what it stands in. */
START_TEST(icon)
{
	const std::string file = fixture("j2k-ct.dcm"), plain = sent(file);
	const std::string image = file.substr(file.find(BYTES("\x28\0\x02\0US")));
	const std::string pixels = plain.substr(plain.find(BYTES("\xe0\x7f\x10\0")));
	std::string with = file, out;

	with.insert(with.find(pixels_header), BYTES("\x88\0\0\2SQ\0\0\xff\xff\xff\xff") + item_header +
		BYTES("\xff\xff\xff\xff") + image + BYTES("\xfe\xff\x0d\xe0\0\0\0\0") + pixels_end);
	out = sent(with);
	ck_assert_uint_eq(out.size(), plain.size() + 8 + 8 + 8 + 8 + plain.size() -
		plain.find(BYTES("\x28\0\x02\0\2\0\0\0")));
	ck_assert(out.find(pixels) != std::string::npos);
	ck_assert(out.rfind(pixels) != out.find(pixels));
}
END_TEST

/* A frame in two fragments: which, RLE needs a table to tell. */
START_TEST(split)
{
	const std::string file = fixture("rle.dcm");
	std::vector<std::string> fragments = fragments_of(file);

	fragments.push_back(fragments[1].substr(100));
	fragments[1].resize(100);
	fragments[0].clear();
	refused(with_fragments(file, fragments), "it has 2 RLE fragments, but its Number of Frames says 1");
	fragments[0] = BYTES("\0\0\0\0");
	ck_assert(sent(with_fragments(file, fragments)) == sent(file));
	fragments[0] = BYTES("\2\0\0\0");
	refused(with_fragments(file, fragments), "it has 2 RLE fragments");
}
END_TEST

/* Frames of an odd number of bytes follow each other without padding (PS3.5 8.1.1). */
START_TEST(odd)
{
	std::string file = fixture("rle-frames.dcm"), frame = BYTES("\1\0\0\0\x40\0\0\0");

	frame.resize(64, '\0');
	frame += BYTES("\2abc");
	replace(&file, BYTES("\x28\0\x10\0US\2\0\x20\0"), BYTES("\x28\0\x10\0US\2\0\1\0"));
	replace(&file, BYTES("\x28\0\x11\0US\2\0\x20\0"), BYTES("\x28\0\x11\0US\2\0\3\0"));
	replace(&file, BYTES("\x28\0\x08\0IS\2\0" "6 "), BYTES("\x28\0\x08\0IS\2\0" "3 "));
	file = with_fragments(file, { "", frame, frame, frame });
	ck_assert(value_of(sent(file), BYTES("\xe0\x7f\x10\0")) == BYTES("abcabcabc\0"));
	ck_assert(sent(file) == sent(file, least_memory(file)));
}
END_TEST

START_TEST(twice)
{
	const std::string file = fixture("rle.dcm"), pixels = file.substr(file.find(pixels_header));
	std::string other = pixels;

	ck_assert(sent(file + pixels) == sent(file) && sent(file + pixels + pixels) == sent(file));
	other[other.size() - 9] ^= 1;
	refused(file + other, "it has Pixel Data twice");
	refused(file + pixels + other, "it has Pixel Data twice");
	refused(file.substr(0, file.find(pixels_header)) + BYTES("\xe0\x7f\x10\0OB\0\0\2\0\0\0\0\0"),
		"its pixel data are uncompressed");
}
END_TEST

/* However many changes there are, none is silently omitted. */
START_TEST(many_changes)
{
	const size_t count = 50;
	const std::string path = std::string(getenv("srcdir") ? getenv("srcdir") : ".") + "/testdata/dicom/ct.dcm";
	struct err err = {};
	struct edits *edits = edits_new(&err);
	struct instance instance;
	Dataset dataset(frame_decoder, enough);
	char text[512];
	size_t shown = 0;
	const char *more;

	for (size_t i = 1; i <= count; i++) {
		std::string word = "RequestAttributesSequence[" + std::to_string(i) + "].RequestedProcedureID=1";

		ck_assert_msg(edits_set(edits, word.c_str(), &err) == 0, "%s", err.text);
	}
	ck_assert_msg(part10_read(path.c_str(), &instance, &err) == PART10_OK, "%s", err.text);
	ck_assert_int_eq(edits_head(edits, &instance, &err), 0);
	ck_assert_msg(dataset.load(&instance, edits, instance.syntax, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(std::count(dataset.changed().begin(), dataset.changed().end(), ',') + 1, count);
	dataset.list_changes(text, sizeof text);
	more = strstr(text, ", and ");
	ck_assert_msg(more != nullptr, "%s", text);
	for (const char *p = text; (p = strstr(p, " replaced")) != nullptr; p++)
		shown++;
	ck_assert_uint_eq(shown + strtoul(more + 6, nullptr, 10), count);
	ck_assert_str_eq(strrchr(text, ' '), " more");
	instance_clear(&instance);
	edits_free(edits);
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
	tcase = tcase_create("decompressed");
	tcase_add_rows(tcase, streamed, frames, name);
	tcase_add_test(tcase, icon);
	tcase_add_test(tcase, split);
	tcase_add_test(tcase, odd);
	tcase_add_test(tcase, twice);
	tcase_add_test(tcase, many_changes);
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
