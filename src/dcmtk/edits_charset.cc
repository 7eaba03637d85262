/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/edits_charset.h"

#include <stdlib.h>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcelem.h"
#include "dcmtk/dcmdata/dcfcache.h"

extern "C" {
#include "dicom/charset.h"
}

namespace {

enum finding { ALL_ASCII, NOT_ASCII, UNREADABLE };

/* Looks for text that is not ASCII, in an item and in those within it that do not have their own set. */
class Search {
    public:
	explicit Search(const std::string &set) : set_(set), named_(charset_is_named(set.c_str())) {}

	finding look(DcmItem &item);
	const DcmTagKey &where() const { return where_; } /* unless all is ASCII */
	bool named() const { return named_; }

    private:
	finding look_at(DcmElement &element);
	finding look_at_value(DcmElement &element, const char *delimiters);

	const std::string &set_;
	const bool named_;
	DcmTagKey where_;
};

finding
Search::look(DcmItem &item)
{
	DcmObject *object = nullptr;
	finding found = ALL_ASCII;

	while (found == ALL_ASCII && (object = item.nextInContainer(object)) != nullptr)
		found = look_at(*OFstatic_cast(DcmElement *, object));
	return found;
}

finding
Search::look_at(DcmElement &element)
{
	const char *delimiters = edit_delimiters(element.getVR());
	DcmObject *object = nullptr;
	finding found = ALL_ASCII;

	if (element.ident() == EVR_SQ) {
		while (found == ALL_ASCII && (object = element.nextInContainer(object)) != nullptr) {
			DcmItem &item = *OFstatic_cast(DcmItem *, object);

			if (!item.tagExists(DCM_SpecificCharacterSet))
				found = look(item);
		}
		return found;
	}
	/* UN may be text (PS3.5 6.2.2), but bytes beyond ASCII can be text only if a set is named. */
	if (!delimiters && named_ && DcmVR(element.getVR()).getValidEVR() == EVR_UN)
		delimiters = "\\";
	if (delimiters)
		found = look_at_value(element, delimiters);
	if (found != ALL_ASCII && where_ == DcmTagKey())
		where_ = element.getTag().getXTag();
	return found;
}

/* Long values are on disk, and are read in pieces. */
finding
Search::look_at_value(DcmElement &element, const char *delimiters)
{
	const Uint32 length = element.getLengthField();
	DcmFileCache cache;
	char piece[4096];

	for (Uint32 at = 0, n; at < length; at += n) {
		n = length - at < sizeof piece ? length - at : static_cast<Uint32>(sizeof piece);
		if (element.getPartialValue(piece, at, n, &cache).bad())
			return UNREADABLE;
		if (!charset_is_ascii(set_.c_str(), piece, n, delimiters))
			return NOT_ASCII;
	}
	return ALL_ASCII;
}

/* Does the set have all the characters? -1 with err, if not. */
int
check_fit(const std::string &set, const std::vector<edit_text> &texts, struct err *err)
{
	for (const edit_text &text : texts) {
		char *coded = edits_charset_encode(set, text, err);

		if (!coded)
			return -1;
		free(coded);
	}
	return 0;
}

/* err says which character is missing: add why this set has to be used. */
int
refuse(const Search &search, finding found, struct err *err)
{
	const std::string lacking = err->text;
	const DcmTagKey &tag = search.where();

	if (found == UNREADABLE)
		return err_set(err, ERR_NO_INPUT, "(%04x,%04x) cannot be read", tag.getGroup(),
			tag.getElement());
	err_set(err, ERR_NO_INPUT,
		search.named() ?
			"%s, and (%04x,%04x) holds text in it that is not ASCII" :
			"%s, and (%04x,%04x) holds bytes that are not ASCII, of no set that is named",
		lacking.c_str(), tag.getGroup(), tag.getElement());
	if (search.named())
		return err_hint(err, "Give a value in the object's own character set: others would require "
			"re-encoding the whole object.");
	return err_hint(err, "Have the system that made the object name its character set in (0008,0005).");
}

} /* namespace */

std::string
edits_charset_of(DcmItem &item)
{
	OFString value;

	item.findAndGetOFStringArray(DCM_SpecificCharacterSet, value);
	return std::string(value.c_str(), value.length());
}

char *
edits_charset_encode(const std::string &set, const edit_text &text, struct err *err)
{
	char *coded = charset_encode(set.c_str(), text.row->value.c_str(), edit_delimiters(text.vr), err);

	if (!coded)
		err_wrap(err, "%s", text.row->name().c_str());
	return coded;
}

int
edits_charset_choose(DcmItem &item, const std::vector<edit_text> &texts, std::string *set, struct err *err)
{
	const std::string own = edits_charset_of(item);
	struct err latin = {};
	Search search(own);
	finding found;

	set->clear();
	if (check_fit(own, texts, err) == 0)
		return 0;
	if (err->kind != ERR_NO_INPUT)
		return -1;
	found = search.look(item);
	if (found != ALL_ASCII)
		return refuse(search, found, err);
	*set = check_fit("ISO_IR 100", texts, &latin) == 0 ? "ISO_IR 100" : "ISO_IR 192";
	if (check_fit(*set, texts, err) < 0)
		return -1;
	*err = {};
	return 0;
}
