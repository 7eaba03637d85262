/* SPDX-License-Identifier: BSD-3-Clause */
/* One replacement: where, and by what. What edits.cc and edits_apply.cc share; for src/dcmtk only. */
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
	DcmEVR vr;	    /* EVR_UNKNOWN: private, only the data set tells */
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

/* The UIDs by which an object and what refers to it are known. */
enum edit_uid { EDIT_STUDY, EDIT_SERIES, EDIT_INSTANCE, EDIT_UIDS };

extern const DcmTagKey edit_uid_tags[EDIT_UIDS];

/* One PATH=VALUE, the steps of PATH joined by '.' or, as in dcm4che, '/'. -1 with
 * ERR_USAGE. May throw bad_alloc. */
int edit_parse(const char *word, edit *out, struct err *err);

/* May a value of this kind be this text? Lengths count characters. -1 with ERR_USAGE, naming name. */
int edit_evaluate(const std::string &name, DcmEVR vr, const std::string &value, struct err *err);

/* May values of this kind have other characters than ASCII, and before which is the character
 * set active again (charset_encode)? NULL: they may not. */
const char *edit_delimiters(DcmEVR vr);

/* The row that replaces this one of the object's own UIDs; NULL if none does. */
const edit *edit_of_uid(const struct edits &edits, edit_uid which);

/* The UID with the suffix; those that DICOM itself assigns stay (PS3.5 9.2). -1
 * with ERR_NO_INPUT and the UID if it is none, or would be none any more. */
int edit_suffix_uid(const struct edits &edits, const char *uid, char out[UID_MAX + 1], struct err *err);

#endif
