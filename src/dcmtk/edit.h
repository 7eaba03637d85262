/* SPDX-License-Identifier: BSD-3-Clause */
/* One replacement: its path and its value. Shared by edits.cc and edits_apply.cc; for src/dcmtk only. */
#ifndef MTLS_DCMTK_EDIT_H
#define MTLS_DCMTK_EDIT_H

#include <string>
#include <vector>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctagkey.h"
#include "dcmtk/dcmdata/dcvr.h"

extern "C" {
#include "base/err.h"
#include "dicom/uid.h"
}

/* The sequence or, at the end of a path, the attribute. */
struct edit_step {
	DcmTagKey tag;
	std::string name;   /* for messages: the keyword, else (gggg,eeee) */
	DcmEVR vr;	    /* EVR_UNKNOWN: private, only known from the data set */
	unsigned long item; /* of a sequence, from 1 */
};

struct edit {
	std::vector<edit_step> path; /* at least the attribute */
	std::string value;	     /* UTF-8; empty: the attribute is emptied */

	const edit_step &attribute() const { return path.back(); }
	bool top_level() const { return path.size() == 1; }
	std::string name() const; /* of the path, for messages */
};

struct edits {
	std::vector<edit> rows; /* by path */
	std::string suffix;	/* "": none */
	std::string text;	/* edits_text */
};

/* The UIDs that identify an object, and by which others refer to it. */
enum edit_uid { EDIT_STUDY, EDIT_SERIES, EDIT_INSTANCE, EDIT_UIDS };

extern const DcmTagKey edit_uid_tags[EDIT_UIDS];

/* One PATH=VALUE, the steps of PATH joined by '.' or, as in dcm4che, '/'. -1 with
 * ERR_USAGE. May throw bad_alloc. */
int edit_parse(const char *word, edit *out, struct err *err);

/* Is this text allowed as a value of this kind? Lengths are in characters. -1 with ERR_USAGE, naming name. */
int edit_evaluate(const std::string &name, DcmEVR vr, const std::string &value, struct err *err);

/* The delimiters for charset_encode if values of this kind may have other characters than ASCII. NULL: they
 * may not. */
const char *edit_delimiters(DcmEVR vr);

/* The row that replaces this UID of the object itself; NULL if there is none. */
const edit *edit_of_uid(const struct edits &edits, edit_uid which);

/* The value of that UID after the edits; "" means absent. -1 as edit_suffix_uid. */
int edit_own_uid(const struct edits &edits, edit_uid which, const std::string &uid, std::string *made,
	struct err *err);

/* The UID with the suffix; UIDs assigned by DICOM itself are not changed (PS3.5 9.2). -1 with ERR_NO_INPUT
 * and the UID if it is not valid, or would not be. */
int edit_suffix_uid(const struct edits &edits, const char *uid, char out[UID_MAX + 1], struct err *err);

#endif
