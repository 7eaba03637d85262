/* SPDX-License-Identifier: BSD-3-Clause */
#include "generate.h"

#include <zlib.h>

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcuid.h"

namespace {

using Bytes = std::string; /* for its append and substr; not text */

/* --- what is chosen from */

const char *const common_classes[] = {
	UID_CTImageStorage,
	UID_MRImageStorage,
	UID_ComputedRadiographyImageStorage,
	UID_DigitalXRayImageStorageForPresentation,
	UID_UltrasoundImageStorage,
	UID_SecondaryCaptureImageStorage,
	UID_NuclearMedicineImageStorage,
	UID_PositronEmissionTomographyImageStorage,
	UID_XRayAngiographicImageStorage,
	UID_XRayRadiofluoroscopicImageStorage,
	UID_DigitalMammographyXRayImageStorageForPresentation,
	UID_EnhancedCTImageStorage,
	UID_EnhancedMRImageStorage,
	UID_UltrasoundMultiframeImageStorage,
	UID_RTImageStorage,
	UID_XRay3DAngiographicImageStorage,
	UID_OphthalmicPhotography8BitImageStorage,
	UID_VLEndoscopicImageStorage,
	UID_VLPhotographicImageStorage,
	UID_BasicTextSRStorage,
};

/* The common ones first, then all others that DCMTK knows. */
const std::vector<const char *> &
classes()
{
	static const std::vector<const char *> all = [] {
		std::vector<const char *> list(std::begin(common_classes), std::end(common_classes));
		auto listed = [&](const std::string &uid) {
			return std::any_of(list.begin(), list.end(),
				[&](const char *one) { return uid == one; });
		};

		for (int i = 0; i < numberOfDcmAllStorageSOPClassUIDs; i++)
			if (!listed(dcmAllStorageSOPClassUIDs[i]))
				list.push_back(dcmAllStorageSOPClassUIDs[i]);
		return list;
	}();
	return all;
}

/* The same 8 by 8 ramp of 8 bits, without loss in each. */
const char rle_frame[] =
	"01000000400000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000700102030405060700708182838485868"
	"780710203040506070800718283848586878880720304050607080900728384858687888980730405060708090"
	"a00738485868788898a8";
const char jpegls_frame[] =
	"ffd8fff7000b080008000801011100ffda000801010000000080701c0775b6570811cc52382666656cedb6db"
	"3249248aaaa91555755558ffffd9";
const char jpeg_frame[] =
	"ffd8ffe000104a46494600010100000100010000ffc3000b080008000801011100ffc4001600010101000000"
	"00000000000000000000050408ffda0008010100010000cfe820820820850820820820850820820820850820"
	"82082085082082082085082082082085082082082085082082082087ffd9";
const char j2k_frame[] =
	"ff4fff5100290000000000080000000800000000000000000000000800000008000000000000000000010701"
	"01ff52000c00000001000104040001ff5c00074040484850ff90000a00000000002e0001ff93df8080120bce"
	"27679a9a800f7f31f9977258a7c1f38381f20300221a13037fe7ffd9";

const Syntax syntaxes[] = {
	{ "implicit", UID_LittleEndianImplicitTransferSyntax, false, true, false, nullptr },
	{ "explicit", UID_LittleEndianExplicitTransferSyntax, false, false, false, nullptr },
	{ "big", UID_BigEndianExplicitTransferSyntax, true, false, false, nullptr },
	{ "deflated", UID_DeflatedExplicitVRLittleEndianTransferSyntax, false, false, true, nullptr },
	{ "rle", UID_RLELosslessTransferSyntax, false, false, false, rle_frame },
	{ "jpegls", UID_JPEGLSLosslessTransferSyntax, false, false, false, jpegls_frame },
	{ "j2k", UID_JPEG2000LosslessOnlyTransferSyntax, false, false, false, j2k_frame },
	{ "jpeg", UID_JPEGProcess14SV1TransferSyntax, false, false, false, jpeg_frame },
};

/* Names that shells, lists, formats and terminals stumble over. %lu: the object. */
const char *const odd_names[] = {
	"plain%06lu.dcm",
	"with space %06lu",
	"-dash%06lu",
	".hidden%06lu",
	"\xC3\xBCml\xC3\xA4ut%06lu",
	"latin\xFC\xE9%06lu",
	"tab\t%06lu",
	"line\nend%06lu",
	"quote'\"`%06lu",
	"back\\slash%06lu",
	"%%s%%n$HOME%06lu",
	"*?[a-z]%06lu",
	"\x1B[31mred%06lu",
	" %06lu ",
};
const char *const odd_directories[] = {
	"series", "se ries", "-s", ".s", "s\xC3\xA9rie", "s\xE9rie", "s\n", "*",
};

/* --- one data set */

/* Appends elements in a syntax (PS3.5 section 7). */
class Writer {
    public:
	explicit Writer(const Syntax &syntax) : syntax_(syntax) {}

