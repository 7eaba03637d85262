/* SPDX-License-Identifier: BSD-3-Clause */
/* Replacements: parsing them, and their effect on data sets. */
#include "dcmtk/edits_apply.h"

#include <stdlib.h>
#include <string.h>

#include <memory>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcfilefo.h"
#include "dcmtk/dcmdata/dcpath.h"
#include "dcmtk/dcmdata/dcvrobow.h"

extern "C" {
#include "base/text.h"
#include "check_main.h"
}

namespace {

#define SIXTY "1.3456789012345678901234567890123456789012345678901234567890"
#define FIXTURE_STUDY "2.25.142289912144117129006775735858485754900"

using edits_ptr = std::unique_ptr<struct edits, void (*)(struct edits *)>;

edits_ptr
fresh()
{
	struct err err = {};

	return edits_ptr(edits_new(&err), edits_free);
}

/* ck_assert_str_eq takes its arguments apart from the temporaries they stand in. */
void
equal(const std::string &got, const std::string &wanted)
{
	ck_assert_msg(got == wanted, "\"%s\", not \"%s\"", got.c_str(), wanted.c_str());
}

/* Edits of several words; one in front of which stands '+' is the suffix. */
edits_ptr
make(const char *const words[])
{
	edits_ptr edits = fresh();
	struct err err = {};

	for (size_t i = 0; words[i]; i++) {
		int rv = words[i][0] == '+' ? edits_suffix(edits.get(), words[i] + 1, &err)
					    : edits_set(edits.get(), words[i], &err);

		ck_assert_msg(rv == 0, "%s: %s", words[i], err.text);
	}
	return edits;
}

const struct {
	const char *word;
	const char *text; /* of edits_text if right, else within the sentence or the hint */
	bool right;
} words[] = {
	{ "PatientName=Doe^Jane", "set PatientName=Doe^Jane\n", true },
	{ "00100010=Doe", "set PatientName=Doe\n", true },
	{ "(0010,0010)=Doe", "set PatientName=Doe\n", true },
	{ "(0010,001A)=Doe", "is not an attribute", false },
	{ "PatientID=a=b", "set PatientID=a=b\n", true },
	{ "PatientID", "'PatientID' has no '='", false },
	{ "PatientID", "Write PatientID=VALUE as one word", false },
	{ "PatientID=", "set PatientID=\n", true },
	{ "RequestAttributesSequence.RequestedProcedureID=1",
		"set RequestAttributesSequence.RequestedProcedureID=1\n", true },
	{ "RequestAttributesSequence[1].(0040,1001)=1",
		"set RequestAttributesSequence.RequestedProcedureID=1\n", true },
	{ "RequestAttributesSequence[2].RequestedProcedureID=1",
		"set RequestAttributesSequence[2].RequestedProcedureID=1\n", true },
	{ "RequestAttributesSequence=", "set RequestAttributesSequence=\n", true },
	{ "RequestAttributesSequence/RequestedProcedureID=1",
		"set RequestAttributesSequence.RequestedProcedureID=1\n", true },
	{ "RequestAttributesSequence[2]/00401001=1/2.3",
		"set RequestAttributesSequence[2].RequestedProcedureID=1/2.3\n", true },
	{ "RequestAttributesSequence/RequestedProcedureCodeSequence[2].CodeValue=1",
		"set RequestAttributesSequence.RequestedProcedureCodeSequence[2].CodeValue=1\n", true },
	{ "00400275/00321064/00080100=1",
		"set RequestAttributesSequence.RequestedProcedureCodeSequence.CodeValue=1\n", true },
	{ "/PatientID=1", "is not an attribute", false },
	{ "PatientID/=1", "is not a sequence", false },
	{ "RequestAttributesSequence/=1", "is not an attribute", false },
	{ "OtherPatientIDs=x", "set OtherPatientIDs=x\n", true }, /* retired */
	{ "ImageType=ORIGINAL\\PRIMARY", "set ImageType=ORIGINAL\\PRIMARY\n", true },
	{ "PatientComments=a\nb%", "set PatientComments=a%0Ab%25\n", true },
	{ "00091001=x", "set (0009,1001)=x\n", true },
	{ "00091001[2].CodeValue=x", "set (0009,1001)[2].CodeValue=x\n", true },
	{ "60000010=3", "set OverlayRows=3\n", true },
	{ "", "has no '='", false },
	{ "=", "is not an attribute", false },
	{ "=x", "is not an attribute", false },
	{ "PatientNam=x", "Did you mean PatientName?", false },
	{ "patientname=x", "Did you mean PatientName?", false },
	{ "Zzzzzzzzzzzzzzz=x", "Give its keyword", false },
	{ "Patient\033Name=x", "Patient?Name", false },
	{ "0010001=x", "is not an attribute", false },
	{ "PatientName.PatientID=x", "is not a sequence", false },
	{ "PatientName[1]=x", "is not a sequence", false },
	{ "RequestAttributesSequence=x", "is a sequence", false },
	{ "RequestAttributesSequence[1]=", "is a sequence", false },
	{ "RequestAttributesSequence[0].RequestedProcedureID=1", "number from 1", false },
	{ "RequestAttributesSequence[x].RequestedProcedureID=1", "number from 1", false },
	{ "RequestAttributesSequence[1.RequestedProcedureID=1", "number from 1", false },
	{ "RequestAttributesSequence[99999999999].RequestedProcedureID=1", "number from 1", false },
	{ "RequestAttributesSequence..RequestedProcedureID=1", "is not an attribute", false },
	{ "RequestAttributesSequence.=1", "is not an attribute", false },
	{ "TransferSyntaxUID=1.2", "belongs to the file", false },
	{ "00020013=X", "belongs to the file", false },
	{ "AffectedSOPInstanceUID=1.2", "belongs to the command", false },
	{ "00100000=1", "is a length", false },
	{ "00090010=ACME", "reserves a block", false },
	{ "SpecificCharacterSet=ISO_IR 192", "is the encoding of the object's texts", false },
	{ "SOPClassUID=1.2", "is the kind of object", false },
	{ "PixelData=", "is the object's content", false },
	{ "EncapsulatedDocument=", "is the object's content", false },
	{ "OriginalAttributesSequence=", "are recorded", false },
	{ "StudyInstanceUID=", "cannot be emptied", false },
	{ "SOPInstanceUID=", "cannot be emptied", false },
	{ "StudyInstanceUID=1.2", "set StudyInstanceUID=1.2\n", true },
	{ "StudyInstanceUID=1.2a", "a UID", false },
	{ "StudyInstanceUID==CTImageStorage", "a UID", false },
	{ "StudyInstanceUID=" SIXTY ".2345", "at most 64", false },
	{ "PatientBirthDate=19740601", "set PatientBirthDate=19740601\n", true },
	{ "PatientBirthDate=1974-06-01", "a date, YYYYMMDD", false },
	{ "PatientBirthDate=19741301", "a date", false },
	{ "StudyTime=030405.5", "set StudyTime=030405.5\n", true },
	{ "StudyTime=25", "a time", false },
	{ "AcquisitionDateTime=20240102030405+0100", "set AcquisitionDateTime=20240102030405+0100\n", true },
	{ "AcquisitionDateTime=yesterday", "a date and time", false },
	{ "PatientSex=F", "set PatientSex=F\n", true },
	{ "PatientSex=f", "a code", false },
	{ "PatientSex=\303\234", "a code", false },
	{ "PatientSex=F\\M", "has 1 value, not 2", false },
	{ "PixelSpacing=1\\1", "set PixelSpacing=1\\1\n", true },
	{ "PixelSpacing=1", "has 2 values, not 1", false },
	{ "PixelSpacing=1\\one", "a number", false },
	{ "PatientAge=042Y", "set PatientAge=042Y\n", true },
	{ "PatientAge=42", "an age", false },
	{ "SeriesNumber=12", "set SeriesNumber=12\n", true },
	{ "SeriesNumber=2147483648", "whole number", false },
	{ "Rows=65535", "set Rows=65535\n", true },
	{ "Rows=65536", "from 0 to 65535", false },
	{ "Rows=-1", "from 0 to 65535", false },
	{ "Rows=12abc", "whole number", false },
	{ "Rows= 12", "whole number", false },
	{ "SmallestImagePixelValue=-5", "set SmallestImagePixelValue=-5\n", true },
	{ "SmallestImagePixelValue=70000", "16 bits", false },
	{ "RecommendedDisplayFrameRateInFloat=2.5", "set RecommendedDisplayFrameRateInFloat=2.5\n", true },
	{ "RecommendedDisplayFrameRateInFloat=nan", "a number", false },
	{ "FrameIncrementPointer=(0018,1063)", "set FrameIncrementPointer=(0018,1063)\n", true },
	{ "FrameIncrementPointer=FrameTime", "a tag", false },
	{ "OverlayData=00", "holds bytes", false },
	{ "OverlayData=", "set OverlayData=\n", true },
	{ "RedPaletteColorLookupTableData=1", "holds bytes", false },
	{ "PatientID=0123456789012345678901234567890123456789012345678901234567890123",
		"set PatientID=", true },
	{ "PatientID=01234567890123456789012345678901234567890123456789012345678901234", "at most 64",
		false },
	/* 16 characters in 48 bytes */
	{ "AccessionNumber=山山山山山山山山山山山山山山山山", "set AccessionNumber=山", true },
	{ "AccessionNumber=山山山山山山山山山山山山山山山山山", "at most 16", false },
	{ "PatientID=a\nb", "text of", false },
	{ "PatientID=\xff", "text of", false },
	{ "PatientID=\302\205", "text of", false }, /* C1 control */
	{ "PatientName=a^b^c^d^e=f=g", "set PatientName=", true },
	{ "PatientName=a^b^c^d^e^f", "a person's name", false },
	{ "PatientName=a=b=c=d", "a person's name", false },
	{ "RetrieveURL=http://x/", "set RetrieveURL=http://x/\n", true },
};

START_TEST(words_understood)
{
	edits_ptr edits = fresh();
	struct err err = {};
	int rv = edits_set(edits.get(), words[_i].word, &err);

	ck_assert_msg((rv == 0) == words[_i].right, "%s: %s", words[_i].word, err.text);
	if (rv == 0) {
		ck_assert_msg(strncmp(edits_text(edits.get()), words[_i].text, strlen(words[_i].text)) == 0,
			"%s", edits_text(edits.get()));
		return;
	}
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_msg(strstr(err.text, words[_i].text) || strstr(err.hint, words[_i].text), "%s: %s. %s",
		words[_i].word, err.text, err.hint);
}
END_TEST

START_TEST(order_does_not_matter)
{
	static const char *const one[] = { "PatientID=1", "StudyID=2",
		"RequestAttributesSequence.StudyInstanceUID=1.2", "+.1", nullptr };
	static const char *const other[] = { "+5", "RequestAttributesSequence[1].0020000D=1.2", "+.1",
		"00200010=2", "00100020=1", nullptr };
	static const char *const twice[] = { "PatientID=", "00100020=1" };
	edits_ptr edits = fresh();
	struct err err = {};

	equal(edits_text(make(one).get()), edits_text(make(other).get()));
	ck_assert_int_eq(edits_set(edits.get(), twice[0], &err), 0);
	ck_assert_int_eq(edits_set(edits.get(), twice[1], &err), -1);
	ck_assert_str_eq(err.text, "PatientID: is set twice");
}
END_TEST

const struct {
	const char *suffix, *uid;
	const char *made; /* NULL: refused; "": already the suffix is */
} suffixes[] = {
	{ ".1", "1.2.3", "1.2.3.1" },
	{ "1", "1.2.3", "1.2.31" },
	{ "01.0", "1.2.3", "1.2.301.0" },
	{ ".1", "1.2.0", "1.2.0.1" },
	{ "1", "1.2.0", nullptr },
	{ ".2345", SIXTY, nullptr },
	{ ".234", SIXTY, SIXTY ".234" },
	{ ".1", "1.2.840.10008.1.4.1.1", "1.2.840.10008.1.4.1.1" },
	{ ".1", "1.2.840.100080.1", "1.2.840.100080.1.1" },
	{ ".1", "no uid", nullptr },
	{ "", "1.2.3", "" },
	{ ".", "1.2.3", "" },
	{ "1.", "1.2.3", "" },
	{ "..1", "1.2.3", "" },
	{ ".01", "1.2.3", "" },
	{ ".a", "1.2.3", "" },
	{ " 1", "1.2.3", "" },
};

START_TEST(suffix)
{
	edits_ptr edits = fresh();
	struct err err = {};
	struct instance head = {};
	const char *made = suffixes[_i].made;
	char path[] = "a.dcm";
	int rv = edits_suffix(edits.get(), suffixes[_i].suffix, &err);

	ck_assert_int_eq(rv, made && !*made ? -1 : 0);
	if (rv < 0) {
		ck_assert_int_eq(err.kind, ERR_USAGE);
		return;
	}
	head.path = path;
	text_format(head.sop_instance, sizeof head.sop_instance, "%s", suffixes[_i].uid);
	rv = edits_head(edits.get(), &head, &err);
	ck_assert_int_eq(rv, made ? 0 : -1);
	ck_assert_str_eq(head.study, "");
	if (rv == 0) {
		ck_assert_str_eq(head.sop_instance, made);
		ck_assert_int_eq(head.raw, RAW_EDITED);
		return;
	}
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strncmp(err.text, "a.dcm: ", 7) == 0 && strstr(err.text, suffixes[_i].uid), "%s",
		err.text);
	ck_assert_str_eq(head.sop_instance, suffixes[_i].uid);
}
END_TEST

