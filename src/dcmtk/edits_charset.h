/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The character set for the values of --set. ASCII text is the same in every set, so an object that has
 * only ASCII may be given another set; any other object keeps its set. For src/dcmtk only.
 */
#ifndef MTLS_DCMTK_EDITS_CHARSET_H
#define MTLS_DCMTK_EDITS_CHARSET_H

#include <string>
#include <vector>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcitem.h"
#include "dcmtk/edit.h"

/* One value that the item, or an item within it, will contain, as an element of this VR. */
struct edit_text {
	const edit *row;
	DcmEVR vr;
};

/* The item's own Specific Character Set (0008,0005), "" if it has none or an empty one. */
std::string edits_charset_of(DcmItem &item);

/*
 * The set that the item needs for the values. It is the data set, or an item with its own Specific
 * Character Set, and also determines the set of items within it that have none. *set: ISO_IR 100 or, if
 * that is not enough, ISO_IR 192; "" if its own set is enough. -1 with ERR_NO_INPUT, naming the attribute,
 * if a value is not in its own set and it has text that is not ASCII.
 */
int edits_charset_choose(DcmItem &item, const std::vector<edit_text> &texts, std::string *set,
	struct err *err);

/* The value of a row in that character set, which must be freed. NULL with ERR_NO_INPUT, naming the
 * attribute. */
char *edits_charset_encode(const std::string &set, const edit_text &text, struct err *err);

#endif
