/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The character set for the values of --set. ASCII text reads alike in every set,
 * so an object that has no other may be given another one; any other object keeps
 * the set that it has. For src/dcmtk only.
 */
#ifndef MTLS_DCMTK_EDITS_CHARSET_H
#define MTLS_DCMTK_EDITS_CHARSET_H

#include <string>
#include <vector>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcitem.h"
#include "dcmtk/edit.h"

/* One value that the item, or an item within it, is to hold, as an element of this VR. */
struct edit_text {
	const edit *row;
	DcmEVR vr;
};

/* The item's own Specific Character Set (0008,0005), "" if it has none or an empty one. */
std::string edits_charset_of(DcmItem &item);

/*
 * In which set does the item have to be to hold the values? It is the data set, or one with a
 * Specific Character Set of its own, and speaks for the items within that have none. *set: ISO_IR 100
 * or, where that does not do, ISO_IR 192; "" if its own does. -1 with ERR_NO_INPUT, naming the
 * attribute, if a value is not in its own set and text in it is not ASCII.
 */
int edits_charset_choose(DcmItem &item, const std::vector<edit_text> &texts, std::string *set,
	struct err *err);

/* The value of a row in that character set, to be freed. NULL with ERR_NO_INPUT, naming the attribute. */
char *edits_charset_encode(const std::string &set, const edit_text &text, struct err *err);

#endif