	void value(uint32_t tag, const char *vr, const Bytes &bytes)
	{
		head(tag, vr, static_cast<uint32_t>(bytes.size()));
		out_ += bytes;
	}
	void text(uint32_t tag, const char *vr, Bytes bytes)
	{
		if (bytes.size() % 2)
			bytes += vr == std::string("UI") ? '\0' : ' ';
		value(tag, vr, bytes);
	}
	void number(uint32_t tag, uint16_t number)
	{
		head(tag, "US", 2);
		put16(number);
	}
	void words(uint32_t tag, const std::vector<uint16_t> &words)
	{
		head(tag, "OW", static_cast<uint32_t>(2 * words.size()));
		for (uint16_t word : words)
			put16(word);
	}
	/* Of one item; with lengths, or with delimiters. */
	void sequence(uint32_t tag, const Bytes &item, bool delimited)
	{
		uint32_t size = static_cast<uint32_t>(item.size());

		head(tag, "SQ", delimited ? UINT32_MAX : size + 8);
		mark(0xFFFEE000, delimited ? UINT32_MAX : size);
		out_ += item;
		if (delimited) {
			mark(0xFFFEE00D, 0);
			mark(0xFFFEE0DD, 0);
		}
	}
	/* Encapsulated pixel data: an empty offset table and one fragment (PS3.5 A.4). */
	void fragment(const Bytes &frame)
	{
		head(0x7FE00010, "OB", UINT32_MAX);
		mark(0xFFFEE000, 0);
		mark(0xFFFEE000, static_cast<uint32_t>(frame.size()));
		out_ += frame;
		mark(0xFFFEE0DD, 0);
	}
	const Bytes &bytes() const { return out_; }

    private:
	void put16(unsigned value)
	{
		char low = static_cast<char>(value), high = static_cast<char>(value >> 8);

		out_ += syntax_.big_endian ? high : low;
		out_ += syntax_.big_endian ? low : high;
	}
	void put32(uint32_t value)
	{
		put16(syntax_.big_endian ? value >> 16 : value & 0xFFFF);
		put16(syntax_.big_endian ? value & 0xFFFF : value >> 16);
	}
	void mark(uint32_t tag, uint32_t length)
	{
		put16(tag >> 16);
		put16(tag & 0xFFFF);
		put32(length);
	}
	void head(uint32_t tag, const char *vr, uint32_t length)
	{
		if (syntax_.implicit) {
			mark(tag, length);
			return;
		}
		put16(tag >> 16);
		put16(tag & 0xFFFF);
		out_ += vr;
		if (vr == std::string("OB") || vr == std::string("OW") || vr == std::string("SQ")) {
			put16(0);
			put32(length);
		} else {
			put16(length);
		}
	}

	const Syntax &syntax_;
	Bytes out_;
};

Bytes
from_hex(const char *hex)
{
	Bytes bytes;
	unsigned byte;

	for (; std::sscanf(hex, "%2x", &byte) == 1; hex += 2)
		bytes += static_cast<char>(byte);
	return bytes;
}

/* Which object is being made. */
struct Place {
	unsigned long object, study;
	const char *sop_class;
	const Syntax *syntax;
};

enum Kind { study_uid = 1, series_uid, instance_uid };

/* Below 2.25 (PS3.5 B.2), from splitmix64. */
std::string
uid(const Recipe &recipe, Kind kind, unsigned long n)
{
	uint64_t x = (recipe.seed << 40 ^ static_cast<uint64_t>(kind) << 32) + n;

	x += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return "2.25." + std::to_string(x ^ x >> 31);
}

/* What it depicts: a ramp, of 16 bits where nothing is compressed. */
void
put_image(Writer &to, const Syntax &syntax)
{
	uint16_t bits = syntax.frame ? 8 : 16;
	std::vector<uint16_t> ramp(64);

	to.number(0x00280002, 1);
	to.text(0x00280004, "CS", "MONOCHROME2");
	to.number(0x00280010, 8);
	to.number(0x00280011, 8);
	to.number(0x00280100, bits);
	to.number(0x00280101, bits);
	to.number(0x00280102, static_cast<uint16_t>(bits - 1));
	to.number(0x00280103, 0);
	if (syntax.frame) {
		to.fragment(from_hex(syntax.frame));
		return;
	}
	for (size_t i = 0; i < ramp.size(); i++)
		ramp[i] = static_cast<uint16_t>(i * 1021);
	to.words(0x7FE00010, ramp);
}

Bytes
data_set(const Recipe &recipe, const Place &at)
{
	std::string number = std::to_string(at.object + 1), study = std::to_string(at.study + 1);
	Writer to(*at.syntax), reference(*at.syntax);

	reference.text(0x00081150, "UI", at.sop_class);
	reference.text(0x00081155, "UI", uid(recipe, instance_uid, at.object / 2));
	to.text(0x00080016, "UI", at.sop_class);
	to.text(0x00080018, "UI", uid(recipe, instance_uid, at.object));
	to.text(0x00080020, "DA", "20240229");
	to.text(0x00080030, "TM", "235959");
	to.text(0x00080050, "SH", "A" + study);
	to.text(0x00080060, "CS", "OT");
	to.text(0x00080090, "PN", "");
	to.sequence(0x00081140, reference.bytes(), at.object % 2);
	to.text(0x00100010, "PN", "TEST^STUDY " + study);
	to.text(0x00100020, "LO", "P" + study);
	to.text(0x00100030, "DA", "19700101");
	to.text(0x00100040, "CS", "O");
	to.text(0x0020000D, "UI", uid(recipe, study_uid, at.study));
	to.text(0x0020000E, "UI", uid(recipe, series_uid, at.study));
	to.text(0x00200010, "SH", study);
	to.text(0x00200011, "IS", "1");
	to.text(0x00200013, "IS", number);
	put_image(to, *at.syntax);
	if (recipe.size > 0)
		to.value(0xFFFCFFFC, "OB", Bytes(recipe.size + recipe.size % 2, '\0'));
	return to.bytes();
}

/* RFC 1951 without the zlib wrapper, padded to an even length (PS3.5 A.5). */
Bytes
deflated(const Bytes &plain)
{
	z_stream stream = {};
	Bytes out(compressBound(plain.size()) + 64, '\0');

	if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		throw std::runtime_error("no memory to deflate with");
	stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(plain.data()));
	stream.avail_in = static_cast<uInt>(plain.size());
	stream.next_out = reinterpret_cast<Bytef *>(&out[0]);
	stream.avail_out = static_cast<uInt>(out.size());
	int rv = deflate(&stream, Z_FINISH);
	out.resize(stream.total_out + stream.total_out % 2);
	deflateEnd(&stream);
	if (rv != Z_STREAM_END)
		throw std::runtime_error("deflate failed");
	return out;
}

