/* SPDX-License-Identifier: BSD-3-Clause */
#include "compare.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmdata/dcostrmb.h"

namespace {

using Elements = std::map<DcmTagKey, std::string>; /* their bytes */

struct Counts {
	size_t missing = 0, different = 0, extra = 0, unreadable = 0;
};

bool
load(const std::string &path, DcmFileFormat &file, std::string *uid)
{
	OFString value;

	if (file.loadFile(path.c_str()).bad() ||
	    file.getDataset()->findAndGetOFString(DCM_SOPInstanceUID, value).bad())
		return false;
	*uid = value.c_str();
	return true;
}

/* An element as it would be written, with lengths throughout. */
std::string
element_bytes(DcmObject &element, E_TransferSyntax syntax)
{
	char buffer[16384];
	DcmOutputBufferStream stream(buffer, sizeof buffer);
	OFCondition cond = EC_Normal;
	std::string bytes;

	element.transferInit();
	do {
		void *chunk = nullptr;
		offile_off_t size = 0;

		cond = element.write(stream, syntax, EET_ExplicitLength, nullptr);
		stream.flushBuffer(chunk, size);
		bytes.append(static_cast<const char *>(chunk), static_cast<size_t>(size));
	} while (cond == EC_StreamNotifyClient);
	element.transferEnd();
	return cond.good() ? bytes : std::string("not writable: ") + cond.text();
}

Elements
elements_of(DcmDataset &data, E_TransferSyntax syntax, bool ignore_pixels)
{
	Elements elements;

	for (DcmObject *at = nullptr; (at = data.nextInContainer(at));) {
		bool pixels = at->getTag() == DCM_PixelData;

		if (at->getETag() != 0 && !(pixels && ignore_pixels))
			elements[at->getTag()] = element_bytes(*at, syntax);
	}
	return elements;
}

/* In which syntax both can be written: implicit, unless both are compressed. */
E_TransferSyntax
common_syntax(DcmDataset &one, DcmDataset &other)
{
	E_TransferSyntax first = one.getOriginalXfer(), second = other.getOriginalXfer();

	if (first == second && !one.canWriteXfer(EXS_LittleEndianImplicit))
		return first;
	return EXS_LittleEndianImplicit;
}

/* The first element that differs, or null. */
const char *
difference(DcmDataset &sent, DcmDataset &received, bool ignore_pixels, std::string *where)
{
	E_TransferSyntax syntax = common_syntax(sent, received);
	Elements ours = elements_of(sent, syntax, ignore_pixels);
	Elements theirs = elements_of(received, syntax, ignore_pixels);

	for (const auto &[tag, bytes] : ours) {
		auto found = theirs.find(tag);

		*where = tag.toString().c_str();
		if (found == theirs.end())
			return "lost";
		if (found->second != bytes)
			return "changed";
		theirs.erase(found);
	}
	if (theirs.empty())
		return nullptr;
	*where = theirs.begin()->first.toString().c_str();
	return "new";
}

/* Calls each(path) for the files below a directory, but those that a receiver
 * has not finished. */
template <typename Each>
void
walk(const std::string &dir, Each each)
{
	for (const auto &entry : std::filesystem::recursive_directory_iterator(dir))
		if (entry.is_regular_file() && entry.path().extension() != ".part")
			each(entry.path().string());
}

void
unreadable(Counts &counts, const std::string &path)
{
	counts.unreadable++;
	std::printf("unreadable %s\n", path.c_str());
}

/* UID -> path. */
std::map<std::string, std::string>
index_of(const std::string &dir, Counts &counts)
{
	std::map<std::string, std::string> index;

	walk(dir, [&](const std::string &path) {
		DcmFileFormat file;
		std::string uid;

		if (load(path, file, &uid))
			index[uid] = path;
		else
			unreadable(counts, path);
	});
	return index;
}

void
compare_files(const std::string &uid, DcmFileFormat &sent, const std::string &path, bool ignore_pixels,
	Counts &counts)
{
	DcmFileFormat received;
	std::string again, where;

	if (!load(path, received, &again)) {
		unreadable(counts, path);
		return;
	}
	const char *what = difference(*sent.getDataset(), *received.getDataset(), ignore_pixels, &where);
	if (what) {
		counts.different++;
		std::printf("different %s %s %s\n", uid.c_str(), where.c_str(), what);
	}
}

} /* namespace */

bool
compare(const std::string &sent, const std::string &received, bool ignore_pixels)
{
	Counts counts;
	std::map<std::string, std::string> arrived = index_of(received, counts);
	std::set<std::string> given;

	walk(sent, [&](const std::string &path) {
		DcmFileFormat file;
		std::string uid;

		if (!load(path, file, &uid)) {
			unreadable(counts, path);
			return;
		}
		if (!given.insert(uid).second)
			return;
		auto found = arrived.find(uid);
		if (found == arrived.end()) {
			counts.missing++;
			std::printf("missing %s\n", uid.c_str());
		} else {
			compare_files(uid, file, found->second, ignore_pixels, counts);
		}
	});
	for (const auto &[uid, path] : arrived) {
		if (given.count(uid) > 0)
			continue;
		counts.extra++;
		std::printf("extra %s\n", uid.c_str());
	}
	std::printf("%zu sent, %zu received: %zu missing, %zu different, %zu extra, %zu unreadable\n",
		given.size(), arrived.size(), counts.missing, counts.different, counts.extra,
		counts.unreadable);
	return counts.missing + counts.different + counts.extra + counts.unreadable == 0;
}
