/* SPDX-License-Identifier: BSD-3-Clause */
/* Unique identifiers (PS3.5 chapter 9) and facts about the registered ones (PS3.6 annex A). */
#ifndef MTLS_DICOM_UID_H
#define MTLS_DICOM_UID_H

#include <stdbool.h>

#define UID_MAX 64 /* characters, without the NUL */

#define UID_IMPLICIT_LE "1.2.840.10008.1.2"
#define UID_EXPLICIT_LE "1.2.840.10008.1.2.1"
#define UID_DEFLATED_LE "1.2.840.10008.1.2.1.99"
#define UID_EXPLICIT_BE "1.2.840.10008.1.2.2"
#define UID_VERIFICATION "1.2.840.10008.1.1"
#define UID_MEDIA_DIRECTORY "1.2.840.10008.1.3.10"

struct syntax {
	const char *uid;
	const char *name; /* "Explicit VR Little Endian" */
	bool explicit_vr;
	bool big_endian;
	bool deflated;
	bool encapsulated; /* compressed pixel data: not convertible without a codec */
	bool decodable;	   /* encapsulated, and we have that codec */
	bool lossy;	   /* encapsulated, and pixels may differ from the original's (.91 may be either) */
};

/* 1..64 characters, digits and dots, no empty component. Leading zeros occur in practice and are accepted. */
bool uid_valid(const char *uid);

/* The transfer syntax with this UID; unknown ones: NULL (they are explicit LE
 * and encapsulated by PS3.5 A.4, but nothing else may be assumed). */
const struct syntax *syntax_find(const char *uid);

/* Name of a SOP class, transfer syntax or other known UID, else the UID itself. */
const char *uid_name(const char *uid);

/* Do instances of this SOP class refer to others of their study, which should be sent first (SR, KO, PR,
 * RT)? */
bool uid_is_referrer(const char *uid);

#endif