/* A fixture as it is sent: its head, and its data set. */
struct object {
	explicit object(const char *name)
	{
		const char *srcdir = getenv("srcdir");
		struct err err = {};
		char path[1024];

		text_format(path, sizeof path, "%s/testdata/dicom/%s", srcdir ? srcdir : ".", name);
		ck_assert_msg(part10_read(path, &head, &err) == PART10_OK, "%s", err.text);
		ck_assert(file.loadFile(path).good());
	}
	~object() { instance_clear(&head); }

	DcmDataset &set() { return *file.getDataset(); }

	/* The value at a path of DCMTK's kind: "a[0].b"; "-" if nothing is there. */
	std::string at(const char *path)
	{
		DcmPathProcessor processor;
		OFList<DcmPath *> found;
		OFString value;

		processor.setItemWildcardSupport(OFFalse);
		processor.checkPrivateReservations(OFFalse);
		if (processor.findOrCreatePath(&set(), path, OFFalse).bad())
			return "-";
		processor.getResults(found);
		OFstatic_cast(DcmElement *, found.front()->back()->m_obj)->getOFStringArray(value);
		while (!value.empty() &&
			(value[value.length() - 1] == ' ' || value[value.length() - 1] == '\0'))
			value.erase(value.length() - 1);
		return std::string(value.c_str(), value.length());
	}

