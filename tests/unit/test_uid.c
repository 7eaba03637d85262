/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/uid.h"

#include <string.h>

#include "check_main.h"

#define TEN   "1.34567890"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
	const char *uid;
	bool valid;
} validity[] = {
	{ "1.2.840.10008.1.1", true },
	{ "0", true },
	{ "2.25.329800735698586629295641978511506172918", true },
	{ "1.2.003", true }, /* leading zeros: forbidden by PS3.5 9.1, met in the wild */
	{ SIXTY ".234", true },
	{ SIXTY ".2345", false },
	{ "", false },
	{ ".", false },
	{ ".1", false },
	{ "1.", false },
	{ "1..2", false },
	{ "1.2 ", false },
	{ "1.2a", false },
	{ "1.-2", false },
	{ "1.2\\1.3", false },
};

START_TEST(valid)
{
	ck_assert_msg(uid_valid(validity[_i].uid) == validity[_i].valid, "%s", validity[_i].uid);
}
END_TEST

#define E  1 /* explicit VR */
#define B  2 /* big endian */
#define D  4 /* deflated */
#define C  8 /* encapsulated */
#define R  16 /* decodable: it can be read here */
#define L  32 /* lossy */

static const struct {
	const char *uid;
	int traits;
	const char *name; /* its beginning */
} syntaxes[] = {
	{ UID_IMPLICIT_LE, 0, "Implicit VR Little Endian" },
	{ UID_EXPLICIT_LE, E, "Explicit VR Little Endian" },
	{ UID_DEFLATED_LE, E | D, "Deflated Explicit VR Little Endian" },
	{ UID_EXPLICIT_BE, E | B, "Explicit VR Big Endian" },
	{ "1.2.840.10008.1.2.1.98", E | C, "Encapsulated Uncompressed Explicit VR Little Endian" },
	{ "1.2.840.10008.1.2.4.50", E | C | R | L, "JPEG Baseline (Process 1)" },
	{ "1.2.840.10008.1.2.4.51", E | C | R | L, "JPEG Extended (Process 2 and 4)" },
	{ "1.2.840.10008.1.2.4.52", E | C | L, "JPEG Extended" },
	{ "1.2.840.10008.1.2.4.53", E | C | L, "JPEG Spectral" },
	{ "1.2.840.10008.1.2.4.54", E | C | L, "JPEG Spectral" },
	{ "1.2.840.10008.1.2.4.55", E | C | L, "JPEG Full" },
	{ "1.2.840.10008.1.2.4.56", E | C | L, "JPEG Full" },
	{ "1.2.840.10008.1.2.4.57", E | C | R, "JPEG Lossless, Non-Hierarchical (Process 14)" },
	{ "1.2.840.10008.1.2.4.58", E | C, "JPEG Lossless" },
	{ "1.2.840.10008.1.2.4.59", E | C | L, "JPEG Extended, Hierarchical" },
	{ "1.2.840.10008.1.2.4.60", E | C | L, "JPEG" },
	{ "1.2.840.10008.1.2.4.61", E | C | L, "JPEG" },
	{ "1.2.840.10008.1.2.4.62", E | C | L, "JPEG" },
	{ "1.2.840.10008.1.2.4.63", E | C | L, "JPEG" },
	{ "1.2.840.10008.1.2.4.64", E | C | L, "JPEG" },
	{ "1.2.840.10008.1.2.4.65", E | C, "JPEG" },
	{ "1.2.840.10008.1.2.4.66", E | C, "JPEG" },
	{ "1.2.840.10008.1.2.4.70", E | C | R, "JPEG Lossless, Non-Hierarchical, First-Order Prediction" },
	{ "1.2.840.10008.1.2.4.80", E | C | R, "JPEG-LS Lossless" },
	{ "1.2.840.10008.1.2.4.81", E | C | R | L, "JPEG-LS Lossy" },
	{ "1.2.840.10008.1.2.4.90", E | C | R, "JPEG 2000 Image Compression (Lossless Only)" },
	{ "1.2.840.10008.1.2.4.91", E | C | R | L, "JPEG 2000 Image Compression" },
	{ "1.2.840.10008.1.2.4.92", E | C, "JPEG 2000 Part 2" },
	{ "1.2.840.10008.1.2.4.93", E | C | L, "JPEG 2000 Part 2" },
	{ "1.2.840.10008.1.2.4.94", E | C, "JPIP Referenced" },
	{ "1.2.840.10008.1.2.4.95", E | C | D, "JPIP Referenced Deflate" },
	{ "1.2.840.10008.1.2.4.100", E | C | L, "MPEG2 Main Profile / Main Level" },
	{ "1.2.840.10008.1.2.4.106.1", E | C | L, "Fragmentable MPEG-4" },
	{ "1.2.840.10008.1.2.4.102", E | C | L, "MPEG-4 AVC/H.264" },
	{ "1.2.840.10008.1.2.4.107", E | C | L, "HEVC/H.265" },
	{ "1.2.840.10008.1.2.4.110", E | C, "JPEG XL Lossless" },
	{ "1.2.840.10008.1.2.4.201", E | C | R, "High-Throughput JPEG 2000" },
	{ "1.2.840.10008.1.2.4.202", E | C | R, "High-Throughput JPEG 2000 with RPCL" },
	{ "1.2.840.10008.1.2.4.203", E | C | R | L, "High-Throughput JPEG 2000" },
	{ "1.2.840.10008.1.2.4.205", E | C | D, "JPIP HTJ2K Referenced Deflate" },
	{ "1.2.840.10008.1.2.5", E | C | R, "RLE Lossless" },
	{ "1.2.840.10008.1.2.8.1", E | C, "Deflated Image Frame Compression" },
	{ "1.2.840.113619.5.2", C, "GE Implicit VR Little Endian" },
};