/* --- its file */

/* Preamble, prefix, group 2 (PS3.10 7.1). */
Bytes
file_head(const Recipe &recipe, const Place &at)
{
	static const Syntax &little = *syntax_named("explicit");
	Writer group(little), length(little);

	group.value(0x00020001, "OB", Bytes("\0\1", 2));
	group.text(0x00020002, "UI", at.sop_class);
	group.text(0x00020003, "UI", uid(recipe, instance_uid, at.object));
	group.text(0x00020010, "UI", at.syntax->uid);
	group.text(0x00020012, "UI", "2.25.20922757883872409311777310329354718619");
	uint32_t size = static_cast<uint32_t>(group.bytes().size());
	length.value(0x00020000, "UL", Bytes{ static_cast<char>(size), static_cast<char>(size >> 8), 0, 0 });
	return Bytes(128, '\0') + "DICM" + length.bytes() + group.bytes();
}

template <size_t n>
std::string
numbered(const char *const (&formats)[n], unsigned long choice, unsigned long number)
{
	char name[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	std::snprintf(name, sizeof name, formats[choice % n], number);
#pragma GCC diagnostic pop
	return name;
}

std::filesystem::path
file_path(const Recipe &recipe, const Place &at)
{
	static const char *const plain[] = { "IM%06lu" };
	std::filesystem::path dir = recipe.dir;

	if (!recipe.nested)
		return dir / numbered(plain, 0, at.object + 1);
	/* The names' number of forms has no factor in common with the directories'. */
	return dir / ("study " + std::to_string(at.study + 1)) /
		numbered(odd_directories, at.object / 16, 0) / numbered(odd_names, at.object, at.object + 1);
}

void
write_file(const std::filesystem::path &path, const Bytes &head, const Bytes &body)
{
	std::ofstream file(path, std::ios::binary);

	file.write(head.data(), static_cast<std::streamsize>(head.size()));
	file.write(body.data(), static_cast<std::streamsize>(body.size()));
	file.close();
	if (!file)
		throw std::runtime_error("cannot write " + path.string());
}

} /* namespace */

const Syntax *
syntax_named(const std::string &name)
{
	for (const Syntax &syntax : syntaxes)
		if (name == syntax.name)
			return &syntax;
	return nullptr;
}

unsigned long
generate_classes()
{
	return classes().size();
}

void
generate(const Recipe &recipe)
{
	std::filesystem::path parent;
	Place at = {};

	for (at.object = 0; at.object < recipe.objects; at.object++) {
		at.study = at.object * recipe.studies / recipe.objects;
		at.sop_class = classes().at(at.object % recipe.classes);
		at.syntax = recipe.syntaxes[at.object / recipe.classes % recipe.syntaxes.size()];
		std::filesystem::path path = file_path(recipe, at);
		if (path.parent_path() != parent)
			std::filesystem::create_directories(parent = path.parent_path());
		Bytes body = data_set(recipe, at);
		write_file(path, file_head(recipe, at), at.syntax->deflated ? deflated(body) : body);
	}
}