	DcmFileFormat file;
	struct instance head = {};
};

/* Head first, then the data set, as the program does it. */
int
replace(object &o, const edits_ptr &edits, char *changed, size_t size, struct err *err)
{
	if (edits_head(edits.get(), &o.head, err) < 0)
		return -1;
	std::string text;
	int rv = edits_apply(edits.get(), o.set(), &o.head, &text, err);

	text_format(changed, size, "%s", text.c_str());
	return rv;
}

const struct {
	const char *fixture;
	const char *words[4];
	const char *path, *value; /* value NULL: refused, with this in the sentence */
	const char *changed;
} rows[] = {
	{ "ct.dcm", { "PatientName=Roe^Jane" }, "PatientName", "Roe^Jane", "PatientName replaced" },
	{ "ct.dcm", { "PatientName=" }, "PatientName", "", "PatientName emptied" },
	{ "ct.dcm", { "PatientName=Roe" },
		"OriginalAttributesSequence[0].ModifiedAttributesSequence[0].PatientName", "Phantom^Anna",
		"PatientName replaced" },
	{ "ct.dcm", { "PatientName=Roe" }, "OriginalAttributesSequence[0].ModifyingSystem", "mtls-storescu",
		"PatientName replaced" },
	{ "ct.dcm", { "PatientName=Roe" }, "OriginalAttributesSequence[0].ReasonForTheAttributeModification",
		"COERCE", "PatientName replaced" },
	{ "ct.dcm", { "PatientName=Roe" }, "OriginalAttributesSequence[0].SourceOfPreviousValues", "",
		"PatientName replaced" },
	{ "ct.dcm", { "PatientName=Roe" },
		"OriginalAttributesSequence[0].ModifiedAttributesSequence[0].PatientID", "-",
		"PatientName replaced" },
	{ "ct.dcm", { "PatientComments=new" },
		"OriginalAttributesSequence[0].ModifiedAttributesSequence[0].PatientComments", "",
		"PatientComments replaced" },
	{ "ct.dcm", { "ImageType=DERIVED\\SECONDARY" }, "ImageType", "DERIVED\\SECONDARY",
		"ImageType replaced" },
	{ "ct.dcm", { "Rows=32" }, "Rows", "32", "Rows replaced" },
	{ "ct.dcm", { "SmallestImagePixelValue=40000" }, "SmallestImagePixelValue", "40000",
		"SmallestImagePixelValue replaced" },
	{ "ct.dcm", { "SmallestImagePixelValue=-5" }, "from 0 to 65535", nullptr, nullptr },
	{ "ct.dcm", { "RequestAttributesSequence.RequestedProcedureID=7" },
		"RequestAttributesSequence[0].RequestedProcedureID", "7",
		"RequestAttributesSequence.RequestedProcedureID replaced" },
	{ "ct.dcm",
		{ "RequestAttributesSequence[1].RequestedProcedureID=7",
			"RequestAttributesSequence[2].RequestedProcedureID=8" },
		"RequestAttributesSequence[1].RequestedProcedureID", "8",
		"RequestAttributesSequence.RequestedProcedureID replaced, "
		"RequestAttributesSequence[2].RequestedProcedureID replaced" },
	{ "ct.dcm", { "RequestAttributesSequence[2].RequestedProcedureID=7" }, "has 0 items", nullptr,
		nullptr },
	{ "sr.dcm", { "ContentSequence[2].TextValue=New." }, "ContentSequence[1].TextValue", "New.",
		"ContentSequence[2].TextValue replaced" },
	{ "sr.dcm", { "ContentSequence[2].TextValue=New." },
		"OriginalAttributesSequence[0].ModifiedAttributesSequence[0].ContentSequence[1].TextValue",
		"A phantom after Shepp and Logan.", "ContentSequence[2].TextValue replaced" },
	{ "sr.dcm", { "ContentSequence[4].TextValue=New." }, "ContentSequence has 2 items", nullptr,
		nullptr },
	{ "sr.dcm", { "ContentSequence=" }, "ContentSequence[0].TextValue", "-", "ContentSequence emptied" },
	{ "japanese.dcm", { "PatientName=Suzuki=鈴木" }, "PatientName", "Suzuki=\033$BNkLZ\033(B",
		"PatientName replaced" },
	{ "japanese.dcm", { "PatientName=Müller" }, "\"ü\" is not in", nullptr, nullptr },
	{ "chinese.dcm", { "PatientName=Li=李" }, "PatientName", "Li=\xc0\xee", "PatientName replaced" },
	{ "chinese.dcm", { "PatientName=Müller" }, "PatientName", "M\xa8\xb9ller", nullptr },
	{ "private.dcm", { "00091006=2.5" }, "(0009,1006)", "2.5", "(0009,1006) replaced" },
	{ "private.dcm", { "00091006=two" }, "a number", nullptr, nullptr },
	{ "private.dcm", { "00091005=de" }, "is private, and its VR is unknown in this object", nullptr, nullptr },
	{ "private.dcm", { "00091005=" }, "(0009,1005)", "", "(0009,1005) emptied" },
	{ "ct.dcm", { "00091001.CodeValue=TWO" }, "is not a sequence in this object", nullptr, nullptr },
	{ "ct.dcm", { "00091005=" }, "(0009,1005)", "-", nullptr },
	{ "ct.dcm", { "00091005=" }, "OriginalAttributesSequence", "-", nullptr },
	{ "ct.dcm", { "StudyInstanceUID=1.2.3" }, "StudyInstanceUID", "1.2.3", "StudyInstanceUID replaced" },
	{ "ct.dcm", { "+.5" }, "StudyInstanceUID", FIXTURE_STUDY ".5", "3 UIDs replaced" },
	{ "ct.dcm", { "+.5" }, "OriginalAttributesSequence[0].ModifiedAttributesSequence[0].StudyInstanceUID",
		FIXTURE_STUDY, "3 UIDs replaced" },
	{ "ct.dcm", { "+.5" }, "FrameOfReferenceUID", "2.25.142289912144117129006775735858485754990",
		"3 UIDs replaced" },
	{ "ct.dcm", { "+.5", "StudyInstanceUID=1.2.3" }, "StudyInstanceUID", "1.2.3", nullptr },
	{ "ct.dcm", { "+.123456789012345678901" }, "of 66 characters", nullptr, nullptr },
};