START_TEST(syntax)
{
	const struct syntax *found = syntax_find(syntaxes[_i].uid);
	int traits = syntaxes[_i].traits;

	ck_assert_msg(found != NULL, "%s", syntaxes[_i].uid);
	ck_assert_str_eq(found->uid, syntaxes[_i].uid);
	ck_assert(strncmp(found->name, syntaxes[_i].name, strlen(syntaxes[_i].name)) == 0);
	ck_assert_int_eq(found->explicit_vr, (traits & E) != 0);
	ck_assert_int_eq(found->big_endian, (traits & B) != 0);
	ck_assert_int_eq(found->deflated, (traits & D) != 0);
	ck_assert_int_eq(found->encapsulated, (traits & C) != 0);
	ck_assert_int_eq(found->decodable, (traits & R) != 0);
	ck_assert_int_eq(found->lossy, (traits & L) != 0);
	ck_assert_str_eq(uid_name(syntaxes[_i].uid), found->name);
}
END_TEST

static const char *const strangers[] = {
	"", "1", "1.2.840.10008.1.2.", "1.2.840.10008.1.2.4", "1.2.840.10008.1.2.4.5",
	"1.2.840.10008.1.2.4.500",
	"1.2.840.10008.5.1.4.1.1", "1.2.840.10008.5.1.4.1.1.2.", "9", "zzz",
};

START_TEST(unknown)
{
	const char *uid = strangers[_i];

	ck_assert_ptr_null(syntax_find(uid));
	ck_assert_ptr_eq(uid_name(uid), uid);
}
END_TEST

static const struct {
	const char *uid, *name;
} names[] = {
	{ "1.2.840.10008.5.1.1.27", "Stored Print Storage (Retired)" }, /* first of the table */
	{ "1.2.840.10008.5.1.4.1.1.1", "Computed Radiography Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.1.1", "Digital X-Ray Image Storage - For Presentation" },
	{ "1.2.840.10008.5.1.4.1.1.104.1", "Encapsulated PDF Storage" },
	{ "1.2.840.10008.5.1.4.1.1.104.2", "Encapsulated CDA Storage" },
	{ "1.2.840.10008.5.1.4.1.1.11.1", "Grayscale Softcopy Presentation State Storage" },
	{ "1.2.840.10008.5.1.4.1.1.12.1", "X-Ray Angiographic Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.128", "Positron Emission Tomography Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.13.1.3", "Breast Tomosynthesis Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.2", "CT Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.2.1", "Enhanced CT Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.20", "Nuclear Medicine Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.3.1", "Ultrasound Multi-frame Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.4", "MR Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set Storage" },
	{ "1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage" },
	{ "1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.77.1.6", "VL Whole Slide Microscopy Image Storage" },
	{ "1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR Storage" },
	{ "1.2.840.10008.5.1.4.1.1.88.67", "X-Ray Radiation Dose SR Storage" },
	{ "1.2.840.10008.5.1.4.1.1.9.1.1", "12-lead ECG Waveform Storage" },
	{ "1.2.840.10008.5.1.4.45.1", "Implant Template Group Storage" }, /* and the last */
	{ UID_VERIFICATION, "Verification" },
	{ UID_MEDIA_DIRECTORY, "Media Storage Directory" },
};

START_TEST(name)
{
	ck_assert_str_eq(uid_name(names[_i].uid), names[_i].name);
}
END_TEST

#define STORAGE "1.2.840.10008.5.1.4.1.1."

static const struct {
	const char *uid;
	bool refers;
} referrers[] = {
	{ STORAGE "88.11", true }, /* Basic Text SR */
	{ STORAGE "88.59", true }, /* Key Object Selection */
	{ STORAGE "88.999", true }, /* an SR yet to come */
	{ STORAGE "11.1", true },  /* Grayscale Softcopy Presentation State */
	{ STORAGE "11.12", true },
	{ STORAGE "481.2", true }, /* RT Dose */
	{ STORAGE "481.3", true }, /* RT Structure Set */
	{ STORAGE "481.5", true }, /* RT Plan */
	{ STORAGE "481.18", true },
	{ STORAGE "481.1", false }, /* RT Image, an image */
	{ STORAGE "66.4", true },   /* Segmentation */
	{ STORAGE "66.1", true },   /* Spatial Registration */
	{ STORAGE "67", true },	    /* Real World Value Mapping */
	{ "1.2.840.10008.5.1.4.34.7", true },
	{ STORAGE "66", false },    /* Raw Data */
	{ STORAGE "2", false },	    /* CT */
	{ STORAGE "11", false },    /* Standalone VOI LUT */
	{ STORAGE "88", false },
	{ STORAGE "104.1", false }, /* Encapsulated PDF */
	{ STORAGE "30", false },    /* Parametric Map */
	{ "1.2.3", false },
	{ "", false },
};

START_TEST(referrer)
{
	ck_assert_msg(uid_is_referrer(referrers[_i].uid) == referrers[_i].refers, "%s", referrers[_i].uid);
}
END_TEST

#define ROWS(array) (int)(sizeof(array) / sizeof(array)[0])

static Suite *
suite_uid(void)
{
	Suite *suite = suite_create("uid");
	TCase *tcase = tcase_create("uid");

	tcase_add_rows(tcase, valid, validity, uid);
	tcase_add_rows(tcase, syntax, syntaxes, name);
	tcase_add_texts(tcase, unknown, strangers);
	tcase_add_rows(tcase, name, names, name);
	tcase_add_rows(tcase, referrer, referrers, uid);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_uid());
}
