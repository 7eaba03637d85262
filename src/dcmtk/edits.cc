/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/edits.h"

#include <algorithm>
#include <new>
#include <string.h>

#include "dcmtk/edit.h"

extern "C" {
#include "base/text.h"
}

namespace {

/* Negative, 0 or positive, by the order of the two paths. */
int
compare_paths(const edit &a, const edit &b)
{
	for (size_t i = 0; i < a.path.size() && i < b.path.size(); i++) {
		const edit_step &x = a.path[i], &y = b.path[i];

		if (!(x.tag == y.tag))
			return x.tag < y.tag ? -1 : 1;
		if (x.item != y.item)
			return x.item < y.item ? -1 : 1;
	}
	return static_cast<int>(a.path.size()) - static_cast<int>(b.path.size());
}

/* A single line for any value, and a different one for every value. */
std::string
one_line(const std::string &value)
{
	char coded[4];
	std::string line;

	for (char c : value) {
		if (c != '%' && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
			line += c;
			continue;
		}
		text_format(coded, sizeof coded, "%%%02X", static_cast<unsigned char>(c));
		line += coded;
	}
	return line;
}

void
write_text(edits *edits)
{
	edits->text.clear();
	if (!edits->suffix.empty())
		edits->text += "uid-suffix " + edits->suffix + "\n";
	for (const edit &row : edits->rows)
		edits->text += "set " + row.name() + "=" + one_line(row.value) + "\n";
}

int
add_row(edits *edits, edit &&row, struct err *err)
{
	auto place = std::lower_bound(edits->rows.begin(), edits->rows.end(), row,
		[](const edit &a, const edit &b) { return compare_paths(a, b) < 0; });

	if (place != edits->rows.end() && compare_paths(*place, row) == 0) {
		err_set(err, ERR_USAGE, "%s: is set twice", row.name().c_str());
		return err_hint(err, "Give it once, with several values separated by a backslash.");
	}
	edits->rows.insert(place, std::move(row));
	write_text(edits);
	return 0;
}

/* A suffix of digits and dots that leaves a UID valid: no component is empty or has a leading zero (PS3.5
 * 9.1). */
bool
is_suffix(const char *suffix)
{
	const char *dot = strchr(suffix, '.');
	const char *p;

	if (!*suffix || strspn(suffix, "0123456789.") != strlen(suffix) || strlen(suffix) >= UID_MAX)
		return false;
	for (p = dot; p; p = strchr(p + 1, '.')) {
		size_t digits = strcspn(p + 1, ".");

		if (digits == 0 || (digits > 1 && p[1] == '0'))
			return false;
	}
	return true;
}

/* The same for one of the head's, which has room for it. */
int
head_uid(const edits &edits, edit_uid which, char uid[UID_MAX + 1], struct err *err)
{
	std::string made;

	if (edit_own_uid(edits, which, uid, &made, err) < 0)
		return -1;
	text_format(uid, UID_MAX + 1, "%s", made.c_str());
	return 0;
}

} /* namespace */

const edit *
edit_of_uid(const edits &edits, edit_uid which)
{
	for (const edit &row : edits.rows) {
		if (row.top_level() && row.attribute().tag == edit_uid_tags[which])
			return &row;
	}
	return nullptr;
}

int
edit_own_uid(const struct edits &edits, edit_uid which, const std::string &uid, std::string *made,
	struct err *err)
{
	const edit *row = edit_of_uid(edits, which);
	char longer[UID_MAX + 1];

	*made = row ? row->value : uid;
	if (row || edits.suffix.empty() || uid.empty())
		return 0;
	if (edit_suffix_uid(edits, uid.c_str(), longer, err) < 0)
		return -1;
	*made = longer;
	return 0;
}

int
edit_suffix_uid(const edits &edits, const char *uid, char out[UID_MAX + 1], struct err *err)
{
	static const char dicom[] = "1.2.840.10008.";
	size_t length = strlen(uid) + edits.suffix.size();
	const char *last = strrchr(uid, '.');
	char shown[80];

	if (!uid_valid(uid)) {
		err_set(err, ERR_NO_INPUT, "\"%s\" is not a UID and cannot get a suffix",
			text_harmless_str(shown, sizeof shown, uid));
		return err_hint(err, "Have the system that made the object correct it.");
	}
	if (strncmp(uid, dicom, sizeof dicom - 1) == 0) {
		text_format(out, UID_MAX + 1, "%s", uid);
		return 0;
	}
	if (length > UID_MAX) {
		err_set(err, ERR_NO_INPUT, "%s%s would be a UID of %zu characters, but %d are allowed", uid,
			edits.suffix.c_str(), length, UID_MAX);
		return err_hint(err, "Give a shorter --uid-suffix.");
	}
	if (strcmp(last ? last + 1 : uid, "0") == 0 && edits.suffix[0] != '.') {
		err_set(err, ERR_NO_INPUT, "%s%s would not be a UID: a component would begin with 0", uid,
			edits.suffix.c_str());
		return err_hint(err, "Begin --uid-suffix with a dot.");
	}
	text_format(out, UID_MAX + 1, "%s%s", uid, edits.suffix.c_str());
	return 0;
}

struct edits *
edits_new(struct err *err)
{
	edits *edits = new (std::nothrow) struct edits;

	if (!edits)
		err_nomem(err);
	return edits;
}

int
edits_set(struct edits *edits, const char *word, struct err *err)
{
	try {
		edit row;

		if (edit_parse(word, &row, err) < 0)
			return -1;
		return add_row(edits, std::move(row), err);
	} catch (const std::bad_alloc &) {
		return err_nomem(err);
	}
}

int
edits_suffix(struct edits *edits, const char *suffix, struct err *err)
{
	char shown[80];

	if (!is_suffix(suffix)) {
		err_set(err, ERR_USAGE, "\"%s\": is not a valid end of a UID",
			text_harmless_str(shown, sizeof shown, suffix));
		return err_hint(err, "Give digits and dots, such as .1, at most %d of them.", UID_MAX - 1);
	}
	try {
		edits->suffix = suffix;
		write_text(edits);
	} catch (const std::bad_alloc &) {
		return err_nomem(err);
	}
	return 0;
}

const char *
edits_text(const struct edits *edits)
{
	return edits->text.c_str();
}

int
edits_head(const struct edits *edits, struct instance *instance, struct err *err)
{
	struct instance made = *instance;

	if (head_uid(*edits, EDIT_STUDY, made.study, err) < 0 ||
	    head_uid(*edits, EDIT_SERIES, made.series, err) < 0 ||
	    head_uid(*edits, EDIT_INSTANCE, made.sop_instance, err) < 0)
		return err_wrap(err, "%s", instance->path);
	made.raw = RAW_EDITED;
	*instance = made;
	return 0;
}

void
edits_free(struct edits *edits)
{
	delete edits;
}