START_TEST(applies)
{
	object o(rows[_i].fixture);
	edits_ptr edits = make(rows[_i].words);
	struct err err = {};
	char changed[160] = "";
	int rv = replace(o, edits, changed, sizeof changed, &err);

	if (!rows[_i].value) {
		ck_assert_int_eq(rv, -1);
		ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		ck_assert_msg(strstr(err.text, rows[_i].path), "%s", err.text);
		return;
	}
	ck_assert_msg(rv == 0, "%s", err.text);
	equal(o.at(rows[_i].path), rows[_i].value);
	if (rows[_i].changed)
		ck_assert_str_eq(changed, rows[_i].changed);
	equal(o.head.sop_instance, o.at("SOPInstanceUID"));
	equal(o.head.study, o.at("StudyInstanceUID"));
}
END_TEST

/* A key object that refers to everything there is to refer to. */
void
add_references(object &o)
{
	static const struct {
		const char *path;
	} paths[] = {
		{ "CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID=" FIXTURE_STUDY },
		{ "CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].SeriesInstanceUID=1.2.4" },
		{ "CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]"
		  ".ReferencedSOPClassUID=1.2.840.10008.5.1.4.1.1.2" },
		{ "CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]"
		  ".ReferencedSOPInstanceUID=1.2.5" },
		{ "ContentSequence[0].ConceptNameCodeSequence[0].CodeValue=121018" },
		{ "ContentSequence[0].ConceptNameCodeSequence[0].CodingSchemeDesignator=DCM" },
		{ "ContentSequence[0].UID=1.2.6" },
		{ "ContentSequence[1].UID=1.2.7" }, /* of a device, perhaps */
		{ "ReferencedStudySequence[0].ReferencedSOPInstanceUID=" FIXTURE_STUDY },
		{ "ReferencedStudySequence[1].ReferencedSOPInstanceUID=1.2.840.10008.5.1.1.40.1" },
		{ "ReferencedImageSequence[0].ReferencedSOPInstanceUID=" }, /* empty */
		{ "OriginalAttributesSequence[0].ModifiedAttributesSequence[0].StudyInstanceUID=" FIXTURE_STUDY },
	};

	for (const auto &row : paths) {
		DcmPathProcessor processor;

		ck_assert_msg(processor.applyPathWithValue(&o.set(), row.path).good(), "%s", row.path);
	}
}

