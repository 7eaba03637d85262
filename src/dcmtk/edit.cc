/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/edit.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <memory>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dcmtk/dcmdata/dcdict.h"
#include "dcmtk/dcmdata/dcdicent.h"
#include "dcmtk/dcmdata/dcelem.h"
#include "dcmtk/dcmdata/dcitem.h"
#include "dcmtk/dcmdata/dctag.h"

extern "C" {
#include "base/text.h"
}

namespace {

/* Elements that cannot be set, and why. */
const struct {
	uint16_t group, group_mask, element, element_mask;
	const char *why;
} barred[] = {
	{ 0x0000, 0xffff, 0, 0, "belongs to the command, which follows from the object" },
	{ 0x0002, 0xffff, 0, 0, "belongs to the file header, which follows from the object" },
	{ 0x0008, 0xffff, 0x0005, 0xffff, "is the encoding of the object's texts: set alone, it would "
		"change their meaning. Set the texts: an object whose own are "
					  "all ASCII gets ISO_IR 100 or ISO_IR 192 where they need it" },
	{ 0x0008, 0xffff, 0x0016, 0xffff, "is the kind of object, which cannot be changed" },
	{ 0x0042, 0xffff, 0x0011, 0xffff, "is the object's content, which is sent unchanged" },
	{ 0x0400, 0xffff, 0x0561, 0xffff, "is where the replacements are recorded" },
	{ 0x7fe0, 0xffff, 0, 0, "is the object's content, which is sent unchanged" },
	{ 0xfffe, 0xffff, 0, 0, "is not an attribute but a delimiter" },
	{ 0, 0, 0x0000, 0xffff, "is a length, which is computed when the object is written" },
	{ 1, 1, 0, 0xff00, "reserves a block of private attributes: setting it would change their meaning" },
};

enum value_form { TEXT, NAME, CODED, WHOLE, REAL };

/* Text, PN: characters per value or component group. Coded: by DCMTK's rules for the VR.
 * PS3.5 table 6.2-1. */
const struct kind {
	DcmEVR vr;
	value_form form;
	bool single;	 /* a backslash is an ordinary character */
	size_t longest;	 /* 0: any length */
	int64_t least;
	uint64_t most;
	const char *what;
} kinds[] = {
	{ EVR_SH, TEXT, false, 16, 0, 0, "text of at most 16 characters" },
	{ EVR_LO, TEXT, false, 64, 0, 0, "text of at most 64 characters" },
	{ EVR_UC, TEXT, false, 0, 0, 0, "text without control characters" },
	{ EVR_ST, TEXT, true, 1024, 0, 0, "text of at most 1024 characters" },
	{ EVR_LT, TEXT, true, 10240, 0, 0, "text of at most 10240 characters" },
	{ EVR_UT, TEXT, true, 0, 0, 0, "text" },
	{ EVR_PN, NAME, false, 64, 0, 0,
		"a person's name: up to five components joined by ^, in up to three "
		"groups joined by =, of at most 64 characters each" },
	{ EVR_AE, CODED, false, 0, 0, 0, "an AE title" },
	{ EVR_AS, CODED, false, 0, 0, 0, "an age, such as 042Y" },
	{ EVR_CS, CODED, false, 0, 0, 0,
		"a code of at most 16 capital letters, digits, spaces and underscores" },
	{ EVR_DA, CODED, false, 0, 0, 0, "a date, YYYYMMDD" },
	{ EVR_DS, CODED, false, 0, 0, 0, "a number of at most 16 characters" },
	{ EVR_DT, CODED, false, 0, 0, 0, "a date and time, YYYYMMDDHHMMSS.FFFFFF&ZZXX" },
	{ EVR_TM, CODED, false, 0, 0, 0, "a time, HHMMSS.FFFFFF" },
	{ EVR_UI, CODED, false, 0, 0, 0, "a UID: digits and dots, at most 64 characters" },
	{ EVR_UR, CODED, true, 0, 0, 0, "a URI" },
	{ EVR_AT, CODED, false, 0, 0, 0, "a tag, (gggg,eeee)" },
	{ EVR_IS, WHOLE, false, 0, INT32_MIN, INT32_MAX, "a whole number of at most 32 bits" },
	{ EVR_US, WHOLE, false, 0, 0, UINT16_MAX, "a whole number from 0 to 65535" },
	{ EVR_SS, WHOLE, false, 0, INT16_MIN, INT16_MAX, "a whole number from -32768 to 32767" },
	{ EVR_UL, WHOLE, false, 0, 0, UINT32_MAX, "a whole number from 0 to 4294967295" },
	{ EVR_SL, WHOLE, false, 0, INT32_MIN, INT32_MAX, "a whole number of 32 bits" },
	{ EVR_UV, WHOLE, false, 0, 0, UINT64_MAX, "a whole number of 64 bits, not negative" },
	{ EVR_SV, WHOLE, false, 0, INT64_MIN, INT64_MAX, "a whole number of 64 bits" },
	{ EVR_xs, WHOLE, false, 0, INT16_MIN, UINT16_MAX, "a whole number of 16 bits" },
	{ EVR_FL, REAL, false, 0, 0, 0, "a number" },
	{ EVR_FD, REAL, false, 0, 0, 0, "a number" },
};

const struct kind *
find_kind(DcmEVR vr)
{
	for (const struct kind &kind : kinds) {
		if (kind.vr == vr)
			return &kind;
	}
	return nullptr;
}

class ReadLock {
    public:
	ReadLock() : dictionary(dcmDataDict.rdlock()) {}
	~ReadLock() { dcmDataDict.rdunlock(); }
	ReadLock(const ReadLock &) = delete;
	ReadLock &operator=(const ReadLock &) = delete;