const struct {
	const char *path, *suffixed, *set;
} mapped[] = {
	{ "CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID", FIXTURE_STUDY ".5", "9.9" },
	{ "CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].SeriesInstanceUID",
		"1.2.4.5", "1.2.4" },
	{ "CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]"
	  ".ReferencedSOPClassUID",
		"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2" },
	{ "CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]"
	  ".ReferencedSOPInstanceUID",
		"1.2.5.5", "1.2.5" },
	{ "ContentSequence[0].UID", "1.2.6.5", "1.2.6" },
	{ "ContentSequence[1].UID", "1.2.7", "1.2.7" },
	{ "ReferencedStudySequence[0].ReferencedSOPInstanceUID", FIXTURE_STUDY ".5", "9.9" },
	{ "ReferencedStudySequence[1].ReferencedSOPInstanceUID", "1.2.840.10008.5.1.1.40.1",
		"1.2.840.10008.5.1.1.40.1" },
	{ "ReferencedImageSequence[0].ReferencedSOPInstanceUID", "", "" },
	{ "OriginalAttributesSequence[0].ModifiedAttributesSequence[0].StudyInstanceUID", FIXTURE_STUDY,
		FIXTURE_STUDY },
	{ "OriginalAttributesSequence[1].ModifiedAttributesSequence[0].ContentSequence[0].UID", "1.2.6",
		"-" },
	{ "OriginalAttributesSequence[1].ModifiedAttributesSequence[0].ReferencedStudySequence[0]"
	  ".ReferencedSOPInstanceUID",
		FIXTURE_STUDY, FIXTURE_STUDY },
	{ "OriginalAttributesSequence[1].ModifiedAttributesSequence[0].ReferencedImageSequence", "-", "-" },
};

START_TEST(maps_references)
{
	static const char *const words[][2] = { { "+.5", nullptr }, { "StudyInstanceUID=9.9", nullptr } };
	struct err err = {};
	char changed[160];

	for (int by_set = 0; by_set < 2; by_set++) {
		object o("sr.dcm");

		add_references(o);
		ck_assert_msg(replace(o, make(words[by_set]), changed, sizeof changed, &err) == 0, "%s",
			err.text);
		for (const auto &row : mapped)
			ck_assert_msg(o.at(row.path) == (by_set ? row.set : row.suffixed), "%s: %s", row.path,
				o.at(row.path).c_str());
	}
}
END_TEST

START_TEST(refers_to_what_is_no_uid)
{
	static const char *const words[] = { "+.5", nullptr };
	DcmPathProcessor processor;
	object o("sr.dcm");
	struct err err = {};
	char changed[160];

	ck_assert(processor.applyPathWithValue(&o.set(),
		"ReferencedImageSequence[0].ReferencedSOPInstanceUID=odd").good());
	ck_assert_int_eq(replace(o, make(words), changed, sizeof changed, &err), -1);
	ck_assert_msg(strstr(err.text, "(0008,1155): \"odd\" is not a UID"), "%s", err.text);
}
END_TEST

/* A study and a series with one UID: each gets its own new UID. */
START_TEST(tells_uids_apart)
{
	static const char *const words[] = { "SeriesInstanceUID=9.9", nullptr };
	object o("ct.dcm");
	struct err err = {};
	char changed[160];

	o.set().putAndInsertString(DCM_SeriesInstanceUID, FIXTURE_STUDY);
	o.set().putAndInsertString(DCM_FrameOfReferenceUID, FIXTURE_STUDY);
	text_format(o.head.series, sizeof o.head.series, "%s", FIXTURE_STUDY);
	ck_assert_msg(replace(o, make(words), changed, sizeof changed, &err) == 0, "%s", err.text);
	equal(o.at("StudyInstanceUID"), FIXTURE_STUDY);
	equal(o.at("SeriesInstanceUID"), "9.9");
	equal(o.at("FrameOfReferenceUID"), FIXTURE_STUDY);
}
END_TEST

/* The data set must have the UIDs announced for it. */
START_TEST(holds_to_the_head)
{
	static const char *const words[] = { "PatientID=1", nullptr };
	object o("ct.dcm");
	struct err err = {};
	char changed[160];

	o.set().putAndInsertString(DCM_SOPInstanceUID, "1.2.99");
	ck_assert_int_eq(replace(o, make(words), changed, sizeof changed, &err), -1);
	ck_assert_msg(err.kind == ERR_NO_INPUT && strstr(err.text, "1.2.99"), "%s", err.text);
}
END_TEST

/* An attribute that is a sequence in the data set is treated as one. */
START_TEST(private_sequence)
{
	static const char *const words[] = { "00091001.CodeValue=TWO", nullptr };
	object o("private.dcm");
	DcmItem *item = nullptr;
	struct err err = {};
	char changed[160];
	OFString value;

	ck_assert_msg(replace(o, make(words), changed, sizeof changed, &err) == 0, "%s", err.text);
	ck_assert(o.set().findAndGetSequenceItem(DcmTagKey(0x0009, 0x1001), item).good());
	ck_assert(item->findAndGetOFString(DCM_CodeValue, value).good());
	equal(value.c_str(), "TWO");
	ck_assert_str_eq(changed, "(0009,1001).CodeValue replaced");
}
END_TEST

/* An item may have a character set of its own. */
START_TEST(item_character_set)
{
	static const char *const words[] = { "RequestAttributesSequence.RequestedProcedureDescription=é",
		nullptr };
	DcmPathProcessor processor;
	object o("ct.dcm");
	struct err err = {};
	char changed[160];

	ck_assert(processor.applyPathWithValue(&o.set(),
		"RequestAttributesSequence[0].SpecificCharacterSet=ISO_IR 100").good());
	ck_assert_msg(replace(o, make(words), changed, sizeof changed, &err) == 0, "%s", err.text);
	equal(o.at("RequestAttributesSequence[0].RequestedProcedureDescription"), "\xe9");
}
END_TEST

#define RECORD "OriginalAttributesSequence[0].ModifiedAttributesSequence[0]."
#define LATIN  ", SpecificCharacterSet set to ISO_IR 100"
#define UTF8   ", SpecificCharacterSet set to ISO_IR 192"
#define ITEM   "RequestAttributesSequence[0]."
#define WORD   "RequestAttributesSequence."