	const DcmDataDictionary &dictionary;
};

std::string
numbers(const DcmTagKey &tag)
{
	char text[16];

	text_format(text, sizeof text, "(%04x,%04x)", tag.getGroup(), tag.getElement());
	return text;
}

/* ggggeeee or (gggg,eeee). */
bool
parse_tag(const std::string &word, DcmTagKey *tag)
{
	std::string digits = word;
	char *end;
	unsigned long value;

	if (word.size() == 11 && word[0] == '(' && word[5] == ',' && word[10] == ')')
		digits = word.substr(1, 4) + word.substr(6, 4);
	if (digits.size() != 8 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
		return false;
	value = strtoul(digits.c_str(), &end, 16);
	tag->set(static_cast<Uint16>(value >> 16), static_cast<Uint16>(value & 0xffff));
	return true;
}

/* Remove "[n]" from the word. False if that is not a number from 1 on. */
bool
cut_item(std::string *word, unsigned long *item, bool *given)
{
	size_t open = word->find('[');
	std::string digits;

	*item = 1;
	*given = open != std::string::npos;
	if (!*given)
		return true;
	digits = word->substr(open + 1);
	if (digits.empty() || digits.back() != ']')
		return false;
	digits.pop_back();
	word->resize(open);
	if (digits.empty() || digits.size() > 9 ||
	    digits.find_first_not_of("0123456789") != std::string::npos)
		return false;
	*item = strtoul(digits.c_str(), nullptr, 10);
	return *item > 0;
}

/* The most similar keyword, "" if none is similar. */
std::string
nearest(const DcmDataDictionary &dictionary, const char *word)
{
	size_t best = strlen(word) < 6 ? 2 : 4;
	std::string name;

	for (DcmHashDictIterator it = const_cast<DcmDataDictionary &>(dictionary).normalBegin();
	     it != const_cast<DcmDataDictionary &>(dictionary).normalEnd(); ++it) {
		size_t distance =
			(*it)->getPrivateCreator() ? SIZE_MAX : text_distance(word, (*it)->getTagName());

		if (distance < best) {
			best = distance;
			name = (*it)->getTagName();
		}
	}
	return name;
}

int
unknown(const DcmDataDictionary &dictionary, const std::string &word, struct err *err)
{
	char shown[128];
	std::string near;

	text_harmless_str(shown, sizeof shown, word.c_str());
	if (!dictionary.isDictionaryLoaded()) {
		err_set(err, ERR_USAGE, "%s: cannot be looked up: DCMTK's data dictionary is missing",
			shown);
		return err_hint(err, "Install DCMTK's dicom.dic, or set DCMDICTPATH.");
	}
	err_set(err, ERR_USAGE, "%s: is not an attribute of the DICOM dictionary", shown);
	near = nearest(dictionary, word.c_str());
	if (!near.empty())
		return err_hint(err, "Did you mean %s?", near.c_str());
	return err_hint(err, "Give its keyword, such as PatientName, or its tag, such as 00100010.");
}

/* In DCMTK's dictionary the keywords of retired attributes have a prefix. */
const DcmDictEntry *
find_entry(const DcmDataDictionary &dictionary, const std::string &word, const DcmTagKey *tag)
{
	const DcmDictEntry *entry;

	if (tag)
		return dictionary.findEntry(*tag, nullptr);
	entry = dictionary.findEntry(word.c_str());
	return entry ? entry : dictionary.findEntry(("RETIRED_" + word).c_str());
}

int
check_barred(const edit_step &step, struct err *err)
{
	uint16_t group = step.tag.getGroup(), element = step.tag.getElement();

	for (const auto &row : barred) {
		if ((group & row.group_mask) == (row.group & row.group_mask) &&
		    (element & row.element_mask) == (row.element & row.element_mask))
			return err_set(err, ERR_USAGE, "%s: cannot be set: it %s", step.name.c_str(),
				row.why);
	}
	return 0;
}

/* One step of the path; vm: the least and most values it may have. */
int
parse_step(std::string word, edit_step *step, bool *item_given, int vm[2], struct err *err)
{
	char shown[128];
	DcmTagKey tag;
	bool numeric;

	text_harmless_str(shown, sizeof shown, word.c_str());
	if (!cut_item(&word, &step->item, item_given))
		return err_set(err, ERR_USAGE, "%s: the item is not a number from 1, such as [1]",
			shown);
	numeric = parse_tag(word, &tag);
	step->vr = EVR_UNKNOWN;
	vm[0] = 1;
	vm[1] = DcmVariableVM;
	step->tag = tag;
	step->name = numbers(tag);
	if (!numeric || tag.getGroup() % 2 == 0) {
		ReadLock lock;
		const DcmDictEntry *entry = find_entry(lock.dictionary, word, numeric ? &tag : nullptr);

		if (numeric && check_barred(*step, err) < 0)
			return -1;
		if (!entry)
			return unknown(lock.dictionary, word, err);
		step->tag = numeric ? tag : entry->getKey();
		step->name = numeric ? entry->getTagName() : word;
		step->vr = entry->getEVR();
		vm[0] = entry->getVMMin();
		vm[1] = entry->getVMMax();
	}
	return check_barred(*step, err);
}

/* The parts of the text between any of the separators. */
std::vector<std::string>
split(const std::string &text, const char *separators)
{
	std::vector<std::string> parts;
	size_t begin = 0, end;

	while ((end = text.find_first_of(separators, begin)) != std::string::npos) {
		parts.push_back(text.substr(begin, end - begin));
		begin = end + 1;
	}
	parts.push_back(text.substr(begin));
	return parts;
}

int
check_count(const edit &edit, const int vm[2], struct err *err)
{
	const struct kind *kind = find_kind(edit.attribute().vr);
	int count = kind && kind->single ? 1 : static_cast<int>(split(edit.value, "\\").size());
	char wanted[64];

	if (edit.value.empty() || !kind || (count >= vm[0] && (vm[1] == DcmVariableVM || count <= vm[1])))
		return 0;
	if (vm[1] == DcmVariableVM)
		text_format(wanted, sizeof wanted, "%d or more", vm[0]);
	else if (vm[0] == vm[1])
		text_format(wanted, sizeof wanted, "%d", vm[0]);
	else
		text_format(wanted, sizeof wanted, "%d to %d", vm[0], vm[1]);
	return err_set(err, ERR_USAGE, "%s: has %s value%s, not %d (a backslash separates values)",
		edit.name().c_str(), wanted, vm[1] == 1 ? "" : "s", count);
}

/* The number of characters of UTF-8 text; SIZE_MAX if it is not UTF-8, or has control characters that are
 * not allowed. */
size_t
count_characters(const std::string &text, bool lines)
{
	const unsigned char *p = reinterpret_cast<const unsigned char *>(text.data());
	size_t count = 0, left = text.size(), n;

	for (; left > 0; left -= n, p += n, count++) {
		n = text_utf8_len(p, left);
		if (n == 0 ||
		    (n == 1 && (*p == 0x7f || (*p < 0x20 && (!lines || !strchr("\t\n\f\r", *p))))) ||
		    (n == 2 && *p == 0xc2 && p[1] < 0xa0))
			return SIZE_MAX;
	}
	return count;
}

bool
is_name(const std::string &value, size_t longest)
{
	std::vector<std::string> groups = split(value, "=");

	for (const std::string &group : groups) {
		if (split(group, "^").size() > 5 || count_characters(group, false) > longest)
			return false;
	}
	return groups.size() <= 3;
}

bool
is_whole(const std::string &value, int64_t least, uint64_t most)
{
	size_t sign = value[0] == '-' || value[0] == '+' ? 1 : 0;
	char *end;

	if (value.find_first_not_of("0123456789", sign) != std::string::npos || value.size() == sign)
		return false;
	errno = 0;
	if (value[0] == '-')
		return strtoll(value.c_str(), &end, 10) >= least && errno == 0;
	return strtoull(value.c_str(), &end, 10) <= most && errno == 0;
}

bool
is_real(const std::string &value)
{
	char *end;
	double number = strtod(value.c_str(), &end);

	return !*end && isfinite(number) && !strpbrk(value.c_str(), " \t\n\v\f\rxX");
}

/* As DCMTK checks it. It takes names of UIDs too, with a '=' in front: we do not. */
bool
is_coded(DcmEVR vr, const std::string &value)
{
	DcmElement *element = nullptr;
	OFCondition cond;

	if (vr == EVR_UI)
		return uid_valid(value.c_str());
	cond = DcmItem::newDicomElementWithVR(element, DcmTag(0x0009, 0x1000, DcmVR(vr)));
	std::unique_ptr<DcmElement> owner(element);
	if (cond.good())
		cond = element->putString(value.c_str(), static_cast<Uint32>(value.size()));
	if (cond.good())
		cond = element->checkValue("1", OFFalse);
	return cond.good();
}

bool
is_kind(const struct kind &kind, const std::string &value)
{
	if (value.empty()) /* each of several values may be empty */
		return kind.form != WHOLE && kind.form != REAL;
	switch (kind.form) {
	case TEXT: {
		size_t count = count_characters(value, kind.single);

		return count != SIZE_MAX && (kind.longest == 0 || count <= kind.longest);
	}
	case NAME:
		return is_name(value, kind.longest);
	case WHOLE:
		return is_whole(value, kind.least, kind.most) && (kind.vr != EVR_IS || value.size() <= 12);
	case REAL:
		return is_real(value);
	case CODED:
		break;
	}
	return count_characters(value, false) == value.size() && is_coded(kind.vr, value);
}

/* Check the last step and its value. */
int
check_attribute(const edit &edit, bool item_given, const int vm[2], struct err *err)
{
	const edit_step &last = edit.attribute();

	if (last.vr == EVR_SQ && (!edit.value.empty() || item_given)) {
		err_set(err, ERR_USAGE, "%s: is a sequence, which has no value",
			edit.name().c_str());
		return err_hint(err, "Give an attribute of its items, such as %s.CodeValue, or write %s= "
			"to empty it.", last.name.c_str(), last.name.c_str());
	}
	if (item_given)
		return err_set(err, ERR_USAGE, "%s: is not a sequence and has no items", edit.name().c_str());
	if (edit.top_level() && edit.value.empty()) {
		for (const DcmTagKey &tag : edit_uid_tags) {
			if (last.tag == tag)
				return err_set(err, ERR_USAGE,
					"%s: cannot be emptied: it is required",
					last.name.c_str());
		}
	}
	if (check_count(edit, vm, err) < 0)
		return -1;
	return last.vr == EVR_UNKNOWN ? 0 : edit_evaluate(edit.name(), last.vr, edit.value, err);
}

} /* namespace */

const DcmTagKey edit_uid_tags[EDIT_UIDS] = { { 0x0020, 0x000d }, { 0x0020, 0x000e }, { 0x0008, 0x0018 } };

std::string
edit::name() const
{
	std::string text;

	for (size_t i = 0; i < path.size(); i++) {
		text += (i > 0 ? "." : "") + path[i].name;
		if (path[i].item > 1)
			text += "[" + std::to_string(path[i].item) + "]";
	}
	return text;
}

const char *
edit_delimiters(DcmEVR vr)
{
	const struct kind *kind = find_kind(vr);

	if (!kind || (kind->form != TEXT && kind->form != NAME))
		return nullptr;
	return kind->form == NAME ? "\\^=" : kind->single ? "" : "\\";
}

int
edit_evaluate(const std::string &name, DcmEVR vr, const std::string &value, struct err *err)
{
	const struct kind *kind = find_kind(vr);
	std::vector<std::string> values;
	char shown[128];

	if (value.empty())
		return 0;
	if (!kind)
		return err_set(err, ERR_USAGE, "%s: holds bytes (%s), which cannot be given as text",
			name.c_str(), DcmVR(vr).getVRName());
	values = kind->single ? std::vector<std::string>(1, value) : split(value, "\\");
	for (const std::string &one : values) {
		if (!is_kind(*kind, one))
			return err_set(err, ERR_USAGE, "%s: \"%s\" is not what it may be: %s (%s)",
				name.c_str(), text_harmless_str(shown, sizeof shown, one.c_str()), kind->what,
				DcmVR(vr == EVR_xs ? EVR_US : vr).getVRName());
	}
	return 0;
}

int
edit_parse(const char *word, edit *out, struct err *err)
{
	const char *equals = strchrnul(word, '=');
	std::string path(word, static_cast<size_t>(equals - word));
	bool item_given = false;
	int vm[2] = { 0, 0 };
	char shown[128];

	if (!*equals) {
		err_set(err, ERR_USAGE, "'%s' has no '='", text_harmless_str(shown, sizeof shown, word));
		return err_hint(err, "Write %s=VALUE as one word; %s= empties the attribute.", shown, shown);
	}
	out->path.clear();
	out->value = equals + 1;
	for (const std::string &part : split(path, "./")) {
		edit_step step;

		if (!out->path.empty() && out->attribute().vr != EVR_SQ && out->attribute().vr != EVR_UNKNOWN)
			return err_set(err, ERR_USAGE, "%s: is not a sequence",
				out->name().c_str());
		if (parse_step(part, &step, &item_given, vm, err) < 0)
			return -1;
		out->path.push_back(step);
	}
	return check_attribute(*out, item_given, vm, err);
}