/* ASCII is in every character set: an object that has no other text is given one that has the value. */
const struct {
	const char *before[4]; /* done to ct.dcm first, whose text is ASCII */
	const char *words[4];
	/* "path=value" afterwards; none: refused, with `text` in the sentence or the hint */
	const char *observed[5];
	const char *text;    /* of changed */
} charset_rows[] = {
	{ {}, { "PatientName=Müller" },
		{ "PatientName=M\xfcller", "SpecificCharacterSet=ISO_IR 100", RECORD "SpecificCharacterSet=",
			RECORD "PatientName=Phantom^Anna" },
		"PatientName replaced" LATIN },
	{ {}, { "PatientName=Meyer" }, { "PatientName=Meyer", "SpecificCharacterSet=-" }, "PatientName replaced" },
	{ {}, { "PatientName=Wałęsa" }, { "PatientName=Wałęsa", "SpecificCharacterSet=ISO_IR 192" },
		"PatientName replaced" UTF8 },
	/* all values decide */
	{ {}, { "PatientName=Müller", "StudyDescription=Wałęsa" },
		{ "PatientName=Müller", "StudyDescription=Wałęsa", "SpecificCharacterSet=ISO_IR 192" },
		"StudyDescription replaced, PatientName replaced" UTF8 },
	{ {}, { "PatientName=Müller^Ä=Ö^é=ß", "PatientComments=x" },
		{ "PatientName=M\xfcller^\xc4=\xd6^\xe9=\xdf", "PatientComments=x",
			"SpecificCharacterSet=ISO_IR 100" },
		"PatientName replaced, PatientComments replaced" LATIN },
	{ {}, { "PatientName=Yamada^Tarou=山田^太郎=やまだ^たろう" },
		{ "PatientName=Yamada^Tarou=山田^太郎=やまだ^たろう", "SpecificCharacterSet=ISO_IR 192" },
		"PatientName replaced" UTF8 },
	{ {}, { "PatientName=Müller", "+.5" }, { "SpecificCharacterSet=ISO_IR 100" },
		"PatientName replaced" LATIN ", 3 UIDs replaced" },
	/* by whatever set it has none but ASCII */
	{ { "SpecificCharacterSet=ISO_IR 6" }, { "PatientName=Müller" },
		{ "PatientName=M\xfcller", "SpecificCharacterSet=ISO_IR 100",
			RECORD "SpecificCharacterSet=ISO_IR 6" },
		"PatientName replaced" LATIN },
	{ { "SpecificCharacterSet=" }, { "PatientName=Müller" },
		{ "PatientName=M\xfcller", "SpecificCharacterSet=ISO_IR 100" }, "PatientName replaced" LATIN },
	{ { "SpecificCharacterSet=\\ISO 2022 IR 87" }, { "PatientName=Müller" },
		{ "PatientName=M\xfcller", "SpecificCharacterSet=ISO_IR 100",
			RECORD "SpecificCharacterSet=\\ISO 2022 IR 87" },
		"PatientName replaced" LATIN },
	{ { "SpecificCharacterSet=\\ISO 2022 IR 87" }, { "PatientName=Suzuki=鈴木" },
		{ "PatientName=Suzuki=\033$BNkLZ\033(B", "SpecificCharacterSet=\\ISO 2022 IR 87" },
		"PatientName replaced" },
	{ { "SpecificCharacterSet=ISO 2022 IR 6\\ISO 2022 IR 149" }, { "PatientName=Wałęsa" },
		{ "PatientName=Wałęsa", "SpecificCharacterSet=ISO_IR 192" }, "PatientName replaced" UTF8 },
	{ { "SpecificCharacterSet=ISO_IR 100" }, { "PatientName=Wałęsa" },
		{ "PatientName=Wałęsa", "SpecificCharacterSet=ISO_IR 192" }, "PatientName replaced" UTF8 },
	{ { "SpecificCharacterSet=ISO_IR 144" }, { "PatientName=Müller" },
		{ "PatientName=M\xfcller", "SpecificCharacterSet=ISO_IR 100" }, "PatientName replaced" LATIN },
	{ { "SpecificCharacterSet=LATIN1" }, { "PatientName=Müller" },
		{ "PatientName=M\xfcller", "SpecificCharacterSet=ISO_IR 100" }, "PatientName replaced" LATIN },
	{ { "SpecificCharacterSet=ISO_IR 13" }, { "PatientID=a~b" },
		{ "PatientID=a~b", "SpecificCharacterSet=ISO_IR 100" }, "PatientID replaced" LATIN },
	/* text that another set would change keeps the object to its own */
	{ { "SpecificCharacterSet=ISO_IR 13", "PatientComments=a\\b" }, { "PatientName=Müller" }, {},
		"\"ü\" is not in its character set, ISO_IR 13, and (0010,4000) holds text in it that is not ASCII" },
	{ { "SpecificCharacterSet=ISO_IR 13", "OtherPatientNames=a\\b" }, { "PatientName=Müller" },
		{ "SpecificCharacterSet=ISO_IR 100" }, nullptr },
	{ { "SpecificCharacterSet=ISO_IR 144", "PatientComments=\xbb" }, { "PatientName=Müller" }, {},
		"others would require re-encoding the whole object" },
	{ { "SpecificCharacterSet=\\ISO 2022 IR 87", ITEM "RequestedProcedureDescription=\033$BNkLZ\033(B" },
		{ "PatientName=Müller" }, {}, "(0032,1060)" },
	{ { "PatientComments=M\xfcller" }, { "PatientName=Müller" }, {},
		"PatientName: the character \"ü\" is not in its character set, ASCII, and (0010,4000) holds bytes "
		"that are not ASCII, of no set that is named" },
	{ { "PatientComments=M\xfcller" }, { "PatientName=Müller" }, {}, "name its character set in (0008,0005)" },
	{ { "SpecificCharacterSet=ISO_IR 6", "PatientComments=M\xfcller" }, { "PatientName=Müller" }, {},
		"of no set that is named" },
	{ { "PatientComments=M\xfcller" }, { "PatientName=Meyer" },
		{ "PatientName=Meyer", "PatientComments=M\xfcller", "SpecificCharacterSet=-" }, nullptr },
	/* what was there is text still, on record */
	{ { "PatientName=M\xfcller" }, { "PatientName=Müller" }, {}, "(0010,0010) holds bytes" },
	/* not text */
	{ { "RetrieveURL=\xfc" }, { "PatientName=Müller" }, { "SpecificCharacterSet=ISO_IR 100" }, nullptr },
	/* items speak for themselves where they have a set, or are in that around them */
	{ {}, { WORD "RequestedProcedureDescription=é" },
		{ ITEM "RequestedProcedureDescription=\xe9", ITEM "SpecificCharacterSet=-",
			"SpecificCharacterSet=ISO_IR 100" },
		WORD "RequestedProcedureDescription replaced" LATIN },
	{ { ITEM "RequestedProcedureID=1" }, { WORD "RequestedProcedureDescription=é" },
		{ ITEM "RequestedProcedureDescription=\xe9", ITEM "SpecificCharacterSet=-",
			"SpecificCharacterSet=ISO_IR 100" },
		nullptr },
	{ { ITEM "SpecificCharacterSet=ISO_IR 144", ITEM "RequestedProcedureID=\xbb" },
		{ "PatientName=Müller" },
		{ "SpecificCharacterSet=ISO_IR 100", ITEM "SpecificCharacterSet=ISO_IR 144",
			ITEM "RequestedProcedureID=\xbb" },
		"PatientName replaced" LATIN },
	{ { ITEM "SpecificCharacterSet=ISO_IR 144", ITEM "RequestedProcedureID=\xbb" },
		{ WORD "RequestedProcedureDescription=é" }, {}, "(0040,1001) holds text in it" },
	{ { ITEM "SpecificCharacterSet=ISO_IR 144", "PatientComments=\xfc" },
		{ WORD "RequestedProcedureDescription=é" },
		{ ITEM "RequestedProcedureDescription=\xe9", ITEM "SpecificCharacterSet=ISO_IR 100",
			"SpecificCharacterSet=-", RECORD ITEM "SpecificCharacterSet=ISO_IR 144",
			RECORD "SpecificCharacterSet=-" },
		WORD "RequestedProcedureDescription replaced, "
		WORD "SpecificCharacterSet set to ISO_IR 100" },
	{ { ITEM "SpecificCharacterSet=" }, { WORD "RequestedProcedureDescription=é", "PatientName=Wałęsa" },
		{ ITEM "RequestedProcedureDescription=\xe9", ITEM "SpecificCharacterSet=ISO_IR 100",
			"SpecificCharacterSet=ISO_IR 192", "PatientName=Wałęsa" },
		nullptr },
	{ { ITEM "SpecificCharacterSet=ISO_IR 144", ITEM "RequestedProcedureCodeSequence[0].CodeMeaning=\xbb" },
		{ WORD "RequestedProcedureDescription=é" }, {}, "(0008,0104) holds text in it" },
};

START_TEST(finds_a_character_set)
{
	edits_ptr edits = make(charset_rows[_i].words);
	object o("ct.dcm");
	struct err err = {};
	char changed[512] = "";
	int rv;

	for (const char *const *row = charset_rows[_i].before; *row; row++) {
		DcmPathProcessor processor;

		ck_assert_msg(processor.applyPathWithValue(&o.set(), *row).good(), "%s", *row);
	}
	rv = replace(o, edits, changed, sizeof changed, &err);
	if (!charset_rows[_i].observed[0]) {
		ck_assert_int_eq(rv, -1);
		ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		ck_assert_msg(strstr(err.text, charset_rows[_i].text) || strstr(err.hint, charset_rows[_i].text),
			"%s. %s", err.text, err.hint);
		return;
	}
	ck_assert_msg(rv == 0, "%s", err.text);
	for (const char *const *row = charset_rows[_i].observed; row < charset_rows[_i].observed + 5 &&
		*row; row++) {
		const char *equals = strchr(*row, '=');

		equal(o.at(std::string(*row, equals).c_str()), equals + 1);
	}
	if (charset_rows[_i].text)
		ck_assert_str_eq(changed, charset_rows[_i].text);
}
END_TEST

/* UN may be text, where a set is named that makes text of its bytes; and what is long is looked through. */
START_TEST(looks_at_unknown_and_long_values)
{
	static const char *const words[] = { "PatientName=Wałęsa", nullptr };
	const Uint8 bytes[] = { 'a', 0xfc };
	const struct {
		const char *set;
		bool unknown;
		const char *refusal;
	} observed[] = {
		{ "", true, nullptr },
		{ "ISO_IR 100", true, "(0009,1020) holds text in it" },
		{ "ISO_IR 100", false, "(0010,4000) holds text in it" },
	};

	for (const auto &row : observed) {
		object o("ct.dcm");
		struct err err = {};
		char changed[512];
		int rv;

		o.set().putAndInsertString(DCM_SpecificCharacterSet, row.set);
		if (row.unknown) {
			DcmElement *element = new DcmOtherByteOtherWord(DcmTag(0x0009, 0x1020, EVR_UN));

			ck_assert(element->putUint8Array(bytes, 2).good() && o.set().insert(element).good());
		} else
			o.set().putAndInsertString(DCM_PatientComments, (std::string(9000, 'x') + "\xfc").c_str());
		rv = replace(o, make(words), changed, sizeof changed, &err);
		ck_assert_int_eq(rv, row.refusal ? -1 : 0);
		ck_assert_msg(!row.refusal || strstr(err.text, row.refusal), "%s", err.text);
	}
}
END_TEST

} /* namespace */

int
main()
{
	Suite *suite = suite_create("edits");
	TCase *tc = tcase_create("edits");

	/* As the program has it (Dataset::init). */
	dcmEnableAutomaticInputDataCorrection.set(OFFalse);
	tcase_add_rows(tc, words_understood, words, word);
	tcase_add_test(tc, order_does_not_matter);
	tcase_add_rows(tc, suffix, suffixes, suffix);
	tcase_add_rows(tc, applies, rows, fixture);
	tcase_add_test(tc, maps_references);
	tcase_add_test(tc, refers_to_what_is_no_uid);
	tcase_add_test(tc, tells_uids_apart);
	tcase_add_test(tc, holds_to_the_head);
	tcase_add_test(tc, private_sequence);
	tcase_add_test(tc, item_character_set);
	tcase_add_rows(tc, finds_a_character_set, charset_rows, text);
	tcase_add_test(tc, looks_at_unknown_and_long_values);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
